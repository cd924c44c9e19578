"""The one history of the schema makes exactly the tables that the models declare."""

from __future__ import annotations

from supplychain.kernel.db import migrate


def test_the_migrated_database_is_what_the_models_say(template: str) -> None:
    assert migrate.check(template) == []
    assert migrate.is_current(template)


def test_migrating_again_changes_nothing(template: str) -> None:
    migrate.upgrade(template)
    assert migrate.check(template) == []
