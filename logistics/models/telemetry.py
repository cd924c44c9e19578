"""Devices, which shipment they rode with, what they measured, and what was wrong with it."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from logistics.rules.states import Channel, ExcursionKind, Severity
from supplychain.kernel.db.base import Base, BigId, Identified, Versioned, enum_column


class Device(Identified, Versioned, Base):
    """A temperature and humidity logger."""

    __tablename__ = "logistics_device"
    __table_args__ = (UniqueConstraint("serial"), CheckConstraint("interval_minutes > 0", name="interval"))

    serial: Mapped[str] = mapped_column(String(40))
    model: Mapped[str] = mapped_column(String(60))
    owner_id: Mapped[int] = mapped_column(ForeignKey("base_party.id"), index=True)
    interval_minutes: Mapped[int] = mapped_column(Integer)
    calibrated_until: Mapped[date]
    last_reading_at: Mapped[datetime | None]
    silent_since: Mapped[datetime | None]
    """Set while a device under way sends nothing; one alarm per silence."""


class DeviceRide(Identified, Base):
    """A device rides with a shipment from one instant to another."""

    __tablename__ = "logistics_device_ride"
    __table_args__ = (
        UniqueConstraint("shipment_id", "device_id"),
        CheckConstraint("until IS NULL OR since < until", name="period"),
        Index(None, "device_id", "since"),
    )

    shipment_id: Mapped[int] = mapped_column(ForeignKey("logistics_shipment.id"))
    device_id: Mapped[int] = mapped_column(ForeignKey("logistics_device.id"))
    since: Mapped[datetime]
    until: Mapped[datetime | None]


class Reading(Base):
    """One measured value: a fact known by device, channel and instant, stored once however often it comes."""

    __tablename__ = "logistics_reading"

    device_id: Mapped[int] = mapped_column(BigId, ForeignKey("logistics_device.id"), primary_key=True)
    channel: Mapped[Channel] = mapped_column(enum_column(Channel, "channel"), primary_key=True)
    at: Mapped[datetime] = mapped_column(primary_key=True)
    value: Mapped[int] = mapped_column(Integer)
    """1/100 ℃ or 1/100 % relative humidity."""


class Excursion(Identified, Base):
    """One stretch of a shipment out of its band, or without readings; made anew whenever readings arrive."""

    __tablename__ = "logistics_excursion"
    __table_args__ = (UniqueConstraint("shipment_id", "kind", "started_at"),)

    shipment_id: Mapped[int] = mapped_column(ForeignKey("logistics_shipment.id"))
    kind: Mapped[ExcursionKind] = mapped_column(enum_column(ExcursionKind, "kind"))
    severity: Mapped[Severity] = mapped_column(enum_column(Severity, "severity"))
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime]
    peak_centi: Mapped[int | None] = mapped_column(Integer)
    """The value farthest out of the band; None for a gap."""
    degree_minutes: Mapped[int] = mapped_column(Integer, default=0)
    """Sum over minutes of the distance from the band, in ℃ × minutes."""
