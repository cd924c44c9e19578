"""What a consumer reads of a batch or an item: no quantities, no other codes, nobody's full name."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, and_, false, select
from sqlalchemy.orm import Session

from catalog.models.product import ItemProduct, Product
from catalog.rules import Family
from supplychain.base.models.party import Party, Site
from supplychain.base.models.trade_item import TradeItem
from supplychain.base.rules import ItemUnit
from supplychain.kernel.db.paging import Rows
from traceability.models.batch import Batch
from traceability.models.code import Code
from traceability.rules import BatchState, CodeState, masked


@dataclass(frozen=True, slots=True)
class Scanned:
    """What was scanned; the subject of the slot `trace.chapters`."""

    batch_id: int
    gtin: str
    lot: str
    serial: str | None


@dataclass(frozen=True, slots=True)
class Goods:
    """What is sold, in words for a consumer."""

    gtin: str
    name_zh: str
    name_en: str
    grade: str
    grade_standard: str
    unit: ItemUnit
    net_grams: int
    is_catch_weight: bool
    family: Family | None
    variety: str
    geographical_indication: str
    story_zh: str
    story_en: str
    brand_name: str
    contact_phone: str


@dataclass(frozen=True, slots=True)
class Story:
    """A batch with its origin and producer, and the code through which somebody came."""

    batch_id: int
    lot: str
    state: BatchState
    is_held: bool
    harvested_on: date
    best_before_on: date
    member_name: str
    """Masked."""
    producer_name: str
    uscc: str | None
    address: str
    contact_phone: str
    site_id: int
    site_name: str
    altitude_m: int | None
    latitude_e6: int | None
    longitude_e6: int | None
    division_code: str | None
    code_id: int | None
    serial: str | None
    code_state: CodeState | None


def find(
    session: Session, gtin: str, lot: str | None, serial: str | None
) -> tuple[Goods, Story | None] | None:
    """Return what a code names, in one statement; None when there is no such batch or code.

    With a lot the batch decides, and a serial that is not of it leaves `code_id` None.
    """
    if lot is None and serial is None:
        return None
    named = false() if serial is None else and_(Code.gtin == gtin, Code.serial == serial)
    statement = _stories(named, is_needed=lot is None).where(Batch.gtin == gtin)
    if lot is not None:
        statement = statement.where(Batch.number == lot)
    found = session.execute(statement).one_or_none()
    if found is None:
        return None
    split = len(_GOODS)
    story = Story(*found[split:])
    return Goods(*found[:split]), replace(story, member_name=masked(story.member_name))


def goods(session: Session, gtin: str) -> Goods | None:
    """Return what a GTIN names; None when we know no such item."""
    found = session.execute(
        select(*_GOODS)
        .join(Party, Party.id == TradeItem.brand_party_id)
        .outerjoin(ItemProduct, ItemProduct.trade_item_id == TradeItem.id)
        .outerjoin(Product, Product.id == ItemProduct.product_id)
        .where(TradeItem.gtin == gtin)
    ).one_or_none()
    return None if found is None else Goods(*found)


_GOODS: tuple[Any, ...] = (
    TradeItem.gtin,
    TradeItem.name_zh,
    TradeItem.name_en,
    TradeItem.grade,
    TradeItem.grade_standard,
    TradeItem.unit,
    TradeItem.net_grams,
    TradeItem.is_catch_weight,
    Product.family,
    Product.variety,
    Product.geographical_indication,
    Product.story_zh,
    Product.story_en,
    Party.short_name,
    Party.contact_phone,
)


def _stories(named: ColumnElement[bool], *, is_needed: bool) -> Rows:
    return (
        select(
            *_GOODS,
            Batch.id,
            Batch.number,
            Batch.state,
            Batch.is_held,
            Batch.harvested_on,
            Batch.best_before_on,
            Batch.member_name,
            Party.name,
            Party.uscc,
            Party.address,
            Party.contact_phone,
            Site.id,
            Site.name,
            Site.altitude_m,
            Site.latitude_e6,
            Site.longitude_e6,
            Site.division_code,
            Code.id,
            Code.serial,
            Code.state,
        )
        .select_from(Batch)
        .join(TradeItem, TradeItem.id == Batch.trade_item_id)
        .join(Party, Party.id == Batch.producer_id)
        .join(Site, Site.id == Batch.site_id)
        .join(Code, and_(Code.batch_id == Batch.id, named), isouter=not is_needed)
        .outerjoin(ItemProduct, ItemProduct.trade_item_id == TradeItem.id)
        .outerjoin(Product, Product.id == ItemProduct.product_id)
    )
