"""What is there before a parcel is: farm, contract, lorry, route, logger; what is read back afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select

from logistics.models.shipment import Route, Vehicle
from logistics.models.telemetry import Device
from supplychain.base.models.party import Party
from supplychain.base.rules import PartyKind
from supplychain.kernel import clock
from supplychain.kernel.db.uow import Database, UnitOfWork
from tests.conftest import NOW
from tests.make.base import make_party
from tests.make.contracts import Deal, make_deal
from tests.make.traceability import Farm, make_farm
from traceability.models.batch import Batch
from traceability.models.ledger import Entry, EntryBatch, Holding
from traceability.rules.ledger import Bucket, Step

BOXES = 40
"""Crates of fifteen kilograms."""
PRICE_E4 = 32_000
LEFT = NOW + timedelta(hours=2)
ARRIVED = LEFT + timedelta(hours=15)


@dataclass(frozen=True)
class Trade:
    """Everything that is there before the parcel is."""

    farm: Farm
    deal: Deal
    carrier: Party
    plate: str
    route: str
    logger: str


def make_trade(uow: UnitOfWork) -> Trade:
    """Make a co-operative, its buyer and their contract, a carrier with a lorry, a route and a logger."""
    farm = make_farm(uow)
    deal = make_deal(uow, "supermarket", seller=farm.coop, item=farm.item, price_e4=PRICE_E4)
    carrier = make_party(uow, PartyKind.CARRIER)
    uow.session.add(
        Vehicle(plate="闽GD1801", carrier_id=carrier.id, refrigeration_class="C", capacity_grams=10_000_000)
    )
    uow.session.add(
        Route(
            code="INLAND",
            name_zh="内陆线",
            name_en="Inland",
            way_points="大田,南平,衢州,枫泾,浦东",
            checkpoint="枫泾",
            kilometres=890,
            planned_minutes=900,
        )
    )
    uow.session.add(
        Device(
            serial="EC512",
            model="RC-51H",
            owner_id=carrier.id,
            interval_minutes=5,
            calibrated_until=date(2027, 4, 1),
        )
    )
    return Trade(farm, deal, carrier, "闽GD1801", "INLAND", "EC512")


@contextmanager
def at(instant: datetime) -> Iterator[None]:
    """Let the clock stand at an instant."""
    with clock.fixed(instant):
        yield


def logger_file(serial: str) -> bytes:
    """Return a logger's export in the encoding of its maker: fifteen hours at 2 ℃, one of them at 9 ℃."""
    lines = [
        "精创温湿度记录仪数据报告",
        f"设备序列号,{serial}",
        "记录间隔,5分钟,时区,UTC+08:00",
        "序号,时间,温度(℃),湿度(%RH)",
    ]
    for number in range(181):
        local = (LEFT + timedelta(minutes=5 * number)).astimezone(clock.SHANGHAI)
        celsius = "9.0" if 60 <= number < 72 else "2.0"
        lines.append(f"{number + 1},{local:%Y-%m-%d %H:%M:%S},{celsius},91.0")
    return "\n".join(lines).encode("gb18030")


def steps_of(database: Database, number: str) -> list[Step]:
    """Return what happened to a batch, in the order in which it was written down."""
    of_batch = select(Entry.step).join(EntryBatch).join(Batch, Batch.id == EntryBatch.batch_id)
    with database.reading() as session:
        return list(session.scalars(of_batch.where(Batch.number == number).order_by(Entry.id)))


def held_of(database: Database, number: str) -> dict[Bucket, int]:
    """Return how many grams of a batch lie in which bucket."""
    of_batch = select(Holding).join(Batch, Batch.id == Holding.batch_id).where(Batch.number == number)
    with database.reading() as session:
        return {row.bucket: row.grams for row in session.scalars(of_batch) if row.grams}
