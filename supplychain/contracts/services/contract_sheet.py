"""Contracts as spreadsheets bring them: the lines of one contract together, taken in once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date

from sqlalchemy import select

from supplychain.contracts.models.contract import Contract
from supplychain.contracts.permissions import CONTRACT_DECIDE
from supplychain.contracts.queries import channel as channels
from supplychain.contracts.rules import ContractState
from supplychain.contracts.services import contract as contracts
from supplychain.contracts.services import line as lines
from supplychain.contracts.services.contract import DraftContract
from supplychain.contracts.services.line import PutLine
from supplychain.kernel.db.uow import UnitOfWork
from supplychain.kernel.errors import Invalid, Refused
from supplychain.kernel.i18n import N_
from supplychain.kernel.sheets.sheet import Outcome


@dataclass(frozen=True, slots=True)
class ContractLinePaper:
    """One row: the contract's terms, which repeat, and one of its lines."""

    number: str
    title: str
    channel: str
    """Code or name, in any language."""
    seller: str
    buyer: str
    signed_on: date
    valid_from: date
    valid_to: date
    sku: str
    payment_days: int | None = None
    loss_allowance_bp: int | None = None
    commission_bp: int | None = None
    min_remaining_life_days: int = 0
    note: str = ""
    state: ContractState = ContractState.DRAFT
    quantity_grams: int | None = None
    tolerance_bp: int = 0
    price_e4: int | None = None


_OF_LINE = {"sku", "quantity_grams", "tolerance_bp", "price_e4"}


def take(uow: UnitOfWork, rows: Sequence[ContractLinePaper]) -> Outcome:
    """Draft the contract of these rows or bring it up to date, with its lines; activate it when they say so.

    Raises Invalid at the field in which the rows differ, and what drafting, lines and activation raise.
    """
    head = rows[0]
    _check_same_head(rows)
    terms = _terms(uow, head)
    known = uow.session.scalar(select(Contract.state).where(Contract.number == head.number))
    if known is None:
        contracts.draft(uow, terms)
        done = {Outcome.CREATED}
    else:
        done = {Outcome.UPDATED if contracts.revise(uow, head.number, terms) else Outcome.UNCHANGED}
    done |= {
        lines.put(uow, PutLine(head.number, row.sku, row.quantity_grams, row.tolerance_bp, row.price_e4))
        for row in rows
    }
    done.add(_bring_to(uow, head, known or ContractState.DRAFT))
    if known is None:
        return Outcome.CREATED
    return Outcome.UNCHANGED if done == {Outcome.UNCHANGED} else Outcome.UPDATED


def _check_same_head(rows: Sequence[ContractLinePaper]) -> None:
    for item in fields(ContractLinePaper):
        if item.name not in _OF_LINE and len({getattr(row, item.name) for row in rows}) > 1:
            raise Invalid.at(item.name, N_("The rows of %(number)s differ here."), number=rows[0].number)
    if len({row.sku for row in rows}) < len(rows):
        raise Invalid.at("sku", N_("The same item stands in %(number)s twice."), number=rows[0].number)


def _terms(uow: UnitOfWork, head: ContractLinePaper) -> DraftContract:
    terms = {item.name: getattr(head, item.name) for item in fields(DraftContract)}
    return DraftContract(**terms | {"channel": channels.named(uow.session, head.channel).code})


def _bring_to(uow: UnitOfWork, head: ContractLinePaper, state: ContractState) -> Outcome:
    if head.state is state:
        return Outcome.UNCHANGED
    if (state, head.state) != (ContractState.DRAFT, ContractState.ACTIVE):
        raise Refused(
            N_("%(contract)s stands elsewhere. Change its state on its own page."), contract=head.number
        )
    uow.actor.require(CONTRACT_DECIDE)
    contracts.activate(uow, head.number)
    return Outcome.UPDATED
