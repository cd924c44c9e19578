"""How a hold ends: one person proposes what becomes of the goods, another signs or refuses it.

Placing holds and asking the gate are `hold`'s; what is destroyed is written off by `disposal`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

from sqlalchemy import func, select

from supplychain.base.models.party import Site
from supplychain.base.queries import party as parties
from supplychain.kernel.db.base import parts
from supplychain.kernel.db.uow import UnitOfWork
from supplychain.kernel.documents import audit
from supplychain.kernel.errors import Invalid, NotFound, Refused
from supplychain.kernel.i18n import N_
from supplychain.kernel.units import KG
from traceability.events import HoldLifted
from traceability.models.hold import Hold, HoldBatch
from traceability.models.ledger import Holding
from traceability.rules.hold import (
    HOLD,
    Disposition,
    HoldScope,
    HoldState,
)
from traceability.rules.ledger import Bucket, Step
from traceability.services import disposal, hold, ledger, unit_hold, way_out
from traceability.services.way_out import Propose


def propose(uow: UnitOfWork, hold_id: int, command: Propose) -> Hold:
    """Propose what becomes of held goods; nothing moves until another person signs.

    Proposed again after a decision, it suspends it. The caller has checked that the actor may. Raises
    Invalid at the field to blame, Refused when a proposal waits already or the decision is not possible.
    """
    if not command.finding.strip():
        raise Invalid.at("finding", N_("Say what was found or done."))
    row = _own(uow, hold_id)
    if row.state is HoldState.PROPOSED:
        raise Refused(N_("A proposal waits to be signed or refused already."))
    if row.state is HoldState.SETTLED:
        raise Refused(N_("This hold has ended."))
    HOLD.check(row.state, HoldState.PROPOSED)
    _clear(row)
    row.state, row.disposition, row.finding = HoldState.PROPOSED, command.disposition, command.finding
    row.proposed_at, row.proposed_by, row.proposed_by_id = uow.now, uow.actor.name, uow.actor.user_id
    target = way_out.name_target(uow, row, command)
    way_out.check_possible(uow, row)
    uow.flush()
    audit.record(
        uow, hold.DOCUMENT, row.id, _PROPOSED[command.disposition], finding=command.finding, target=target
    )
    return row


def sign(uow: UnitOfWork, hold_id: int) -> Hold:
    """Sign what another person proposed: from now on it is decided, and the goods may go that way only.

    Letting go announces HoldLifted for each batch that no other hold covers. Raises Refused when nothing
    waits, when the actor proposed it or is nobody, or when it is not possible (any more).
    """
    row = _own(uow, hold_id)
    disposition = _waiting(uow, row)
    way_out.check_possible(uow, row)
    row.decided_at, row.decided_by, row.decided_by_id = uow.now, uow.actor.name, uow.actor.user_id
    uow.flush()
    audit.record(uow, hold.DOCUMENT, row.id, _SIGNED[disposition])
    _CARRY_OUT[disposition](uow, row)
    uow.flush()
    return row


def refuse(uow: UnitOfWork, hold_id: int, reason: str) -> Hold:
    """Refuse what another person proposed: the proposal is gone, the hold stays. Needs a reason."""
    hold.check_words(reason)
    row = _own(uow, hold_id)
    _waiting(uow, row)
    HOLD.check(row.state, HoldState.HELD)
    _clear(row)
    row.state = HoldState.HELD
    uow.flush()
    audit.record(uow, hold.DOCUMENT, row.id, N_("Proposal refused: %(reason)s"), reason=reason)
    return row


def destroyed_at(uow: UnitOfWork, hold_id: int, site: str) -> Hold:
    """Say that what was to be destroyed has been destroyed at an own place: it is written off there.

    Only whoever owns the place can say so. Raises Refused when nothing is to be destroyed there.
    """
    row = _locked(uow, hold_id)
    place = parties.site_by_code(uow.session, site)
    if row is None or not (uow.actor.sees_all or place.party_id == uow.actor.party_id):
        raise NotFound(N_("There is no such hold."))
    spots = disposal.spots(uow, way_out.covers(uow, row.id), Site.id == place.id)
    is_due = row.state is HoldState.DECIDED and row.disposition is Disposition.DESTROY
    if not is_due or not spots:
        raise Refused(N_("Nothing is to be destroyed at %(site)s."), site=place.name)
    disposal.write_off(uow, spots, row.number)
    kg = KG.short(sum(spot.grams for spot in spots))
    audit.record(uow, hold.DOCUMENT, row.id, N_("Destroyed at %(site)s: %(kg)s kg"), site=place.name, kg=kg)
    _end_destruction(uow, row)
    return row


def carried_out(uow: UnitOfWork, batch_ids: Collection[int]) -> None:
    """Settle the decisions that moving these batches may have fulfilled: nothing is left to regrade or send.

    The caller has locked the batches.
    """
    covering = select(HoldBatch.hold_id).where(HoldBatch.batch_id.in_(batch_ids))
    ways = (Disposition.DOWNGRADE, Disposition.DIVERT)
    decided = select(Hold).where(Hold.id.in_(covering), Hold.state == HoldState.DECIDED)
    asked = decided.where(Hold.disposition.in_(ways)).order_by(Hold.id).with_for_update()
    for row in uow.session.scalars(asked).all():
        _settle_when_done(uow, row)


def _own(uow: UnitOfWork, hold_id: int) -> Hold:
    row = _locked(uow, hold_id)
    if row is None or not (uow.actor.sees_all or row.party_id == uow.actor.party_id):
        raise NotFound(N_("There is no such hold."))
    return row


def _locked(uow: UnitOfWork, hold_id: int) -> Hold | None:
    """Hold a hold still with all that it covers: the batches first, as every gate does."""
    hold.lock(uow, way_out.covers(uow, hold_id))
    wanted = select(Hold).where(Hold.id == hold_id).with_for_update()
    return uow.session.scalar(wanted.execution_options(populate_existing=True))


def _clear(row: Hold) -> None:
    row.disposition, row.finding = None, ""
    row.item_id, row.buyer_id, row.diverted_to = None, None, ""
    row.proposed_at, row.proposed_by, row.proposed_by_id = None, "", None
    row.decided_at, row.decided_by, row.decided_by_id = None, "", None


def _waiting(uow: UnitOfWork, row: Hold) -> Disposition:
    """Return what waits for a second person; the actor must be one, told by the user and not the name."""
    if row.state is not HoldState.PROPOSED or row.disposition is None:
        raise Refused(N_("Nothing waits to be signed here: it was decided or refused before."))
    if uow.actor.user_id is None:
        raise Refused(N_("Only a person who is signed in can sign or refuse."))
    if uow.actor.user_id == row.proposed_by_id:
        raise Refused(N_("You proposed this: another person must sign or refuse it."))
    return row.disposition


def _let_go(uow: UnitOfWork, row: Hold) -> None:
    HOLD.check(row.state, HoldState.SETTLED)
    row.state = HoldState.SETTLED
    if row.scope is HoldScope.UNIT:
        unit_hold.lift(uow, row)
        return
    row.lifted_at = uow.now
    uow.flush()
    covered = way_out.covers(uow, row.id)
    free = [key for part in parts(covered) for key in _free(uow, part)]
    hold.mark(uow, free, is_held=False)
    rows = [(one.id, one.site_id, one.grams, one.boxes) for one in hold.lock(uow, free)]
    ledger.record_many(uow, ledger.by_place(Step.LIFT_HOLD, rows, reference=row.number))
    done = [(key, {"resolution": row.finding}) for key in covered]
    audit.record_many(uow, hold.BATCH, N_("Hold lifted: %(resolution)s"), done)
    for key in free:
        uow.publish(HoldLifted(key))


def _free(uow: UnitOfWork, part: Collection[int]) -> list[int]:
    """Return which of some batches no hold covers any more."""
    still = select(HoldBatch.batch_id).join(Hold, Hold.id == HoldBatch.hold_id)
    covered = uow.execute(still.where(HoldBatch.batch_id.in_(part), Hold.lifted_at.is_(None)))
    held = {batch_id for (batch_id,) in covered}
    return [key for key in part if key not in held]


def _decide(uow: UnitOfWork, row: Hold) -> None:
    HOLD.check(row.state, HoldState.DECIDED)
    row.state = HoldState.DECIDED
    uow.flush()
    _settle_when_done(uow, row)


def _settle_when_done(uow: UnitOfWork, row: Hold) -> None:
    """End a decision once nothing is left of the goods at the producer's places nor on the way.

    What was regraded is free; what was diverted stays that for good, wherever it is.
    """
    left = (
        select(func.count())
        .select_from(Holding)
        .join(Site, Site.id == Holding.site_id)
        .join(HoldBatch, HoldBatch.batch_id == Holding.batch_id)
        .where(HoldBatch.hold_id == row.id, (Holding.grams > 0) | (Holding.boxes > 0))
        .where((Site.party_id == row.party_id) | (Holding.bucket == Bucket.IN_TRANSIT))
    )
    if uow.execute(left).scalar_one():
        return
    if row.disposition is Disposition.DOWNGRADE:
        _let_go(uow, row)
        return
    HOLD.check(row.state, HoldState.SETTLED)
    row.state = HoldState.SETTLED
    uow.flush()


def _destroy(uow: UnitOfWork, row: Hold) -> None:
    HOLD.check(row.state, HoldState.DECIDED)
    row.state = HoldState.DECIDED
    uow.flush()
    disposal.destroy(uow, row, way_out.covers(uow, row.id))
    _end_destruction(uow, row)


def _end_destruction(uow: UnitOfWork, row: Hold) -> None:
    """Settle a destruction once nothing is left anywhere; what was destroyed is never lifted."""
    if disposal.is_over(uow, row, way_out.covers(uow, row.id)):
        HOLD.check(row.state, HoldState.SETTLED)
        row.state = HoldState.SETTLED
        uow.flush()


_CARRY_OUT: Mapping[Disposition, Callable[[UnitOfWork, Hold], None]] = {
    Disposition.RELEASE: _let_go,
    Disposition.DOWNGRADE: _decide,
    Disposition.DIVERT: _decide,
    Disposition.DESTROY: _destroy,
}
_PROPOSED = {
    Disposition.RELEASE: N_("Proposed to let go: %(finding)s"),
    Disposition.DOWNGRADE: N_("Proposed to regrade to %(target)s: %(finding)s"),
    Disposition.DIVERT: N_("Proposed to divert to %(target)s: %(finding)s"),
    Disposition.DESTROY: N_("Proposed to destroy: %(finding)s"),
}
_SIGNED = {
    Disposition.RELEASE: N_("Signed: let go"),
    Disposition.DOWNGRADE: N_("Signed: regrade"),
    Disposition.DIVERT: N_("Signed: divert"),
    Disposition.DESTROY: N_("Signed: destroy"),
}
