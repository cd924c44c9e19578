"""Which batches were aboard a lorry, or beside a logger, at some time."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import ColumnElement, Select, and_, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from logistics.models.packing import LogisticUnit, UnitContent
from logistics.models.shipment import Shipment, Vehicle
from logistics.models.telemetry import Device, DeviceRide
from supplychain.kernel.permissions import Actor
from traceability.models.batch import Batch
from traceability.queries.visibility import own

_Instant = InstrumentedAttribute[datetime] | InstrumentedAttribute[datetime | None]


def of_vehicle(
    session: Session, actor: Actor, plate: str, since: datetime, until: datetime
) -> Collection[int]:
    """Return the own batches that were on the road in a lorry at any moment between two."""
    rode = _overlap(Shipment.departed_at, Shipment.arrived_at, since, until)
    wanted = _loads(actor).join(Vehicle, Vehicle.id == Shipment.vehicle_id)
    return session.scalars(wanted.where(Vehicle.plate == plate, rode)).all()


def of_device(
    session: Session, actor: Actor, serial: str, since: datetime, until: datetime
) -> Collection[int]:
    """Return the own batches that rode beside a logger at any moment between two."""
    beside = _overlap(DeviceRide.since, DeviceRide.until, since, until)
    road = _overlap(Shipment.departed_at, Shipment.arrived_at, since, until)
    wanted = (
        _loads(actor)
        .join(DeviceRide, DeviceRide.shipment_id == Shipment.id)
        .join(Device, Device.id == DeviceRide.device_id)
    )
    return session.scalars(wanted.where(Device.serial == serial, beside, road)).all()


def _loads(actor: Actor) -> Select[int]:
    return (
        select(UnitContent.batch_id)
        .distinct()
        .join(LogisticUnit, LogisticUnit.id == UnitContent.unit_id)
        .join(Shipment, Shipment.id == LogisticUnit.shipment_id)
        .join(Batch, Batch.id == UnitContent.batch_id)
        .where(own(actor))
    )


def _overlap(begin: _Instant, end: _Instant, since: datetime, until: datetime) -> ColumnElement[bool]:
    """Return the condition that a span, open while its end is not known, shares a moment with another."""
    return and_(begin <= until, or_(end.is_(None), end >= since))
