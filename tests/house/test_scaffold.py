"""A new addon works from its first minute, and keeps to what every addon must keep to."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from supplychain import scaffold
from supplychain.kernel import loader
from supplychain.kernel.db.engine import make_engine
from supplychain.kernel.db.uow import Database
from supplychain.kernel.loader import Suite
from supplychain.kernel.settings import ADDONS, Settings
from supplychain.kernel.web import shell
from tests.house import test_addons as conformance

NAME = "milk_route"


@pytest.fixture
def suite_with_new(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Suite]:
    """The suite with an addon that was written a moment ago."""
    scaffold.write(NAME, tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    yield loader.load((*ADDONS, NAME))
    for module in [name for name in sys.modules if name.split(".")[0] == NAME]:
        del sys.modules[module]


def test_a_new_addon_keeps_to_what_every_addon_must(
    suite_with_new: Suite, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conformance, "SUITE", suite_with_new)
    new = next(addon for addon in suite_with_new.addons if addon.name == NAME)
    conformance.test_tables_and_permissions_carry_their_addons_name(new)
    conformance.test_every_table_of_the_models_is_in_the_manifest(new)
    conformance.test_somebody_may_do_everything_that_can_be_done(new)
    for check in (
        conformance.test_every_state_can_be_reached_and_left_and_has_a_name,
        conformance.test_templates_compile,
        conformance.test_every_text_is_translated_into_chinese,
        conformance.test_translations_fill_the_same_places,
        conformance.test_no_translation_is_kept_for_a_text_that_is_gone,
    ):
        check(NAME)


def test_a_new_addon_serves_its_page(suite_with_new: Suite, tmp_path: Path) -> None:
    app = Flask("supplychain", static_folder=None)
    settings = Settings(data_dir=tmp_path, secret_key="s" * 32)
    shell.install(app, settings, suite_with_new, Database(make_engine("sqlite://")))
    assert f"/{NAME}" in {rule.rule for rule in app.url_map.iter_rules()}


def test_a_new_addon_never_overwrites(tmp_path: Path) -> None:
    scaffold.write(NAME, tmp_path)
    with pytest.raises(scaffold.ScaffoldError, match="is there already"):
        scaffold.write(NAME, tmp_path)


@pytest.mark.parametrize("name", ["Milk", "milk-route", "../milk", "m", "1milk"])
def test_a_new_addon_has_a_name_that_python_can_import(name: str, tmp_path: Path) -> None:
    with pytest.raises(scaffold.ScaffoldError, match="small letters"):
        scaffold.write(name, tmp_path)
    assert not list(tmp_path.iterdir())
