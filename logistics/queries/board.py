"""Figures and links that logistics shows on other pages."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from logistics.models.packing import LogisticUnit, UnitContent
from logistics.models.shipment import Receipt, ReceiptLine, Shipment
from logistics.queries.visibility import visible
from logistics.rules.states import Severity, ShipmentState
from supplychain.kernel.permissions import Actor


def cold_chain(session: Session, actor: Actor, since: datetime) -> tuple[int, int]:
    """Return how many trips ended since, and how many had neither a major excursion nor a gap.

    冷链合格率: trips with no major or critical excursion and no data gap ÷ trips.
    """
    good = case((Shipment.verdict.in_((Severity.FINE, Severity.MINOR)), 1), else_=0)
    trips, kept = session.execute(
        select(func.count(Shipment.id), func.coalesce(func.sum(good), 0)).where(
            visible(actor), Shipment.state == ShipmentState.RECEIVED, Shipment.departed_at >= since
        )
    ).one()
    return int(trips), int(kept)


def loss(session: Session, actor: Actor, since: datetime) -> tuple[int, int]:
    """Return grams shipped and grams lost on the way, of what was received since."""
    shipped, lost = session.execute(
        select(
            func.coalesce(func.sum(ReceiptLine.shipped_grams), 0),
            func.coalesce(func.sum(ReceiptLine.loss_grams), 0),
        )
        .join(Receipt, Receipt.id == ReceiptLine.receipt_id)
        .join(Shipment, Shipment.id == Receipt.shipment_id)
        .where(visible(actor), Receipt.received_at >= since)
    ).one()
    return int(shipped), int(lost)


def shipments_of_order(session: Session, actor: Actor, order_id: int) -> Sequence[tuple[str, ShipmentState]]:
    """Return (number, state) of the shipments that carry an order's goods."""
    found = session.execute(
        select(Shipment.number, Shipment.state)
        .join(LogisticUnit, LogisticUnit.shipment_id == Shipment.id)
        .where(LogisticUnit.order_id == order_id, visible(actor))
        .distinct()
        .order_by(Shipment.number)
    )
    return [(number, state) for number, state in found]


def shipment_of_unit(session: Session, actor: Actor, sscc: str) -> str | None:
    """Return the number of the shipment that carries a unit; None when none does that the actor may see."""
    return session.scalar(
        select(Shipment.number)
        .join(LogisticUnit, LogisticUnit.shipment_id == Shipment.id)
        .where(LogisticUnit.sscc == sscc, visible(actor))
    )


def shipments_of_batch(session: Session, actor: Actor, batch_id: int) -> Sequence[tuple[str, ShipmentState]]:
    """Return (number, state) of the shipments that carried some of a batch."""
    found = session.execute(
        select(Shipment.number, Shipment.state)
        .join(LogisticUnit, LogisticUnit.shipment_id == Shipment.id)
        .join(UnitContent, UnitContent.unit_id == LogisticUnit.id)
        .where(UnitContent.batch_id == batch_id, visible(actor))
        .distinct()
        .order_by(Shipment.number)
    )
    return [(number, state) for number, state in found]
