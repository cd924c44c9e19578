"""Designs of labels: what is printed where on which stock."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from supplychain.kernel.db.base import Base, Identified, Versioned


class LabelDesign(Identified, Versioned, Base):
    """A label design of a party, or of the house for everybody."""

    __tablename__ = "traceability_label_design"
    __table_args__ = (
        UniqueConstraint("key"),
        UniqueConstraint("owner_id", "name"),
        Index(None, "owner_id"),
    )

    owner_id: Mapped[int | None] = mapped_column(ForeignKey("base_party.id"))
    """Whose it is; None is the house's, which everybody may print with and copy."""
    key: Mapped[str | None] = mapped_column(String(40))
    """The name of the file it was shipped in; None for designs that people made."""
    name: Mapped[str] = mapped_column(String(60))
    document: Mapped[dict[str, Any]]
    """As `labelling.document` keeps it: lengths in micrometres, letters in tenths of a point."""
    for_boxes: Mapped[bool] = mapped_column(default=False)
    """The owner's first choice for boxes."""
    for_items: Mapped[bool] = mapped_column(default=False)
    """The owner's first choice for single items."""
    changed_at: Mapped[datetime]
    changed_by: Mapped[str] = mapped_column(String(120))
