"""Which batches became which, with the mass on each edge, and the processes that allow it."""

from __future__ import annotations

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from supplychain.kernel.db.base import Base, Identified, enum_column
from traceability.rules.genealogy import ProcessKind


class Edge(Identified, Base):
    """So much of one batch that went into another. Follows the ledger; a declared entry has none."""

    __tablename__ = "traceability_edge"
    __table_args__ = (
        UniqueConstraint("entry_id", "parent_id", "child_id"),
        CheckConstraint("parent_id <> child_id", name="ends"),
        CheckConstraint("grams_in >= 0 AND grams_out >= 0", name="grams"),
        Index(None, "parent_id", "child_id"),
        Index(None, "child_id", "parent_id"),
    )

    entry_id: Mapped[int] = mapped_column(ForeignKey("traceability_entry.id"))
    parent_id: Mapped[int] = mapped_column(ForeignKey("traceability_batch.id"))
    child_id: Mapped[int] = mapped_column(ForeignKey("traceability_batch.id"))
    grams_in: Mapped[int]
    """What left the parent for this child, loss included; a parent's edges add up to what was taken."""
    grams_out: Mapped[int]
    """What of the child came from this parent; a child's edges add up to what was made."""


class Process(Identified, Base):
    """A way in which batches become batches, and the yield that is believable for it. Dated."""

    __tablename__ = "traceability_process"
    __table_args__ = (
        UniqueConstraint("code", "valid_from"),
        CheckConstraint("0 < min_yield_bp AND min_yield_bp <= max_yield_bp", name="range"),
    )

    code: Mapped[str] = mapped_column(String(24))
    name_zh: Mapped[str] = mapped_column(String(60))
    name_en: Mapped[str] = mapped_column(String(60))
    kind: Mapped[ProcessKind] = mapped_column(enum_column(ProcessKind, "kind"))
    min_yield_bp: Mapped[int] = mapped_column(Integer)
    max_yield_bp: Mapped[int] = mapped_column(Integer)
    """Mass out over mass in, in 1/10 000; splitting loses nothing, drying tea three quarters."""
    tolerance_bp: Mapped[int] = mapped_column(Integer)
    """How much of the mass in may be missing or over without being declared: scales and dust."""
    source: Mapped[str] = mapped_column(String(200))
    valid_from: Mapped[date]
