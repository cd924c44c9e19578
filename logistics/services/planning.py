"""Planning a shipment: packed units of one place go on one lorry, in a temperature that suits all of them.

Leaving, arriving and receiving are not here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select

from catalog.queries import product as products
from logistics.models.packing import LogisticUnit, UnitContent
from logistics.models.shipment import Route, Shipment, Stop, Vehicle
from logistics.models.telemetry import Device, DeviceRide
from logistics.rules import band as bands
from logistics.rules.band import Clash, Kept
from logistics.rules.states import Severity, ShipmentState, UnitState
from logistics.rules.verdict import Band
from logistics.services.shipment import DOCUMENT
from supplychain.base.models.party import Party
from supplychain.base.models.trade_item import TradeItem
from supplychain.base.queries import party as parties
from supplychain.base.rules import PartyKind
from supplychain.contracts.models.order import Order
from supplychain.kernel.clock import local_day
from supplychain.kernel.db.uow import UnitOfWork
from supplychain.kernel.documents import audit, sequence
from supplychain.kernel.errors import Invalid, Refused
from supplychain.kernel.i18n import N_
from supplychain.kernel.units import CELSIUS
from traceability.models.batch import Batch
from traceability.services import unit_hold

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


def plan(uow: UnitOfWork, command: PlanShipment) -> Shipment:
    """Plan a shipment of packed units; the load's common temperature band is fixed here.

    Raises Invalid for an unknown route or unit, and for a lorry or logger that is unknown or somebody else's:
    a carrier's lorry, with that carrier's logger, or the shipper's own. Refused when units lie at several
    places, are planned already or on hold, or two products aboard have no temperature in common.
    """
    units = _units(uow, command.ssccs)
    orders = _orders(uow, units)
    shipper_id = next(iter(orders.values())).seller_id
    vehicle = _vehicle(uow, command.plate, shipper_id)
    route = _route(uow, command.route)
    device = _device(uow, command.device, {vehicle.carrier_id, shipper_id}) if command.device else None
    load = _load_band(uow, [unit.id for unit in units], local_day(command.planned_departure_at))
    shipment = _planned(uow, command, vehicle, route, load)
    shipment.shipper_id = shipper_id
    shipment.from_site_id = units[0].site_id
    uow.session.add(shipment)
    uow.flush()
    for unit in units:
        unit.shipment_id = shipment.id
    _add_stops(uow, shipment, route, orders, command)
    if device is not None:
        uow.session.add(
            DeviceRide(shipment_id=shipment.id, device_id=device.id, since=shipment.planned_departure_at)
        )
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
    unit_hold.check_units_free(uow, [unit.sscc for unit in units])
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


def _vehicle(uow: UnitOfWork, plate: str, shipper_id: int) -> Vehicle:
    vehicle = uow.session.scalar(select(Vehicle).where(Vehicle.plate == plate, Vehicle.is_active))
    if vehicle is None:
        raise Invalid.at("plate", N_("There is no lorry %(plate)s."), plate=plate)
    owner = uow.session.get_one(Party, vehicle.carrier_id)
    if owner.kind is not PartyKind.CARRIER and owner.id != shipper_id:
        raise Invalid.at(
            "plate",
            N_("%(plate)s belongs to %(owner)s: take a carrier's lorry or the shipper's own."),
            plate=plate,
            owner=owner.short_name,
        )
    return vehicle


def _route(uow: UnitOfWork, code: str) -> Route:
    route = uow.session.scalar(select(Route).where(Route.code == code))
    if route is None:
        raise Invalid.at("route", N_("There is no route %(code)s."), code=code)
    return route


def _device(uow: UnitOfWork, serial: str, owner_ids: Set[int]) -> Device:
    device = uow.session.scalar(select(Device).where(Device.serial == serial))
    if device is None:
        raise Invalid.at("device", N_("There is no logger %(serial)s."), serial=serial)
    if device.owner_id not in owner_ids:
        raise Invalid.at(
            "device",
            N_("Logger %(serial)s belongs to %(owner)s: take the carrier's or the shipper's own."),
            serial=serial,
            owner=uow.session.get_one(Party, device.owner_id).short_name,
        )
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
