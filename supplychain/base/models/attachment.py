"""Files that belong to a document, kept in the database so that one backup holds everything."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, LargeBinary, String
from sqlalchemy.orm import Mapped, deferred, mapped_column

from supplychain.kernel.db.base import Base, Identified


class Attachment(Identified, Base):
    """One file, as it was handed in."""

    __tablename__ = "base_attachment"
    __table_args__ = (Index(None, "document", "document_id"),)

    document: Mapped[str] = mapped_column(String(48))
    """The kind of document, as in the audit trail."""
    document_id: Mapped[int]
    filename: Mapped[str] = mapped_column(String(200))
    media_type: Mapped[str] = mapped_column(String(100))
    size: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64))
    content: Mapped[bytes] = deferred(mapped_column(LargeBinary, nullable=False))
    created_at: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(String(120))
