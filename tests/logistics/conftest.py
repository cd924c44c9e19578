"""A web application on the test's database, and people who sign in to it by token."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import count

import pytest
from flask import Flask
from flask.testing import FlaskClient

from supplychain.base.models.party import Party
from supplychain.kernel.db.engine import make_engine
from supplychain.kernel.db.uow import Database
from supplychain.kernel.identity import services as identities
from supplychain.kernel.identity.services import AddUser
from supplychain.kernel.loader import Suite
from supplychain.kernel.permissions import SYSTEM
from supplychain.kernel.settings import Settings
from supplychain.kernel.web import shell
from supplychain.kernel.web.endpoint import EXTENSION

_numbers = count(1)

SignIn = Callable[[str, Party | None], dict[str, str]]
"""Role and party in, the headers of somebody who has them out."""


@pytest.fixture(scope="session")
def app(suite: Suite, tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """The web application; each test gives it its own database."""
    found = Flask("supplychain", static_folder=None)
    found.testing = True
    settings = Settings(data_dir=tmp_path_factory.mktemp("web"), secret_key="s" * 32)
    shell.install(found, settings, suite, Database(make_engine("sqlite://"), suite.subscriptions))
    return found


@pytest.fixture
def client(app: Flask, db: Database) -> FlaskClient:
    """A browser on the test's database."""
    app.extensions[EXTENSION] = replace(app.extensions[EXTENSION], database=db)
    return app.test_client()


@pytest.fixture
def sign_in(db: Database) -> SignIn:
    """Make a user in a role for a party and return the headers that they send."""

    def make(role: str, party: Party | None) -> dict[str, str]:
        with db.unit_of_work(SYSTEM) as uow:
            name = f"carter{next(_numbers)}"
            party_id = None if party is None else party.id
            user = identities.add(uow, AddUser(name, name, "a long password", role, party_id))
            _, text = identities.issue_token(uow, user.id, "test")
        return {"Authorization": f"Bearer {text}"}

    return make
