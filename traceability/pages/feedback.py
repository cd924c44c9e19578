"""Pages of the cases that consumers opened: the list, one case, the answer."""

from __future__ import annotations

from functools import partial
from typing import Any

from flask import Blueprint, url_for
from flask.typing import ResponseReturnValue

from supplychain.kernel import i18n
from supplychain.kernel.i18n import N_, gettext
from supplychain.kernel.web import documents, endpoint
from supplychain.kernel.web.documents import Act, Document, Fact
from supplychain.kernel.web.forms import FormPage
from supplychain.kernel.web.lists import Column, ListPage
from traceability.permissions import FEEDBACK_ANSWER
from traceability.queries import feedback as cases
from traceability.queries.feedback import CaseRow
from traceability.rules.feedback import CASE, FEEDBACK_KINDS, CaseState
from traceability.schemas.feedback import CaseFilterIn, Reply, ReplyIn
from traceability.services import feedback

bp = Blueprint("feedback_pages", __name__, template_folder="../templates")


def _name(row: Any) -> str:
    return str(row.item_name_en if i18n.locale() == "en" else row.item_name_zh)


CASES = ListPage(
    title=N_("Feedback"),
    filter=CaseFilterIn,
    query=cases.page,
    columns=(
        Column("number", N_("Case"), sort="number", lead=True),
        Column("state", N_("State"), labels=CASE.labels),
        Column("kind", N_("About"), value=lambda row: gettext(FEEDBACK_KINDS[row.kind])),
        Column("text", N_("Words"), value=lambda row: row.text[:60]),
        Column("batch", N_("Batch"), sort="batch"),
        Column("item", N_("Product"), value=_name),
        Column("made_at", N_("Told at"), "moment", sort="made_at"),
    ),
    empty=N_("What consumers write from the page behind a code stands here."),
    row_url=lambda row: _url(row.number),
    sheet="feedback",
    search=N_("Case, words or batch"),
)


def _url(number: str) -> str:
    return url_for("feedback_pages.case", number=number)


@bp.get("/feedback")
@endpoint.permit(FEEDBACK_ANSWER)
def case_list() -> str:
    """List what consumers told."""
    return CASES.render()


@bp.get("/feedback/<number>")
@endpoint.permit(FEEDBACK_ANSWER)
def case(number: str) -> str:
    """Show a case."""
    row = cases.one(endpoint.session(), endpoint.actor(), number)
    return documents.render(
        Document(
            kind=feedback.DOCUMENT,
            id=row.id,
            number=row.number,
            title=N_("Feedback"),
            list_endpoint="feedback_pages.case_list",
            subtitle=gettext(FEEDBACK_KINDS[row.kind]),
            facts=(
                Fact(N_("Batch"), row.batch, url=url_for("batches_pages.batch", number=row.batch)),
                Fact(N_("Product"), _name(row)),
                Fact(N_("Serial"), row.serial),
                Fact(N_("Told at"), row.made_at, "moment"),
                Fact(N_("Words"), row.text),
                Fact(N_("Contact given"), row.contact),
                Fact(N_("Answer"), row.answer),
                Fact(N_("Answered at"), row.answered_at, "moment"),
            ),
            states=CASE,
            state=row.state,
            acts=_acts(row),
        )
    )


def _acts(row: CaseRow) -> tuple[Act, ...]:
    number = row.number
    every = {
        CaseState.LOOKING: Act(
            N_("Look into it"), url_for("feedback_pages.look_into", number=number), FEEDBACK_ANSWER
        ),
        CaseState.ANSWERED: Act(
            N_("Answer the consumer"),
            url_for("feedback_pages.answer", number=number),
            FEEDBACK_ANSWER,
            posts=False,
            primary=True,
        ),
        CaseState.CLOSED: Act(
            N_("Close the case"), url_for("feedback_pages.close", number=number), FEEDBACK_ANSWER
        ),
    }
    return tuple(act for state, act in every.items() if CASE.allows(row.state, state))


@bp.post("/feedback/<number>/look-into")
@endpoint.permit(FEEDBACK_ANSWER)
def look_into(number: str) -> ResponseReturnValue:
    """Say that somebody is at it."""
    return _done(number, partial(feedback.look_into, number=number), N_("The case is being looked into."))


@bp.post("/feedback/<number>/close")
@endpoint.permit(FEEDBACK_ANSWER)
def close(number: str) -> ResponseReturnValue:
    """Close a case."""
    return _done(number, partial(feedback.close, number=number), N_("The case is closed."))


def _done(number: str, act: Any, done: str) -> ResponseReturnValue:
    cases.one(endpoint.session(), endpoint.actor(), number)
    return documents.perform(act, done=done, to="feedback_pages.case", number=number)


@bp.route("/feedback/<number>/answer", methods=["GET", "POST"])
@endpoint.permit(FEEDBACK_ANSWER)
def answer(number: str) -> ResponseReturnValue:
    """Answer the consumer."""
    row = cases.one(endpoint.session(), endpoint.actor(), number)

    def act(uow: Any, reply: Reply) -> Any:
        return feedback.answer(uow, number, reply.text)

    form = FormPage(
        title=N_("Answer the consumer"),
        shape=ReplyIn,
        about=(feedback.DOCUMENT, row.id),
        act=act,
        then=lambda _: _url(number),
        verb=N_("Answer the consumer"),
    )
    return form.handle()
