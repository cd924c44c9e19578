"""The suite as it is delivered, on a database with real commits, and programs that act for its people."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from supplychain.app import Runtime, create_app
from supplychain.base.models.party import Party
from supplychain.kernel.db.uow import Database
from supplychain.kernel.loader import Suite
from supplychain.kernel.settings import Settings
from tests.conftest import SignIn, signing_in


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
    make = signing_in(real_db)

    def in_chinese(role: str, party: Party | None) -> dict[str, str]:
        return make(role, party) | {"Accept-Language": "zh"}

    return in_chinese
