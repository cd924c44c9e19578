"""Notices: what the suite has to tell a party, shown on its home page until somebody has read it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from supplychain.kernel.db.base import Base, Identified


class Notice(Identified, Base):
    """One message to one party; `key` makes sure that the same thing is told once."""

    __tablename__ = "base_notice"
    __table_args__ = (UniqueConstraint("key"), Index(None, "party_id", "read_at"))

    key: Mapped[str] = mapped_column(String(120))
    party_id: Mapped[int | None] = mapped_column(ForeignKey("base_party.id"))
    """None is for the operator."""
    message: Mapped[str] = mapped_column(String(300))
    """An English msgid."""
    detail: Mapped[dict[str, Any]]
    path: Mapped[str] = mapped_column(String(200), default="")
    """The page where something can be done about it."""
    created_at: Mapped[datetime]
    read_at: Mapped[datetime | None]
