"""Every benchmark on the demo season in a scratch folder; no database of anybody's is touched."""

from __future__ import annotations

import os
import platform
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.table import Table
from sqlalchemy import Engine, inspect

from supplychain import demo
from supplychain.app import Runtime, assemble
from supplychain.bench import codes, epcis, labels, pages, rows, scale
from supplychain.bench.measure import Measure, Size, grown
from supplychain.kernel.db.engine import make_engine
from supplychain.kernel.errors import ConfigurationError


def run(size: Size, url: str = "") -> Table:
    """Measure on a scratch database, or on the empty one at `url`, and return the table of ratios."""
    with _season(url) as runtime:
        engine = make_engine(runtime.settings.url)
        try:
            return _table(_measured(engine, runtime, size), engine)
        finally:
            engine.dispose()


def _measured(engine: Engine, runtime: Runtime, size: Size) -> list[Measure]:
    """Measure on the season, then on ledgers that grow; at last again what a long ledger could slow down."""
    goods = rows.goods_of(runtime)
    first = _in_any_ledger(engine, runtime, size)
    found = [
        *first,
        rows.registrations(engine, runtime, goods, size),
        rows.imports(engine, runtime, goods, size),
        *codes.measures(runtime, size),
        labels.measure_sheet(size),
        *epcis.pages(engine, runtime, size),
        *scale.measures(engine, runtime, size),
    ]
    if size.hourglasses <= scale.SMALL:
        return found
    again = grown(first, _in_any_ledger(engine, runtime, size))
    return [*found, *(replace(one, what=f"{one.what}; in the large ledger") for one in again)]


def _in_any_ledger(engine: Engine, runtime: Runtime, size: Size) -> list[Measure]:
    return [*pages.measures(runtime, size), *epcis.measures(engine, runtime, size)]


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


def _table(found: Iterable[Measure], engine: Engine) -> Table:
    shown = Table(title=f"{_database(engine)}; {_machine()}", title_justify="left")
    for name in ("work", "suite", "floor", "ratio", "growth", "the floor is"):
        shown.add_column(name, justify="left" if name in {"work", "the floor is"} else "right")
    for one in found:
        shown.add_row(
            one.what,
            f"{one.ours:,.0f} {one.unit}/s",
            f"{one.bare:,.0f}/s",
            f"{one.ratio:.3g} ×",
            "" if one.growth is None else f"{one.growth:.2f} ×",
            one.floor,
        )
    shown.caption = (
        "Pages are served by a process for each core; commits wait for the disk, but for counted looks.\n"
        "Growth is how many times as long one thing takes as on the small ledger."
    )
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
