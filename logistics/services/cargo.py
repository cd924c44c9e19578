"""What is aboard a shipment: each content of each unit, with its gate; reads for screens are not here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from logistics.models.packing import LogisticUnit, UnitContent
from logistics.models.shipment import Shipment
from logistics.services import packing
from supplychain.contracts.models.order import Order
from supplychain.kernel.db.uow import UnitOfWork


@dataclass(frozen=True, slots=True)
class Aboard:
    """One content of a unit with where it goes."""

    unit: LogisticUnit
    content: UnitContent
    ship_to_id: int
    buyer_id: int


def aboard(uow: UnitOfWork, shipment: Shipment) -> list[Aboard]:
    """Return everything aboard, unit by unit."""
    units = {
        unit.id: unit
        for unit in uow.session.scalars(
            select(LogisticUnit).where(LogisticUnit.shipment_id == shipment.id).order_by(LogisticUnit.id)
        )
    }
    found = uow.session.execute(
        select(Order.id, Order.ship_to_id, Order.buyer_id).where(
            Order.id.in_({unit.order_id for unit in units.values()})
        )
    )
    ends = {order_id: (ship_to_id, buyer_id) for order_id, ship_to_id, buyer_id in found}
    return [
        Aboard(units[content.unit_id], content, *ends[units[content.unit_id].order_id])
        for content in packing.contents(uow, list(units))
    ]


def aboard_for(uow: UnitOfWork, shipment: Shipment, site_id: int) -> list[Aboard]:
    """Return what is aboard for one gate."""
    return [item for item in aboard(uow, shipment) if item.ship_to_id == site_id]


def summed(items: Sequence[Aboard]) -> tuple[tuple[int, int, int], ...]:
    """Return (batch, grams, boxes) of contents, each batch once."""
    grams: Counter[int] = Counter()
    boxes: Counter[int] = Counter()
    for item in items:
        grams[item.content.batch_id] += item.content.grams
        boxes[item.content.batch_id] += item.content.boxes
    return tuple((batch_id, grams[batch_id], boxes[batch_id]) for batch_id in grams)
