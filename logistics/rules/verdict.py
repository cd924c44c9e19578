"""The verdict on a trip: a pure function of its readings, its band and the time it was under way.

The order, lateness and repetition of readings never change it. What nobody witnessed is unknown, never fine.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from logistics.rules.states import ExcursionKind, Severity
from supplychain.kernel.units import divide_half_up

DOOR_OPEN = timedelta(minutes=30)
"""An excursion this short is taken for an open door."""
DOOR_OPEN_CENTI = 300
"""… when it also stays within 3 ℃ of the band (trade practice; no standard fixes it)."""
LONGEST_STEP = timedelta(minutes=30)
"""A longer silence is missing data whatever the logger's interval (GB 31605 asks for ≤ 10 min)."""

ORDER = (Severity.FINE, Severity.UNKNOWN, Severity.MINOR, Severity.MAJOR, Severity.CRITICAL)


@dataclass(frozen=True, slots=True)
class Band:
    """Where the temperature should stay, in 1/100 ℃; beyond the critical limits goods are refused."""

    low: int
    high: int
    critical_low: int | None = None
    critical_high: int | None = None


@dataclass(frozen=True, slots=True)
class Stretch:
    """One excursion or gap; `degree_minutes` in ℃ × minutes beyond the band, `peak` the farthest value."""

    kind: ExcursionKind
    severity: Severity
    start: datetime
    end: datetime
    peak: int | None = None
    degree_minutes: int = 0

    @property
    def minutes(self) -> int:
        """Return how long it lasted, in whole minutes."""
        return int((self.end - self.start).total_seconds()) // 60


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the readings say of a trip; coverage in basis points of the minutes under way."""

    severity: Severity
    stretches: tuple[Stretch, ...]
    coverage_bp: int
    lowest: int | None
    highest: int | None
    mean: int | None


def judge(
    band: Band,
    readings: Iterable[tuple[datetime, int]],
    since: datetime,
    until: datetime,
    interval: timedelta,
) -> Verdict:
    """Judge the time from `since` to `until`; `interval` is what the logger should keep.

    A step longer than twice the interval, or than 30 minutes, is a gap; without any reading all of it is.
    Several loggers' values at one
    instant count by the one farthest from the band's middle.
    """
    points = _points(band, readings, since, until)
    longest = min(2 * interval, LONGEST_STEP)
    gaps = _gaps(points, since, until, longest)
    excursions = _excursions(band, points, longest)
    stretches = tuple(sorted((*gaps, *excursions), key=lambda stretch: (stretch.start, stretch.kind)))
    values = [value for _, value in points]
    calm = Severity.FINE if points else Severity.UNKNOWN
    return Verdict(
        max((stretch.severity for stretch in stretches), key=ORDER.index, default=calm),
        stretches,
        _coverage(gaps, since, until),
        min(values, default=None),
        max(values, default=None),
        divide_half_up(sum(values), len(values)) if values else None,
    )


def _points(
    band: Band, readings: Iterable[tuple[datetime, int]], since: datetime, until: datetime
) -> list[tuple[datetime, int]]:
    middle = band.low + band.high
    kept: dict[datetime, int] = {}
    for at, value in readings:
        if since <= at <= until:
            known = kept.get(at)
            if known is None or (abs(2 * value - middle), value) > (abs(2 * known - middle), known):
                kept[at] = value
    return sorted(kept.items())


def _gaps(
    points: Sequence[tuple[datetime, int]], since: datetime, until: datetime, longest: timedelta
) -> list[Stretch]:
    instants = [since, *(at for at, _ in points), until]
    longest = longest if points else timedelta(0)
    return [
        Stretch(ExcursionKind.GAP, Severity.UNKNOWN, start, end)
        for start, end in itertools.pairwise(instants)
        if end - start > longest
    ]


def _excursions(band: Band, points: Sequence[tuple[datetime, int]], longest: timedelta) -> list[Stretch]:
    found: list[Stretch] = []
    run: list[tuple[datetime, int]] = []
    for index, (at, value) in enumerate(points):
        kind = _side(band, value)
        if run and (kind is not _side(band, run[0][1]) or at - run[-1][0] > longest):
            found.append(_stretch(band, run, at, longest))
            run = []
        if kind is not None:
            run.append((at, value))
        if run and index == len(points) - 1:
            found.append(_stretch(band, run, at, longest))
    return found


def _stretch(
    band: Band, run: Sequence[tuple[datetime, int]], following: datetime, longest: timedelta
) -> Stretch:
    kind = _side(band, run[0][1]) or ExcursionKind.HIGH
    end = following if following - run[-1][0] <= longest else run[-1][0]
    instants = [at for at, _ in run] + [end]
    beyond = [abs(value - (band.high if kind is ExcursionKind.HIGH else band.low)) for _, value in run]
    seconds = [int((after - at).total_seconds()) for at, after in itertools.pairwise(instants)]
    peak = max(value for _, value in run) if kind is ExcursionKind.HIGH else min(value for _, value in run)
    amount = divide_half_up(sum(excess * time for excess, time in zip(beyond, seconds, strict=True)), 6000)
    severity = _severity(band, kind, peak, end - run[0][0], max(beyond))
    return Stretch(kind, severity, run[0][0], end, peak, amount)


def _side(band: Band, value: int) -> ExcursionKind | None:
    if value > band.high:
        return ExcursionKind.HIGH
    return ExcursionKind.LOW if value < band.low else None


def _severity(band: Band, kind: ExcursionKind, peak: int, lasted: timedelta, beyond: int) -> Severity:
    too_hot = kind is ExcursionKind.HIGH and band.critical_high is not None and peak > band.critical_high
    too_cold = kind is ExcursionKind.LOW and band.critical_low is not None and peak < band.critical_low
    if too_hot or too_cold:
        return Severity.CRITICAL
    return Severity.MINOR if lasted <= DOOR_OPEN and beyond <= DOOR_OPEN_CENTI else Severity.MAJOR


def _coverage(gaps: Sequence[Stretch], since: datetime, until: datetime) -> int:
    whole = int((until - since).total_seconds())
    if whole <= 0:
        return 0
    dark = sum(int((gap.end - gap.start).total_seconds()) for gap in gaps)
    return divide_half_up((whole - dark) * 10_000, whole)
