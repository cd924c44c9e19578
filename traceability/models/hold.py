"""Holds, the batches that they cover, and the two people who end them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from supplychain.kernel.db.base import Base, Identified, Versioned, enum_column
from traceability.rules.hold import Disposition, HoldKind, HoldScope, HoldState


class Hold(Identified, Versioned, Base):
    """Goods that must not move, why, what two people decided, and since when they may again."""

    __tablename__ = "traceability_hold"
    __table_args__ = (
        UniqueConstraint("number"),
        CheckConstraint(
            "(scope = 'unit') = (sscc IS NOT NULL) AND (scope = 'unit') = (batch_id IS NULL)", name="subject"
        ),
        CheckConstraint(
            "proposed_by_id IS NULL OR decided_by_id IS NULL OR proposed_by_id <> decided_by_id",
            name="four_eyes",
        ),
        Index(None, "party_id", "state"),
        Index(None, "batch_id"),
        Index(None, "sscc", "lifted_at"),
    )

    number: Mapped[str] = mapped_column(String(20))
    party_id: Mapped[int] = mapped_column(ForeignKey("base_party.id"))
    """Whose goods they are: who decides."""
    scope: Mapped[HoldScope] = mapped_column(enum_column(HoldScope, "scope"))
    kind: Mapped[HoldKind] = mapped_column(enum_column(HoldKind, "kind"))
    reason: Mapped[str] = mapped_column(String(300))
    batch_id: Mapped[int | None] = mapped_column(ForeignKey("traceability_batch.id"))
    """What it was placed on, the first when many were held together; None for a unit."""
    sscc: Mapped[str | None] = mapped_column(String(18))
    """The box or pallet, by its key: what logistics packs is not known here."""
    grams: Mapped[int]
    """How much there was of it when it was placed."""
    placed_at: Mapped[datetime]
    placed_by: Mapped[str] = mapped_column(String(120))
    state: Mapped[HoldState] = mapped_column(enum_column(HoldState, "state"))
    disposition: Mapped[Disposition | None] = mapped_column(enum_column(Disposition, "disposition"))
    """Proposed or decided, as the state says; None before."""
    finding: Mapped[str] = mapped_column(String(300), default="")
    """What was found, and so what is proposed."""
    item_id: Mapped[int | None] = mapped_column(ForeignKey("base_trade_item.id"))
    """For a downgrade: what it must be made into."""
    buyer_id: Mapped[int | None] = mapped_column(ForeignKey("base_party.id"))
    """For a diversion: the only one who may have it."""
    diverted_to: Mapped[str] = mapped_column(String(120), default="")
    """For a diversion: what it may be used for there."""
    proposed_at: Mapped[datetime | None]
    proposed_by: Mapped[str] = mapped_column(String(120), default="")
    proposed_by_id: Mapped[int | None]
    """The user; None when the suite itself proposed, or before."""
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[str] = mapped_column(String(120), default="")
    decided_by_id: Mapped[int | None]
    lifted_at: Mapped[datetime | None]
    """Since when it stops nothing any more. What was diverted or destroyed is never lifted."""


class HoldBatch(Base):
    """A batch that a hold covers: the one it was placed on, or what was made from it."""

    __tablename__ = "traceability_hold_batch"

    hold_id: Mapped[int] = mapped_column(ForeignKey("traceability_hold.id"), primary_key=True)
    batch_id: Mapped[int] = mapped_column(ForeignKey("traceability_batch.id"), primary_key=True, index=True)
