"""Master data pages: parties, places, trade items."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

from flask import Blueprint, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from supplychain.base.permissions import ITEM_READ, ITEM_WRITE, PARTY_READ, PARTY_WRITE
from supplychain.base.queries import party as parties
from supplychain.base.queries import trade_item as items
from supplychain.base.rules import ITEM_UNITS, PARTY_KINDS, SITE_KINDS
from supplychain.base.schemas import ItemFilterIn, ItemIn, PartyFilterIn, PartyIn, SiteFilterIn, SiteIn
from supplychain.base.services import party as party_services
from supplychain.base.services import trade_item as item_services
from supplychain.kernel.i18n import N_, gettext
from supplychain.kernel.i18n import locale as current_locale
from supplychain.kernel.permissions import Actor, Permission
from supplychain.kernel.web import documents, endpoint
from supplychain.kernel.web.documents import Act, Document, Fact
from supplychain.kernel.web.forms import FormPage
from supplychain.kernel.web.lists import Action, Column, ListPage


def _name(row: items.ItemRow) -> str:
    return row.name_en if current_locale() == "en" else row.name_zh


bp = Blueprint("masters", __name__, template_folder="../templates")


def _editable(permission: Permission, endpoint_name: str, **values: Any) -> str:
    """Return where a row is changed; nothing for those who may only read."""
    return url_for(endpoint_name, **values) if endpoint.actor().may(permission) else ""


PARTIES = ListPage(
    title=N_("Parties"),
    filter=PartyFilterIn,
    query=parties.page,
    columns=(
        Column("short_name", N_("Short name"), sort="name", lead=True),
        Column("code", N_("Party code"), sort="code"),
        Column("kind", N_("Kind of party"), value=lambda row: gettext(PARTY_KINDS[row.kind]), sort="kind"),
        Column("contact_name", N_("Contact")),
        Column("contact_phone", N_("Phone")),
        Column("sites", N_("Places"), "count"),
    ),
    empty=N_("Co-operatives, buyers, carriers and authorities stand here. Import them from a spreadsheet."),
    row_url=lambda row: url_for("masters.party", code=row.code),
    actions=(Action(N_("Add party"), "masters.party_new", PARTY_WRITE),),
    sheet="parties",
    search=N_("Code or name"),
)

SITES = ListPage(
    title=N_("Places"),
    filter=SiteFilterIn,
    query=parties.sites,
    columns=(
        Column("name", N_("Place name"), sort="name", lead=True),
        Column("code", N_("Place code"), sort="code"),
        Column("kind", N_("Kind of place"), value=lambda row: gettext(SITE_KINDS[row.kind]), sort="kind"),
        Column("party_name", N_("Party"), sort="party"),
        Column("division_name", N_("Town")),
        Column("altitude_m", N_("Altitude"), "count", unit="m"),
    ),
    empty=N_("Bases, packhouses, gates and pick-up points stand here. Import them from a spreadsheet."),
    actions=(Action(N_("Add place"), "masters.site_new", PARTY_WRITE),),
    row_url=lambda row: _editable(PARTY_WRITE, "masters.site_edit", code=row.code),
    sheet="sites",
    search=N_("Code, name or party"),
)

ITEMS = ListPage(
    title=N_("Trade items"),
    filter=ItemFilterIn,
    query=items.page,
    columns=(
        Column("name", N_("Name"), value=_name, sort="name_zh", lead=True),
        Column("sku", N_("Item number"), sort="sku"),
        Column("gtin", N_("GTIN"), sort="gtin"),
        Column("grade", N_("Grade")),
        Column("grade_standard", N_("Grade standard")),
        Column("net_grams", N_("Net mass of one"), "kg", unit="kg"),
        Column("unit", N_("Unit of pack"), value=lambda row: gettext(ITEM_UNITS[row.unit])),
        Column("brand_name", N_("Brand")),
    ),
    empty=N_("What is sold stands here, one line per grade and pack. Import it from a spreadsheet."),
    row_url=lambda row: _editable(ITEM_WRITE, "masters.item_edit", sku=row.sku),
    actions=(Action(N_("Add trade item"), "masters.item_new", ITEM_WRITE),),
    sheet="items",
    search=N_("Item number, GTIN or name"),
)

PARTY_FORM = FormPage(
    title=N_("Party"),
    shape=PartyIn,
    act=lambda uow, command: (party_services.put(uow, command), command)[1],
    then=lambda command: url_for("masters.party", code=command.code),
    verb=N_("Keep party"),
)
SITE_FORM = FormPage(
    title=N_("Place"),
    shape=SiteIn,
    act=lambda uow, command: (party_services.put_site(uow, command), command)[1],
    then=lambda command: url_for("masters.site_list"),
    verb=N_("Keep place"),
    options={"party": lambda session, actor: parties.choices(session)},
)
ITEM_FORM = FormPage(
    title=N_("Trade item"),
    shape=ItemIn,
    act=lambda uow, command: (item_services.put(uow, command), command)[1],
    then=lambda command: url_for("masters.item_list"),
    verb=N_("Keep trade item"),
    options={"brand": lambda session, actor: parties.choices(session)},
)


@bp.get("/parties")
@endpoint.permit(PARTY_READ)
def party_list() -> str:
    """List parties."""
    return PARTIES.render()


@bp.get("/parties/<code>")
@endpoint.permit(PARTY_READ)
def party(code: str) -> str:
    """Show a party with its places."""
    row = parties.one(endpoint.session(), endpoint.actor(), code)
    found = Document(
        kind="base.party",
        id=row.id,
        number=row.short_name,
        title=N_("Parties"),
        list_endpoint="masters.party_list",
        subtitle=row.name,
        facts=(
            Fact(N_("Party code"), row.code),
            Fact(N_("Kind of party"), gettext(PARTY_KINDS[row.kind])),
            Fact(N_("Unified social credit code"), row.uscc),
            Fact(N_("GLN"), row.gln),
            Fact(N_("GS1 company prefix"), row.gs1_prefix),
            Fact(N_("Address"), row.address),
            Fact(N_("Contact"), row.contact_name),
            Fact(N_("Phone"), row.contact_phone),
        ),
        acts=(Act(N_("Change"), url_for("masters.party_edit", code=code), PARTY_WRITE, posts=False),),
    )
    sites = parties.sites(endpoint.session(), endpoint.actor(), parties.SiteFilter(per_page=200, party=code))
    return documents.render(
        found, "base/party.html", sites=sites.rows, columns=SITES.columns[:2] + SITES.columns[4:]
    )


@bp.route("/parties/new", methods=["GET", "POST"])
@endpoint.permit(PARTY_WRITE)
def party_new() -> ResponseReturnValue:
    """Add a party."""
    return replace(PARTY_FORM, title=N_("Add party")).handle()


@bp.route("/parties/<code>/edit", methods=["GET", "POST"])
@endpoint.permit(PARTY_WRITE)
def party_edit(code: str) -> ResponseReturnValue:
    """Change a party."""
    row = parties.one(endpoint.session(), endpoint.actor(), code)
    return replace(PARTY_FORM, defaults=partial(_values, row, PartyIn)).handle()


@bp.get("/sites")
@endpoint.permit(PARTY_READ)
def site_list() -> str:
    """List places."""
    return SITES.render()


@bp.route("/sites/new", methods=["GET", "POST"])
@endpoint.permit(PARTY_WRITE)
def site_new() -> ResponseReturnValue:
    """Add a place."""
    return replace(SITE_FORM, title=N_("Add place")).handle()


@bp.route("/sites/<code>", methods=["GET", "POST"])
@endpoint.permit(PARTY_WRITE)
def site_edit(code: str) -> ResponseReturnValue:
    """Change a place."""
    row = parties.site(endpoint.session(), endpoint.actor(), code)
    return replace(SITE_FORM, defaults=partial(_values, row, SiteIn)).handle()


@bp.get("/items")
@endpoint.permit(ITEM_READ)
def item_list() -> str:
    """List trade items."""
    return ITEMS.render()


@bp.route("/items/new", methods=["GET", "POST"])
@endpoint.permit(ITEM_WRITE)
def item_new() -> ResponseReturnValue:
    """Add a trade item."""
    return replace(ITEM_FORM, title=N_("Add trade item")).handle()


@bp.route("/items/<sku>", methods=["GET", "POST"])
@endpoint.permit(ITEM_WRITE)
def item_edit(sku: str) -> ResponseReturnValue:
    """Change a trade item."""
    row = items.one(endpoint.session(), endpoint.actor(), sku)
    return replace(ITEM_FORM, defaults=partial(_values, row, ItemIn)).handle()


def _values(
    row: object, shape: type[PartyIn | SiteIn | ItemIn], _session: Session, _actor: Actor
) -> dict[str, object]:
    return {name: getattr(row, name) for name in shape().fields}
