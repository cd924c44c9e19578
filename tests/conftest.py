"""What tests stand on: databases migrated once and rolled back, a web application, people signed in to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from pytest_socket import socket_allow_hosts
from sqlalchemy import Connection, Engine, event, make_url
from sqlalchemy.orm import Session

from supplychain.base.models.party import Party
from supplychain.kernel import clock, i18n, loader, models
from supplychain.kernel.db import migrate
from supplychain.kernel.db.engine import make_engine
from supplychain.kernel.db.uow import Database, UnitOfWork
from supplychain.kernel.identity import services as identity
from supplychain.kernel.identity.services import AddUser
from supplychain.kernel.loader import Suite
from supplychain.kernel.permissions import SYSTEM
from supplychain.kernel.settings import ADDONS, Settings
from supplychain.kernel.web import shell
from supplychain.kernel.web.endpoint import EXTENSION
from tests import postgres

NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
"""10 o'clock in Shanghai on a Friday."""

SignIn = Callable[[str, Party | None], dict[str, str]]
"""Role and party in, the headers of a program that acts in that role out."""

_numbers = count(1)


def pytest_configure(config: pytest.Config) -> None:
    """Say once, loudly, when PostgreSQL is left out."""
    reason = postgres.unavailable()
    if reason and not hasattr(config, "workerinput"):
        print(f"\n*** PostgreSQL is left out: {reason} ***\n")


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Let no test reach past this machine."""
    socket_allow_hosts(["127.0.0.1", "::1"], allow_unix_socket=True)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run whatever asks for a database on every database there is."""
    if "backend" in metafunc.fixturenames:
        kinds = ["sqlite"] if postgres.unavailable() else ["sqlite", "postgresql"]
        metafunc.parametrize("backend", kinds, scope="session")


@pytest.fixture(scope="session")
def suite() -> Suite:
    """The addons as they are delivered, with their translations."""
    assert models.TABLES
    found = loader.load(ADDONS)
    i18n.load(("supplychain.kernel", *found.packages))
    return found


@pytest.fixture(scope="session")
def cluster() -> Iterator[postgres.Cluster]:
    """A PostgreSQL server of this worker's own."""
    running = postgres.start()
    yield running
    running.stop()


@pytest.fixture(scope="session")
def template(
    backend: str, suite: Suite, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> str:
    """Return the address of a migrated database with every addon's reference data; nobody writes to it."""
    if backend == "sqlite":
        url = f"sqlite:///{tmp_path_factory.mktemp('db') / 'template.db'}"
    else:
        url = request.getfixturevalue("cluster").create_database(_name("template"))
    migrate.upgrade(url)
    engine = make_engine(url)
    database = Database(engine, suite.subscriptions)
    for addon in suite.addons:
        if addon.install is not None:
            with database.unit_of_work(SYSTEM) as uow:
                addon.install(uow)
    engine.dispose()
    return url


@pytest.fixture(scope="session")
def engine(
    backend: str, template: str, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Engine]:
    """An engine on a copy of the migrated database, for tests that are rolled back."""
    found = make_engine(_copy(backend, template, request, tmp_path_factory))
    yield found
    found.dispose()


@pytest.fixture(autouse=True)
def still_clock() -> Iterator[None]:
    """Hold the clock at NOW, so that no test depends on the day it runs."""
    with clock.fixed(NOW):
        yield


@pytest.fixture
def connection(engine: Engine) -> Iterator[Connection]:
    """One connection in an outer transaction that is rolled back after the test."""
    with engine.connect() as found:
        outer = found.begin()
        yield found
        outer.rollback()


@pytest.fixture
def db(connection: Connection, suite: Suite) -> Database:
    """The database as the entrances see it; its commits end at the outer transaction."""
    return Database(connection, suite.subscriptions)


@pytest.fixture
def uow(connection: Connection, suite: Suite) -> Iterator[UnitOfWork]:
    """An open unit of work of the suite itself; what it does is rolled back."""
    with Session(connection, join_transaction_mode="create_savepoint", expire_on_commit=False) as session:
        yield UnitOfWork(session, SYSTEM, clock.now(), suite.subscriptions)


@pytest.fixture
def real_db(
    backend: str,
    template: str,
    suite: Suite,
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Database]:
    """A database of the test's own with real commits, for races and kills."""
    found = make_engine(_copy(backend, template, request, tmp_path_factory))
    yield Database(found, suite.subscriptions)
    found.dispose()


class Statements:
    """The statements that an engine ran while somebody looked."""

    def __init__(self) -> None:
        """Start with none."""
        self.texts: list[str] = []

    def __len__(self) -> int:
        """Return how many there were."""
        return len(self.texts)


@pytest.fixture
def statements(connection: Connection) -> Iterator[Statements]:
    """Count what is sent to the database: `before = len(statements)`, act, compare."""
    seen = Statements()

    def note(_conn: object, _cursor: object, statement: str, *_: object) -> None:
        if not statement.startswith(("SAVEPOINT", "RELEASE", "ROLLBACK TO", "BEGIN")):
            seen.texts.append(statement)

    event.listen(connection, "before_cursor_execute", note)
    yield seen
    event.remove(connection, "before_cursor_execute", note)


@pytest.fixture(scope="session")
def app(suite: Suite, tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """The web application; each test gives it its own database."""
    found = Flask("supplychain", static_folder=None)
    found.testing = True
    settings = Settings(
        data_dir=tmp_path_factory.mktemp("web"), secret_key="s" * 32, webhook_hosts=("127.0.0.1",)
    )
    shell.install(found, settings, suite, Database(make_engine("sqlite://"), suite.subscriptions))
    return found


@pytest.fixture
def client(app: Flask, db: Database) -> FlaskClient:
    """Somebody who is not signed in, on the test's database."""
    app.extensions[EXTENSION] = replace(app.extensions[EXTENSION], database=db)
    return app.test_client()


@pytest.fixture
def sign_in(db: Database) -> SignIn:
    """Make a user in a role for a party and return what a program sends to act as them."""
    return signing_in(db)


def signing_in(database: Database) -> SignIn:
    """Return what makes users on a database and hands out their headers."""

    def make(role: str, party: Party | None) -> dict[str, str]:
        with database.unit_of_work(SYSTEM) as uow:
            name = f"user{next(_numbers)}"
            party_id = None if party is None else party.id
            user = identity.add(uow, AddUser(name, name, "a long password", role, party_id))
            _, text = identity.issue_token(uow, user.id, "test")
        return {"Authorization": f"Bearer {text}"}

    return make


def _name(what: str) -> str:
    return f"test_{what}_{next(_numbers)}"


def _copy(
    backend: str, template: str, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> str:
    if backend == "sqlite":
        source = Path(template.removeprefix("sqlite:///"))
        target = tmp_path_factory.mktemp("db") / "test.db"
        target.write_bytes(source.read_bytes())
        return f"sqlite:///{target}"
    cluster: postgres.Cluster = request.getfixturevalue("cluster")
    return cluster.create_database(_name("copy"), template=make_url(template).database)
