"""What becomes of what: kinds of process, the balance of mass, and shares along the edges; pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from supplychain.kernel.i18n import N_


class ProcessKind(StrEnum):
    """What a process does to goods."""

    SPLIT = "split"
    MERGE = "merge"
    BLEND = "blend"
    REGRADE = "regrade"
    REPACK = "repack"
    TRANSFORM = "transform"


PROCESS_KINDS = {
    ProcessKind.SPLIT: N_("Split"),
    ProcessKind.MERGE: N_("Merge"),
    ProcessKind.BLEND: N_("Blend"),
    ProcessKind.REGRADE: N_("Regrade"),
    ProcessKind.REPACK: N_("Repack"),
    ProcessKind.TRANSFORM: N_("Processing"),
}

REGROUPING = frozenset(ProcessKind) - {ProcessKind.TRANSFORM}
"""Kinds that leave the goods as they are: the oldest day and the earliest best-before day stay."""


@dataclass(frozen=True, slots=True)
class Flow:
    """So much from one batch into another: places in the lists of inputs and outputs, grams."""

    source: int
    target: int
    grams_in: int
    grams_out: int


def flows(inputs: Sequence[int], outputs: Sequence[int]) -> list[Flow]:
    """Return what went from each input into each output, in grams: everything is mixed evenly.

    Each input's `grams_in` add up to the input, each output's `grams_out` to the output, exactly: what
    is left of whole grams goes where the running total has waited longest (no gram twice, none lost).
    """
    taken = [apportion(grams, outputs) for grams in inputs]
    made = [apportion(grams, inputs) for grams in outputs]
    return [
        Flow(source, target, taken[source][target], made[target][source])
        for source in range(len(inputs))
        for target in range(len(outputs))
    ]


def apportion(total: int, weights: Sequence[int]) -> list[int]:
    """Return a total parted by weights into whole numbers that add up to it exactly."""
    whole = sum(weights)
    if not whole:
        return [0] * len(weights)
    parts, given, running = [], 0, 0
    for weight in weights:
        running += weight
        until = total * running // whole
        parts.append(until - given)
        given = until
    return parts
