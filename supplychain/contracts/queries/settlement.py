"""Reading settlements and what is not settled yet. Seller and buyer see their own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from supplychain.base.models.party import Party
from supplychain.contracts.models.contract import Channel, Contract
from supplychain.contracts.models.order import Delivery, DeliveryLine, Order, OrderLine
from supplychain.contracts.models.settlement import Settlement, SettlementLine
from supplychain.contracts.queries.naming import item_name
from supplychain.contracts.queries.visibility import visible
from supplychain.contracts.rules import SettlementLineKind, SettlementState, next_month
from supplychain.kernel.clock import day_start, local_day
from supplychain.kernel.db.paging import Page, PageRequest, Rows, paginate
from supplychain.kernel.errors import NotFound
from supplychain.kernel.i18n import N_, Text, gettext
from supplychain.kernel.permissions import Actor
from supplychain.kernel.units import KG


@dataclass(frozen=True, slots=True)
class Unsettled:
    """A delivered line that no settlement has yet, with every figure of its amount."""

    delivery_line_id: int
    delivery: str
    order: str
    buyer_reference: str | None
    shipment: str
    received_at: datetime
    item_name_zh: str
    item_name_en: str
    grade: str
    shipped_grams: int
    accepted_grams: int
    rejected_grams: int
    loss_grams: int
    reason: str
    loss_allowance_bp: int
    tolerated_loss_grams: int
    payable_grams: int
    price_e4: int
    amount_fen: int

    def facts(self) -> dict[str, Any]:
        """Return the figures as a settlement keeps them (JSON values); the day is Shanghai's."""
        kept = asdict(self)
        kept["received_on"] = local_day(kept.pop("received_at")).isoformat()
        return kept


@dataclass(frozen=True, slots=True)
class SettlementRow:
    """A settlement as lists, its page and its paper show it."""

    id: int
    number: str
    contract: str
    contract_title: str
    channel: str
    seller_id: int
    seller: str
    seller_name: str
    buyer_id: int
    buyer: str
    buyer_name: str
    period_start: date
    issued_at: datetime
    due_on: date
    goods_fen: int
    commission_fen: int
    total_fen: int
    state: SettlementState
    version: int

    @property
    def month(self) -> str:
        """Return the month that is settled, as 2026-11."""
        return f"{self.period_start:%Y-%m}"


@dataclass(frozen=True, slots=True)
class SettlementLineRow:
    """A line of a settlement: the amount, its reason in words, and the figures behind it."""

    position: int
    kind: SettlementLineKind
    payable_grams: int
    price_e4: int
    amount_fen: int
    explanation: Text
    facts: Mapping[str, Any]

    @property
    def item(self) -> str:
        """Return what was delivered, in the reader's language; empty for a line over the whole."""
        known = [str(self.facts.get(key, "")) for key in ("item_name_zh", "item_name_en", "grade")]
        return item_name(*known)

    @property
    def refusal(self) -> str:
        """Return what was refused and why, as a sentence; empty when nothing was."""
        grams = int(self.facts.get("rejected_grams", 0))
        if not grams:
            return ""
        reason = f" · {self.facts['reason']}" if self.facts["reason"] else ""
        return gettext(N_("Refused: %(kg)s kg%(reason)s."), kg=KG.short(grams), reason=reason)


@dataclass(frozen=True, slots=True)
class SettlementFilter(PageRequest):
    """Which settlements: in a state, of a contract, of a party on the other side, months from and to."""

    q: str = ""
    state: SettlementState | None = None
    contract: str = ""
    party: str = ""
    from_month: date | None = None
    to_month: date | None = None


def page(session: Session, actor: Actor, wanted: SettlementFilter) -> Page[SettlementRow]:
    """Return the settlements that fit and that the actor may see, newest first, with the sums in fen."""
    return paginate(
        session,
        _fitting(actor, wanted),
        wanted,
        row=SettlementRow,
        sorts={
            "number": Settlement.number,
            "period_start": Settlement.period_start,
            "due_on": Settlement.due_on,
            "total_fen": Settlement.total_fen,
        },
        default="-period_start",
        key=Settlement.id,
        sums={
            "goods_fen": Settlement.goods_fen,
            "commission_fen": Settlement.commission_fen,
            "total_fen": Settlement.total_fen,
        },
    )


def one(session: Session, actor: Actor, number: str) -> SettlementRow:
    """Return a settlement by its number; NotFound when there is none that the actor may see."""
    found = session.execute(
        _settlements().where(Settlement.number == number, visible(actor, Settlement))
    ).one_or_none()
    if found is None:
        raise NotFound(N_("There is no settlement %(number)s."), number=number)
    return SettlementRow(*found)


def lines(session: Session, settlement_id: int) -> Sequence[SettlementLineRow]:
    """Return the lines of a settlement that its reader has found already."""
    return lines_of_many(session, [settlement_id]).get(settlement_id, [])


def lines_of_many(
    session: Session, settlement_ids: Sequence[int]
) -> Mapping[int, Sequence[SettlementLineRow]]:
    """Return the lines of settlements that their reader has found already, by settlement."""
    found: dict[int, list[SettlementLineRow]] = {}
    wanted = select(SettlementLine).where(SettlementLine.settlement_id.in_(settlement_ids))
    for line in session.scalars(wanted.order_by(SettlementLine.settlement_id, SettlementLine.position)):
        found.setdefault(line.settlement_id, []).append(_line(line))
    return found


def unsettled(session: Session, contract_id: int, end: datetime) -> Sequence[Unsettled]:
    """Return what was received under a contract before an instant and is in no settlement, in order."""
    found = session.execute(_unsettled(contract_id, end))
    return [Unsettled(*row) for row in found]


def due(session: Session, through: date) -> Sequence[tuple[str, date]]:
    """Return (contract number, month) that wait to be settled, oldest first, up to and with a month.

    A line that came late into a month that is settled already waits for the next open month.
    """
    end = day_start(next_month(through))
    oldest = session.execute(
        select(Contract.id, Contract.number, func.min(Delivery.received_at))
        .join(Delivery, Delivery.contract_id == Contract.id)
        .join(DeliveryLine, DeliveryLine.delivery_id == Delivery.id)
        .where(Delivery.received_at < end, _is_unsettled())
        .group_by(Contract.id, Contract.number)
        .order_by(Contract.id)
    ).all()
    settled = _settled_months(session, [contract_id for contract_id, *_ in oldest])
    found = []
    for contract_id, number, received_at in oldest:
        month = _open_month(local_day(received_at), settled.get(contract_id, set()))
        if month <= through:
            found.append((number, month))
    return found


def _line(line: SettlementLine) -> SettlementLineRow:
    return SettlementLineRow(
        line.position,
        line.kind,
        line.payable_grams,
        line.price_e4,
        line.amount_fen,
        Text(line.explanation["message"], line.explanation["values"]),
        line.explanation["facts"],
    )


def _open_month(day: date, settled: set[date]) -> date:
    month = day.replace(day=1)
    while month in settled:
        month = next_month(month)
    return month


def _settled_months(session: Session, contract_ids: Sequence[int]) -> Mapping[int, set[date]]:
    found: dict[int, set[date]] = {}
    for contract_id, month in session.execute(
        select(Settlement.contract_id, Settlement.period_start).where(
            Settlement.contract_id.in_(contract_ids)
        )
    ):
        found.setdefault(contract_id, set()).add(month)
    return found


def _unsettled(contract_id: int, end: datetime) -> Rows:
    return (
        select(
            DeliveryLine.id,
            Delivery.number,
            Order.number,
            Order.buyer_reference,
            Delivery.shipment_number,
            Delivery.received_at,
            OrderLine.item_name_zh,
            OrderLine.item_name_en,
            OrderLine.grade,
            DeliveryLine.shipped_grams,
            DeliveryLine.accepted_grams,
            DeliveryLine.rejected_grams,
            DeliveryLine.loss_grams,
            DeliveryLine.reason,
            DeliveryLine.loss_allowance_bp,
            DeliveryLine.tolerated_loss_grams,
            DeliveryLine.payable_grams,
            DeliveryLine.price_e4,
            DeliveryLine.amount_fen,
        )
        .join(Delivery, Delivery.id == DeliveryLine.delivery_id)
        .join(Order, Order.id == Delivery.order_id)
        .join(OrderLine, OrderLine.id == DeliveryLine.order_line_id)
        .where(Delivery.contract_id == contract_id, Delivery.received_at < end, _is_unsettled())
        .order_by(Delivery.received_at, DeliveryLine.id)
    )


def _is_unsettled() -> ColumnElement[bool]:
    return ~exists().where(SettlementLine.delivery_line_id == DeliveryLine.id)


def _fitting(actor: Actor, wanted: SettlementFilter) -> Rows:
    found = _settlements().where(visible(actor, Settlement))
    if wanted.state is not None:
        found = found.where(Settlement.state == wanted.state)
    if wanted.contract:
        found = found.where(Contract.number == wanted.contract)
    if wanted.party:
        found = found.where(or_(_SELLER.code == wanted.party, _BUYER.code == wanted.party))
    if wanted.from_month is not None:
        found = found.where(Settlement.period_start >= wanted.from_month.replace(day=1))
    if wanted.to_month is not None:
        found = found.where(Settlement.period_start <= wanted.to_month)
    if wanted.q:
        columns = (Settlement.number, Contract.number, Contract.title, _SELLER.name, _BUYER.name)
        found = found.where(or_(*(column.contains(wanted.q, autoescape=True) for column in columns)))
    return found


_SELLER, _BUYER = aliased(Party), aliased(Party)


def _settlements() -> Rows:
    return (
        select(
            Settlement.id,
            Settlement.number,
            Contract.number,
            Contract.title,
            Channel.code,
            Settlement.seller_id,
            _SELLER.code,
            _SELLER.short_name,
            Settlement.buyer_id,
            _BUYER.code,
            _BUYER.short_name,
            Settlement.period_start,
            Settlement.issued_at,
            Settlement.due_on,
            Settlement.goods_fen,
            Settlement.commission_fen,
            Settlement.total_fen,
            Settlement.state,
            Settlement.version,
        )
        .join(Contract, Contract.id == Settlement.contract_id)
        .join(Channel, Channel.id == Contract.channel_id)
        .join(_SELLER, _SELLER.id == Settlement.seller_id)
        .join(_BUYER, _BUYER.id == Settlement.buyer_id)
    )
