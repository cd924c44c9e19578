"""Figures of the board and what waits: sums over the orders, deliveries and settlements that one may see."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import ColumnElement, SQLColumnExpression, func, select, true
from sqlalchemy.orm import Session

from supplychain.contracts.models.contract import Contract
from supplychain.contracts.models.order import Delivery, DeliveryLine, Order, OrderLine
from supplychain.contracts.models.settlement import Settlement
from supplychain.contracts.queries.order import OPEN
from supplychain.contracts.queries.visibility import visible
from supplychain.contracts.rules import ContractState, OrderState, SettlementState, next_month
from supplychain.kernel.clock import day_start, local_day
from supplychain.kernel.permissions import Actor

TREND_DAYS = 14


@dataclass(frozen=True, slots=True)
class Sum:
    """How many, how much, worth what; `trend` is the mass in kg of the last fourteen days, oldest first."""

    count: int
    grams: int
    fen: int
    trend: Sequence[int] = ()


def ordered(session: Session, actor: Actor, today: date) -> Sum:
    """Return what is to be delivered this month and is not cancelled."""
    stands = (visible(actor, Order), Order.state != OrderState.CANCELLED)
    count, grams, fen = session.execute(
        select(func.count(Order.id), _sum(Order.grams), _sum(Order.amount_fen)).where(
            *stands, Order.deliver_on >= today.replace(day=1), Order.deliver_on < next_month(today)
        )
    ).one()
    since = today - timedelta(days=TREND_DAYS - 1)
    by_day = session.execute(
        select(Order.deliver_on, func.sum(Order.grams))
        .where(*stands, Order.deliver_on.between(since, today))
        .group_by(Order.deliver_on)
    )
    return Sum(int(count), int(grams), int(fen), _trend({day: int(sum_) for day, sum_ in by_day}, since))


def delivered(session: Session, actor: Actor, today: date) -> Sum:
    """Return what was accepted this month, and its value."""
    since = today - timedelta(days=TREND_DAYS - 1)
    lines = session.execute(
        select(Delivery.received_at, _sum(DeliveryLine.accepted_grams), _sum(DeliveryLine.amount_fen))
        .join(Delivery, Delivery.id == DeliveryLine.delivery_id)
        .join(Order, Order.id == Delivery.order_id)
        .where(visible(actor, Order), Delivery.received_at >= day_start(min(since, today.replace(day=1))))
        .group_by(Delivery.received_at)
    ).all()
    this_month = [line for line in lines if line[0] >= day_start(today.replace(day=1))]
    by_day: dict[date, int] = {}
    for received_at, grams, _ in lines:
        by_day[local_day(received_at)] = by_day.get(local_day(received_at), 0) + int(grams)
    return Sum(
        len(this_month),
        sum(int(grams) for _, grams, _ in this_month),
        sum(int(fen) for *_, fen in this_month),
        _trend(by_day, since),
    )


def open_orders(session: Session, actor: Actor) -> Sum:
    """Return the orders that goods are still to come for, and how much."""
    count, grams = session.execute(
        select(func.count(Order.id.distinct()), _sum(OrderLine.grams - OrderLine.delivered_grams))
        .join(OrderLine, OrderLine.order_id == Order.id)
        .where(visible(actor, Order), Order.state.in_(OPEN))
    ).one()
    return Sum(int(count), max(0, int(grams)), 0)


def unpaid(session: Session, actor: Actor) -> int:
    """Return what is settled and not yet paid, in fen."""
    found = session.scalar(
        select(_sum(Settlement.total_fen)).where(
            visible(actor, Settlement), Settlement.state != SettlementState.PAID
        )
    )
    return int(found or 0)


def waiting_orders(session: Session, actor: Actor) -> int:
    """Return how many orders wait for the actor as their seller."""
    return _count(session, Order.id, Order.state == OrderState.PLACED, _mine(actor, Order.seller_id))


def waiting_settlements(session: Session, actor: Actor) -> int:
    """Return how many settlements wait for the actor as their buyer."""
    return _count(
        session, Settlement.id, Settlement.state == SettlementState.ISSUED, _mine(actor, Settlement.buyer_id)
    )


def drafts(session: Session, actor: Actor) -> int:
    """Return how many drafts of contracts the actor has as their seller."""
    return _count(
        session, Contract.id, Contract.state == ContractState.DRAFT, _mine(actor, Contract.seller_id)
    )


def _mine(actor: Actor, column: SQLColumnExpression[int]) -> ColumnElement[bool]:
    return true() if actor.sees_all else column == actor.party_id


def _count(session: Session, key: SQLColumnExpression[int], *conditions: ColumnElement[bool]) -> int:
    return int(session.scalar(select(func.count(key)).where(*conditions)) or 0)


def _sum(column: SQLColumnExpression[int]) -> ColumnElement[int]:
    return func.coalesce(func.sum(column), 0)


def _trend(grams: dict[date, int], since: date) -> Sequence[int]:
    return [grams.get(since + timedelta(days=at), 0) // 1000 for at in range(TREND_DAYS)]
