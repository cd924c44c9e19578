"""The API of codes on single items."""

from __future__ import annotations

from dataclasses import replace

from flask.views import MethodView

from supplychain.kernel.db.paging import Page
from supplychain.kernel.web import endpoint
from supplychain.kernel.web.openapi import Blueprint, page_of
from traceability.permissions import (
    CODE_WRITE,
)
from traceability.queries import batch as batches
from traceability.queries import code as codes
from traceability.schemas.code import (
    CodeFilterIn,
    CodeOut,
    CodesIn,
    HowMany,
    MadeOut,
    MovedOut,
    Serials,
    SerialsIn,
)
from traceability.services import code as code_services

code_blp = Blueprint("codes_api", __name__, url_prefix="/api/v1/batches", description="Codes")


def _mine(number: str) -> int:
    """Return the id of a batch that the actor may change; NotFound otherwise."""
    return batches.mine(endpoint.session(), endpoint.actor(), number).id


@code_blp.route("/<string:number>/codes")
class Codes(MethodView):
    """Codes on single items of a batch."""

    @endpoint.permit(CODE_WRITE)
    @code_blp.arguments(CodeFilterIn, location="query")
    @code_blp.response(200, page_of(CodeOut))
    def get(self, wanted: codes.CodeFilter, number: str) -> Page[codes.CodeRow]:
        """List the codes of a batch."""
        _mine(number)
        return codes.page(endpoint.session(), endpoint.actor(), replace(wanted, batch=number))

    @endpoint.permit(CODE_WRITE)
    @code_blp.arguments(CodesIn)
    @code_blp.response(201, MadeOut)
    def post(self, command: HowMany, number: str) -> dict[str, list[str]]:
        """Make codes; each serial is chance and names nothing."""
        batch_id = _mine(number)
        with endpoint.unit_of_work() as uow:
            return {"serials": code_services.make(uow, batch_id, command.count)}


@code_blp.route("/<string:number>/codes/activate")
class Activate(MethodView):
    """The activation of codes."""

    @endpoint.permit(CODE_WRITE)
    @code_blp.arguments(SerialsIn)
    @code_blp.response(200, MovedOut)
    def post(self, command: Serials, number: str) -> dict[str, int]:
        """Activate printed codes of a released batch, all unless some are named."""
        batch_id = _mine(number)
        with endpoint.unit_of_work() as uow:
            return {"count": code_services.activate(uow, batch_id, command.serials)}


@code_blp.route("/<string:number>/codes/void")
class Void(MethodView):
    """Codes that are taken out of use."""

    @endpoint.permit(CODE_WRITE)
    @code_blp.arguments(SerialsIn)
    @code_blp.response(200, MovedOut)
    def post(self, command: Serials, number: str) -> dict[str, int]:
        """Make codes void."""
        batch_id = _mine(number)
        with endpoint.unit_of_work() as uow:
            return {"count": code_services.void(uow, batch_id, command.serials)}
