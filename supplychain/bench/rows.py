"""Registrations and imports against the rows that they leave, written by the driver alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from statistics import median
from time import perf_counter
from typing import Any

from psycopg.types.json import Jsonb
from sqlalchemy import Engine, func, select

from supplychain.app import Runtime
from supplychain.base.models.party import Site
from supplychain.base.models.trade_item import TradeItem
from supplychain.bench.measure import ROUNDS, Measure, Size, measure, timed
from supplychain.kernel import clock
from supplychain.kernel.db.base import Base
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
"""Where registrations leave rows, as many each; those that are referred to first."""


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
    return measure("register one batch", "batches", each, ours, "its twelve rows, one transaction", floor)


def _registered(
    engine: Engine, runtime: Runtime, goods: Goods, first: int, count: int
) -> tuple[float, float]:
    """Register so many batches, take them out and put their rows back; return the seconds of both."""
    commands = [_command(goods, f"BENCH-{number}") for number in range(first, first + count)]
    before = _last(runtime)

    def register() -> None:
        for command in commands:
            with runtime.database.unit_of_work(SYSTEM) as uow:
                batches.register(uow, command)

    ours = timed(register)
    kept = _taken_out(engine, before)
    with _driver(engine) as driver:

        def put_back() -> None:
            for row in range(count):
                driver.insert((table, _share(rows, row, count)) for table, rows in kept.items())

        return ours, timed(put_back)


def _share(rows: Sequence[Sequence[Any]], place: int, count: int) -> Sequence[Sequence[Any]]:
    """Return the rows that one of so many registrations left."""
    each = len(rows) // count
    return rows[place * each : (place + 1) * each]


def imports(engine: Engine, runtime: Runtime, goods: Goods, size: Size) -> Measure:
    """Compare an import with one bulk insert of the rows that it writes."""
    sheet = runtime.suite.sheets["batches"]
    content = writer.csv_text(sheet, [_command(goods, f"SHEET-{number}") for number in range(size.rows)])
    before = _last(runtime)
    started = perf_counter()
    report = importing.run(runtime.database, sheet, SYSTEM, "batches.csv", content, apply=True)
    ours = perf_counter() - started
    if report.bad or report.good != size.rows:
        raise ConfigurationError(f"the import took {report.good} of {size.rows} rows")
    kept = _taken_out(engine, before)
    with _driver(engine) as driver:
        started = perf_counter()
        driver.insert(kept.items())
        floor = perf_counter() - started
    return measure(
        f"import a spreadsheet of {size.rows:,} batches",
        "batches",
        size.rows,
        ours,
        "their rows, one bulk insert",
        floor,
    )


def _last(runtime: Runtime) -> dict[type[Base], int]:
    with runtime.database.reading() as session:
        return {model: session.scalar(select(func.max(model.id))) or 0 for model in WRITTEN}


def _taken_out(engine: Engine, before: dict[type[Base], int]) -> dict[str, list[Sequence[Any]]]:
    """Return the rows that were written since, as the driver has them, and take them out again."""
    names = {model: str(model.__table__) for model in WRITTEN}
    with _driver(engine) as driver:
        kept = {name: driver.rows(name, before[model]) for model, name in names.items()}
        for model in reversed(WRITTEN):
            driver.execute(f"DELETE FROM {names[model]} WHERE id > {before[model]}")  # noqa: S608 - our own names
        driver.commit()
    return kept


class _Driver:
    """The database's driver without anything above it."""

    def __init__(self, connection: Any, *, is_sqlite: bool) -> None:
        self.connection, self.is_sqlite = connection, is_sqlite
        self.execute = connection.cursor().execute
        self.mark = "?" if is_sqlite else "%s"

    def rows(self, table: str, after: int) -> list[Sequence[Any]]:
        """Return the rows of a table with keys above this one."""
        cursor = self.connection.cursor()
        cursor.execute(f"SELECT * FROM {table} WHERE id > {after} ORDER BY id")  # noqa: S608 - our own names
        return [tuple(Jsonb(cell) if isinstance(cell, dict) else cell for cell in row) for row in cursor]

    def insert(self, tables: Iterable[tuple[str, Sequence[Sequence[Any]]]]) -> None:
        """Put rows into tables in one transaction."""
        cursor = self.connection.cursor()
        if self.is_sqlite:
            cursor.execute("BEGIN IMMEDIATE")
        for table, rows in tables:
            marks = ", ".join([self.mark] * len(rows[0]))
            cursor.executemany(f"INSERT INTO {table} VALUES ({marks})", rows)  # noqa: S608 - our own names
        self.commit()

    def commit(self) -> None:
        """Make it last."""
        if not self.is_sqlite or self.connection.in_transaction:
            self.connection.commit()


@contextmanager
def _driver(engine: Engine) -> Iterator[_Driver]:
    connection = engine.raw_connection()
    try:
        yield _Driver(connection.driver_connection, is_sqlite=engine.dialect.name == "sqlite")
    finally:
        connection.close()
