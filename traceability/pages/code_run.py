"""Pages of runs of codes: asked for, printed from a file, activated and stopped by range."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Any

from flask import Blueprint, Response, url_for
from flask.typing import ResponseReturnValue

from supplychain.kernel import i18n
from supplychain.kernel.db.uow import Database, UnitOfWork
from supplychain.kernel.documents import audit
from supplychain.kernel.errors import Refused
from supplychain.kernel.i18n import N_, Text, gettext
from supplychain.kernel.permissions import SYSTEM
from supplychain.kernel.web import documents, endpoint
from supplychain.kernel.web.documents import Act, Document, Fact, Paper
from supplychain.kernel.web.forms import FormPage
from supplychain.kernel.web.lists import Column, ListPage
from traceability.models.code import CodeRun
from traceability.papers import code_file
from traceability.permissions import CODE_WRITE
from traceability.queries import batch as batches
from traceability.queries import code_run as runs
from traceability.queries.code_run import RunRow
from traceability.rules.batch import BatchState
from traceability.rules.code import CODE, CodeAct, CodeState
from traceability.schemas.code import PlanRun, PlanRunIn, RangeActIn, RunFilterIn
from traceability.services import code as services
from traceability.services import code_run

bp = Blueprint("code_runs_pages", __name__, template_folder="../templates")


def _name(row: Any) -> str:
    """Return an item's name for the reader."""
    return str(row.item_name_en if i18n.locale() == "en" else row.item_name_zh)


RUNS = ListPage(
    title=N_("Print runs"),
    filter=RunFilterIn,
    query=runs.page,
    columns=(
        Column("number", N_("Print run"), lead=True),
        Column("count", N_("Codes"), "count", sort="count", total=True),
        Column("activated", CODE.labels[CodeState.ACTIVATED], "count", total=True),
        Column("sold", CODE.labels[CodeState.SOLD], "count", total=True),
        Column("batch", N_("Batch"), sort="batch"),
        Column("item", N_("Product"), value=_name),
        Column("note", N_("Printed for")),
        Column("made_at", N_("Made at"), "moment", sort="made_at"),
    ),
    empty=N_("Codes that are printed together stand here. Open a batch and make codes for it."),
    row_url=lambda row: url_for("code_runs_pages.run", number=row.number),
    sheet="code_runs",
    search=N_("Run, batch, product or purpose"),
)

PLAN = FormPage(
    title=N_("Make codes"),
    shape=PlanRunIn,
    act=lambda uow, wanted: wanted,
    then=lambda run: url_for("code_runs_pages.run", number=run.number),
    verb=N_("Make codes"),
    intro=N_("They are printed but not activated: a stolen roll is worth nothing."),
)

ACT = FormPage(
    title=N_("Activate, ship or stop codes"),
    shape=RangeActIn,
    act=lambda uow, wanted: wanted,
    then=lambda _: "",
    verb=N_("Do it"),
    intro=N_("Ordinals are counted along the roll. Void codes stay void; frozen ones can be unfrozen."),
)


@bp.get("/codes/runs")
@endpoint.permit(CODE_WRITE)
def run_list() -> str:
    """List runs of codes."""
    return RUNS.render()


@bp.route("/batches/<number>/codes/new", methods=["GET", "POST"])
@endpoint.permit(CODE_WRITE)
def plan(number: str) -> ResponseReturnValue:
    """Make a run of codes for a batch."""
    row = batches.mine(endpoint.session(), endpoint.actor(), number)
    return replace(
        PLAN, act=partial(_plan, row.id), defaults=lambda session, actor: {"count": str(row.boxes)}
    ).handle()


def _plan(batch_id: int, uow: UnitOfWork, wanted: PlanRun) -> CodeRun:
    """Ask for a run and make its first codes at once; for most runs these are all."""
    run = code_run.plan(uow, batch_id, wanted.count, wanted.note)
    code_run.make_part(uow, run.id)
    return run


@bp.get("/codes/runs/<number>")
@endpoint.permit(CODE_WRITE)
def run(number: str) -> str:
    """Show a run and where its codes stand."""
    row = runs.one(endpoint.session(), endpoint.actor(), number)
    return documents.render(
        _document(row),
        "traceability/code_run.html",
        run=row,
        words=CODE.labels,
    )


@bp.route("/codes/runs/<number>/act", methods=["GET", "POST"])
@endpoint.permit(CODE_WRITE)
def act(number: str) -> ResponseReturnValue:
    """Activate, ship, sell, freeze or make void a range of a run."""
    row = runs.one(endpoint.session(), endpoint.actor(), number)
    form = replace(
        ACT,
        act=lambda uow, wanted: services.move_range(uow, row.id, wanted),
        then=lambda _: url_for("code_runs_pages.run", number=number),
        defaults=lambda session, actor: {"first": "1", "last": str(row.made)},
        about=(code_run.DOCUMENT, row.id),
    )
    return form.handle()


@bp.get("/codes/runs/<number>.csv")
@endpoint.permit(CODE_WRITE)
def file(number: str) -> Response:
    """Send all codes of a run to be printed, line by line; who took them is written down."""
    row = runs.one(endpoint.session(), endpoint.actor(), number)
    if not row.is_whole:
        raise Refused(N_("%(run)s is still being made."), run=number)
    with endpoint.unit_of_work() as uow:
        audit.record(uow, code_run.DOCUMENT, row.id, N_("Downloaded all codes"))
    endpoint.close_session()
    web = endpoint.web()
    return Response(
        _lines(web.database, row, web.settings.base_url),
        mimetype="text/csv",
        headers={"Content-Disposition": f"attachment; filename={number}.csv", "Cache-Control": "no-store"},
    )


def _lines(database: Database, row: RunRow, base_url: str) -> Iterator[str]:
    """Yield the file with a session of its own: the request is over before the file is."""
    with database.reading() as session:
        yield from code_file.lines(row.gtin, row.batch, base_url, runs.serials(session, row.id))


def _document(row: RunRow) -> Document:
    maker = "" if row.made_by == SYSTEM.name else row.made_by
    return Document(
        kind=code_run.DOCUMENT,
        id=row.id,
        number=row.number,
        title=N_("Print runs"),
        list_endpoint="code_runs_pages.run_list",
        subtitle=_name(row),
        facts=(
            Fact(N_("Codes"), row.count, "count"),
            Fact(N_("Batch"), row.batch, url=url_for("batches_pages.batch", number=row.batch)),
            Fact(N_("GTIN"), row.gtin),
            Fact(N_("Printed for"), row.note),
            Fact(N_("Made at"), row.made_at, "moment", note=maker),
        ),
        acts=_acts(row),
        papers=(
            (Paper(N_("File for the printing house"), url_for("code_runs_pages.file", number=row.number)),)
            if row.is_whole
            else ()
        ),
        warning=gettext(N_("Frozen codes warn whoever scans them.")) if row.frozen else "",
    )


def _acts(row: RunRow) -> tuple[Act, ...]:
    form = partial(url_for, "code_runs_pages.act", number=row.number)
    unreleased = "" if row.batch_state is BatchState.RELEASED else Text(N_("The batch is not released yet."))
    return (
        Act(
            N_("Activate a range"),
            form(act=CodeAct.ACTIVATE.value),
            CODE_WRITE,
            unreleased if row.printed else Text(N_("No code waits to be activated.")),
            posts=False,
            primary=bool(row.printed and not unreleased),
            icon="check",
        ),
        Act(N_("Ship a range"), form(act=CodeAct.SHIP.value), CODE_WRITE, posts=False, icon="truck"),
        Act(N_("Freeze a range"), form(act=CodeAct.FREEZE.value), CODE_WRITE, posts=False, icon="hand-stop"),
        Act(
            N_("Make a range void"),
            form(act=CodeAct.VOID.value),
            CODE_WRITE,
            posts=False,
            danger=True,
            icon="x",
        ),
    )
