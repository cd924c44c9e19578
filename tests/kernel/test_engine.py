"""Connections that lay idle, locks that are not got, servers that go away: nobody is shown our own fault."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Engine, event, text

from supplychain.kernel.db import engine as engines
from supplychain.kernel.db.engine import make_engine
from supplychain.kernel.db.uow import Database, translated
from supplychain.kernel.errors import Busy
from supplychain.kernel.permissions import SYSTEM
from tests import postgres


@pytest.fixture
def served(cluster: postgres.Cluster, monkeypatch: pytest.MonkeyPatch) -> Engine:
    """An engine on a PostgreSQL database of its own whose connections count as idle at once."""
    monkeypatch.setattr(engines, "IDLE_SECONDS", 0)
    return make_engine(cluster.create_database("test_engine"))


@pytest.mark.skipif(bool(postgres.unavailable()), reason="there is no PostgreSQL")
def test_a_connection_that_died_in_the_pool_is_replaced(served: Engine) -> None:
    database = Database(served)
    for _ in range(2):
        with database.reading() as session:
            died = session.scalar(text("SELECT pg_backend_pid()"))
        with psycopg.connect(served.url.set(drivername="postgresql").render_as_string(False)) as other:
            other.execute("SELECT pg_terminate_backend(%s, 5000)", [died])
        with database.unit_of_work(SYSTEM) as uow:
            assert uow.session.scalar(text("SELECT 1")) == 1
    served.dispose()


def test_who_does_not_get_the_lock_in_time_is_asked_to_try_again(tmp_path: Path) -> None:
    file = tmp_path / "busy.sqlite"
    engine = make_engine(f"sqlite:///{file}")
    event.listen(engine, "connect", lambda connection, _: connection.execute("PRAGMA busy_timeout=1"))
    with engine.connect() as connection:
        connection.exec_driver_sql("SELECT 1")
    other = sqlite3.connect(file, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(Busy), Database(engine).unit_of_work(SYSTEM) as uow:
        uow.session.execute(text("SELECT 1"))
    other.rollback()
    other.close()
    with Database(engine).unit_of_work(SYSTEM) as uow:
        assert uow.session.scalar(text("SELECT 1")) == 1
    engine.dispose()


@pytest.mark.skipif(bool(postgres.unavailable()), reason="there is no PostgreSQL")
def test_who_loses_the_server_in_the_middle_is_asked_to_try_again(served: Engine) -> None:
    with Database(served).reading() as session:
        mine = session.scalar(text("SELECT pg_backend_pid()"))
        with psycopg.connect(served.url.set(drivername="postgresql").render_as_string(False)) as other:
            other.execute("SELECT pg_terminate_backend(%s, 5000)", [mine])
        with pytest.raises(Busy), translated():
            session.execute(text("SELECT 1"))
    served.dispose()
