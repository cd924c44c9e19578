"""Writing off what two people decided to destroy: place by place, each by whoever owns the place.

That it was decided is `disposition`'s business. Goods on the way are refused at their gate first.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, select, update

from supplychain.base.models.party import Site
from supplychain.base.services import notice
from supplychain.kernel.db.base import parts
from supplychain.kernel.db.uow import UnitOfWork
from supplychain.kernel.documents import audit
from supplychain.kernel.errors import Refused
from supplychain.kernel.i18n import N_
from supplychain.kernel.units import KG
from traceability.events import BatchClosed, BatchDestroyed, UnitDestroyed
from traceability.models.batch import Batch
from traceability.models.hold import Hold
from traceability.models.ledger import Holding
from traceability.models.recall import Recall, RecallPlace
from traceability.rules.batch import BatchState
from traceability.rules.hold import HoldScope
from traceability.rules.ledger import Bucket, Step
from traceability.rules.recall import RecallState
from traceability.services import code, hold, ledger, unit_hold
from traceability.services.ledger import Happening

_STEPS = {Bucket.ON_HAND: Step.DESTROY, Bucket.REJECTED: Step.DESTROY_REJECTED}
_ASKED = N_("%(number)s: goods of %(reason)s at your places are to be destroyed. Confirm when it is done.")


@dataclass(frozen=True, slots=True)
class Spot:
    """So much of a batch at a place, in one way."""

    batch_id: int
    site_id: int
    party_id: int
    bucket: Bucket
    grams: int
    boxes: int


def spots(uow: UnitOfWork, batch_ids: Collection[int], *where: ColumnElement[bool]) -> list[Spot]:
    """Return where some batches are and can be written off, as far as conditions on Site say."""
    found: list[Spot] = []
    for part in parts(sorted(batch_ids)):
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
            .where(Holding.batch_id.in_(part), (Holding.grams > 0) | (Holding.boxes > 0), *where)
            .order_by(Holding.batch_id, Holding.id)
        )
        found += [Spot(*row) for row in rows]
    return found


def check_within_reach(uow: UnitOfWork, row: Hold, batch_ids: Collection[int]) -> None:
    """Refuse to destroy what is on the way: whoever waits for it refuses it at the gate first."""
    if row.scope is HoldScope.UNIT:
        if unit_hold.has_left(uow, row.sscc or ""):
            raise Refused(
                N_("%(sscc)s has left. Refuse it at the gate, and hold its batches there."), sscc=row.sscc
            )
        return
    travelling = next((spot for spot in spots(uow, batch_ids) if spot.bucket is Bucket.IN_TRANSIT), None)
    if travelling is not None:
        number = uow.session.get_one(Batch, travelling.batch_id).number
        raise Refused(
            N_("%(kg)s kg of %(batch)s are on the way."), kg=KG.short(travelling.grams), batch=number
        )


def destroy(uow: UnitOfWork, row: Hold, batch_ids: Collection[int]) -> None:
    """Write off what is at the producer's own places, void the codes, and ask the others to do so.

    Announces BatchDestroyed or UnitDestroyed: whoever promised the goods takes it back.
    """
    if row.scope is HoldScope.UNIT:
        _destroy_unit(uow, row)
        return
    write_off(uow, spots(uow, batch_ids, Site.party_id == row.party_id), row.number)
    for batch_id in batch_ids:
        code.void_rest(uow, batch_id)
        uow.publish(BatchDestroyed(batch_id))
    for party_id in sorted({spot.party_id for spot in spots(uow, batch_ids)}):
        key = f"hold:{row.number}:{party_id}"
        notice.tell(uow, party_id, key, _ASKED, f"/holds/{row.number}", number=row.number, reason=row.reason)


def write_off(uow: UnitOfWork, found: Sequence[Spot], number: str) -> None:
    """Write goods off where they are, in the ledger and in the balance of every open recall of them."""
    for bucket, step in _STEPS.items():
        there = [
            (spot.batch_id, spot.site_id, spot.grams, spot.boxes) for spot in found if spot.bucket is bucket
        ]
        ledger.record_many(uow, ledger.by_place(step, there, reference=number))
    _tell_recalls(uow, found)


def is_over(uow: UnitOfWork, row: Hold, batch_ids: Collection[int]) -> bool:
    """Tell whether nothing is left to destroy, closing the batches that are used up by it."""
    if row.scope is HoldScope.UNIT:
        return True
    if spots(uow, batch_ids):
        return False
    open_ones = [one.id for one in hold.lock(uow, batch_ids) if one.state is not BatchState.CLOSED]
    for part in parts(open_ones):
        closed = update(Batch).where(Batch.id.in_(part))
        uow.session.execute(closed.values(state=BatchState.CLOSED, version=Batch.version + 1))
    done = [(key, {"reason": f"{row.number} {row.finding}"}) for key in open_ones]
    audit.record_many(uow, hold.BATCH, N_("Closed. %(reason)s"), done)
    for key in open_ones:
        uow.publish(BatchClosed(key))
    return True


def _destroy_unit(uow: UnitOfWork, row: Hold) -> None:
    unit = unit_hold.packed(uow, row.sscc or "")
    ledger.record(
        uow,
        Happening(
            Step.DESTROY,
            None,
            unit.site_id,
            tuple(unit.parcels),
            child_ssccs=(unit.sscc,),
            reference=row.number,
        ),
    )
    _tell_recalls(
        uow,
        [
            Spot(batch_id, unit.site_id, unit.party_id, Bucket.ON_HAND, grams, boxes)
            for batch_id, grams, boxes in unit.parcels
        ],
    )
    uow.publish(UnitDestroyed(unit.sscc))


def _tell_recalls(uow: UnitOfWork, found: Sequence[Spot]) -> None:
    """Count what was written off as destroyed in every open recall, up to what was found at its places."""
    gone = {(spot.batch_id, spot.site_id, spot.bucket): spot.grams for spot in found}
    for part in parts(sorted({spot.batch_id for spot in found})):
        places = uow.session.scalars(
            select(RecallPlace)
            .join(Recall, Recall.id == RecallPlace.recall_id)
            .where(RecallPlace.batch_id.in_(part), Recall.state == RecallState.OPEN, ~Recall.is_drill)
            .order_by(RecallPlace.id)
            .with_for_update(of=RecallPlace)
        )
        for place in places:
            grams = gone.get((place.batch_id, place.site_id, place.bucket))
            if grams is not None:
                _count(uow, place, grams)
    uow.flush()


def _count(uow: UnitOfWork, place: RecallPlace, grams: int) -> None:
    room = place.found_grams - place.returned_grams - place.destroyed_grams - place.sold_grams
    place.destroyed_grams += min(grams, room)
    place.held_grams = min(place.held_grams, room - min(grams, room))
    place.acknowledged_at = place.acknowledged_at or uow.now
    place.acknowledged_by = place.acknowledged_by or uow.actor.name
    audit.record(
        uow, "traceability.recall_place", place.id, N_("Accounted for %(kg)s kg"), kg=KG.short(grams)
    )
