"""A lorry leaves: what may not travel is refused before it is on the road; ledger and units follow.

Planning and arriving are not here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import select

from logistics.events import ShipmentDispatched
from logistics.models.packing import Allocation
from logistics.models.shipment import Shipment, Vehicle
from logistics.models.telemetry import DeviceRide
from logistics.rules.states import ALLOCATION, SHIPMENT, UNIT, AllocationState, ShipmentState, UnitState
from logistics.services import cargo, mounting
from logistics.services import shipment as shipments
from logistics.services.cargo import Aboard
from logistics.services.timing import happened
from supplychain.kernel.clock import local_day
from supplychain.kernel.db.uow import UnitOfWork
from supplychain.kernel.documents import audit
from supplychain.kernel.errors import Refused
from supplychain.kernel.i18n import N_, gettext
from supplychain.kernel.units import KG
from traceability.models.batch import Batch
from traceability.queries import certificate as certificates
from traceability.rules.batch import BatchState
from traceability.rules.certificate import CERTIFICATE_KINDS, missing_papers
from traceability.rules.hold import Purpose
from traceability.rules.ledger import Step
from traceability.services import hold, ledger, unit_hold
from traceability.services.ledger import Happening


def dispatch(uow: UnitOfWork, number: str, at: datetime | None = None) -> Shipment:
    """Let the lorry leave: one SHIP entry per gate, allocations and units are under way.

    Raises Refused naming the unit that is on hold, the batch that is, or is not released, past its date or
    lacks a paper until arrival, or the lorry that is too small.
    """
    moment = happened(uow, at)
    shipment = shipments.locked(uow, number, shipper_only=True)
    SHIPMENT.check(shipment.state, ShipmentState.IN_TRANSIT)
    aboard = cargo.aboard(uow, shipment)
    if not aboard:
        raise Refused(N_("There is nothing aboard %(number)s."), number=number)
    _check_load(uow, shipment, aboard)
    _check_batches(uow, aboard, local_day(_last_planned(uow, shipment)))
    unit_hold.check_units_free(uow, {item.unit.sscc for item in aboard})
    mounting.mount(uow, shipment, moment)
    _ship(uow, shipment, aboard, moment)
    shipment.state, shipment.departed_at = ShipmentState.IN_TRANSIT, moment
    for ride in uow.session.scalars(select(DeviceRide).where(DeviceRide.shipment_id == shipment.id)):
        ride.since = moment
    uow.flush()
    kilograms = KG.short(sum(item.content.grams for item in aboard))
    audit.record(uow, shipments.DOCUMENT, shipment.id, N_("Dispatched with %(kg)s kg"), kg=kilograms)
    uow.publish(ShipmentDispatched(shipment.id))
    return shipment


def _check_load(uow: UnitOfWork, shipment: Shipment, aboard: Sequence[Aboard]) -> None:
    vehicle = uow.session.get_one(Vehicle, shipment.vehicle_id)
    grams = sum(item.content.grams for item in aboard)
    if grams > vehicle.capacity_grams:
        raise Refused(
            N_("%(plate)s carries %(capacity)s kg, %(load)s kg are aboard."),
            plate=vehicle.plate,
            capacity=KG.short(vehicle.capacity_grams),
            load=KG.short(grams),
        )


def _check_batches(uow: UnitOfWork, aboard: Sequence[Aboard], arrival: date) -> None:
    batches = uow.session.scalars(
        select(Batch)
        .where(Batch.id.in_({item.content.batch_id for item in aboard}))
        .order_by(Batch.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    families = certificates.families(uow.session, {batch.trade_item_id for batch in batches})
    held = certificates.valid_kinds(uow.session, {batch.id for batch in batches}, arrival)
    _check_held(uow, aboard)
    for batch in batches:
        if batch.state is not BatchState.RELEASED:
            raise Refused(N_("%(batch)s is not released for sale."), batch=batch.number)
        if batch.best_before_on < arrival:
            raise Refused(N_("%(batch)s is past its best-before day on arrival."), batch=batch.number)
        lacking = missing_papers(families.get(batch.trade_item_id, ""), held.get(batch.id, frozenset()))
        if lacking:
            raise Refused(
                N_("%(batch)s lacks a paper that counts until arrival: %(papers)s."),
                batch=batch.number,
                papers="、".join(gettext(CERTIFICATE_KINDS[kind]) for kind in lacking),
            )


def _check_held(uow: UnitOfWork, aboard: Sequence[Aboard]) -> None:
    """Refuse what is on hold; what was diverted goes to its buyer only."""
    by_buyer: dict[int, set[int]] = defaultdict(set)
    for item in aboard:
        by_buyer[item.buyer_id].add(item.content.batch_id)
    for buyer_id, batch_ids in sorted(by_buyer.items()):
        hold.check_free(uow, batch_ids, Purpose(buyer_id))


def _ship(uow: UnitOfWork, shipment: Shipment, aboard: Sequence[Aboard], at: datetime) -> None:
    by_gate: dict[int, list[Aboard]] = defaultdict(list)
    for item in aboard:
        by_gate[item.ship_to_id].append(item)
    ledger.record_many(
        uow,
        [
            Happening(
                Step.SHIP,
                at,
                shipment.from_site_id,
                cargo.summed(items),
                to_site_id=site_id,
                child_ssccs=tuple(sorted({item.unit.sscc for item in items})),
                reference=shipment.number,
            )
            for site_id, items in sorted(by_gate.items())
        ],
    )
    for unit in {item.unit.id: item.unit for item in aboard}.values():
        UNIT.check(unit.state, UnitState.SHIPPED)
        unit.state = UnitState.SHIPPED
    allocations = uow.session.scalars(
        select(Allocation).where(Allocation.id.in_({item.content.allocation_id for item in aboard}))
    )
    for allocation in allocations:
        ALLOCATION.check(allocation.state, AllocationState.SHIPPED)
        allocation.state = AllocationState.SHIPPED


def _last_planned(uow: UnitOfWork, shipment: Shipment) -> datetime:
    return max(stop.planned_at for stop in shipments.stops_of(uow, shipment.id))
