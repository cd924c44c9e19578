"""The application identifiers that the suite writes and reads, as data. Source: GS1 syntax dictionary.

An identifier that is not here is refused, never guessed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

CSET82 = r"[A-Za-z0-9!\"%&'()*+,\-./_:;<=>?]"


@dataclass(frozen=True, slots=True)
class Identifier:
    """One AI: the pattern of its value, whether its length is predefined, and its place in a Digital Link.

    `needs` are AIs of which one must be present; `excludes` may not be present.
    """

    ai: str
    pattern: re.Pattern[str]
    is_predefined: bool = False
    has_check_digit: bool = False
    is_date: bool = False
    is_key: bool = False
    qualifiers: tuple[str, ...] = ()
    is_attribute: bool = True
    needs: tuple[str, ...] = ()
    excludes: tuple[str, ...] = ()


def _ai(ai: str, pattern: str, **options: object) -> Identifier:
    return Identifier(ai, re.compile(pattern, re.ASCII), **options)  # type: ignore[arg-type]  # plain options


_ITEM = ("01", "02", "8006", "8026")

_TABLE = (
    _ai("00", r"\d{18}", is_predefined=True, has_check_digit=True, is_key=True, is_attribute=False),
    _ai(
        "01",
        r"\d{14}",
        is_predefined=True,
        has_check_digit=True,
        is_key=True,
        qualifiers=("22", "10", "21"),
        is_attribute=False,
        excludes=("02", "37", "255"),
    ),
    _ai("02", r"\d{14}", is_predefined=True, has_check_digit=True, needs=("37",), excludes=("01",)),
    _ai("10", rf"{CSET82}{{1,20}}", is_attribute=False, needs=_ITEM),
    *(
        _ai(ai, r"\d{6}", is_predefined=True, is_date=True, needs=_ITEM)
        for ai in ("11", "13", "15", "16", "17")
    ),
    _ai("21", rf"{CSET82}{{1,20}}", is_attribute=False, needs=("01", "8006")),
    _ai("22", rf"{CSET82}{{1,20}}", is_attribute=False, needs=("01",)),
    _ai("30", r"\d{1,8}", needs=("01", "02")),
    _ai("37", r"\d{1,8}", needs=("00",)),
    *(_ai(f"310{places}", r"\d{6}", is_predefined=True, needs=("01", "02")) for places in range(6)),
    *(_ai(f"330{places}", r"\d{6}", is_predefined=True, needs=("00", "01")) for places in range(6)),
    _ai("400", rf"{CSET82}{{1,30}}"),
    _ai("401", rf"{CSET82}{{1,30}}", is_key=True, is_attribute=False),
    _ai("402", r"\d{17}", has_check_digit=True, is_key=True, is_attribute=False),
    *(
        _ai(ai, r"\d{13}", is_predefined=True, has_check_digit=True)
        for ai in ("410", "411", "412", "413", "416")
    ),
    _ai("414", r"\d{13}", is_predefined=True, has_check_digit=True, is_key=True, qualifiers=("254",)),
    _ai("417", r"\d{13}", is_predefined=True, has_check_digit=True, is_key=True),
    _ai("254", rf"{CSET82}{{1,20}}", is_attribute=False, needs=("414",)),
    _ai("422", r"\d{3}", needs=_ITEM),
    _ai("7003", r"\d{10}", needs=_ITEM),
    _ai("7006", r"\d{6}", needs=("01", "02")),
    _ai("7007", r"\d{6}(?:\d{6})?", needs=("01", "02")),
    _ai("8004", rf"{CSET82}{{1,30}}", is_key=True, is_attribute=False),
    *(_ai(f"9{digit}", rf"{CSET82}{{1,90}}") for digit in range(1, 10)),
)

TABLE = {identifier.ai: identifier for identifier in _TABLE}


def day_of(value: str, today: date) -> date | None:
    """Return the day of a YYMMDD value, or None when there is no such day; day 00 is the month's last.

    The century is the one nearest: 51 to 99 years ahead is the past century, 50 to 99 back the next one.
    """
    year = today.year - today.year % 100 + int(value[:2])
    ahead = year - today.year
    year += -100 if ahead >= 51 else 100 if ahead <= -50 else 0
    month, day = int(value[2:4]), int(value[4:6])
    try:
        if day:
            return date(year, month, day)
        following = date(year + month // 12, month % 12 + 1, 1)
    except ValueError:
        return None
    return date.fromordinal(following.toordinal() - 1)
