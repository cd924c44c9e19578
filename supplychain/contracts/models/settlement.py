"""Settlements: what a month of deliveries under a contract comes to, explained line by line."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from supplychain.contracts.rules import SettlementLineKind, SettlementState
from supplychain.kernel.db.base import Base, Identified, Versioned, enum_column


class Settlement(Identified, Versioned, Base):
    """One contract's month. Its lines are fixed when it is issued."""

    __tablename__ = "contracts_settlement"
    __table_args__ = (
        UniqueConstraint("number"),
        UniqueConstraint("contract_id", "period_start"),
        Index(None, "seller_id", "state"),
        Index(None, "buyer_id", "state"),
    )

    number: Mapped[str] = mapped_column(String(24))
    contract_id: Mapped[int] = mapped_column(ForeignKey("contracts_contract.id"))
    seller_id: Mapped[int] = mapped_column(ForeignKey("base_party.id"))
    buyer_id: Mapped[int] = mapped_column(ForeignKey("base_party.id"))
    period_start: Mapped[date]
    """The first day of the month, in Shanghai."""
    issued_at: Mapped[datetime]
    due_on: Mapped[date]
    goods_fen: Mapped[int]
    commission_fen: Mapped[int]
    """What is kept back; subtracted from the goods."""
    total_fen: Mapped[int]
    state: Mapped[SettlementState] = mapped_column(enum_column(SettlementState, "state"))


class SettlementLine(Identified, Base):
    """One line with its reason: `explanation` holds every figure that the amount was made from."""

    __tablename__ = "contracts_settlement_line"
    __table_args__ = (
        UniqueConstraint("delivery_line_id", "kind"),
        CheckConstraint("position > 0", name="position"),
        Index(None, "settlement_id", "position"),
    )

    settlement_id: Mapped[int] = mapped_column(ForeignKey("contracts_settlement.id"))
    position: Mapped[int]
    kind: Mapped[SettlementLineKind] = mapped_column(enum_column(SettlementLineKind, "kind"))
    delivery_line_id: Mapped[int | None] = mapped_column(ForeignKey("contracts_delivery_line.id"))
    """A delivered line is settled once; None for a line over the whole settlement."""
    payable_grams: Mapped[int]
    price_e4: Mapped[int]
    amount_fen: Mapped[int]
    """Negative when it is kept back."""
    explanation: Mapped[dict[str, Any]]
