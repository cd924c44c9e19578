"""Tracing, recall, farm record, codes and processing as people do them, on a desk and on a phone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Season
from tests.browser.test_pages import assert_reads_well

pytestmark = pytest.mark.browser

Open = Callable[[str | None], Page]
Picture = Callable[[Page], None]

LONG_AGO = date.today() - timedelta(days=400)  # noqa: DTZ011 - the season's own clock
"""What was used then keeps no harvest of today back, which other tests register."""
LISTS = [
    "/certificates",
    "/certificates/new",
    "/codes",
    "/codes/runs",
    "/scans",
    "/farm-records",
    "/farm-inputs",
    "/farm-rules",
    "/farm-rules/new",
    "/farm-bans",
    "/feedback",
    "/partners/sources",
    "/partners/sources/new",
    "/partners/proposals",
    "/recalls",
    "/recalls/new",
    "/processes",
    "/processes/new",
    "/runs/new",
]


def number_of(season: Season, name: str) -> str:
    """Return the number of a document that the season links to."""
    return season.path(name).rsplit("/", 1)[1]


def choose_first(page: Page, *names: str) -> None:
    """Choose the first thing that can be chosen in each of these fields."""
    for name in names:
        choice = page.locator(f"select[name='{name}']")
        choice.select_option(choice.locator("option:not([value=''])").first.get_attribute("value") or "")


def submit(page: Page) -> None:
    """Send the page's form."""
    page.click("form.form button.btn-primary")


def blend_of(page: Page) -> str:
    """Return the season's batch that was blended and split again: the one with both sides."""
    page.goto("/batches?q=毛茶")
    for row in page.locator("tbody tr td.lead a").all_inner_texts():
        page.goto(f"/batches/{row}/genealogy")
        if page.locator("[data-fold]").count() > 2:
            return row
    pytest.fail("the season has no blend")


def tabbed(page: Page, most: int = 60) -> Iterator[Locator]:
    """Yield what the tab key reaches, one after another."""
    for _ in range(most):
        page.keyboard.press("Tab")
        yield page.locator(":focus")


def test_every_page_of_tracing_reads_well(open_as: Open) -> None:
    page = open_as("operator")
    for path in LISTS:
        answer = page.goto(path)
        assert answer is not None
        assert answer.status == 200, path
        assert_reads_well(page)


def test_a_genealogy_is_folded_unfolded_zoomed_and_walked_by_keyboard(
    open_as: Open, picture: Picture
) -> None:
    page = open_as("operator")
    number = blend_of(page)
    page.goto(f"/batches/{number}/genealogy")
    assert_reads_well(page)
    picture(page)
    boxes = page.locator("svg.graph a[id^=b]")
    drawn = boxes.count()
    assert drawn == page.locator("#links tbody tr").count() + 1
    fold = page.locator("svg.graph a[id^=fold]").last
    mark = fold.get_attribute("id")
    fold.dispatch_event("click")
    opener = page.locator(f"svg.graph a[id='{mark}']")
    expect(opener).to_contain_text("+")
    assert boxes.count() < drawn
    opener.dispatch_event("click")
    expect(boxes).to_have_count(drawn)
    before = page.locator("svg.graph").get_attribute("width")
    page.get_by_role("button", name="放大").click()
    assert page.locator("svg.graph").get_attribute("width") != before
    page.locator(".graph-box").focus()
    assert any(one.evaluate("node => node.closest('svg.graph') !== null") for one in tabbed(page))


def test_every_fold_of_a_genealogy_is_an_address_of_its_own(open_as: Open) -> None:
    page = open_as("operator")
    number = blend_of(page)
    page.goto(f"/batches/{number}/genealogy")
    drawn = page.locator("svg.graph a[id^=b]").count()
    address = page.locator("svg.graph a[id^=fold]").last.get_attribute("href") or ""
    page.goto(address)
    folded = page.locator("svg.graph a[id^=b]").count()
    assert folded < drawn
    page.goto(page.get_by_role("link", name="恢复原样").get_attribute("href") or "")
    assert page.locator("svg.graph a[id^=b]").count() == drawn


def test_a_drill_is_opened_read_and_closed(open_as: Open, season: Season, picture: Picture) -> None:
    page = open_as("operator")
    page.goto("/recalls/new")
    page.select_option("select[name=start]", "batch")
    page.fill("[name=clue]", number_of(season, "batch"))
    page.fill("[name=reason]", "演练")
    page.check("[name=is_drill][type=checkbox]")
    picture(page)
    submit(page)
    expect(page.locator("h1")).to_contain_text("ZH")
    expect(page.get_by_text("这是演练").first).to_be_visible()
    assert_reads_well(page)
    picture(page)
    page.get_by_role("link", name="结束召回").first.click()
    submit(page)
    expect(page.locator("h1")).to_contain_text("ZH")
    assert_reads_well(page)


def test_a_use_is_put_on_the_farm_record(open_as: Open, picture: Picture) -> None:
    page = open_as("coop_manager")
    page.goto("/farm-records/new")
    assert_reads_well(page)
    for choice in page.locator("form.form select[required], form.form select").all():
        first = choice.locator("option:not([value=''])").first
        if first.count() and not choice.input_value():
            choice.select_option(first.get_attribute("value") or "")
    page.fill("[name=dose_milli]", "1")
    page.fill("[name=applied_on]", LONG_AGO.isoformat())
    picture(page)
    submit(page)
    expect(page.locator("h1, .field-bad").first).to_be_visible()
    assert_reads_well(page)


def test_codes_are_made_activated_by_range_and_sent_to_the_printer(
    open_as: Open, season: Season, picture: Picture
) -> None:
    page = open_as("operator")
    page.goto(f"{season.path('batch')}/codes/new")
    page.fill("[name=count]", "20")
    page.fill("[name=note]", "演练印刷厂")
    submit(page)
    expect(page.locator("h1")).to_contain_text("CR")
    expect(page.locator("#standing")).to_contain_text("20")
    run = page.url
    page.get_by_role("link", name="按号段激活").first.click()
    page.fill("[name=first]", "1")
    page.fill("[name=last]", "5")
    submit(page)
    expect(page).to_have_url(run)
    expect(page.locator("#standing")).to_contain_text("15")
    assert_reads_well(page)
    picture(page)
    lines = page.request.get(f"{run}.csv").text().strip().splitlines()
    assert len(lines) == 21
    page.goto(f"/codes?run={run.rsplit('/', 1)[1]}")
    expect(page.locator("#count")).to_have_text("20")


def test_a_merge_takes_as_many_lines_as_it_needs(open_as: Open, picture: Picture) -> None:
    page = open_as("coop_manager")
    page.goto("/runs/new")
    choose_first(page, "process", "site", "inputs.0.batch", "outputs.0.sku")
    taken = page.locator("fieldset.lines").first
    taken.locator("[data-add-line]").click()
    expect(taken.locator("tbody tr")).to_have_count(2)
    expect(page.locator("select[name='inputs.1.batch']")).to_be_focused()
    picture(page)
    assert_reads_well(page)
    taken.locator("[data-drop-line]").last.click()
    expect(taken.locator("tbody tr")).to_have_count(1)


def test_an_origin_tells_its_share_in_the_picture_and_in_the_table(open_as: Open) -> None:
    page = open_as("operator")
    page.goto(f"/batches/{blend_of(page)}/genealogy?direction=up")
    labels = page.locator("svg.graph text.halo").all_text_contents()
    assert any("%" in label for label in labels)
    assert all("kg" in label for label in labels)
    expect(page.get_by_text("来源占比")).to_be_visible()
    assert_reads_well(page)
