"""What every addon must keep to, whoever wrote it: the example addon is held to it like the rest."""

from __future__ import annotations

import pkgutil
import re
from collections.abc import Iterator
from enum import StrEnum
from importlib import import_module, resources
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po
from jinja2 import Environment

from supplychain.kernel import loader
from supplychain.kernel.addon import Addon, NavGroup
from supplychain.kernel.db.base import Base
from supplychain.kernel.errors import ConfigurationError
from supplychain.kernel.settings import ADDONS
from supplychain.kernel.state import StateTable

SUITE = loader.load((*ADDONS, "tests.example_addon"))
KERNEL = "supplychain.kernel"
PACKAGES = (KERNEL, *SUITE.packages)
PLACE = re.compile(r"%\((\w+)\)s")

addons = pytest.mark.parametrize("addon", SUITE.addons, ids=lambda addon: addon.name)
packages = pytest.mark.parametrize("package", PACKAGES)


@addons
def test_tables_and_permissions_carry_their_addons_name(addon: Addon) -> None:
    owners = (addon.name, "kernel") if addon.name == "base" else (addon.name,)
    assert all(model.__tablename__.startswith(f"{addon.name}_") for model in addon.models)
    assert all(permission.name.split(".")[0] in owners for permission in addon.permissions)


@addons
def test_every_table_of_the_models_is_in_the_manifest(addon: Addon) -> None:
    declared = {model.__tablename__ for model in addon.models}
    owned = {name for name in _tables() if name.startswith(f"{addon.name}_")}
    assert declared == owned


@addons
def test_every_entry_of_the_menu_names_a_group_of_the_kernel_and_a_page_of_the_addon(addon: Addon) -> None:
    blueprints = {blueprint.name for blueprint in addon.pages}
    for item in addon.nav:
        assert isinstance(item.group, NavGroup), item.label
        assert item.endpoint.split(".")[0] in blueprints, item.label


@addons
def test_somebody_may_do_everything_that_can_be_done(addon: Addon) -> None:
    granted = {name for role in SUITE.roles for name in SUITE.granted_to(role)}
    assert {permission.name for permission in addon.permissions} <= granted


@packages
def test_every_state_can_be_reached_and_left_and_has_a_name(package: str) -> None:
    for name, table in _state_tables(package):
        kind: type[StrEnum] = type(table.initial)
        states = set(kind)
        assert set(table.moves) == states, name
        assert set(table.labels) == states, name
        assert _reachable(table) == states, name
        assert set(table.flow) <= states, name
        assert any(table.is_final(state) for state in states), name


@packages
def test_templates_compile(package: str) -> None:
    environment = Environment(autoescape=True, extensions=["jinja2.ext.do"])
    folder = resources.files(package) / ("web/templates" if package == KERNEL else "templates")
    for template in sorted(Path(str(folder)).rglob("*.html")):
        environment.parse(template.read_text(encoding="utf-8"))


@packages
def test_every_text_is_translated_into_chinese(package: str) -> None:
    catalogue = _catalogue(package)
    missing = [msgid for msgid in sorted(_msgids(package)) if not _translated(catalogue, msgid)]
    assert not missing


@packages
def test_translations_fill_the_same_places(package: str) -> None:
    for message in _catalogue(package):
        if isinstance(message.id, str) and message.id and isinstance(message.string, str):
            assert set(PLACE.findall(message.id)) == set(PLACE.findall(message.string)), message.id


@packages
def test_no_translation_is_kept_for_a_text_that_is_gone(package: str) -> None:
    texts = _msgids(package)
    stale = [message.id for message in _catalogue(package) if message.id and message.id not in texts]
    assert not stale


def test_the_loader_names_a_missing_addon() -> None:
    with pytest.raises(ConfigurationError, match="nowhere"):
        loader.load(("nowhere",))


def test_the_loader_names_a_missing_dependency() -> None:
    with pytest.raises(ConfigurationError, match="catalog needs base"):
        loader.load(("catalog",))


def test_the_loader_names_an_addon_that_is_given_twice() -> None:
    with pytest.raises(ConfigurationError, match="base is declared 2 times"):
        loader.load(("supplychain.base", "supplychain.base"))


def _tables() -> set[str]:
    return {model.__tablename__ for addon in SUITE.addons for model in _models_in(f"{addon.package}.models")}


def _models_in(package: str) -> Iterator[type[Base]]:
    for mapper in Base.registry.mappers:
        if mapper.class_.__module__.startswith(package):
            yield mapper.class_


def _state_tables(package: str) -> Iterator[tuple[str, StateTable[Any]]]:
    root = import_module(package)
    names = [f"{package}.{info.name}" for info in pkgutil.iter_modules(root.__path__) if info.name == "rules"]
    for name in names:
        module = import_module(name)
        nested = pkgutil.iter_modules(module.__path__) if hasattr(module, "__path__") else ()
        for place in (module, *(import_module(f"{name}.{info.name}") for info in nested)):
            for label, value in vars(place).items():
                if isinstance(value, StateTable):
                    yield f"{place.__name__}.{label}", value


def _reachable(table: StateTable[Any]) -> set[Any]:
    found, frontier = {table.initial}, [table.initial]
    while frontier:
        for following in table.moves[frontier.pop()]:
            if following not in found:
                found.add(following)
                frontier.append(following)
    return found


def _msgids(package: str) -> set[str]:
    folder = Path(str(resources.files(package)))
    methods = [("**.py", "python"), ("**.html", "jinja2.ext.babel_extract")]
    found = extract_from_dir(
        str(folder),
        method_map=methods,
        keywords={"N_": None, "_": None, "gettext": None},
        directory_filter=lambda path: Path(path).name not in {"demo", "data", "static", "translations"},
    )
    nested = {other for other in PACKAGES if other != package and other.startswith(f"{package}.")}
    assert not nested, "an addon inside an addon would be counted twice"
    return {message for _, _, message, _, _ in found if isinstance(message, str) and message}


def _catalogue(package: str) -> Catalog:
    source = resources.files(package) / "translations" / "zh_Hans_CN" / "LC_MESSAGES" / "messages.po"
    if not source.is_file():
        return Catalog()
    return read_po(BytesIO(source.read_bytes()), locale="zh_Hans_CN")


def _translated(catalogue: Catalog, msgid: str) -> bool:
    message = catalogue.get(msgid)
    return message is not None and bool(message.string) and not message.fuzzy
