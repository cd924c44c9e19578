"""Reading prices: what counts on a day, what is scheduled. A buyer sees only those of own contracts."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Integer, func, or_, select
from sqlalchemy.orm import Session, aliased

from supplychain.base.models.party import Party
from supplychain.base.models.trade_item import TradeItem
from supplychain.contracts.models.contract import Channel, Contract, ContractLine, Price
from supplychain.contracts.queries.visibility import visible
from supplychain.contracts.rules import PriceState
from supplychain.kernel.db.paging import Page, PageRequest, Rows, paginate
from supplychain.kernel.permissions import Actor


@dataclass(frozen=True, slots=True)
class PriceRow:
    """A price as the price list shows it."""

    id: int
    contract: str
    channel: str
    seller_name: str
    buyer_name: str
    sku: str
    item_name_zh: str
    item_name_en: str
    grade: str
    price_e4: int
    effective_on: date
    state: PriceState


@dataclass(frozen=True, slots=True)
class PriceFilter(PageRequest):
    """Which prices: of a contract (number), of an item (sku), in a state, with a text in name or number."""

    q: str = ""
    contract: str = ""
    sku: str = ""
    state: PriceState | None = None


def page(session: Session, actor: Actor, wanted: PriceFilter) -> Page[PriceRow]:
    """Return the prices that fit and that the actor may see, the newest day first."""
    return paginate(
        session,
        _fitting(actor, wanted),
        wanted,
        row=PriceRow,
        sorts={
            "effective_on": Price.effective_on,
            "contract": Contract.number,
            "sku": TradeItem.sku,
            "price_e4": Price.price_e4,
        },
        default="-effective_on",
        key=Price.id,
    )


def of_contract(session: Session, contract_id: int) -> list[PriceRow]:
    """Return every price of a contract, by item and day; the caller has found the contract for its reader."""
    found = _prices().where(Contract.id == contract_id).order_by(TradeItem.sku, Price.effective_on)
    return [PriceRow(*row) for row in session.execute(found)]


def on_day(session: Session, contract_line_ids: Collection[int], day: date) -> dict[int, int]:
    """Return the price of each contract line that counts on a day; lines without one are left out."""
    ranked = (
        select(
            Price.contract_line_id,
            Price.price_e4,
            func.row_number(type_=Integer())
            .over(partition_by=Price.contract_line_id, order_by=Price.effective_on.desc())
            .label("place"),
        )
        .where(Price.contract_line_id.in_(contract_line_ids), Price.effective_on <= day)
        .subquery()
    )
    found = session.execute(select(ranked.c.contract_line_id, ranked.c.price_e4).where(ranked.c.place == 1))
    return dict(found.all())


def first(session: Session, contract_ids: Collection[int]) -> dict[int, int]:
    """Return the first price of each line of some contracts."""
    found: dict[int, int] = {}
    ordered = session.execute(
        select(Price.contract_line_id, Price.price_e4)
        .join(ContractLine, ContractLine.id == Price.contract_line_id)
        .where(ContractLine.contract_id.in_(contract_ids))
        .order_by(Price.effective_on)
    )
    for line_id, price_e4 in ordered:
        found.setdefault(line_id, price_e4)
    return found


def _fitting(actor: Actor, wanted: PriceFilter) -> Rows:
    found = _prices().where(visible(actor))
    if wanted.contract:
        found = found.where(Contract.number == wanted.contract)
    if wanted.sku:
        found = found.where(TradeItem.sku == wanted.sku)
    if wanted.state is not None:
        found = found.where(Price.state == wanted.state)
    if wanted.q:
        columns = (Contract.number, TradeItem.sku, TradeItem.name_zh, TradeItem.name_en)
        found = found.where(or_(*(column.contains(wanted.q, autoescape=True) for column in columns)))
    return found


def _prices() -> Rows:
    seller, buyer = aliased(Party), aliased(Party)
    return (
        select(
            Price.id,
            Contract.number,
            Channel.code,
            seller.short_name,
            buyer.short_name,
            TradeItem.sku,
            TradeItem.name_zh,
            TradeItem.name_en,
            TradeItem.grade,
            Price.price_e4,
            Price.effective_on,
            Price.state,
        )
        .join(ContractLine, ContractLine.id == Price.contract_line_id)
        .join(Contract, Contract.id == ContractLine.contract_id)
        .join(Channel, Channel.id == Contract.channel_id)
        .join(TradeItem, TradeItem.id == ContractLine.trade_item_id)
        .join(seller, seller.id == Contract.seller_id)
        .join(buyer, buyer.id == Contract.buyer_id)
    )
