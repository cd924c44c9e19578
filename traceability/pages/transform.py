"""Pages on which batches become batches, of the processes for it, and of corrections to the ledger."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from supplychain.base.queries import party as parties
from supplychain.base.queries import trade_item as items
from supplychain.kernel import clock
from supplychain.kernel.db.uow import UnitOfWork
from supplychain.kernel.i18n import N_, Text
from supplychain.kernel.permissions import Actor
from supplychain.kernel.web import endpoint
from supplychain.kernel.web.forms import FormPage
from supplychain.kernel.web.lists import Action, Column, ListPage
from traceability.permissions import BATCH_REGISTER, LEDGER_CORRECT, PROCESS_WRITE
from traceability.queries import batch as batches
from traceability.queries import process as processes
from traceability.queries import run as runs
from traceability.queries.run import EntryRow
from traceability.rules.genealogy import PROCESS_KINDS
from traceability.rules.ledger import STEPS
from traceability.schemas.transform import (
    Correction,
    CorrectionIn,
    ProcessFilterIn,
    ProcessIn,
    TransformIn,
    VoidIn,
)
from traceability.services import correction
from traceability.services import process as process_services
from traceability.services import transform as services
from traceability.services.process import PutProcess

bp = Blueprint("runs_pages", __name__, template_folder="templates")

PROCESSES = ListPage(
    title=N_("Processes"),
    filter=ProcessFilterIn,
    query=lambda session, actor, wanted: processes.page(session, wanted),
    columns=(
        Column("name", N_("Process used"), lead=True),
        Column("code", N_("Process code"), sort="code"),
        Column("kind", N_("Kind of process"), labels=PROCESS_KINDS),
        Column("min_yield_bp", N_("Lowest yield"), "percent", unit="%"),
        Column("max_yield_bp", N_("Highest yield"), "percent", unit="%"),
        Column("tolerance_bp", N_("Tolerance"), "percent", unit="%"),
        Column("valid_from", N_("Valid from"), "day", sort="valid_from"),
        Column("source", N_("Source")),
    ),
    empty=N_("No process fits. Splitting, merging and tea making stand here with the yields they allow."),
    actions=(
        Action(N_("Process batches"), "runs_pages.run", BATCH_REGISTER),
        Action(N_("Add a process"), "runs_pages.process_put", PROCESS_WRITE),
    ),
    sheet="processes",
    search=N_("Code or name"),
)


def _put(uow: UnitOfWork, command: PutProcess) -> None:
    process_services.put(uow, command)


PUT = FormPage(
    title=N_("Add a process"),
    shape=ProcessIn,
    act=_put,
    then=lambda _: url_for("runs_pages.process_list"),
    verb=N_("Save"),
    intro=N_("From its day on it counts instead of an earlier one of the same code."),
)


def _defaults(session: Session, actor: Actor) -> Mapping[str, Any]:
    """Return a line for what goes in, the batch that somebody came from, and one for what comes out."""
    number = request.args.get("batch", "")
    if not number:
        return {"inputs": [{}], "outputs": [{}]}
    row = batches.mine(session, actor, number)
    taken = {"batch": row.number, "boxes": str(row.boxes), "grams": row.grams}
    return {"site": row.site, "inputs": [taken], "outputs": [{}]}


RUN = FormPage(
    title=N_("Process batches"),
    shape=TransformIn,
    act=services.run,
    then=lambda done: url_for("batches_pages.batch", number=done.made[0].number),
    verb=N_("Make the new batches"),
    intro=N_("What goes in must come out or be declared lost. New batches get numbers of their own."),
    options={
        "process": lambda session, actor: processes.choices(session, clock.today()),
        "site": lambda session, actor: parties.site_choices(session, actor.party_id),
        "inputs.batch": batches.choices,
        "outputs.sku": lambda session, actor: items.choices(session, actor.party_id),
    },
    defaults=_defaults,
)


@bp.get("/processes")
@endpoint.permit(BATCH_REGISTER)
def process_list() -> str:
    """List the processes."""
    return PROCESSES.render()


@bp.route("/processes/new", methods=["GET", "POST"])
@endpoint.permit(PROCESS_WRITE)
def process_put() -> ResponseReturnValue:
    """Add a process, or change one from a day on."""
    return PUT.handle()


@bp.route("/runs/new", methods=["GET", "POST"])
@endpoint.permit(BATCH_REGISTER)
def run() -> ResponseReturnValue:
    """Process batches."""
    return RUN.handle()


@bp.route("/entries/<int(max=9223372036854775807):entry_id>/correct", methods=["GET", "POST"])
@endpoint.permit(LEDGER_CORRECT)
def correct(entry_id: int) -> ResponseReturnValue:
    """Say how it really was."""
    row = runs.mine(endpoint.session(), endpoint.actor(), entry_id)
    form = FormPage(
        title=N_("It happened otherwise"),
        shape=CorrectionIn,
        act=partial(_correct, row),
        then=lambda _: _back(row),
        verb=N_("Correct the ledger"),
        intro=_about(row),
        defaults=lambda session, actor: {"amounts": [_line(line) for line in row.lines]},
        options={"amounts.batch": lambda session, actor: [(line.batch, line.batch) for line in row.lines]},
    )
    return form.handle()


@bp.route("/entries/<int(max=9223372036854775807):entry_id>/void", methods=["GET", "POST"])
@endpoint.permit(LEDGER_CORRECT)
def void(entry_id: int) -> ResponseReturnValue:
    """Say that it did not happen."""
    row = runs.mine(endpoint.session(), endpoint.actor(), entry_id)
    form = FormPage(
        title=N_("It did not happen"),
        shape=VoidIn,
        act=partial(_correct, row),
        then=lambda _: _back(row),
        verb=N_("Declare it void"),
        intro=_about(row),
    )
    return form.handle()


def _correct(row: EntryRow, uow: UnitOfWork, said: Correction) -> None:
    correction.correct(uow, said.of(row.id))


def _about(row: EntryRow) -> str:
    said = Text(
        N_("Entry %(entry)s: %(step)s. It stays on record, declared wrong; holdings and pages follow."),
        {"entry": row.position, "step": Text(STEPS[row.step])},
    )
    return str(said)


def _line(line: runs.EntryLine) -> Mapping[str, Any]:
    return {"batch": line.batch, "boxes": str(line.boxes), "grams": line.grams}


def _back(row: EntryRow) -> str:
    return url_for("batches_pages.batch", number=row.lines[0].batch)
