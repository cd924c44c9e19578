"""Shapes of products, seasons, packs and supply; for forms, JSON and spreadsheets alike."""

from __future__ import annotations

from catalog.queries.product import ProductFilter
from catalog.queries.supply import SupplyFilter
from catalog.rules import FAMILIES, SHELF_LIFE_MODELS, Family, ShelfLifeModel
from catalog.services.product import LinkItem, PutGradeStandard, PutProduct, PutSeason
from catalog.services.supply import PutSupplyBase, PutSupplyPlan
from supplychain.kernel import units
from supplychain.kernel.i18n import N_
from supplychain.kernel.schema import fields
from supplychain.kernel.schema.base import Shape
from supplychain.kernel.web.openapi import PageIn

COLD, HOT = -6000, 6000


class ProductIn(Shape):
    """A product with the way it is kept from a day on."""

    command = PutProduct

    code = fields.Code(N_("Product code"), required=True, pattern=r"[A-Z0-9][A-Z0-9-]{1,23}")
    name_zh = fields.Words(N_("Name in Chinese"), most=60, required=True)
    name_en = fields.Words(N_("Name in English"), most=60, required=True)
    family = fields.Choice(Family, N_("Family"), labels=FAMILIES, required=True)
    species = fields.Words(N_("Species"), least=0, most=80, load_default="")
    variety = fields.Words(N_("Variety"), least=0, most=60, load_default="")
    geographical_indication = fields.Words(N_("Geographical indication"), least=0, most=80, load_default="")
    story_zh = fields.Words(N_("Story in Chinese"), least=0, most=1000, widget="textarea", load_default="")
    story_en = fields.Words(N_("Story in English"), least=0, most=1000, widget="textarea", load_default="")
    valid_from = fields.Day(N_("Kept so from"), required=True)
    min_centi_celsius = fields.Scaled(
        units.CELSIUS, N_("Lowest temperature"), least=COLD, most=HOT, required=True
    )
    max_centi_celsius = fields.Scaled(
        units.CELSIUS, N_("Highest temperature"), least=COLD, most=HOT, required=True
    )
    critical_min_centi_celsius = fields.Scaled(
        units.CELSIUS, N_("Harmed below"), least=COLD, most=HOT, load_default=None
    )
    critical_max_centi_celsius = fields.Scaled(
        units.CELSIUS, N_("Refused above"), least=COLD, most=HOT, load_default=None
    )
    min_humidity_bp = fields.Scaled(units.PERCENT, N_("Lowest humidity"), most=10_000, load_default=None)
    max_humidity_bp = fields.Scaled(units.PERCENT, N_("Highest humidity"), most=10_000, load_default=None)
    shelf_life_days = fields.Count(N_("Shelf life"), unit=N_("days"), least=1, most=3650, required=True)
    shelf_life_model = fields.Choice(
        ShelfLifeModel, N_("Shelf-life model"), labels=SHELF_LIFE_MODELS, required=True
    )
    source = fields.Words(N_("Source of the band"), most=120, required=True)


class ProductFilterIn(PageIn):
    """Which products to list."""

    command = ProductFilter
    family = fields.Choice(Family, N_("Family"), labels=FAMILIES, load_default=None)


class GradeStandardIn(Shape):
    """A published standard and its grades."""

    command = PutGradeStandard

    code = fields.Words(N_("Standard"), most=40, required=True)
    title = fields.Words(N_("Title"), most=120, required=True)
    grades = fields.Words(N_("Grades"), most=80, required=True, help=N_("Best first, parted by commas."))


class ItemProductIn(Shape):
    """Which product a trade item is a pack of."""

    command = LinkItem

    sku = fields.Code(N_("Item number"), required=True)
    product = fields.Code(N_("Product code"), required=True)


class SeasonIn(Shape):
    """The months in which a product comes."""

    command = PutSeason

    product = fields.Code(N_("Product code"), required=True)
    first_month = fields.Count(N_("First month"), least=1, most=12, required=True)
    last_month = fields.Count(N_("Last month"), least=1, most=12, required=True)
    note = fields.Words(N_("Note"), least=0, most=120, load_default="")


class SupplyBaseIn(Shape):
    """What a place grows for direct supply."""

    command = PutSupplyBase

    site = fields.Code(N_("Place code"), required=True)
    product = fields.Code(N_("Product code"), required=True)
    area_mu_e2 = fields.Scaled(units.MU, N_("Area"), load_default=0)
    households = fields.Count(N_("Households"), most=100_000, load_default=0)
    sponsor = fields.Words(N_("Pudong sponsor"), least=0, most=120, load_default="")


class SupplyBaseOut(SupplyBaseIn):
    """A supply base with the names around it."""

    site_name = fields.Words(N_("Place name"), dump_only=True)
    party_name = fields.Words(N_("Party"), dump_only=True)
    town = fields.Words(N_("Town"), dump_only=True)
    product_name_zh = fields.Words(N_("Product in Chinese"), dump_only=True)
    planned_grams = fields.Scaled(units.KG, N_("Planned supply"), dump_only=True, allow_none=True)


class SupplyPlanIn(Shape):
    """How much a place plans to bring in a month."""

    command = PutSupplyPlan

    site = fields.Code(N_("Place code"), required=True)
    product = fields.Code(N_("Product code"), required=True)
    year = fields.Count(N_("Year"), least=2020, most=2199, required=True)
    month = fields.Count(N_("Month"), least=1, most=12, required=True)
    grams = fields.Scaled(units.KG, N_("Planned supply"), required=True)


class SupplyFilterIn(PageIn):
    """Which supply bases to list."""

    command = SupplyFilter
    family = fields.Choice(Family, N_("Family"), labels=FAMILIES, load_default=None)
