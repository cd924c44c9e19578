"""When a subscription is due: the schedule of EPCIS 2.0, 8.2.5.3; pure. Times are in Asia/Shanghai."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta

from supplychain.kernel.clock import SHANGHAI

_RANGES: Mapping[str, tuple[int, int]] = {
    "second": (0, 59),
    "minute": (0, 59),
    "hour": (0, 23),
    "dayOfMonth": (1, 31),
    "month": (1, 12),
    "dayOfWeek": (1, 7),
}
_PART = re.compile(r"(\d{1,2})|\[(\d{1,2})-(\d{1,2})\]", re.ASCII)
_LONGEST = timedelta(days=1)


class TimetableError(ValueError):
    """A schedule that is none."""


def check(timetable: Mapping[str, str]) -> None:
    """Raise TimetableError unless a schedule names times: numbers and ranges `[a-b]` with commas between."""
    if not timetable or not timetable.keys() <= _RANGES.keys():
        raise TimetableError("A schedule has second, minute, hour, dayOfMonth, month and dayOfWeek.")
    for name, text in timetable.items():
        _numbers(name, text)


def is_due(timetable: Mapping[str, str], since: datetime, now: datetime) -> bool:
    """Tell whether a time of the schedule lies after `since`, up to `now`; seconds count as their minute.

    Looks back a day at most: what was missed for longer is due by its next time.
    """
    wanted = {name: _numbers(name, text) for name, text in timetable.items()}
    minute = now.astimezone(SHANGHAI).replace(second=0, microsecond=0)
    earliest = max(since, now - _LONGEST).astimezone(SHANGHAI)
    while minute > earliest:
        if _fits(wanted, minute):
            return True
        minute -= timedelta(minutes=1)
    return False


def _fits(wanted: Mapping[str, frozenset[int]], at: datetime) -> bool:
    found = {
        "minute": at.minute,
        "hour": at.hour,
        "dayOfMonth": at.day,
        "month": at.month,
        "dayOfWeek": at.isoweekday(),
    }
    return all(number in wanted[name] for name, number in found.items() if name in wanted)


def _numbers(name: str, text: str) -> frozenset[int]:
    least, most = _RANGES[name]
    found: set[int] = set()
    for part in str(text).split(","):
        match = _PART.fullmatch(part.strip())
        if match is None:
            raise TimetableError(f"{name}: {part} is neither a number nor a range.")
        first, last = (match[1], match[1]) if match[1] else (match[2], match[3])
        if not least <= int(first) <= int(last) <= most:
            raise TimetableError(f"{name}: {part} is not within {least} to {most}.")
        found.update(range(int(first), int(last) + 1))
    return frozenset(found)
