"""The lines of a contract: how much of what, added while it is drafted and amended while it runs."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import delete, select

from supplychain.base.models.trade_item import TradeItem
from supplychain.base.queries import trade_item as items
from supplychain.contracts.models.contract import Contract, ContractLine, Price
from supplychain.contracts.rules import CONTRACT, ContractState, orderable
from supplychain.contracts.services import price as prices
from supplychain.contracts.services.access import locked, require_seller
from supplychain.contracts.services.contract import DOCUMENT
from supplychain.contracts.services.price import SchedulePrice
from supplychain.kernel.clock import local_day
from supplychain.kernel.db.uow import UnitOfWork
from supplychain.kernel.documents import audit
from supplychain.kernel.errors import Invalid, Refused
from supplychain.kernel.i18n import N_
from supplychain.kernel.sheets.sheet import Outcome
from supplychain.kernel.units import KG


@dataclass(frozen=True, slots=True)
class PutLine:
    """One trade item under a contract: grams in all (None: a price without a quantity), tolerance, price."""

    contract: str
    sku: str
    quantity_grams: int | None = None
    tolerance_bp: int = 0
    price_e4: int | None = None
    """The first price; later ones are scheduled."""


def put(uow: UnitOfWork, command: PutLine) -> Outcome:
    """Add a line to a contract or change it, and set its first price.

    Raises Refused when the contract is over; Invalid at `quantity_grams` when more is ordered already.
    """
    contract = locked(uow, Contract, command.contract)
    require_seller(uow.actor, contract)
    if CONTRACT.is_final(contract.state):
        raise Refused(N_("%(contract)s is over and cannot change."), contract=contract.number)
    item = items.by_sku(uow.session, command.sku, field="sku")
    line = _locked(uow, contract, item)
    outcome = (
        _add(uow, contract, item, command) if line is None else _change(uow, contract, line, item, command)
    )
    if command.price_e4 is None:
        return outcome
    priced = _price(uow, contract, command, is_new=line is None)
    return priced if outcome is Outcome.UNCHANGED else outcome


def remove(uow: UnitOfWork, contract_number: str, sku: str) -> None:
    """Take a line out of a draft. Raises Refused when the contract is signed."""
    contract = locked(uow, Contract, contract_number)
    require_seller(uow.actor, contract)
    if contract.state is not ContractState.DRAFT:
        raise Refused(N_("%(contract)s is signed: its terms stay as they are."), contract=contract.number)
    item = items.by_sku(uow.session, sku, field="sku")
    line = _locked(uow, contract, item)
    if line is None:
        raise Invalid.at("sku", N_("%(sku)s is not in %(contract)s."), sku=sku, contract=contract.number)
    uow.session.execute(delete(Price).where(Price.contract_line_id == line.id))
    uow.session.delete(line)
    uow.flush()
    audit.record(uow, DOCUMENT, contract.id, N_("Took out %(sku)s"), sku=sku)


def _locked(uow: UnitOfWork, contract: Contract, item: TradeItem) -> ContractLine | None:
    return uow.session.scalar(
        select(ContractLine)
        .where(ContractLine.contract_id == contract.id, ContractLine.trade_item_id == item.id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )


def _add(uow: UnitOfWork, contract: Contract, item: TradeItem, command: PutLine) -> Outcome:
    line = ContractLine(
        contract_id=contract.id,
        trade_item_id=item.id,
        quantity_grams=command.quantity_grams,
        tolerance_bp=command.tolerance_bp,
    )
    uow.session.add(line)
    uow.flush()
    audit.record(uow, DOCUMENT, contract.id, N_("Added %(sku)s: %(kg)s kg"), sku=item.sku, kg=_kg(command))
    return Outcome.CREATED


def _change(
    uow: UnitOfWork, contract: Contract, line: ContractLine, item: TradeItem, command: PutLine
) -> Outcome:
    if (line.quantity_grams, line.tolerance_bp) == (command.quantity_grams, command.tolerance_bp):
        return Outcome.UNCHANGED
    if (
        command.quantity_grams is not None
        and orderable(command.quantity_grams, command.tolerance_bp) < line.ordered_grams
    ):
        raise Invalid.at(
            "quantity_grams", N_("%(kg)s kg of it are ordered already."), kg=KG.short(line.ordered_grams)
        )
    line.quantity_grams, line.tolerance_bp = command.quantity_grams, command.tolerance_bp
    uow.flush()
    audit.record(
        uow, DOCUMENT, contract.id, N_("Changed %(sku)s to %(kg)s kg"), sku=item.sku, kg=_kg(command)
    )
    return Outcome.UPDATED


def _price(uow: UnitOfWork, contract: Contract, command: PutLine, *, is_new: bool) -> Outcome:
    assert command.price_e4 is not None  # noqa: S101 - the caller asks only with a price
    if contract.state is not ContractState.DRAFT and not is_new:
        _check_first_price(uow, contract, command)
        return Outcome.UNCHANGED
    begins = contract.valid_from
    if contract.state is not ContractState.DRAFT:
        begins = max(begins, local_day(uow.now))
    return prices.schedule(uow, SchedulePrice(contract.number, command.sku, command.price_e4, begins))


def _check_first_price(uow: UnitOfWork, contract: Contract, command: PutLine) -> None:
    first = uow.session.scalar(
        select(Price.price_e4)
        .join(ContractLine, ContractLine.id == Price.contract_line_id)
        .join(TradeItem, TradeItem.id == ContractLine.trade_item_id)
        .where(ContractLine.contract_id == contract.id, TradeItem.sku == command.sku)
        .order_by(Price.effective_on)
        .limit(1)
    )
    if first != command.price_e4:
        raise Invalid.at("price_e4", N_("The contract runs: schedule a new price from a day on instead."))


def _kg(command: PutLine) -> str:
    return "–" if command.quantity_grams is None else KG.short(command.quantity_grams)
