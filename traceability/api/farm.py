"""The API of the farm record and of the references behind its gates."""

from __future__ import annotations

from flask.views import MethodView

from supplychain.kernel.db.paging import Page
from supplychain.kernel.web import endpoint
from supplychain.kernel.web.openapi import Blueprint, page_of
from traceability.permissions import BATCH_READ, FARM_WRITE
from traceability.queries import farm as farms
from traceability.queries import farm_reference as references
from traceability.schemas.farm import (
    BanFilterIn,
    BanIn,
    InputFilterIn,
    InputIn,
    RuleFilterIn,
    RuleIn,
    UseFilterIn,
    UseIn,
    UseOut,
    UseVoidIn,
    VoidReason,
)
from traceability.services import farm
from traceability.services.farm import RecordUse

farm_blp = Blueprint("farm_records_api", __name__, url_prefix="/api/v1", description="Farm record")


@farm_blp.route("/farm-records")
class Records(MethodView):
    """What was used on fields and in barns."""

    @endpoint.permit(BATCH_READ)
    @farm_blp.arguments(UseFilterIn, location="query")
    @farm_blp.response(200, page_of(UseOut))
    def get(self, wanted: farms.RecordFilter) -> Page[farms.RecordRow]:
        """List own farm records."""
        return farms.page(endpoint.session(), endpoint.actor(), wanted)

    @endpoint.permit(FARM_WRITE)
    @farm_blp.arguments(UseIn)
    @farm_blp.response(201, UseOut)
    def post(self, command: RecordUse) -> farms.RecordRow:
        """Record a use."""
        with endpoint.unit_of_work() as uow:
            record_id = farm.record(uow, command).id
        return farms.one(endpoint.session(), endpoint.actor(), record_id)


@farm_blp.route("/farm-records/<int(max=9223372036854775807):record_id>")
class Record(MethodView):
    """One farm record."""

    @endpoint.permit(BATCH_READ)
    @farm_blp.response(200, UseOut)
    def get(self, record_id: int) -> farms.RecordRow:
        """Return a record."""
        return farms.one(endpoint.session(), endpoint.actor(), record_id)


@farm_blp.route("/farm-records/<int(max=9223372036854775807):record_id>/void")
class Void(MethodView):
    """A record that is wrong."""

    @endpoint.permit(FARM_WRITE)
    @farm_blp.arguments(UseVoidIn)
    @farm_blp.response(200, UseOut)
    def post(self, command: VoidReason, record_id: int) -> farms.RecordRow:
        """Void a record; it stays to be read."""
        with endpoint.unit_of_work() as uow:
            farm.void(uow, record_id, command.reason)
        return farms.one(endpoint.session(), endpoint.actor(), record_id)


@farm_blp.route("/farm-inputs")
class Inputs(MethodView):
    """Registered products."""

    @endpoint.permit(BATCH_READ)
    @farm_blp.arguments(InputFilterIn, location="query")
    @farm_blp.response(200, page_of(InputIn))
    def get(self, wanted: references.InputFilter) -> Page[references.InputRow]:
        """List farm inputs."""
        return references.inputs(endpoint.session(), wanted)


@farm_blp.route("/farm-rules")
class Rules(MethodView):
    """What labels allow."""

    @endpoint.permit(BATCH_READ)
    @farm_blp.arguments(RuleFilterIn, location="query")
    @farm_blp.response(200, page_of(RuleIn))
    def get(self, wanted: references.RuleFilter) -> Page[references.RuleRow]:
        """List days to wait and most uses by input and crop."""
        return references.rules(endpoint.session(), wanted)


@farm_blp.route("/farm-bans")
class Bans(MethodView):
    """What may not be used."""

    @endpoint.permit(BATCH_READ)
    @farm_blp.arguments(BanFilterIn, location="query")
    @farm_blp.response(200, page_of(BanIn))
    def get(self, wanted: references.BanFilter) -> Page[references.BanRow]:
        """List banned substances."""
        return references.bans(endpoint.session(), wanted)
