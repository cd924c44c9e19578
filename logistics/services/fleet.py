"""Vehicles, routes and loggers come and change."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from logistics.models.shipment import Route, Vehicle
from logistics.models.telemetry import Device
from supplychain.base.queries import party as parties
from supplychain.base.services import upkeep
from supplychain.kernel.db.uow import UnitOfWork
from supplychain.kernel.errors import Invalid
from supplychain.kernel.i18n import N_
from supplychain.kernel.sheets.sheet import Outcome


@dataclass(frozen=True, slots=True)
class PutVehicle:
    """A refrigerated lorry; `refrigeration_class` is A to F of GB 29753."""

    plate: str
    carrier: str
    refrigeration_class: str
    capacity_grams: int
    is_active: bool = True


@dataclass(frozen=True, slots=True)
class PutRoute:
    """A way to Shanghai; `way_points` parted by commas, in order."""

    code: str
    name_zh: str
    name_en: str
    way_points: str
    kilometres: int
    planned_minutes: int
    checkpoint: str = ""


@dataclass(frozen=True, slots=True)
class PutDevice:
    """A logger, what it is set to, and until when its calibration counts."""

    serial: str
    model: str
    owner: str
    interval_minutes: int
    calibrated_until: date


def put_vehicle(uow: UnitOfWork, command: PutVehicle) -> Outcome:
    """Register a vehicle or bring it up to date, by its plate."""
    carrier = _own(uow, command.carrier, "carrier")
    existing = uow.session.scalar(select(Vehicle).where(Vehicle.plate == command.plate))
    if existing is not None and existing.carrier_id != carrier:
        raise Invalid.at("carrier", N_("%(plate)s belongs to another carrier."), plate=command.plate)
    values = upkeep.values_of(command, without=("carrier",)) | {"carrier_id": carrier}
    return upkeep.put(uow, "logistics.vehicle", Vehicle, existing, values)


def put_route(uow: UnitOfWork, command: PutRoute) -> Outcome:
    """Register a route or bring it up to date, by its code."""
    existing = uow.session.scalar(select(Route).where(Route.code == command.code))
    return upkeep.put(uow, "logistics.route", Route, existing, upkeep.values_of(command))


def put_device(uow: UnitOfWork, command: PutDevice) -> Outcome:
    """Register a logger or bring it up to date, by its serial number."""
    owner = _own(uow, command.owner, "owner")
    existing = uow.session.scalar(select(Device).where(Device.serial == command.serial))
    if existing is not None and existing.owner_id != owner:
        raise Invalid.at("owner", N_("%(serial)s belongs to somebody else."), serial=command.serial)
    values = upkeep.values_of(command, without=("owner",)) | {"owner_id": owner}
    return upkeep.put(uow, "logistics.device", Device, existing, values)


def _own(uow: UnitOfWork, code: str, field: str) -> int:
    party = parties.by_code(uow.session, code, field=field)
    if uow.actor.party_id not in {None, party.id}:
        raise Invalid.at(field, N_("You act for another party."))
    return party.id
