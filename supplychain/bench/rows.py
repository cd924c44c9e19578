"""Registrations and imports against the rows that they leave, written by the driver alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from time import perf_counter
from typing import Any

from sqlalchemy import Engine, select

from supplychain.app import Runtime
from supplychain.base.models.party import Site
from supplychain.base.models.trade_item import TradeItem
from supplychain.bench import driver
from supplychain.bench.measure import ROUNDS, Measure, Size, measure, timed
from supplychain.kernel import clock
from supplychain.kernel.documents.models import AuditEntry
from supplychain.kernel.errors import ConfigurationError
from supplychain.kernel.permissions import SYSTEM
from supplychain.kernel.sheets import importing, writer
from traceability.models.batch import Batch
from traceability.models.epcis import EntryFact
from traceability.models.ledger import Entry, EntryBatch, EntryThing, Holding
from traceability.services import batch as batches
from traceability.services.draft import RegisterBatch

WRITTEN: tuple[type[Any], ...] = (Batch, AuditEntry, Entry, EntryBatch, EntryThing, EntryFact, Holding)
"""Where a registration leaves rows, those that are referred to first."""


@dataclass(frozen=True, slots=True)
class Goods:
    """What is registered: an item of the season at its base."""

    sku: str
    site: str
    net_grams: int


def goods_of(runtime: Runtime) -> Goods:
    """Return what was registered last."""
    with runtime.database.reading() as session:
        found = session.execute(
            select(TradeItem.sku, Site.code, TradeItem.net_grams)
            .join(Batch, Batch.trade_item_id == TradeItem.id)
            .join(Site, Site.id == Batch.site_id)
            .order_by(Batch.id.desc())
            .limit(1)
        ).one()
    return Goods(*found)


def _command(goods: Goods, reference: str) -> RegisterBatch:
    return RegisterBatch(
        goods.sku, goods.site, clock.today(), 10, 10 * goods.net_grams, reference, member_name="张桂香"
    )


def registrations(engine: Engine, runtime: Runtime, goods: Goods, size: Size) -> Measure:
    """Compare single registrations with raw inserts of their rows in as many transactions."""
    each = size.registrations // ROUNDS
    times = [_registered(engine, runtime, goods, turn * each, each) for turn in range(ROUNDS)]
    ours, floor = (median(column) for column in zip(*times, strict=True))
    return measure("register one batch", "batches", each, ours, "its rows, one transaction", floor)


def _registered(
    engine: Engine, runtime: Runtime, goods: Goods, first: int, count: int
) -> tuple[float, float]:
    """Register so many batches, take them out and put their rows back; return the seconds of both."""
    commands = [_command(goods, f"BENCH-{number}") for number in range(first, first + count)]
    before = driver.last(runtime, WRITTEN)

    def register() -> None:
        for command in commands:
            with runtime.database.unit_of_work(SYSTEM) as uow:
                batches.register(uow, command)

    ours = timed(register)
    kept = driver.taken_out(engine, before)
    with driver.opened(engine) as raw:

        def put_back() -> None:
            for at in range(count):
                raw.insert((table, _share(rows, at, count)) for table, rows in kept.items())

        return ours, timed(put_back)


def _share(rows: list[Sequence[Any]], at: int, count: int) -> list[Sequence[Any]]:
    """Return the rows of one registration: each leaves as many."""
    each = len(rows) // count
    return rows[at * each : (at + 1) * each]


def imports(engine: Engine, runtime: Runtime, goods: Goods, size: Size) -> Measure:
    """Compare an import with one bulk insert of the rows that it writes."""
    sheet = runtime.suite.sheets["batches"]
    content = writer.csv_text(sheet, [_command(goods, f"SHEET-{number}") for number in range(size.rows)])
    before = driver.last(runtime, WRITTEN)
    started = perf_counter()
    report = importing.run(runtime.database, sheet, SYSTEM, "batches.csv", content, apply=True)
    ours = perf_counter() - started
    if report.bad or report.good != size.rows:
        raise ConfigurationError(f"the import took {report.good} of {size.rows} rows")
    kept = driver.taken_out(engine, before)
    with driver.opened(engine) as raw:
        started = perf_counter()
        raw.insert(kept.items())
        floor = perf_counter() - started
    return measure(
        f"import a spreadsheet of {size.rows:,} batches",
        "batches",
        size.rows,
        ours,
        "their rows, one bulk insert",
        floor,
    )
