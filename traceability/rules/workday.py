"""Working days: weekends off but for the days that the State Council moves; pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from supplychain.kernel.clock import day_start


@dataclass(frozen=True, slots=True)
class Calendar:
    """Which days are worked; `moved` has days off in the week (False) and worked weekends (True)."""

    moved: Mapping[date, bool] = field(default_factory=dict)

    def is_working(self, day: date) -> bool:
        """Tell whether a day is worked: as the calendar says, Monday to Friday where it says nothing."""
        return self.moved.get(day, day.weekday() < 5)

    def after(self, day: date, count: int) -> date:
        """Return the count-th working day after a day; the day itself is not counted (民法典 201)."""
        for _ in range(count):
            day += timedelta(days=1)
            while not self.is_working(day):
                day += timedelta(days=1)
        return day


def end_of(day: date) -> datetime:
    """Return the last second of a Shanghai calendar day: a period of days ends at 24:00 (民法典 203)."""
    return day_start(day + timedelta(days=1)) - timedelta(seconds=1)
