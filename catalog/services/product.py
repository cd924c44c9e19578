"""Products, grade standards, storage profiles and seasons come and change; so does what is a pack of what."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import insert, select, update

from catalog.models.product import GradeStandard, ItemProduct, Product, Season, StorageProfile
from catalog.queries import product as products
from catalog.rules import Family, ShelfLifeModel
from supplychain.base.queries import trade_item as items
from supplychain.base.services import upkeep
from supplychain.kernel.db.uow import UnitOfWork
from supplychain.kernel.errors import Invalid
from supplychain.kernel.i18n import N_
from supplychain.kernel.sheets.sheet import Outcome


@dataclass(frozen=True, slots=True)
class PutGradeStandard:
    """A published standard and the grades it defines, best first, parted by commas."""

    code: str
    title: str
    grades: str


@dataclass(frozen=True, slots=True)
class PutProduct:
    """A product with the way it is kept. Temperatures in 1/100 °C, humidity in basis points."""

    code: str
    name_zh: str
    name_en: str
    family: Family
    valid_from: date
    min_centi_celsius: int
    max_centi_celsius: int
    shelf_life_days: int
    shelf_life_model: ShelfLifeModel
    source: str
    critical_min_centi_celsius: int | None = None
    critical_max_centi_celsius: int | None = None
    min_humidity_bp: int | None = None
    max_humidity_bp: int | None = None
    species: str = ""
    variety: str = ""
    geographical_indication: str = ""
    story_zh: str = ""
    story_en: str = ""


@dataclass(frozen=True, slots=True)
class PutSeason:
    """The months in which a product comes; the last may be smaller than the first."""

    product: str
    first_month: int
    last_month: int
    note: str = ""


@dataclass(frozen=True, slots=True)
class LinkItem:
    """A trade item is a pack of a product."""

    sku: str
    product: str


_PROFILE = (
    "min_centi_celsius",
    "max_centi_celsius",
    "critical_min_centi_celsius",
    "critical_max_centi_celsius",
    "min_humidity_bp",
    "max_humidity_bp",
    "shelf_life_days",
    "shelf_life_model",
    "source",
)


def put_grade_standard(uow: UnitOfWork, command: PutGradeStandard) -> Outcome:
    """Register a grade standard or bring it up to date, by its code."""
    existing = uow.session.scalar(select(GradeStandard).where(GradeStandard.code == command.code))
    return upkeep.put(uow, "catalog.grade_standard", GradeStandard, existing, upkeep.values_of(command))


def put(uow: UnitOfWork, command: PutProduct) -> Outcome:
    """Register a product with its storage profile or bring both up to date.

    A profile with a new `valid_from` is added beside the old ones: what was judged by the old one stays so.
    Raises Invalid at the limit that contradicts another.
    """
    _check_limits(command)
    existing = uow.session.scalar(select(Product).where(Product.code == command.code))
    values = upkeep.values_of(command, without=(*_PROFILE, "valid_from"))
    outcome = upkeep.put(uow, "catalog.product", Product, existing, values)
    product = products.by_code(uow.session, command.code)
    profile = {name: getattr(command, name) for name in _PROFILE}
    profile |= {"product_id": product.id, "valid_from": command.valid_from}
    found = uow.session.scalar(
        select(StorageProfile).where(
            StorageProfile.product_id == product.id, StorageProfile.valid_from == command.valid_from
        )
    )
    stored = upkeep.put(uow, "catalog.storage_profile", StorageProfile, found, profile)
    return stored if outcome is Outcome.UNCHANGED else outcome


def put_season(uow: UnitOfWork, command: PutSeason) -> Outcome:
    """Register a season or bring it up to date, by product and first month."""
    product = products.by_code(uow.session, command.product, field="product")
    existing = uow.session.scalar(
        select(Season).where(Season.product_id == product.id, Season.first_month == command.first_month)
    )
    values = upkeep.values_of(command, without=("product",)) | {"product_id": product.id}
    return upkeep.put(uow, "catalog.season", Season, existing, values)


def link_item(uow: UnitOfWork, command: LinkItem) -> Outcome:
    """Say which product a trade item is a pack of."""
    item = items.by_sku(uow.session, command.sku, field="sku")
    product = products.by_code(uow.session, command.product, field="product")
    known = uow.session.scalar(select(ItemProduct.product_id).where(ItemProduct.trade_item_id == item.id))
    if known == product.id:
        return Outcome.UNCHANGED
    if known is None:
        uow.session.execute(insert(ItemProduct).values(trade_item_id=item.id, product_id=product.id))
        return Outcome.CREATED
    uow.session.execute(
        update(ItemProduct).where(ItemProduct.trade_item_id == item.id).values(product_id=product.id)
    )
    return Outcome.UPDATED


def _check_limits(command: PutProduct) -> None:
    low, high = command.min_centi_celsius, command.max_centi_celsius
    if low >= high:
        raise Invalid.at("max_centi_celsius", N_("The upper limit must lie above the lower one."))
    if command.critical_min_centi_celsius is not None and command.critical_min_centi_celsius > low:
        message = N_("What harms the goods cannot lie above the lowest temperature.")
        raise Invalid.at("critical_min_centi_celsius", message)
    if command.critical_max_centi_celsius is not None and command.critical_max_centi_celsius < high:
        message = N_("What is refused cannot lie below the highest temperature.")
        raise Invalid.at("critical_max_centi_celsius", message)
    driest, wettest = command.min_humidity_bp, command.max_humidity_bp
    if driest is not None and wettest is not None and driest > wettest:
        raise Invalid.at("max_humidity_bp", N_("The highest humidity cannot lie below the lowest."))
