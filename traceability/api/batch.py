"""The API of batches: register, release, close, where they are and what happened to them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Response, url_for
from flask.typing import ResponseReturnValue
from flask.views import MethodView

from supplychain.kernel import clock
from supplychain.kernel.db.paging import Page
from supplychain.kernel.web import endpoint
from supplychain.kernel.web.openapi import Blueprint, page_of
from traceability.permissions import (
    BATCH_READ,
    BATCH_REGISTER,
    BATCH_RELEASE,
)
from traceability.queries import batch as batches
from traceability.queries import journey
from traceability.schemas.batch import (
    At,
    AtIn,
    BatchFilterIn,
    BatchOut,
    BatchRegisterIn,
    Because,
    CloseIn,
    EventsIn,
    HoldingsOut,
)
from traceability.services import batch as batch_services
from traceability.services.draft import RegisterBatch
from traceability.services.epcis import CONTEXT

batch_blp = Blueprint("batches_api", __name__, url_prefix="/api/v1/batches", description="Batches")


def _mine(number: str) -> int:
    """Return the id of a batch that the actor may change; NotFound otherwise."""
    return batches.mine(endpoint.session(), endpoint.actor(), number).id


def _seen(number: str) -> batches.BatchRow:
    return batches.one(endpoint.session(), endpoint.actor(), number)


@batch_blp.route("")
class Batches(MethodView):
    """The batches that the caller may see."""

    @endpoint.permit(BATCH_READ)
    @batch_blp.arguments(BatchFilterIn, location="query")
    @batch_blp.response(200, page_of(BatchOut))
    def get(self, wanted: batches.BatchFilter) -> Page[batches.BatchRow]:
        """List batches."""
        return batches.page(endpoint.session(), endpoint.actor(), wanted)

    @endpoint.permit(BATCH_REGISTER)
    @batch_blp.arguments(BatchRegisterIn)
    @batch_blp.response(201, BatchOut)
    def post(self, command: RegisterBatch) -> batches.BatchRow:
        """Register a batch; the same own number again returns the batch that it named."""
        with endpoint.unit_of_work() as uow:
            number = batch_services.register(uow, command).number
        return _seen(number)


@batch_blp.route("/<string:number>")
class Batch(MethodView):
    """One batch."""

    @endpoint.permit(BATCH_READ)
    @batch_blp.response(200, BatchOut)
    def get(self, number: str) -> batches.BatchRow:
        """Return a batch."""
        return _seen(number)


@batch_blp.route("/<string:number>/release")
class Release(MethodView):
    """The release of a batch for sale."""

    @endpoint.permit(BATCH_RELEASE)
    @batch_blp.arguments(AtIn)
    @batch_blp.response(200, BatchOut)
    def post(self, command: At, number: str) -> batches.BatchRow:
        """Release a batch once its papers are there."""
        batch_id = _mine(number)
        with endpoint.unit_of_work() as uow:
            batch_services.release(uow, batch_id, command.at)
        return _seen(number)


@batch_blp.route("/<string:number>/close")
class Close(MethodView):
    """The end of a batch."""

    @endpoint.permit(BATCH_RELEASE)
    @batch_blp.arguments(CloseIn)
    @batch_blp.response(200, BatchOut)
    def post(self, command: Because, number: str) -> batches.BatchRow:
        """Close a batch that is used up; what is left is written off with a reason."""
        batch_id = _mine(number)
        with endpoint.unit_of_work() as uow:
            batch_services.close(uow, batch_services.CloseBatch(batch_id, command.reason))
        return _seen(number)


@batch_blp.route("/<string:number>/holdings")
class Holdings(MethodView):
    """Where a batch is."""

    @endpoint.permit(BATCH_READ)
    @batch_blp.response(200, HoldingsOut)
    def get(self, number: str) -> dict[str, Sequence[batches.HoldingRow]]:
        """Return how much is where, as far as the caller may know."""
        row = _seen(number)
        return {"rows": batches.holdings(endpoint.session(), endpoint.actor(), row.id)}


@batch_blp.route("/<string:number>/events")
class Events(MethodView):
    """What happened to a batch, as EPCIS 2.0."""

    @endpoint.permit(BATCH_READ)
    @batch_blp.arguments(EventsIn, location="query")
    @batch_blp.response(200)
    def get(self, wanted: journey.EventsFilter, number: str) -> ResponseReturnValue:
        """Return the events as an EPCIS query document; the Link header leads to the next page."""
        row = _seen(number)
        found = journey.events(endpoint.session(), endpoint.actor(), row.id, wanted)
        response: Response = endpoint.answer(_query_document(found.rows))  # type: ignore[assignment]  # always one
        if found.page < found.pages:
            following = url_for(
                "batches_api.Events", number=number, page=found.page + 1, per_page=found.per_page
            )
            response.headers["Link"] = f'<{following}>; rel="next"'
        return response


def _query_document(events: Sequence[dict[str, Any]]) -> dict[str, Any]:
    results = {"queryName": "SimpleEventQuery", "resultsBody": {"eventList": list(events)}}
    return {
        "@context": [CONTEXT],
        "type": "EPCISQueryDocument",
        "schemaVersion": "2.0",
        "creationDate": clock.now().isoformat(timespec="milliseconds"),
        "epcisBody": {"queryResults": results},
    }
