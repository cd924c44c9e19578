"""Recalls: where they stand, and the balance of every kilogram; pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from supplychain.kernel.i18n import N_
from supplychain.kernel.state import StateTable


class RecallState(StrEnum):
    """Where a recall stands."""

    OPEN = "open"
    CLOSED = "closed"


RECALL = StateTable(
    initial=RecallState.OPEN,
    flow=(RecallState.OPEN, RecallState.CLOSED),
    moves={RecallState.OPEN: frozenset({RecallState.CLOSED}), RecallState.CLOSED: frozenset()},
    labels={RecallState.OPEN: N_("Recall under way"), RecallState.CLOSED: N_("Recall closed")},
)


@dataclass(frozen=True, slots=True)
class Account:
    """What became of the goods at one place, in grams; `found` were there when the recall was opened."""

    found: int
    held: int = 0
    returned: int = 0
    destroyed: int = 0
    sold: int = 0

    @property
    def unaccounted(self) -> int:
        """Return what nobody has said anything of."""
        return self.found - self.held - self.returned - self.destroyed - self.sold

    @property
    def is_settled(self) -> bool:
        """Tell whether every gram is accounted for, and none is only held."""
        return self.unaccounted == 0 and self.held == 0


DUTIES = (
    N_("1. Stop selling, using and passing on the goods below."),
    N_("2. Set them aside and mark them."),
    N_("3. Confirm by the code above or by telephone that this letter was read."),
    N_("4. Say for each place how many kilograms are set aside, sent back, destroyed, or already sold."),
    N_("5. Keep the proofs of return or destruction."),
)
"""What whoever has the goods must do; after the Food Safety Law, art. 63."""
