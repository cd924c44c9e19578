"""The trace ledger: append-only entries of what happens to goods, and the holdings they add up to."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from supplychain.kernel.db.base import Base, Identified, enum_column
from traceability.rules.ledger import Bucket, Step


class Entry(Identified, Base):
    """One thing that happened; `document` is the EPCIS 2.0 event. Never updated, never deleted."""

    __tablename__ = "traceability_entry"
    __table_args__ = (
        UniqueConstraint("event_id"),
        Index(None, "event_time"),
        Index(None, "site_id", "event_time"),
        Index(None, "reference"),
    )

    event_id: Mapped[str] = mapped_column(String(120))
    step: Mapped[Step] = mapped_column(enum_column(Step, "step"))
    event_time: Mapped[datetime]
    """When it happened."""
    record_time: Mapped[datetime]
    """When it was written down."""
    site_id: Mapped[int] = mapped_column(ForeignKey("base_site.id"))
    """Where it happened; for a shipment, where it left."""
    to_site_id: Mapped[int | None] = mapped_column(ForeignKey("base_site.id"))
    """For a shipment, where it goes."""
    reference: Mapped[str] = mapped_column(String(60), default="")
    """The number of the document that caused it (shipment, receipt, contract)."""
    recorded_by: Mapped[str] = mapped_column(String(120))
    document: Mapped[dict[str, Any]]


class EntryBatch(Identified, Base):
    """How much of which batch an entry is about."""

    __tablename__ = "traceability_entry_batch"
    __table_args__ = (Index(None, "batch_id", "entry_id"), Index(None, "entry_id"))

    entry_id: Mapped[int] = mapped_column(ForeignKey("traceability_entry.id"))
    batch_id: Mapped[int] = mapped_column(ForeignKey("traceability_batch.id"))
    grams: Mapped[int]
    boxes: Mapped[int] = mapped_column(Integer)


class EntryUnit(Identified, Base):
    """Which logistic units an entry is about, by SSCC."""

    __tablename__ = "traceability_entry_unit"
    __table_args__ = (Index(None, "sscc"), Index(None, "entry_id"))

    entry_id: Mapped[int] = mapped_column(ForeignKey("traceability_entry.id"))
    sscc: Mapped[str] = mapped_column(String(18))


class Holding(Identified, Base):
    """How much of a batch is where, in which way: the sum of its entries, kept in the same transaction."""

    __tablename__ = "traceability_holding"
    __table_args__ = (
        UniqueConstraint("batch_id", "site_id", "bucket"),
        CheckConstraint("grams >= 0", name="grams"),
        CheckConstraint("boxes >= 0", name="boxes"),
        Index(None, "site_id", "bucket"),
    )

    batch_id: Mapped[int] = mapped_column(ForeignKey("traceability_batch.id"))
    site_id: Mapped[int] = mapped_column(ForeignKey("base_site.id"))
    bucket: Mapped[Bucket] = mapped_column(enum_column(Bucket, "bucket"))
    grams: Mapped[int]
    boxes: Mapped[int] = mapped_column(Integer)
