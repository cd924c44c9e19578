"""Reading products, how they keep, and when they come."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ScalarSelect, func, or_, select
from sqlalchemy.orm import Session

from catalog.models.product import GradeStandard, ItemProduct, Product, Season, StorageProfile
from catalog.rules import Family, ShelfLifeModel
from supplychain.base.models.trade_item import TradeItem
from supplychain.kernel import clock
from supplychain.kernel.db.paging import Page, PageRequest, Rows, paginate
from supplychain.kernel.errors import Invalid, NotFound
from supplychain.kernel.i18n import N_
from supplychain.kernel.permissions import Actor


@dataclass(frozen=True, slots=True)
class ItemStorage:
    """What a trade item is and how it keeps on a day. Temperatures in 1/100 °C, humidity in basis points."""

    product_id: int
    product_code: str
    name_zh: str
    name_en: str
    family: Family
    geographical_indication: str
    story_zh: str
    story_en: str
    min_centi_celsius: int
    max_centi_celsius: int
    critical_min_centi_celsius: int | None
    critical_max_centi_celsius: int | None
    min_humidity_bp: int | None
    max_humidity_bp: int | None
    shelf_life_days: int
    shelf_life_model: ShelfLifeModel
    source: str


@dataclass(frozen=True, slots=True)
class ProductRow:
    """A product as a list shows it, with the profile that counts today; also a line of its spreadsheet."""

    id: int
    code: str
    name_zh: str
    name_en: str
    family: Family
    species: str
    variety: str
    geographical_indication: str
    story_zh: str
    story_en: str
    valid_from: date
    min_centi_celsius: int
    max_centi_celsius: int
    critical_min_centi_celsius: int | None
    critical_max_centi_celsius: int | None
    min_humidity_bp: int | None
    max_humidity_bp: int | None
    shelf_life_days: int
    shelf_life_model: ShelfLifeModel
    source: str


@dataclass(frozen=True, slots=True)
class PackRow:
    """A trade item that is a pack of the product."""

    sku: str
    gtin: str
    name_zh: str
    name_en: str
    grade: str
    grade_standard: str
    net_grams: int


@dataclass(frozen=True, slots=True)
class SeasonRow:
    """When a product comes."""

    product: str
    name_zh: str
    name_en: str
    first_month: int
    last_month: int
    note: str

    def holds(self, month: int) -> bool:
        """Tell whether a month lies in the season, which may run over New Year."""
        if self.first_month <= self.last_month:
            return self.first_month <= month <= self.last_month
        return month >= self.first_month or month <= self.last_month


@dataclass(frozen=True, slots=True)
class GradeRow:
    """A grade standard and its grades."""

    code: str
    title: str
    grades: str


@dataclass(frozen=True, slots=True)
class ProductFilter(PageRequest):
    """Which products: of a family, with a text in code or name."""

    q: str = ""
    family: Family | None = None


def by_code(session: Session, code: str, *, field: str = "") -> Product:
    """Return a product by its code; NotFound, or Invalid at `field` when the code came from a form."""
    product = session.scalar(select(Product).where(Product.code == code))
    if product is not None:
        return product
    if field:
        raise Invalid.at(field, N_("There is no product %(code)s."), code=code)
    raise NotFound(N_("There is no product %(code)s."), code=code)


def of_items(session: Session, trade_item_ids: Collection[int], on: date) -> Mapping[int, ItemStorage]:
    """Return what each trade item is and how it keeps on a day, in one statement."""
    found = session.execute(
        select(
            ItemProduct.trade_item_id,
            Product.id,
            Product.code,
            Product.name_zh,
            Product.name_en,
            Product.family,
            Product.geographical_indication,
            Product.story_zh,
            Product.story_en,
            *_profile_columns(),
        )
        .join(Product, Product.id == ItemProduct.product_id)
        .join(StorageProfile, StorageProfile.product_id == Product.id)
        .where(ItemProduct.trade_item_id.in_(trade_item_ids), StorageProfile.valid_from == _newest(on))
    )
    return {item_id: ItemStorage(*values) for item_id, *values in found}


def page(session: Session, actor: Actor, wanted: ProductFilter) -> Page[ProductRow]:
    """Return the products that fit, by family and code."""
    return paginate(
        session,
        _matching(wanted),
        wanted,
        row=ProductRow,
        sorts={"code": Product.code, "name_zh": Product.name_zh, "family": Product.family},
        default="family",
        key=Product.id,
    )


def every(session: Session, wanted: ProductFilter) -> Iterable[ProductRow]:
    """Return all the products that fit, by code, for a spreadsheet."""
    return (ProductRow(*row) for row in session.execute(_matching(wanted).order_by(Product.code)))


def one(session: Session, actor: Actor, code: str) -> ProductRow:
    """Return one product; NotFound."""
    found = session.execute(_products(clock.today()).where(Product.code == code)).one_or_none()
    if found is None:
        raise NotFound(N_("There is no product %(code)s."), code=code)
    return ProductRow(*found)


def packs(session: Session, product_id: int) -> Sequence[PackRow]:
    """Return the trade items that are packs of a product."""
    found = session.execute(
        select(
            TradeItem.sku,
            TradeItem.gtin,
            TradeItem.name_zh,
            TradeItem.name_en,
            TradeItem.grade,
            TradeItem.grade_standard,
            TradeItem.net_grams,
        )
        .join(ItemProduct, ItemProduct.trade_item_id == TradeItem.id)
        .where(ItemProduct.product_id == product_id)
        .order_by(TradeItem.sku)
    )
    return [PackRow(*row) for row in found]


def item_links(session: Session) -> Sequence[tuple[str, str]]:
    """Return (sku, product code) of every pack."""
    found = session.execute(
        select(TradeItem.sku, Product.code)
        .join(ItemProduct, ItemProduct.trade_item_id == TradeItem.id)
        .join(Product, Product.id == ItemProduct.product_id)
        .order_by(TradeItem.sku)
    )
    return [(sku, code) for sku, code in found]


def seasons(session: Session, product_id: int | None = None) -> Sequence[SeasonRow]:
    """Return the seasons of a product, or of all, by product and first month."""
    found = (
        select(
            Product.code,
            Product.name_zh,
            Product.name_en,
            Season.first_month,
            Season.last_month,
            Season.note,
        )
        .join(Product, Product.id == Season.product_id)
        .order_by(Product.family, Product.code, Season.first_month)
    )
    if product_id is not None:
        found = found.where(Season.product_id == product_id)
    return [SeasonRow(*row) for row in session.execute(found)]


def grade_standards(session: Session) -> Sequence[GradeRow]:
    """Return the grade standards by code."""
    found = session.execute(
        select(GradeStandard.code, GradeStandard.title, GradeStandard.grades).order_by(GradeStandard.code)
    )
    return [GradeRow(*row) for row in found]


def choices(session: Session) -> list[tuple[str, str]]:
    """Return (code, name) of the products, for a form."""
    found = session.execute(select(Product.code, Product.name_zh).order_by(Product.family, Product.code))
    return [(code, name) for code, name in found]


def _profile_columns() -> tuple[Any, ...]:
    return (
        StorageProfile.min_centi_celsius,
        StorageProfile.max_centi_celsius,
        StorageProfile.critical_min_centi_celsius,
        StorageProfile.critical_max_centi_celsius,
        StorageProfile.min_humidity_bp,
        StorageProfile.max_humidity_bp,
        StorageProfile.shelf_life_days,
        StorageProfile.shelf_life_model,
        StorageProfile.source,
    )


def _newest(on: date) -> ScalarSelect[date]:
    """Return the first day of the profile that counts on a day: the newest that has begun."""
    newer = StorageProfile.__table__.alias("newer")
    return (
        select(func.max(newer.c.valid_from))
        .where(newer.c.product_id == StorageProfile.product_id, newer.c.valid_from <= on)
        .scalar_subquery()
    )


def _first() -> ScalarSelect[date]:
    """Return the first day of a product's first profile."""
    other = StorageProfile.__table__.alias("other")
    return (
        select(func.min(other.c.valid_from))
        .where(other.c.product_id == StorageProfile.product_id)
        .scalar_subquery()
    )


def _matching(wanted: ProductFilter) -> Rows:
    found = _products(clock.today())
    if wanted.family is not None:
        found = found.where(Product.family == wanted.family)
    if wanted.q:
        columns = (Product.code, Product.name_zh, Product.name_en)
        found = found.where(or_(*(column.contains(wanted.q, autoescape=True) for column in columns)))
    return found


def _products(on: date) -> Rows:
    """Return the products with the profile that counts on a day, or the first when none has begun yet."""
    return (
        select(
            Product.id,
            Product.code,
            Product.name_zh,
            Product.name_en,
            Product.family,
            Product.species,
            Product.variety,
            Product.geographical_indication,
            Product.story_zh,
            Product.story_en,
            StorageProfile.valid_from,
            *_profile_columns(),
        )
        .join(StorageProfile, StorageProfile.product_id == Product.id)
        .where(StorageProfile.valid_from == func.coalesce(_newest(on), _first()))
    )
