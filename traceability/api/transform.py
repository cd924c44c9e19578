"""The API of runs in which batches become batches, of processes, and of corrections to the ledger."""

from __future__ import annotations

from typing import Any

from flask.views import MethodView

from supplychain.kernel.db.paging import Page
from supplychain.kernel.web import endpoint
from supplychain.kernel.web.openapi import Blueprint, page_of
from traceability.permissions import BATCH_READ, BATCH_REGISTER, LEDGER_CORRECT
from traceability.queries import process as processes
from traceability.schemas.transform import (
    CorrectedOut,
    Correction,
    CorrectionIn,
    ProcessFilterIn,
    ProcessIn,
    TransformedOut,
    TransformIn,
)
from traceability.services import correction, transform
from traceability.services.transform import Transform, Transformed

run_blp = Blueprint("runs_api", __name__, url_prefix="/api/v1", description="Processing")


@run_blp.route("/processes")
class Processes(MethodView):
    """Ways in which batches become batches."""

    @endpoint.permit(BATCH_READ)
    @run_blp.arguments(ProcessFilterIn, location="query")
    @run_blp.response(200, page_of(ProcessIn))
    def get(self, wanted: processes.ProcessFilter) -> Page[processes.ProcessRow]:
        """List the processes with the yields that they allow."""
        return processes.page(endpoint.session(), wanted)


@run_blp.route("/runs")
class Runs(MethodView):
    """Runs of processes."""

    @endpoint.permit(BATCH_REGISTER)
    @run_blp.arguments(TransformIn)
    @run_blp.response(201, TransformedOut)
    def post(self, command: Transform) -> Transformed:
        """Split, merge, blend, regrade, repack or process batches; mass must add up."""
        with endpoint.unit_of_work() as uow:
            return transform.run(uow, command)


@run_blp.route("/entries/<int:entry_id>/corrections")
class Corrections(MethodView):
    """Corrections of one entry of the ledger."""

    @endpoint.permit(LEDGER_CORRECT)
    @run_blp.arguments(CorrectionIn)
    @run_blp.response(201, CorrectedOut)
    def post(self, command: Correction, entry_id: int) -> dict[str, Any]:
        """Declare an entry wrong and say how it really was; with neither amounts nor time it was not."""
        with endpoint.unit_of_work() as uow:
            return {"corrective_id": correction.correct(uow, command.of(entry_id))}
