"""How fast the suite is, as ratios to the floor: the same work done bare, on this machine, in this run.

Everything happens on the demo season in a scratch folder; no database of anybody's is touched.
"""

from __future__ import annotations

import os
import platform
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

from flask import Flask
from psycopg.types.json import Jsonb
from rich.table import Table
from sqlalchemy import Engine, func, inspect, select
from werkzeug.test import EnvironBuilder

from supplychain import demo
from supplychain.app import Runtime, assemble, create_app
from supplychain.base import symbols
from supplychain.base.gs1 import element, link
from supplychain.base.models.party import Site
from supplychain.base.models.trade_item import TradeItem
from supplychain.kernel import clock
from supplychain.kernel.db.base import Base
from supplychain.kernel.db.engine import make_engine
from supplychain.kernel.documents import symbol
from supplychain.kernel.documents.models import AuditEntry
from supplychain.kernel.errors import ConfigurationError
from supplychain.kernel.permissions import SYSTEM
from supplychain.kernel.sheets import importing, writer
from traceability import labels
from traceability.labels import BatchLabel
from traceability.models.batch import Batch
from traceability.models.code import Code
from traceability.models.ledger import Entry, EntryBatch, Holding
from traceability.services import batch as batches
from traceability.services.draft import RegisterBatch

WRITTEN: tuple[type[Any], ...] = (Batch, AuditEntry, Entry, EntryBatch, Holding)
"""Where one registration leaves one row each, those that are referred to first."""
ROUNDS = 5
"""Ours and the floor take turns so often; the median counts."""
CACHED = 250
"""Serials whose codes fit into the cache of drawn codes together."""


@dataclass(frozen=True, slots=True)
class Size:
    """How much of each kind of work is done."""

    requests: int
    registrations: int
    rows: int
    labels: int


FULL = Size(requests=400, registrations=2_000, rows=10_000, labels=1_000)
QUICK = Size(requests=60, registrations=200, rows=1_000, labels=300)


@dataclass(frozen=True, slots=True)
class Measure:
    """One kind of work: things a second by the suite, and by the floor."""

    what: str
    unit: str
    ours: float
    floor: str
    bare: float

    @property
    def ratio(self) -> float:
        """Return how many times as fast the floor is."""
        return self.bare / self.ours


@dataclass(frozen=True, slots=True)
class _Goods:
    """What is registered: an item of the season at its base."""

    sku: str
    site: str
    net_grams: int


def run(size: Size, url: str = "") -> Table:
    """Measure on a scratch database, or on the empty one at `url`, and return the table of ratios."""
    with _season(url) as runtime:
        engine = make_engine(runtime.settings.url)
        try:
            goods = _goods(runtime)
            found = [
                *_pages(runtime, size),
                _commits(engine, runtime, goods, size),
                _import(engine, runtime, goods, size),
                _labels(size),
            ]
            return _table(found, engine)
        finally:
            engine.dispose()


@contextmanager
def _season(url: str) -> Iterator[Runtime]:
    """Give a runtime on the demo season in a folder that goes afterwards."""
    with TemporaryDirectory(prefix="bench-") as folder:
        settings = replace(demo.settings_for(Path(folder), 8000), database_url=url)
        runtime = assemble(settings)
        if url:
            _refuse_used(url)
        demo.prepare(runtime)
        yield runtime


def _refuse_used(url: str) -> None:
    engine = make_engine(url)
    try:
        if inspect(engine).get_table_names():
            raise ConfigurationError("the database is not empty; benchmarks run on one of their own")
    finally:
        engine.dispose()


# -- pages -----------------------------------------------------------------------------------------------


def _pages(runtime: Runtime, size: Size) -> Iterator[Measure]:
    """Compare the consumer page with a bare route that answers as many bytes."""
    app = create_app(runtime)
    path = _consumer_path(runtime)
    phone = {"User-Agent": "bench", "Accept-Language": "zh-CN"}
    _ask(app, path, phone)
    page, tag = _ask(app, path, phone)
    bare = Flask("bare")
    bare.add_url_rule(path, "bare", lambda: page)
    looks = {
        "consumer page, the look counted": phone,
        "consumer page, prefetched: nothing written": phone | {"Sec-Purpose": "prefetch"},
        "consumer page, 304, the look counted": phone | {"If-None-Match": tag},
    }
    acts = [partial(_ask, bare, path, phone), *(partial(_ask, app, path, sent) for sent in looks.values())]
    floor, *found = _turns([partial(_repeat, act, size.requests) for act in acts])
    for what, ours in zip(looks, found, strict=True):
        yield _measure(what, "requests", size.requests, ours, "bare Flask route", floor)


def _ask(app: Flask, path: str, headers: dict[str, str]) -> tuple[bytes, str]:
    """Call the application as a server does; return the body and its ETag."""
    answered: list[tuple[str, str]] = []

    def start(_status: str, sent: list[tuple[str, str]], _error: object = None) -> Callable[[bytes], object]:
        answered.extend(sent)
        return lambda _: None

    body = app.wsgi_app(EnvironBuilder(path=path, headers=list(headers.items())).get_environ(), start)
    content = b"".join(body)
    if hasattr(body, "close"):
        body.close()
    return content, dict(answered).get("ETag", "")


def _consumer_path(runtime: Runtime) -> str:
    with runtime.database.reading() as session:
        gtin, number, serial = session.execute(
            select(Code.gtin, Batch.number, Code.serial)
            .join(Batch, Batch.id == Code.batch_id)
            .order_by(Code.id)
            .limit(1)
        ).one()
    return f"/01/{gtin}/10/{number}/21/{serial}"


# -- the database ----------------------------------------------------------------------------------------


def _goods(runtime: Runtime) -> _Goods:
    with runtime.database.reading() as session:
        found = session.execute(
            select(TradeItem.sku, Site.code, TradeItem.net_grams)
            .join(Batch, Batch.trade_item_id == TradeItem.id)
            .join(Site, Site.id == Batch.site_id)
            .order_by(Batch.id.desc())
            .limit(1)
        ).one()
    return _Goods(*found)


def _command(goods: _Goods, reference: str) -> RegisterBatch:
    return RegisterBatch(
        goods.sku, goods.site, clock.today(), 10, 10 * goods.net_grams, reference, member_name="张桂香"
    )


def _commits(engine: Engine, runtime: Runtime, goods: _Goods, size: Size) -> Measure:
    """Compare single registrations with raw inserts of their rows in as many transactions."""
    each = size.registrations // ROUNDS
    times = [_registered(engine, runtime, goods, turn * each, each) for turn in range(ROUNDS)]
    ours, floor = (median(column) for column in zip(*times, strict=True))
    return _measure("register one batch", "batches", each, ours, "its five rows, one transaction", floor)


def _registered(
    engine: Engine, runtime: Runtime, goods: _Goods, first: int, count: int
) -> tuple[float, float]:
    """Register so many batches, take them out and put their rows back; return the seconds of both."""
    commands = [_command(goods, f"BENCH-{number}") for number in range(first, first + count)]
    before = _last(runtime)

    def register() -> None:
        for command in commands:
            with runtime.database.unit_of_work(SYSTEM) as uow:
                batches.register(uow, command)

    ours = _timed(register)
    kept = _taken_out(engine, before)
    with _driver(engine) as driver:

        def put_back() -> None:
            for row in range(count):
                driver.insert((table, rows[row : row + 1]) for table, rows in kept.items())

        return ours, _timed(put_back)


def _import(engine: Engine, runtime: Runtime, goods: _Goods, size: Size) -> Measure:
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
    return _measure(
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


# -- labels ----------------------------------------------------------------------------------------------


def _labels(size: Size) -> Measure:
    """Compare labels with a code each with the same number whose codes are made already."""
    fresh = [_label(f"S{number:07d}") for number in range(size.labels)]
    known = [fresh[number % CACHED] for number in range(size.labels)]

    def draw_fresh() -> None:
        symbol.qr.cache_clear()
        symbols.gs1_datamatrix.cache_clear()
        labels.sheet(fresh)

    _, floor, ours = _turns([lambda: labels.sheet(fresh[:CACHED]), lambda: labels.sheet(known), draw_fresh])
    return _measure(
        f"sheet of {size.labels:,} item labels",
        "labels",
        size.labels,
        ours,
        "drawing alone, codes made before",
        floor,
    )


def _label(serial: str) -> BatchLabel:
    item = [("01", "06991234500012"), ("10", "B2611-0031"), ("21", serial)]
    return BatchLabel(
        "高山甘蓝",
        "一级",
        "NY/T 583",
        "B2611-0031",
        "06991234500012",
        element.bracketed(item),
        link.build(item, "http://127.0.0.1:8000"),
        "15 kg",
        "2026-11-20",
        "2026-12-11",
        "福建省三明市大田县屏山乡",
        "大田县高山蔬菜专业合作社",
        "0–4 ℃",
        serial,
    )


# -- telling ---------------------------------------------------------------------------------------------


def _repeat(act: Callable[[], object], times: int) -> None:
    for _ in range(times):
        act()


def _turns(acts: Sequence[Callable[[], object]]) -> list[float]:
    """Return the median seconds of each act when all take turns."""
    rounds = [[_timed(act) for act in acts] for _ in range(ROUNDS)]
    return [median(column) for column in zip(*rounds, strict=True)]


def _timed(act: Callable[[], object]) -> float:
    started = perf_counter()
    act()
    return perf_counter() - started


def _measure(what: str, unit: str, count: int, ours: float, floor: str, bare: float) -> Measure:
    return Measure(what, unit, count / ours, floor, count / bare)


def _table(found: Iterable[Measure], engine: Engine) -> Table:
    shown = Table(title=f"{_database(engine)}; {_machine()}", title_justify="left")
    for name in ("work", "suite", "floor", "ratio", "the floor is"):
        shown.add_column(name, justify="right" if name in {"suite", "floor", "ratio"} else "left")
    for one in found:
        shown.add_row(
            one.what, f"{one.ours:,.0f} {one.unit}/s", f"{one.bare:,.0f}/s", f"{one.ratio:.1f} ×", one.floor
        )
    shown.caption = "Pages are in-process WSGI calls in one thread; every commit reaches the disk."
    return shown


def _database(engine: Engine) -> str:
    if engine.dialect.name == "sqlite":
        return f"SQLite {sqlite3.sqlite_version}"
    with engine.connect() as connection:
        return f"PostgreSQL {connection.exec_driver_sql('SHOW server_version').scalar_one()}"


def _machine() -> str:
    """Return cores and memory; the memory only where the system tells it."""
    cores = f"{os.cpu_count()} cores"
    names = getattr(os, "sysconf_names", {})
    if "SC_PHYS_PAGES" not in names:
        return f"{cores}, Python {platform.python_version()}"
    gib = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30
    return f"{cores}, {gib:.0f} GiB, Python {platform.python_version()}"
