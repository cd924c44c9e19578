"""The API of the cases that consumers opened."""

from __future__ import annotations

from flask.views import MethodView

from supplychain.kernel.db.paging import Page
from supplychain.kernel.web import endpoint
from supplychain.kernel.web.openapi import Blueprint, page_of
from traceability.permissions import FEEDBACK_ANSWER
from traceability.queries import feedback as cases
from traceability.queries.feedback import CaseFilter, CaseRow
from traceability.schemas.feedback import CaseFilterIn, CaseOut, Reply, ReplyIn
from traceability.services import feedback

feedback_blp = Blueprint("feedback_api", __name__, url_prefix="/api/v1/feedback", description="Feedback")


def _mine(number: str) -> CaseRow:
    return cases.one(endpoint.session(), endpoint.actor(), number)


@feedback_blp.route("")
class Cases(MethodView):
    """What consumers told."""

    @endpoint.permit(FEEDBACK_ANSWER)
    @feedback_blp.arguments(CaseFilterIn, location="query")
    @feedback_blp.response(200, page_of(CaseOut))
    def get(self, wanted: CaseFilter) -> Page[CaseRow]:
        """List the cases of own goods."""
        return cases.page(endpoint.session(), endpoint.actor(), wanted)


@feedback_blp.route("/<string:number>")
class Case(MethodView):
    """One case."""

    @endpoint.permit(FEEDBACK_ANSWER)
    @feedback_blp.response(200, CaseOut)
    def get(self, number: str) -> CaseRow:
        """Return a case."""
        return _mine(number)


@feedback_blp.route("/<string:number>/look-into")
class LookInto(MethodView):
    """Somebody being at it."""

    @endpoint.permit(FEEDBACK_ANSWER)
    @feedback_blp.response(200, CaseOut)
    def post(self, number: str) -> CaseRow:
        """Say that somebody looks into a case."""
        _mine(number)
        with endpoint.unit_of_work() as uow:
            feedback.look_into(uow, number)
        return _mine(number)


@feedback_blp.route("/<string:number>/answer")
class Answer(MethodView):
    """The answer to a consumer."""

    @endpoint.permit(FEEDBACK_ANSWER)
    @feedback_blp.arguments(ReplyIn)
    @feedback_blp.response(200, CaseOut)
    def post(self, reply: Reply, number: str) -> CaseRow:
        """Answer a case; the consumer reads it at the address of the case."""
        _mine(number)
        with endpoint.unit_of_work() as uow:
            feedback.answer(uow, number, reply.text)
        return _mine(number)


@feedback_blp.route("/<string:number>/close")
class Close(MethodView):
    """The end of a case."""

    @endpoint.permit(FEEDBACK_ANSWER)
    @feedback_blp.response(200, CaseOut)
    def post(self, number: str) -> CaseRow:
        """Close a case."""
        _mine(number)
        with endpoint.unit_of_work() as uow:
            feedback.close(uow, number)
        return _mine(number)
