"""Factories for what contracts owns: a co-operative that sells to a buyer under a priced contract; orders."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any

from sqlalchemy import select

from supplychain.base.models.party import Party, Site
from supplychain.base.models.trade_item import TradeItem
from supplychain.base.rules import PartyKind, SiteKind
from supplychain.contracts.models.contract import Channel, Contract, ContractLine, Price
from supplychain.contracts.models.order import Order, OrderLine
from supplychain.contracts.models.settlement import Settlement
from supplychain.contracts.rules import ContractState, OrderState, PriceState
from supplychain.contracts.services import delivery, settlement
from supplychain.contracts.services.delivery import DeliveryFact, DeliveryFacts
from supplychain.contracts.services.settlement import IssueSettlement
from supplychain.kernel.clock import local_day
from supplychain.kernel.db.uow import Database, UnitOfWork
from supplychain.kernel.permissions import SYSTEM, Actor
from supplychain.kernel.units import amount_fen
from tests.make.base import make_item, make_party, make_site

_numbers = count(1)

BUYERS = {
    "wholesale": (PartyKind.MARKET, SiteKind.MARKET),
    "supermarket": (PartyKind.SUPERMARKET, SiteKind.DEPOT),
    "community": (PartyKind.COMMUNITY, SiteKind.PICKUP),
    "enterprise": (PartyKind.ENTERPRISE, SiteKind.CANTEEN),
}


@dataclass(frozen=True, slots=True)
class Deal:
    """A contract with one line, its parties, the place where the buyer takes goods in."""

    contract: Contract
    line: ContractLine
    seller: Party
    buyer: Party
    gate: Site
    item: TradeItem

    @property
    def selling(self) -> Actor:
        """Return somebody who acts for the co-operative."""
        return acting_for(self.seller)

    @property
    def buying(self) -> Actor:
        """Return somebody who acts for the buyer."""
        return acting_for(self.buyer)


def acting_for(party: Party, name: str = "王建国") -> Actor:
    """Return somebody who acts for a party and may do everything that its role may."""
    return Actor(None, name, party.id, None, frozenset({"*"}))


def make_deal(
    uow: UnitOfWork,
    channel: str = "supermarket",
    *,
    seller: Party | None = None,
    buyer: Party | None = None,
    item: TradeItem | None = None,
    quantity_grams: int | None = 10_000_000,
    tolerance_bp: int = 500,
    price_e4: int | None = 32_000,
    **terms: object,
) -> Deal:
    """Make an active contract of this season: 10 t of cabbage at 3.20 yuan/kg unless told otherwise."""
    party_kind, site_kind = BUYERS[channel]
    seller = seller or make_party(uow)
    buyer = buyer or make_party(uow, party_kind)
    item = item or make_item(uow, seller)
    gate = make_site(uow, buyer, site_kind)
    contract = make_contract(uow, channel, seller, buyer, **terms)
    line = make_line(uow, contract, item, quantity_grams=quantity_grams, tolerance_bp=tolerance_bp)
    if price_e4 is not None:
        make_price(uow, line, price_e4, contract.valid_from)
    return Deal(contract, line, seller, buyer, gate, item)


def make_contract(uow: UnitOfWork, channel: str, seller: Party, buyer: Party, **terms: object) -> Contract:
    """Make an active contract on its channel's terms, over this and the coming season."""
    kept = uow.session.scalars(select(Channel).where(Channel.code == channel)).one()
    given: dict[str, object] = {
        "number": f"HT-TEST-{next(_numbers):05d}",
        "title": "高山蔬菜直供",
        "channel_id": kept.id,
        "seller_id": seller.id,
        "buyer_id": buyer.id,
        "signed_on": date(2026, 8, 20),
        "valid_from": date(2026, 9, 1),
        "valid_to": date(2027, 8, 31),
        "payment_days": kept.payment_days,
        "loss_allowance_bp": kept.loss_allowance_bp,
        "commission_bp": kept.commission_bp,
        "state": ContractState.ACTIVE,
    }
    row = Contract(**(given | terms))
    uow.session.add(row)
    uow.session.flush()
    return row


def make_line(uow: UnitOfWork, contract: Contract, item: TradeItem, **values: object) -> ContractLine:
    """Make a line of a contract: 10 t unless told otherwise."""
    given: dict[str, object] = {
        "contract_id": contract.id,
        "trade_item_id": item.id,
        "quantity_grams": 10_000_000,
    }
    row = ContractLine(**(given | values))
    uow.session.add(row)
    uow.session.flush()
    return row


def make_price(
    uow: UnitOfWork, line: ContractLine, price_e4: int, on: date, state: PriceState = PriceState.ACTIVE
) -> Price:
    """Make a price from a day on."""
    row = Price(contract_line_id=line.id, price_e4=price_e4, effective_on=on, state=state)
    uow.session.add(row)
    uow.session.flush()
    return row


def make_order(
    uow: UnitOfWork, deal: Deal, boxes: int = 100, price_e4: int = 32_000, **values: object
) -> tuple[Order, OrderLine]:
    """Make a confirmed order of one line for the day after tomorrow, and draw it from the contract."""
    grams = boxes * deal.item.net_grams
    given: dict[str, object] = {
        "number": f"DD-TEST-{next(_numbers):05d}",
        "contract_id": deal.contract.id,
        "seller_id": deal.seller.id,
        "buyer_id": deal.buyer.id,
        "ship_to_id": deal.gate.id,
        "deliver_on": local_day(uow.now) + timedelta(days=2),
        "placed_at": uow.now,
        "placed_by": "王建国",
        "confirmed_at": uow.now,
        "boxes": boxes,
        "grams": grams,
        "amount_fen": amount_fen(grams, price_e4),
        "state": OrderState.CONFIRMED,
    }
    order = Order(**(given | values))
    uow.session.add(order)
    uow.session.flush()
    line = OrderLine(
        order_id=order.id,
        contract_line_id=deal.line.id,
        trade_item_id=deal.item.id,
        item_name_zh=deal.item.name_zh,
        item_name_en=deal.item.name_en,
        grade=deal.item.grade,
        boxes=boxes,
        grams=grams,
        price_e4=price_e4,
        amount_fen=amount_fen(grams, price_e4),
    )
    deal.line.ordered_grams += grams
    uow.session.add(line)
    uow.session.flush()
    return order, line


def deal_in(db: Database, **values: Any) -> Deal:
    """Make a contract in a database that the entrances look at."""
    with db.unit_of_work(SYSTEM) as uow:
        return make_deal(uow, **values)


def settled(uow: UnitOfWork, deal: Deal, price_e4: int = 32_000) -> Settlement:
    """Deliver 100 boxes in October, a little lost and a little turned away, and settle the month."""
    order, line = make_order(uow, deal, 100, price_e4)
    facts = (DeliveryFact(line.id, 1_500_000, 1_440_000, 15_000, 45_000, "外叶黄化"),)
    received_at = datetime(2026, 10, 14, 20, 30, tzinfo=UTC)
    delivery.record(uow, DeliveryFacts(f"SH/{order.id}", order.id, deal.gate.id, received_at, facts))
    return settlement.issue(uow, IssueSettlement(deal.contract.number, date(2026, 10, 1)))
