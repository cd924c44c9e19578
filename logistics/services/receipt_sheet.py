"""The receiving list (验收单): what a gate writes down, one line per batch and order, done as one receipt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, true

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


@dataclass(frozen=True, slots=True)
class ReceiptRow:
    """One batch of one order at a gate. Codes and references, no keys."""

    waybill: str
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


def receive(uow: UnitOfWork, rows: Sequence[ReceiptRow]) -> Outcome:
    """Receive what one gate's lines say; a gate that has received already changes nothing."""
    first = rows[0]
    number, received_at = _stop(uow, first)
    if received_at is not None:
        return Outcome.UNCHANGED
    receipt.receive(
        uow,
        Receive(
            number,
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


def _stop(uow: UnitOfWork, row: ReceiptRow) -> tuple[str, datetime | None]:
    """Return (shipment, when received) of a waybill at a gate: two carriers may use the same number."""
    mine = true() if uow.actor.party_id is None else Site.party_id == uow.actor.party_id
    found = uow.session.execute(
        select(Shipment.number, Stop.received_at)
        .join(Stop, Stop.shipment_id == Shipment.id)
        .join(Site, Site.id == Stop.site_id)
        .where(
            Shipment.waybill == row.waybill,
            Shipment.state != ShipmentState.CANCELLED,
            Site.code == row.gate,
            mine,
        )
        .order_by(Shipment.departed_at.desc())
    ).first()
    if found is None:
        raise Invalid.at("waybill", N_("There is no shipment with waybill %(waybill)s."), waybill=row.waybill)
    return found[0], found[1]


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
    return Weighed(
        found[0],
        found[1],
        row.accepted_grams,
        row.rejected_grams,
        row.rejected_boxes,
        row.reject_reason,
        row.note if row.rejected_grams else "",
    )
