"""Loggers ride on the lorry of their shipment from its departure to its last gate: told to the ledger."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import select

from logistics.models.shipment import Shipment, Vehicle
from logistics.models.telemetry import Device, DeviceRide
from supplychain.kernel.db.uow import UnitOfWork
from traceability.services import bond, epcis
from traceability.services.bond import Bind


def mount(uow: UnitOfWork, shipment: Shipment, at: datetime) -> None:
    """Tell that the shipment's loggers ride on its lorry from now on; nothing without loggers."""
    _tell(uow, bond.attach, shipment, shipment.from_site_id, at)


def dismount(uow: UnitOfWork, shipment: Shipment, site_id: int, at: datetime) -> None:
    """Tell that the shipment's loggers were taken off at the last gate; nothing without loggers."""
    _tell(uow, bond.detach, shipment, site_id, at)


def _tell(
    uow: UnitOfWork,
    act: Callable[[UnitOfWork, Bind], int],
    shipment: Shipment,
    site_id: int,
    at: datetime,
) -> None:
    riding = select(Device.serial).join(DeviceRide, DeviceRide.device_id == Device.id)
    serials = uow.session.scalars(riding.where(DeviceRide.shipment_id == shipment.id)).all()
    if not serials:
        return
    plate = uow.session.get_one(Vehicle, shipment.vehicle_id).plate
    loggers = tuple(epcis.device_id(serial) for serial in serials)
    act(uow, Bind(epcis.vehicle_id(plate), loggers, site_id, at, shipment.number))
