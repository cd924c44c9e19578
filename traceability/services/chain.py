"""Appending to the ledger: entries, what they name, and the chain that ties them; nothing is ever changed."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from supplychain.kernel.db.base import table_of
from supplychain.kernel.db.uow import UnitOfWork
from traceability.models.epcis import EntryFact
from traceability.models.ledger import Chain, Entry, EntryBatch, EntryThing
from traceability.rules.chain import facts_of, link_of
from traceability.rules.epcis_words import bare
from traceability.rules.identifier import canonical_id
from traceability.rules.ledger import Role, Step, ThingRole
from traceability.services import epcis_index


@dataclass(frozen=True, slots=True)
class Amount:
    """How much of a batch; `lot` is its canonical Digital Link."""

    batch_id: int
    lot: str
    role: Role
    grams: int
    boxes: int


@dataclass(frozen=True, slots=True)
class Line:
    """An entry to be: in whose chain, and the document that it comes to at its position there."""

    party_id: int
    at: datetime
    document: Callable[[int], dict[str, Any]]
    step: Step | None = None
    site_id: int | None = None
    to_site_id: int | None = None
    reference: str = ""
    amounts: Sequence[Amount] = ()
    declares_id: int | None = None
    declares_position: int | None = None
    source_id: int | None = None


@dataclass(slots=True)
class _Head:
    length: int
    link: str


_ENTRY = table_of(Entry)
_WRITE = insert(_ENTRY).returning(_ENTRY.c.party_id, _ENTRY.c.position, _ENTRY.c.id)
_WRITE_BATCHES = insert(table_of(EntryBatch))
_THINGS, _FACTS = table_of(EntryThing), table_of(EntryFact)
_HEADS = (
    select(Chain.party_id, Chain.length, Chain.head)
    .where(Chain.party_id.in_(bindparam("parties", expanding=True)))
    .order_by(Chain.party_id)
    .with_for_update()
)
_CHAIN = table_of(Chain)
_BEGIN = {
    name: make(_CHAIN).on_conflict_do_nothing()
    for name, make in (("postgresql", postgresql.insert), ("sqlite", sqlite.insert))
}
_ADVANCE = (
    update(_CHAIN)
    .where(_CHAIN.c.party_id == bindparam("party"))
    .values(length=bindparam("to_length"), head=bindparam("to_head"))
)


def append(uow: UnitOfWork, lines: Sequence[Line]) -> list[int]:
    """Write entries in this order at the ends of their chains; return their ids.

    Each chain is held until the act is over. A constant number of statements.
    """
    if not lines:
        return []
    heads = _lock(uow, {line.party_id for line in lines})
    rows = [_row(uow, line, heads[line.party_id]) for line in lines]
    keys = {(party, position): key for party, position, key in uow.execute(_WRITE, rows)}
    ids = [keys[row["party_id"], row["position"]] for row in rows]
    _write_subjects(uow, ids, lines, [row["document"] for row in rows])
    uow.execute(
        _ADVANCE,
        [{"party": party, "to_length": head.length, "to_head": head.link} for party, head in heads.items()],
    )
    return ids


def _lock(uow: UnitOfWork, parties: Collection[int]) -> Mapping[int, _Head]:
    heads = _heads(uow, parties)
    new = [party for party in sorted(parties) if party not in heads]
    if not new:
        return heads
    begin = _BEGIN[uow.session.get_bind().dialect.name]
    uow.execute(begin, [{"party_id": party, "length": 0, "head": ""} for party in new])
    return _heads(uow, parties)


def _heads(uow: UnitOfWork, parties: Collection[int]) -> dict[int, _Head]:
    found = uow.execute(_HEADS, {"parties": sorted(parties)})
    return {party: _Head(length, head) for party, length, head in found}


def _row(uow: UnitOfWork, line: Line, head: _Head) -> dict[str, Any]:
    head.length += 1
    document = line.document(head.length)
    amounts = [(amount.role.value, amount.lot, amount.grams, amount.boxes) for amount in line.amounts]
    facts = facts_of(line.step, uow.actor.name, line.reference, line.declares_position, amounts)
    head.link = link_of(head.link, head.length, document, facts)
    return {
        "event_id": document["eventID"],
        "event_type": document["type"],
        "action": document.get("action", ""),
        "biz_step": bare(document.get("bizStep", "")),
        "disposition": bare(document.get("disposition", "")),
        "read_point": canonical_id(document.get("readPoint", {}).get("id", "")),
        "biz_location": canonical_id(document.get("bizLocation", {}).get("id", "")),
        "step": line.step,
        "event_time": line.at,
        "record_time": uow.now,
        "site_id": line.site_id,
        "to_site_id": line.to_site_id,
        "reference": line.reference,
        "recorded_by": uow.actor.name,
        "document": document,
        "party_id": line.party_id,
        "position": head.length,
        "link": head.link,
        "declares_id": line.declares_id,
        "source_id": line.source_id,
    }


def _write_subjects(
    uow: UnitOfWork, ids: Sequence[int], lines: Sequence[Line], documents: Sequence[Mapping[str, Any]]
) -> None:
    batches = [
        {
            "entry_id": entry_id,
            "batch_id": amount.batch_id,
            "role": amount.role,
            "grams": amount.grams,
            "boxes": amount.boxes,
        }
        for entry_id, line in zip(ids, lines, strict=True)
        for amount in line.amounts
    ]
    if batches:
        uow.execute(_WRITE_BATCHES, batches)
    documented = list(zip(ids, documents, strict=True))
    things = [
        (entry_id, role, canonical_id(name), is_class)
        for entry_id, document in documented
        for role, name, is_class in things_of(document)
    ]
    uow.pour(_THINGS, ("entry_id", "role", "name", "is_class"), things)
    facts = [row for entry_id, document in documented for row in epcis_index.rows_of(entry_id, document)]
    uow.pour(_FACTS, epcis_index.COLUMNS, facts)


def things_of(document: Mapping[str, Any]) -> Iterator[tuple[str, str, bool]]:
    """Yield what an event names: in which list (a ThingRole), by which name, and whether it is a class."""
    if parent := document.get("parentID"):
        yield ThingRole.PARENT.value, parent, False
    for role, singles, classes in _LISTS[document["type"]]:
        if singles in document:
            yield from ((role, name, False) for name in document[singles])
        if classes in document:
            yield from ((role, item["epcClass"], True) for item in document[classes])


_Lists = Sequence[tuple[str, str, str]]
_EPCS: _Lists = ((ThingRole.EPC.value, "epcList", "quantityList"),)
_CHILDREN: _Lists = ((ThingRole.CHILD.value, "childEPCs", "childQuantityList"),)
_LISTS: Mapping[str, _Lists] = {
    "ObjectEvent": _EPCS,
    "TransactionEvent": _EPCS,
    "AggregationEvent": _CHILDREN,
    "AssociationEvent": _CHILDREN,
    "TransformationEvent": (
        (ThingRole.INPUT.value, "inputEPCList", "inputQuantityList"),
        (ThingRole.OUTPUT.value, "outputEPCList", "outputQuantityList"),
    ),
}
"""By the kind of event: the roles of its things, and its lists of single things and of classes."""
