"""A web application on a database of its own, and programs that act for people of the trade."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from supplychain.app import Runtime, create_app
from supplychain.base.models.party import Party
from supplychain.kernel.db.uow import Database
from supplychain.kernel.identity import services as identity
from supplychain.kernel.identity.services import AddUser
from supplychain.kernel.loader import Suite
from supplychain.kernel.permissions import SYSTEM
from supplychain.kernel.settings import Settings

_numbers = count(1)

SignIn = Callable[[str, Party | None], dict[str, str]]
"""Role and party in, the headers of a program that acts in that role out."""


@pytest.fixture
def web(real_db: Database, suite: Suite, tmp_path: Path) -> Flask:
    """The suite as it is delivered, on a database with real commits."""
    settings = Settings(data_dir=tmp_path, secret_key="of the journeys", base_url="https://example.org")
    app = create_app(Runtime(settings, suite, real_db))
    app.testing = True
    return app


@pytest.fixture
def client(web: Flask) -> FlaskClient:
    """Somebody who is not signed in."""
    return web.test_client()


@pytest.fixture
def sign_in(real_db: Database) -> SignIn:
    """Make a user in a role for a party and return what a program sends to act as them."""

    def make(role: str, party: Party | None) -> dict[str, str]:
        with real_db.unit_of_work(SYSTEM) as uow:
            name = f"traveller{next(_numbers)}"
            party_id = None if party is None else party.id
            user = identity.add(uow, AddUser(name, name, "a long password", role, party_id))
            _, text = identity.issue_token(uow, user.id, "journey")
        return {"Authorization": f"Bearer {text}", "Accept-Language": "zh"}

    return make
