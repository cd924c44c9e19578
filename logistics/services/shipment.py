"""Shipments are planned, dispatched and arrive: what may not travel is refused before the lorry leaves."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select

from catalog.queries import product as products
from logistics.events import ShipmentDispatched
from logistics.models.packing import Allocation, LogisticUnit, UnitContent
from logistics.models.shipment import Route, Shipment, Stop, Vehicle
from logistics.models.telemetry import Device, DeviceRide
from logistics.rules import band as bands
from logistics.rules.band import Clash, Kept
from logistics.rules.states import (
    ALLOCATION,
    SHIPMENT,
    UNIT,
    AllocationState,
    Severity,
    ShipmentState,
    UnitState,
)
from logistics.rules.verdict import Band
from logistics.services import packing
from logistics.services.timing import happened
from supplychain.base.models.party import Site
from supplychain.base.models.trade_item import TradeItem
from supplychain.base.queries import party as parties
from supplychain.contracts.models.order import Order
from supplychain.kernel.clock import local_day
from supplychain.kernel.db.uow import UnitOfWork
from supplychain.kernel.documents import audit, sequence
from supplychain.kernel.errors import Conflict, Invalid, NotFound, Refused
from supplychain.kernel.i18n import N_, gettext
from supplychain.kernel.units import CELSIUS, KG
from traceability.models.batch import Batch
from traceability.queries import certificate as certificates
from traceability.rules import CERTIFICATE_KINDS, BatchState, Step, missing_papers
from traceability.services import ledger
from traceability.services.ledger import Happening

DOCUMENT = "logistics.shipment"
BETWEEN_GATES = timedelta(minutes=70)
"""What one gate and the way to the next take in Pudong, when nobody plans it better."""


@dataclass(frozen=True, slots=True)
class PlanStop:
    """A gate, when it is to be reached, in the order of the way."""

    site: str
    planned_at: datetime


@dataclass(frozen=True, slots=True)
class PlanShipment:
    """Packed units of one place go on one lorry; stops come from the units' orders unless given."""

    ssccs: tuple[str, ...]
    plate: str
    route: str
    driver_name: str
    driver_phone: str
    planned_departure_at: datetime
    device: str | None = None
    waybill: str | None = None
    stops: tuple[PlanStop, ...] = ()


@dataclass(frozen=True, slots=True)
class Aboard:
    """One content of a unit with where it goes."""

    unit: LogisticUnit
    content: UnitContent
    ship_to_id: int


def plan(uow: UnitOfWork, command: PlanShipment) -> Shipment:
    """Plan a shipment of packed units; the load's common temperature band is fixed here.

    Raises Invalid for an unknown lorry, route, logger or unit; Refused when units lie at several places, are
    planned already, or two products aboard have no temperature in common.
    """
    units = _units(uow, command.ssccs)
    vehicle = _vehicle(uow, command.plate)
    route = _route(uow, command.route)
    orders = _orders(uow, units)
    load = _load_band(uow, [unit.id for unit in units], local_day(command.planned_departure_at))
    shipment = _planned(uow, command, vehicle, route, load)
    shipment.shipper_id = next(iter(orders.values())).seller_id
    shipment.from_site_id = units[0].site_id
    uow.session.add(shipment)
    uow.flush()
    for unit in units:
        unit.shipment_id = shipment.id
    _add_stops(uow, shipment, route, orders, command)
    _add_logger(uow, shipment, command.device)
    uow.flush()
    low, high = CELSIUS.short(load.low), CELSIUS.short(load.high)
    audit.record(
        uow,
        DOCUMENT,
        shipment.id,
        N_("Planned with %(plate)s, %(low)s to %(high)s ℃"),
        plate=vehicle.plate,
        low=low,
        high=high,
    )
    return shipment


def dispatch(uow: UnitOfWork, number: str, at: datetime | None = None) -> Shipment:
    """Let the lorry leave: one SHIP entry per gate, allocations and units are under way.

    Raises Refused naming the batch that is on hold, not released, past its date or lacks a paper until
    arrival, or the lorry that is too small.
    """
    moment = happened(uow, at)
    shipment = _locked(uow, number, shipper_only=True)
    SHIPMENT.check(shipment.state, ShipmentState.IN_TRANSIT)
    aboard = _aboard(uow, shipment)
    if not aboard:
        raise Refused(N_("There is nothing aboard %(number)s."), number=number)
    _check_load(uow, shipment, aboard)
    _check_batches(uow, aboard, local_day(_last_planned(uow, shipment)))
    _ship(uow, shipment, aboard, moment)
    shipment.state, shipment.departed_at = ShipmentState.IN_TRANSIT, moment
    for ride in uow.session.scalars(select(DeviceRide).where(DeviceRide.shipment_id == shipment.id)):
        ride.since = moment
    uow.flush()
    kilograms = KG.short(sum(item.content.grams for item in aboard))
    audit.record(uow, DOCUMENT, shipment.id, N_("Dispatched with %(kg)s kg"), kg=kilograms)
    uow.publish(ShipmentDispatched(shipment.id))
    return shipment


def arrive(uow: UnitOfWork, number: str, site: str, at: datetime | None = None) -> Stop:
    """Report that the lorry stands at a gate; at the last gate the shipment has arrived."""
    moment = happened(uow, at)
    shipment = _locked(uow, number)
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
    shipment = _locked(uow, number, shipper_only=True)
    SHIPMENT.check(shipment.state, ShipmentState.CANCELLED)
    for unit in uow.session.scalars(select(LogisticUnit).where(LogisticUnit.shipment_id == shipment.id)):
        unit.shipment_id = None
    for ride in uow.session.scalars(select(DeviceRide).where(DeviceRide.shipment_id == shipment.id)):
        uow.session.delete(ride)
    shipment.state = ShipmentState.CANCELLED
    uow.flush()
    audit.record(uow, DOCUMENT, shipment.id, N_("Cancelled"))
    return shipment


def locked(uow: UnitOfWork, number: str) -> Shipment:
    """Return a shipment that the actor takes part in, held still until the act is over; NotFound."""
    return _locked(uow, number)


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


def aboard_for(uow: UnitOfWork, shipment: Shipment, site_id: int) -> list[Aboard]:
    """Return what is aboard for one gate."""
    return [item for item in _aboard(uow, shipment) if item.ship_to_id == site_id]


def _locked(uow: UnitOfWork, number: str, *, shipper_only: bool = False) -> Shipment:
    shipment = uow.session.scalar(select(Shipment).where(Shipment.number == number).with_for_update())
    if shipment is None:
        raise NotFound(N_("There is no shipment %(number)s."), number=number)
    mine = {None, shipment.shipper_id} if shipper_only else {None, shipment.shipper_id, shipment.carrier_id}
    if uow.actor.party_id in mine or (not shipper_only and _is_gate(uow, shipment)):
        return shipment
    raise NotFound(N_("There is no shipment %(number)s."), number=number)


def _is_gate(uow: UnitOfWork, shipment: Shipment) -> bool:
    found = select(Stop.id).join(Site, Site.id == Stop.site_id)
    found = found.where(Stop.shipment_id == shipment.id, Site.party_id == uow.actor.party_id)
    return uow.session.scalar(found.limit(1)) is not None


def _planned(uow: UnitOfWork, command: PlanShipment, vehicle: Vehicle, route: Route, load: Band) -> Shipment:
    return Shipment(
        number=sequence.next_number(uow, "YD", local_day(command.planned_departure_at)),
        waybill=command.waybill,
        carrier_id=vehicle.carrier_id,
        vehicle_id=vehicle.id,
        route_id=route.id,
        driver_name=command.driver_name,
        driver_phone=command.driver_phone,
        planned_departure_at=command.planned_departure_at,
        band_min_centi=load.low,
        band_max_centi=load.high,
        critical_min_centi=load.critical_low,
        critical_max_centi=load.critical_high,
        verdict=Severity.UNKNOWN,
        state=ShipmentState.PLANNED,
    )


def _add_logger(uow: UnitOfWork, shipment: Shipment, serial: str | None) -> None:
    if serial:
        device = _device(uow, serial)
        since = shipment.planned_departure_at
        uow.session.add(DeviceRide(shipment_id=shipment.id, device_id=device.id, since=since))


def _units(uow: UnitOfWork, ssccs: Sequence[str]) -> Sequence[LogisticUnit]:
    wanted = set(ssccs)
    units = uow.session.scalars(
        select(LogisticUnit).where(LogisticUnit.sscc.in_(wanted)).order_by(LogisticUnit.id).with_for_update()
    ).all()
    if not units or len(units) != len(wanted):
        raise Invalid.at("ssccs", N_("Choose packed units: some of these are not known."))
    for unit in units:
        if unit.state is not UnitState.PACKED or unit.shipment_id is not None:
            raise Refused(N_("%(sscc)s is not waiting for a lorry."), sscc=unit.sscc)
    if len({unit.site_id for unit in units}) > 1:
        raise Refused(N_("The units lie at several places: one lorry loads at one place."))
    return units


def _orders(uow: UnitOfWork, units: Sequence[LogisticUnit]) -> Mapping[int, Order]:
    found = uow.session.scalars(select(Order).where(Order.id.in_({unit.order_id for unit in units})))
    orders = {order.id: order for order in found}
    sellers = {order.seller_id for order in orders.values()}
    if len(sellers) > 1 or uow.actor.party_id not in {None, *sellers}:
        raise Invalid.at("ssccs", N_("Choose packed units: some of these are not known."))
    return orders


def _vehicle(uow: UnitOfWork, plate: str) -> Vehicle:
    vehicle = uow.session.scalar(select(Vehicle).where(Vehicle.plate == plate, Vehicle.is_active))
    if vehicle is None:
        raise Invalid.at("plate", N_("There is no lorry %(plate)s."), plate=plate)
    return vehicle


def _route(uow: UnitOfWork, code: str) -> Route:
    route = uow.session.scalar(select(Route).where(Route.code == code))
    if route is None:
        raise Invalid.at("route", N_("There is no route %(code)s."), code=code)
    return route


def _device(uow: UnitOfWork, serial: str) -> Device:
    device = uow.session.scalar(select(Device).where(Device.serial == serial))
    if device is None:
        raise Invalid.at("device", N_("There is no logger %(serial)s."), serial=serial)
    return device


def _load_band(uow: UnitOfWork, unit_ids: Sequence[int], day: date) -> Band:
    items = uow.session.execute(
        select(TradeItem.id, TradeItem.name_zh)
        .join(Batch, Batch.trade_item_id == TradeItem.id)
        .join(UnitContent, UnitContent.batch_id == Batch.id)
        .where(UnitContent.unit_id.in_(unit_ids))
        .distinct()
    ).all()
    storage = products.of_items(uow.session, [item_id for item_id, _ in items], day)
    kept = []
    for item_id, name in items:
        if item_id not in storage:
            raise Refused(N_("The catalogue does not say how %(item)s is kept."), item=name)
        found = storage[item_id]
        kept.append(
            Kept(
                name,
                Band(
                    found.min_centi_celsius,
                    found.max_centi_celsius,
                    found.critical_min_centi_celsius,
                    found.critical_max_centi_celsius,
                ),
            )
        )
    common = bands.overlap(kept)
    if isinstance(common, Clash):
        raise Refused(
            N_("%(colder)s (up to %(high)s ℃) and %(warmer)s (from %(low)s ℃) cannot travel together."),
            colder=common.colder.name,
            high=CELSIUS.short(common.colder.band.high),
            warmer=common.warmer.name,
            low=CELSIUS.short(common.warmer.band.low),
        )
    return common


def _add_stops(
    uow: UnitOfWork, shipment: Shipment, route: Route, orders: Mapping[int, Order], command: PlanShipment
) -> None:
    wanted = {order.ship_to_id for order in sorted(orders.values(), key=lambda order: order.deliver_on)}
    given = {
        parties.site_by_code(uow.session, stop.site, field="site").id: stop.planned_at
        for stop in command.stops
    }
    if given and set(given) != wanted:
        raise Invalid.at("stops", N_("The stops must be the gates that the orders go to."))
    first = command.planned_departure_at + timedelta(minutes=route.planned_minutes)
    ordered = list(given) if given else sorted(wanted)
    for position, site_id in enumerate(ordered):
        planned = given.get(site_id, first + position * BETWEEN_GATES)
        uow.session.add(
            Stop(shipment_id=shipment.id, position=position + 1, site_id=site_id, planned_at=planned)
        )


def _aboard(uow: UnitOfWork, shipment: Shipment) -> list[Aboard]:
    units = {
        unit.id: unit
        for unit in uow.session.scalars(
            select(LogisticUnit).where(LogisticUnit.shipment_id == shipment.id).order_by(LogisticUnit.id)
        )
    }
    found = uow.session.execute(
        select(Order.id, Order.ship_to_id).where(Order.id.in_({unit.order_id for unit in units.values()}))
    )
    ship_to = dict(found.all())
    return [
        Aboard(units[content.unit_id], content, ship_to[units[content.unit_id].order_id])
        for content in packing.contents(uow, list(units))
    ]


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
    for batch in batches:
        if batch.is_held:
            raise Refused(N_("%(batch)s is on hold: it cannot leave."), batch=batch.number)
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
                summed(items),
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


def summed(items: Sequence[Aboard]) -> tuple[tuple[int, int, int], ...]:
    """Return (batch, grams, boxes) of contents, each batch once."""
    grams: Counter[int] = Counter()
    boxes: Counter[int] = Counter()
    for item in items:
        grams[item.content.batch_id] += item.content.grams
        boxes[item.content.batch_id] += item.content.boxes
    return tuple((batch_id, grams[batch_id], boxes[batch_id]) for batch_id in grams)


def _last_planned(uow: UnitOfWork, shipment: Shipment) -> datetime:
    return max(stop.planned_at for stop in stops_of(uow, shipment.id))


def _site_name(uow: UnitOfWork, site_id: int) -> str:
    return uow.session.get_one(Site, site_id).name
