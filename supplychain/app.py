"""The composition root: settings in, a running suite out. Only the command line and tests import it."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Flask

from supplychain.kernel import i18n, loader, models
from supplychain.kernel.db import migrate
from supplychain.kernel.db.engine import make_engine
from supplychain.kernel.db.uow import Database
from supplychain.kernel.loader import Suite
from supplychain.kernel.permissions import SYSTEM
from supplychain.kernel.settings import Settings
from supplychain.kernel.web import shell


@dataclass(frozen=True, slots=True)
class Runtime:
    """What every entrance needs: the settings, the installed addons, the database."""

    settings: Settings
    suite: Suite
    database: Database


def assemble(settings: Settings) -> Runtime:
    """Load the addons and open the database; ConfigurationError names what is wrong."""
    assert models.TABLES  # noqa: S101 - the kernel's tables are known before any database is opened
    suite = loader.load(settings.addons, settings)
    i18n.load(("supplychain.kernel", *suite.packages))
    if settings.url.startswith("sqlite"):
        settings.data_dir.mkdir(parents=True, exist_ok=True)
    reader = make_engine(settings.read_database_url) if settings.read_database_url else None
    return Runtime(settings, suite, Database(make_engine(settings.url), suite.subscriptions, reader))


def install(runtime: Runtime) -> None:
    """Bring the database to the newest schema and put in each addon's reference data."""
    migrate.upgrade(runtime.settings.url)
    for addon in runtime.suite.addons:
        if addon.install is not None:
            with runtime.database.unit_of_work(SYSTEM) as uow:
                addon.install(uow)


def application() -> Flask:
    """Return the web application of the environment's settings: what a server of its own choice is given."""
    return create_app(assemble(Settings.from_environment()))


def create_app(runtime: Runtime) -> Flask:
    """Return the web application of a runtime; the database is expected to be installed."""
    app = Flask("supplychain", static_folder=None)
    shell.install(app, runtime.settings, runtime.suite, runtime.database)
    return app
