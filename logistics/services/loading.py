"""The loading list (装车单): what a co-operative writes down when a lorry is loaded, done as one act.

Each lorry's lines allocate, pack, plan, dispatch and report arrivals through the services of those acts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select

from logistics.models.packing import LogisticUnit
from logistics.models.shipment import Shipment, Vehicle
from logistics.rules.states import ShipmentState, UnitKind
from logistics.services import allocation, departure, packing, planning
from logistics.services import shipment as shipments
from logistics.services.allocation import Promise
from logistics.services.packing import Pack, Part
from logistics.services.planning import PlanShipment, PlanStop
from supplychain.base.models.party import Party, Site
from supplychain.base.queries import party as parties
from supplychain.contracts.models.order import Order, OrderLine
from supplychain.kernel.db.uow import UnitOfWork
from supplychain.kernel.errors import Invalid
from supplychain.kernel.i18n import N_
from supplychain.kernel.sheets.sheet import Outcome
from traceability.models.batch import Batch
from traceability.queries import batch as batches


@dataclass(frozen=True, slots=True)
class LoadLine:
    """Some of a batch for an order, on a pallet, on a lorry. Codes and references, no keys."""

    waybill: str
    plate: str
    route: str
    driver_name: str
    driver_phone: str
    from_site: str
    planned_departure_at: datetime
    buyer: str
    order: str
    gate: str
    planned_at: datetime
    producer: str
    batch: str
    boxes: int
    grams: int
    departed_at: datetime | None = None
    arrived_at: datetime | None = None
    device: str | None = None
    pallet: str = "1"


def load(uow: UnitOfWork, lines: Sequence[LoadLine]) -> Outcome:
    """Do what one lorry's lines say; a waybill that is known already changes nothing.

    Raises what allocating, packing, planning and dispatching raise.
    """
    first = lines[0]
    if _known(uow, first):
        return Outcome.UNCHANGED
    site = parties.site_by_code(uow.session, first.from_site, field="from_site")
    ssccs = [
        _pallet(uow, [line for line in lines if _key(line) == key], site.id)
        for key in dict.fromkeys(_key(line) for line in lines)
    ]
    stops = {line.gate: line.planned_at for line in sorted(lines, key=lambda line: line.planned_at)}
    planned = planning.plan(
        uow,
        PlanShipment(
            tuple(ssccs),
            first.plate,
            first.route,
            first.driver_name,
            first.driver_phone,
            first.planned_departure_at,
            first.device,
            first.waybill,
            tuple(PlanStop(gate, planned_at) for gate, planned_at in stops.items()),
        ),
    )
    if first.departed_at is not None:
        departure.dispatch(uow, planned.number, first.departed_at)
        for gate, arrived_at in {line.gate: line.arrived_at for line in lines}.items():
            if arrived_at is not None:
                shipments.arrive(uow, planned.number, gate, arrived_at)
    return Outcome.CREATED


def order_of(uow: UnitOfWork, buyer: str, reference: str) -> Order:
    """Return a buyer's order by the buyer's own number or ours; Invalid at `order`."""
    found = uow.session.scalar(
        select(Order)
        .join(Party, Party.id == Order.buyer_id)
        .where(Party.code == buyer, (Order.buyer_reference == reference) | (Order.number == reference))
    )
    if found is None:
        raise Invalid.at("order", N_("%(buyer)s has no order %(number)s."), buyer=buyer, number=reference)
    return found


def _known(uow: UnitOfWork, line: LoadLine) -> bool:
    """Tell whether this lorry left, or is to leave, this place with this waybill already.

    The shipment's own number may stand in the waybill's place; a cancelled shipment frees its waybill.
    """
    found = (
        select(Shipment.id)
        .join(Vehicle, Vehicle.id == Shipment.vehicle_id)
        .join(Site, Site.id == Shipment.from_site_id)
        .where(
            or_(Shipment.waybill == line.waybill, Shipment.number == line.waybill),
            Vehicle.plate == line.plate,
            Site.code == line.from_site,
            Shipment.state != ShipmentState.CANCELLED,
        )
    )
    return uow.session.scalar(found) is not None


def _key(line: LoadLine) -> tuple[str, str, str]:
    return (line.buyer, line.order, line.pallet)


def _pallet(uow: UnitOfWork, lines: Sequence[LoadLine], site_id: int) -> str:
    """Allocate and pack the lines of one pallet of one order; return its SSCC."""
    order = order_of(uow, lines[0].buyer, lines[0].order)
    promises = [_promise(uow, order, line, site_id) for line in lines]
    rows = allocation.promise(uow, order.number, promises)
    at = lines[0].departed_at
    unit: LogisticUnit = packing.pack(
        uow, Pack(order.number, tuple(Part(row.id) for row in rows), UnitKind.PALLET, at)
    )
    return unit.sscc


def _promise(uow: UnitOfWork, order: Order, line: LoadLine, site_id: int) -> Promise:
    batch_id = batches.named(uow.session, uow.actor, line.batch, line.producer)
    found = uow.session.scalar(
        select(OrderLine.id)
        .join(Batch, Batch.trade_item_id == OrderLine.trade_item_id)
        .where(OrderLine.order_id == order.id, Batch.id == batch_id)
    )
    if found is None:
        raise Invalid.at(
            "batch", N_("%(order)s has no line for %(batch)s."), order=line.order, batch=line.batch
        )
    return Promise(found, batch_id, site_id, line.boxes, line.grams)
