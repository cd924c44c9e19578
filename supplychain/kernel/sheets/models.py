"""A spreadsheet that was handed in and looked at, waiting to be applied."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from supplychain.kernel.db.base import Base, Identified


class ImportDraft(Identified, Base):
    """The file behind a preview; only who handed it in may apply it."""

    __tablename__ = "kernel_import_draft"
    __table_args__ = (UniqueConstraint("token"),)

    token: Mapped[str] = mapped_column(String(64))
    kind: Mapped[str] = mapped_column(String(48))
    filename: Mapped[str] = mapped_column(String(200))
    content: Mapped[bytes] = mapped_column(LargeBinary)
    created_by: Mapped[int | None]
    created_at: Mapped[datetime]
