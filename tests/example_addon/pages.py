"""The pages of visits: a list and a form."""

from __future__ import annotations

from flask import Blueprint, url_for
from flask.typing import ResponseReturnValue

from supplychain.base.queries import party as parties
from supplychain.kernel import clock
from supplychain.kernel.i18n import N_
from supplychain.kernel.web import endpoint
from supplychain.kernel.web.forms import FormPage
from supplychain.kernel.web.lists import Action, Column, ListPage
from tests.example_addon.permissions import VISIT_READ, VISIT_WRITE
from tests.example_addon.queries import visit as visits
from tests.example_addon.rules import VISIT
from tests.example_addon.schemas import VisitFilterIn, VisitIn
from tests.example_addon.services import visit as visit_services

bp = Blueprint("example_pages", __name__, template_folder="templates")

VISITS = ListPage(
    title=N_("Field visits"),
    filter=VisitFilterIn,
    query=visits.page,
    columns=(
        Column("visitor", N_("Visitor"), sort="visitor", lead=True),
        Column("site_name", N_("Place name")),
        Column("visit_on", N_("Visit on"), "day", sort="visit_on"),
        Column("people", N_("Visitors"), "count", total=True),
        Column("note", N_("Note")),
        Column("state", N_("State"), labels=VISIT.labels),
    ),
    empty=N_("Who comes to see the fields stands here. Plan the first visit."),
    actions=(Action(N_("Plan a visit"), "example_pages.visit_new", VISIT_WRITE),),
    sheet="visits",
    search=N_("Visitor or place"),
)

FORM = FormPage(
    title=N_("Plan a visit"),
    shape=VisitIn,
    act=visit_services.plan,
    then=lambda visit: url_for("example_pages.visit_list"),
    verb=N_("Keep visit"),
    options={"site": lambda session, actor: parties.site_choices(session, actor.party_id)},
    defaults=lambda session, actor: {"visit_on": clock.today()},
)


@bp.get("/visits")
@endpoint.permit(VISIT_READ)
def visit_list() -> str:
    """List visits."""
    return VISITS.render()


@bp.route("/visits/new", methods=["GET", "POST"])
@endpoint.permit(VISIT_WRITE)
def visit_new() -> ResponseReturnValue:
    """Plan a visit."""
    return FORM.handle()
