"""A settlement is a contract's month: issued once from its deliveries, confirmed by the buyer, then paid."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import insert, select

from supplychain.base.services import notice
from supplychain.contracts.events import SettlementIssued
from supplychain.contracts.models.contract import Contract
from supplychain.contracts.models.settlement import Settlement, SettlementLine
from supplychain.contracts.queries import settlement as settlements
from supplychain.contracts.queries.settlement import Unsettled
from supplychain.contracts.rules import (
    SETTLEMENT,
    SettlementLineKind,
    SettlementState,
    money_text,
    next_month,
    price_text,
)
from supplychain.contracts.services.access import locked, require_buyer, require_seller
from supplychain.kernel.clock import day_start, local_day
from supplychain.kernel.db.uow import UnitOfWork
from supplychain.kernel.documents import audit, sequence
from supplychain.kernel.errors import Invalid, Refused
from supplychain.kernel.i18n import N_
from supplychain.kernel.units import KG, PERCENT, share_of

DOCUMENT = "contracts.settlement"


@dataclass(frozen=True, slots=True)
class IssueSettlement:
    """A contract (number) and a month (any day of it)."""

    contract: str
    month: date


def issue(uow: UnitOfWork, command: IssueSettlement) -> Settlement:
    """Settle what was delivered under a contract until the end of a month and is not settled yet.

    A month that was settled returns its settlement: what was issued is never computed again. Announces
    SettlementIssued, tells both sides. Raises Invalid at `month` while it lasts, Refused when nothing came.
    """
    contract = locked(uow, Contract, command.contract)
    require_seller(uow.actor, contract)
    month = command.month.replace(day=1)
    first = uow.session.scalar(
        select(Settlement).where(Settlement.contract_id == contract.id, Settlement.period_start == month)
    )
    if first is not None:
        return first
    end = day_start(next_month(month))
    if end > uow.now:
        raise Invalid.at("month", N_("This month is not over yet."))
    delivered = settlements.unsettled(uow.session, contract.id, end)
    if not delivered:
        raise Refused(N_("Nothing to settle under %(contract)s."), contract=contract.number)
    return _issue(uow, contract, month, delivered)


def confirm(uow: UnitOfWork, number: str) -> Settlement:
    """Agree to a settlement, for the buyer."""
    settlement = locked(uow, Settlement, number)
    require_buyer(uow.actor, settlement)
    _move(uow, settlement, SettlementState.CONFIRMED, N_("Confirmed"))
    _tell(uow, settlement, settlement.seller_id, N_("%(settlement)s is confirmed: %(yuan)s yuan."))
    return settlement


def mark_paid(uow: UnitOfWork, number: str) -> Settlement:
    """Write down that the money came, for the seller."""
    settlement = locked(uow, Settlement, number)
    require_seller(uow.actor, settlement)
    _move(uow, settlement, SettlementState.PAID, N_("Paid"))
    _tell(uow, settlement, settlement.buyer_id, N_("The payment for %(settlement)s came: %(yuan)s yuan."))
    return settlement


def _issue(uow: UnitOfWork, contract: Contract, month: date, delivered: Sequence[Unsettled]) -> Settlement:
    goods = sum(line.amount_fen for line in delivered)
    commission = share_of(goods, contract.commission_bp)
    settlement = Settlement(
        number=sequence.next_number(uow, "JD", month),
        contract_id=contract.id,
        seller_id=contract.seller_id,
        buyer_id=contract.buyer_id,
        period_start=month,
        issued_at=uow.now,
        due_on=local_day(uow.now) + timedelta(days=contract.payment_days),
        goods_fen=goods,
        commission_fen=commission,
        total_fen=goods - commission,
        state=SETTLEMENT.initial,
    )
    uow.session.add(settlement)
    uow.flush()
    rows = [_goods(line) for line in delivered]
    if commission:
        rows.append(_commission(goods, commission, contract.commission_bp))
    placed = [row | {"settlement_id": settlement.id, "position": at} for at, row in enumerate(rows, start=1)]
    uow.session.execute(insert(SettlementLine), placed)
    audit.record(uow, DOCUMENT, settlement.id, N_("Settlement issued"))
    uow.publish(SettlementIssued(settlement.id, settlement.seller_id, settlement.buyer_id))
    _tell(uow, settlement, settlement.buyer_id, N_("%(settlement)s waits for you: %(yuan)s yuan."))
    _tell(uow, settlement, settlement.seller_id, N_("%(settlement)s is issued: %(yuan)s yuan."))
    return settlement


def _goods(line: Unsettled) -> dict[str, object]:
    return {
        "kind": SettlementLineKind.GOODS,
        "delivery_line_id": line.delivery_line_id,
        "payable_grams": line.payable_grams,
        "price_e4": line.price_e4,
        "amount_fen": line.amount_fen,
        "explanation": {"message": _reason(line), "values": _figures(line), "facts": line.facts()},
    }


def _reason(line: Unsettled) -> str:
    """Return the msgid that says why this line is paid for this mass."""
    if line.loss_grams == 0:
        return N_("Accepted %(accepted)s kg × %(price)s yuan/kg.")
    if line.loss_grams == line.tolerated_loss_grams:
        return N_(
            "Accepted %(accepted)s kg + loss in transit %(tolerated)s kg (%(allowance)s%% of %(shipped)s kg "
            "shipped, so up to %(limit)s kg, are the buyer's) = %(payable)s kg × %(price)s yuan/kg."
        )
    if line.tolerated_loss_grams == 0:
        return N_(
            "Accepted %(accepted)s kg × %(price)s yuan/kg; %(excess)s kg lost in transit are the seller's."
        )
    return N_(
        "Accepted %(accepted)s kg + loss in transit %(tolerated)s kg (%(allowance)s%% of %(shipped)s kg "
        "shipped are the buyer's, %(excess)s kg beyond are the seller's) = %(payable)s kg "
        "× %(price)s yuan/kg."
    )


def _figures(line: Unsettled) -> dict[str, str]:
    return {
        "accepted": KG.short(line.accepted_grams),
        "tolerated": KG.short(line.tolerated_loss_grams),
        "allowance": PERCENT.short(line.loss_allowance_bp),
        "shipped": KG.short(line.shipped_grams),
        "limit": KG.short(share_of(line.shipped_grams, line.loss_allowance_bp)),
        "excess": KG.short(line.loss_grams - line.tolerated_loss_grams),
        "payable": KG.short(line.payable_grams),
        "price": price_text(line.price_e4),
    }


def _commission(goods: int, commission: int, commission_bp: int) -> dict[str, object]:
    return {
        "kind": SettlementLineKind.COMMISSION,
        "delivery_line_id": None,
        "payable_grams": 0,
        "price_e4": 0,
        "amount_fen": -commission,
        "explanation": {
            "message": N_("Commission %(share)s%% of %(goods)s yuan of goods is kept back."),
            "values": {"share": PERCENT.short(commission_bp), "goods": money_text(goods)},
            "facts": {"commission_bp": commission_bp, "goods_fen": goods},
        },
    }


def _move(uow: UnitOfWork, settlement: Settlement, following: SettlementState, act: str) -> None:
    SETTLEMENT.check(settlement.state, following)
    settlement.state = following
    uow.flush()
    audit.record(uow, DOCUMENT, settlement.id, act)


def _tell(uow: UnitOfWork, settlement: Settlement, party_id: int, message: str) -> None:
    notice.tell(
        uow,
        party_id,
        f"settlement:{settlement.id}:{settlement.state.value}:{party_id}",
        message,
        f"/settlements/{settlement.number}",
        settlement=settlement.number,
        yuan=money_text(settlement.total_fen),
    )
