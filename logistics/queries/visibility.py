"""Who may see what on the way: the shipper, the carrier, the gates it goes to, and those who see all."""

from __future__ import annotations

from sqlalchemy import ColumnElement, exists, or_, select, true

from logistics.models.packing import LogisticUnit
from logistics.models.shipment import Shipment, Stop
from supplychain.base.models.party import Site
from supplychain.contracts.models.order import Order
from supplychain.kernel.permissions import Actor


def visible(actor: Actor) -> ColumnElement[bool]:
    """Return the condition under which the actor may see a shipment."""
    if actor.sees_all:
        return true()
    goes_there = exists(
        select(Stop.id)
        .join(Site, Site.id == Stop.site_id)
        .where(Stop.shipment_id == Shipment.id, Site.party_id == actor.party_id)
        .correlate(Shipment)
    )
    return or_(Shipment.shipper_id == actor.party_id, Shipment.carrier_id == actor.party_id, goes_there)


def stop_visible(actor: Actor) -> ColumnElement[bool]:
    """Return the condition under which the actor may see a stop: own gate, or own shipment."""
    if actor.sees_all:
        return true()
    own_gate = exists(
        select(Site.id).where(Site.id == Stop.site_id, Site.party_id == actor.party_id).correlate(Stop)
    )
    return or_(own_gate, Shipment.shipper_id == actor.party_id, Shipment.carrier_id == actor.party_id)


def unit_visible(actor: Actor) -> ColumnElement[bool]:
    """Return the condition under which the actor may see a unit: seller, buyer, or who carries it."""
    if actor.sees_all:
        return true()
    traded = exists(
        select(Order.id)
        .where(
            Order.id == LogisticUnit.order_id,
            or_(Order.seller_id == actor.party_id, Order.buyer_id == actor.party_id),
        )
        .correlate(LogisticUnit)
    )
    carried = exists(
        select(Shipment.id)
        .where(Shipment.id == LogisticUnit.shipment_id, Shipment.carrier_id == actor.party_id)
        .correlate(LogisticUnit)
    )
    return or_(traded, carried)
