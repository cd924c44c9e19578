"""Reading vehicles, routes and loggers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, or_, select, true
from sqlalchemy.orm import Session

from logistics.models.shipment import Route, Vehicle
from logistics.models.telemetry import Device
from supplychain.base.models.party import Party
from supplychain.base.rules import PartyKind
from supplychain.kernel.db.paging import Page, PageRequest, Rows, paginate
from supplychain.kernel.i18n import locale
from supplychain.kernel.permissions import Actor


@dataclass(frozen=True, slots=True)
class VehicleRow:
    """A lorry."""

    id: int
    plate: str
    carrier: str
    carrier_name: str
    refrigeration_class: str
    capacity_grams: int
    is_active: bool


@dataclass(frozen=True, slots=True)
class RouteRow:
    """A way to Shanghai."""

    id: int
    code: str
    name_zh: str
    name_en: str
    way_points: str
    checkpoint: str
    kilometres: int
    planned_minutes: int


@dataclass(frozen=True, slots=True)
class DeviceRow:
    """A logger."""

    id: int
    serial: str
    model: str
    owner: str
    owner_name: str
    interval_minutes: int
    calibrated_until: date
    last_reading_at: datetime | None
    silent_since: datetime | None


@dataclass(frozen=True, slots=True)
class FleetFilter(PageRequest):
    """Which lorries, routes or loggers: with a text in their names."""

    q: str = ""


def vehicles(session: Session, actor: Actor, wanted: FleetFilter) -> Page[VehicleRow]:
    """Return the lorries, by plate."""
    found = _vehicles()
    if wanted.q:
        found = found.where(or_(Vehicle.plate.contains(wanted.q), Party.short_name.contains(wanted.q)))
    sorts = {"plate": Vehicle.plate, "capacity_grams": Vehicle.capacity_grams}
    return paginate(session, found, wanted, row=VehicleRow, sorts=sorts, default="plate", key=Vehicle.id)


def devices(session: Session, actor: Actor, wanted: FleetFilter) -> Page[DeviceRow]:
    """Return the loggers, by serial number."""
    found = _devices()
    if wanted.q:
        found = found.where(or_(Device.serial.contains(wanted.q), Party.short_name.contains(wanted.q)))
    sorts = {"serial": Device.serial, "calibrated_until": Device.calibrated_until}
    return paginate(session, found, wanted, row=DeviceRow, sorts=sorts, default="serial", key=Device.id)


def routes(session: Session, actor: Actor, wanted: FleetFilter) -> Page[RouteRow]:
    """Return the routes, by code."""
    found = _routes()
    if wanted.q:
        found = found.where(or_(Route.code.contains(wanted.q), Route.name_zh.contains(wanted.q)))
    return paginate(
        session, found, wanted, row=RouteRow, sorts={"code": Route.code}, default="code", key=Route.id
    )


def every_vehicle(session: Session) -> Iterable[VehicleRow]:
    """Return every lorry, for a spreadsheet."""
    return (VehicleRow(*row) for row in session.execute(_vehicles().order_by(Vehicle.plate)))


def every_route(session: Session) -> Iterable[RouteRow]:
    """Return every route, for a spreadsheet."""
    return (RouteRow(*row) for row in session.execute(_routes().order_by(Route.code)))


def every_device(session: Session) -> Iterable[DeviceRow]:
    """Return every logger, for a spreadsheet."""
    return (DeviceRow(*row) for row in session.execute(_devices().order_by(Device.serial)))


def vehicle_choices(session: Session, actor: Actor) -> list[tuple[str, str]]:
    """Return (plate, plate with carrier and class) of the lorries in use that the actor may plan with."""
    found = session.execute(_vehicles().where(Vehicle.is_active, _offered(actor)).order_by(Vehicle.plate))
    return [(row[1], f"{row[1]} · {row[3]} · {row[4]}") for row in found]


def route_choices(session: Session) -> list[tuple[str, str]]:
    """Return (code, name) of the routes, for a form."""
    rows = every_route(session)
    return [(row.code, row.name_en if locale() == "en" else row.name_zh) for row in rows]


def device_choices(session: Session, actor: Actor) -> list[tuple[str, str]]:
    """Return (serial, serial with owner) of the loggers that the actor may plan with, for a form."""
    found = session.execute(_devices().where(_offered(actor)).order_by(Device.serial))
    return [(row[1], f"{row[1]} · {row[4]}") for row in found]


def _offered(actor: Actor) -> ColumnElement[bool]:
    """Return the condition on an owner whose lorries and loggers the actor may plan with."""
    if actor.party_id is None:
        return true()
    return or_(Party.kind == PartyKind.CARRIER, Party.id == actor.party_id)


def _vehicles() -> Rows:
    return select(
        Vehicle.id,
        Vehicle.plate,
        Party.code,
        Party.short_name,
        Vehicle.refrigeration_class,
        Vehicle.capacity_grams,
        Vehicle.is_active,
    ).join(Party, Party.id == Vehicle.carrier_id)


def _routes() -> Rows:
    return select(
        Route.id,
        Route.code,
        Route.name_zh,
        Route.name_en,
        Route.way_points,
        Route.checkpoint,
        Route.kilometres,
        Route.planned_minutes,
    )


def _devices() -> Rows:
    return select(
        Device.id,
        Device.serial,
        Device.model,
        Party.code,
        Party.short_name,
        Device.interval_minutes,
        Device.calibrated_until,
        Device.last_reading_at,
        Device.silent_since,
    ).join(Party, Party.id == Device.owner_id)
