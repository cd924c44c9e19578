"""Messages to the outside, written in the transaction of the act that causes them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from supplychain.kernel.db.base import Base, Identified


class Message(Identified, Base):
    """One message: sent at least once, always under the same key, so that the receiver can tell a repeat."""

    __tablename__ = "kernel_outbox"
    __table_args__ = (
        UniqueConstraint("idempotency_key"),
        Index(None, "delivered_at", "abandoned_at", "next_attempt_at"),
    )

    channel: Mapped[str] = mapped_column(String(20))
    """How it travels: `webhook` or `file`."""
    destination: Mapped[str] = mapped_column(String(300))
    subject: Mapped[str] = mapped_column(String(60))
    payload: Mapped[dict[str, Any]]
    idempotency_key: Mapped[str] = mapped_column(String(120))
    created_at: Mapped[datetime]
    next_attempt_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    delivered_at: Mapped[datetime | None]
    abandoned_at: Mapped[datetime | None]
    """Given up after the last attempt; seen on the operator's page."""
    last_error: Mapped[str] = mapped_column(String(300), default="")
