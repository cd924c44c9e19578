"""Factories for what the catalogue owns: how a product is typed, a co-operative with a base that grows it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from catalog.models.product import Product
from catalog.models.supply import SupplyBase, SupplyPlan
from catalog.rules import Family, ShelfLifeModel
from catalog.services.product import PutProduct
from supplychain.base.models.party import Party, Site
from supplychain.kernel.db.uow import UnitOfWork
from supplychain.kernel.permissions import Actor
from tests.make.base import make_party, make_site
from tests.make.traceability import actor_of, make_product

CABBAGE = PutProduct(
    code="GANLAN-T",
    name_zh="高山甘蓝",
    name_en="Highland cabbage",
    family=Family.VEGETABLE,
    valid_from=date(2026, 1, 1),
    min_centi_celsius=0,
    max_centi_celsius=400,
    shelf_life_days=28,
    shelf_life_model=ShelfLifeModel.Q10,
    source="NY/T 583",
)


@dataclass(frozen=True, slots=True)
class Grower:
    """A co-operative with one base of one product."""

    coop: Party
    site: Site
    product: Product
    base: SupplyBase

    @property
    def clerk(self) -> Actor:
        """Return somebody who acts for the co-operative."""
        return actor_of(self.coop)


def cabbage(**changes: object) -> PutProduct:
    """Return the cabbage as it is typed, but for the changes."""
    return replace(CABBAGE, **changes)  # type: ignore[arg-type]  # changes are the product's own fields


def make_grower(uow: UnitOfWork, product: Product | None = None, **values: object) -> Grower:
    """Make a co-operative whose one place grows a product on 120 mu."""
    coop = make_party(uow)
    site = make_site(uow, coop)
    product = product or make_product(uow)
    given: dict[str, object] = {"area_mu_e2": 12_000, "households": 36, "sponsor": "浦东优供"}
    base = SupplyBase(site_id=site.id, product_id=product.id, **(given | values))
    uow.session.add(base)
    uow.session.flush()
    return Grower(coop, site, product, base)


def make_plan(uow: UnitOfWork, base: SupplyBase, month: int, grams: int) -> SupplyPlan:
    """Plan a month of 2026."""
    row = SupplyPlan(supply_base_id=base.id, year=2026, month=month, grams=grams)
    uow.session.add(row)
    uow.session.flush()
    return row
