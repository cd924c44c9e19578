"""Prices count from a day on; the price list brings on what is due and supersedes the old."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, func, select, true, update
from sqlalchemy.orm import aliased

from supplychain.base.models.trade_item import TradeItem
from supplychain.contracts.models.contract import Contract, ContractLine, Price
from supplychain.contracts.rules import CONTRACT, ContractState, PriceState, price_text
from supplychain.contracts.services.access import locked, require_seller
from supplychain.kernel.clock import local_day
from supplychain.kernel.db.uow import UnitOfWork
from supplychain.kernel.documents import audit
from supplychain.kernel.errors import Invalid, Refused
from supplychain.kernel.i18n import N_
from supplychain.kernel.sheets.sheet import Outcome

DOCUMENT = "contracts.contract"


@dataclass(frozen=True, slots=True)
class SchedulePrice:
    """A price of a contract's trade item from a day on, in 1/10 000 yuan per kg."""

    contract: str
    sku: str
    price_e4: int
    effective_on: date


def schedule(uow: UnitOfWork, command: SchedulePrice) -> Outcome:
    """Set a price from a day on; one that counts today at once. A price that has counted is never changed.

    Raises Invalid at `sku` or `effective_on`, Refused when the contract is over.
    """
    contract = locked(uow, Contract, command.contract)
    require_seller(uow.actor, contract)
    if CONTRACT.is_final(contract.state):
        raise Refused(N_("%(contract)s is over and cannot change."), contract=contract.number)
    line_id = _line_id(uow, contract, command.sku)
    existing = uow.session.scalar(
        select(Price).where(Price.contract_line_id == line_id, Price.effective_on == command.effective_on)
    )
    if existing is not None and existing.price_e4 == command.price_e4:
        return Outcome.UNCHANGED
    _check_day(uow, contract, command, existing)
    outcome = _put(uow, line_id, command, existing)
    audit.record(
        uow,
        DOCUMENT,
        contract.id,
        N_("%(sku)s costs %(price)s yuan/kg from %(day)s"),
        sku=command.sku,
        price=price_text(command.price_e4),
        day=command.effective_on.isoformat(),
    )
    return outcome


def activate_due(uow: UnitOfWork, today: date) -> int:
    """Bring on every price whose day has come and supersede those before; return how many came on."""
    return len(_activate(uow, today, true()))


def _put(uow: UnitOfWork, line_id: int, command: SchedulePrice, existing: Price | None) -> Outcome:
    if existing is not None:
        existing.price_e4 = command.price_e4
        uow.flush()
        return Outcome.UPDATED
    uow.session.add(
        Price(
            contract_line_id=line_id,
            price_e4=command.price_e4,
            effective_on=command.effective_on,
            state=PriceState.SCHEDULED,
        )
    )
    uow.flush()
    _activate(uow, local_day(uow.now), Price.contract_line_id == line_id)
    return Outcome.CREATED


def _activate(uow: UnitOfWork, today: date, which: ColumnElement[bool]) -> Sequence[int]:
    other = aliased(Price)
    newest = (
        select(func.max(other.effective_on))
        .where(other.contract_line_id == Price.contract_line_id, other.effective_on <= today)
        .scalar_subquery()
    )
    quietly = {"synchronize_session": False}
    uow.session.execute(
        update(Price)
        .where(which, Price.state != PriceState.SUPERSEDED, Price.effective_on < newest)
        .values(state=PriceState.SUPERSEDED),
        execution_options=quietly,
    )
    return uow.session.scalars(
        update(Price)
        .where(which, Price.state == PriceState.SCHEDULED, Price.effective_on == newest)
        .values(state=PriceState.ACTIVE)
        .returning(Price.id),
        execution_options=quietly,
    ).all()


def _line_id(uow: UnitOfWork, contract: Contract, sku: str) -> int:
    found = uow.session.scalar(
        select(ContractLine.id)
        .join(TradeItem, TradeItem.id == ContractLine.trade_item_id)
        .where(ContractLine.contract_id == contract.id, TradeItem.sku == sku)
    )
    if found is None:
        raise Invalid.at("sku", N_("%(sku)s is not in %(contract)s."), sku=sku, contract=contract.number)
    return found


def _check_day(uow: UnitOfWork, contract: Contract, command: SchedulePrice, existing: Price | None) -> None:
    if not contract.valid_from <= command.effective_on <= contract.valid_to:
        raise Invalid.at(
            "effective_on",
            N_("%(contract)s runs from %(first)s to %(last)s."),
            contract=contract.number,
            first=contract.valid_from.isoformat(),
            last=contract.valid_to.isoformat(),
        )
    if contract.state is ContractState.DRAFT:
        return
    if existing is not None and existing.state is not PriceState.SCHEDULED:
        raise Refused(N_("This price has counted already. Set a new one from another day on."))
    if command.effective_on < local_day(uow.now) and not uow.actor.sees_all:
        raise Invalid.at("effective_on", N_("A price cannot count from a day that is over."))
