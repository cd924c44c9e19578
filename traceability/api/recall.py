"""The API of recalls: open or drill, answer for places, close."""

from __future__ import annotations

from collections.abc import Sequence

from flask.views import MethodView

from supplychain.kernel.db.paging import Page
from supplychain.kernel.web import endpoint
from supplychain.kernel.web.openapi import Blueprint, page_of
from traceability.permissions import BATCH_READ, RECALL_ANSWER, RECALL_OPEN
from traceability.queries import recall as recalls
from traceability.queries.recall import LotRow, PlaceRow, RecallFilter, RecallRow
from traceability.schemas.recall import (
    BecameIn,
    Closing,
    ClosingIn,
    LotOut,
    PlaceOut,
    RecallFilterIn,
    RecallIn,
    RecallOut,
)
from traceability.services import recall
from traceability.services.batch import DOCUMENT as BATCH
from traceability.services.recall import Became, OpenRecall

recall_blp = Blueprint("recall_api", __name__, url_prefix="/api/v1/recalls", description="Recalls")


def _one(number: str) -> RecallRow:
    return recalls.one(endpoint.session(), endpoint.actor(), number)


@recall_blp.route("")
class Recalls(MethodView):
    """Recalls and drills."""

    @endpoint.permit(BATCH_READ)
    @recall_blp.arguments(RecallFilterIn, location="query")
    @recall_blp.response(200, page_of(RecallOut))
    def get(self, wanted: RecallFilter) -> Page[RecallRow]:
        """List the own recalls and those that concern own places."""
        return recalls.page(endpoint.session(), endpoint.actor(), wanted)

    @endpoint.permit(RECALL_OPEN)
    @recall_blp.arguments(RecallIn)
    @recall_blp.response(201, RecallOut)
    def post(self, command: OpenRecall) -> RecallRow:
        """Open a recall, or a drill."""
        with endpoint.unit_of_work() as uow:
            number = recall.open_(uow, command, endpoint.suite().leads(BATCH)).number
        return _one(number)


@recall_blp.route("/<string:number>")
class OneRecall(MethodView):
    """One recall."""

    @endpoint.permit(BATCH_READ)
    @recall_blp.response(200, RecallOut)
    def get(self, number: str) -> RecallRow:
        """Return a recall with its balance."""
        return _one(number)


@recall_blp.route("/<string:number>/places")
class RecallPlaces(MethodView):
    """Where recalled goods were."""

    @endpoint.permit(BATCH_READ)
    @recall_blp.response(200, PlaceOut(many=True))
    def get(self, number: str) -> Sequence[PlaceRow]:
        """List the places: all of the own recall, the own ones of another's."""
        _one(number)
        return recalls.places(endpoint.session(), endpoint.actor(), number)


@recall_blp.route("/<string:number>/batches")
class RecallBatches(MethodView):
    """What is called back."""

    @endpoint.permit(RECALL_OPEN)
    @recall_blp.response(200, LotOut(many=True))
    def get(self, number: str) -> Sequence[LotRow]:
        """List the batches of an own recall with the balance of each."""
        row = recalls.owned(endpoint.session(), endpoint.actor(), number)
        return recalls.lots(endpoint.session(), row.id)


@recall_blp.route("/<string:number>/acknowledge")
class RecallAcknowledge(MethodView):
    """Having heard."""

    @endpoint.permit(RECALL_ANSWER)
    @recall_blp.response(200, RecallOut)
    def post(self, number: str) -> RecallRow:
        """Confirm for the own places that the recall was heard."""
        row = _one(number)
        with endpoint.unit_of_work() as uow:
            recall.acknowledge(uow, row.id)
        return _one(number)


@recall_blp.route("/places/<int(max=9223372036854775807):place_id>")
class RecallPlace(MethodView):
    """What became of the goods at one place."""

    @endpoint.permit(RECALL_ANSWER)
    @recall_blp.arguments(BecameIn)
    @recall_blp.response(200, PlaceOut)
    def put(self, became: Became, place_id: int) -> PlaceRow:
        """Say what became of the goods at an own place; said again it counts instead."""
        with endpoint.unit_of_work() as uow:
            recall.say(uow, place_id, became)
        return recalls.place(endpoint.session(), endpoint.actor(), place_id)


@recall_blp.route("/<string:number>/close")
class RecallClose(MethodView):
    """The end of a recall."""

    @endpoint.permit(RECALL_OPEN)
    @recall_blp.arguments(ClosingIn)
    @recall_blp.response(200, RecallOut)
    def post(self, closing: Closing, number: str) -> RecallRow:
        """Close a recall; with goods missing only with a reason."""
        row = recalls.owned(endpoint.session(), endpoint.actor(), number)
        with endpoint.unit_of_work() as uow:
            recall.close(uow, row.id, closing.note)
        return _one(number)
