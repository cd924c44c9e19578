"""Contracts are drafted on their channel's terms, activated, suspended, ended; lines have their own room."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import exists, select

from supplychain.base.models.party import Party
from supplychain.base.queries import party as parties
from supplychain.base.rules import PARTY_KINDS, PartyKind
from supplychain.base.services import notice
from supplychain.contracts.events import ContractActivated
from supplychain.contracts.models.contract import Channel, Contract, ContractLine, Price
from supplychain.contracts.queries import channel as channels
from supplychain.contracts.rules import CONTRACT, ContractState, longest_term
from supplychain.contracts.services.access import locked, require_seller
from supplychain.kernel.clock import local_day
from supplychain.kernel.db.uow import UnitOfWork
from supplychain.kernel.documents import audit, sequence
from supplychain.kernel.errors import Conflict, Invalid, Refused
from supplychain.kernel.i18n import N_, Text

DOCUMENT = "contracts.contract"


@dataclass(frozen=True, slots=True)
class DraftContract:
    """What is agreed between two parties; terms left None are the channel's."""

    channel: str
    seller: str
    buyer: str
    title: str
    signed_on: date
    valid_from: date
    valid_to: date
    number: str | None = None
    """The number on the signed paper; None draws one of ours."""
    payment_days: int | None = None
    loss_allowance_bp: int | None = None
    commission_bp: int | None = None
    min_remaining_life_days: int = 0
    note: str = ""


def draft(uow: UnitOfWork, command: DraftContract) -> Contract:
    """Draft a contract; its terms start as its channel's.

    Raises Invalid at the field to blame (parties of the wrong kind, a term longer than the law allows),
    Conflict when the number is taken.
    """
    values = _values(uow, command)
    if command.number is not None:
        _check_free(uow, command.number)
    number = command.number or sequence.next_number(uow, "HT", command.signed_on)
    contract = Contract(**values, number=number, state=CONTRACT.initial)
    uow.session.add(contract)
    uow.flush()
    audit.record(uow, DOCUMENT, contract.id, N_("Drafted"))
    return contract


def revise(uow: UnitOfWork, number: str, command: DraftContract) -> list[str]:
    """Change the terms of a draft; return the names of what changed. Raises Refused when it is signed."""
    contract = locked(uow, Contract, number)
    require_seller(uow.actor, contract)
    values = _values(uow, command)
    changed = [name for name, value in values.items() if getattr(contract, name) != value]
    if not changed:
        return []
    if contract.state is not ContractState.DRAFT:
        raise Refused(N_("%(contract)s is signed: its terms stay as they are."), contract=number)
    for name in changed:
        setattr(contract, name, values[name])
    uow.flush()
    audit.record(uow, DOCUMENT, contract.id, N_("Changed %(fields)s"), fields=", ".join(changed))
    return changed


def activate(uow: UnitOfWork, number: str) -> Contract:
    """Let orders be placed under a contract. Announces ContractActivated, tells the buyer.

    Raises Refused when the contract is over or no line has a price; Invalid when a term breaks the law.
    """
    contract = locked(uow, Contract, number)
    require_seller(uow.actor, contract)
    CONTRACT.check(contract.state, ContractState.ACTIVE)
    _check_ready(uow, contract)
    _move(uow, contract, ContractState.ACTIVE, N_("Contract activated"))
    uow.publish(ContractActivated(contract.id, contract.seller_id, contract.buyer_id))
    _tell_buyer(uow, contract, N_("The contract %(contract)s is active. You can order."))
    return contract


def suspend(uow: UnitOfWork, number: str, reason: str) -> Contract:
    """Take no orders for a while; what is ordered stays ordered."""
    contract = _moved(uow, number, ContractState.SUSPENDED, N_("Suspended: %(reason)s"), reason)
    _tell_buyer(uow, contract, N_("The contract %(contract)s is suspended: %(reason)s"), reason)
    return contract


def resume(uow: UnitOfWork, number: str) -> Contract:
    """Take orders again after a suspension."""
    contract = locked(uow, Contract, number)
    if contract.state is ContractState.DRAFT:
        raise Refused(N_("%(contract)s was never activated."), contract=number)
    return activate(uow, number)


def end(uow: UnitOfWork, number: str, reason: str) -> Contract:
    """Close a contract for good; what is ordered stays ordered and is settled."""
    contract = _moved(uow, number, ContractState.ENDED, N_("Ended: %(reason)s"), reason)
    _tell_buyer(uow, contract, N_("The contract %(contract)s is ended: %(reason)s"), reason)
    return contract


def cancel(uow: UnitOfWork, number: str, reason: str) -> Contract:
    """Throw a draft away."""
    return _moved(uow, number, ContractState.CANCELLED, N_("Cancelled: %(reason)s"), reason)


def _values(uow: UnitOfWork, command: DraftContract) -> dict[str, object]:
    channel = channels.by_code(uow.session, command.channel, field="channel")
    seller = parties.by_code(uow.session, command.seller, field="seller")
    buyer = parties.by_code(uow.session, command.buyer, field="buyer")
    if not uow.actor.sees_all and uow.actor.party_id != seller.id:
        raise Invalid.at("seller", N_("You can only sell for your own party."))
    _check_parties(channel, seller, buyer)
    payment_days = _or(command.payment_days, channel.payment_days)
    _check_terms(command, payment_days, buyer)
    return {
        "title": command.title,
        "channel_id": channel.id,
        "seller_id": seller.id,
        "buyer_id": buyer.id,
        "signed_on": command.signed_on,
        "valid_from": command.valid_from,
        "valid_to": command.valid_to,
        "payment_days": payment_days,
        "loss_allowance_bp": _or(command.loss_allowance_bp, channel.loss_allowance_bp),
        "commission_bp": _or(command.commission_bp, channel.commission_bp),
        "min_remaining_life_days": command.min_remaining_life_days,
        "note": command.note,
    }


def _or(given: int | None, default: int) -> int:
    return default if given is None else given


def _check_parties(channel: Channel, seller: Party, buyer: Party) -> None:
    if seller.kind is not PartyKind.COOP:
        raise Invalid.at("seller", N_("%(party)s is no co-operative."), party=seller.short_name)
    if buyer.kind.value not in channel.buyer_kinds.split():
        raise Invalid.at(
            "buyer",
            N_("%(party)s (%(kind)s) does not buy in this channel."),
            party=buyer.short_name,
            kind=Text(PARTY_KINDS[buyer.kind]),
        )


def _check_terms(command: DraftContract, payment_days: int, buyer: Party) -> None:
    if command.valid_to < command.valid_from:
        raise Invalid.at("valid_to", N_("The contract ends before it begins."))
    longest = longest_term(buyer.kind)
    if payment_days > longest:
        raise Invalid.at(
            "payment_days",
            N_(
                "At most %(days)s days: the regulation on payments to small businesses (2025) allows no more."
            ),
            days=longest,
        )


def _check_free(uow: UnitOfWork, number: str) -> None:
    if uow.session.scalar(select(exists().where(Contract.number == number))):
        message = N_("The contract number %(number)s is taken.")
        raise Conflict(message, fields={"number": [Text(message, {"number": number})]}, number=number)


def _check_ready(uow: UnitOfWork, contract: Contract) -> None:
    if contract.valid_to < local_day(uow.now):
        raise Refused(
            N_("%(contract)s ended on %(day)s."),
            contract=contract.number,
            day=contract.valid_to.isoformat(),
        )
    buyer = uow.session.get_one(Party, contract.buyer_id)
    seller = uow.session.get_one(Party, contract.seller_id)
    _check_parties(uow.session.get_one(Channel, contract.channel_id), seller, buyer)
    for party in (seller, buyer):
        if not party.is_active:
            raise Refused(N_("%(party)s is not active any more."), party=party.short_name)
    if contract.payment_days > longest_term(buyer.kind):
        raise Invalid.at("payment_days", N_("The term of payment is longer than the law allows."))
    priced = (
        exists()
        .where(ContractLine.contract_id == contract.id, Price.contract_line_id == ContractLine.id)
        .correlate(None)
    )
    if not uow.session.scalar(select(priced)):
        raise Refused(N_("%(contract)s needs at least one line with a price."), contract=contract.number)


def _moved(uow: UnitOfWork, number: str, following: ContractState, act: str, reason: str) -> Contract:
    contract = locked(uow, Contract, number)
    require_seller(uow.actor, contract)
    CONTRACT.check(contract.state, following)
    if not reason:
        raise Invalid.at("reason", N_("Say why."))
    _move(uow, contract, following, act, reason=reason)
    return contract


def _move(uow: UnitOfWork, contract: Contract, following: ContractState, act: str, **detail: str) -> None:
    contract.state = following
    uow.flush()
    audit.record(uow, DOCUMENT, contract.id, act, **detail)


def _tell_buyer(uow: UnitOfWork, contract: Contract, message: str, reason: str = "") -> None:
    key = f"contract:{contract.id}:{contract.state.value}:{contract.version}"
    path = f"/contracts/{contract.number}"
    notice.tell(uow, contract.buyer_id, key, message, path, contract=contract.number, reason=reason)
