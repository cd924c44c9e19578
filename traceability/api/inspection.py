"""The API of inspections, re-tests and reports, and of the references behind them."""

from __future__ import annotations

from flask import request
from flask.views import MethodView

from supplychain.kernel.db.paging import Page
from supplychain.kernel.schema.upload import Sent, checked
from supplychain.kernel.web import endpoint
from supplychain.kernel.web.openapi import Blueprint, page_of
from traceability.permissions import BATCH_READ, INSPECTION_SPOT, INSPECTION_WRITE
from traceability.queries import inspection as inspections
from traceability.queries import inspection_reference as references
from traceability.queries.inspection import DetailRow, InspectionFilter, InspectionRow
from traceability.schemas.batch import Because
from traceability.schemas.inspection import (
    DayFilterIn,
    DayIn,
    InspectionDetailOut,
    InspectionFilterIn,
    InspectionIn,
    InspectionOut,
    InspectionVoidIn,
    LimitFilterIn,
    LimitIn,
    ReportNameIn,
    ResultIn,
    RetestIn,
)
from traceability.services import inspection, retest
from traceability.services.inspection import EnterInspection, ReportResult
from traceability.services.retest import AskRetest

inspection_blp = Blueprint("inspections_api", __name__, url_prefix="/api/v1", description="Inspections")

_BYTES = {"schema": {"type": "string", "format": "binary"}}


def _one(number: str) -> InspectionRow:
    return inspections.one(endpoint.session(), endpoint.actor(), number)


def _detail(number: str) -> DetailRow:
    return inspections.detail(endpoint.session(), endpoint.actor(), number)


def _entered(command: EnterInspection) -> DetailRow:
    with endpoint.unit_of_work() as uow:
        number = inspection.enter(uow, command).number
    return _detail(number)


@inspection_blp.route("/inspections")
class Inspections(MethodView):
    """Samples of batches and what was found in them."""

    @endpoint.permit(BATCH_READ)
    @inspection_blp.arguments(InspectionFilterIn, location="query")
    @inspection_blp.response(200, page_of(InspectionOut))
    def get(self, wanted: InspectionFilter) -> Page[InspectionRow]:
        """List inspections of batches that one may see."""
        return inspections.page(endpoint.session(), endpoint.actor(), wanted)

    @endpoint.permit(INSPECTION_WRITE)
    @inspection_blp.arguments(InspectionIn)
    @inspection_blp.response(201, InspectionDetailOut)
    def post(self, command: EnterInspection) -> DetailRow:
        """Enter a test of an own batch, with its findings if they are known; a failed one holds it."""
        return _entered(command)


@inspection_blp.route("/spot-tests")
class SpotTests(MethodView):
    """What markets and authorities found."""

    @endpoint.permit(INSPECTION_SPOT)
    @inspection_blp.arguments(InspectionIn)
    @inspection_blp.response(201, InspectionDetailOut)
    def post(self, command: EnterInspection) -> DetailRow:
        """Enter a spot test of goods that came or are coming; a failed one holds the batch."""
        return _entered(command)


@inspection_blp.route("/inspections/<string:number>")
class OneInspection(MethodView):
    """One inspection."""

    @endpoint.permit(BATCH_READ)
    @inspection_blp.response(200, InspectionDetailOut)
    def get(self, number: str) -> DetailRow:
        """Return an inspection with what it found."""
        return _detail(number)


@inspection_blp.route("/inspections/<string:number>/result")
class Result(MethodView):
    """What the laboratory found."""

    @endpoint.permit(INSPECTION_WRITE)
    @inspection_blp.arguments(ResultIn)
    @inspection_blp.response(200, InspectionDetailOut)
    def post(self, command: ReportResult, number: str) -> DetailRow:
        """Enter the findings; whether they pass is worked out."""
        inspection_id = _one(number).id
        with endpoint.unit_of_work() as uow:
            inspection.report(uow, inspection_id, command)
        return _detail(number)


@inspection_blp.route("/inspections/<string:number>/retest")
class Retest(MethodView):
    """The right to another laboratory's word."""

    @endpoint.permit(INSPECTION_WRITE)
    @inspection_blp.arguments(RetestIn)
    @inspection_blp.response(201, InspectionDetailOut)
    def post(self, command: AskRetest, number: str) -> DetailRow:
        """Ask for a re-test of what failed, in time; return the re-test."""
        inspection_id = _one(number).id
        with endpoint.unit_of_work() as uow:
            made = retest.ask(uow, inspection_id, command).number
        return _detail(made)


@inspection_blp.route("/inspections/<string:number>/void")
class Void(MethodView):
    """An inspection that is wrong."""

    @endpoint.permit(INSPECTION_WRITE)
    @inspection_blp.arguments(InspectionVoidIn)
    @inspection_blp.response(200, InspectionDetailOut)
    def post(self, because: Because, number: str) -> DetailRow:
        """Void an inspection; it stays to be read."""
        inspection_id = _one(number).id
        with endpoint.unit_of_work() as uow:
            inspection.void(uow, inspection_id, because.reason)
        return _detail(number)


@inspection_blp.route("/inspections/<string:number>/report")
class Report(MethodView):
    """The laboratory's report as a file."""

    @endpoint.permit(INSPECTION_WRITE)
    @inspection_blp.doc(
        requestBody={"required": True, "content": {"application/pdf": _BYTES, "image/jpeg": _BYTES}}
    )
    @inspection_blp.arguments(ReportNameIn, location="query")
    @inspection_blp.response(200, InspectionDetailOut)
    def put(self, named: dict[str, str], number: str) -> DetailRow:
        """Attach a report; the body of the request is the PDF, JPEG or PNG itself."""
        file = checked("file", Sent(named["filename"], request.get_data()))
        inspection_id = _one(number).id
        with endpoint.unit_of_work() as uow:
            inspection.attach(uow, inspection_id, file.filename, file.media_type, file.content)
        return _detail(number)


@inspection_blp.route("/residue-limits")
class Limits(MethodView):
    """What goods may hold."""

    @endpoint.permit(BATCH_READ)
    @inspection_blp.arguments(LimitFilterIn, location="query")
    @inspection_blp.response(200, page_of(LimitIn))
    def get(self, wanted: references.LimitFilter) -> Page[references.LimitRow]:
        """List residue limits."""
        return references.limits(endpoint.session(), wanted)


@inspection_blp.route("/working-days")
class WorkingDays(MethodView):
    """Days that are worked or not, against the week."""

    @endpoint.permit(BATCH_READ)
    @inspection_blp.arguments(DayFilterIn, location="query")
    @inspection_blp.response(200, page_of(DayIn))
    def get(self, wanted: references.DayFilter) -> Page[references.DayRow]:
        """List holidays in the week and worked weekends."""
        return references.days(endpoint.session(), wanted)
