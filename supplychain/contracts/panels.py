"""What contracts shows elsewhere: figures of the board, what waits for somebody, a party's contracts."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from supplychain.contracts.permissions import (
    CONTRACT_READ,
    CONTRACT_WRITE,
    ORDER_CONFIRM,
    ORDER_READ,
    SETTLEMENT_CONFIRM,
    SETTLEMENT_READ,
)
from supplychain.contracts.queries import board
from supplychain.contracts.queries import contract as contracts
from supplychain.contracts.rules import CONTRACT, OrderState, SettlementState
from supplychain.kernel import clock
from supplychain.kernel.addon import Figure, Kpi, Link, RecordLinks, Task, TaskSource
from supplychain.kernel.i18n import N_, Text
from supplychain.kernel.permissions import Actor
from supplychain.kernel.units import KG, YUAN, divide_half_up


def _tonnes(grams: int) -> str:
    return KG.short(divide_half_up(grams, 10_000) * 10)


def _money(fen: int) -> str:
    return f"{divide_half_up(fen, 100):,}"


def _ordered(session: Session, actor: Actor) -> Figure:
    found = board.ordered(session, actor, clock.today())
    note = Text(N_("%(orders)s orders, %(yuan)s yuan"), {"orders": found.count, "yuan": _money(found.fen)})
    return Figure(_tonnes(found.grams), "t", note, found.trend)


def _delivered(session: Session, actor: Actor) -> Figure:
    found = board.delivered(session, actor, clock.today())
    note = Text(N_("worth %(yuan)s yuan"), {"yuan": _money(found.fen)})
    return Figure(_tonnes(found.grams), "t", note, found.trend)


def _open(session: Session, actor: Actor) -> Figure:
    found = board.open_orders(session, actor)
    note = Text(N_("%(tonnes)s t still to come"), {"tonnes": _tonnes(found.grams)})
    return Figure(f"{found.count:,}", "", note)


def _due(session: Session, actor: Actor) -> Figure | None:
    fen = board.unpaid(session, actor)
    return Figure(_money(fen), YUAN.unit) if fen else None


KPIS = (
    Kpi("contracts.ordered", N_("Ordered this month"), ORDER_READ, _ordered, 10),
    Kpi("contracts.delivered", N_("Delivered this month"), ORDER_READ, _delivered, 12),
    Kpi("contracts.open", N_("Open orders"), ORDER_READ, _open, 14),
    Kpi("contracts.unpaid", N_("Settled, not yet paid"), SETTLEMENT_READ, _due, 16),
)


def _waiting_orders(session: Session, actor: Actor) -> Sequence[Task]:
    count = board.waiting_orders(session, actor)
    values = {"state": OrderState.PLACED.value}
    return [
        Task(Text(N_("orders wait for your confirmation")), count, "orders.order_list", values, urgent=True)
    ]


def _waiting_settlements(session: Session, actor: Actor) -> Sequence[Task]:
    count = board.waiting_settlements(session, actor)
    values = {"state": SettlementState.ISSUED.value}
    return [
        Task(Text(N_("settlements wait for your confirmation")), count, "settlements.settlement_list", values)
    ]


def _drafts(session: Session, actor: Actor) -> Sequence[Task]:
    count = board.drafts(session, actor)
    return [Task(Text(N_("contracts are drafts")), count, "contracts.contract_list", {"state": "draft"})]


TASKS = (
    TaskSource(ORDER_CONFIRM, _waiting_orders),
    TaskSource(SETTLEMENT_CONFIRM, _waiting_settlements),
    TaskSource(CONTRACT_WRITE, _drafts),
)


def _of_party(session: Session, actor: Actor, party_id: int) -> Sequence[Link]:
    if not actor.may(CONTRACT_READ):
        return []
    return [
        Link(
            N_("Contract"),
            f"{row.number} {row.title}",
            "contracts.contract",
            {"number": row.number},
            CONTRACT.label(row.state),
        )
        for row in contracts.of_party(session, actor, party_id)
    ]


RECORD_LINKS = (RecordLinks("base.party", _of_party),)
