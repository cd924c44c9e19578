"""The one history of the schema makes exactly the tables that the models declare."""

from __future__ import annotations

import multiprocessing
import re
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import Enum, inspect, text

from supplychain.kernel.db import migrate
from supplychain.kernel.db.base import Base
from supplychain.kernel.db.engine import make_engine

spawn = multiprocessing.get_context("spawn")

_numbers = count(1)


@pytest.fixture
def empty(backend: str, tmp_path: Path, request: pytest.FixtureRequest) -> str:
    """The address of a database with nothing in it."""
    if backend == "sqlite":
        return f"sqlite:///{tmp_path / 'empty.db'}"
    address: str = request.getfixturevalue("cluster").create_database(f"test_empty_{next(_numbers)}")
    return address


def test_the_migrated_database_is_what_the_models_say(template: str) -> None:
    assert migrate.check(template) == []
    assert migrate.is_current(template)


def test_the_checks_of_the_database_know_every_word_of_the_models(template: str) -> None:
    """Two migrations that widen the same check, merged in the wrong order, would leave one out."""
    engine = make_engine(template)
    checks = {
        (table, item["name"]): item["sqltext"]
        for table in inspect(engine).get_table_names()
        for item in inspect(engine).get_check_constraints(table)
    }
    engine.dispose()
    for table in Base.metadata.sorted_tables:
        for column in table.columns:
            if (
                isinstance(column.type, Enum)
                and (table.name, f"ck_{table.name}_{column.type.name}") in checks
            ):
                said = checks[table.name, f"ck_{table.name}_{column.type.name}"]
                assert set(column.type.enums) == set(re.findall(r"'(\w+)'", said)), f"{table}.{column.name}"


def test_migrating_again_changes_nothing(template: str) -> None:
    migrate.upgrade(template)
    assert migrate.check(template) == []


@pytest.mark.slow
def test_starters_at_the_same_moment_migrate_once(empty: str) -> None:
    processes = [spawn.Process(target=migrate.upgrade, args=(empty,)) for _ in range(3)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(120)
    assert [process.exitcode for process in processes] == [0, 0, 0]
    assert migrate.check(empty) == []


def test_what_differs_from_the_models_is_named(empty: str) -> None:
    migrate.upgrade(empty)
    engine = make_engine(empty)
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE kernel_user DROP COLUMN display_name"))
        connection.execute(text("CREATE TABLE kernel_nobody (id INTEGER PRIMARY KEY)"))
    engine.dispose()
    found = "\n".join(migrate.check(empty))
    assert "display_name" in found
    assert "kernel_nobody" in found


def test_an_empty_database_is_not_current(empty: str) -> None:
    assert not migrate.is_current(empty)
