"""Logistics' jobs: a logger under way that says nothing is an alarm, once per silence."""

from __future__ import annotations

from sqlalchemy import select

from logistics.models.shipment import Shipment
from logistics.models.telemetry import Device, DeviceRide
from logistics.rules.states import ShipmentState
from logistics.services import silence
from supplychain.kernel.addon import Job, JobResult
from supplychain.kernel.db.uow import Database
from supplychain.kernel.i18n import N_
from supplychain.kernel.permissions import SYSTEM

SILENT_INTERVALS = 3


def _check_silence(database: Database) -> JobResult:
    with database.reading() as session:
        riding = session.scalars(
            select(DeviceRide.id)
            .join(Shipment, Shipment.id == DeviceRide.shipment_id)
            .join(Device, Device.id == DeviceRide.device_id)
            .where(
                Shipment.state == ShipmentState.IN_TRANSIT,
                DeviceRide.until.is_(None),
                Device.silent_since.is_(None),
            )
        ).all()
    silent = 0
    for ride_id in riding:
        with database.unit_of_work(SYSTEM) as uow:
            silent += silence.check(uow, ride_id, SILENT_INTERVALS)
    return JobResult({N_("loggers on the road"): len(riding), N_("loggers silent"): silent})


JOBS = (Job("logistics.silent", N_("Look for silent loggers"), "*/10 * * * *", _check_silence),)
