"""The catalogue's spreadsheets, as the county and the co-operatives keep them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy.orm import Session

from catalog.permissions import CATALOG_READ, CATALOG_WRITE, SUPPLY_WRITE
from catalog.queries import product as products
from catalog.queries import supply
from catalog.schemas import (
    GradeStandardIn,
    ItemProductIn,
    ProductFilterIn,
    ProductIn,
    SeasonIn,
    SupplyBaseOut,
    SupplyFilterIn,
    SupplyPlanIn,
)
from catalog.services import product as product_services
from catalog.services import supply as supply_services
from supplychain.kernel.i18n import N_
from supplychain.kernel.permissions import Actor
from supplychain.kernel.schema.base import filter_of
from supplychain.kernel.sheets.sheet import Sheet, each


@dataclass(frozen=True, slots=True)
class PackLine:
    """A line of the packs' spreadsheet."""

    sku: str
    product: str


def _products(session: Session, actor: Actor, asked: Mapping[str, str]) -> Iterable[products.ProductRow]:
    return products.every(session, filter_of(ProductFilterIn(), asked))


def _bases(session: Session, actor: Actor, asked: Mapping[str, str]) -> Iterable[supply.SupplyBaseRow]:
    return supply.every(session, actor, filter_of(SupplyFilterIn(), asked))


def _packs(session: Session, actor: Actor, filters: Mapping[str, str]) -> Iterable[PackLine]:
    return (PackLine(sku, product) for sku, product in products.item_links(session))


SHEETS = (
    Sheet(
        "grade-standards",
        N_("Grade standards"),
        GradeStandardIn,
        each(product_services.put_grade_standard),
        lambda session, actor, filters: products.grade_standards(session),
        CATALOG_WRITE,
        CATALOG_READ,
    ),
    Sheet(
        "products",
        N_("Products"),
        ProductIn,
        each(product_services.put),
        _products,
        CATALOG_WRITE,
        CATALOG_READ,
    ),
    Sheet(
        "item-products",
        N_("Packs of products"),
        ItemProductIn,
        each(product_services.link_item),
        _packs,
        CATALOG_WRITE,
        CATALOG_READ,
    ),
    Sheet(
        "seasons",
        N_("Seasons"),
        SeasonIn,
        each(product_services.put_season),
        lambda session, actor, filters: products.seasons(session),
        CATALOG_WRITE,
        CATALOG_READ,
    ),
    Sheet(
        "supply-bases",
        N_("Supply bases"),
        SupplyBaseOut,
        each(supply_services.put_base),
        _bases,
        SUPPLY_WRITE,
        CATALOG_READ,
    ),
    Sheet(
        "supply-plans",
        N_("Supply plans"),
        SupplyPlanIn,
        each(supply_services.put_plan),
        lambda session, actor, filters: supply.plans(session, actor),
        SUPPLY_WRITE,
        SUPPLY_WRITE,
    ),
)
