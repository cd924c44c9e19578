"""The catalogue's pages: products with their season and storage, supply bases and plans."""

from __future__ import annotations

from dataclasses import replace

from flask import Blueprint, render_template, url_for
from flask.typing import ResponseReturnValue

from catalog.permissions import CATALOG_READ, CATALOG_WRITE, SUPPLY_WRITE
from catalog.queries import product as products
from catalog.queries import supply
from catalog.rules import FAMILIES, SHELF_LIFE_MODELS
from catalog.schemas import ProductFilterIn, ProductIn, SupplyBaseIn, SupplyFilterIn, SupplyPlanIn
from catalog.services import product as product_services
from catalog.services import supply as supply_services
from supplychain.base.queries import party as parties
from supplychain.kernel import clock
from supplychain.kernel.i18n import N_, gettext, locale
from supplychain.kernel.units import CELSIUS
from supplychain.kernel.web import documents, endpoint
from supplychain.kernel.web.documents import Act, Document, Fact
from supplychain.kernel.web.forms import FormPage
from supplychain.kernel.web.lists import Action, Column, ListPage

bp = Blueprint("catalog_pages", __name__, template_folder="templates")


def _named(row: products.ProductRow | products.SeasonRow | products.PackRow) -> str:
    return row.name_en if locale() == "en" else row.name_zh


def _grown(row: supply.SupplyBaseRow) -> str:
    return row.product_name_en if locale() == "en" else row.product_name_zh


def _band(row: products.ProductRow) -> str:
    low, high = CELSIUS.short(row.min_centi_celsius), CELSIUS.short(row.max_centi_celsius)
    return f"{low}–{high}\N{NO-BREAK SPACE}℃"


PRODUCTS = ListPage(
    title=N_("Products"),
    filter=ProductFilterIn,
    query=products.page,
    columns=(
        Column("name", N_("Product"), value=_named, sort="name_zh", lead=True),
        Column("family", N_("Family"), value=lambda row: gettext(FAMILIES[row.family]), sort="family"),
        Column("band", N_("Kept at"), value=_band),
        Column("shelf_life_days", N_("Shelf life"), "count", unit=N_("days")),
        Column("geographical_indication", N_("Geographical indication")),
        Column("source", N_("Source of the band")),
    ),
    empty=N_("What Datian grows and raises stands here. Import the products, or add the first."),
    row_url=lambda row: url_for("catalog_pages.product", code=row.code),
    actions=(Action(N_("Add product"), "catalog_pages.product_new", CATALOG_WRITE),),
    sheet="products",
    search=N_("Code or name"),
)

BASES = ListPage(
    title=N_("Supply bases"),
    filter=SupplyFilterIn,
    query=supply.page,
    columns=(
        Column("site_name", N_("Place name"), sort="site", lead=True),
        Column("product", N_("Product"), value=_grown, sort="product"),
        Column("party_name", N_("Co-operative")),
        Column("town", N_("Town")),
        Column("altitude_m", N_("Altitude"), "count", unit="m"),
        Column("area_mu_e2", N_("Area"), "mu", unit="亩", sort="area_mu_e2", total=True),
        Column("households", N_("Households"), "count", total=True),
        Column("planned_grams", N_("Planned supply"), "kg", unit="kg"),
        Column("sponsor", N_("Pudong sponsor")),
    ),
    empty=N_("Plots and barns that supply Pudong stand here. Import them from a spreadsheet."),
    actions=(
        Action(N_("Add supply base"), "catalog_pages.base_new", SUPPLY_WRITE),
        Action(N_("Plan a month"), "catalog_pages.plan_new", SUPPLY_WRITE, "calendar"),
    ),
    sheet="supply-bases",
    search=N_("Place, co-operative or product"),
)

PRODUCT_FORM = FormPage(
    title=N_("Add product"),
    shape=ProductIn,
    act=lambda uow, command: (product_services.put(uow, command), command)[1],
    then=lambda command: url_for("catalog_pages.product", code=command.code),
    verb=N_("Keep product"),
    defaults=lambda session, actor: {"valid_from": clock.today()},
)

_SUPPLY_OPTIONS = {
    "site": lambda session, actor: parties.site_choices(session, actor.party_id),
    "product": lambda session, actor: products.choices(session),
}

BASE_FORM = FormPage(
    title=N_("Add supply base"),
    shape=SupplyBaseIn,
    act=supply_services.put_base,
    then=lambda outcome: url_for("catalog_pages.base_list"),
    verb=N_("Keep supply base"),
    options=_SUPPLY_OPTIONS,
)

PLAN_FORM = FormPage(
    title=N_("Plan a month"),
    shape=SupplyPlanIn,
    act=supply_services.put_plan,
    then=lambda outcome: url_for("catalog_pages.base_list"),
    verb=N_("Keep plan"),
    options=_SUPPLY_OPTIONS,
    defaults=lambda session, actor: {"year": clock.today().year, "month": clock.today().month},
)


@bp.get("/products")
@endpoint.permit(CATALOG_READ)
def product_list() -> str:
    """List products."""
    return PRODUCTS.render()


@bp.get("/products/<code>")
@endpoint.permit(CATALOG_READ)
def product(code: str) -> str:
    """Show a product: how it is kept, when it comes, who grows it, in what it is packed."""
    session = endpoint.session()
    row = products.one(session, endpoint.actor(), code)
    found = Document(
        kind="catalog.product",
        id=row.id,
        number=_named(row),
        title=N_("Products"),
        list_endpoint="catalog_pages.product_list",
        subtitle=row.story_en if locale() == "en" else row.story_zh,
        facts=_facts(row),
        acts=(
            Act(N_("Change"), url_for("catalog_pages.product_edit", code=code), CATALOG_WRITE, posts=False),
        ),
    )
    return documents.render(
        found,
        "catalog/product.html",
        seasons=products.seasons(session, row.id),
        months=range(1, 13),
        packs=products.packs(session, row.id),
        pack_columns=PACK_COLUMNS,
        bases=supply.of_product(session, endpoint.actor(), row.id),
        base_columns=(*BASES.columns[:1], *BASES.columns[2:7]),
    )


@bp.route("/products/new", methods=["GET", "POST"])
@endpoint.permit(CATALOG_WRITE)
def product_new() -> ResponseReturnValue:
    """Add a product."""
    return PRODUCT_FORM.handle()


@bp.route("/products/<code>/edit", methods=["GET", "POST"])
@endpoint.permit(CATALOG_WRITE)
def product_edit(code: str) -> ResponseReturnValue:
    """Change a product; a new day of validity adds a storage profile beside the old one."""
    row = products.one(endpoint.session(), endpoint.actor(), code)
    values = {name: getattr(row, name) for name in ProductIn().fields}
    form = replace(
        PRODUCT_FORM,
        title=N_("Product"),
        defaults=lambda session, actor: values,
        hidden=("code",),
        about=("catalog.product", row.id),
    )
    return form.handle()


@bp.get("/seasons")
@endpoint.permit(CATALOG_READ)
def season_list() -> ResponseReturnValue:
    """Show what comes when, month by month."""
    rows = products.seasons(endpoint.session())
    return render_template(
        "catalog/seasons.html", seasons=rows, months=range(1, 13), this_month=clock.today().month, name=_named
    )


@bp.get("/supply-bases")
@endpoint.permit(CATALOG_READ)
def base_list() -> str:
    """List supply bases."""
    return BASES.render()


@bp.route("/supply-bases/new", methods=["GET", "POST"])
@endpoint.permit(SUPPLY_WRITE)
def base_new() -> ResponseReturnValue:
    """Register a supply base."""
    return BASE_FORM.handle()


@bp.route("/supply-bases/plan", methods=["GET", "POST"])
@endpoint.permit(SUPPLY_WRITE)
def plan_new() -> ResponseReturnValue:
    """Plan a month of a base."""
    return PLAN_FORM.handle()


PACK_COLUMNS = (
    Column("name", N_("Name"), value=_named, lead=True),
    Column("sku", N_("Item number")),
    Column("gtin", N_("GTIN")),
    Column("grade", N_("Grade")),
    Column("grade_standard", N_("Grade standard")),
    Column("net_grams", N_("Net mass of one"), "kg", unit="kg"),
)


def _facts(row: products.ProductRow) -> tuple[Fact, ...]:
    return (
        Fact(N_("Family"), gettext(FAMILIES[row.family])),
        Fact(N_("Kept at"), _band(row), note=row.source),
        Fact(N_("Harmed below"), row.critical_min_centi_celsius, "celsius", "℃"),
        Fact(N_("Refused above"), row.critical_max_centi_celsius, "celsius", "℃"),
        Fact(N_("Lowest humidity"), row.min_humidity_bp, "percent", "%"),
        Fact(N_("Shelf life"), row.shelf_life_days, "count", gettext(N_("days"))),
        Fact(N_("Shelf-life model"), gettext(SHELF_LIFE_MODELS[row.shelf_life_model])),
        Fact(N_("Species"), row.species),
        Fact(N_("Variety"), row.variety),
        Fact(N_("Geographical indication"), row.geographical_indication),
    )
