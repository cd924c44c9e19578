"""The trace ledger: whatever happens to goods is one entry, written with the act; holdings follow it.

Entries are added and never changed. Whether goods may move at all is asked by whoever moves them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import partial
from itertools import groupby
from operator import itemgetter
from typing import Any

from sqlalchemy import bindparam, insert, select

from supplychain.base.models.party import Party, Site
from supplychain.kernel.db.base import parts, table_of
from supplychain.kernel.db.uow import UnitOfWork
from supplychain.kernel.errors import Invalid, NotFound
from supplychain.kernel.i18n import N_
from traceability.models.batch import Batch
from traceability.models.genealogy import Edge
from traceability.models.ledger import Entry
from traceability.rules.genealogy import flows
from traceability.rules.ledger import EFFECTS, Bucket, Role, Step, ends
from traceability.services import chain, epcis, history, holding
from traceability.services.chain import Amount, Line
from traceability.services.epcis import Bond, Place, Quantity, SensorSummary
from traceability.services.holding import Move, Names

Parcel = tuple[int, int, int]
"""Batch id, grams, boxes."""

_TOGETHER = 200
"""How many batches one entry tells of at most, when one thing happens to many."""


@dataclass(frozen=True, slots=True)
class Happening:
    """Something that happened to goods. `at` None is now.

    A shipment leaves `site_id` and is on its way to `to_site_id`; everything else happens at `site_id`.
    A transformation takes `batches` and makes `outputs` by a process; `loss_grams` are lost on purpose.
    `items` are single items of the batches by their canonical names; a `bond` is of things, not of goods.
    """

    step: Step
    at: datetime | None
    site_id: int
    batches: tuple[Parcel, ...]
    to_site_id: int | None = None
    parent_sscc: str | None = None
    child_ssccs: tuple[str, ...] = ()
    reference: str = ""
    sensor: SensorSummary | None = None
    outputs: tuple[Parcel, ...] = ()
    process: str = ""
    loss_grams: int = 0
    items: tuple[str, ...] = ()
    bond: Bond | None = None

    def parcels(self) -> list[tuple[Role, Parcel]]:
        """Return every batch with what it is to this happening."""
        taken = Role.INPUT if self.outputs else Role.SUBJECT
        return [
            *((taken, parcel) for parcel in self.batches),
            *((Role.OUTPUT, parcel) for parcel in self.outputs),
        ]


@dataclass(frozen=True, slots=True)
class Born:
    """A batch that has just been registered, with all that its first entry says."""

    batch_id: int
    gtin: str
    lot: str
    site_id: int
    place: Place
    grams: int
    boxes: int
    harvested_on: date
    best_before_on: date
    at: datetime


@dataclass(frozen=True, slots=True)
class _Lot:
    number: str
    gtin: str
    registered_at: datetime
    harvested_on: date
    best_before_on: date


@dataclass(frozen=True, slots=True)
class _Known:
    """What events call batches and places."""

    lots: Mapping[int, _Lot]
    places: Mapping[int, Place]

    def names(self) -> Names:
        return Names(
            {key: lot.number for key, lot in self.lots.items()},
            {key: place.name for key, place in self.places.items()},
        )


def record(uow: UnitOfWork, happening: Happening) -> Entry:
    """Write down one happening and move the holdings; see `record_many`."""
    return uow.session.get_one(Entry, record_many(uow, [happening])[0])


def record_many(uow: UnitOfWork, happenings: Sequence[Happening]) -> list[int]:
    """Write down what happened, in this order, and return the entries' ids.

    Moves the holdings as each step says, in a constant number of statements. Raises Refused with the
    figures when something is not there or was not there by then, Invalid at `at` when the time lies ahead
    or before the batch.
    """
    if not happenings:
        return []
    known = look_up(uow, happenings)
    late = holding.move(
        uow, [step for happening in happenings for step in _moves(uow, happening)], known.names()
    )
    ids = write(uow, happenings, known)
    if late:
        history.balance(uow, late)
    return ids


def by_place(
    step: Step, batches: Sequence[tuple[int, int, int, int]], reference: str = ""
) -> list[Happening]:
    """Return happenings that tell one thing of many batches, each (id, site, grams, boxes)."""
    placed = groupby(sorted(batches, key=itemgetter(1, 0)), key=itemgetter(1))
    return [
        Happening(
            step,
            None,
            site_id,
            tuple((key, grams, boxes) for key, _, grams, boxes in part),
            reference=reference,
        )
        for site_id, group in placed
        for part in parts(list(group), _TOGETHER)
    ]


def commission(uow: UnitOfWork, born: Sequence[Born]) -> None:
    """Write down the first entry of new batches and put them on hand at their bases."""
    holding.open_at(
        uow,
        [((one.batch_id, one.site_id, Bucket.ON_HAND), (one.grams, one.boxes), one.at) for one in born],
    )
    chain.append(uow, [_birth(uow, one) for one in born])


def look_up(uow: UnitOfWork, happenings: Sequence[Happening]) -> _Known:
    """Lock the batches and return what events call them and the places; Invalid for a wrong time."""
    known = _Known(_lots(uow, happenings), _places(uow, happenings))
    for happening in happenings:
        _check_time(uow, happening, known.lots)
        if EFFECTS[happening.step].into is Bucket.IN_TRANSIT and happening.to_site_id is None:
            raise Invalid.at("to_site_id", N_("A shipment needs a destination."))
    return known


def write(uow: UnitOfWork, happenings: Sequence[Happening], known: _Known) -> list[int]:
    """Append happenings to the chains of those at whose places they happened, and draw their edges."""
    ids = chain.append(uow, [_line(uow, happening, known) for happening in happenings])
    edges = [
        edge
        for entry_id, happening in zip(ids, happenings, strict=True)
        if happening.outputs
        for edge in _edges(entry_id, happening)
    ]
    if edges:
        uow.execute(_DRAW, edges)
    return ids


def _birth(uow: UnitOfWork, one: Born) -> Line:
    told = epcis.Told(
        position=0,
        step=Step.HARVEST,
        at=one.at,
        recorded_at=uow.now,
        place=one.place,
        to_place=None,
        quantities=(Quantity(one.gtin, one.lot, one.grams, one.harvested_on, one.best_before_on),),
    )
    lot = epcis.lot_id(one.gtin, one.lot)
    return Line(
        one.place.party_id,
        one.at,
        partial(_document, told),
        Step.HARVEST,
        one.site_id,
        amounts=[Amount(one.batch_id, lot, Role.SUBJECT, one.grams, one.boxes)],
    )


def _document(told: epcis.Told, position: int) -> dict[str, Any]:
    return epcis.event(replace(told, position=position))


def _line(uow: UnitOfWork, happening: Happening, known: _Known) -> Line:
    at = happening.at or uow.now
    place = known.places[happening.site_id]
    told = epcis.Told(
        position=0,
        step=happening.step,
        at=at,
        recorded_at=uow.now,
        place=place,
        to_place=None if happening.to_site_id is None else known.places[happening.to_site_id],
        quantities=[_quantity(known, happening, parcel) for parcel in happening.batches],
        made=[_quantity(known, happening, parcel) for parcel in happening.outputs],
        parent_sscc=happening.parent_sscc,
        child_ssccs=happening.child_ssccs,
        reference=happening.reference,
        sensor=happening.sensor,
        process=happening.process,
        loss_grams=happening.loss_grams,
        items=happening.items,
        bond=happening.bond,
    )
    return Line(
        place.party_id,
        at,
        partial(_document, told),
        happening.step,
        happening.site_id,
        happening.to_site_id,
        happening.reference,
        [_amount(known, role, parcel) for role, parcel in happening.parcels()],
    )


def _quantity(known: _Known, happening: Happening, parcel: Parcel) -> Quantity:
    batch_id, grams, _ = parcel
    lot = known.lots[batch_id]
    if happening.step is Step.HARVEST or parcel in happening.outputs:
        return Quantity(lot.gtin, lot.number, grams, lot.harvested_on, lot.best_before_on)
    return Quantity(lot.gtin, lot.number, grams)


def _amount(known: _Known, role: Role, parcel: Parcel) -> Amount:
    batch_id, grams, boxes = parcel
    lot = known.lots[batch_id]
    return Amount(batch_id, epcis.lot_id(lot.gtin, lot.number), role, grams, boxes)


def _edges(entry_id: int, happening: Happening) -> list[dict[str, int]]:
    found = flows([grams for _, grams, _ in happening.batches], [grams for _, grams, _ in happening.outputs])
    return [
        {
            "entry_id": entry_id,
            "parent_id": happening.batches[flow.source][0],
            "child_id": happening.outputs[flow.target][0],
            "grams_in": flow.grams_in,
            "grams_out": flow.grams_out,
        }
        for flow in found
    ]


def _lots(uow: UnitOfWork, happenings: Sequence[Happening]) -> Mapping[int, _Lot]:
    """Lock the batches in the order of their ids and return what events call them."""
    wanted = {parcel[0] for happening in happenings for _, parcel in happening.parcels()}
    found = [row for part in parts(sorted(wanted)) for row in uow.execute(_LOTS, {"batches": part})]
    lots = {batch_id: _Lot(*facts) for batch_id, *facts in found}
    for batch_id in wanted - lots.keys():
        raise NotFound(N_("There is no batch %(number)s."), number=batch_id)
    return lots


def _places(uow: UnitOfWork, happenings: Sequence[Happening]) -> Mapping[int, Place]:
    wanted = {happening.site_id for happening in happenings}
    wanted |= {happening.to_site_id for happening in happenings if happening.to_site_id is not None}
    places = {site_id: Place(*facts) for site_id, *facts in uow.execute(_PLACES, {"sites": sorted(wanted)})}
    for site_id in wanted - places.keys():
        raise NotFound(N_("There is no place %(code)s."), code=site_id)
    return places


def _check_time(uow: UnitOfWork, happening: Happening, lots: Mapping[int, _Lot]) -> None:
    at = happening.at or uow.now
    if at > uow.now:
        raise Invalid.at("at", N_("This time lies in the future."))
    for _, (batch_id, _, _) in happening.parcels():
        if at < lots[batch_id].registered_at:
            raise Invalid.at(
                "at", N_("This is earlier than the registration of %(batch)s."), batch=lots[batch_id].number
            )


def _moves(uow: UnitOfWork, happening: Happening) -> list[Move]:
    at = happening.at or uow.now
    found = []
    for role, (batch_id, grams, boxes) in happening.parcels():
        out_of, into = ends(happening.step, role, happening.site_id, happening.to_site_id)
        if out_of is None and into is None:
            continue
        taken = None if out_of is None else (batch_id, *out_of)
        put = None if into is None else (batch_id, *into)
        found.append(Move(grams, boxes, at, taken, put))
    return found


_DRAW = insert(table_of(Edge))
_LOTS = (
    select(Batch.id, Batch.number, Batch.gtin, Batch.registered_at, Batch.harvested_on, Batch.best_before_on)
    .where(Batch.id.in_(bindparam("batches", expanding=True)))
    .order_by(Batch.id)
    .with_for_update(key_share=True)
)
_PLACES = (
    select(Site.id, Site.code, Site.name, Site.gln, Party.id, Party.code)
    .join(Party, Party.id == Site.party_id)
    .where(Site.id.in_(bindparam("sites", expanding=True)))
)
"""Made once: making a statement costs more than running it."""
