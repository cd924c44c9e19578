"""Cases that consumers open from the page of a batch or an item."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from supplychain.kernel.db.base import Base, Identified, Versioned, enum_column
from traceability.rules.feedback import CaseState, FeedbackKind


class Feedback(Identified, Versioned, Base):
    """What a consumer told of a batch, what became of it, and what they were answered."""

    __tablename__ = "traceability_feedback"
    __table_args__ = (
        UniqueConstraint("number"),
        UniqueConstraint("token"),
        Index(None, "batch_id"),
        Index(None, "state", "made_at"),
        Index(None, "visitor"),
    )

    number: Mapped[str] = mapped_column(String(20))
    token: Mapped[str] = mapped_column(String(32))
    """Chance: the address at which the consumer reads what became of it."""
    batch_id: Mapped[int] = mapped_column(ForeignKey("traceability_batch.id"))
    code_id: Mapped[int | None] = mapped_column(ForeignKey("traceability_code.id"))
    """The item, when its own code was scanned."""
    kind: Mapped[FeedbackKind] = mapped_column(enum_column(FeedbackKind, "kind"))
    text: Mapped[str] = mapped_column(String(1000))
    contact: Mapped[str] = mapped_column(String(100), default="")
    """As the consumer gave it, for staff only; empty when they gave none."""
    visitor: Mapped[str] = mapped_column(String(32))
    """As in `Scan`: tells visitors of one day apart, names nobody."""
    state: Mapped[CaseState] = mapped_column(enum_column(CaseState, "state"))
    answer: Mapped[str] = mapped_column(String(1000), default="")
    """What the consumer reads at the case's address."""
    made_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]
