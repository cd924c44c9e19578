"""The API of runs of codes, of what is done with ranges of them, and of a till that sells one item."""

from __future__ import annotations

from flask.views import MethodView

from supplychain.base.gs1 import scan
from supplychain.base.gs1.keys import Gs1Error
from supplychain.kernel import clock
from supplychain.kernel.db.paging import Page
from supplychain.kernel.errors import Invalid
from supplychain.kernel.i18n import N_
from supplychain.kernel.web import endpoint
from supplychain.kernel.web.openapi import Blueprint, page_of
from traceability.permissions import BATCH_READ, CODE_SELL, CODE_WRITE
from traceability.queries import batch as batches
from traceability.queries import code as codes
from traceability.queries import code_run as runs
from traceability.queries.code_run import RunFilter, RunRow
from traceability.rules.code import CodeAct
from traceability.schemas.code import (
    CodeOut,
    MovedOut,
    PlanRun,
    PlanRunIn,
    RangeActIn,
    RunFilterIn,
    RunOut,
    SerialsAct,
    SerialsActIn,
    Sold,
    SoldIn,
)
from traceability.services import code as services
from traceability.services import code_run
from traceability.services.code import RangeAct

code_run_blp = Blueprint("code_runs_api", __name__, url_prefix="/api/v1", description="Print runs of codes")


@code_run_blp.route("/code-runs")
class Runs(MethodView):
    """Runs of codes."""

    @endpoint.permit(CODE_WRITE)
    @code_run_blp.arguments(RunFilterIn, location="query")
    @code_run_blp.response(200, page_of(RunOut))
    def get(self, wanted: RunFilter) -> Page[RunRow]:
        """List the own runs."""
        return runs.page(endpoint.session(), endpoint.actor(), wanted)


@code_run_blp.route("/batches/<string:number>/code-runs")
class BatchRuns(MethodView):
    """Runs of codes for a batch."""

    @endpoint.permit(CODE_WRITE)
    @code_run_blp.arguments(PlanRunIn)
    @code_run_blp.response(201, RunOut)
    def post(self, command: PlanRun, number: str) -> RunRow:
        """Ask for a run of up to a million codes; what is not made at once is made in the background."""
        batch_id = batches.mine(endpoint.session(), endpoint.actor(), number).id
        with endpoint.unit_of_work() as uow:
            run = code_run.plan(uow, batch_id, command.count, command.note)
            code_run.make_part(uow, run.id)
            name = run.number
        return runs.one(endpoint.session(), endpoint.actor(), name)


@code_run_blp.route("/code-runs/<string:number>")
class Run(MethodView):
    """A run of codes."""

    @endpoint.permit(CODE_WRITE)
    @code_run_blp.response(200, RunOut)
    def get(self, number: str) -> RunRow:
        """Tell how many codes of a run are made, and how many stand where."""
        return runs.one(endpoint.session(), endpoint.actor(), number)


@code_run_blp.route("/code-runs/<string:number>/acts")
class RangeActs(MethodView):
    """What is done with ranges of a run."""

    @endpoint.permit(CODE_WRITE)
    @code_run_blp.arguments(RangeActIn)
    @code_run_blp.response(200, MovedOut)
    def post(self, command: RangeAct, number: str) -> dict[str, int]:
        """Activate, ship, sell, freeze, unfreeze or make void a range, all of it or nothing unless `skip`."""
        run_id = runs.one(endpoint.session(), endpoint.actor(), number).id
        with endpoint.unit_of_work() as uow:
            return {"count": services.move_range(uow, run_id, command)}


@code_run_blp.route("/batches/<string:number>/codes/acts")
class SerialActs(MethodView):
    """What is done with single codes of a batch."""

    @endpoint.permit(CODE_WRITE)
    @code_run_blp.arguments(SerialsActIn)
    @code_run_blp.response(200, MovedOut)
    def post(self, command: SerialsAct, number: str) -> dict[str, int]:
        """Activate, ship, sell, freeze, unfreeze or make void the named codes, all of them or nothing."""
        batch_id = batches.mine(endpoint.session(), endpoint.actor(), number).id
        with endpoint.unit_of_work() as uow:
            return {"count": services.move(uow, batch_id, command.act, command.serials)}


@code_run_blp.route("/codes/<string:gtin>/<string:serial>")
class Code(MethodView):
    """The code on one item."""

    @endpoint.permit(BATCH_READ)
    @code_run_blp.response(200, CodeOut)
    def get(self, gtin: str, serial: str) -> codes.CodeRow:
        """Tell where one code stands."""
        return codes.of_item(endpoint.session(), endpoint.actor(), gtin, serial)[1]


@code_run_blp.route("/codes/sold")
class CodesSold(MethodView):
    """Items that are sold."""

    @endpoint.permit(CODE_SELL)
    @code_run_blp.arguments(SoldIn)
    @code_run_blp.response(200, CodeOut)
    def post(self, command: Sold) -> codes.CodeRow:
        """Say that a till sold an item; refused when it is sold already, frozen, void, held or recalled."""
        gtin, serial = _item(command.code)
        code_id, _ = codes.of_item(endpoint.session(), endpoint.actor(), gtin, serial)
        with endpoint.unit_of_work() as uow:
            services.move_one(uow, code_id, CodeAct.SELL)
        return codes.of_item(endpoint.session(), endpoint.actor(), gtin, serial)[1]


def _item(text: str) -> tuple[str, str]:
    """Return GTIN and serial of what was scanned; Invalid at `code`."""
    try:
        named = dict(scan.read(text, clock.today()))
    except Gs1Error:
        named = {}
    if "01" not in named or "21" not in named:
        raise Invalid.at("code", N_("This names no single item: it takes a GTIN and a serial."))
    return named["01"], named["21"]
