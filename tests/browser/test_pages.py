"""The season as people see it: nothing runs over, nothing is left in English, nothing breaks."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import cache

import pytest
from playwright.sync_api import Browser, Page, expect

from supplychain.kernel import i18n, loader
from supplychain.kernel.settings import ADDONS
from tests.browser.conftest import Season

pytestmark = pytest.mark.browser

Open = Callable[[str | None], Page]
Picture = Callable[[Page], None]

PAGES = {
    "operator": ["/", "/batches", "/orders", "/contracts", "/shipments", "/settlements", "/jobs", "/users"],
    "coop_clerk": ["/", "/batches", "/batches/new", "/demand", "/units", "/seasons", "/supply-bases"],
    "coop_manager": ["/", "/contracts", "/settlements", "/prices"],
    "buyer": ["/", "/orders", "/contracts", "/shipments", "/settlements"],
    "carrier": ["/", "/shipments", "/devices", "/vehicles"],
    "officer": ["/", "/batches", "/shipments", "/settlements"],
}


@cache
def english() -> frozenset[str]:
    """Return the English texts that have a Chinese one that differs: none of them may be seen on a page."""
    suite = loader.load(ADDONS)
    i18n.load(("supplychain.kernel", *suite.packages))
    texts = i18n.known()
    return frozenset(text for text in texts if len(text) > 6 and "%" not in text and " " in text)


def assert_reads_well(page: Page) -> None:
    """Nothing is wider than the screen, and no English text of ours is left."""
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
    seen = page.locator("body").inner_text()
    assert [text for text in english() if text in seen] == []


@pytest.mark.parametrize("role", list(PAGES))
def test_everybodys_pages_read_well(open_as: Open, role: str) -> None:
    page = open_as(role)
    for path in PAGES[role]:
        answer = page.goto(path)
        assert answer is not None
        assert answer.status == 200, path
        assert_reads_well(page)


@pytest.mark.parametrize("name", ["batch", "trip", "settlement"])
def test_documents_read_well(open_as: Open, season: Season, picture: Picture, name: str) -> None:
    page = open_as("operator")
    page.goto(season.path(name))
    expect(page.locator("h1")).to_be_visible()
    assert_reads_well(page)
    picture(page)


def test_the_trip_shows_its_curve_band_and_excursion(open_as: Open, season: Season) -> None:
    page = open_as("officer")
    page.goto(season.path("trip"))
    expect(page.locator("svg.curve").first).to_have_count(1)
    expect(page.get_by_text("超出范围").first).to_be_visible()


def test_a_clerk_registers_a_batch(open_as: Open, picture: Picture) -> None:
    page = open_as("coop_clerk")
    page.goto("/batches/new")
    for name in ("sku", "site"):
        choice = page.locator(f"select[name={name}]")
        choice.select_option(choice.locator("option:not([value=''])").first.get_attribute("value") or "")
    page.fill("[name=harvested_on]", date.today().isoformat())  # noqa: DTZ011 - the season's own clock
    page.fill("[name=boxes]", "10")
    net = page.locator("[name=grams]")
    net.fill("1")
    picture(page)
    page.click("form.form button.btn-primary")
    assert_reads_well(page)
    expect(page.locator(".field-bad, h1").first).to_be_visible()


def test_the_consumer_page_needs_no_script_and_few_bytes(chromium: Browser, season: Season) -> None:
    context = chromium.new_context(
        viewport={"width": 360, "height": 780}, locale="zh-CN", java_script_enabled=False
    )
    page = context.new_page()
    sizes: list[int] = []
    page.on("response", lambda answer: sizes.append(len(answer.body())))
    page.goto(str(season.links["consumer_page"]))
    expect(page.locator("h1")).to_be_visible()
    expect(page.locator("svg").first).to_be_visible()
    context.close()
    assert sum(sizes) < 60_000
