"""Engines: one address in, connections that keep their promises out.

SQLite needs help to be a real database: WAL, foreign keys, and a writer that takes its lock at the start.
"""

from __future__ import annotations

import sqlite3
from time import monotonic
from typing import Any

import psycopg
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.pool import ConnectionPoolEntry

IDLE_SECONDS = 1
"""How long a connection may lie unused before it is asked whether it still lives."""

_PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA foreign_keys=ON",
    "PRAGMA busy_timeout=10000",
)


def make_engine(url: str, **options: Any) -> Engine:
    """Return an engine for SQLite or PostgreSQL; on SQLite `writer=True` begins with the write lock."""
    engine = create_engine(url, **options)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare)
        event.listen(engine, "begin", _begin)
    else:
        event.listen(engine, "begin", _relax)
        event.listen(engine, "checkin", _put_back)
        event.listen(engine, "checkout", _ping)
    return engine


def writer(engine: Engine, *, durable: bool = True) -> Engine:
    """Return the same engine for those who write: on SQLite they queue instead of losing updates.

    What is committed without `durable` outlives the process, but the last of it may go with the power.
    """
    return engine.execution_options(writer=True, durable=durable)


def is_passing(cause: BaseException | None) -> bool:
    """Tell whether a driver's fault is over by itself: a lock not got, a deadlock, a server that is away."""
    if isinstance(cause, sqlite3.OperationalError):
        return (cause.sqlite_errorcode & 0xFF) in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
    return isinstance(cause, psycopg.OperationalError)


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


def _put_back(_connection: Any, record: ConnectionPoolEntry | None) -> None:
    if record is not None:
        record.info["put_back"] = monotonic()


def _ping(connection: Any, record: ConnectionPoolEntry, _proxy: object) -> None:
    """Ask whether a connection that lay idle still lives; a server that was restarted is not felt."""
    if monotonic() - record.info.get("put_back", monotonic()) < IDLE_SECONDS:
        return
    try:
        connection.execute("SELECT 1")
        connection.rollback()
    except psycopg.OperationalError as error:
        raise InvalidatePoolError from error
