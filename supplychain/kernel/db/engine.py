"""Engines: one address in, connections that keep their promises out.

SQLite needs help to be a real database: WAL, foreign keys, and a writer that takes its lock at the start.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event

_PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA foreign_keys=ON",
    "PRAGMA busy_timeout=10000",
)


def make_engine(url: str, **options: Any) -> Engine:
    """Return an engine for SQLite or PostgreSQL; on SQLite `writer=True` begins with the write lock."""
    engine = create_engine(url, pool_pre_ping=url.startswith("postgresql"), **options)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare)
        event.listen(engine, "begin", _begin)
    else:
        event.listen(engine, "begin", _relax)
    return engine


def writer(engine: Engine, *, durable: bool = True) -> Engine:
    """Return the same engine for those who write: on SQLite they queue instead of losing updates.

    What is committed without `durable` outlives the process, but the last of it may go with the power.
    """
    return engine.execution_options(writer=True, durable=durable)


def _prepare(connection: Any, _record: object) -> None:
    connection.isolation_level = None
    for pragma in _PRAGMAS:
        connection.execute(pragma)


def _begin(connection: Connection) -> None:
    options = connection.get_execution_options()
    if options.get("writer"):
        level = "FULL" if options["durable"] else "NORMAL"
        connection.exec_driver_sql(f"PRAGMA synchronous={level}")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if options.get("writer") else "BEGIN")


def _relax(connection: Connection) -> None:
    if connection.get_execution_options().get("durable") is False:
        connection.exec_driver_sql("SET LOCAL synchronous_commit TO OFF")
