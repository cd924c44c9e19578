"""Days of two-digit years, as barcodes carry them. Which values are days is in `table`.

Source: GS1 General Specifications 7.12 (century) and 3.4 (day 00).
"""

from __future__ import annotations

from datetime import date

_LAST_DAY = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def full_year(two_digits: int, today: date) -> int:
    """Return the year of two digits that is nearest: 51 to 99 ahead is past, 50 to 99 back is to come.

    Source: General Specifications 7.12.
    """
    year = today.year - today.year % 100 + two_digits
    ahead = year - today.year
    if ahead >= 51:
        return year - 100
    return year + 100 if ahead <= -50 else year


def is_day(year: int, month: int, day: int) -> bool:
    """Tell whether there is such a day; day 0 counts as one of any month."""
    if not 1 <= month <= 12:
        return False
    is_leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    return day <= _LAST_DAY[month - 1] + (month == 2 and is_leap)


def day_of(value: str, today: date) -> date | None:
    """Return the day of a YYMMDD value, or None when there is no such day; day 00 is the month's last."""
    year, month, day = full_year(int(value[:2]), today), int(value[2:4]), int(value[4:6])
    if not is_day(year, month, day):
        return None
    if day:
        return date(year, month, day)
    return date.fromordinal(date(year + month // 12, month % 12 + 1, 1).toordinal() - 1)
