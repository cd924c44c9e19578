"""Reading how cold a trip was kept: its loggers, what they measured, what went wrong."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from logistics.models.telemetry import Device, DeviceRide, Excursion, Reading
from logistics.queries.shipment import ShipmentRow
from logistics.rules.states import Channel, ExcursionKind, Severity


@dataclass(frozen=True, slots=True)
class ExcursionRow:
    """A stretch out of the band, or without readings."""

    kind: ExcursionKind
    severity: Severity
    started_at: datetime
    ended_at: datetime
    peak_centi: int | None
    degree_minutes: int

    @property
    def minutes(self) -> int:
        """Return how long it lasted."""
        return int((self.ended_at - self.started_at).total_seconds()) // 60


@dataclass(frozen=True, slots=True)
class RideRow:
    """A logger that rides or rode with a shipment."""

    serial: str
    model: str
    interval_minutes: int
    last_reading_at: datetime | None
    silent_since: datetime | None


def excursions(session: Session, shipment_id: int) -> Sequence[ExcursionRow]:
    """Return what went wrong on the way, in order."""
    return excursions_of(session, [shipment_id])[shipment_id]


def excursions_of(session: Session, shipment_ids: Collection[int]) -> Mapping[int, Sequence[ExcursionRow]]:
    """Return what went wrong on each of several ways, in order."""
    found: dict[int, list[ExcursionRow]] = {key: [] for key in shipment_ids}
    for row in session.execute(_EXCURSIONS, {"shipment_ids": list(shipment_ids)}):
        found[row[0]].append(ExcursionRow(*row[1:]))
    return found


def points(
    session: Session, row: ShipmentRow, until: datetime, channel: Channel = Channel.TEMPERATURE
) -> list[tuple[datetime, int]]:
    """Return the values that a trip's loggers measured between departure and arrival, in time order."""
    if row.departed_at is None:
        return []
    asked = {"shipment_id": row.id, "channel": channel, "since": row.departed_at, "until": until}
    return [(at, value) for at, value in session.execute(_POINTS, asked)]


def rides(session: Session, shipment_id: int) -> Sequence[RideRow]:
    """Return the loggers of a shipment."""
    found = session.execute(
        select(
            Device.serial, Device.model, Device.interval_minutes, Device.last_reading_at, Device.silent_since
        )
        .join(DeviceRide, DeviceRide.device_id == Device.id)
        .where(DeviceRide.shipment_id == shipment_id)
        .order_by(DeviceRide.id)
    )
    return [RideRow(*row) for row in found]


_EXCURSIONS = (
    select(
        Excursion.shipment_id,
        Excursion.kind,
        Excursion.severity,
        Excursion.started_at,
        Excursion.ended_at,
        Excursion.peak_centi,
        Excursion.degree_minutes,
    )
    .where(Excursion.shipment_id.in_(bindparam("shipment_ids", expanding=True)))
    .order_by(Excursion.started_at)
)
_POINTS = (
    select(Reading.at, Reading.value)
    .join(DeviceRide, DeviceRide.device_id == Reading.device_id)
    .where(
        DeviceRide.shipment_id == bindparam("shipment_id"),
        Reading.channel == bindparam("channel"),
        Reading.at >= bindparam("since"),
        Reading.at <= bindparam("until"),
    )
    .order_by(Reading.at)
)
"""Made once: every look at a code runs them."""
