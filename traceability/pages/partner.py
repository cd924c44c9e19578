"""Pages of partners' events: whose are heard, how far they are believed, and which wait for somebody."""

from __future__ import annotations

from functools import partial

from flask import Blueprint, url_for
from flask.typing import ResponseReturnValue

from supplychain.base.queries import party as parties
from supplychain.kernel.db.uow import UnitOfWork
from supplychain.kernel.i18n import N_
from supplychain.kernel.web import documents, endpoint
from supplychain.kernel.web.documents import Act, Fact
from supplychain.kernel.web.forms import FormPage
from supplychain.kernel.web.lists import Action, Column, ListPage
from traceability.permissions import PROPOSAL_DECIDE, SOURCE_WRITE
from traceability.queries import partner as partners
from traceability.rules.capture import PROPOSALS, ProposalState
from traceability.rules.ledger import TRUSTS, Trust
from traceability.schemas.partner import ProposalFilterIn, SourceFilterIn, SourceIn, TrustIn
from traceability.services import partner as services
from traceability.services import proposal as proposals

bp = Blueprint("partners_pages", __name__, template_folder="templates")

SOURCES = ListPage(
    title=N_("Sources of events"),
    filter=SourceFilterIn,
    query=lambda session, _, wanted: partners.sources(session, wanted),
    columns=(
        Column("code", N_("Source code"), sort="code", lead=True),
        Column("name", N_("Name")),
        Column("party", N_("Party")),
        Column("trust", N_("Trust"), labels=TRUSTS),
    ),
    empty=N_("No partner sends events yet. Agree a source with a party whose system speaks EPCIS 2.0."),
    row_url=lambda row: url_for("partners_pages.source", code=row.code),
    actions=(Action(N_("Agree a source"), "partners_pages.source_add", SOURCE_WRITE),),
    search=N_("Code or name"),
)
ADD = FormPage(
    title=N_("Agree a source"),
    shape=SourceIn,
    act=services.add,
    then=lambda _: url_for("partners_pages.source_list"),
    verb=N_("Save"),
    intro=N_("Programs of this party may then send its events with their token. Begin with showing them."),
    options={"party": lambda session, actor: parties.choices(session)},
    defaults=lambda session, actor: {"trust": Trust.SHOW.value},
)
PROPOSED = ListPage(
    title=N_("Proposed events"),
    filter=ProposalFilterIn,
    query=partners.proposals,
    columns=(
        Column("source", N_("Partner"), lead=True),
        Column("state", N_("State"), labels=PROPOSALS),
        Column("biz_step", N_("What it says")),
        Column("event_time", N_("Happened at"), "moment", sort="event_time"),
        Column("grams", N_("Net mass"), "kg", unit="kg"),
        Column("batches", N_("Batches"), "count"),
        Column("decided_by", N_("Decided by")),
    ),
    empty=N_("Nothing waits. What partners tell and may be carried out stands here until somebody decides."),
    row_url=lambda row: url_for("partners_pages.proposal", proposal_id=row.id),
    search=N_("Partner"),
)


@bp.get("/partners/sources")
@endpoint.permit(SOURCE_WRITE)
def source_list() -> str:
    """List the sources."""
    return SOURCES.render()


@bp.route("/partners/sources/new", methods=["GET", "POST"])
@endpoint.permit(SOURCE_WRITE)
def source_add() -> ResponseReturnValue:
    """Agree a source with a party."""
    return ADD.handle()


@bp.route("/partners/sources/<code>", methods=["GET", "POST"])
@endpoint.permit(SOURCE_WRITE)
def source(code: str) -> ResponseReturnValue:
    """Believe a source more or less."""
    row = partners.source(endpoint.session(), code)
    form = FormPage(
        title=N_("Change the trust in a source"),
        shape=TrustIn,
        act=partial(_set_trust, code),
        then=lambda _: url_for("partners_pages.source_list"),
        verb=N_("Save"),
        intro=N_("It counts for what comes from now on."),
        defaults=lambda session, actor: {"trust": row.trust.value},
    )
    return form.handle()


def _set_trust(code: str, uow: UnitOfWork, command: services.SetTrust) -> str:
    return services.set_trust(uow, code, command)


@bp.get("/partners/proposals")
@endpoint.permit(PROPOSAL_DECIDE)
def proposal_list() -> str:
    """List what partners propose."""
    return PROPOSED.render()


@bp.get("/partners/proposals/<int:proposal_id>")
@endpoint.permit(PROPOSAL_DECIDE)
def proposal(proposal_id: int) -> str:
    """Show a proposed event, to be accepted or refused."""
    row = partners.proposal(endpoint.session(), endpoint.actor(), proposal_id)
    is_open = row.state is ProposalState.OPEN
    decided = "" if is_open else N_("This proposal was decided before.")
    page = documents.Document(
        kind="traceability.proposal",
        id=row.id,
        number=str(row.id),
        title=N_("Proposed event"),
        list_endpoint="partners_pages.proposal_list",
        subtitle=row.source,
        facts=(
            Fact(N_("What it says"), row.biz_step),
            Fact(N_("Happened at"), row.event_time, "moment"),
            Fact(N_("Place"), row.place),
            Fact(N_("Net mass"), row.grams, "kg", "kg"),
            Fact(N_("Batches"), row.batches, "count"),
            Fact(N_("Event"), row.event_id),
        ),
        acts=(
            Act(
                N_("Accept and carry out"),
                url_for("partners_pages.accept", proposal_id=row.id),
                PROPOSAL_DECIDE,
                why_not=decided,
                primary=True,
            ),
            Act(
                N_("Refuse"),
                url_for("partners_pages.refuse", proposal_id=row.id),
                PROPOSAL_DECIDE,
                why_not=decided,
            ),
        ),
    )
    return documents.render(page)


@bp.post("/partners/proposals/<int:proposal_id>/accept")
@endpoint.permit(PROPOSAL_DECIDE)
def accept(proposal_id: int) -> ResponseReturnValue:
    """Carry out a proposed event."""
    key = partners.proposal(endpoint.session(), endpoint.actor(), proposal_id).id
    return documents.perform(
        lambda uow: proposals.accept(uow, key),
        done=N_("Carried out"),
        to="partners_pages.proposal",
        proposal_id=key,
    )


@bp.post("/partners/proposals/<int:proposal_id>/refuse")
@endpoint.permit(PROPOSAL_DECIDE)
def refuse(proposal_id: int) -> ResponseReturnValue:
    """Leave a proposed event as the partner's word."""
    key = partners.proposal(endpoint.session(), endpoint.actor(), proposal_id).id
    return documents.perform(
        lambda uow: proposals.refuse(uow, key),
        done=N_("Refused"),
        to="partners_pages.proposal",
        proposal_id=key,
    )
