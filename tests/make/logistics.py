"""Factories for what logistics owns: an order with goods to fill it, a lorry, a route, a logger."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import count

from sqlalchemy import select

from logistics.models.packing import LogisticUnit
from logistics.models.shipment import Route, Shipment, Vehicle
from logistics.models.telemetry import Device
from logistics.rules.states import Channel, RejectReason
from logistics.services import allocation, departure, packing, planning, telemetry
from logistics.services.allocation import Promise
from logistics.services.packing import Pack
from logistics.services.planning import PlanShipment, PlanStop
from logistics.services.receipt import Receive, Weighed
from logistics.services.telemetry import Measured, Readings
from supplychain.base.models.party import Party
from supplychain.base.rules import PartyKind
from supplychain.contracts.models.order import Order, OrderLine
from supplychain.kernel.db.uow import Database, UnitOfWork
from supplychain.kernel.permissions import SYSTEM, Actor
from tests.conftest import NOW
from tests.make.base import make_party
from tests.make.contracts import Deal, acting_for, make_deal, make_order
from tests.make.traceability import Farm, make_batch, make_farm
from traceability.models.batch import Batch
from traceability.models.ledger import Entry, Holding
from traceability.rules.ledger import Bucket, Step

_numbers = count(1)

LEFT = NOW - timedelta(hours=16)
"""18 o'clock of the evening before: lorries leave Datian at dusk."""
ARRIVED = NOW - timedelta(hours=2)


@dataclass(frozen=True, slots=True)
class Fleet:
    """A carrier with one lorry, one route and one logger."""

    carrier: Party
    vehicle: Vehicle
    route: Route
    device: Device

    @property
    def driving(self) -> Actor:
        """Return somebody who acts for the carrier."""
        return acting_for(self.carrier, "陈师傅")


@dataclass(frozen=True, slots=True)
class Trade:
    """A farm with a released batch, a buyer with an order for all of it, and a fleet to carry it."""

    farm: Farm
    deal: Deal
    batch: Batch
    order: Order
    line: OrderLine
    fleet: Fleet

    @property
    def selling(self) -> Actor:
        """Return somebody who acts for the co-operative."""
        return self.deal.selling

    @property
    def buying(self) -> Actor:
        """Return somebody who acts for the buyer."""
        return self.deal.buying


@contextmanager
def acting(uow: UnitOfWork, actor: Actor) -> Iterator[None]:
    """Let somebody else act in an open unit of work."""
    before, uow.actor = uow.actor, actor
    yield
    uow.actor = before


def make_fleet(uow: UnitOfWork, capacity_grams: int = 8_000_000) -> Fleet:
    """Make a carrier that keeps goods at any temperature above freezing, with a logger of five minutes."""
    number = next(_numbers)
    carrier = make_party(uow, PartyKind.CARRIER)
    vehicle = Vehicle(
        plate=f"闽G{number:05d}",
        carrier_id=carrier.id,
        refrigeration_class="A",
        capacity_grams=capacity_grams,
    )
    route = Route(
        code=f"R{number}",
        name_zh="大田—浦东",
        name_en="Datian to Pudong",
        way_points="大田,三明,衢州,浦东",
        kilometres=880,
        planned_minutes=840,
    )
    device = Device(
        serial=f"EC{number:010d}",
        model="RC-51H",
        owner_id=carrier.id,
        interval_minutes=5,
        calibrated_until=date(2027, 6, 30),
    )
    uow.session.add_all((vehicle, route, device))
    uow.session.flush()
    return Fleet(carrier, vehicle, route, device)


def make_trade(uow: UnitOfWork, boxes: int = 10, *, ordered: int | None = None) -> Trade:
    """Make a batch of so many crates of 15 kg and an order for it, kept at 0 to 4 ℃."""
    farm = make_farm(uow)
    deal = make_deal(uow, seller=farm.coop, item=farm.item)
    batch = make_batch(uow, farm, released=True, boxes=boxes, grams=boxes * 15_000)
    order, line = make_order(uow, deal, boxes if ordered is None else ordered)
    return Trade(farm, deal, batch, order, line, make_fleet(uow))


def make_packed(uow: UnitOfWork, trade: Trade, order: Order | None = None) -> LogisticUnit:
    """Promise and pack an order, yesterday."""
    number = (order or trade.order).number
    allocation.promise_order(uow, number)
    return packing.pack(uow, Pack(number, at=LEFT - timedelta(hours=1)))


def make_plan(uow: UnitOfWork, trade: Trade, *units: LogisticUnit, **values: object) -> Shipment:
    """Plan units on the trade's lorry, with its logger, for yesterday's evening."""
    given: dict[str, object] = {
        "ssccs": tuple(unit.sscc for unit in units),
        "plate": trade.fleet.vehicle.plate,
        "route": trade.fleet.route.code,
        "driver_name": "陈师傅",
        "driver_phone": "13800000000",
        "planned_departure_at": LEFT,
        "device": trade.fleet.device.serial,
        "stops": (PlanStop(trade.deal.gate.code, ARRIVED),),
    }
    return planning.plan(uow, PlanShipment(**(given | values)))  # type: ignore[arg-type]  # as named


def make_dispatched(uow: UnitOfWork, trade: Trade) -> Shipment:
    """Let the trade's goods leave, yesterday's evening."""
    planned = make_plan(uow, trade, make_packed(uow, trade))
    return departure.dispatch(uow, planned.number, LEFT)


def measured(trade: Trade, values: list[int], since: datetime = LEFT, step: int = 5) -> Readings:
    """Return what the trade's logger measured, one value every few minutes."""
    rows = tuple(
        Measured(since + timedelta(minutes=step * place), Channel.TEMPERATURE, value)
        for place, value in enumerate(values)
    )
    return Readings(trade.fleet.device.serial, rows)


def steady(value: int = 200, hours: int = 14) -> list[int]:
    """Return a trip's values, every five minutes, all the same."""
    return [value] * (hours * 12 + 1)


def by_hand(trade: Trade, boxes: int = 10, grams: int | None = None, batch: Batch | None = None) -> Promise:
    """Return a promise of boxes of 15 kg of the trade's batch, or of another, chosen by a person."""
    taken = batch or trade.batch
    mass = boxes * 15_000 if grams is None else grams
    return Promise(trade.line.id, taken.id, taken.site_id, boxes, mass)


def held(uow: UnitOfWork, batch_id: int) -> dict[tuple[int, Bucket], tuple[int, int]]:
    """Return what there is of a batch, by place and in what way."""
    rows = uow.session.scalars(select(Holding).where(Holding.batch_id == batch_id, Holding.grams > 0))
    return {(row.site_id, row.bucket): (row.grams, row.boxes) for row in rows}


def steps(uow: UnitOfWork) -> list[Step]:
    """Return what the ledger says has happened, in order."""
    return list(uow.session.scalars(select(Entry.step).order_by(Entry.id)))


def weigh_in(
    trade: Trade, gone: Shipment, accepted: int = 150_000, rejected: int = 0, **values: object
) -> Receive:
    """Return what the trade's gate weighed in on arrival; what is neither taken nor refused is lost."""
    line = Weighed(
        trade.line.id,
        trade.batch.id,
        accepted,
        rejected,
        rejected // 15_000,
        RejectReason.QUALITY if rejected else None,
    )
    given: dict[str, object] = {"lines": (line,), "at": ARRIVED}
    return Receive(gone.number, trade.deal.gate.code, **(given | values))  # type: ignore[arg-type]  # as named


def make_second_gate(uow: UnitOfWork, trade: Trade) -> Trade:
    """Let another buyer order from the same grower, with goods of its own batch."""
    deal = make_deal(uow, seller=trade.farm.coop, item=trade.farm.item)
    batch = make_batch(uow, trade.farm, released=True)
    order, line = make_order(uow, deal, 10)
    return Trade(trade.farm, deal, batch, order, line, trade.fleet)


@dataclass(frozen=True, slots=True)
class Way:
    """A trade whose goods are on the road, a second one that waits, and strangers of every kind."""

    trade: Trade
    waiting: Trade
    shipment: Shipment
    unit: LogisticUnit
    stranger: Party
    other_buyer: Party

    def url(self, path: str) -> str:
        """Return the address of a page of this trade."""
        return path.format(
            order=self.waiting.order.number,
            sscc=self.unit.sscc,
            number=self.shipment.number,
            gate=self.trade.deal.gate.code,
        )

    def party(self, role: str) -> Party | None:
        """Return for whom somebody in a role acts."""
        return {
            "coop_clerk": self.trade.farm.coop,
            "buyer": self.trade.deal.buyer,
            "carrier": self.trade.fleet.carrier,
        }.get(role)


def make_way(db: Database) -> Way:
    """Make a trade that is on the road and has been warm for ten minutes, and one that waits."""
    with db.unit_of_work(SYSTEM) as uow:
        trade = make_trade(uow)
        gone = make_dispatched(uow, trade)
        telemetry.record(uow, measured(trade, [200, 900, 900, *steady()]))
        unit = uow.session.scalars(select(LogisticUnit).where(LogisticUnit.shipment_id == gone.id)).one()
        return Way(
            trade, make_trade(uow), gone, unit, make_party(uow), make_party(uow, PartyKind.SUPERMARKET)
        )
