"""Where a batch stands, what it may weigh, and what its day is called; pure."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from supplychain.kernel.i18n import N_
from supplychain.kernel.state import StateTable


class Origin(StrEnum):
    """How a batch came to be."""

    HARVEST = "harvest"
    SLAUGHTER = "slaughter"
    PURCHASE = "purchase"
    RECEIPT = "receipt"
    PROCESS = "process"


ORIGINS = {
    Origin.HARVEST: N_("Harvested"),
    Origin.SLAUGHTER: N_("Slaughtered"),
    Origin.PURCHASE: N_("Bought"),
    Origin.RECEIPT: N_("Received from a partner"),
    Origin.PROCESS: N_("Made from other batches"),
}


BOUGHT = frozenset({Origin.PURCHASE, Origin.RECEIPT})
"""Origins that name a supplier."""


class BatchState(StrEnum):
    """Where a batch stands; a hold is kept apart, because any batch can be held."""

    REGISTERED = "registered"
    RELEASED = "released"
    CLOSED = "closed"


BATCH = StateTable(
    initial=BatchState.REGISTERED,
    flow=(BatchState.REGISTERED, BatchState.RELEASED, BatchState.CLOSED),
    moves={
        BatchState.REGISTERED: frozenset({BatchState.RELEASED, BatchState.CLOSED}),
        BatchState.RELEASED: frozenset({BatchState.CLOSED}),
        BatchState.CLOSED: frozenset(),
    },
    labels={
        BatchState.REGISTERED: N_("Registered"),
        BatchState.RELEASED: N_("Released for sale"),
        BatchState.CLOSED: N_("Used up"),
    },
)


DATED: Mapping[str, str] = {
    "": N_("Harvest date"),
    "tea": N_("Production date"),
    "pork": N_("Slaughter date"),
    "rabbit": N_("Slaughter date"),
    "egg": N_("Laying date"),
}
"""What the day of a batch is called on labels, by product family; empty stands for all others."""


LABELS_AT_ONCE = 1_000
"""Labels in one file; a longer run comes in parts."""

PRINTED_AT_HOME = 12 * LABELS_AT_ONCE
"""More item labels than these are a printing house's work: its file is on the page of the run."""


MASS_TOLERANCE_BP = 2_000
"""Kilograms that differ from boxes × net mass by more than a fifth are taken for a typing error."""


def is_plausible_mass(boxes: int, net_grams: int, grams: int) -> bool:
    """Tell whether an entered mass fits the number of boxes."""
    expected = boxes * net_grams
    return abs(grams - expected) * 10_000 <= expected * MASS_TOLERANCE_BP


def masked(name: str) -> str:
    """Return a natural person's name as public pages show it, as 张*; empty stays empty."""
    return f"{name.strip()[:1]}*" if name.strip() else ""
