"""Connections that lay idle: a server that was restarted meanwhile is not felt."""

from __future__ import annotations

import psycopg
import pytest
from sqlalchemy import Engine, text

from supplychain.kernel.db import engine as engines
from supplychain.kernel.db.engine import make_engine
from supplychain.kernel.db.uow import Database
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
