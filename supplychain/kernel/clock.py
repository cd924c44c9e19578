"""The only now, and the local calendar of the trade.

Instants are aware UTC everywhere inside; Asia/Shanghai appears when a day is counted or shown.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")


def _system() -> datetime:
    return datetime.now(UTC)


_source: Callable[[], datetime] = _system


def now() -> datetime:
    """Return the present instant, aware, in UTC."""
    return _source()


def today() -> date:
    """Return the present calendar day in Shanghai."""
    return local_day(now())


def local_day(instant: datetime) -> date:
    """Return the calendar day of an instant in Shanghai: withholding periods and cut-offs count these."""
    return instant.astimezone(SHANGHAI).date()


def day_start(day: date) -> datetime:
    """Return the instant at which a Shanghai calendar day begins, in UTC."""
    return datetime.combine(day, time(), SHANGHAI).astimezone(UTC)


@contextmanager
def fixed(instant: datetime) -> Iterator[None]:
    """Hold the clock still for the block; for tests and rehearsals."""
    global _source  # noqa: PLW0603 - the one process-wide clock
    previous, _source = _source, lambda: instant
    try:
        yield
    finally:
        _source = previous
