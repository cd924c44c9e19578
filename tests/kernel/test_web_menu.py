"""The menu: groups in the way of the goods, short lists left flat, the page that is open marked."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from supplychain.kernel.addon import NavGroup, NavItem
from supplychain.kernel.permissions import Permission
from supplychain.kernel.web import menu
from tests.conftest import SignIn

MAY = Permission("orchard.see", "See the orchard")
GROUP = re.compile(
    r"<details( open)?><summary[^>]*>.*?<span>([^<]+)</span>.*?</summary>(.*?)</details>", re.DOTALL
)
MARKED = re.compile(r'aria-current="page">(?:<svg.*?</svg>)?<span>([^<]+)</span>')


def entry(group: NavGroup, name: str) -> NavItem:
    """Return an entry `name.name_list`, whose list is at `/name`."""
    return NavItem(group, name, f"{name}.{name}_list", "leaf", MAY)


def shown(items: list[NavItem], endpoint: str = "", path: str = "/") -> list[menu.Section]:
    """Return the menu as somebody sees it from a page."""
    return menu.sections(items, endpoint, path, lambda listed: f"/{listed.split('_')[0].split('.')[1]}")


def menu_of(client: FlaskClient, path: str, headers: dict[str, str]) -> str:
    """Return the menu of a page."""
    page = client.get(path, headers=headers)
    assert page.status_code == 200
    return page.text.split("<nav")[1].split("</nav>")[0]


def test_few_entries_are_one_list_without_headings() -> None:
    items = [entry(NavGroup.TRADE, f"tree{number}") for number in range(menu.SHORT)]
    (section,) = shown(items)
    assert (section.label, len(section.entries)) == ("", menu.SHORT)


def test_many_entries_are_grouped_and_a_group_of_one_is_that_entry() -> None:
    items = [entry(NavGroup.TRADE, f"tree{number}") for number in range(menu.SHORT)]
    one, many = shown([entry(NavGroup.TRACE, "apple"), *items])
    assert (one.label, [item.label for item in one.entries]) == ("", ["apple"])
    assert (many.label, len(many.entries)) == ("Trade", menu.SHORT)


@pytest.mark.parametrize(
    ("endpoint", "path", "marked"),
    [
        ("fruit.tree_list", "/tree", ["tree"]),
        ("fruit.tree", "/tree/7/fell", ["tree"]),
        ("fruit.treehouse", "/treehouse", ["apple"]),
        ("fruit.graft", "/elsewhere", ["apple"]),
        ("desk.home", "/", []),
        ("", "/nowhere", []),
    ],
)
def test_the_entry_that_a_page_belongs_to_is_marked(endpoint: str, path: str, marked: list[str]) -> None:
    items = [NavItem(NavGroup.GOODS, name, f"fruit.{name}_list", "leaf", MAY) for name in ("apple", "tree")]
    (section,) = shown(items, endpoint, path)
    assert [found.label for found in section.entries if found.here] == marked
    assert section.here is bool(marked)


def test_every_group_has_a_heading_with_an_icon_of_the_sprite(app: Flask) -> None:
    with app.test_client().get("/static/vendor/icons.svg") as answer:
        icons = set(re.findall(r'id="([a-z-]+)"', answer.get_data(as_text=True)))
    assert list(menu.HEADINGS) == list(NavGroup)
    assert {icon for _, icon in menu.HEADINGS.values()} <= icons


def test_the_operator_reads_the_way_of_the_goods_from_top_to_bottom(
    client: FlaskClient, sign_in: SignIn
) -> None:
    found = GROUP.findall(menu_of(client, "/", sign_in("operator", None)))
    assert [label for _, label, _ in found] == [
        "购销",
        "追溯",
        "物流",
        "对账结算",
        "产品目录",
        "基础资料",
        "管理",
    ]
    assert not [label for is_open, label, _ in found if is_open]


def test_the_group_of_the_open_page_is_open_and_the_page_marked(client: FlaskClient, sign_in: SignIn) -> None:
    who = sign_in("operator", None)
    for path, group, entry_name in (
        ("/orders/new", "购销", "要货单"),
        ("/deliveries", "对账结算", "交货记录"),
        ("/items/new", "产品目录", "商品"),
        ("/tokens/new", "管理", "用户"),
    ):
        text = menu_of(client, path, who)
        assert [label for is_open, label, _ in GROUP.findall(text) if is_open] == [group], path
        assert MARKED.findall(text) == [entry_name], path


def test_a_carrier_keeps_a_short_list(client: FlaskClient, sign_in: SignIn) -> None:
    text = menu_of(client, "/shipments", sign_in("carrier", None))
    assert "<details" not in text
    assert MARKED.findall(text) == ["运单"]


def test_the_menu_opens_and_shuts_without_a_script(client: FlaskClient, sign_in: SignIn) -> None:
    page = client.get("/", headers=sign_in("buyer", None)).text
    assert re.search(r'<a class="bar-menu" href="#nav"', page)
    assert '<nav id="nav"' in page
    assert '<a class="nav-close" href="#main">' in page
