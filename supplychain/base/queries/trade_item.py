"""Reading trade items. They are for everybody who is signed in; prices are the contracts' business."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from supplychain.base.models.party import Party
from supplychain.base.models.trade_item import TradeItem
from supplychain.base.rules import ItemUnit
from supplychain.kernel.db.paging import Page, PageRequest, Rows, paginate
from supplychain.kernel.errors import Invalid, NotFound
from supplychain.kernel.i18n import N_
from supplychain.kernel.permissions import Actor


@dataclass(frozen=True, slots=True)
class ItemRow:
    """A trade item as a list shows it."""

    id: int
    sku: str
    gtin: str
    brand: str
    brand_name: str
    name_zh: str
    name_en: str
    grade: str
    grade_standard: str
    unit: ItemUnit
    net_grams: int
    is_catch_weight: bool
    is_active: bool


@dataclass(frozen=True, slots=True)
class ItemFilter(PageRequest):
    """Which items: with a text in sku, GTIN or name; active ones only unless asked."""

    q: str = ""
    brand: str = ""


def by_sku(session: Session, sku: str, *, field: str = "") -> TradeItem:
    """Return a trade item by its sku; NotFound, or Invalid at `field` when the sku came from a form."""
    item = session.scalar(select(TradeItem).where(TradeItem.sku == sku))
    if item is not None:
        return item
    if field:
        raise Invalid.at(field, N_("There is no trade item %(sku)s."), sku=sku)
    raise NotFound(N_("There is no trade item %(sku)s."), sku=sku)


def page(session: Session, actor: Actor, wanted: ItemFilter) -> Page[ItemRow]:
    """Return the trade items that fit, by sku."""
    found = _matching(wanted.q)
    if wanted.brand:
        found = found.where(Party.code == wanted.brand)
    return paginate(
        session,
        found,
        wanted,
        row=ItemRow,
        sorts={"sku": TradeItem.sku, "name_zh": TradeItem.name_zh, "gtin": TradeItem.gtin},
        default="sku",
        key=TradeItem.id,
    )


def every(session: Session, text: str = "") -> Iterable[ItemRow]:
    """Return every trade item with a text in sku, GTIN or name, by sku, for a spreadsheet."""
    return (ItemRow(*row) for row in session.execute(_matching(text).order_by(TradeItem.sku)))


def one(session: Session, actor: Actor, sku: str) -> ItemRow:
    """Return one trade item; NotFound."""
    found = session.execute(_items().where(TradeItem.sku == sku)).one_or_none()
    if found is None:
        raise NotFound(N_("There is no trade item %(sku)s."), sku=sku)
    return ItemRow(*found)


def choices(session: Session, brand_id: int | None = None) -> list[tuple[str, str]]:
    """Return (sku, name with grade) of the active items, of one brand's if asked, for a form."""
    found = (
        select(TradeItem.sku, TradeItem.name_zh, TradeItem.grade)
        .where(TradeItem.is_active)
        .order_by(TradeItem.sku)
    )
    if brand_id is not None:
        found = found.where(TradeItem.brand_party_id == brand_id)
    return [(sku, f"{name} {grade}".strip()) for sku, name, grade in session.execute(found)]


def _matching(text: str) -> Rows:
    if not text:
        return _items()
    columns = (TradeItem.sku, TradeItem.gtin, TradeItem.name_zh, TradeItem.name_en)
    return _items().where(or_(*(column.contains(text, autoescape=True) for column in columns)))


def _items() -> Rows:
    return select(
        TradeItem.id,
        TradeItem.sku,
        TradeItem.gtin,
        Party.code,
        Party.short_name,
        TradeItem.name_zh,
        TradeItem.name_en,
        TradeItem.grade,
        TradeItem.grade_standard,
        TradeItem.unit,
        TradeItem.net_grams,
        TradeItem.is_catch_weight,
        TradeItem.is_active,
    ).join(Party, Party.id == TradeItem.brand_party_id)
