"""Reading supply bases and plans. Plans are the co-operative's own, the rest is for all."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import case, func, or_, select, true
from sqlalchemy.orm import Session

from catalog.models.product import Product
from catalog.models.supply import SupplyBase, SupplyPlan
from catalog.rules import Family
from supplychain.base.models.party import Division, Party, Site
from supplychain.kernel.db.paging import Page, PageRequest, Rows, paginate
from supplychain.kernel.permissions import Actor


@dataclass(frozen=True, slots=True)
class SupplyBaseRow:
    """A supply base as a list shows it."""

    id: int
    site: str
    site_name: str
    party: str
    party_name: str
    town: str | None
    altitude_m: int | None
    product: str
    product_name_zh: str
    product_name_en: str
    family: Family
    area_mu_e2: int
    households: int
    sponsor: str
    planned_grams: int | None
    """The sum of its plans of all months; None where they are not the reader's to see."""


@dataclass(frozen=True, slots=True)
class PlanRow:
    """A month's plan of a base."""

    site: str
    site_name: str
    product: str
    product_name_zh: str
    product_name_en: str
    year: int
    month: int
    grams: int


@dataclass(frozen=True, slots=True)
class SupplyFilter(PageRequest):
    """Which bases: of a family, with a text in names."""

    q: str = ""
    family: Family | None = None


def page(session: Session, actor: Actor, wanted: SupplyFilter) -> Page[SupplyBaseRow]:
    """Return the supply bases that fit, by place."""
    return paginate(
        session,
        _matching(actor, wanted),
        wanted,
        row=SupplyBaseRow,
        sorts={"site": Site.code, "product": Product.code, "area_mu_e2": SupplyBase.area_mu_e2},
        default="site",
        key=SupplyBase.id,
        sums={"area_mu_e2": SupplyBase.area_mu_e2, "households": SupplyBase.households},
    )


def every(session: Session, actor: Actor, wanted: SupplyFilter) -> Iterable[SupplyBaseRow]:
    """Return all the supply bases that fit, by place, for a spreadsheet."""
    found = _matching(actor, wanted).order_by(Site.code, Product.code)
    return (SupplyBaseRow(*row) for row in session.execute(found))


def plans(session: Session, actor: Actor) -> Sequence[PlanRow]:
    """Return the plans that the actor may see: the own party's, or all."""
    found = (
        select(
            Site.code,
            Site.name,
            Product.code,
            Product.name_zh,
            Product.name_en,
            SupplyPlan.year,
            SupplyPlan.month,
            SupplyPlan.grams,
        )
        .join(SupplyBase, SupplyBase.id == SupplyPlan.supply_base_id)
        .join(Site, Site.id == SupplyBase.site_id)
        .join(Product, Product.id == SupplyBase.product_id)
        .order_by(SupplyPlan.year, SupplyPlan.month, Site.code, Product.code)
    )
    if not actor.sees_all:
        found = found.where(Site.party_id == actor.party_id)
    return [PlanRow(*row) for row in session.execute(found)]


def of_product(session: Session, actor: Actor, product_id: int) -> Sequence[SupplyBaseRow]:
    """Return the bases of one product, by place."""
    found = _bases(actor).where(SupplyBase.product_id == product_id).order_by(Site.code)
    return [SupplyBaseRow(*row) for row in session.execute(found)]


def _matching(actor: Actor, wanted: SupplyFilter) -> Rows:
    found = _bases(actor)
    if wanted.family is not None:
        found = found.where(Product.family == wanted.family)
    if wanted.q:
        columns = (Site.code, Site.name, Party.name, Product.name_zh, Product.name_en)
        found = found.where(or_(*(column.contains(wanted.q, autoescape=True) for column in columns)))
    return found


def _bases(actor: Actor) -> Rows:
    planned = (
        select(func.coalesce(func.sum(SupplyPlan.grams), 0))
        .where(SupplyPlan.supply_base_id == SupplyBase.id)
        .scalar_subquery()
    )
    may_see = true() if actor.sees_all else Site.party_id == actor.party_id
    return (
        select(
            SupplyBase.id,
            Site.code,
            Site.name,
            Party.code,
            Party.short_name,
            Division.name,
            Site.altitude_m,
            Product.code,
            Product.name_zh,
            Product.name_en,
            Product.family,
            SupplyBase.area_mu_e2,
            SupplyBase.households,
            SupplyBase.sponsor,
            case((may_see, planned)),
        )
        .join(Site, Site.id == SupplyBase.site_id)
        .join(Party, Party.id == Site.party_id)
        .join(Product, Product.id == SupplyBase.product_id)
        .outerjoin(Division, Division.code == Site.division_code)
    )
