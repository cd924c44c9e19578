"""What a partner's event means for our books, where it can mean one thing only, and carrying that out.

What was received is the whole of what is on its way to a place of the partner's own. Items that the partner
ships or sells are codes of goods that are, or were, at that place; their batches' holdings stay as they are:
a till tells of items, and how much they weighed is told by lots.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from supplychain.base.models.party import Site
from supplychain.kernel.db.uow import UnitOfWork
from supplychain.kernel.i18n import N_, gettext
from traceability.models.ledger import Holding, Source
from traceability.rules.code import CodeAct
from traceability.rules.epcis_words import bare
from traceability.rules.hold import Purpose
from traceability.rules.identifier import canonical_id
from traceability.rules.ledger import Bucket, Step
from traceability.services import code, hold, ledger
from traceability.services.ledger import Happening, Parcel
from traceability.services.recognition import World, grams_of


@dataclass(frozen=True, slots=True)
class Items:
    """Codes, by their ids, on items that are shipped or sold."""

    act: CodeAct
    codes: frozenset[int]


Plan = Happening | Items

UNKNOWN = N_("It names things that we do not know.")
_DONE = {
    CodeAct.SHIP: N_("Marked %(count)s codes as shipped"),
    CodeAct.SELL: N_("Marked %(count)s codes as sold"),
}


def plan(uow: UnitOfWork, source: Source, document: Mapping[str, Any], world: World) -> Plan | str:
    """Return what an event means for our books, or why it cannot mean one thing alone (msgid)."""
    meant = _MEANINGS.get(bare(document.get("bizStep", "")))
    if document["type"] != "ObjectEvent" or meant is None:
        return N_("Only what was received, and items that were shipped or sold, can be carried out.")
    site_id = world.site_of(document)
    owner = None if site_id is None else uow.session.get_one(Site, site_id).party_id
    if site_id is None or owner != source.party_id:
        return N_("It did not happen at a place of this partner that we know.")
    return meant(uow, document, world, site_id)


def carry_out(uow: UnitOfWork, source: Source, what: Plan) -> str:
    """Do what an event means and tell what was done, if that is not plain from the event.

    Raises Refused with what stands against it: a partner takes in nothing that is on hold.
    """
    if isinstance(what, Happening):
        hold.check_free(uow, [parcel[0] for parcel in what.batches], Purpose(source.party_id))
        ledger.record(uow, what)
        return ""
    return gettext(_DONE[what.act]) % {"count": code.move_items(uow, what.codes, what.act)}


def _receipt(uow: UnitOfWork, document: Mapping[str, Any], world: World, site_id: int) -> Plan | str:
    items = document.get("quantityList", ())
    lots = [world.lots.get(canonical_id(item["epcClass"])) for item in items]
    if not lots or None in lots or document.get("epcList"):
        return UNKNOWN
    parcels: list[Parcel] = []
    for lot, item in zip(lots, items, strict=True):
        held = None if lot is None else _on_the_way(uow, lot.id, site_id)
        if lot is None or held is None or held[0] != grams_of(item):
            return N_("It is not all of what is on its way there.")
        parcels.append((lot.id, *held))
    return Happening(Step.RECEIVE, datetime.fromisoformat(document["eventTime"]), site_id, tuple(parcels))


def _on_the_way(uow: UnitOfWork, batch_id: int, site_id: int) -> tuple[int, int] | None:
    row = uow.execute(
        select(Holding.grams, Holding.boxes).where(
            Holding.batch_id == batch_id,
            Holding.site_id == site_id,
            Holding.bucket == Bucket.IN_TRANSIT,
            Holding.grams > 0,
        )
    ).one_or_none()
    return None if row is None else (row[0], row[1])


def _items(act: CodeAct) -> Callable[[UnitOfWork, Mapping[str, Any], World, int], Plan | str]:
    def meant(uow: UnitOfWork, document: Mapping[str, Any], world: World, site_id: int) -> Plan | str:
        found = [world.items.get(canonical_id(name)) for name in document.get("epcList", ())]
        known = [item for item in found if item is not None]
        if not known or len(known) < len(found) or document.get("quantityList"):
            return UNKNOWN
        if not _were_there(uow, {item.lot.id for item in known}, site_id):
            return N_("These goods were never at that place.")
        return Items(act, frozenset(item.id for item in known))

    return meant


def _were_there(uow: UnitOfWork, batches: set[int], site_id: int) -> bool:
    """Tell whether some of each batch is or was on hand at a place: a holding that is used up stays."""
    there = select(Holding.batch_id).where(
        Holding.batch_id.in_(batches), Holding.site_id == site_id, Holding.bucket == Bucket.ON_HAND
    )
    return batches <= set(uow.session.scalars(there))


_MEANINGS: Mapping[str, Callable[[UnitOfWork, Mapping[str, Any], World, int], Plan | str]] = {
    "receiving": _receipt,
    "shipping": _items(CodeAct.SHIP),
    "retail_selling": _items(CodeAct.SELL),
}
