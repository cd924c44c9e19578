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

REGRADING = frozenset({ProcessKind.REGRADE, ProcessKind.REPACK})
"""Kinds that give the same goods another trade item: the way out for what was downgraded."""


class Direction(StrEnum):
    """Which way goods go in a line of a run."""

    IN = "in"
    OUT = "out"


DIRECTIONS = {Direction.IN: N_("Goes in"), Direction.OUT: N_("Comes out")}


@dataclass(frozen=True, slots=True)
class Form:
    """How many batches go in and come out, and what their trade items have in common."""

    most_inputs: int | None = None
    least_inputs: int = 1
    most_outputs: int | None = None
    same_item: bool = False
    other_item: bool = False
    same_family: bool = False


FORMS = {
    ProcessKind.SPLIT: Form(most_inputs=1, same_item=True),
    ProcessKind.MERGE: Form(least_inputs=2, most_outputs=1, same_item=True),
    ProcessKind.BLEND: Form(least_inputs=2, most_outputs=1, same_family=True),
    ProcessKind.REGRADE: Form(most_inputs=1, other_item=True, same_family=True),
    ProcessKind.REPACK: Form(other_item=True, same_family=True),
    ProcessKind.TRANSFORM: Form(),
}

WHOLE_BP = 10_000


@dataclass(frozen=True, slots=True)
class Balance:
    """Grams in, out and declared lost, against what a process allows."""

    grams_in: int
    grams_out: int
    loss: int
    min_yield_bp: int
    max_yield_bp: int
    tolerance_bp: int

    @property
    def unexplained(self) -> int:
        """Return what is missing, or negative what is over, in grams."""
        return self.grams_in - self.grams_out - self.loss

    @property
    def adds_up(self) -> bool:
        """Tell whether mass in = mass out + declared loss, within the tolerance."""
        return abs(self.unexplained) * WHOLE_BP <= self.grams_in * self.tolerance_bp

    @property
    def yield_bp(self) -> int:
        """Return mass out over mass in, in 1/10 000, half up."""
        return (2 * self.grams_out * WHOLE_BP + self.grams_in) // (2 * self.grams_in)

    @property
    def is_believable(self) -> bool:
        """Tell whether the yield is one that the process can have, within the tolerance."""
        return self.min_yield_bp - self.tolerance_bp <= self.yield_bp <= self.max_yield_bp + self.tolerance_bp


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
