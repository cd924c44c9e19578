"""A logger that should speak and does not: told to shipper and carrier once per silence."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from logistics.models.shipment import Shipment
from logistics.models.telemetry import Device, DeviceRide
from supplychain.base.services import notice
from supplychain.kernel.db.uow import UnitOfWork
from supplychain.kernel.i18n import N_


def check(uow: UnitOfWork, ride_id: int, intervals: int) -> bool:
    """Mark a riding logger silent when nothing came for so many intervals; True when it was marked now.

    The next reading that comes takes the mark away.
    """
    ride = uow.session.get_one(DeviceRide, ride_id)
    device = uow.session.scalars(select(Device).where(Device.id == ride.device_id).with_for_update()).one()
    last = max(device.last_reading_at or ride.since, ride.since)
    if device.silent_since is not None or uow.now - last <= timedelta(
        minutes=intervals * device.interval_minutes
    ):
        return False
    device.silent_since = last
    shipment = uow.session.get_one(Shipment, ride.shipment_id)
    for party_id in sorted({shipment.shipper_id, shipment.carrier_id}):
        notice.tell(
            uow,
            party_id,
            f"silent:{device.id}:{last:%Y%m%dT%H%M%S}:{party_id}",
            N_("Logger %(serial)s on %(number)s has been silent for more than %(minutes)s minutes."),
            f"/shipments/{shipment.number}",
            serial=device.serial,
            number=shipment.number,
            minutes=intervals * device.interval_minutes,
        )
    uow.flush()
    return True
