"""Batches are registered, released for sale and closed; their papers and holds have services of their own."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import insert, select

from supplychain.base.models.party import Site
from supplychain.kernel.clock import local_day
from supplychain.kernel.db.base import table_of
from supplychain.kernel.db.uow import UnitOfWork
from supplychain.kernel.documents import audit, sequence
from supplychain.kernel.errors import DomainError, Invalid, NotFound, Refused
from supplychain.kernel.i18n import N_, Listed, Text
from supplychain.kernel.units import KG
from traceability.events import BatchClosed, BatchRegistered, BatchReleased
from traceability.models.batch import Batch
from traceability.models.ledger import Holding
from traceability.queries import certificate as certificates
from traceability.rules.batch import BATCH, BatchState
from traceability.rules.certificate import CERTIFICATE_KINDS, CertificateKind, missing_papers
from traceability.rules.hold import Purpose
from traceability.rules.ledger import Bucket, Step
from traceability.services import farm, hold, ledger
from traceability.services.draft import Draft, Existing, RegisterBatch, drafts
from traceability.services.ledger import Born, Happening

DOCUMENT = "traceability.batch"
_BATCH = table_of(Batch)
_REGISTER = insert(_BATCH).returning(_BATCH.c.number, _BATCH.c.id)


@dataclass(frozen=True, slots=True)
class Registration:
    """A batch, registered now or known before under its reference."""

    batch_id: int
    number: str
    is_new: bool


@dataclass(frozen=True, slots=True)
class CloseBatch:
    """A batch is used up; `reason` says what became of goods that are still at its base."""

    batch_id: int
    reason: str = ""


def register(uow: UnitOfWork, command: RegisterBatch) -> Registration:
    """Register a batch at its base: number, dates, first ledger entry, goods on hand.

    The same producer reference again returns the batch that it named. Announces BatchRegistered; raises
    Invalid at the field to blame, Conflict when the reference named something else.
    """
    done = register_many(uow, [command])[0]
    if isinstance(done, DomainError):
        raise done
    return done


def register_many(uow: UnitOfWork, commands: Sequence[RegisterBatch]) -> list[Registration | DomainError]:
    """Register many batches in a constant number of statements, each or its error in the same place."""
    found = farm.gate(uow, drafts(uow, commands))
    fresh = [draft for draft in found if isinstance(draft, Draft) and draft.is_first]
    made = {id(draft): batch for draft, batch in zip(fresh, _insert(uow, fresh), strict=True)}
    return [_registration(draft, made) for draft in found]


def release(uow: UnitOfWork, batch_id: int, at: datetime | None = None) -> Batch:
    """Release a batch for sale once the papers of its product family are there and count that day.

    Announces BatchReleased; raises Refused naming what is missing, or that it is held or past its date.
    """
    at = at or uow.now
    batch = _locked(uow, batch_id)
    BATCH.check(batch.state, BatchState.RELEASED)
    _check_releasable(uow, batch, at)
    batch.state, batch.released_at = BatchState.RELEASED, at
    ledger.record(uow, _whole(batch, Step.RELEASE, at))
    uow.flush()
    audit.record(uow, DOCUMENT, batch.id, N_("Released for sale"))
    uow.publish(BatchReleased(batch.id))
    return batch


def close(uow: UnitOfWork, command: CloseBatch) -> Batch:
    """Close a batch that is used up; what is still at the producer's places is written off with a reason.

    Announces BatchClosed; raises Refused while goods are on the way or held, Invalid at `reason` without one.
    """
    batch = _locked(uow, command.batch_id)
    BATCH.check(batch.state, BatchState.CLOSED)
    left = _left(uow, batch)
    hold.check_free(uow, [batch.id], Purpose(is_sale=not left))
    if left and not command.reason:
        raise Invalid.at(
            "reason",
            N_("%(kg)s kg of this batch are still here. Say what became of them."),
            kg=KG.short(sum(holding.grams for holding in left)),
        )
    for holding in left:
        amounts = ((batch.id, holding.grams, holding.boxes),)
        ledger.record(uow, Happening(Step.DISPOSE, None, holding.site_id, amounts))
    batch.state = BatchState.CLOSED
    uow.flush()
    audit.record(uow, DOCUMENT, batch.id, N_("Closed. %(reason)s"), reason=command.reason)
    uow.publish(BatchClosed(batch.id))
    return batch


def missing(uow: UnitOfWork, batch_id: int, day: date) -> list[CertificateKind]:
    """Return which papers a batch still needs to be sold on a day."""
    batch = uow.session.get_one(Batch, batch_id)
    papers = certificates.valid_kinds(uow.session, [batch_id], day).get(batch_id, frozenset())
    family = certificates.families(uow.session, [batch.trade_item_id])[batch.trade_item_id]
    return missing_papers(family, papers)


def _registration(draft: Draft | DomainError, made: Mapping[int, Existing]) -> Registration | DomainError:
    if isinstance(draft, DomainError):
        return draft
    batch = draft.existing or made[id(draft.same_as or draft)]
    return Registration(batch.id, batch.number, is_new=draft.is_first)


def make(uow: UnitOfWork, fresh: Sequence[Draft]) -> list[Existing]:
    """Give drafts their numbers and rows, before the ledger says how they came to be."""
    numbers = _numbers(uow, fresh)
    rows = [_row(uow, draft, number) for draft, number in zip(fresh, numbers, strict=True)]
    by_number: dict[str, int] = {name: found for name, found in uow.execute(_REGISTER, rows)}  # noqa: C416 - a Row is no pair to mypy
    return [Existing(by_number[number], number) for number in numbers]


def _insert(uow: UnitOfWork, fresh: Sequence[Draft]) -> list[Existing]:
    if not fresh:
        return []
    new = make(uow, fresh)
    ledger.commission(
        uow, [_born(batch.id, batch.number, draft) for batch, draft in zip(new, fresh, strict=True)]
    )
    act = N_("Registered %(boxes)s boxes, %(kg)s kg")
    done = [
        (batch.id, {"boxes": draft.boxes, "kg": KG.short(draft.grams)})
        for batch, draft in zip(new, fresh, strict=True)
    ]
    audit.record_many(uow, DOCUMENT, act, done)
    for batch in new:
        uow.publish(BatchRegistered(batch.id))
    return new


def _numbers(uow: UnitOfWork, fresh: Sequence[Draft]) -> list[str]:
    """Draw a number for each, one statement a month, in the order in which they came."""
    months = defaultdict(list)
    for index, draft in enumerate(fresh):
        months[local_day(draft.at).replace(day=1)].append(index)
    numbers = [""] * len(fresh)
    for month in sorted(months):
        drawn = sequence.next_numbers(uow, "B", month, len(months[month]))
        for index, number in zip(months[month], drawn, strict=True):
            numbers[index] = number
    return numbers


def _row(uow: UnitOfWork, draft: Draft, number: str) -> dict[str, object]:
    return {
        "number": number,
        "gtin": draft.gtin,
        "trade_item_id": draft.trade_item_id,
        "producer_id": draft.producer_id,
        "site_id": draft.site_id,
        "producer_reference": draft.producer_reference,
        "member_name": draft.member_name,
        "plot": draft.plot,
        "origin": draft.origin,
        "supplier": draft.supplier,
        "harvest_began_on": draft.harvest_began_on,
        "harvested_on": draft.harvested_on,
        "best_before_on": draft.best_before_on,
        "boxes": draft.boxes,
        "grams": draft.grams,
        "registered_at": draft.at,
        "registered_by": uow.actor.name,
        "released_at": None,
        "is_held": False,
        "is_recalled": False,
        "state": BATCH.initial,
        "version": 1,
    }


def _born(batch_id: int, number: str, draft: Draft) -> Born:
    return Born(
        batch_id,
        draft.gtin,
        number,
        draft.site_id,
        draft.place,
        draft.grams,
        draft.boxes,
        draft.harvested_on,
        draft.best_before_on,
        draft.at,
    )


def _locked(uow: UnitOfWork, batch_id: int) -> Batch:
    batch = uow.session.scalar(
        select(Batch)
        .where(Batch.id == batch_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    if batch is None:
        raise NotFound(N_("There is no batch %(number)s."), number=batch_id)
    return batch


def _check_releasable(uow: UnitOfWork, batch: Batch, at: datetime) -> None:
    hold.check_free(uow, [batch.id], Purpose(is_sale=True))
    day = local_day(at)
    if batch.best_before_on < day:
        raise Refused(
            N_("%(batch)s was best before %(day)s."), batch=batch.number, day=batch.best_before_on.isoformat()
        )
    if lacking := missing(uow, batch.id, day):
        raise Refused(
            N_("%(batch)s cannot be sold yet. Missing: %(papers)s."),
            batch=batch.number,
            papers=Listed([Text(CERTIFICATE_KINDS[kind]) for kind in lacking]),
        )


def _whole(batch: Batch, step: Step, at: datetime | None) -> Happening:
    return Happening(step, at, batch.site_id, ((batch.id, batch.grams, batch.boxes),))


def _left(uow: UnitOfWork, batch: Batch) -> Sequence[Holding]:
    """Return what is still at the producer's places; Refused while something is on the way."""
    found = uow.session.execute(
        select(Holding, Site.party_id)
        .join(Site, Site.id == Holding.site_id)
        .where(Holding.batch_id == batch.id, (Holding.grams > 0) | (Holding.boxes > 0))
        .order_by(Holding.site_id)
    ).all()
    travelling = sum(holding.grams for holding, _ in found if holding.bucket is Bucket.IN_TRANSIT)
    if travelling:
        raise Refused(
            N_("%(kg)s kg of %(batch)s are on the way."), kg=KG.short(travelling), batch=batch.number
        )
    return [
        holding for holding, owner in found if holding.bucket is Bucket.ON_HAND and owner == batch.producer_id
    ]
