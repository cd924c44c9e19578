"""Goods that travel together: the band that suits them all, or the two that do not go together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from logistics.rules.verdict import Band


@dataclass(frozen=True, slots=True)
class Kept:
    """A product aboard and how it is kept, in 1/100 ℃."""

    name: str
    band: Band


@dataclass(frozen=True, slots=True)
class Clash:
    """Two products with no temperature in common: the first must be colder than the second may be."""

    colder: Kept
    warmer: Kept


def overlap(kept: Sequence[Kept]) -> Band | Clash:
    """Return where the bands of all goods overlap, with the strictest critical limits, or who clashes.

    Lower bounds count as much as upper ones: beans and peppers are harmed by cold that cabbage needs.
    """
    colder = min(kept, key=lambda item: item.band.high)
    warmer = max(kept, key=lambda item: item.band.low)
    if warmer.band.low >= colder.band.high:
        return Clash(colder, warmer)
    highs = [item.band.critical_high for item in kept if item.band.critical_high is not None]
    lows = [item.band.critical_low for item in kept if item.band.critical_low is not None]
    return Band(warmer.band.low, colder.band.high, max(lows, default=None), min(highs, default=None))
