"""The API of holds: placing, what is proposed, signed or refused, and what is covered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask.views import MethodView

from supplychain.kernel.db.paging import Page
from supplychain.kernel.web import endpoint
from supplychain.kernel.web.openapi import Blueprint, page_of
from traceability.permissions import BATCH_READ, HOLD_SIGN, HOLD_WRITE, RECALL_ANSWER
from traceability.queries import batch as batches
from traceability.queries import hold as holds
from traceability.schemas.batch import Because
from traceability.schemas.hold import (
    AtSite,
    AtSiteIn,
    CoveredOut,
    HoldBatch,
    HoldFilterIn,
    HoldIn,
    HoldOut,
    HoldSlipIn,
    ProposeIn,
    RefuseIn,
)
from traceability.services import disposition, hold, hold_slip
from traceability.services.hold_slip import HoldSlip
from traceability.services.way_out import Propose

hold_blp = Blueprint("holds_api", __name__, url_prefix="/api/v1", description="Holds")


@hold_blp.route("/batches/<string:number>/holds")
class BatchHolds(MethodView):
    """Holds on a batch."""

    @endpoint.permit(BATCH_READ)
    @hold_blp.response(200, HoldOut(many=True))
    def get(self, number: str) -> Sequence[holds.HoldRow]:
        """Return why a batch was or is held, newest first."""
        session = endpoint.session()
        return holds.of_batch(session, batches.one(session, endpoint.actor(), number).id)

    @endpoint.permit(HOLD_WRITE)
    @hold_blp.arguments(HoldIn)
    @hold_blp.response(201, HoldOut)
    def post(self, command: HoldBatch, number: str) -> holds.HoldRow:
        """Put a batch on hold, with all that was made from it if so wished."""
        batch_id = batches.mine(endpoint.session(), endpoint.actor(), number).id
        with endpoint.unit_of_work() as uow:
            placed = hold.place(uow, batch_id, command.reason, command.kind, command.scope).number
        return _shown(placed)


@hold_blp.route("/holds")
class Holds(MethodView):
    """All holds."""

    @endpoint.permit(BATCH_READ)
    @hold_blp.arguments(HoldFilterIn, location="query")
    @hold_blp.response(200, page_of(HoldOut))
    def get(self, wanted: holds.HoldFilter) -> Page[holds.HoldRow]:
        """List holds, newest first."""
        return holds.page(endpoint.session(), endpoint.actor(), wanted)

    @endpoint.permit(HOLD_WRITE)
    @hold_blp.arguments(HoldSlipIn)
    @hold_blp.response(201, HoldOut)
    def post(self, slip: HoldSlip) -> holds.HoldRow:
        """Put a batch, or a box or pallet by its SSCC, on hold."""
        with endpoint.unit_of_work() as uow:
            number = hold_slip.place(uow, slip).number
        return _shown(number)


@hold_blp.route("/holds/<string:number>")
class Hold(MethodView):
    """One hold."""

    @endpoint.permit(BATCH_READ)
    @hold_blp.response(200, HoldOut)
    def get(self, number: str) -> holds.HoldRow:
        """Show a hold and how far it has come."""
        return _shown(number)


@hold_blp.route("/holds/<string:number>/batches")
class Covered(MethodView):
    """What a hold covers."""

    @endpoint.permit(BATCH_READ)
    @hold_blp.response(200, CoveredOut(many=True))
    def get(self, number: str) -> Sequence[holds.CoveredRow]:
        """Return the batches under a hold and where they are."""
        return holds.covered(endpoint.session(), endpoint.actor(), _shown(number).id)


@hold_blp.route("/holds/<string:number>/proposal")
class Proposal(MethodView):
    """What is to become of held goods."""

    @endpoint.permit(HOLD_WRITE)
    @hold_blp.arguments(ProposeIn)
    @hold_blp.response(200, HoldOut)
    def post(self, command: Propose, number: str) -> holds.HoldRow:
        """Propose to let go, regrade, divert or destroy; another person signs."""
        hold_id = _mine(number)
        with endpoint.unit_of_work() as uow:
            disposition.propose(uow, hold_id, command)
        return _shown(number)


@hold_blp.route("/holds/<string:number>/signature")
class Signature(MethodView):
    """The second person's yes."""

    @endpoint.permit(HOLD_SIGN)
    @hold_blp.response(200, HoldOut)
    def post(self, number: str) -> holds.HoldRow:
        """Sign what another person proposed."""
        hold_id = _mine(number)
        with endpoint.unit_of_work() as uow:
            disposition.sign(uow, hold_id)
        return _shown(number)


@hold_blp.route("/holds/<string:number>/refusal")
class Refusal(MethodView):
    """The second person's no."""

    @endpoint.permit(HOLD_SIGN)
    @hold_blp.arguments(RefuseIn)
    @hold_blp.response(200, HoldOut)
    def post(self, command: Because, number: str) -> holds.HoldRow:
        """Refuse what another person proposed; the hold stays."""
        hold_id = _mine(number)
        with endpoint.unit_of_work() as uow:
            disposition.refuse(uow, hold_id, command.reason)
        return _shown(number)


@hold_blp.route("/holds/<string:number>/destruction")
class Destruction(MethodView):
    """What was destroyed at one's own place."""

    @endpoint.permit(RECALL_ANSWER)
    @hold_blp.arguments(AtSiteIn)
    @hold_blp.response(200)
    def post(self, command: AtSite, number: str) -> Mapping[str, Any]:
        """Say that what was to be destroyed was destroyed at an own place."""
        hold_id = _shown(number).id
        with endpoint.unit_of_work() as uow:
            state = disposition.destroyed_at(uow, hold_id, command.site).state
        return {"state": state.value}


def _mine(number: str) -> int:
    """Return the id of a hold that the actor may decide on; NotFound otherwise."""
    return holds.mine(endpoint.session(), endpoint.actor(), number).id


def _shown(number: str) -> holds.HoldRow:
    return holds.one(endpoint.session(), endpoint.actor(), number)
