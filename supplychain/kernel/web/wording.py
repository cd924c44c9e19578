"""How numbers, days and instants are shown to people; pure functions that templates use as filters."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from supplychain.kernel import clock
from supplychain.kernel.clock import SHANGHAI
from supplychain.kernel.i18n import N_, gettext, locale
from supplychain.kernel.units import KG, MU, PERCENT, YUAN, YUAN_PER_KG, divide_half_up

DASH = "–"
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def kg(grams: int | None) -> str:
    """Return grams as kilograms: 12500 is 12.5."""
    return DASH if grams is None else KG.short(grams)


def yuan(fen: int | None) -> str:
    """Return fen as yuan, always with two places: 1234500 is 12,345.00."""
    if fen is None:
        return DASH
    whole, _, cents = YUAN.text(abs(fen)).partition(".")
    return f"{'-' if fen < 0 else ''}{int(whole):,}.{cents}"


def price(price_e4: int | None) -> str:
    """Return 1/10 000 yuan per kg with two to four places: 32000 is 3.20."""
    if price_e4 is None:
        return DASH
    text = YUAN_PER_KG.text(price_e4)
    return text[:-2] if text.endswith("00") else text.rstrip("0")


def celsius(centi: int | None) -> str:
    """Return 1/100 ℃ rounded to one place: 675 is 6.8."""
    if centi is None:
        return DASH
    tenths = divide_half_up(centi, 10)
    return f"{'-' if tenths < 0 else ''}{abs(tenths) // 10}.{abs(tenths) % 10}"


def percent(basis_points: int | None) -> str:
    """Return basis points as percent: 250 is 2.5."""
    return DASH if basis_points is None else PERCENT.short(basis_points)


def mu(area_e2: int | None) -> str:
    """Return 亩 × 100 as 亩."""
    return DASH if area_e2 is None else MU.short(area_e2)


def count(number: int | None) -> str:
    """Return a whole number with its thousands parted."""
    return DASH if number is None else f"{number:,}"


def day(value: date | None) -> str:
    """Return a day as people write it: 11月23日, with the year when it is another."""
    if value is None:
        return DASH
    same_year = value.year == clock.today().year
    if locale() == "en":
        return f"{value.day} {_MONTHS[value.month - 1]}" + ("" if same_year else f" {value.year}")
    return ("" if same_year else f"{value.year}年") + f"{value.month}月{value.day}日"


def moment(value: datetime | None) -> str:
    """Return an instant in Shanghai: 11月23日 06:40."""
    if value is None:
        return DASH
    local = value.astimezone(SHANGHAI)
    return f"{day(local.date())} {local:%H:%M}"


def clock_time(value: datetime | None) -> str:
    """Return an instant's time of day in Shanghai: 06:40."""
    return DASH if value is None else f"{value.astimezone(SHANGHAI):%H:%M}"


def ago(value: datetime | None) -> str:
    """Return how long ago an instant was, or when it will be: 2小时前."""
    if value is None:
        return DASH
    passed = clock.now() - value
    future = passed < timedelta()
    number, unit = _rough(abs(passed))
    if not number:
        return gettext(N_("just now"))
    if future:
        return gettext(N_("in %(number)s %(unit)s"), number=number, unit=unit)
    return gettext(N_("%(number)s %(unit)s ago"), number=number, unit=unit)


def duration(minutes: int | None) -> str:
    """Return minutes as hours and minutes: 95 is 1小时35分."""
    if minutes is None:
        return DASH
    hours, rest = divmod(minutes, 60)
    if not hours:
        return gettext(N_("%(minutes)s min"), minutes=rest)
    return gettext(N_("%(hours)s h %(minutes)s min"), hours=hours, minutes=rest)


def _rough(span: timedelta) -> tuple[int, str]:
    minutes = int(span.total_seconds()) // 60
    if minutes < 60:
        return minutes, gettext(N_("min"))
    if minutes < 48 * 60:
        return minutes // 60, gettext(N_("h"))
    return minutes // (24 * 60), gettext(N_("days"))


FORMATS: dict[str, Any] = {
    "kg": kg,
    "yuan": yuan,
    "price": price,
    "celsius": celsius,
    "percent": percent,
    "mu": mu,
    "count": count,
    "day": day,
    "moment": moment,
    "clock_time": clock_time,
    "ago": ago,
    "duration": duration,
}
"""Every filter by its name in templates and list columns."""


def formatted(value: Any, name: str) -> str:
    """Return a value in the words of a named format; plain text without one."""
    return str(FORMATS[name](value)) if name else str(value)


NUMERIC = frozenset({"kg", "yuan", "price", "celsius", "percent", "mu", "count"})
"""Formats that are aligned at the right."""
