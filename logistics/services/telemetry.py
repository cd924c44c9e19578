"""Readings come in late, twice, out of order; they are stored once and their trips judged anew."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, insert, or_, select
from sqlalchemy.dialects import postgresql, sqlite

from logistics.events import ExcursionFound
from logistics.models.shipment import Shipment
from logistics.models.telemetry import Device, DeviceRide, Excursion, Reading
from logistics.rules.states import Channel, Severity, ShipmentState
from logistics.rules.verdict import ORDER, Band, Verdict, judge
from supplychain.base.models.party import Party
from supplychain.base.services import notice
from supplychain.kernel.db.uow import UnitOfWork
from supplychain.kernel.documents import audit
from supplychain.kernel.errors import Invalid, NotFound
from supplychain.kernel.i18n import N_
from supplychain.kernel.units import CELSIUS

DOCUMENT = "logistics.shipment"
AHEAD = timedelta(minutes=10)
"""How far a logger's clock may run ahead of ours."""
CHUNK = 500
EMPTY = (ShipmentState.PLANNED, ShipmentState.CANCELLED)


@dataclass(frozen=True, slots=True)
class Measured:
    """One value: 1/100 ℃ or 1/100 % relative humidity."""

    at: datetime
    channel: Channel
    value: int


@dataclass(frozen=True, slots=True)
class Readings:
    """What one logger measured."""

    device: str
    rows: tuple[Measured, ...]


def record(uow: UnitOfWork, command: Readings) -> int:
    """Store readings and judge the trips that the logger rode with; return how many were new.

    The same fact again changes nothing. Raises NotFound for an unknown logger, Invalid at the first
    row whose instant lies ahead of the clock.
    """
    device = uow.session.scalar(select(Device).where(Device.serial == command.device).with_for_update())
    if device is None or not _may_write(uow, device):
        raise NotFound(N_("There is no logger %(serial)s."), serial=command.device)
    if not command.rows:
        return 0
    for place, row in enumerate(command.rows):
        if is_ahead(uow, row.at):
            raise Invalid.at(
                f"rows.{place}.at", N_("A reading lies in the future: check the logger's clock.")
            )
    first, last = min(row.at for row in command.rows), max(row.at for row in command.rows)
    new = _store(uow, device.id, command.rows)
    if device.last_reading_at is None or last > device.last_reading_at:
        device.last_reading_at, device.silent_since = last, None
    uow.flush()
    for shipment in _ridden(uow, device.id, first, last):
        judge_shipment(uow, shipment)
    return new


def is_ahead(uow: UnitOfWork, at: datetime) -> bool:
    """Tell whether an instant lies farther ahead than a clock may run."""
    return at > uow.now + AHEAD


def judge_shipment(uow: UnitOfWork, shipment: Shipment) -> Verdict | None:
    """Judge a trip by all readings of its loggers so far; None when it has not left.

    A verdict that became major or critical is told to shipper and carrier, once.
    """
    if shipment.departed_at is None:
        return None
    until = shipment.arrived_at or uow.now
    verdict = judge(_band(shipment), *_witnessed(uow, shipment, until))
    before = shipment.verdict
    shipment.verdict, shipment.coverage_bp = verdict.severity, verdict.coverage_bp
    shipment.lowest_centi, shipment.highest_centi = verdict.lowest, verdict.highest
    shipment.judged_at = uow.now
    uow.session.execute(delete(Excursion).where(Excursion.shipment_id == shipment.id))
    if verdict.stretches:
        uow.session.execute(insert(Excursion), [_row(shipment.id, item) for item in verdict.stretches])
    uow.flush()
    if verdict.severity is not before and ORDER.index(verdict.severity) >= ORDER.index(Severity.MAJOR):
        _alarm(uow, shipment, verdict)
    return verdict


def _may_write(uow: UnitOfWork, device: Device) -> bool:
    """Tell whether the actor may hand in for a logger: its owner, or who ships with it."""
    if uow.actor.party_id in {None, device.owner_id}:
        return True
    rides = (
        select(DeviceRide.id)
        .join(Shipment, Shipment.id == DeviceRide.shipment_id)
        .where(DeviceRide.device_id == device.id, Shipment.shipper_id == uow.actor.party_id)
    )
    return uow.session.scalar(rides.limit(1)) is not None


def _store(uow: UnitOfWork, device_id: int, rows: Sequence[Measured]) -> int:
    dialect: Any = postgresql if uow.session.get_bind().dialect.name == "postgresql" else sqlite
    facts = {(row.channel, row.at): row.value for row in rows}
    values = [
        {"device_id": device_id, "channel": channel, "at": at, "value": value}
        for (channel, at), value in facts.items()
    ]
    new = 0
    for start in range(0, len(values), CHUNK):
        stored = uow.session.execute(
            dialect.insert(Reading)
            .values(values[start : start + CHUNK])
            .on_conflict_do_nothing()
            .returning(Reading.at)
        )
        new += len(stored.all())
    return new


def _ridden(uow: UnitOfWork, device_id: int, first: datetime, last: datetime) -> Sequence[Shipment]:
    return uow.session.scalars(
        select(Shipment)
        .join(DeviceRide, DeviceRide.shipment_id == Shipment.id)
        .where(
            DeviceRide.device_id == device_id,
            DeviceRide.since <= last,
            or_(DeviceRide.until.is_(None), DeviceRide.until >= first),
            Shipment.state.not_in(EMPTY),
        )
        .order_by(Shipment.id)
        .with_for_update(of=Shipment)
    ).all()


def _witnessed(
    uow: UnitOfWork, shipment: Shipment, until: datetime
) -> tuple[list[tuple[datetime, int]], datetime, datetime, timedelta]:
    since = shipment.departed_at or until
    found = uow.session.execute(
        select(Reading.at, Reading.value)
        .join(DeviceRide, DeviceRide.device_id == Reading.device_id)
        .where(
            DeviceRide.shipment_id == shipment.id,
            Reading.channel == Channel.TEMPERATURE,
            Reading.at >= since,
            Reading.at <= until,
        )
    )
    minutes = uow.session.scalar(
        select(Device.interval_minutes)
        .join(DeviceRide, DeviceRide.device_id == Device.id)
        .where(DeviceRide.shipment_id == shipment.id)
        .order_by(Device.interval_minutes)
        .limit(1)
    )
    points = [(at, value) for at, value in found]
    return points, since, until, timedelta(minutes=minutes or 10)


def _band(shipment: Shipment) -> Band:
    return Band(
        shipment.band_min_centi,
        shipment.band_max_centi,
        shipment.critical_min_centi,
        shipment.critical_max_centi,
    )


def _row(shipment_id: int, item: Any) -> dict[str, Any]:
    return {
        "shipment_id": shipment_id,
        "kind": item.kind,
        "severity": item.severity,
        "started_at": item.start,
        "ended_at": item.end,
        "peak_centi": item.peak,
        "degree_minutes": item.degree_minutes,
    }


def _alarm(uow: UnitOfWork, shipment: Shipment, verdict: Verdict) -> None:
    lowest, highest = CELSIUS.short(verdict.lowest or 0), CELSIUS.short(verdict.highest or 0)
    audit.record(
        uow,
        DOCUMENT,
        shipment.id,
        N_("Left its temperature band: %(lowest)s to %(highest)s ℃"),
        lowest=lowest,
        highest=highest,
    )
    for party_id in sorted({shipment.shipper_id, shipment.carrier_id}):
        name = uow.session.get_one(Party, party_id).short_name
        notice.tell(
            uow,
            party_id,
            f"shipment:{shipment.id}:{verdict.severity}:{name}",
            N_("%(number)s left its temperature band: %(lowest)s to %(highest)s ℃."),
            f"/shipments/{shipment.number}",
            number=shipment.number,
            lowest=lowest,
            highest=highest,
        )
    uow.publish(ExcursionFound(shipment.id, verdict.severity))
