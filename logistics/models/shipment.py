"""Vehicles, routes, shipments with their stops, and receipts at the gate."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from logistics.rules.states import RejectReason, Severity, ShipmentState
from supplychain.kernel.db.base import Base, Identified, Versioned, enum_column


class Vehicle(Identified, Versioned, Base):
    """A refrigerated lorry of a carrier."""

    __tablename__ = "logistics_vehicle"
    __table_args__ = (UniqueConstraint("plate"), CheckConstraint("capacity_grams > 0", name="capacity"))

    plate: Mapped[str] = mapped_column(String(12))
    carrier_id: Mapped[int] = mapped_column(ForeignKey("base_party.id"), index=True)
    refrigeration_class: Mapped[str] = mapped_column(String(1))
    """GB 29753 class: A 12~0, B 12~-10, C 12~-20, D ≤ 0, E ≤ -10, F ≤ -20 ℃."""
    capacity_grams: Mapped[int]
    is_active: Mapped[bool] = mapped_column(default=True)


class Route(Identified, Base):
    """A way from Datian to Shanghai."""

    __tablename__ = "logistics_route"
    __table_args__ = (UniqueConstraint("code"), CheckConstraint("kilometres > 0", name="kilometres"))

    code: Mapped[str] = mapped_column(String(24))
    name_zh: Mapped[str] = mapped_column(String(80))
    name_en: Mapped[str] = mapped_column(String(80))
    way_points: Mapped[str] = mapped_column(String(300))
    """Places passed, in order, parted by commas."""
    checkpoint: Mapped[str] = mapped_column(String(40), default="")
    """The designated 道口 at which animal products enter Shanghai."""
    kilometres: Mapped[int] = mapped_column(Integer)
    planned_minutes: Mapped[int] = mapped_column(Integer)


class Shipment(Identified, Versioned, Base):
    """One lorry's way from a packhouse to one or more gates, with the verdict on its cold chain."""

    __tablename__ = "logistics_shipment"
    __table_args__ = (
        UniqueConstraint("number"),
        UniqueConstraint("carrier_id", "waybill"),
        CheckConstraint("band_min_centi < band_max_centi", name="band"),
        Index(None, "carrier_id", "state"),
        Index(None, "shipper_id", "state"),
        Index(None, "departed_at"),
    )

    number: Mapped[str] = mapped_column(String(24))
    waybill: Mapped[str | None] = mapped_column(String(40))
    """The carrier's own number; the same number twice is the same shipment."""
    shipper_id: Mapped[int] = mapped_column(ForeignKey("base_party.id"))
    carrier_id: Mapped[int] = mapped_column(ForeignKey("base_party.id"))
    vehicle_id: Mapped[int] = mapped_column(ForeignKey("logistics_vehicle.id"))
    route_id: Mapped[int] = mapped_column(ForeignKey("logistics_route.id"))
    driver_name: Mapped[str] = mapped_column(String(60))
    driver_phone: Mapped[str] = mapped_column(String(30))
    from_site_id: Mapped[int] = mapped_column(ForeignKey("base_site.id"))
    planned_departure_at: Mapped[datetime]
    departed_at: Mapped[datetime | None]
    arrived_at: Mapped[datetime | None]
    """When it reached the last gate."""
    band_min_centi: Mapped[int] = mapped_column(Integer)
    """Where the bands of all goods aboard overlap, in 1/100 ℃; fixed at departure."""
    band_max_centi: Mapped[int] = mapped_column(Integer)
    critical_min_centi: Mapped[int | None] = mapped_column(Integer)
    critical_max_centi: Mapped[int | None] = mapped_column(Integer)
    verdict: Mapped[Severity] = mapped_column(enum_column(Severity, "verdict"))
    coverage_bp: Mapped[int] = mapped_column(Integer, default=0)
    """Share of the minutes under way that a logger witnessed."""
    lowest_centi: Mapped[int | None] = mapped_column(Integer)
    highest_centi: Mapped[int | None] = mapped_column(Integer)
    judged_at: Mapped[datetime | None]
    state: Mapped[ShipmentState] = mapped_column(enum_column(ShipmentState, "state"))


class Stop(Identified, Base):
    """A gate that a shipment goes to."""

    __tablename__ = "logistics_stop"
    __table_args__ = (
        UniqueConstraint("shipment_id", "position"),
        UniqueConstraint("shipment_id", "site_id"),
        Index(None, "site_id"),
    )

    shipment_id: Mapped[int] = mapped_column(ForeignKey("logistics_shipment.id"))
    position: Mapped[int] = mapped_column(Integer)
    site_id: Mapped[int] = mapped_column(ForeignKey("base_site.id"))
    planned_at: Mapped[datetime]
    arrived_at: Mapped[datetime | None]
    received_at: Mapped[datetime | None]


class Receipt(Identified, Base):
    """What a gate took in from a shipment: once per stop."""

    __tablename__ = "logistics_receipt"
    __table_args__ = (UniqueConstraint("number"), UniqueConstraint("stop_id"))

    number: Mapped[str] = mapped_column(String(24))
    shipment_id: Mapped[int] = mapped_column(ForeignKey("logistics_shipment.id"), index=True)
    stop_id: Mapped[int] = mapped_column(ForeignKey("logistics_stop.id"))
    site_id: Mapped[int] = mapped_column(ForeignKey("base_site.id"))
    received_at: Mapped[datetime]
    received_by: Mapped[str] = mapped_column(String(120))
    surface_centi: Mapped[int | None] = mapped_column(Integer)
    """Surface temperature of the goods at hand-over, 1/100 ℃."""
    core_centi: Mapped[int | None] = mapped_column(Integer)
    """Core temperature, measured when the surface is out of range (GB/T 24616)."""
    note: Mapped[str] = mapped_column(String(400), default="")


class ReceiptLine(Identified, Base):
    """One batch on one order line: weighed in, taken, refused, lost."""

    __tablename__ = "logistics_receipt_line"
    __table_args__ = (
        UniqueConstraint("receipt_id", "order_line_id", "batch_id"),
        CheckConstraint("accepted_grams >= 0 AND rejected_grams >= 0 AND loss_grams >= 0", name="masses"),
        CheckConstraint("shipped_grams = accepted_grams + rejected_grams + loss_grams", name="balance"),
        Index(None, "batch_id"),
    )

    receipt_id: Mapped[int] = mapped_column(ForeignKey("logistics_receipt.id"))
    order_line_id: Mapped[int] = mapped_column(ForeignKey("contracts_order_line.id"))
    batch_id: Mapped[int] = mapped_column(ForeignKey("traceability_batch.id"))
    shipped_boxes: Mapped[int] = mapped_column(Integer)
    accepted_boxes: Mapped[int] = mapped_column(Integer)
    rejected_boxes: Mapped[int] = mapped_column(Integer)
    shipped_grams: Mapped[int]
    accepted_grams: Mapped[int]
    rejected_grams: Mapped[int]
    loss_grams: Mapped[int]
    reject_reason: Mapped[RejectReason | None] = mapped_column(enum_column(RejectReason, "reject_reason"))
    note: Mapped[str] = mapped_column(String(200), default="")
