"""Holds: a batch must not move until somebody has lifted every one of them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import exists, func, insert, select, update

from supplychain.kernel.db.base import parts, table_of
from supplychain.kernel.db.uow import UnitOfWork
from supplychain.kernel.documents import audit
from supplychain.kernel.errors import Invalid, NotFound, Refused
from supplychain.kernel.i18n import N_
from supplychain.kernel.sheets.sheet import Outcome
from traceability.events import BatchHeld, HoldLifted
from traceability.models.batch import Batch, Hold
from traceability.rules.ledger import Step
from traceability.services import ledger
from traceability.services.ledger import Happening

DOCUMENT = "traceability.batch"


def place(uow: UnitOfWork, batch_id: int, reason: str) -> Hold:
    """Put a batch on hold; the same open reason again changes nothing.

    The caller has checked that the actor may. Announces BatchHeld; raises Invalid at `reason`.
    """
    if not reason.strip():
        raise Invalid.at("reason", N_("Say why."))
    batch = _locked(uow, batch_id)
    open_hold = uow.session.scalar(
        select(Hold).where(Hold.batch_id == batch_id, Hold.lifted_at.is_(None), Hold.reason == reason)
    )
    if open_hold is not None:
        return open_hold
    hold = Hold(batch_id=batch_id, reason=reason, placed_at=uow.now, placed_by=uow.actor.name)
    uow.session.add(hold)
    _mark(uow, batch, is_held=True)
    ledger.record(uow, _about(batch, Step.HOLD))
    audit.record(uow, DOCUMENT, batch_id, N_("Put on hold: %(reason)s"), reason=reason)
    uow.publish(BatchHeld(batch_id, reason))
    return hold


def place_many(uow: UnitOfWork, batch_ids: Collection[int], reason: str) -> list[int]:
    """Put many batches on hold for one reason, in as many statements as few; return those newly held for it.

    The caller has checked that the actor may. The ledger tells it in one entry for each place. Announces
    BatchHeld for each; raises Invalid at `reason`.
    """
    if not reason.strip():
        raise Invalid.at("reason", N_("Say why."))
    batches = [row for part in parts(sorted(batch_ids)) for row in _unheld(uow, part, reason)]
    if not batches:
        return []
    keys = [key for key, *_ in batches]
    line = {"reason": reason, "placed_at": uow.now, "placed_by": uow.actor.name}
    blank = {"lifted_at": None, "lifted_by": None, "resolution": ""}
    uow.execute(insert(table_of(Hold)), [{"batch_id": key, **line, **blank} for key in keys])
    for part in parts(keys):
        held = update(Batch).where(Batch.id.in_(part))
        uow.execute(held.values(is_held=True, version=Batch.version + 1))
    uow.session.expire_all()
    ledger.record_many(uow, ledger.by_place(Step.HOLD, batches))
    audit.record_many(
        uow, DOCUMENT, N_("Put on hold: %(reason)s"), [(key, {"reason": reason}) for key in keys]
    )
    for key in keys:
        uow.publish(BatchHeld(key, reason))
    return keys


def ensure(uow: UnitOfWork, batch_id: int, reason: str) -> Outcome:
    """Put a batch on hold unless it was once held for this very reason; tell whether anything was done.

    The caller has checked that the actor may. A hold that was lifted since is not placed again.
    """
    known = select(Hold.id).where(Hold.batch_id == batch_id, Hold.reason == reason)
    if uow.session.scalar(known.limit(1)) is not None:
        return Outcome.UNCHANGED
    place(uow, batch_id, reason)
    return Outcome.CREATED


def lift(uow: UnitOfWork, hold_id: int, resolution: str) -> Hold:
    """Lift one hold; the batch may move again once it was the last.

    The caller has checked that the actor may. Announces HoldLifted with the last; raises Invalid at
    `resolution`, Refused when it was lifted before.
    """
    if not resolution.strip():
        raise Invalid.at("resolution", N_("Say what was found or done."))
    hold = uow.session.get(Hold, hold_id)
    if hold is None:
        raise NotFound(N_("There is no such hold."))
    batch = _locked(uow, hold.batch_id)
    uow.session.refresh(hold)
    if hold.lifted_at is not None:
        raise Refused(N_("This hold was lifted before."))
    hold.lifted_at, hold.lifted_by, hold.resolution = uow.now, uow.actor.name, resolution
    uow.flush()
    audit.record(uow, DOCUMENT, batch.id, N_("Hold lifted: %(resolution)s"), resolution=resolution)
    if not _open(uow, batch.id):
        _mark(uow, batch, is_held=False)
        ledger.record(uow, _about(batch, Step.LIFT_HOLD))
        uow.publish(HoldLifted(batch.id))
    return hold


def check_free(uow: UnitOfWork, batch_ids: Collection[int]) -> None:
    """Refuse when a batch is on hold, naming the first of them and why it was held first."""
    batch = uow.execute(
        select(Batch.id, Batch.number)
        .where(Batch.id.in_(batch_ids), Batch.is_held)
        .order_by(Batch.id)
        .limit(1)
    ).one_or_none()
    if batch is None:
        return
    opened = select(Hold.reason).where(Hold.batch_id == batch.id, Hold.lifted_at.is_(None))
    reason = uow.session.scalar(opened.order_by(Hold.id).limit(1))
    if reason is None:
        raise Refused(N_("%(batch)s is on hold."), batch=batch.number)
    raise Refused(N_("%(batch)s is on hold: %(reason)s"), batch=batch.number, reason=reason)


def _locked(uow: UnitOfWork, batch_id: int) -> Batch:
    batch = uow.session.scalar(select(Batch).where(Batch.id == batch_id).with_for_update(key_share=True))
    if batch is None:
        raise NotFound(N_("There is no batch %(number)s."), number=batch_id)
    return batch


def _mark(uow: UnitOfWork, batch: Batch, *, is_held: bool) -> None:
    batch.is_held = is_held
    uow.flush()


def _open(uow: UnitOfWork, batch_id: int) -> int:
    return (
        uow.session.scalar(
            select(func.count()).select_from(Hold).where(Hold.batch_id == batch_id, Hold.lifted_at.is_(None))
        )
        or 0
    )


def _unheld(uow: UnitOfWork, part: Sequence[int], reason: str) -> Sequence[Any]:
    """Lock some batches and return (id, site, grams, boxes) of those that are not held for this reason."""
    mine = exists().where(Hold.batch_id == Batch.id, Hold.lifted_at.is_(None), Hold.reason == reason)
    wanted = select(Batch.id, Batch.site_id, Batch.grams, Batch.boxes).where(Batch.id.in_(part))
    asked = wanted.where(~mine.correlate(Batch)).order_by(Batch.id).with_for_update(key_share=True)
    return uow.execute(asked).all()


def _about(batch: Batch, step: Step) -> Happening:
    return Happening(step, None, batch.site_id, ((batch.id, batch.grams, batch.boxes),))
