"""Pages of the farm record: the list, the form, one record; inputs, what their labels allow, bans."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flask import Blueprint, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from catalog.queries import product as products
from catalog.rules import FAMILIES
from supplychain.base.queries import party as parties
from supplychain.base.rules import SiteKind
from supplychain.kernel import clock
from supplychain.kernel.db.uow import UnitOfWork
from supplychain.kernel.i18n import N_, gettext
from supplychain.kernel.permissions import Actor
from supplychain.kernel.sheets.sheet import Outcome
from supplychain.kernel.web import documents, endpoint
from supplychain.kernel.web.documents import Act, Document, Fact
from supplychain.kernel.web.forms import FormPage
from supplychain.kernel.web.lists import Action, Column, ListPage
from traceability.permissions import BATCH_READ, FARM_REFERENCE_WRITE, FARM_WRITE
from traceability.queries import farm as farms
from traceability.queries import farm_reference as references
from traceability.queries.farm import RecordRow
from traceability.rules.farm import DOSE, DOSE_UNITS, EVERYTHING, INPUT_KINDS
from traceability.schemas.farm import (
    BanFilterIn,
    BanIn,
    InputFilterIn,
    InputIn,
    RuleFilterIn,
    RuleIn,
    UseFilterIn,
    UseIn,
    UseVoidIn,
)
from traceability.services import farm
from traceability.services import farm_reference as services

bp = Blueprint("farm_pages", __name__, template_folder="../templates")


def _dose(row: Any) -> str:
    return f"{DOSE.short(row.dose_milli)} {gettext(DOSE_UNITS[row.dose_unit])}"


def _most_dose(row: references.RuleRow) -> str:
    if row.max_dose_milli is None or row.dose_unit is None:
        return ""
    return f"{DOSE.short(row.max_dose_milli)} {gettext(DOSE_UNITS[row.dose_unit])}"


def _scope(row: Any) -> str:
    """Return what a reference counts for: a family by its name, a code or scientific name as it is."""
    families = {family.value: name for family, name in FAMILIES.items()}
    names = {EVERYTHING: N_("All crops and animals")} | families
    return gettext(names[row.scope]) if row.scope in names else str(row.scope)


def _sites(session: Session, actor: Actor) -> list[tuple[str, str]]:
    return parties.site_choices(session, actor.party_id, (SiteKind.BASE,))


def _products(session: Session, actor: Actor) -> list[tuple[str, str]]:
    return products.choices(session)


def _inputs(session: Session, actor: Actor) -> list[tuple[str, str]]:
    return references.input_choices(session)


def _yes_no(session: Session, actor: Actor) -> list[tuple[str, str]]:
    return [("true", gettext(N_("Yes"))), ("false", gettext(N_("No")))]


def _url(row: Any) -> str:
    return url_for("farm_pages.record", record_id=row.id)


RECORDS = ListPage(
    title=N_("Farm record"),
    filter=UseFilterIn,
    query=farms.page,
    columns=(
        Column("input_name", N_("Farm input"), sort="input", lead=True),
        Column("applied_on", N_("Used on"), "day", sort="applied_on"),
        Column("product_name", N_("Crop or animal")),
        Column("dose_milli", N_("Dose"), value=_dose),
        Column("site_name", N_("Growing base"), sort="site"),
        Column("plot", N_("Plot or barn")),
        Column("stopped_on", N_("Stopped on"), "day"),
        Column("operator_name", N_("Used by")),
        Column("voided_at", N_("Voided"), value=lambda row: gettext(N_("Voided")) if row.voided_at else ""),
    ),
    empty=N_("What is sprayed, spread, fed and given stands here. Record the first use."),
    row_url=_url,
    actions=(Action(N_("Record a use"), "farm_pages.use_new", FARM_WRITE),),
    sheet="farm_records",
    search=N_("Input, plot or name"),
    options={"site": _sites, "product": _products, "voided": _yes_no},
)


def _defaults(session: Session, actor: Actor) -> Mapping[str, Any]:
    """Return today, and place, crop, input and dose of the last record."""
    row = farms.last(session, actor) if actor.party_id is not None else None
    today = {"applied_on": clock.today()}
    if row is None:
        return today
    kept = ("site", "product", "input", "dose_milli", "dose_unit", "plot", "member_name", "operator_name")
    return today | {name: getattr(row, name) for name in kept}


USE = FormPage(
    title=N_("Record a use"),
    shape=UseIn,
    act=farm.record,
    then=_url,
    verb=N_("Record a use"),
    intro=N_("What was used is told as it was; a wrong record is voided, never deleted."),
    options={"site": _sites, "product": _products, "input": _inputs},
    defaults=_defaults,
)

INPUTS = ListPage(
    title=N_("Farm inputs"),
    filter=InputFilterIn,
    query=lambda session, actor, wanted: references.inputs(session, wanted),
    columns=(
        Column("name", N_("Farm input"), lead=True),
        Column("kind", N_("Kind of input"), value=lambda row: gettext(INPUT_KINDS[row.kind])),
        Column("substance", N_("Active substance")),
        Column("code", N_("Input code"), sort="code"),
        Column("registration", N_("Registration number")),
        Column("manufacturer", N_("Manufacturer")),
        Column("source", N_("Source")),
    ),
    empty=N_("No input fits. Pesticides, drugs, fertilisers and feed stand here as they are registered."),
    actions=(Action(N_("Add an input"), "farm_pages.input_put", FARM_REFERENCE_WRITE),),
    sheet="farm_inputs",
    search=N_("Code, name or substance"),
)

RULES = ListPage(
    title=N_("Days to wait"),
    filter=RuleFilterIn,
    query=lambda session, actor, wanted: references.rules(session, wanted),
    columns=(
        Column("name", N_("Farm input"), sort="input", lead=True),
        Column("scope", N_("Counts for"), value=_scope),
        Column("interval_days", N_("Days to wait"), "count", sort="interval_days"),
        Column("max_applications", N_("Most uses a season"), "count"),
        Column("max_dose_milli", N_("Highest dose"), value=_most_dose),
        Column("valid_from", N_("Valid from"), "day", sort="valid_from"),
        Column("valid_to", N_("Valid to"), "day"),
        Column("source", N_("Source")),
    ),
    empty=N_("No rule fits. How long to wait after each input stands here, crop by crop."),
    actions=(Action(N_("Add a rule"), "farm_pages.rule_put", FARM_REFERENCE_WRITE),),
    sheet="farm_rules",
    search=N_("Input or crop"),
)

BANS = ListPage(
    title=N_("Banned substances"),
    filter=BanFilterIn,
    query=lambda session, actor, wanted: references.bans(session, wanted),
    columns=(
        Column("substance", N_("Active substance"), sort="substance", lead=True),
        Column("scope", N_("Counts for"), value=_scope),
        Column("valid_from", N_("Valid from"), "day", sort="valid_from"),
        Column("valid_to", N_("Valid to"), "day"),
        Column("source", N_("Source")),
    ),
    empty=N_("No ban fits. What may not be used stands here with the notice and its day."),
    actions=(Action(N_("Add a ban"), "farm_pages.ban_put", FARM_REFERENCE_WRITE),),
    sheet="farm_bans",
    search=N_("Substance, crop or notice"),
)


def _kept(put: Callable[[UnitOfWork, Any], Outcome]) -> Callable[[UnitOfWork, Any], None]:
    """Return the act of a form that answers with nothing."""

    def act(uow: UnitOfWork, command: Any) -> None:
        put(uow, command)

    return act


PUT_INPUT = FormPage(
    title=N_("Add an input"),
    shape=InputIn,
    act=_kept(services.put_input),
    then=lambda _: url_for("farm_pages.input_list"),
    verb=N_("Save"),
)
PUT_RULE = FormPage(
    title=N_("Add a rule"),
    shape=RuleIn,
    act=_kept(services.put_rule),
    then=lambda _: url_for("farm_pages.rule_list"),
    verb=N_("Save"),
    options={"input": _inputs},
)
PUT_BAN = FormPage(
    title=N_("Add a ban"),
    shape=BanIn,
    act=_kept(services.put_ban),
    then=lambda _: url_for("farm_pages.ban_list"),
    verb=N_("Save"),
)


@bp.get("/farm-records")
@endpoint.permit(BATCH_READ)
def record_list() -> str:
    """List farm records."""
    return RECORDS.render()


@bp.route("/farm-records/new", methods=["GET", "POST"])
@endpoint.permit(FARM_WRITE)
def use_new() -> ResponseReturnValue:
    """Record a use."""
    return USE.handle()


@bp.get("/farm-records/<int(max=9223372036854775807):record_id>")
@endpoint.permit(BATCH_READ)
def record(record_id: int) -> str:
    """Show a record."""
    row = farms.one(endpoint.session(), endpoint.actor(), record_id)
    return documents.render(_document(row))


@bp.route("/farm-records/<int(max=9223372036854775807):record_id>/void", methods=["GET", "POST"])
@endpoint.permit(FARM_WRITE)
def void(record_id: int) -> ResponseReturnValue:
    """Void a record."""
    row = farms.one(endpoint.session(), endpoint.actor(), record_id)
    form = FormPage(
        title=N_("Void this record"),
        shape=UseVoidIn,
        about=(farm.DOCUMENT, row.id),
        act=lambda uow, said: farm.void(uow, row.id, said.reason),
        then=_url,
        verb=N_("Void this record"),
    )
    return form.handle()


@bp.get("/farm-inputs")
@endpoint.permit(BATCH_READ)
def input_list() -> str:
    """List farm inputs."""
    return INPUTS.render()


@bp.route("/farm-inputs/new", methods=["GET", "POST"])
@endpoint.permit(FARM_REFERENCE_WRITE)
def input_put() -> ResponseReturnValue:
    """Add an input."""
    return PUT_INPUT.handle()


@bp.get("/farm-rules")
@endpoint.permit(BATCH_READ)
def rule_list() -> str:
    """List what labels allow."""
    return RULES.render()


@bp.route("/farm-rules/new", methods=["GET", "POST"])
@endpoint.permit(FARM_REFERENCE_WRITE)
def rule_put() -> ResponseReturnValue:
    """Add a rule."""
    return PUT_RULE.handle()


@bp.get("/farm-bans")
@endpoint.permit(BATCH_READ)
def ban_list() -> str:
    """List bans."""
    return BANS.render()


@bp.route("/farm-bans/new", methods=["GET", "POST"])
@endpoint.permit(FARM_REFERENCE_WRITE)
def ban_put() -> ResponseReturnValue:
    """Add a ban."""
    return PUT_BAN.handle()


def _document(row: RecordRow) -> Document:
    acts = (
        ()
        if row.voided_at
        else (
            Act(
                N_("Void this record"),
                url_for("farm_pages.void", record_id=row.id),
                FARM_WRITE,
                posts=False,
                danger=True,
                icon="ban",
            ),
        )
    )
    return Document(
        kind=farm.DOCUMENT,
        id=row.id,
        number=str(row.id),
        title=N_("Farm record"),
        list_endpoint="farm_pages.record_list",
        subtitle=row.input_name,
        facts=(
            Fact(N_("Crop or animal"), row.product_name),
            Fact(N_("Growing base"), row.site_name, note=row.plot),
            Fact(N_("Used on"), row.applied_on, "day"),
            Fact(N_("Stopped on"), row.stopped_on, "day"),
            Fact(N_("Dose"), _dose(row)),
            Fact(N_("Area"), row.area_mu_e2 or None, "mu", "亩"),
            Fact(N_("Pest or disease"), row.target),
            Fact(N_("Grower"), row.member_name),
            Fact(N_("Growing season"), row.season),
            Fact(N_("Used by"), row.operator_name),
            Fact(N_("Recorded by"), row.recorded_by),
            Fact(N_("Why it was voided"), row.void_reason, note=row.voided_by or ""),
        ),
        acts=acts,
        warning=gettext(N_("This record is void and counts no more.")) if row.voided_at else "",
    )
