"""The API of visits, for programs."""

from __future__ import annotations

from flask.views import MethodView

from supplychain.kernel.db.paging import Page
from supplychain.kernel.web import endpoint
from supplychain.kernel.web.openapi import Blueprint, page_of
from tests.example_addon.permissions import VISIT_READ, VISIT_WRITE
from tests.example_addon.queries import visit as visits
from tests.example_addon.schemas import VisitFilterIn, VisitIn, VisitOut
from tests.example_addon.services import visit as visit_services

blp = Blueprint("example_api", __name__, url_prefix="/api/v1", description="Visits to growing bases")


@blp.route("/visits")
class Visits(MethodView):
    """Who comes to which place."""

    @endpoint.permit(VISIT_READ)
    @blp.arguments(VisitFilterIn, location="query")
    @blp.response(200, page_of(VisitOut))
    def get(self, wanted: visits.VisitFilter) -> Page[visits.VisitRow]:
        """List visits to places that the caller may see."""
        return visits.page(endpoint.session(), endpoint.actor(), wanted)

    @endpoint.permit(VISIT_WRITE)
    @blp.arguments(VisitIn)
    @blp.response(201, VisitOut)
    def post(self, command: visit_services.PlanVisit) -> visits.VisitRow:
        """Plan a visit; the same visitor, place and day again is the same visit."""
        with endpoint.unit_of_work() as uow:
            visit_id = visit_services.plan(uow, command).id
        return visits.one(endpoint.session(), endpoint.actor(), visit_id)
