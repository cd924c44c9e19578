"""Pages of inspections: the list, the forms, one with its findings and clocks, its reports."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any
from urllib.parse import quote

from flask import Blueprint, Response, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from supplychain.base.queries import attachment as attachments
from supplychain.kernel import clock
from supplychain.kernel.db.uow import UnitOfWork
from supplychain.kernel.i18n import N_, Text, gettext
from supplychain.kernel.permissions import Actor
from supplychain.kernel.web import documents, endpoint, wording
from supplychain.kernel.web.documents import Act, Document, Fact
from supplychain.kernel.web.forms import FormPage
from supplychain.kernel.web.lists import Action, Column, ListPage
from traceability.permissions import BATCH_READ, INSPECTION_SPOT, INSPECTION_WRITE, RECALL_OPEN
from traceability.queries import batch as batches
from traceability.queries import inspection as inspections
from traceability.queries.inspection import InspectionRow
from traceability.rules.inspection import (
    INSPECTION_KINDS,
    OFFICIAL_KINDS,
    RESULT,
    InspectionResult,
    bound_words,
    reading_words,
)
from traceability.rules.retest import RETEST_STATES, RetestState
from traceability.schemas.inspection import (
    InspectionFilterIn,
    InspectionIn,
    InspectionVoidIn,
    ReportFileIn,
    ResultIn,
    RetestIn,
)
from traceability.services import inspection as services
from traceability.services import retest as retests
from traceability.services.judgement import DOCUMENT

bp = Blueprint("inspection_pages", __name__, template_folder="../templates")


def _url(row: Any) -> str:
    return url_for("inspection_pages.inspection", number=row.number)


def _yes_no(session: Session, actor: Actor) -> list[tuple[str, str]]:
    return [("true", gettext(N_("Yes"))), ("false", gettext(N_("No")))]


def _stands(row: InspectionRow) -> str:
    """Return where a re-test stands, or of what an inspection is the re-test."""
    if row.voided_at is not None:
        return gettext(N_("Voided"))
    if row.first is not None:
        return gettext(N_("Re-test of %(number)s"), number=row.first)
    return gettext(RETEST_STATES[row.retest_state]) if row.retest_state else ""


INSPECTIONS = ListPage(
    title=N_("Inspections"),
    filter=InspectionFilterIn,
    query=inspections.page,
    columns=(
        Column("number", N_("Inspection"), sort="number", lead=True),
        Column("item_name", N_("Product")),
        Column("kind", N_("Kind of test"), value=lambda row: gettext(INSPECTION_KINDS[row.kind])),
        Column("result", N_("Result"), labels=RESULT.labels),
        Column("retest_state", N_("Re-test"), value=_stands),
        Column("batch", N_("Batch"), sort="batch"),
        Column("laboratory", N_("Laboratory")),
        Column("sampled_at", N_("Sample taken at"), "moment", sort="sampled_at"),
        Column("known_at", N_("Result known at"), "moment", sort="known_at"),
    ),
    empty=N_("Own, commissioned, quick and spot tests stand here. Enter the first test."),
    row_url=_url,
    actions=(
        Action(N_("Enter a test"), "inspection_pages.inspection_new", INSPECTION_WRITE),
        Action(N_("Enter a spot test"), "inspection_pages.spot_new", INSPECTION_SPOT),
    ),
    sheet="inspections",
    search=N_("Number, report, sample, laboratory, batch or product"),
    options={"voided": _yes_no},
)


def _kinds(*, official: bool) -> Any:
    def options(session: Session, actor: Actor) -> Sequence[tuple[str, str]]:
        return [
            (kind.value, gettext(label))
            for kind, label in INSPECTION_KINDS.items()
            if (kind in OFFICIAL_KINDS) == official
        ]

    return options


def _defaults(session: Session, actor: Actor) -> Mapping[str, Any]:
    """Return now, and laboratory, method and sampler of the last test of the own party."""
    kept = inspections.last(session, actor) if actor.party_id is not None else {}
    return {"sampled_at": clock.now(), "findings": [{}], **kept}


NEW = FormPage(
    title=N_("Enter a test"),
    shape=InspectionIn,
    act=services.enter,
    then=_url,
    verb=N_("Enter the test"),
    intro=N_(
        "Leave the findings empty while the laboratory is at work. Whether they pass is worked out; "
        "a failed test holds the batch at once."
    ),
    options={"kind": _kinds(official=False), "batch": batches.choices},
    defaults=_defaults,
    hidden=("producer",),
)

SPOT = FormPage(
    title=N_("Enter a spot test"),
    shape=InspectionIn,
    act=services.enter,
    then=_url,
    verb=N_("Enter the test"),
    intro=N_("What a market or an authority found. A failed test holds the batch and tells its producer."),
    options={"kind": _kinds(official=True)},
    defaults=_defaults,
    hidden=("producer",),
)


@bp.get("/inspections")
@endpoint.permit(BATCH_READ)
def inspection_list() -> str:
    """List inspections."""
    return INSPECTIONS.render()


@bp.route("/inspections/new", methods=["GET", "POST"])
@endpoint.permit(INSPECTION_WRITE)
def inspection_new() -> ResponseReturnValue:
    """Enter a test of an own batch."""
    return NEW.handle()


@bp.route("/inspections/spot", methods=["GET", "POST"])
@endpoint.permit(INSPECTION_SPOT)
def spot_new() -> ResponseReturnValue:
    """Enter what a market or an authority found."""
    return SPOT.handle()


@bp.get("/inspections/<number>")
@endpoint.permit(BATCH_READ)
def inspection(number: str) -> str:
    """Show an inspection."""
    session, actor = endpoint.session(), endpoint.actor()
    row = inspections.one(session, actor, number)
    return documents.render(
        _document(row, actor),
        "traceability/inspection.html",
        inspection=row,
        findings=inspections.findings(session, row.id),
        files=attachments.of(session, DOCUMENT, row.id),
        limit_words=bound_words,
        reading_words=reading_words,
        stands=row.retest_state,
        stands_words=RETEST_STATES,
        may_write=_is_own(row, actor) and actor.may(_permission(row)) and row.voided_at is None,
    )


@bp.route("/inspections/<number>/result", methods=["GET", "POST"])
@endpoint.permit(INSPECTION_WRITE)
def result(number: str) -> ResponseReturnValue:
    """Enter what the laboratory found."""
    row = inspections.one(endpoint.session(), endpoint.actor(), number)
    form = FormPage(
        title=N_("Enter the result"),
        shape=ResultIn,
        about=(DOCUMENT, row.id),
        act=lambda uow, said: services.report(uow, row.id, said),
        then=_url,
        verb=N_("Enter the result"),
        intro=N_("Where the usual limit is on record, leave the limit empty: it is looked up."),
        defaults=lambda session, actor: {"report_number": row.report_number, "findings": [{}]},
    )
    return form.handle()


@bp.route("/inspections/<number>/retest", methods=["GET", "POST"])
@endpoint.permit(INSPECTION_WRITE)
def retest(number: str) -> ResponseReturnValue:
    """Ask for a re-test."""
    row = inspections.one(endpoint.session(), endpoint.actor(), number)
    form = FormPage(
        title=N_("Ask for a re-test"),
        shape=RetestIn,
        about=(DOCUMENT, row.id),
        act=lambda uow, said: retests.ask(uow, row.id, said),
        then=_url,
        verb=N_("Ask for a re-test"),
        intro=_clock_words(row),
        hidden=("kind", "asked_at"),
    )
    return form.handle()


@bp.route("/inspections/<number>/void", methods=["GET", "POST"])
@endpoint.permit(INSPECTION_WRITE)
def void(number: str) -> ResponseReturnValue:
    """Void an inspection."""
    row = inspections.one(endpoint.session(), endpoint.actor(), number)
    form = FormPage(
        title=N_("Void this inspection"),
        shape=InspectionVoidIn,
        about=(DOCUMENT, row.id),
        act=lambda uow, said: services.void(uow, row.id, said.reason),
        then=_url,
        verb=N_("Void this inspection"),
    )
    return form.handle()


@bp.route("/inspections/<number>/report", methods=["GET", "POST"])
@endpoint.permit(INSPECTION_WRITE)
def report(number: str) -> ResponseReturnValue:
    """Attach a report."""
    return _attach(number)


@bp.route("/inspections/<number>/spot-report", methods=["GET", "POST"])
@endpoint.permit(INSPECTION_SPOT)
def spot_report(number: str) -> ResponseReturnValue:
    """Attach the report of a spot test."""
    return _attach(number)


@bp.get("/inspections/<number>/files/<int(max=9223372036854775807):file_id>")
@endpoint.permit(BATCH_READ)
def report_file(number: str, file_id: int) -> ResponseReturnValue:
    """Send a report to whoever may see the inspection; a browser keeps it and runs nothing in it."""
    session = endpoint.session()
    row = inspections.one(session, endpoint.actor(), number)
    file = attachments.opened(session, DOCUMENT, row.id, file_id)
    return Response(
        file.content,
        mimetype=file.media_type,
        headers={
            "Content-Disposition": f"attachment; filename*=UTF-8''{quote(file.filename, safe='')}",
            "Content-Security-Policy": "default-src 'none'; sandbox",
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": "private, no-store",
        },
    )


def _attach(number: str) -> ResponseReturnValue:
    row = inspections.one(endpoint.session(), endpoint.actor(), number)

    def act(uow: UnitOfWork, said: Mapping[str, Any]) -> InspectionRow:
        file = said["file"]
        services.attach(uow, row.id, file.filename, file.media_type, file.content)
        return row

    form = FormPage(
        title=N_("Attach a report"),
        shape=ReportFileIn,
        act=act,
        then=_url,
        verb=N_("Attach the report"),
        intro=N_("The report as it came from the laboratory, as a file or a photograph."),
    )
    return form.handle()


def _clock_words(row: InspectionRow) -> str:
    said = N_(
        "Until %(until)s, of another laboratory. It has seven working days from the sample, and its result "
        "decides."
    )
    return str(Text(said, {"until": wording.moment(row.retest_until)}))


def _is_own(row: InspectionRow, actor: Actor) -> bool:
    """Tell whether an actor may write on an inspection; the service has the last word."""
    return actor.sees_all or (row.party_id is not None and actor.party_id == row.party_id)


def _permission(row: InspectionRow) -> Any:
    return INSPECTION_SPOT if row.kind in OFFICIAL_KINDS and row.first is None else INSPECTION_WRITE


def _document(row: InspectionRow, actor: Actor) -> Document:
    return Document(
        kind=DOCUMENT,
        id=row.id,
        number=row.number,
        title=N_("Inspections"),
        list_endpoint="inspection_pages.inspection_list",
        subtitle=f"{gettext(INSPECTION_KINDS[row.kind])} · {row.item_name}",
        facts=_facts(row),
        states=None if row.result is InspectionResult.FAIL else RESULT,
        state=row.result,
        acts=() if row.voided_at else _acts(row, actor),
        warning=_warning(row),
    )


def _facts(row: InspectionRow) -> tuple[Fact, ...]:
    later = gettext(RESULT.labels[row.final]) if row.final is not row.result else ""
    return (
        Fact(
            N_("Result"),
            gettext(RESULT.labels[row.result]),
            note=later and f"{gettext(N_('Re-test'))}: {later}",
        ),
        Fact(N_("Batch"), row.batch, url=url_for("batches_pages.batch", number=row.batch)),
        Fact(N_("Producer"), row.producer_name),
        Fact(N_("Laboratory"), row.laboratory, note=row.qualification),
        Fact(N_("Method or standard"), row.method),
        Fact(N_("Sample taken at"), row.sampled_at, "moment", note=row.sampled_by),
        Fact(N_("Sample mass"), row.sampled_grams or None, "kg", "kg", note=row.sample_number),
        Fact(N_("Report number"), row.report_number),
        Fact(N_("Result known at"), row.known_at, "moment"),
        Fact(N_("Entered by"), row.entered_by, note=wording.moment(row.entered_at)),
        *(
            (Fact(N_("Re-test of"), row.first, url=url_for("inspection_pages.inspection", number=row.first)),)
            if row.first
            else ()
        ),
    )


def _warning(row: InspectionRow) -> str:
    if row.voided_at is not None:
        return gettext(N_("This inspection is void: %(reason)s"), reason=row.void_reason)
    if row.result is not InspectionResult.FAIL:
        return ""
    if row.retest_state is RetestState.OVERTURNED:
        return ""
    return gettext(N_("This inspection failed. The batch is on hold until somebody lifts it."))


def _acts(row: InspectionRow, actor: Actor) -> tuple[Act, ...]:
    """Return what can be done with it now by whoever may."""
    acts = []
    link = partial(url_for, number=row.number)
    if row.result is InspectionResult.PENDING and _is_own(row, actor):
        url = link("inspection_pages.result")
        acts.append(
            Act(N_("Enter the result"), url, INSPECTION_WRITE, posts=False, primary=True, icon="check")
        )
    is_producer = actor.sees_all or actor.party_id == row.producer_id
    if is_producer and row.retest_state in {RetestState.OPEN, RetestState.LAPSED}:
        over = Text(N_("It could be asked for until %(until)s."), {"until": wording.moment(row.retest_until)})
        why_not = over if row.retest_state is RetestState.LAPSED else ""
        url = link("inspection_pages.retest")
        acts.append(
            Act(N_("Ask for a re-test"), url, INSPECTION_WRITE, why_not, posts=False, primary=not why_not)
        )
    if is_producer and row.final is InspectionResult.FAIL:
        url = url_for("recalls_pages.recall_new", start="inspection", clue=row.number)
        acts.append(Act(N_("Open a recall"), url, RECALL_OPEN, posts=False, icon="alert-triangle"))
    if _is_own(row, actor):
        spot = _permission(row) is INSPECTION_SPOT
        page = "inspection_pages.spot_report" if spot else "inspection_pages.report"
        acts.append(Act(N_("Attach a report"), link(page), _permission(row), posts=False, icon="paperclip"))
        if actor.sees_all or row.result is InspectionResult.PENDING:
            url = link("inspection_pages.void")
            verb = N_("Void this inspection")
            acts.append(Act(verb, url, INSPECTION_WRITE, posts=False, danger=True, icon="ban"))
    return tuple(acts)
