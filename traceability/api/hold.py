"""The API of holds on batches."""

from __future__ import annotations

from collections.abc import Sequence

from flask.views import MethodView

from supplychain.kernel.web import endpoint
from supplychain.kernel.web.openapi import Blueprint
from traceability.permissions import (
    BATCH_READ,
    HOLD_WRITE,
)
from traceability.queries import batch as batches
from traceability.schemas.batch import (
    Because,
)
from traceability.schemas.hold import HoldIn, HoldOut, LiftIn
from traceability.services import hold as hold_services

hold_blp = Blueprint("holds_api", __name__, url_prefix="/api/v1/batches", description="Holds")


def _mine(number: str) -> int:
    """Return the id of a batch that the actor may change; NotFound otherwise."""
    return batches.mine(endpoint.session(), endpoint.actor(), number).id


@hold_blp.route("/<string:number>/holds")
class Holds(MethodView):
    """Holds on a batch."""

    @endpoint.permit(BATCH_READ)
    @hold_blp.response(200, HoldOut(many=True))
    def get(self, number: str) -> Sequence[batches.HoldRow]:
        """Return why a batch was or is held, newest first."""
        return batches.holds(endpoint.session(), batches.one(endpoint.session(), endpoint.actor(), number).id)

    @endpoint.permit(HOLD_WRITE)
    @hold_blp.arguments(HoldIn)
    @hold_blp.response(201, HoldOut)
    def post(self, command: Because, number: str) -> batches.HoldRow:
        """Put a batch on hold."""
        batch_id = _mine(number)
        with endpoint.unit_of_work() as uow:
            hold_id = hold_services.place(uow, batch_id, command.reason).id
        return batches.hold_of(endpoint.session(), endpoint.actor(), number, hold_id)


@hold_blp.route("/<string:number>/holds/<int(max=9223372036854775807):hold_id>/lift")
class Lift(MethodView):
    """The end of a hold."""

    @endpoint.permit(HOLD_WRITE)
    @hold_blp.arguments(LiftIn)
    @hold_blp.response(200, HoldOut)
    def post(self, command: Because, number: str, hold_id: int) -> batches.HoldRow:
        """Lift one hold; the batch may move again once it was the last."""
        batches.hold_of(endpoint.session(), endpoint.actor(), number, hold_id)
        with endpoint.unit_of_work() as uow:
            hold_services.lift(uow, hold_id, command.reason)
        return batches.hold_of(endpoint.session(), endpoint.actor(), number, hold_id)
