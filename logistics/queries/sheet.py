"""Rows for spreadsheets: loading list and receiving list as their imports read them, codes and no keys.

What a list's page shows stands with the list's own query.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, ScalarSelect, and_, case, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from logistics.models.packing import LogisticUnit, UnitContent
from logistics.models.shipment import Receipt, ReceiptLine, Route, Shipment, Stop, Vehicle
from logistics.models.telemetry import Device, DeviceRide
from logistics.queries import receipt, shipment
from logistics.queries.receipt import ReceiptFilter
from logistics.queries.shipment import ShipmentFilter
from logistics.queries.visibility import stop_visible, unit_visible, visible
from logistics.rules.states import RejectReason, ShipmentState
from supplychain.base.models.party import Party, Site
from supplychain.contracts.models.order import Order, OrderLine
from supplychain.kernel.db.paging import Rows
from supplychain.kernel.permissions import Actor
from traceability.models.batch import Batch

BUYER = aliased(Party)
PRODUCER = aliased(Party)
GATE = aliased(Site)
OTHER = aliased(Shipment)
OTHER_STOP = aliased(Stop)


@dataclass(frozen=True, slots=True)
class LoadedRow:
    """A line of the loading list: what a pallet on a lorry holds of one batch."""

    waybill: str
    """The carrier's number; the shipment's own where the carrier gave none."""
    plate: str
    route: str
    driver_name: str
    driver_phone: str
    device: str | None
    from_site: str
    planned_departure_at: datetime
    departed_at: datetime | None
    buyer: str
    order: str
    gate: str
    planned_at: datetime
    arrived_at: datetime | None
    producer: str
    batch: str
    boxes: int
    grams: int
    pallet: str
    """The unit's SSCC."""


@dataclass(frozen=True, slots=True)
class ReceivedRow:
    """A line of the receiving list: what a gate took in of one batch for one order."""

    waybill: str
    """As on the loading list; the shipment's own number where two carriers brought the same to this gate."""
    gate: str
    received_at: datetime
    received_by: str
    buyer: str
    order: str
    producer: str
    batch: str
    accepted_grams: int
    rejected_grams: int
    rejected_boxes: int
    reject_reason: RejectReason | None
    surface_centi: int | None
    core_centi: int | None
    note: str


def loaded(session: Session, actor: Actor, wanted: ShipmentFilter) -> Iterator[LoadedRow]:
    """Yield what is or was aboard the shipments that fit and that the actor may see, in one statement."""
    found = _loaded().where(visible(actor), unit_visible(actor), *shipment.conditions(wanted))
    ordered = found.order_by(
        Shipment.planned_departure_at.desc(), Shipment.id.desc(), Stop.position, UnitContent.id
    )
    for row in session.execute(ordered):
        yield LoadedRow(*row)


def received(session: Session, actor: Actor, wanted: ReceiptFilter) -> Iterator[ReceivedRow]:
    """Yield what gates took in that fits and that the actor may see, in one statement."""
    found = _received().where(stop_visible(actor), *receipt.conditions(wanted))
    for row in session.execute(found.order_by(Receipt.received_at.desc(), ReceiptLine.id)):
        yield ReceivedRow(*row)


def _loaded() -> Rows:
    return (
        select(
            func.coalesce(Shipment.waybill, Shipment.number),
            Vehicle.plate,
            Route.code,
            Shipment.driver_name,
            Shipment.driver_phone,
            _logger(),
            Site.code,
            Shipment.planned_departure_at,
            Shipment.departed_at,
            BUYER.code,
            func.coalesce(Order.buyer_reference, Order.number),
            GATE.code,
            Stop.planned_at,
            Stop.arrived_at,
            PRODUCER.code,
            func.coalesce(Batch.producer_reference, Batch.number),
            UnitContent.boxes,
            UnitContent.grams,
            LogisticUnit.sscc,
        )
        .join(LogisticUnit, LogisticUnit.id == UnitContent.unit_id)
        .join(Shipment, Shipment.id == LogisticUnit.shipment_id)
        .join(Vehicle, Vehicle.id == Shipment.vehicle_id)
        .join(Route, Route.id == Shipment.route_id)
        .join(Site, Site.id == Shipment.from_site_id)
        .join(Order, Order.id == LogisticUnit.order_id)
        .join(BUYER, BUYER.id == Order.buyer_id)
        .join(GATE, GATE.id == Order.ship_to_id)
        .join(Stop, and_(Stop.shipment_id == Shipment.id, Stop.site_id == GATE.id))
        .join(Batch, Batch.id == UnitContent.batch_id)
        .join(PRODUCER, PRODUCER.id == Batch.producer_id)
    )


def _received() -> Rows:
    return (
        select(
            case((_is_ambiguous(), Shipment.number), else_=func.coalesce(Shipment.waybill, Shipment.number)),
            Site.code,
            Receipt.received_at,
            Receipt.received_by,
            BUYER.code,
            func.coalesce(Order.buyer_reference, Order.number),
            PRODUCER.code,
            func.coalesce(Batch.producer_reference, Batch.number),
            ReceiptLine.accepted_grams,
            ReceiptLine.rejected_grams,
            ReceiptLine.rejected_boxes,
            ReceiptLine.reject_reason,
            Receipt.surface_centi,
            Receipt.core_centi,
            case((ReceiptLine.rejected_grams > 0, ReceiptLine.note), else_=Receipt.note),
        )
        .join(Receipt, Receipt.id == ReceiptLine.receipt_id)
        .join(Stop, Stop.id == Receipt.stop_id)
        .join(Shipment, Shipment.id == Receipt.shipment_id)
        .join(Site, Site.id == Receipt.site_id)
        .join(OrderLine, OrderLine.id == ReceiptLine.order_line_id)
        .join(Order, Order.id == OrderLine.order_id)
        .join(BUYER, BUYER.id == Order.buyer_id)
        .join(Batch, Batch.id == ReceiptLine.batch_id)
        .join(PRODUCER, PRODUCER.id == Batch.producer_id)
    )


def _logger() -> ScalarSelect[str]:
    return (
        select(Device.serial)
        .join(DeviceRide, DeviceRide.device_id == Device.id)
        .where(DeviceRide.shipment_id == Shipment.id)
        .order_by(DeviceRide.id)
        .limit(1)
        .correlate(Shipment)
        .scalar_subquery()
    )


def _is_ambiguous() -> ColumnElement[bool]:
    """Tell whether another shipment to the same gate is known by this one's waybill."""
    return exists(
        select(OTHER.id)
        .join(OTHER_STOP, OTHER_STOP.shipment_id == OTHER.id)
        .where(
            OTHER.id != Shipment.id,
            OTHER_STOP.site_id == Stop.site_id,
            OTHER.state != ShipmentState.CANCELLED,
            or_(OTHER.waybill == Shipment.waybill, OTHER.number == Shipment.waybill),
        )
        .correlate(Shipment, Stop)
    )
