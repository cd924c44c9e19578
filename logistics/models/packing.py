"""Allocations of batches to order lines, and the logistic units that they are packed in."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from logistics.rules.states import AllocationState, UnitKind, UnitState
from supplychain.kernel.db.base import Base, Identified, Versioned, enum_column


class Allocation(Identified, Versioned, Base):
    """Some of a batch, promised to an order line, with the reasons why this batch."""

    __tablename__ = "logistics_allocation"
    __table_args__ = (
        CheckConstraint("grams > 0", name="grams"),
        CheckConstraint("boxes > 0", name="boxes"),
        Index(None, "batch_id", "site_id", "state"),
        Index(None, "order_line_id", "state"),
    )

    order_line_id: Mapped[int] = mapped_column(ForeignKey("contracts_order_line.id"))
    batch_id: Mapped[int] = mapped_column(ForeignKey("traceability_batch.id"))
    site_id: Mapped[int] = mapped_column(ForeignKey("base_site.id"))
    """Where the goods are taken from."""
    boxes: Mapped[int] = mapped_column(Integer)
    grams: Mapped[int]
    reasons: Mapped[dict[str, Any]]
    """Why this batch: `{"reasons": [{"msgid": …, "values": {…}}, …]}`, most telling first."""
    promised_at: Mapped[datetime]
    state: Mapped[AllocationState] = mapped_column(enum_column(AllocationState, "state"))


class LogisticUnit(Identified, Versioned, Base):
    """A box or pallet with an SSCC: what is scanned at every change of hands."""

    __tablename__ = "logistics_unit"
    __table_args__ = (UniqueConstraint("sscc"), Index(None, "order_id"), Index(None, "shipment_id"))

    sscc: Mapped[str] = mapped_column(String(18))
    kind: Mapped[UnitKind] = mapped_column(enum_column(UnitKind, "kind"))
    order_id: Mapped[int] = mapped_column(ForeignKey("contracts_order.id"))
    site_id: Mapped[int] = mapped_column(ForeignKey("base_site.id"))
    """Where it was packed."""
    shipment_id: Mapped[int | None] = mapped_column(ForeignKey("logistics_shipment.id"))
    packed_at: Mapped[datetime]
    packed_by: Mapped[str] = mapped_column(String(120))
    state: Mapped[UnitState] = mapped_column(enum_column(UnitState, "state"))


class UnitContent(Identified, Base):
    """What a logistic unit holds of one allocation."""

    __tablename__ = "logistics_unit_content"
    __table_args__ = (
        UniqueConstraint("unit_id", "allocation_id"),
        CheckConstraint("grams > 0", name="grams"),
        CheckConstraint("boxes > 0", name="boxes"),
        Index(None, "allocation_id"),
        Index(None, "batch_id"),
    )

    unit_id: Mapped[int] = mapped_column(ForeignKey("logistics_unit.id"))
    allocation_id: Mapped[int] = mapped_column(ForeignKey("logistics_allocation.id"))
    batch_id: Mapped[int] = mapped_column(ForeignKey("traceability_batch.id"))
    boxes: Mapped[int] = mapped_column(Integer)
    grams: Mapped[int]
