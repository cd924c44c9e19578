"""A delivery record: what a gate took in, lost and refused, written down once for the money."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import case, insert, select, update

from supplychain.contracts.models.contract import Contract
from supplychain.contracts.models.order import Delivery, DeliveryLine, Order, OrderLine
from supplychain.contracts.rules import ORDER, OrderState, payable
from supplychain.kernel.clock import local_day
from supplychain.kernel.db.uow import UnitOfWork
from supplychain.kernel.documents import audit, sequence
from supplychain.kernel.errors import Invalid, NotFound, Refused
from supplychain.kernel.i18n import N_
from supplychain.kernel.units import KG

DOCUMENT = "contracts.delivery"
_TAKES_GOODS = {OrderState.CONFIRMED, OrderState.PARTLY_DELIVERED, OrderState.DELIVERED}


@dataclass(frozen=True, slots=True)
class DeliveryFact:
    """One order line at the gate: shipped = accepted + rejected + lost, in grams."""

    order_line_id: int
    shipped_grams: int
    accepted_grams: int
    rejected_grams: int = 0
    loss_grams: int = 0
    reason: str = ""


@dataclass(frozen=True, slots=True)
class DeliveryFacts:
    """What a receipt says about one order; `source` names receipt and order and is recorded once."""

    source: str
    order_id: int
    site_id: int
    received_at: datetime
    lines: Sequence[DeliveryFact]
    shipment_number: str = ""
    cold_chain: str = ""
    is_last: bool = True
    """Nothing more is coming on this order."""


def record(uow: UnitOfWork, facts: DeliveryFacts) -> Delivery:
    """Record a delivery at the order's prices and the contract's allowance; the order moves on.

    The same source again returns the first record and changes nothing. Raises Invalid when the masses do not
    balance or a line is not of the order, Refused when the order is not confirmed.
    """
    order = _locked(uow, facts.order_id)
    first = uow.session.scalar(select(Delivery).where(Delivery.source == facts.source))
    if first is not None:
        return first
    if order.state not in _TAKES_GOODS:
        raise Refused(
            N_("%(order)s is %(state)s: nothing can be delivered on it."),
            order=order.number,
            state=ORDER.label(order.state),
        )
    lines = _order_lines(uow, order)
    _check(uow, facts, lines)
    delivery = _insert(uow, order, facts, lines)
    _raise_delivered(uow, facts)
    _move(uow, order, facts, lines)
    _write_down(uow, order, delivery, facts)
    return delivery


def _locked(uow: UnitOfWork, order_id: int) -> Order:
    order = uow.session.scalar(
        select(Order)
        .where(Order.id == order_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    if order is None:
        raise NotFound(N_("There is no such order."))
    return order


def _order_lines(uow: UnitOfWork, order: Order) -> Mapping[int, OrderLine]:
    found = uow.session.scalars(
        select(OrderLine).where(OrderLine.order_id == order.id).execution_options(populate_existing=True)
    )
    return {line.id: line for line in found}


def _check(uow: UnitOfWork, facts: DeliveryFacts, lines: Mapping[int, OrderLine]) -> None:
    if facts.received_at > uow.now:
        raise Invalid.at("received_at", N_("This lies in the future."))
    twice = [key for key, count in Counter(fact.order_line_id for fact in facts.lines).items() if count > 1]
    if not facts.lines or twice or any(fact.order_line_id not in lines for fact in facts.lines):
        raise Invalid.at("lines", N_("Each line of the delivery must be one line of the order."))
    for fact in facts.lines:
        _check_balance(fact)


def _check_balance(fact: DeliveryFact) -> None:
    parts = (fact.accepted_grams, fact.rejected_grams, fact.loss_grams)
    if min(parts) < 0 or sum(parts) != fact.shipped_grams:
        raise Invalid.at(
            "lines",
            N_(
                "Accepted %(accepted)s + refused %(rejected)s + lost %(loss)s kg "
                "are not the %(shipped)s kg shipped."
            ),
            accepted=KG.short(fact.accepted_grams),
            rejected=KG.short(fact.rejected_grams),
            loss=KG.short(fact.loss_grams),
            shipped=KG.short(fact.shipped_grams),
        )


def _insert(uow: UnitOfWork, order: Order, facts: DeliveryFacts, lines: Mapping[int, OrderLine]) -> Delivery:
    delivery = Delivery(
        number=sequence.next_number(uow, "JS", local_day(facts.received_at)),
        source=facts.source,
        contract_id=order.contract_id,
        order_id=order.id,
        site_id=facts.site_id,
        received_at=facts.received_at,
        shipment_number=facts.shipment_number,
        cold_chain=facts.cold_chain,
    )
    uow.session.add(delivery)
    uow.flush()
    allowance = uow.session.get_one(Contract, order.contract_id).loss_allowance_bp
    rows = [_row(delivery, fact, lines[fact.order_line_id].price_e4, allowance) for fact in facts.lines]
    uow.session.execute(insert(DeliveryLine), rows)
    return delivery


def _row(delivery: Delivery, fact: DeliveryFact, price_e4: int, allowance_bp: int) -> dict[str, object]:
    due = payable(fact.shipped_grams, fact.accepted_grams, fact.loss_grams, allowance_bp, price_e4)
    return {
        "delivery_id": delivery.id,
        "order_line_id": fact.order_line_id,
        "shipped_grams": fact.shipped_grams,
        "accepted_grams": fact.accepted_grams,
        "rejected_grams": fact.rejected_grams,
        "loss_grams": fact.loss_grams,
        "reason": fact.reason[:200],
        "price_e4": price_e4,
        "loss_allowance_bp": allowance_bp,
        "tolerated_loss_grams": due.tolerated_loss_grams,
        "payable_grams": due.payable_grams,
        "amount_fen": due.amount_fen,
    }


def _raise_delivered(uow: UnitOfWork, facts: DeliveryFacts) -> None:
    accepted = {fact.order_line_id: fact.accepted_grams for fact in facts.lines}
    uow.session.execute(
        update(OrderLine)
        .where(OrderLine.id.in_(accepted))
        .values(delivered_grams=OrderLine.delivered_grams + case(accepted, value=OrderLine.id)),
        execution_options={"synchronize_session": False},
    )


def _move(uow: UnitOfWork, order: Order, facts: DeliveryFacts, lines: Mapping[int, OrderLine]) -> None:
    """Move the order on; goods that come after the last are written down and change no state."""
    accepted = {fact.order_line_id: fact.accepted_grams for fact in facts.lines}
    is_complete = all(
        line.delivered_grams + accepted.get(key, 0) >= line.grams for key, line in lines.items()
    )
    following = OrderState.DELIVERED if facts.is_last or is_complete else OrderState.PARTLY_DELIVERED
    if order.state is not OrderState.DELIVERED:
        ORDER.check(order.state, following)
        order.state = following
        uow.flush()


def _write_down(uow: UnitOfWork, order: Order, delivery: Delivery, facts: DeliveryFacts) -> None:
    kg = KG.short(sum(fact.accepted_grams for fact in facts.lines))
    audit.record(uow, DOCUMENT, delivery.id, N_("Recorded for %(order)s"), order=order.number)
    audit.record(
        uow,
        "contracts.order",
        order.id,
        N_("Delivered %(kg)s kg (%(delivery)s)"),
        kg=kg,
        delivery=delivery.number,
    )
