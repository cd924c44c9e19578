"""A shipment on its way: it arrives at its gates or is given up; who may act on it.

Planning, leaving, what is aboard and receiving have modules of their own.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select

from logistics.models.packing import LogisticUnit
from logistics.models.shipment import Shipment, Stop
from logistics.models.telemetry import DeviceRide
from logistics.rules.states import SHIPMENT, ShipmentState
from logistics.services.timing import happened
from supplychain.base.models.party import Site
from supplychain.base.queries import party as parties
from supplychain.kernel.db.uow import UnitOfWork
from supplychain.kernel.documents import audit
from supplychain.kernel.errors import Conflict, Invalid, NotFound, Refused
from supplychain.kernel.i18n import N_

DOCUMENT = "logistics.shipment"


def arrive(uow: UnitOfWork, number: str, site: str, at: datetime | None = None) -> Stop:
    """Report that the lorry stands at a gate; at the last gate the shipment has arrived."""
    moment = happened(uow, at)
    shipment = locked(uow, number)
    if shipment.state not in {ShipmentState.IN_TRANSIT, ShipmentState.ARRIVED}:
        raise Refused(N_("%(number)s is not on the road."), number=number)
    stops = stops_of(uow, shipment.id)
    stop = stop_at(uow, shipment, site)
    if stop.arrived_at is not None:
        raise Conflict(N_("This arrival is reported already."))
    if shipment.departed_at is None or moment < shipment.departed_at:
        raise Invalid.at("at", N_("The lorry cannot arrive before it left."))
    stop.arrived_at = moment
    reached = [item.arrived_at for item in stops if item.arrived_at is not None]
    if len(reached) == len(stops):
        shipment.state, shipment.arrived_at = ShipmentState.ARRIVED, max(reached)
    uow.flush()
    audit.record(uow, DOCUMENT, shipment.id, N_("Arrived at %(site)s"), site=_site_name(uow, stop.site_id))
    return stop


def cancel(uow: UnitOfWork, number: str) -> Shipment:
    """Give up a shipment that has not left; its units can be planned again."""
    shipment = locked(uow, number, shipper_only=True)
    SHIPMENT.check(shipment.state, ShipmentState.CANCELLED)
    for unit in uow.session.scalars(select(LogisticUnit).where(LogisticUnit.shipment_id == shipment.id)):
        unit.shipment_id = None
    for ride in uow.session.scalars(select(DeviceRide).where(DeviceRide.shipment_id == shipment.id)):
        uow.session.delete(ride)
    shipment.state = ShipmentState.CANCELLED
    uow.flush()
    audit.record(uow, DOCUMENT, shipment.id, N_("Cancelled"))
    return shipment


def locked(uow: UnitOfWork, number: str, *, shipper_only: bool = False) -> Shipment:
    """Return a shipment that the actor takes part in, held still until the act is over; NotFound."""
    shipment = uow.session.scalar(select(Shipment).where(Shipment.number == number).with_for_update())
    if shipment is None:
        raise NotFound(N_("There is no shipment %(number)s."), number=number)
    mine = {None, shipment.shipper_id} if shipper_only else {None, shipment.shipper_id, shipment.carrier_id}
    if uow.actor.party_id in mine or (not shipper_only and _is_gate(uow, shipment)):
        return shipment
    raise NotFound(N_("There is no shipment %(number)s."), number=number)


def stops_of(uow: UnitOfWork, shipment_id: int) -> Sequence[Stop]:
    """Return a shipment's gates in their order."""
    return uow.session.scalars(
        select(Stop).where(Stop.shipment_id == shipment_id).order_by(Stop.position)
    ).all()


def stop_at(uow: UnitOfWork, shipment: Shipment, site: str) -> Stop:
    """Return the stop of a shipment at a place; Invalid at `site` when it does not go there."""
    place = parties.site_by_code(uow.session, site, field="site")
    stop = uow.session.scalar(
        select(Stop).where(Stop.shipment_id == shipment.id, Stop.site_id == place.id).with_for_update()
    )
    if stop is None:
        raise Invalid.at("site", N_("%(number)s does not go to %(site)s."), number=shipment.number, site=site)
    return stop


def _is_gate(uow: UnitOfWork, shipment: Shipment) -> bool:
    found = select(Stop.id).join(Site, Site.id == Stop.site_id)
    found = found.where(Stop.shipment_id == shipment.id, Site.party_id == uow.actor.party_id)
    return uow.session.scalar(found.limit(1)) is not None


def _site_name(uow: UnitOfWork, site_id: int) -> str:
    return uow.session.get_one(Site, site_id).name
