"""The receiving list (验收单): what a gate writes down, one line per batch and order, done as one receipt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select, true

from logistics.models.packing import LogisticUnit
from logistics.models.shipment import Shipment, Stop
from logistics.rules.states import RejectReason, ShipmentState
from logistics.services import receipt
from logistics.services.loading import order_of
from logistics.services.receipt import Receive, Weighed
from supplychain.base.models.party import Party, Site
from supplychain.contracts.models.order import OrderLine
from supplychain.kernel.db.uow import UnitOfWork
from supplychain.kernel.errors import Invalid
from supplychain.kernel.i18n import N_
from supplychain.kernel.sheets.sheet import Outcome
from traceability.models.batch import Batch

LONGEST_REMARK = 200
"""Characters of what is said of one refused batch; what is said of a whole receipt may be longer."""


@dataclass(frozen=True, slots=True)
class ReceiptRow:
    """One batch of one order at a gate. Codes and references, no keys."""

    waybill: str
    """The carrier's number, or the shipment's own."""
    gate: str
    received_at: datetime
    received_by: str
    buyer: str
    order: str
    producer: str
    batch: str
    accepted_grams: int
    rejected_grams: int = 0
    rejected_boxes: int = 0
    reject_reason: RejectReason | None = None
    surface_centi: int | None = None
    core_centi: int | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class _Stop:
    """A shipment at the lines' gate, and when it was received there; None before."""

    shipment_id: int
    number: str
    received_at: datetime | None


def receive(uow: UnitOfWork, rows: Sequence[ReceiptRow]) -> Outcome:
    """Receive what one gate's lines say; a gate that has received already changes nothing.

    Raises Invalid at `waybill` when nothing is known by it at this gate, or several shipments are and the
    lines' orders do not tell them apart; else what receiving raises.
    """
    first = rows[0]
    found = _stop(uow, rows)
    if found.received_at is not None:
        return Outcome.UNCHANGED
    receipt.receive(
        uow,
        Receive(
            found.number,
            first.gate,
            tuple(_weighed(uow, row) for row in rows),
            first.received_at,
            first.received_by,
            first.surface_centi,
            first.core_centi,
            next((row.note for row in rows if row.note and not row.rejected_grams), ""),
        ),
    )
    return Outcome.CREATED


def _stop(uow: UnitOfWork, rows: Sequence[ReceiptRow]) -> _Stop:
    """Return the only stop that the lines can mean: two carriers may bring the same waybill to one gate."""
    waybill, found = rows[0].waybill, _stops(uow, rows[0])
    if not found:
        raise Invalid.at("waybill", N_("There is no shipment with waybill %(waybill)s."), waybill=waybill)
    if len(found) == 1:
        return found[0]
    orders = {order_of(uow, row.buyer, row.order).id for row in rows}
    meant = [stop for stop in found if orders <= _orders_aboard(uow, stop.shipment_id)]
    if len(meant) != 1:
        raise Invalid.at(
            "waybill",
            N_("Several shipments come to this gate with waybill %(waybill)s: write %(numbers)s instead."),
            waybill=waybill,
            numbers=" / ".join(stop.number for stop in found),
        )
    return meant[0]


def _stops(uow: UnitOfWork, row: ReceiptRow) -> list[_Stop]:
    mine = true() if uow.actor.party_id is None else Site.party_id == uow.actor.party_id
    found = uow.session.execute(
        select(Shipment.id, Shipment.number, Stop.received_at)
        .join(Stop, Stop.shipment_id == Shipment.id)
        .join(Site, Site.id == Stop.site_id)
        .where(
            or_(Shipment.waybill == row.waybill, Shipment.number == row.waybill),
            Shipment.state != ShipmentState.CANCELLED,
            Site.code == row.gate,
            mine,
        )
        .order_by(Shipment.id)
    )
    stops = [_Stop(*values) for values in found]
    return [stop for stop in stops if stop.number == row.waybill] or stops


def _orders_aboard(uow: UnitOfWork, shipment_id: int) -> set[int]:
    return set(
        uow.session.scalars(select(LogisticUnit.order_id).where(LogisticUnit.shipment_id == shipment_id))
    )


def _weighed(uow: UnitOfWork, row: ReceiptRow) -> Weighed:
    order = order_of(uow, row.buyer, row.order)
    found = uow.session.execute(
        select(OrderLine.id, Batch.id)
        .join(Batch, Batch.trade_item_id == OrderLine.trade_item_id)
        .join(Party, Party.id == Batch.producer_id)
        .where(
            OrderLine.order_id == order.id,
            Party.code == row.producer,
            (Batch.producer_reference == row.batch) | (Batch.number == row.batch),
        )
    ).one_or_none()
    if found is None:
        raise Invalid.at(
            "batch", N_("%(order)s has no line for %(batch)s."), order=row.order, batch=row.batch
        )
    if row.rejected_grams and len(row.note) > LONGEST_REMARK:
        raise Invalid.at("note", N_("Too long: at most %(most)s characters."), most=LONGEST_REMARK)
    return Weighed(
        found[0],
        found[1],
        row.accepted_grams,
        row.rejected_grams,
        row.rejected_boxes,
        row.reject_reason,
        row.note if row.rejected_grams else "",
    )
