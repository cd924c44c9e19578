"""Reading orders and what is still to be delivered on them. Seller and buyer see their own."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session, aliased

from supplychain.base.models.party import Party, Site
from supplychain.base.models.trade_item import TradeItem
from supplychain.contracts.models.contract import Channel, Contract
from supplychain.contracts.models.order import Order, OrderLine
from supplychain.contracts.queries.naming import item_name
from supplychain.contracts.queries.visibility import visible
from supplychain.contracts.rules import OrderState
from supplychain.kernel.db.paging import Page, PageRequest, Rows, paginate
from supplychain.kernel.errors import NotFound
from supplychain.kernel.i18n import N_
from supplychain.kernel.permissions import SYSTEM, Actor

OPEN = (OrderState.CONFIRMED, OrderState.PARTLY_DELIVERED)
"""States in which goods are still to come."""


@dataclass(frozen=True, slots=True)
class OrderRow:
    """An order as lists and its page show it; boxes, mass and money are the sums of its lines."""

    id: int
    number: str
    contract: str
    channel: str
    seller_id: int
    seller: str
    seller_name: str
    buyer_id: int
    buyer: str
    buyer_name: str
    buyer_reference: str | None
    ship_to: str
    ship_to_name: str
    deliver_on: date
    placed_at: datetime
    placed_by: str
    confirmed_at: datetime | None
    note: str
    boxes: int
    grams: int
    amount_fen: int
    state: OrderState
    version: int

    @property
    def placed_by_whom(self) -> str:
        """Return the person who placed it; empty when the suite took it in."""
        return "" if self.placed_by == SYSTEM.name else self.placed_by


@dataclass(frozen=True, slots=True)
class OrderLineRow:
    """A line of an order with what came so far."""

    id: int
    trade_item_id: int
    sku: str
    item_name_zh: str
    item_name_en: str
    grade: str
    boxes: int
    grams: int
    price_e4: int
    amount_fen: int
    delivered_grams: int

    @property
    def item_name(self) -> str:
        """Return the item's name with its grade, in the reader's language."""
        return item_name(self.item_name_zh, self.item_name_en, self.grade)


@dataclass(frozen=True, slots=True)
class OpenLine:
    """A line that goods are still to be sent for."""

    order_id: int
    order_number: str
    order_line_id: int
    trade_item_id: int
    item_name_zh: str
    item_name_en: str
    grade: str
    boxes: int
    grams: int
    delivered_grams: int
    seller_id: int
    buyer_id: int
    buyer_name: str
    ship_to_id: int
    ship_to_name: str
    deliver_on: date
    min_remaining_life_days: int
    channel_code: str


@dataclass(frozen=True, slots=True)
class OrderFilter(PageRequest):
    """Which orders: in a state, of a channel, buyer (code) or contract, to be delivered from and to."""

    q: str = ""
    state: OrderState | None = None
    channel: str = ""
    buyer: str = ""
    contract: str = ""
    from_day: date | None = None
    to_day: date | None = None


def page(session: Session, actor: Actor, wanted: OrderFilter) -> Page[OrderRow]:
    """Return the orders that fit and that the actor may see, latest day first, with the sums of all."""
    return paginate(
        session,
        _fitting(actor, wanted),
        wanted,
        row=OrderRow,
        sorts={
            "number": Order.number,
            "deliver_on": Order.deliver_on,
            "placed_at": Order.placed_at,
            "buyer": _BUYER.code,
            "boxes": Order.boxes,
            "grams": Order.grams,
            "amount_fen": Order.amount_fen,
        },
        default="-deliver_on",
        key=Order.id,
        sums={"boxes": Order.boxes, "grams": Order.grams, "amount_fen": Order.amount_fen},
    )


def one(session: Session, actor: Actor, number: str) -> OrderRow:
    """Return an order by its number; NotFound when there is none that the actor may see."""
    found = session.execute(_orders().where(Order.number == number, visible(actor, Order))).one_or_none()
    if found is None:
        raise NotFound(N_("There is no order %(number)s."), number=number)
    return OrderRow(*found)


def lines_of(session: Session, order_id: int) -> Sequence[OrderLineRow]:
    """Return the lines of an order that its reader has found already."""
    found = session.execute(_lines().where(OrderLine.order_id == order_id).order_by(OrderLine.id))
    return [OrderLineRow(*row) for row in found]


def lines_of_many(session: Session, order_ids: Sequence[int]) -> Mapping[int, Sequence[OrderLineRow]]:
    """Return the lines of orders that their reader has found already, by order."""
    found: dict[int, list[OrderLineRow]] = {}
    wanted = _lines().add_columns(OrderLine.order_id).where(OrderLine.order_id.in_(order_ids))
    for *columns, order_id in session.execute(wanted.order_by(OrderLine.id)):
        found.setdefault(order_id, []).append(OrderLineRow(*columns))
    return found


def lines(session: Session, order_line_ids: Collection[int]) -> Mapping[int, OpenLine]:
    """Return the facts of order lines by their ids, whatever their order's state; for those who sent them."""
    found = session.execute(_open_lines().where(OrderLine.id.in_(order_line_ids)))
    return {line.order_line_id: line for line in (OpenLine(*row) for row in found)}


def open_lines(session: Session, actor: Actor) -> Sequence[OpenLine]:
    """Return the lines of confirmed and partly delivered orders that the actor may see, soonest first."""
    found = session.execute(
        _open_lines()
        .where(visible(actor, Order), Order.state.in_(OPEN))
        .order_by(Order.deliver_on, Order.id, OrderLine.id)
    )
    return [OpenLine(*row) for row in found]


def last_boxes(session: Session, actor: Actor, contract: str) -> Mapping[str, int]:
    """Return the boxes by sku of the last order under a contract: what is likely wanted again."""
    last = (
        select(func.max(Order.id))
        .join(Contract, Contract.id == Order.contract_id)
        .where(Contract.number == contract, visible(actor, Order), Order.state != OrderState.CANCELLED)
        .scalar_subquery()
    )
    found = session.execute(
        select(TradeItem.sku, OrderLine.boxes)
        .join(TradeItem, TradeItem.id == OrderLine.trade_item_id)
        .where(OrderLine.order_id == last)
    )
    return dict(found.all())


def last_ship_to(session: Session, actor: Actor, contract: str) -> str:
    """Return the site code that the last order under a contract went to; empty when there is none."""
    found = session.scalar(
        select(Site.code)
        .join(Order, Order.ship_to_id == Site.id)
        .join(Contract, Contract.id == Order.contract_id)
        .where(Contract.number == contract, visible(actor, Order))
        .order_by(Order.id.desc())
        .limit(1)
    )
    return found or ""


def _fitting(actor: Actor, wanted: OrderFilter) -> Rows:
    found = _orders().where(visible(actor, Order))
    for column, value in (
        (Order.state, wanted.state),
        (Channel.code, wanted.channel),
        (_BUYER.code, wanted.buyer),
        (Contract.number, wanted.contract),
    ):
        if value:
            found = found.where(column == value)
    if wanted.from_day is not None:
        found = found.where(Order.deliver_on >= wanted.from_day)
    if wanted.to_day is not None:
        found = found.where(Order.deliver_on <= wanted.to_day)
    if wanted.q:
        columns = (Order.number, Order.buyer_reference, Contract.number, _BUYER.name, _SELLER.name, Site.name)
        found = found.where(or_(*(column.contains(wanted.q, autoescape=True) for column in columns)))
    return found


_SELLER, _BUYER = aliased(Party), aliased(Party)


def _orders() -> Rows:
    return (
        select(
            Order.id,
            Order.number,
            Contract.number,
            Channel.code,
            Order.seller_id,
            _SELLER.code,
            _SELLER.short_name,
            Order.buyer_id,
            _BUYER.code,
            _BUYER.short_name,
            Order.buyer_reference,
            Site.code,
            Site.name,
            Order.deliver_on,
            Order.placed_at,
            Order.placed_by,
            Order.confirmed_at,
            Order.note,
            Order.boxes,
            Order.grams,
            Order.amount_fen,
            Order.state,
            Order.version,
        )
        .join(Contract, Contract.id == Order.contract_id)
        .join(Channel, Channel.id == Contract.channel_id)
        .join(_SELLER, _SELLER.id == Order.seller_id)
        .join(_BUYER, _BUYER.id == Order.buyer_id)
        .join(Site, Site.id == Order.ship_to_id)
    )


def _lines() -> Rows:
    return select(
        OrderLine.id,
        TradeItem.id,
        TradeItem.sku,
        OrderLine.item_name_zh,
        OrderLine.item_name_en,
        OrderLine.grade,
        OrderLine.boxes,
        OrderLine.grams,
        OrderLine.price_e4,
        OrderLine.amount_fen,
        OrderLine.delivered_grams,
    ).join(TradeItem, TradeItem.id == OrderLine.trade_item_id)


def _open_lines() -> Rows:
    return (
        select(
            Order.id,
            Order.number,
            OrderLine.id,
            OrderLine.trade_item_id,
            OrderLine.item_name_zh,
            OrderLine.item_name_en,
            OrderLine.grade,
            OrderLine.boxes,
            OrderLine.grams,
            OrderLine.delivered_grams,
            Order.seller_id,
            Order.buyer_id,
            _BUYER.short_name,
            Order.ship_to_id,
            Site.name,
            Order.deliver_on,
            Contract.min_remaining_life_days,
            Channel.code,
        )
        .join(Order, Order.id == OrderLine.order_id)
        .join(Contract, Contract.id == Order.contract_id)
        .join(Channel, Channel.id == Contract.channel_id)
        .join(_BUYER, _BUYER.id == Order.buyer_id)
        .join(Site, Site.id == Order.ship_to_id)
    )
