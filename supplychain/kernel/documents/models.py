"""Tables that every document uses: number sequences and the audit trail."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from supplychain.kernel.db.base import Base, Identified


class Sequence(Identified, Base):
    """The last number given out under one prefix."""

    __tablename__ = "kernel_sequence"
    __table_args__ = (UniqueConstraint("name"),)

    name: Mapped[str] = mapped_column(String(64))
    """The prefix with its period, as B2611."""
    last: Mapped[int]


class AuditEntry(Identified, Base):
    """One line of who did what to which document, and when. Never changed, never deleted."""

    __tablename__ = "kernel_audit"
    __table_args__ = (Index(None, "document", "document_id"), Index(None, "at"))

    at: Mapped[datetime]
    user_id: Mapped[int | None]
    """None when the suite itself acted."""
    party_id: Mapped[int | None]
    actor_name: Mapped[str] = mapped_column(String(120))
    document: Mapped[str] = mapped_column(String(48))
    """The kind of document, as `traceability.batch`."""
    document_id: Mapped[int]
    act: Mapped[str] = mapped_column(String(160))
    """The English msgid of what was done."""
    detail: Mapped[dict[str, Any]]
    """Values that fill the msgid, and the states before and after."""
