"""Reading shipments: lists, one with everything aboard, its curve, its gates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, bindparam, func, or_, select
from sqlalchemy.orm import Session, aliased

from logistics.models.packing import Allocation, LogisticUnit, UnitContent
from logistics.models.shipment import Receipt, ReceiptLine, Route, Shipment, Stop, Vehicle
from logistics.models.telemetry import Device, DeviceRide, Excursion, Reading
from logistics.queries.visibility import stop_visible, visible
from logistics.rules.states import (
    Channel,
    ExcursionKind,
    RejectReason,
    Severity,
    ShipmentState,
    UnitKind,
    UnitState,
)
from supplychain.base.models.party import Party, Site
from supplychain.base.models.trade_item import TradeItem
from supplychain.contracts.models.order import Order, OrderLine
from supplychain.kernel.db.paging import Page, PageRequest, Rows, paginate
from supplychain.kernel.errors import NotFound
from supplychain.kernel.i18n import N_, locale
from supplychain.kernel.permissions import Actor
from traceability.models.batch import Batch

CARRIER = aliased(Party)
SHIPPER = aliased(Party)


@dataclass(frozen=True, slots=True)
class ShipmentRow:
    """A shipment as lists and its page show it; temperatures in 1/100 ℃."""

    id: int
    number: str
    waybill: str | None
    shipper_id: int
    shipper_name: str
    carrier_id: int
    carrier_name: str
    plate: str
    refrigeration_class: str
    route: str
    route_name_zh: str
    route_name_en: str
    way_points: str
    checkpoint: str
    kilometres: int
    planned_minutes: int
    driver_name: str
    driver_phone: str
    from_site: str
    from_site_name: str
    planned_departure_at: datetime
    departed_at: datetime | None
    arrived_at: datetime | None
    band_min_centi: int
    band_max_centi: int
    critical_min_centi: int | None
    critical_max_centi: int | None
    verdict: Severity
    coverage_bp: int
    lowest_centi: int | None
    highest_centi: int | None
    judged_at: datetime | None
    state: ShipmentState
    grams: int

    @property
    def route_name(self) -> str:
        """Return the route's name in the reader's language."""
        return self.route_name_en if locale() == "en" else self.route_name_zh


@dataclass(frozen=True, slots=True)
class ShipmentFilter(PageRequest):
    """Which shipments: in a state, with a verdict, with a text in number, waybill, plate or driver."""

    q: str = ""
    state: ShipmentState | None = None
    verdict: Severity | None = None


@dataclass(frozen=True, slots=True)
class StopRow:
    """A gate of a shipment and what it took in."""

    id: int
    position: int
    site: str
    site_name: str
    party_id: int
    planned_at: datetime
    arrived_at: datetime | None
    received_at: datetime | None
    receipt: str | None
    surface_centi: int | None
    core_centi: int | None
    received_by: str | None
    note: str | None


@dataclass(frozen=True, slots=True)
class ContentRow:
    """One content of a unit aboard."""

    unit_id: int
    sscc: str
    kind: UnitKind
    unit_state: UnitState
    order: str
    order_line_id: int
    buyer_id: int
    site: str
    batch_id: int
    batch: str
    item_name_zh: str
    item_name_en: str
    boxes: int
    grams: int

    @property
    def item_name(self) -> str:
        """Return the item's name in the reader's language."""
        return self.item_name_en if locale() == "en" else self.item_name_zh


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


@dataclass(frozen=True, slots=True)
class ReceiptLineRow:
    """What a gate took in of one batch."""

    receipt: str
    batch: str
    item_name_zh: str
    item_name_en: str
    shipped_grams: int
    accepted_grams: int
    rejected_grams: int
    loss_grams: int
    reject_reason: RejectReason | None
    note: str

    @property
    def item_name(self) -> str:
        """Return the item's name in the reader's language."""
        return self.item_name_en if locale() == "en" else self.item_name_zh


def page(session: Session, actor: Actor, wanted: ShipmentFilter) -> Page[ShipmentRow]:
    """Return the shipments that fit and that the actor may see, latest departure first."""
    return paginate(
        session,
        _shipments().where(visible(actor), *_conditions(wanted)),
        wanted,
        row=ShipmentRow,
        sorts={
            "number": Shipment.number,
            "planned_departure_at": Shipment.planned_departure_at,
            "state": Shipment.state,
            "highest_centi": Shipment.highest_centi,
        },
        default="-planned_departure_at",
        key=Shipment.id,
    )


def one(session: Session, actor: Actor, number: str) -> ShipmentRow:
    """Return a shipment by number; NotFound when there is none that the actor may see."""
    found = session.execute(_shipments().where(visible(actor), Shipment.number == number)).one_or_none()
    if found is None:
        raise NotFound(N_("There is no shipment %(number)s."), number=number)
    return ShipmentRow(*found)


def of_batch(session: Session, batch_id: int) -> ShipmentRow | None:
    """Return the first shipment that left with a batch aboard; for the public, who may see it."""
    found = session.execute(_OF_BATCH, {"batch_id": batch_id}).one_or_none()
    return None if found is None else ShipmentRow(*found)


def stops(session: Session, shipment_id: int) -> Sequence[StopRow]:
    """Return a shipment's gates in order, with their receipts."""
    found: Rows = (
        select(
            Stop.id,
            Stop.position,
            Site.code,
            Site.name,
            Site.party_id,
            Stop.planned_at,
            Stop.arrived_at,
            Stop.received_at,
            Receipt.number,
            Receipt.surface_centi,
            Receipt.core_centi,
            Receipt.received_by,
            Receipt.note,
        )
        .join(Site, Site.id == Stop.site_id)
        .outerjoin(Receipt, Receipt.stop_id == Stop.id)
        .where(Stop.shipment_id == shipment_id)
        .order_by(Stop.position)
    )
    return [StopRow(*row) for row in session.execute(found)]


def contents(session: Session, actor: Actor, shipment_id: int) -> Sequence[ContentRow]:
    """Return what is aboard, by gate and unit; a buyer sees only what comes to its own gates."""
    found = _contents().where(LogisticUnit.shipment_id == shipment_id)
    if not actor.sees_all:
        mine = or_(
            Order.buyer_id == actor.party_id,
            Order.seller_id == actor.party_id,
            Shipment.carrier_id == actor.party_id,
        )
        found = found.join(Shipment, Shipment.id == LogisticUnit.shipment_id).where(mine)
    return [
        ContentRow(*row)
        for row in session.execute(found.order_by(Site.code, LogisticUnit.id, UnitContent.id))
    ]


def excursions(session: Session, shipment_id: int) -> Sequence[ExcursionRow]:
    """Return what went wrong on the way, in order."""
    return [ExcursionRow(*row) for row in session.execute(_EXCURSIONS, {"shipment_id": shipment_id})]


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


def receipt_lines(session: Session, actor: Actor, shipment_id: int) -> Sequence[ReceiptLineRow]:
    """Return what the gates that the actor may see took in."""
    found: Rows = (
        select(
            Receipt.number,
            Batch.number,
            TradeItem.name_zh,
            TradeItem.name_en,
            ReceiptLine.shipped_grams,
            ReceiptLine.accepted_grams,
            ReceiptLine.rejected_grams,
            ReceiptLine.loss_grams,
            ReceiptLine.reject_reason,
            ReceiptLine.note,
        )
        .join(Receipt, Receipt.id == ReceiptLine.receipt_id)
        .join(Stop, Stop.id == Receipt.stop_id)
        .join(Shipment, Shipment.id == Receipt.shipment_id)
        .join(Batch, Batch.id == ReceiptLine.batch_id)
        .join(TradeItem, TradeItem.id == Batch.trade_item_id)
        .where(Receipt.shipment_id == shipment_id, stop_visible(actor))
        .order_by(Receipt.id, ReceiptLine.id)
    )
    return [ReceiptLineRow(*row) for row in session.execute(found)]


def waiting_gates(session: Session, actor: Actor) -> Sequence[tuple[str, str, str]]:
    """Return (shipment, place code, place name) of gates of the actor's party that goods are coming to."""
    found = session.execute(
        select(Shipment.number, Site.code, Site.name)
        .join(Stop, Stop.shipment_id == Shipment.id)
        .join(Site, Site.id == Stop.site_id)
        .where(
            Shipment.state.in_((ShipmentState.IN_TRANSIT, ShipmentState.ARRIVED)),
            Stop.received_at.is_(None),
            Site.party_id == actor.party_id,
        )
        .order_by(Stop.planned_at)
    )
    return [(number, code, name) for number, code, name in found]


def count(session: Session, actor: Actor, *conditions: ColumnElement[bool]) -> int:
    """Return how many shipments of those that the actor may see fit."""
    return session.scalar(select(func.count(Shipment.id)).where(visible(actor), *conditions)) or 0


def _conditions(wanted: ShipmentFilter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.state is not None:
        found.append(Shipment.state == wanted.state)
    if wanted.verdict is not None:
        found.append(and_(Shipment.verdict == wanted.verdict, Shipment.departed_at.is_not(None)))
    if wanted.q:
        columns = (Shipment.number, Shipment.waybill, Vehicle.plate, Shipment.driver_name)
        found.append(or_(*(column.contains(wanted.q, autoescape=True) for column in columns)))
    return found


def _shipments() -> Rows:
    aboard = (
        select(func.coalesce(func.sum(UnitContent.grams), 0))
        .join(LogisticUnit, LogisticUnit.id == UnitContent.unit_id)
        .where(LogisticUnit.shipment_id == Shipment.id)
        .correlate(Shipment)
        .scalar_subquery()
    )
    return (
        select(
            Shipment.id,
            Shipment.number,
            Shipment.waybill,
            Shipment.shipper_id,
            SHIPPER.short_name,
            Shipment.carrier_id,
            CARRIER.short_name,
            Vehicle.plate,
            Vehicle.refrigeration_class,
            Route.code,
            Route.name_zh,
            Route.name_en,
            Route.way_points,
            Route.checkpoint,
            Route.kilometres,
            Route.planned_minutes,
            Shipment.driver_name,
            Shipment.driver_phone,
            Site.code,
            Site.name,
            Shipment.planned_departure_at,
            Shipment.departed_at,
            Shipment.arrived_at,
            Shipment.band_min_centi,
            Shipment.band_max_centi,
            Shipment.critical_min_centi,
            Shipment.critical_max_centi,
            Shipment.verdict,
            Shipment.coverage_bp,
            Shipment.lowest_centi,
            Shipment.highest_centi,
            Shipment.judged_at,
            Shipment.state,
            aboard,
        )
        .join(SHIPPER, SHIPPER.id == Shipment.shipper_id)
        .join(CARRIER, CARRIER.id == Shipment.carrier_id)
        .join(Vehicle, Vehicle.id == Shipment.vehicle_id)
        .join(Route, Route.id == Shipment.route_id)
        .join(Site, Site.id == Shipment.from_site_id)
    )


def _contents() -> Rows:
    return (
        select(
            LogisticUnit.id,
            LogisticUnit.sscc,
            LogisticUnit.kind,
            LogisticUnit.state,
            Order.number,
            OrderLine.id,
            Order.buyer_id,
            Site.code,
            Batch.id,
            Batch.number,
            TradeItem.name_zh,
            TradeItem.name_en,
            UnitContent.boxes,
            UnitContent.grams,
        )
        .join(UnitContent, UnitContent.unit_id == LogisticUnit.id)
        .join(Allocation, Allocation.id == UnitContent.allocation_id)
        .join(OrderLine, OrderLine.id == Allocation.order_line_id)
        .join(Order, Order.id == LogisticUnit.order_id)
        .join(Site, Site.id == Order.ship_to_id)
        .join(Batch, Batch.id == UnitContent.batch_id)
        .join(TradeItem, TradeItem.id == Batch.trade_item_id)
    )


_CARRYING = (
    select(LogisticUnit.shipment_id)
    .join(UnitContent, UnitContent.unit_id == LogisticUnit.id)
    .where(UnitContent.batch_id == bindparam("batch_id"))
)
_OF_BATCH: Rows = (
    _shipments()
    .where(Shipment.id.in_(_CARRYING), Shipment.departed_at.is_not(None))
    .order_by(Shipment.departed_at, Shipment.id)
    .limit(1)
)
_EXCURSIONS = (
    select(
        Excursion.kind,
        Excursion.severity,
        Excursion.started_at,
        Excursion.ended_at,
        Excursion.peak_centi,
        Excursion.degree_minutes,
    )
    .where(Excursion.shipment_id == bindparam("shipment_id"))
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
