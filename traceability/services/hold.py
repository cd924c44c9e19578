"""Placing holds, and the gate that they shut: a batch stands still until every hold on it has ended.

How a hold ends is `disposition`'s business; boxes and pallets are `unit_hold`'s.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import exists, func, insert, select, update

from supplychain.base.models.party import Party
from supplychain.base.models.trade_item import TradeItem
from supplychain.kernel.clock import local_day
from supplychain.kernel.db.base import parts, table_of
from supplychain.kernel.db.uow import UnitOfWork
from supplychain.kernel.documents import audit, sequence
from supplychain.kernel.errors import Invalid, NotFound, Refused
from supplychain.kernel.i18n import N_
from traceability.events import BatchHeld
from traceability.models.batch import Batch
from traceability.models.hold import Hold, HoldBatch
from traceability.models.ledger import Holding
from traceability.queries import genealogy
from traceability.rules.hold import ANYTHING, HOLD, Decision, Disposition, HoldKind, HoldScope, Purpose
from traceability.rules.ledger import Step
from traceability.services import ledger

DOCUMENT = "traceability.hold"
BATCH = "traceability.batch"


def place(
    uow: UnitOfWork,
    batch_id: int,
    reason: str,
    kind: HoldKind = HoldKind.OTHER,
    scope: HoldScope = HoldScope.BATCH,
) -> Hold:
    """Put a batch on hold, with all that was made from it if so wished; the same again changes nothing.

    What is made later cannot slip out: held goods go into nothing. The caller has checked that the actor
    may. Announces BatchHeld for each batch; raises Invalid at `reason` or `scope`.
    """
    check_words(reason)
    if scope is HoldScope.UNIT:
        raise Invalid.at("scope", N_("A batch is no box or pallet."))
    batches = _locked_family(uow, [batch_id], scope)
    known = select(Hold).where(Hold.batch_id == batch_id, Hold.scope == scope, Hold.lifted_at.is_(None))
    again = uow.session.scalar(known.where(Hold.reason == reason).limit(1))
    if again is not None:
        return again
    producer = next(row.producer_id for row in batches if row.id == batch_id)
    return _cover(uow, new(uow, producer, scope, kind, reason, batch_id=batch_id), batches)


def place_many(
    uow: UnitOfWork,
    batch_ids: Collection[int],
    reason: str,
    kind: HoldKind = HoldKind.RECALL,
    party_id: int | None = None,
) -> list[int]:
    """Put many batches under one hold, in as many statements as few; return those newly held for it.

    `party_id` says whose they are, None that they are the first one's producer's. The caller has checked
    that the actor may. The ledger tells it in one entry for each place. Announces BatchHeld for each; raises
    Invalid at `reason`.
    """
    check_words(reason)
    batches = [row for part in parts(sorted(batch_ids)) for row in _unheld(uow, part, reason)]
    if not batches:
        return []
    owner = batches[0].producer_id if party_id is None else party_id
    first = batches[0].id
    _cover(uow, new(uow, owner, HoldScope.DESCENDANTS, kind, reason, batch_id=first), batches)
    return [row.id for row in batches]


def check_free(uow: UnitOfWork, batch_ids: Collection[int], purpose: Purpose = ANYTHING) -> None:
    """Refuse when a batch is on hold, naming the first of them and why it was held first.

    What two people decided lets goods pass that are wanted for just that. The batches are locked, in the
    order of their ids: nobody holds them before the act is over.
    """
    wanted = select(Batch.id, Batch.number, Batch.is_held).where(Batch.id.in_(batch_ids))
    found = uow.execute(wanted.order_by(Batch.id).with_for_update(key_share=True)).all()
    held = {row.id: row.number for row in found if row.is_held}
    if not held:
        return
    covering = uow.execute(_COVERING.where(HoldBatch.batch_id.in_(held))).all()
    for row in covering:
        if not _decision(row).permits(purpose):
            raise _refused(held[row.batch_id], row)
    for batch_id in held.keys() - {row.batch_id for row in covering}:
        raise Refused(N_("%(batch)s is on hold."), batch=held[batch_id])


def check_words(reason: str) -> None:
    """Raise Invalid at `reason` when there is none."""
    if not reason.strip():
        raise Invalid.at("reason", N_("Say why."))


def new(
    uow: UnitOfWork, party_id: int, scope: HoldScope, kind: HoldKind, reason: str, **subject: Any
) -> Hold:
    """Return a new hold with its number, not yet covering anything."""
    given = {"batch_id": None, "sscc": None, "grams": 0} | subject
    row = Hold(
        number=sequence.next_number(uow, "ZK", local_day(uow.now)),
        party_id=party_id,
        scope=scope,
        kind=kind,
        reason=reason,
        placed_at=uow.now,
        placed_by=uow.actor.name,
        state=HOLD.initial,
        **given,
    )
    uow.session.add(row)
    uow.flush()
    audit.record(uow, DOCUMENT, row.id, N_("Put on hold: %(reason)s"), reason=reason)
    return row


def _cover(uow: UnitOfWork, hold: Hold, batches: Sequence[Any]) -> Hold:
    """Let a hold cover locked batches: mark them, tell the ledger, the trail and whoever may care."""
    keys = [row.id for row in batches]
    uow.execute(insert(table_of(HoldBatch)), [{"hold_id": hold.id, "batch_id": key} for key in keys])
    mark(uow, keys, is_held=True)
    hold.grams = there(uow, keys)
    told = [(row.id, row.site_id, row.grams, row.boxes) for row in batches]
    ledger.record_many(uow, ledger.by_place(Step.HOLD, told, reference=hold.number))
    audit.record_many(
        uow, BATCH, N_("Put on hold: %(reason)s"), [(key, {"reason": hold.reason}) for key in keys]
    )
    for key in keys:
        uow.publish(BatchHeld(key, hold.reason))
    return hold


def mark(uow: UnitOfWork, batch_ids: Collection[int], *, is_held: bool) -> None:
    """Say of locked batches whether a hold covers them: every gate asks this one column."""
    uow.flush()
    for part in parts(sorted(batch_ids)):
        marked = update(Batch).where(Batch.id.in_(part), Batch.is_held.is_not(is_held))
        uow.session.execute(marked.values(is_held=is_held, version=Batch.version + 1))


def there(uow: UnitOfWork, batch_ids: Collection[int]) -> int:
    """Return how much there is of some batches, wherever it is, in grams."""
    total = 0
    for part in parts(sorted(batch_ids)):
        summed = select(func.coalesce(func.sum(Holding.grams), 0)).where(Holding.batch_id.in_(part))
        total += uow.execute(summed).scalar_one()
    return total


def lock(uow: UnitOfWork, batch_ids: Collection[int]) -> list[Any]:
    """Lock batches in the order of their ids; return (id, number, producer, site, grams, boxes, state)."""
    return [row for part in parts(sorted(batch_ids)) for row in uow.execute(_locking(part))]


def _locked_family(uow: UnitOfWork, batch_ids: Collection[int], scope: HoldScope) -> list[Any]:
    """Lock what a hold is to cover; looks again until nothing was made meanwhile of what is locked."""
    wanted = set(batch_ids)
    if scope is HoldScope.DESCENDANTS:
        wanted |= _made_from(uow, batch_ids)
    batches = lock(uow, wanted)
    if wanted - {row.id for row in batches}:
        raise NotFound(N_("There is no batch %(number)s."), number=min(batch_ids))
    while scope is HoldScope.DESCENDANTS and (late := _made_from(uow, batch_ids) - wanted):
        wanted |= late
        batches += lock(uow, late)
    return batches


def _made_from(uow: UnitOfWork, batch_ids: Collection[int]) -> set[int]:
    return {link.child_id for link in genealogy.below(uow.session, batch_ids)}


def _unheld(uow: UnitOfWork, part: Sequence[int], reason: str) -> Sequence[Any]:
    """Lock some batches and return those that are not held for this reason."""
    mine = exists().where(
        HoldBatch.batch_id == Batch.id,
        Hold.id == HoldBatch.hold_id,
        Hold.lifted_at.is_(None),
        Hold.reason == reason,
    )
    return uow.execute(_locking(part).where(~mine.correlate(Batch))).all()


def _locking(part: Sequence[int]) -> Any:
    columns = (
        Batch.id,
        Batch.number,
        Batch.producer_id,
        Batch.site_id,
        Batch.grams,
        Batch.boxes,
        Batch.state,
    )
    wanted = select(*columns).where(Batch.id.in_(part))
    return wanted.order_by(Batch.id).with_for_update(key_share=True)


_COVERING = (
    select(
        HoldBatch.batch_id,
        Hold.reason,
        Hold.state,
        Hold.disposition,
        Hold.buyer_id,
        Hold.item_id,
        Party.short_name.label("buyer"),
        TradeItem.name_zh.label("item"),
    )
    .join(Hold, Hold.id == HoldBatch.hold_id)
    .outerjoin(Party, Party.id == Hold.buyer_id)
    .outerjoin(TradeItem, TradeItem.id == Hold.item_id)
    .where(Hold.lifted_at.is_(None))
    .order_by(HoldBatch.batch_id, Hold.id)
)
_WHY_NOT = {
    None: N_("%(batch)s is on hold: %(reason)s"),
    Disposition.DOWNGRADE: N_("%(batch)s is on hold: %(reason)s. It is to be regraded to %(item)s first."),
    Disposition.DIVERT: N_("%(batch)s is on hold: %(reason)s. Only %(buyer)s may have it."),
    Disposition.DESTROY: N_("%(batch)s is on hold: %(reason)s. It is to be destroyed."),
}


def _decision(row: Any) -> Decision:
    return Decision(row.state, row.disposition, row.buyer_id, row.item_id)


def _refused(batch: str, row: Any) -> Refused:
    """Return why a batch stands still, with the way that is open to it when there is one."""
    decided = row.disposition if _decision(row).is_in_force else None
    return Refused(
        _WHY_NOT[decided], batch=batch, reason=row.reason, buyer=row.buyer or "", item=row.item or ""
    )
