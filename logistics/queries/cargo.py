"""Reading what is aboard a shipment, by gate and unit; what gates took in is not here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from logistics.models.packing import Allocation, LogisticUnit, UnitContent
from logistics.models.shipment import Shipment
from logistics.rules.states import UnitKind, UnitState
from supplychain.base.models.party import Site
from supplychain.base.models.trade_item import TradeItem
from supplychain.contracts.models.order import Order, OrderLine
from supplychain.kernel.db.paging import Rows
from supplychain.kernel.i18n import locale
from supplychain.kernel.permissions import Actor
from traceability.models.batch import Batch


@dataclass(frozen=True, slots=True)
class ContentRow:
    """One content of a unit aboard."""

    unit_id: int
    sscc: str
    kind: UnitKind
    unit_state: UnitState
    order: str
    order_line_id: int
    buyer_id: int
    site: str
    batch_id: int
    batch: str
    item_name_zh: str
    item_name_en: str
    boxes: int
    grams: int

    @property
    def item_name(self) -> str:
        """Return the item's name in the reader's language."""
        return self.item_name_en if locale() == "en" else self.item_name_zh


def contents(session: Session, actor: Actor, shipment_id: int) -> Sequence[ContentRow]:
    """Return what is aboard, by gate and unit; a buyer sees only what comes to its own gates."""
    found = _contents().where(LogisticUnit.shipment_id == shipment_id)
    if not actor.sees_all:
        mine = or_(
            Order.buyer_id == actor.party_id,
            Order.seller_id == actor.party_id,
            Shipment.carrier_id == actor.party_id,
        )
        found = found.join(Shipment, Shipment.id == LogisticUnit.shipment_id).where(mine)
    return [
        ContentRow(*row)
        for row in session.execute(found.order_by(Site.code, LogisticUnit.id, UnitContent.id))
    ]


def of_unit(session: Session, unit_id: int) -> Sequence[ContentRow]:
    """Return what a unit holds; the caller has checked who asks."""
    found = _contents().where(LogisticUnit.id == unit_id).order_by(UnitContent.id)
    return [ContentRow(*row) for row in session.execute(found)]


def _contents() -> Rows:
    return (
        select(
            LogisticUnit.id,
            LogisticUnit.sscc,
            LogisticUnit.kind,
            LogisticUnit.state,
            Order.number,
            OrderLine.id,
            Order.buyer_id,
            Site.code,
            Batch.id,
            Batch.number,
            TradeItem.name_zh,
            TradeItem.name_en,
            UnitContent.boxes,
            UnitContent.grams,
        )
        .join(UnitContent, UnitContent.unit_id == LogisticUnit.id)
        .join(Allocation, Allocation.id == UnitContent.allocation_id)
        .join(OrderLine, OrderLine.id == Allocation.order_line_id)
        .join(Order, Order.id == LogisticUnit.order_id)
        .join(Site, Site.id == Order.ship_to_id)
        .join(Batch, Batch.id == UnitContent.batch_id)
        .join(TradeItem, TradeItem.id == Batch.trade_item_id)
    )
