"""The trace ledger: whatever happens to goods is one entry, written with the act; holdings follow it.

Entries are added and never changed. Whether goods may move at all is asked by whoever moves them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import uuid4

from sqlalchemy import insert, select

from supplychain.base.models.party import Site
from supplychain.kernel.db.base import table_of
from supplychain.kernel.db.uow import UnitOfWork
from supplychain.kernel.errors import Invalid, NotFound
from supplychain.kernel.i18n import N_
from traceability.models.batch import Batch
from traceability.models.ledger import Entry, EntryBatch, EntryUnit
from traceability.rules.ledger import EFFECTS, Bucket, Step
from traceability.services import epcis, holding
from traceability.services.epcis import Place, Quantity, SensorSummary
from traceability.services.holding import Move, Names


@dataclass(frozen=True, slots=True)
class Happening:
    """Something that happened to goods. `batches` are (batch id, grams, boxes); `at` None is now.

    A shipment leaves `site_id` and is on its way to `to_site_id`; everything else happens at `site_id`.
    """

    step: Step
    at: datetime | None
    site_id: int
    batches: tuple[tuple[int, int, int], ...]
    to_site_id: int | None = None
    parent_sscc: str | None = None
    child_ssccs: tuple[str, ...] = ()
    reference: str = ""
    sensor: SensorSummary | None = None


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


_ENTRY = table_of(Entry)
_WRITE = insert(_ENTRY).returning(_ENTRY.c.event_id, _ENTRY.c.id)
_WRITE_BATCHES = insert(table_of(EntryBatch))
_WRITE_UNITS = insert(table_of(EntryUnit))


def record(uow: UnitOfWork, happening: Happening) -> Entry:
    """Write down one happening and move the holdings; see `record_many`."""
    return uow.session.get_one(Entry, record_many(uow, [happening])[0])


def record_many(uow: UnitOfWork, happenings: Sequence[Happening]) -> list[int]:
    """Write down what happened, in this order, and return the entries' ids.

    Moves the holdings as each step says, in a constant number of statements. Raises Refused with the
    figures when something is not there, Invalid at `at` when the time lies ahead or before the batch.
    """
    if not happenings:
        return []
    lots = _lots(uow, happenings)
    places = _places(uow, happenings)
    for happening in happenings:
        _check_time(uow, happening, lots)
    names = Names(
        {key: lot.number for key, lot in lots.items()}, {key: place.name for key, place in places.items()}
    )
    holding.move(uow, [step for happening in happenings for step in _moves(happening)], names)
    told = [_told(uow, happening, lots, places) for happening in happenings]
    return _write(uow, happenings, told)


def commission(uow: UnitOfWork, born: Sequence[Born]) -> None:
    """Write down the first entry of new batches and put them on hand at their bases."""
    happenings = [
        Happening(Step.HARVEST, one.at, one.site_id, ((one.batch_id, one.grams, one.boxes),)) for one in born
    ]
    told = [
        epcis.Told(
            event_id=_event_id(),
            step=Step.HARVEST,
            at=one.at,
            recorded_at=uow.now,
            place=one.place,
            to_place=None,
            quantities=(Quantity(one.gtin, one.lot, one.grams, one.harvested_on, one.best_before_on),),
            parent_sscc=None,
            child_ssccs=(),
            reference="",
            sensor=None,
        )
        for one in born
    ]
    holding.open_at(
        uow, [((one.batch_id, one.site_id, Bucket.ON_HAND), (one.grams, one.boxes)) for one in born]
    )
    _write(uow, happenings, told)


def _lots(uow: UnitOfWork, happenings: Sequence[Happening]) -> Mapping[int, _Lot]:
    """Lock the batches in the order of their ids and return what events call them."""
    wanted = {batch_id for happening in happenings for batch_id, _, _ in happening.batches}
    found = uow.execute(
        select(Batch.id, Batch.number, Batch.gtin, Batch.registered_at)
        .where(Batch.id.in_(wanted))
        .order_by(Batch.id)
        .with_for_update(key_share=True)
    )
    lots = {batch_id: _Lot(number, gtin, at) for batch_id, number, gtin, at in found}
    for batch_id in wanted - lots.keys():
        raise NotFound(N_("There is no batch %(number)s."), number=batch_id)
    return lots


def _places(uow: UnitOfWork, happenings: Sequence[Happening]) -> Mapping[int, Place]:
    wanted = {happening.site_id for happening in happenings}
    wanted |= {happening.to_site_id for happening in happenings if happening.to_site_id is not None}
    found = uow.execute(select(Site.id, Site.code, Site.name, Site.gln).where(Site.id.in_(wanted)))
    places = {site_id: Place(code, name, gln) for site_id, code, name, gln in found}
    for site_id in wanted - places.keys():
        raise NotFound(N_("There is no place %(code)s."), code=site_id)
    return places


def _check_time(uow: UnitOfWork, happening: Happening, lots: Mapping[int, _Lot]) -> None:
    at = happening.at or uow.now
    if at > uow.now:
        raise Invalid.at("at", N_("This time lies in the future."))
    for batch_id, _, _ in happening.batches:
        if at < lots[batch_id].registered_at:
            raise Invalid.at(
                "at", N_("This is earlier than the registration of %(batch)s."), batch=lots[batch_id].number
            )


def _moves(happening: Happening) -> list[Move]:
    effect = EFFECTS[happening.step]
    if effect.out_of is None and effect.into is None:
        return []
    end = happening.site_id
    if effect.into is Bucket.IN_TRANSIT:
        if happening.to_site_id is None:
            raise Invalid.at("to_site_id", N_("A shipment needs a destination."))
        end = happening.to_site_id
    return [
        Move(
            grams,
            boxes,
            None if effect.out_of is None else (batch_id, happening.site_id, effect.out_of),
            None if effect.into is None else (batch_id, end, effect.into),
        )
        for batch_id, grams, boxes in happening.batches
    ]


def _told(
    uow: UnitOfWork, happening: Happening, lots: Mapping[int, _Lot], places: Mapping[int, Place]
) -> epcis.Told:
    return epcis.Told(
        event_id=_event_id(),
        step=happening.step,
        at=happening.at or uow.now,
        recorded_at=uow.now,
        place=places[happening.site_id],
        to_place=None if happening.to_site_id is None else places[happening.to_site_id],
        quantities=[
            Quantity(lots[batch_id].gtin, lots[batch_id].number, grams)
            for batch_id, grams, _ in happening.batches
        ],
        parent_sscc=happening.parent_sscc,
        child_ssccs=happening.child_ssccs,
        reference=happening.reference,
        sensor=happening.sensor,
    )


def _event_id() -> str:
    return f"urn:uuid:{uuid4()}"


def _write(uow: UnitOfWork, happenings: Sequence[Happening], told: Sequence[epcis.Told]) -> list[int]:
    rows = [
        {
            "event_id": event.event_id,
            "step": happening.step,
            "event_time": event.at,
            "record_time": uow.now,
            "site_id": happening.site_id,
            "to_site_id": happening.to_site_id,
            "reference": happening.reference,
            "recorded_by": uow.actor.name,
            "document": epcis.event(event),
        }
        for happening, event in zip(happenings, told, strict=True)
    ]
    by_event: dict[str, int] = {name: found for name, found in uow.execute(_WRITE, rows)}  # noqa: C416 - a Row is no pair to mypy
    ids = [by_event[event.event_id] for event in told]
    _write_subjects(uow, ids, happenings)
    return ids


def _write_subjects(uow: UnitOfWork, ids: Sequence[int], happenings: Sequence[Happening]) -> None:
    batches = [
        {"entry_id": entry_id, "batch_id": batch_id, "grams": grams, "boxes": boxes}
        for entry_id, happening in zip(ids, happenings, strict=True)
        for batch_id, grams, boxes in happening.batches
    ]
    if batches:
        uow.execute(_WRITE_BATCHES, batches)
    units = [
        {"entry_id": entry_id, "sscc": sscc}
        for entry_id, happening in zip(ids, happenings, strict=True)
        for sscc in (happening.parent_sscc, *happening.child_ssccs)
        if sscc is not None
    ]
    if units:
        uow.execute(_WRITE_UNITS, units)
