"""A measurement: work done by the suite and by its floor, in turns, as things a second."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from statistics import median
from time import perf_counter

ROUNDS = 5
"""Ours and the floor take turns so often; the median counts."""


@dataclass(frozen=True, slots=True)
class Size:
    """How much of each kind of work is done."""

    requests: int
    registrations: int
    rows: int
    labels: int
    codes: int
    events: int
    ledger: int
    """Events of the ledger in which a page is looked for, against a hundredth of them."""
    hourglasses: int = 42
    """Of 240 edges each, in the ledger whose genealogy is asked for: some ten thousand edges."""


LARGE = 4_167
"""Hourglasses of a million edges."""
FULL = Size(
    requests=10_000,
    registrations=2_000,
    rows=10_000,
    labels=1_000,
    codes=100_000,
    events=10_000,
    ledger=1_000_000,
)
QUICK = Size(
    requests=200, registrations=200, rows=1_000, labels=300, codes=10_000, events=2_000, ledger=50_000
)


@dataclass(frozen=True, slots=True)
class Measure:
    """One kind of work: things a second by the suite, and by the floor."""

    what: str
    unit: str
    ours: float
    floor: str
    bare: float
    growth: float | None = None
    """How many times as long one thing takes as on the small ledger; None where there is but one size."""

    @property
    def ratio(self) -> float:
        """Return how many times as fast the floor is."""
        return self.bare / self.ours


def repeat(act: Callable[[], object], times: int) -> None:
    """Do something so often."""
    for _ in range(times):
        act()


def turns(acts: Sequence[Callable[[], object]]) -> list[float]:
    """Return the median seconds of each act when all take turns."""
    rounds = [[timed(act) for act in acts] for _ in range(ROUNDS)]
    return [median(column) for column in zip(*rounds, strict=True)]


def timed(act: Callable[[], object]) -> float:
    """Return the seconds that it takes."""
    started = perf_counter()
    act()
    return perf_counter() - started


def grown(before: Sequence[Measure], after: Sequence[Measure]) -> list[Measure]:
    """Return the measures of a large ledger, each telling how much longer it takes than in the small one."""
    return [replace(new, growth=old.ours / new.ours) for old, new in zip(before, after, strict=True)]


def measure(what: str, unit: str, count: int, ours: float, floor: str, bare: float) -> Measure:
    """Return `count` things in so many seconds, by the suite and by the floor."""
    return Measure(what, unit, count / ours, floor, count / bare)
