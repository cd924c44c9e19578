"""Bringing a database to the newest schema, and telling how it differs from the models."""

from __future__ import annotations

from importlib import resources
from typing import Any

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import CheckConstraint, Connection, Engine, create_engine, inspect, text

from supplychain.kernel.db.base import Base
from supplychain.kernel.db.engine import make_engine

LOCK = 0x5C_0001
"""Key of the advisory lock under which PostgreSQL is migrated; any number, always the same."""


def upgrade(url: str) -> None:
    """Run every migration that has not run yet; two starters at once wait for each other."""
    engine = _engine(url)
    try:
        with engine.connect() as connection:
            _alone(connection)
            config = _config()
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
            _check_references(connection)
            connection.commit()
    finally:
        engine.dispose()


def is_current(url: str) -> bool:
    """Tell whether every migration has run."""
    engine = make_engine(url)
    try:
        with engine.connect() as connection:
            have = MigrationContext.configure(connection).get_current_heads()
        return set(have) == set(ScriptDirectory.from_config(_config()).get_heads())
    finally:
        engine.dispose()


def check(url: str) -> list[str]:
    """Return how the database differs from the models, CHECK constraints included."""
    engine = make_engine(url)
    try:
        with engine.connect() as connection:
            context = MigrationContext.configure(connection, opts={"compare_type": True})
            found = [_describe(item) for item in compare_metadata(context, Base.metadata)]
            return found + _missing_checks(connection)
    finally:
        engine.dispose()


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(resources.files("migrations")))
    return config


def _engine(url: str) -> Engine:
    """Return an engine for migrations; SQLite's begins nothing by itself."""
    if url.startswith("sqlite"):
        return create_engine(url, isolation_level=None)
    return make_engine(url)


def _alone(connection: Connection) -> None:
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("PRAGMA busy_timeout=60000")
        connection.exec_driver_sql("PRAGMA journal_mode=WAL")
        connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
        connection.exec_driver_sql("BEGIN EXCLUSIVE")
    else:
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK})


def _check_references(connection: Connection) -> None:
    if connection.dialect.name != "sqlite":
        return
    broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
    if broken:
        raise RuntimeError(f"the migration left dangling references: {broken[:5]}")


def _describe(item: Any) -> str:
    return str(item)[:300]


def _missing_checks(connection: Connection) -> list[str]:
    inspector = inspect(connection)
    found = []
    for table in Base.metadata.sorted_tables:
        if not inspector.has_table(table.name):
            continue
        have = {item["name"] for item in inspector.get_check_constraints(table.name)}
        wanted = {str(item.name) for item in table.constraints if isinstance(item, CheckConstraint)}
        found += [f"{table.name} lacks CHECK {name}" for name in sorted(wanted - have)]
        found += [f"{table.name} has a CHECK {name} of nobody's" for name in sorted(map(str, have - wanted))]
    return found
