"""Recalls: every kilogram is found, held, asked about, and accounted for before a recall is closed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from time import perf_counter
from typing import Any

from sqlalchemy import exists, func, insert, select, update

from supplychain.base.models.party import Party, Site
from supplychain.base.services import notice
from supplychain.kernel.clock import SHANGHAI, local_day
from supplychain.kernel.db.base import parts, table_of
from supplychain.kernel.db.uow import UnitOfWork
from supplychain.kernel.documents import audit, sequence
from supplychain.kernel.errors import Invalid, NotFound, Refused
from supplychain.kernel.i18n import N_
from supplychain.kernel.leads import Clue, Lead
from supplychain.kernel.units import KG
from traceability.events import RecallClosed, RecallOpened
from traceability.models.batch import Batch
from traceability.models.genealogy import Edge
from traceability.models.ledger import Holding
from traceability.models.recall import Recall, RecallBatch, RecallPlace
from traceability.queries import genealogy
from traceability.queries.visibility import own
from traceability.rules.ledger import Step
from traceability.rules.recall import RECALL, Account, RecallState
from traceability.services import hold, ledger

DOCUMENT = "traceability.recall"
PLACE = "traceability.recall_place"
"""What a place says has its own trail: the other places need not know it."""
_TOLD = N_("Recall %(number)s: goods of %(producer)s are called back. Confirm and say what became of them.")


@dataclass(frozen=True, slots=True)
class OpenRecall:
    """What to call back and why: `start` names a lead, `clue` is what it needs, with hours if need be.

    With `is_drill` everything is found and timed, and nothing is touched.
    """

    reason: str
    start: str
    clue: str
    since: datetime | None = None
    until: datetime | None = None
    is_drill: bool = False


@dataclass(frozen=True, slots=True)
class Became:
    """What became of the goods at one place, in grams."""

    held_grams: int = 0
    returned_grams: int = 0
    destroyed_grams: int = 0
    sold_grams: int = 0
    note: str = ""


def open_(uow: UnitOfWork, command: OpenRecall, leads: Sequence[Lead]) -> Recall:
    """Open a recall: find all that came of the goods and where it is, stop it, and tell whoever has it.

    `leads` are the ways to batches that the suite knows. Announces RecallOpened unless it is a drill.
    Raises Invalid at the field to blame.
    """
    if not command.reason.strip():
        raise Invalid.at("reason", N_("Say why."))
    begun = perf_counter()
    lead = _lead(command, leads)
    producer_id, starts = _starts(uow, lead.find(uow.session, uow.actor, _clue(command)))
    stems = genealogy.stemming(uow.session, starts)
    places = _places(uow, stems)
    row = Recall(
        number=sequence.next_number(uow, "ZH", local_day(uow.now)),
        party_id=producer_id,
        reason=command.reason,
        start_kind=lead.name,
        start=_words(command),
        is_drill=command.is_drill,
        state=RECALL.initial,
        opened_at=uow.now,
        opened_by=uow.actor.name,
        found_ms=round((perf_counter() - begun) * 1000),
    )
    uow.session.add(row)
    uow.flush()
    _write(uow, row, stems, places)
    act = N_("Drill opened: %(reason)s") if command.is_drill else N_("Recall opened: %(reason)s")
    audit.record(uow, DOCUMENT, row.id, act, reason=command.reason)
    if not command.is_drill:
        _stop(uow, row, list(stems))
        _tell(uow, row, {place.party_id for place in places})
        uow.publish(RecallOpened(row.id, tuple(sorted(stems))))
    return row


def acknowledge(uow: UnitOfWork, recall_id: int) -> int:
    """Confirm for the own places that the recall was heard; return for how many. Repeating it is harmless."""
    row = _open_one(uow, recall_id)
    mine = (RecallPlace.recall_id == row.id, RecallPlace.acknowledged_at.is_(None), _my_places(uow))
    found = uow.session.scalars(select(RecallPlace.id).where(*mine)).all()
    uow.execute(
        update(RecallPlace)
        .where(RecallPlace.id.in_(found))
        .values(acknowledged_at=uow.now, acknowledged_by=uow.actor.name, version=RecallPlace.version + 1)
    )
    audit.record_many(uow, PLACE, N_("Heard"), [(place_id, {}) for place_id in found])
    return len(found)


def say(uow: UnitOfWork, place_id: int, became: Became) -> RecallPlace:
    """Say what became of the goods at an own place; said again it counts instead.

    Raises Invalid when more is accounted for than was there.
    """
    place = uow.session.scalar(
        select(RecallPlace).where(RecallPlace.id == place_id, _my_places(uow)).with_for_update()
    )
    if place is None:
        raise NotFound(N_("There is no such place in this recall."))
    _open_one(uow, place.recall_id)
    said = (became.held_grams, became.returned_grams, became.destroyed_grams, became.sold_grams)
    if Account(place.found_grams, *said).unaccounted < 0:
        kg = KG.short(place.found_grams)
        raise Invalid.at("held_grams", N_("%(kg)s kg were there; no more can be accounted for."), kg=kg)
    place.held_grams, place.returned_grams, place.destroyed_grams, place.sold_grams = said
    place.note = became.note
    place.acknowledged_at = place.acknowledged_at or uow.now
    place.acknowledged_by = place.acknowledged_by or uow.actor.name
    uow.flush()
    audit.record(uow, PLACE, place.id, N_("Accounted for %(kg)s kg"), kg=KG.short(sum(said)))
    return place


def close(uow: UnitOfWork, recall_id: int, note: str = "") -> Recall:
    """Close a recall: every kilogram is returned, destroyed or sold, or somebody signs why not.

    Lifts the recall's mark from the batches, never the holds. Announces RecallClosed unless it is a drill.
    """
    row = _open_one(uow, recall_id)
    if not (uow.actor.sees_all or row.party_id == uow.actor.party_id):
        raise NotFound(N_("There is no such recall."))
    places = uow.session.scalars(select(RecallPlace).where(RecallPlace.recall_id == row.id)).all()
    left = sum(
        place.found_grams - place.returned_grams - place.destroyed_grams - place.sold_grams
        for place in places
    )
    if left and not row.is_drill and not note.strip():
        raise Invalid.at(
            "note", N_("%(kg)s kg are not accounted for. Say why it is closed."), kg=KG.short(left)
        )
    RECALL.check(row.state, RecallState.CLOSED)
    row.state, row.closed_at, row.closed_by = RecallState.CLOSED, uow.now, uow.actor.name
    row.closing_note = note if left else ""
    uow.flush()
    audit.record(uow, DOCUMENT, row.id, N_("Recall closed. %(note)s"), note=note)
    if not row.is_drill:
        _unmark(uow, row)
        uow.publish(RecallClosed(row.id))
    return row


def _my_places(uow: UnitOfWork) -> Any:
    return RecallPlace.id > 0 if uow.actor.sees_all else RecallPlace.party_id == uow.actor.party_id


def _open_one(uow: UnitOfWork, recall_id: int) -> Recall:
    row = uow.session.scalar(select(Recall).where(Recall.id == recall_id).with_for_update())
    if row is None:
        raise NotFound(N_("There is no such recall."))
    if row.state is not RecallState.OPEN:
        raise Refused(N_("This recall is closed."))
    return row


def _lead(command: OpenRecall, leads: Sequence[Lead]) -> Lead:
    found = next((lead for lead in leads if lead.name == command.start), None)
    if found is None:
        known = ", ".join(lead.name for lead in leads)
        raise Invalid.at("start", N_("A recall starts from one of: %(known)s."), known=known)
    return found


def _clue(command: OpenRecall) -> Clue:
    if not command.clue.strip():
        raise Invalid.at("clue", N_("Say what to start from."))
    if command.since and command.until and command.since >= command.until:
        raise Invalid.at("until", N_("It must end after it began."))
    return Clue(command.clue.strip(), command.since, command.until)


def _starts(uow: UnitOfWork, found: Collection[int]) -> tuple[int, list[int]]:
    """Return the producer and the batches that it begins with, of which the actor must own each."""
    owners: dict[int, int] = {}
    for part in parts(sorted(found)):
        asked = uow.execute(select(Batch.id, Batch.producer_id).where(own(uow.actor), Batch.id.in_(part)))
        owners.update((batch_id, producer_id) for batch_id, producer_id in asked)
    if not owners:
        raise Invalid.at("clue", N_("No batch fits."))
    producers = set(owners.values())
    if len(producers) > 1:
        raise Invalid.at("clue", N_("These batches are of several producers: open a recall for each."))
    return producers.pop(), sorted(owners)


def _words(command: OpenRecall) -> str:
    """Return what it started from, with the hours if there were any, in local time."""
    hours = [f"{at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}" for at in (command.since, command.until) if at]
    return " ".join([command.clue.strip()[:250], *(["–".join(hours)] if hours else [])])


@dataclass(frozen=True, slots=True)
class _Place:
    batch_id: int
    site_id: int
    party_id: int
    bucket: str
    grams: int
    boxes: int


def _places(uow: UnitOfWork, stems: Mapping[int, int]) -> list[_Place]:
    """Return where goods of the batches are now, chunk by chunk."""
    found: list[_Place] = []
    for part in parts(sorted(stems)):
        rows = uow.execute(
            select(
                Holding.batch_id,
                Holding.site_id,
                Site.party_id,
                Holding.bucket,
                Holding.grams,
                Holding.boxes,
            )
            .join(Site, Site.id == Holding.site_id)
            .where(Holding.batch_id.in_(part), Holding.grams > 0)
            .order_by(Holding.batch_id, Holding.id)
        )
        found += [_Place(*row) for row in rows]
    return found


def _write(uow: UnitOfWork, row: Recall, stems: Mapping[int, int], places: Sequence[_Place]) -> None:
    """Write down each batch with its balance, and each place with what is there."""
    masses = _sums(uow, stems, select(Batch.id, Batch.grams), Batch.id)
    made = _sums(uow, stems, select(Edge.parent_id, func.sum(Edge.grams_in)), Edge.parent_id)
    there: Counter[int] = Counter()
    for place in places:
        there[place.batch_id] += place.grams
    uow.execute(
        insert(table_of(RecallBatch)),
        [
            {
                "recall_id": row.id,
                "batch_id": key,
                "grams": masses[key],
                "stem_grams": stem,
                "made_grams": made.get(key, 0),
                "gone_grams": max(masses[key] - made.get(key, 0) - there[key], 0),
            }
            for key, stem in stems.items()
        ],
    )
    lines = [
        {
            "recall_id": row.id,
            "batch_id": place.batch_id,
            "site_id": place.site_id,
            "party_id": place.party_id,
            "bucket": place.bucket,
            "found_grams": place.grams,
            "found_boxes": place.boxes,
            "acknowledged_at": None,
            "acknowledged_by": None,
            "held_grams": 0,
            "returned_grams": 0,
            "destroyed_grams": 0,
            "sold_grams": 0,
            "note": "",
            "version": 1,
        }
        for place in places
    ]
    if lines:
        uow.execute(insert(table_of(RecallPlace)), lines)


def _sums(uow: UnitOfWork, keys: Collection[int], asked: Any, column: Any) -> dict[int, int]:
    """Return a figure for each key that has one, a part of the keys at a time."""
    return {
        key: int(grams)
        for part in parts(sorted(keys))
        for key, grams in uow.execute(asked.where(column.in_(part)).group_by(column))
    }


def _stop(uow: UnitOfWork, row: Recall, batch_ids: Collection[int]) -> None:
    """Put every batch on hold and mark it; the ledger tells that it was recalled."""
    hold.place_many(uow, batch_ids, f"{row.number}: {row.reason}"[:300], party_id=row.party_id)
    rows: list[tuple[int, int, int, int]] = []
    for part in parts(sorted(batch_ids)):
        marked = update(Batch).where(Batch.id.in_(part))
        uow.execute(marked.values(is_recalled=True, version=Batch.version + 1))
        told = select(Batch.id, Batch.site_id, Batch.grams, Batch.boxes).where(Batch.id.in_(part))
        rows += [(key, site_id, grams, boxes) for key, site_id, grams, boxes in uow.execute(told)]
    uow.session.expire_all()
    ledger.record_many(uow, ledger.by_place(Step.RECALL, rows, reference=row.number))


def _unmark(uow: UnitOfWork, row: Recall) -> None:
    """Take the mark off the batches of which no other recall is open."""
    mine = select(RecallBatch.batch_id).where(RecallBatch.recall_id == row.id)
    other = (
        exists()
        .where(
            RecallBatch.batch_id == Batch.id,
            RecallBatch.recall_id == Recall.id,
            Recall.id != row.id,
            Recall.state == RecallState.OPEN,
            ~Recall.is_drill,
        )
        .correlate(Batch)
    )
    uow.execute(
        update(Batch)
        .where(Batch.id.in_(mine), ~other)
        .values(is_recalled=False, version=Batch.version + 1)
        .execution_options(synchronize_session=False)
    )


def _tell(uow: UnitOfWork, row: Recall, party_ids: Collection[int]) -> None:
    producer = uow.session.get_one(Party, row.party_id).short_name
    told = {f"recall:{row.number}:{party_id}": party_id for party_id in sorted(party_ids)}
    notice.tell_many(uow, told, _TOLD, f"/recalls/{row.number}", number=row.number, producer=producer)
