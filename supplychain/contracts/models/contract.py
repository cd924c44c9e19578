"""Channels, contracts, their lines and the prices that count from a day on."""

from __future__ import annotations

from datetime import date, time

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, String, Time, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from supplychain.contracts.rules import ContractState, PriceState
from supplychain.kernel.db.base import Base, Identified, Versioned, enum_column


class Channel(Identified, Versioned, Base):
    """A way to market: 农批, 农超, 农社, 农企 are rows, and a fifth would need no code."""

    __tablename__ = "contracts_channel"
    __table_args__ = (
        UniqueConstraint("code"),
        CheckConstraint("loss_allowance_bp BETWEEN 0 AND 10000", name="loss_allowance"),
        CheckConstraint("commission_bp BETWEEN 0 AND 10000", name="commission"),
    )

    code: Mapped[str] = mapped_column(String(24))
    name_zh: Mapped[str] = mapped_column(String(40))
    name_en: Mapped[str] = mapped_column(String(60))
    buyer_kinds: Mapped[str] = mapped_column(String(120))
    """The kinds of parties that buy in this channel, parted by blanks."""
    cadence_zh: Mapped[str] = mapped_column(String(120))
    """How ordering goes in this channel, in the trade's words."""
    cadence_en: Mapped[str] = mapped_column(String(120))
    cutoff: Mapped[time] = mapped_column(Time)
    """Orders for the following day close at this time in Shanghai."""
    payment_days: Mapped[int] = mapped_column(Integer)
    loss_allowance_bp: Mapped[int] = mapped_column(Integer)
    """Loss in transit that the buyer bears, as a share of what was shipped."""
    commission_bp: Mapped[int] = mapped_column(Integer)
    """What a community leader or market keeps of the goods' value."""


class Contract(Identified, Versioned, Base):
    """A frame between one seller and one buyer; its terms start as its channel's."""

    __tablename__ = "contracts_contract"
    __table_args__ = (
        UniqueConstraint("number"),
        CheckConstraint("valid_from <= valid_to", name="validity"),
        CheckConstraint("seller_id <> buyer_id", name="two_parties"),
        CheckConstraint("loss_allowance_bp BETWEEN 0 AND 10000", name="loss_allowance"),
        CheckConstraint("commission_bp BETWEEN 0 AND 10000", name="commission"),
        Index(None, "seller_id", "state"),
        Index(None, "buyer_id", "state"),
    )

    number: Mapped[str] = mapped_column(String(24))
    """Our own number (HT2611-0001) or the number on the signed paper."""
    title: Mapped[str] = mapped_column(String(120))
    channel_id: Mapped[int] = mapped_column(ForeignKey("contracts_channel.id"))
    seller_id: Mapped[int] = mapped_column(ForeignKey("base_party.id"))
    buyer_id: Mapped[int] = mapped_column(ForeignKey("base_party.id"))
    signed_on: Mapped[date]
    valid_from: Mapped[date]
    valid_to: Mapped[date]
    payment_days: Mapped[int] = mapped_column(Integer)
    loss_allowance_bp: Mapped[int] = mapped_column(Integer)
    commission_bp: Mapped[int] = mapped_column(Integer)
    min_remaining_life_days: Mapped[int] = mapped_column(Integer, default=0)
    """Days before best-before that the buyer wants to have left on delivery."""
    note: Mapped[str] = mapped_column(String(400), default="")
    state: Mapped[ContractState] = mapped_column(enum_column(ContractState, "state"))


class ContractLine(Identified, Versioned, Base):
    """One trade item under a contract: how much in all, and how far off is tolerated."""

    __tablename__ = "contracts_contract_line"
    __table_args__ = (
        UniqueConstraint("contract_id", "trade_item_id"),
        CheckConstraint("quantity_grams > 0", name="quantity"),
        CheckConstraint("tolerance_bp BETWEEN 0 AND 10000", name="tolerance"),
        CheckConstraint("ordered_grams >= 0", name="ordered"),
    )

    contract_id: Mapped[int] = mapped_column(ForeignKey("contracts_contract.id"))
    trade_item_id: Mapped[int] = mapped_column(ForeignKey("base_trade_item.id"))
    quantity_grams: Mapped[int | None]
    """None is a rate-only line: a price without a quantity."""
    tolerance_bp: Mapped[int] = mapped_column(Integer, default=0)
    """How far the sum of orders may exceed the quantity."""
    ordered_grams: Mapped[int] = mapped_column(default=0)
    """Sum of what is ordered and not cancelled; kept with each order so that two buyers cannot overdraw."""


class Price(Identified, Base):
    """A price of a contract line from a day on. One is active; the price-list job brings on the next."""

    __tablename__ = "contracts_price"
    __table_args__ = (
        UniqueConstraint("contract_line_id", "effective_on"),
        CheckConstraint("price_e4 > 0", name="price"),
        Index(None, "state", "effective_on"),
    )

    contract_line_id: Mapped[int] = mapped_column(ForeignKey("contracts_contract_line.id"))
    price_e4: Mapped[int]
    """1/10 000 yuan per kg."""
    effective_on: Mapped[date]
    state: Mapped[PriceState] = mapped_column(enum_column(PriceState, "state"))
