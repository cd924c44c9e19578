"""Holds: why goods must not move, what a hold covers, how it ends, and what a decision still allows; pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from supplychain.base.gs1 import keys, scan
from supplychain.kernel.i18n import N_
from supplychain.kernel.state import StateTable


class HoldKind(StrEnum):
    """Why goods are held: the six kinds that may not be sold (农产品质量安全法 2022, art. 36), and others."""

    BANNED = "banned"
    RESIDUE = "residue"
    PATHOGEN = "pathogen"
    ADDITIVE = "additive"
    CARCASS = "carcass"
    UNSAFE = "unsafe"
    RECALL = "recall"
    TEMPERATURE = "temperature"
    PAPERS = "papers"
    OTHER = "other"


HOLD_KINDS = {
    HoldKind.BANNED: N_("Banned pesticide, drug or compound"),
    HoldKind.RESIDUE: N_("Residues or heavy metals over the limit"),
    HoldKind.PATHOGEN: N_("Pathogens, parasites or toxins"),
    HoldKind.ADDITIVE: N_("Preservative, additive or packing against the rules"),
    HoldKind.CARCASS: N_("Animal that died sick, poisoned or of unknown cause"),
    HoldKind.UNSAFE: N_("Otherwise against the safety standards"),
    HoldKind.RECALL: N_("Called back"),
    HoldKind.TEMPERATURE: N_("Cold chain broken"),
    HoldKind.PAPERS: N_("Papers missing"),
    HoldKind.OTHER: N_("Another reason"),
}


class HoldScope(StrEnum):
    """What a hold covers."""

    BATCH = "batch"
    DESCENDANTS = "descendants"
    UNIT = "unit"


HOLD_SCOPES = {
    HoldScope.BATCH: N_("This batch"),
    HoldScope.DESCENDANTS: N_("This batch and all that was made from it"),
    HoldScope.UNIT: N_("One box or pallet"),
}


class Disposition(StrEnum):
    """What becomes of held goods."""

    RELEASE = "release"
    DOWNGRADE = "downgrade"
    DIVERT = "divert"
    DESTROY = "destroy"


DISPOSITIONS = {
    Disposition.RELEASE: N_("Let go"),
    Disposition.DOWNGRADE: N_("Regrade to a lower item"),
    Disposition.DIVERT: N_("Divert to one buyer"),
    Disposition.DESTROY: N_("Destroy"),
}


class HoldState(StrEnum):
    """Where a hold stands."""

    HELD = "held"
    PROPOSED = "proposed"
    DECIDED = "decided"
    SETTLED = "settled"


HOLD = StateTable(
    initial=HoldState.HELD,
    flow=(HoldState.HELD, HoldState.PROPOSED, HoldState.DECIDED, HoldState.SETTLED),
    moves={
        HoldState.HELD: frozenset({HoldState.PROPOSED}),
        HoldState.PROPOSED: frozenset({HoldState.HELD, HoldState.DECIDED, HoldState.SETTLED}),
        HoldState.DECIDED: frozenset({HoldState.PROPOSED, HoldState.SETTLED}),
        HoldState.SETTLED: frozenset(),
    },
    labels={
        HoldState.HELD: N_("Held, to be looked into"),
        HoldState.PROPOSED: N_("Waits for a second signature"),
        HoldState.DECIDED: N_("Decided, being carried out"),
        HoldState.SETTLED: N_("Hold settled"),
    },
)
"""A new proposal on what was decided suspends the decision: goods stand still until it is signed."""

_ALL = frozenset(Disposition)
_NO_SALE = frozenset({Disposition.RELEASE, Disposition.DESTROY})
_NOT_AS_FOOD = _NO_SALE | {Disposition.DIVERT}

ALLOWED: Mapping[HoldKind, frozenset[Disposition]] = {
    HoldKind.BANNED: _NO_SALE,
    HoldKind.CARCASS: _NO_SALE,
    HoldKind.RESIDUE: _NOT_AS_FOOD,
    HoldKind.PATHOGEN: _NOT_AS_FOOD,
    HoldKind.ADDITIVE: _NOT_AS_FOOD,
    HoldKind.UNSAFE: _NOT_AS_FOOD,
    HoldKind.RECALL: _ALL,
    HoldKind.TEMPERATURE: _ALL,
    HoldKind.PAPERS: _ALL,
    HoldKind.OTHER: _ALL,
}
"""Art. 36 forbids the sale in any grade: a lower label cures nothing. What is banned, and what died of
itself, goes nowhere at all. Letting go stays possible for each: a re-test may find nothing wrong."""


def dispositions_for(kind: HoldKind, scope: HoldScope) -> list[Disposition]:
    """Return what may become of goods held for such a reason, in order.

    A box or pallet is packed for one buyer in one grade: to regrade or divert what is in it, hold the batch.
    """
    allowed = ALLOWED[kind] & (_NO_SALE if scope is HoldScope.UNIT else _ALL)
    return [disposition for disposition in Disposition if disposition in allowed]


@dataclass(frozen=True, slots=True)
class Purpose:
    """What goods are wanted for: a buyer, or the trade items that they are made into; nothing is anything."""

    buyer_id: int | None = None
    item_ids: frozenset[int] = frozenset()
    is_sale: bool = False
    """For whichever buyer may have them: what must be true of the batch itself before any sale."""


ANYTHING = Purpose()


@dataclass(frozen=True, slots=True)
class Decision:
    """How far a hold that covers goods has come, and what was decided."""

    state: HoldState
    disposition: Disposition | None = None
    buyer_id: int | None = None
    item_id: int | None = None

    @property
    def is_in_force(self) -> bool:
        """Tell whether two people have decided, and nobody has proposed otherwise since."""
        return self.state in {HoldState.DECIDED, HoldState.SETTLED}

    def permits(self, purpose: Purpose) -> bool:
        """Tell whether held goods may be taken for a purpose all the same."""
        if not self.is_in_force:
            return False
        if self.disposition is Disposition.DIVERT:
            return purpose.is_sale or (purpose.buyer_id is not None and purpose.buyer_id == self.buyer_id)
        if self.disposition is Disposition.DOWNGRADE:
            return purpose.item_ids == {self.item_id}
        return False


def is_lower(grades: Collection[str], before: str, after: str) -> bool:
    """Tell whether a grade stands behind another in a standard's list, best first.

    What the list does not know cannot be compared, and is let through.
    """
    order = [grade.strip() for grade in grades if grade.strip()]
    if before not in order or after not in order:
        return True
    return order.index(after) > order.index(before)


def scanned(text: str, today: date) -> Mapping[str, str]:
    """Return the identifiers of a text that was typed or scanned: SSCC (00), lot (10); none of plain words.

    An SSCC is eighteen digits, or stands like the rest in an element string or a Digital Link. Raises
    Gs1Error for what looks like a code and is wrong, as by its check digit.
    """
    plain = "".join(text.split())
    if plain.isascii() and plain.isdigit() and len(plain) == 18:
        if not keys.has_check_digit(plain):
            raise keys.Gs1Error("check-digit", plain, "00")
        return {"00": plain}
    if not plain.lower().startswith(("(0", "]", "http://", "https://", "urn:")):
        return {}
    return dict(scan.read(plain, today))
