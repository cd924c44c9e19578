"""The API of batches, their papers, holds, codes and events, for programs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
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
    CERTIFICATE_WRITE,
    CODE_WRITE,
    HOLD_WRITE,
)
from traceability.queries import batch as batches
from traceability.queries import certificate as certificates
from traceability.queries import code as codes
from traceability.queries import journey
from traceability.schemas import (
    At,
    AtIn,
    BatchFilterIn,
    BatchOut,
    BatchRegisterIn,
    Because,
    CertificateFilterIn,
    CertificateIn,
    CertificateOut,
    CloseIn,
    CodeFilterIn,
    CodeOut,
    CodesIn,
    EventsIn,
    HoldIn,
    HoldingsOut,
    HoldOut,
    HowMany,
    LiftIn,
    MadeOut,
    MovedOut,
    RevokeIn,
    Serials,
    SerialsIn,
)
from traceability.services import batch as batch_services
from traceability.services import certificate as certificate_services
from traceability.services import code as code_services
from traceability.services import hold as hold_services
from traceability.services.certificate import IssueCertificate
from traceability.services.draft import RegisterBatch
from traceability.services.epcis import CONTEXT

batch_blp = Blueprint("batches_api", __name__, url_prefix="/api/v1/batches", description="Batches")
certificate_blp = Blueprint(
    "certificates_api", __name__, url_prefix="/api/v1/certificates", description="Certificates"
)


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


@batch_blp.route("/<string:number>/holds")
class Holds(MethodView):
    """Holds on a batch."""

    @endpoint.permit(BATCH_READ)
    @batch_blp.response(200, HoldOut(many=True))
    def get(self, number: str) -> Sequence[batches.HoldRow]:
        """Return why a batch was or is held, newest first."""
        return batches.holds(endpoint.session(), _seen(number).id)

    @endpoint.permit(HOLD_WRITE)
    @batch_blp.arguments(HoldIn)
    @batch_blp.response(201, HoldOut)
    def post(self, command: Because, number: str) -> batches.HoldRow:
        """Put a batch on hold."""
        batch_id = _mine(number)
        with endpoint.unit_of_work() as uow:
            hold_id = hold_services.place(uow, batch_id, command.reason).id
        return batches.hold_of(endpoint.session(), endpoint.actor(), number, hold_id)


@batch_blp.route("/<string:number>/holds/<int(max=9223372036854775807):hold_id>/lift")
class Lift(MethodView):
    """The end of a hold."""

    @endpoint.permit(HOLD_WRITE)
    @batch_blp.arguments(LiftIn)
    @batch_blp.response(200, HoldOut)
    def post(self, command: Because, number: str, hold_id: int) -> batches.HoldRow:
        """Lift one hold; the batch may move again once it was the last."""
        batches.hold_of(endpoint.session(), endpoint.actor(), number, hold_id)
        with endpoint.unit_of_work() as uow:
            hold_services.lift(uow, hold_id, command.reason)
        return batches.hold_of(endpoint.session(), endpoint.actor(), number, hold_id)


@batch_blp.route("/<string:number>/codes")
class Codes(MethodView):
    """Codes on single items of a batch."""

    @endpoint.permit(CODE_WRITE)
    @batch_blp.arguments(CodeFilterIn, location="query")
    @batch_blp.response(200, page_of(CodeOut))
    def get(self, wanted: codes.CodeFilter, number: str) -> Page[codes.CodeRow]:
        """List the codes of a batch."""
        _mine(number)
        return codes.page(endpoint.session(), endpoint.actor(), replace(wanted, batch=number))

    @endpoint.permit(CODE_WRITE)
    @batch_blp.arguments(CodesIn)
    @batch_blp.response(201, MadeOut)
    def post(self, command: HowMany, number: str) -> dict[str, list[str]]:
        """Make codes; each serial is chance and names nothing."""
        batch_id = _mine(number)
        with endpoint.unit_of_work() as uow:
            return {"serials": code_services.make(uow, batch_id, command.count)}


@batch_blp.route("/<string:number>/codes/activate")
class Activate(MethodView):
    """The activation of codes."""

    @endpoint.permit(CODE_WRITE)
    @batch_blp.arguments(SerialsIn)
    @batch_blp.response(200, MovedOut)
    def post(self, command: Serials, number: str) -> dict[str, int]:
        """Activate printed codes of a released batch, all unless some are named."""
        batch_id = _mine(number)
        with endpoint.unit_of_work() as uow:
            return {"count": code_services.activate(uow, batch_id, command.serials)}


@batch_blp.route("/<string:number>/codes/void")
class Void(MethodView):
    """Codes that are taken out of use."""

    @endpoint.permit(CODE_WRITE)
    @batch_blp.arguments(SerialsIn)
    @batch_blp.response(200, MovedOut)
    def post(self, command: Serials, number: str) -> dict[str, int]:
        """Make codes void."""
        batch_id = _mine(number)
        with endpoint.unit_of_work() as uow:
            return {"count": code_services.void(uow, batch_id, command.serials)}


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


@certificate_blp.route("")
class Certificates(MethodView):
    """The papers that the caller may see."""

    @endpoint.permit(BATCH_READ)
    @certificate_blp.arguments(CertificateFilterIn, location="query")
    @certificate_blp.response(200, page_of(CertificateOut))
    def get(self, wanted: certificates.CertificateFilter) -> Page[certificates.CertificateRow]:
        """List papers."""
        return certificates.page(endpoint.session(), endpoint.actor(), wanted)

    @endpoint.permit(CERTIFICATE_WRITE)
    @certificate_blp.arguments(CertificateIn)
    @certificate_blp.response(201, CertificateOut)
    def post(self, command: IssueCertificate) -> certificates.CertificateRow:
        """Put a paper on record; the same paper again is returned as it is."""
        with endpoint.unit_of_work() as uow:
            certificate_id = certificate_services.issue(uow, command).id
        return certificates.one(endpoint.session(), endpoint.actor(), certificate_id)


@certificate_blp.route("/<int(max=9223372036854775807):certificate_id>")
class Certificate(MethodView):
    """One paper."""

    @endpoint.permit(BATCH_READ)
    @certificate_blp.response(200, CertificateOut)
    def get(self, certificate_id: int) -> certificates.CertificateRow:
        """Return a paper."""
        return certificates.one(endpoint.session(), endpoint.actor(), certificate_id)


@certificate_blp.route("/<int(max=9223372036854775807):certificate_id>/revoke")
class Revoke(MethodView):
    """The end of a paper."""

    @endpoint.permit(CERTIFICATE_WRITE)
    @certificate_blp.arguments(RevokeIn)
    @certificate_blp.response(200, CertificateOut)
    def post(self, command: Because, certificate_id: int) -> certificates.CertificateRow:
        """Take a paper back."""
        with endpoint.unit_of_work() as uow:
            certificate_services.revoke(uow, certificate_id, command.reason)
        return certificates.one(endpoint.session(), endpoint.actor(), certificate_id)
