"""Reading delivery records. Seller and buyer of the order see them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, aliased

from supplychain.base.models.party import Party, Site
from supplychain.base.models.trade_item import TradeItem
from supplychain.contracts.models.contract import Contract
from supplychain.contracts.models.order import Delivery, DeliveryLine, Order, OrderLine
from supplychain.contracts.models.settlement import Settlement, SettlementLine
from supplychain.contracts.queries.naming import item_name
from supplychain.contracts.queries.visibility import visible
from supplychain.kernel.clock import day_start
from supplychain.kernel.db.paging import Page, PageRequest, Rows, paginate
from supplychain.kernel.permissions import Actor


@dataclass(frozen=True, slots=True)
class DeliveryRow:
    """One delivered line: what was sent, taken, lost and refused, what is paid, and where it is settled."""

    id: int
    number: str
    contract: str
    order: str
    seller_name: str
    buyer_name: str
    site_name: str
    received_at: datetime
    shipment_number: str
    cold_chain: str
    sku: str
    item_name_zh: str
    item_name_en: str
    grade: str
    shipped_grams: int
    accepted_grams: int
    rejected_grams: int
    loss_grams: int
    reason: str
    price_e4: int
    payable_grams: int
    amount_fen: int
    settlement: str | None

    @property
    def item_name(self) -> str:
        """Return the item's name with its grade, in the reader's language."""
        return item_name(self.item_name_zh, self.item_name_en, self.grade)


@dataclass(frozen=True, slots=True)
class DeliveryFilter(PageRequest):
    """Which deliveries: on an order, under a contract, received from and to a day."""

    q: str = ""
    order: str = ""
    contract: str = ""
    from_day: date | None = None
    to_day: date | None = None


def page(session: Session, actor: Actor, wanted: DeliveryFilter) -> Page[DeliveryRow]:
    """Return the delivered lines that fit and that the actor may see, newest first, with the sums of all."""
    return paginate(
        session,
        _fitting(actor, wanted),
        wanted,
        row=DeliveryRow,
        sorts={"received_at": Delivery.received_at, "number": Delivery.number, "sku": TradeItem.sku},
        default="-received_at",
        key=DeliveryLine.id,
        sums={
            "shipped_grams": DeliveryLine.shipped_grams,
            "accepted_grams": DeliveryLine.accepted_grams,
            "rejected_grams": DeliveryLine.rejected_grams,
            "loss_grams": DeliveryLine.loss_grams,
            "amount_fen": DeliveryLine.amount_fen,
        },
    )


def of_order(session: Session, order_id: int) -> Sequence[DeliveryRow]:
    """Return what was delivered on an order that its reader has found already, oldest first."""
    found = session.execute(
        _deliveries().where(Order.id == order_id).order_by(Delivery.received_at, DeliveryLine.id)
    )
    return [DeliveryRow(*row) for row in found]


def _fitting(actor: Actor, wanted: DeliveryFilter) -> Rows:
    found = _deliveries().where(visible(actor, Order))
    if wanted.order:
        found = found.where(Order.number == wanted.order)
    if wanted.contract:
        found = found.where(Contract.number == wanted.contract)
    if wanted.from_day is not None:
        found = found.where(Delivery.received_at >= day_start(wanted.from_day))
    if wanted.to_day is not None:
        found = found.where(Delivery.received_at < day_start(date.fromordinal(wanted.to_day.toordinal() + 1)))
    if wanted.q:
        columns = (
            Delivery.number,
            Order.number,
            Delivery.shipment_number,
            OrderLine.item_name_zh,
            TradeItem.sku,
        )
        found = found.where(or_(*(column.contains(wanted.q, autoescape=True) for column in columns)))
    return found


def _deliveries() -> Rows:
    seller, buyer = aliased(Party), aliased(Party)
    return (
        select(
            DeliveryLine.id,
            Delivery.number,
            Contract.number,
            Order.number,
            seller.short_name,
            buyer.short_name,
            Site.name,
            Delivery.received_at,
            Delivery.shipment_number,
            Delivery.cold_chain,
            TradeItem.sku,
            OrderLine.item_name_zh,
            OrderLine.item_name_en,
            OrderLine.grade,
            DeliveryLine.shipped_grams,
            DeliveryLine.accepted_grams,
            DeliveryLine.rejected_grams,
            DeliveryLine.loss_grams,
            DeliveryLine.reason,
            DeliveryLine.price_e4,
            DeliveryLine.payable_grams,
            DeliveryLine.amount_fen,
            Settlement.number,
        )
        .join(Delivery, Delivery.id == DeliveryLine.delivery_id)
        .join(Order, Order.id == Delivery.order_id)
        .join(Contract, Contract.id == Delivery.contract_id)
        .join(OrderLine, OrderLine.id == DeliveryLine.order_line_id)
        .join(TradeItem, TradeItem.id == OrderLine.trade_item_id)
        .join(Site, Site.id == Delivery.site_id)
        .join(seller, seller.id == Order.seller_id)
        .join(buyer, buyer.id == Order.buyer_id)
        .outerjoin(SettlementLine, SettlementLine.delivery_line_id == DeliveryLine.id)
        .outerjoin(Settlement, Settlement.id == SettlementLine.settlement_id)
    )
