"""Reading contracts and their lines. Seller and buyer see their own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, aliased

from supplychain.base.models.party import Party
from supplychain.base.models.trade_item import TradeItem
from supplychain.base.rules import ItemUnit, PartyKind
from supplychain.contracts.models.contract import Channel, Contract, ContractLine, Price
from supplychain.contracts.queries.naming import item_name
from supplychain.contracts.queries.visibility import visible
from supplychain.contracts.rules import ContractState, orderable
from supplychain.kernel.clock import today
from supplychain.kernel.db.paging import Page, PageRequest, Rows, paginate
from supplychain.kernel.errors import NotFound
from supplychain.kernel.i18n import N_, locale
from supplychain.kernel.permissions import Actor
from supplychain.kernel.units import KG


@dataclass(frozen=True, slots=True)
class ContractRow:
    """A contract as lists and its page show it."""

    id: int
    number: str
    title: str
    channel: str
    channel_name_zh: str
    channel_name_en: str
    seller_id: int
    seller: str
    seller_name: str
    buyer_id: int
    buyer: str
    buyer_name: str
    buyer_kind: PartyKind
    signed_on: date
    valid_from: date
    valid_to: date
    payment_days: int
    loss_allowance_bp: int
    commission_bp: int
    min_remaining_life_days: int
    note: str
    state: ContractState
    version: int

    @property
    def channel_name(self) -> str:
        """Return the channel's name in the reader's language."""
        return self.channel_name_zh if locale().startswith("zh") else self.channel_name_en


@dataclass(frozen=True, slots=True)
class ContractLineRow:
    """A line of a contract with what is ordered and the price that counts on the day asked for."""

    id: int
    trade_item_id: int
    sku: str
    item_name_zh: str
    item_name_en: str
    grade: str
    unit: ItemUnit
    net_grams: int
    is_catch_weight: bool
    quantity_grams: int | None
    tolerance_bp: int
    ordered_grams: int
    price_e4: int | None
    """None when no price counts on that day."""
    next_price_e4: int | None
    next_price_on: date | None

    @property
    def item_name(self) -> str:
        """Return the item's name with its grade, in the reader's language."""
        return item_name(self.item_name_zh, self.item_name_en, self.grade)

    @property
    def quantity_text(self) -> str:
        """Return the quantity as a form takes it; empty without one."""
        return "" if self.quantity_grams is None else KG.text(self.quantity_grams)

    @property
    def left_grams(self) -> int | None:
        """Return how much can still be ordered, tolerance included; None without a quantity."""
        if self.quantity_grams is None:
            return None
        return max(0, orderable(self.quantity_grams, self.tolerance_bp) - self.ordered_grams)


@dataclass(frozen=True, slots=True)
class ContractFilter(PageRequest):
    """Which contracts: in a state, of a channel, with a party (code), that end before a day."""

    q: str = ""
    state: ContractState | None = None
    channel: str = ""
    party: str = ""
    ends_before: date | None = None


def page(session: Session, actor: Actor, wanted: ContractFilter) -> Page[ContractRow]:
    """Return the contracts that fit and that the actor may see, newest first."""
    return paginate(
        session,
        _fitting(actor, wanted),
        wanted,
        row=ContractRow,
        sorts={
            "number": Contract.number,
            "title": Contract.title,
            "seller": _SELLER.code,
            "buyer": _BUYER.code,
            "valid_from": Contract.valid_from,
            "valid_to": Contract.valid_to,
        },
        default="-valid_from",
        key=Contract.id,
    )


def one(session: Session, actor: Actor, number: str) -> ContractRow:
    """Return a contract by its number; NotFound when there is none that the actor may see."""
    found = session.execute(_contracts().where(Contract.number == number, visible(actor))).one_or_none()
    if found is None:
        raise NotFound(N_("There is no contract %(number)s."), number=number)
    return ContractRow(*found)


def lines(session: Session, contract_id: int, on: date) -> Sequence[ContractLineRow]:
    """Return the lines of a contract that its reader has found already, with the prices of a day."""
    found = session.execute(_lines(on).where(ContractLine.contract_id == contract_id).order_by(TradeItem.sku))
    return [ContractLineRow(*row) for row in found]


def lines_of(
    session: Session, contract_ids: Sequence[int], on: date
) -> Mapping[int, Sequence[ContractLineRow]]:
    """Return the lines of contracts that their reader has found already, by contract."""
    found: dict[int, list[ContractLineRow]] = {}
    wanted = (
        _lines(on).add_columns(ContractLine.contract_id).where(ContractLine.contract_id.in_(contract_ids))
    )
    for *columns, contract_id in session.execute(wanted.order_by(TradeItem.sku)):
        found.setdefault(contract_id, []).append(ContractLineRow(*columns))
    return found


def of_party(session: Session, actor: Actor, party_id: int) -> Sequence[ContractRow]:
    """Return the contracts of a party that the actor may see, newest first, twenty at most."""
    found = session.execute(
        _contracts()
        .where(visible(actor), or_(Contract.seller_id == party_id, Contract.buyer_id == party_id))
        .order_by(Contract.valid_from.desc(), Contract.id.desc())
        .limit(20)
    )
    return [ContractRow(*row) for row in found]


def choices(session: Session, actor: Actor, state: ContractState | None = None) -> list[tuple[str, str]]:
    """Return (number, number with title) of the contracts that the actor may see, for a form."""
    found = select(Contract.number, Contract.title).where(visible(actor)).order_by(Contract.number)
    if state is not None:
        found = found.where(Contract.state == state)
    return [(number, f"{number} {title}") for number, title in session.execute(found.limit(500))]


def to_order_under(session: Session, actor: Actor) -> Sequence[ContractRow]:
    """Return the active contracts that the actor buys under, the soonest to end first."""
    found = _contracts().where(Contract.state == ContractState.ACTIVE, Contract.valid_to >= today())
    if not actor.sees_all:
        found = found.where(Contract.buyer_id == actor.party_id)
    ordered = session.execute(found.order_by(Contract.valid_to, Contract.id).limit(100))
    return [ContractRow(*row) for row in ordered]


def buyer_choices(session: Session, actor: Actor) -> list[tuple[str, str]]:
    """Return (code, short name) of the buyers in the contracts that the actor may see, for a filter."""
    found = (
        select(Party.code, Party.short_name)
        .join(Contract, Contract.buyer_id == Party.id)
        .where(visible(actor))
        .distinct()
        .order_by(Party.code)
    )
    return [(code, name) for code, name in session.execute(found)]


def party_choices(session: Session, actor: Actor) -> list[tuple[str, str]]:
    """Return (code, short name) of everybody in the contracts that the actor may see, for a filter."""
    found = (
        select(Party.code, Party.short_name)
        .join(Contract, or_(Contract.buyer_id == Party.id, Contract.seller_id == Party.id))
        .where(visible(actor))
        .distinct()
        .order_by(Party.code)
    )
    return [(code, name) for code, name in session.execute(found)]


def item_choices(session: Session, actor: Actor) -> list[tuple[str, str]]:
    """Return (sku, name) of the items in the contracts that the actor may see, for a filter."""
    found = (
        select(TradeItem.sku, TradeItem.name_zh, TradeItem.name_en)
        .join(ContractLine, ContractLine.trade_item_id == TradeItem.id)
        .join(Contract, Contract.id == ContractLine.contract_id)
        .where(visible(actor))
        .distinct()
        .order_by(TradeItem.sku)
    )
    in_chinese = locale().startswith("zh")
    return [(sku, zh if in_chinese else en) for sku, zh, en in session.execute(found)]


def seller_choices(session: Session, actor: Actor) -> list[tuple[str, str]]:
    """Return (code, short name) of the co-operatives that the actor may sell for, for a form."""
    found = (
        select(Party.code, Party.short_name)
        .where(Party.kind == PartyKind.COOP, Party.is_active)
        .order_by(Party.code)
    )
    if not actor.sees_all:
        found = found.where(Party.id == actor.party_id)
    return [(code, name) for code, name in session.execute(found)]


def ending(session: Session, first: date, last: date) -> Sequence[tuple[int, str, int, int, date]]:
    """Return (id, number, seller, buyer, last day) of the active contracts that end within these days."""
    found = session.execute(
        select(Contract.id, Contract.number, Contract.seller_id, Contract.buyer_id, Contract.valid_to)
        .where(
            Contract.state.in_((ContractState.ACTIVE, ContractState.SUSPENDED)),
            Contract.valid_to.between(first, last),
        )
        .order_by(Contract.id)
    )
    return found.all()


def _fitting(actor: Actor, wanted: ContractFilter) -> Rows:
    found = _contracts().where(visible(actor))
    if wanted.state is not None:
        found = found.where(Contract.state == wanted.state)
    if wanted.channel:
        found = found.where(Channel.code == wanted.channel)
    if wanted.party:
        found = found.where(or_(_SELLER.code == wanted.party, _BUYER.code == wanted.party))
    if wanted.ends_before is not None:
        found = found.where(Contract.valid_to < wanted.ends_before)
    if wanted.q:
        columns = (Contract.number, Contract.title, _SELLER.name, _BUYER.name)
        found = found.where(or_(*(column.contains(wanted.q, autoescape=True) for column in columns)))
    return found


_SELLER, _BUYER = aliased(Party), aliased(Party)


def _contracts() -> Rows:
    return (
        select(
            Contract.id,
            Contract.number,
            Contract.title,
            Channel.code,
            Channel.name_zh,
            Channel.name_en,
            Contract.seller_id,
            _SELLER.code,
            _SELLER.short_name,
            Contract.buyer_id,
            _BUYER.code,
            _BUYER.short_name,
            _BUYER.kind,
            Contract.signed_on,
            Contract.valid_from,
            Contract.valid_to,
            Contract.payment_days,
            Contract.loss_allowance_bp,
            Contract.commission_bp,
            Contract.min_remaining_life_days,
            Contract.note,
            Contract.state,
            Contract.version,
        )
        .join(Channel, Channel.id == Contract.channel_id)
        .join(_SELLER, _SELLER.id == Contract.seller_id)
        .join(_BUYER, _BUYER.id == Contract.buyer_id)
    )


def _lines(on: date) -> Rows:
    of_line = Price.contract_line_id == ContractLine.id
    counting = (
        select(Price.price_e4)
        .where(of_line, Price.effective_on <= on)
        .order_by(Price.effective_on.desc())
        .limit(1)
    )
    coming = (
        select(Price.price_e4).where(of_line, Price.effective_on > on).order_by(Price.effective_on).limit(1)
    )
    coming_on = (
        select(Price.effective_on)
        .where(of_line, Price.effective_on > on)
        .order_by(Price.effective_on)
        .limit(1)
    )
    return select(
        ContractLine.id,
        TradeItem.id,
        TradeItem.sku,
        TradeItem.name_zh,
        TradeItem.name_en,
        TradeItem.grade,
        TradeItem.unit,
        TradeItem.net_grams,
        TradeItem.is_catch_weight,
        ContractLine.quantity_grams,
        ContractLine.tolerance_bp,
        ContractLine.ordered_grams,
        counting.correlate(ContractLine).scalar_subquery(),
        coming.correlate(ContractLine).scalar_subquery(),
        coming_on.correlate(ContractLine).scalar_subquery(),
    ).join(TradeItem, TradeItem.id == ContractLine.trade_item_id)
