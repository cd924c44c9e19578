"""Supply bases and their plans: a co-operative says what it grows where and how much will come."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from catalog.models.supply import SupplyBase, SupplyPlan
from catalog.queries import product as products
from supplychain.base.models.party import Site
from supplychain.base.queries import party as parties
from supplychain.base.services import upkeep
from supplychain.kernel.db.uow import UnitOfWork
from supplychain.kernel.errors import Invalid
from supplychain.kernel.i18n import N_
from supplychain.kernel.sheets.sheet import Outcome


@dataclass(frozen=True, slots=True)
class PutSupplyBase:
    """What a place grows; `area_mu_e2` is 亩 × 100."""

    site: str
    product: str
    area_mu_e2: int = 0
    households: int = 0
    sponsor: str = ""


@dataclass(frozen=True, slots=True)
class PutSupplyPlan:
    """How many grams of a product a place plans to bring in one month."""

    site: str
    product: str
    year: int
    month: int
    grams: int


def put_base(uow: UnitOfWork, command: PutSupplyBase) -> Outcome:
    """Register a supply base or bring it up to date; Invalid at `site` for others' places."""
    site = _own_site(uow, command.site)
    product = products.by_code(uow.session, command.product, field="product")
    existing = uow.session.scalar(
        select(SupplyBase).where(SupplyBase.site_id == site.id, SupplyBase.product_id == product.id)
    )
    values = upkeep.values_of(command, without=("site", "product"))
    return upkeep.put(
        uow,
        "catalog.supply_base",
        SupplyBase,
        existing,
        values | {"site_id": site.id, "product_id": product.id},
    )


def put_plan(uow: UnitOfWork, command: PutSupplyPlan) -> Outcome:
    """Plan a month of a base or change the plan; Invalid at `product` when the place does not grow it."""
    site = _own_site(uow, command.site)
    product = products.by_code(uow.session, command.product, field="product")
    base_id = uow.session.scalar(
        select(SupplyBase.id).where(SupplyBase.site_id == site.id, SupplyBase.product_id == product.id)
    )
    if base_id is None:
        raise Invalid.at(
            "product", N_("%(site)s is not registered as a base of this product."), site=command.site
        )
    existing = uow.session.scalar(
        select(SupplyPlan).where(
            SupplyPlan.supply_base_id == base_id,
            SupplyPlan.year == command.year,
            SupplyPlan.month == command.month,
        )
    )
    values = {"supply_base_id": base_id, "year": command.year, "month": command.month, "grams": command.grams}
    return upkeep.put(uow, "catalog.supply_plan", SupplyPlan, existing, values)


def _own_site(uow: UnitOfWork, code: str) -> Site:
    site = parties.site_by_code(uow.session, code, field="site")
    if uow.actor.party_id not in (None, site.party_id):
        raise Invalid.at("site", N_("%(code)s is not one of your places."), code=code)
    return site
