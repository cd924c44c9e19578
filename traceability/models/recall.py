"""Recalls: what is called back and why, the batches concerned, and what each place says became of them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from supplychain.kernel.db.base import Base, Identified, Versioned, enum_column
from traceability.rules.ledger import Bucket
from traceability.rules.recall import RecallState


class Recall(Identified, Versioned, Base):
    """A recall, or a drill of one that touches nothing."""

    __tablename__ = "traceability_recall"
    __table_args__ = (UniqueConstraint("number"), Index(None, "party_id", "opened_at"))

    number: Mapped[str] = mapped_column(String(20))
    party_id: Mapped[int] = mapped_column(ForeignKey("base_party.id"))
    """Whose goods are called back."""
    reason: Mapped[str] = mapped_column(String(300))
    start_kind: Mapped[str] = mapped_column(String(40))
    """The lead that found the goods: a batch, a plot, a lorry."""
    start: Mapped[str] = mapped_column(String(300))
    """The clue that it was given."""
    is_drill: Mapped[bool]
    state: Mapped[RecallState] = mapped_column(enum_column(RecallState, "state"))
    opened_at: Mapped[datetime]
    opened_by: Mapped[str] = mapped_column(String(120))
    found_ms: Mapped[int] = mapped_column(Integer)
    """How long it took to find every kilogram, in milliseconds."""
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[str | None] = mapped_column(String(120))
    closing_note: Mapped[str] = mapped_column(String(300), default="")
    """Why it was closed although the balance does not add up; empty when it does."""


class RecallBatch(Identified, Base):
    """A batch that is called back."""

    __tablename__ = "traceability_recall_batch"
    __table_args__ = (UniqueConstraint("recall_id", "batch_id"), Index(None, "batch_id"))

    recall_id: Mapped[int] = mapped_column(ForeignKey("traceability_recall.id"))
    batch_id: Mapped[int] = mapped_column(ForeignKey("traceability_batch.id"))
    grams: Mapped[int]
    """What the batch weighed: made into others, gone, or found at a place."""
    stem_grams: Mapped[int]
    """How much of it stems from where the recall began."""
    made_grams: Mapped[int]
    """What went into other batches, which are called back too."""
    gone_grams: Mapped[int]
    """What was sold, lost or used up before the recall was opened."""


class RecallPlace(Identified, Versioned, Base):
    """Goods of a called-back batch at one place, and what is said to have become of them."""

    __tablename__ = "traceability_recall_place"
    __table_args__ = (
        UniqueConstraint("recall_id", "batch_id", "site_id", "bucket"),
        CheckConstraint(
            "held_grams >= 0 AND returned_grams >= 0 AND destroyed_grams >= 0 AND sold_grams >= 0",
            name="grams",
        ),
        CheckConstraint(
            "held_grams + returned_grams + destroyed_grams + sold_grams <= found_grams", name="balance"
        ),
        Index(None, "party_id", "recall_id"),
        Index(None, "recall_id", "acknowledged_at"),
    )

    recall_id: Mapped[int] = mapped_column(ForeignKey("traceability_recall.id"))
    batch_id: Mapped[int] = mapped_column(ForeignKey("traceability_batch.id"))
    site_id: Mapped[int] = mapped_column(ForeignKey("base_site.id"))
    party_id: Mapped[int] = mapped_column(ForeignKey("base_party.id"))
    """Who owns the place and answers for it."""
    bucket: Mapped[Bucket] = mapped_column(enum_column(Bucket, "bucket"))
    found_grams: Mapped[int]
    found_boxes: Mapped[int] = mapped_column(Integer)
    acknowledged_at: Mapped[datetime | None]
    acknowledged_by: Mapped[str | None] = mapped_column(String(120))
    held_grams: Mapped[int] = mapped_column(default=0)
    returned_grams: Mapped[int] = mapped_column(default=0)
    destroyed_grams: Mapped[int] = mapped_column(default=0)
    sold_grams: Mapped[int] = mapped_column(default=0)
    note: Mapped[str] = mapped_column(String(300), default="")
