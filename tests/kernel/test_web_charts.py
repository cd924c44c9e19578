"""Numbers in words, and pictures that lose no peak and hide no gap."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supplychain.kernel import i18n
from supplychain.kernel.web import charts, wording
from supplychain.kernel.web.charts import Curve, Mark

START = datetime(2026, 11, 19, 10, tzinfo=UTC)
STEP = timedelta(minutes=5)
SVG = "{http://www.w3.org/2000/svg}"


def trip(hours: int = 20) -> list[tuple[datetime, int]]:
    """Return a reading every five minutes with one warm quarter of an hour."""
    return [(START + STEP * index, 680 if 100 <= index < 103 else 400) for index in range(hours * 12)]


def drawn(**values: object) -> ET.Element:
    """Return a parsed picture of a trip."""
    given: dict[str, object] = {"points": trip(), "title": "Peak 6.8 ℃", "unit": "℃", "low": 200, "high": 600}
    markup = charts.single(Curve(**(given | values)))  # type: ignore[arg-type]  # fields of the dataclass
    return ET.fromstring(str(markup).replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1))


@pytest.mark.parametrize(
    ("format_", "value", "text"),
    [
        ("kg", 1_234_500, "1,234.5"),
        ("yuan", 1_234_500, "12,345.00"),
        ("yuan", -5, "-0.05"),
        ("price", 32_000, "3.20"),
        ("price", 32_050, "3.205"),
        ("celsius", 675, "6.8"),
        ("celsius", -5, "-0.1"),
        ("celsius", -4, "0.0"),
        ("percent", 250, "2.5"),
        ("count", 12_000, "12,000"),
        ("day", date(2026, 11, 3), "11月3日"),
        ("day", date(2025, 11, 3), "2025年11月3日"),
        ("moment", datetime(2026, 11, 22, 22, 40, tzinfo=UTC), "11月23日 06:40"),
        ("ago", datetime(2026, 11, 20, 0, 0, tzinfo=UTC), "2小时前"),
        ("ago", datetime(2026, 11, 23, 2, 0, tzinfo=UTC), "3天后"),
        ("ago", datetime(2026, 11, 20, 2, 0, tzinfo=UTC), "刚刚"),
        ("duration", 95, "1小时35分"),
        ("kg", None, "–"),
        ("day", None, "–"),
    ],
)
def test_numbers_and_days_are_written_as_people_here_write_them(
    suite: object, format_: str, value: object, text: str
) -> None:
    assert wording.FORMATS[format_](value) == text


def test_english_readers_get_english_days(suite: object) -> None:
    with i18n.using("en"):
        assert wording.moment(datetime(2026, 11, 22, 22, 40, tzinfo=UTC)) == "23 Nov 06:40"
        assert wording.ago(datetime(2026, 11, 20, 1, 0, tzinfo=UTC)) == "1 h ago"


def test_a_curve_says_its_finding_and_stays_small() -> None:
    markup = charts.single(Curve(trip(), "Peak 6.8 ℃, 15 min too warm", "℃", 200, 600))
    assert 'aria-label="Peak 6.8 ℃, 15 min too warm"' in markup
    assert len(markup.encode()) < 15_000
    assert "style=" not in markup


def test_the_warm_stretch_is_marked_in_red_with_its_words() -> None:
    mark = Mark(START + 100 * STEP, START + 103 * STEP, "6.8 ℃ · 15 min")
    texts = [text.text for text in drawn(marks=[mark]).iter(f"{SVG}text")]
    assert "6.8 ℃ · 15 min" in texts
    assert not list(drawn().iter(f"{SVG}polyline"))


def test_nothing_is_drawn_where_nothing_was_measured() -> None:
    points = [point for index, point in enumerate(trip()) if not 50 <= index < 90]
    gap = (points[49][0], points[50][0])
    whole, broken = (
        [path.get("d", "") for path in drawn(points=points, gaps=gaps).iter(f"{SVG}path")][-1]
        for gaps in ((), (gap,))
    )
    assert whole.count("M") == 1
    assert broken.count("M") == 2


def test_two_pictures_on_a_page_do_not_share_their_hatching() -> None:
    both = charts.curve(Curve(trip(), "", "℃", gaps=[(START, START + STEP)]))
    assert both.count('<pattern id="gap-720"') == both.count('<pattern id="gap-340"') == 1


def test_labels_are_never_markup() -> None:
    mark = Mark(START, START + STEP, "<script>")
    assert "<script>" not in charts.single(Curve(trip(), '"><b>', "<i>", 200, 600, [mark]))


def test_a_single_reading_is_no_curve() -> None:
    assert charts.curve(Curve(trip()[:1], "", "℃")) == ""
    assert charts.spark([3]) == ""


@given(st.lists(st.integers(min_value=-4000, max_value=6000), min_size=1, max_size=3000))
def test_thinning_keeps_the_warmest_and_the_coldest(values: list[int]) -> None:
    points = [(START + STEP * index, value) for index, value in enumerate(values)]
    thinned = charts.thin(points, 240)
    assert len(thinned) <= 240
    assert {min(values), max(values)} <= {value for _, value in thinned}
    assert list(thinned) == sorted(thinned)


@given(
    st.lists(st.integers(min_value=-6000, max_value=9000), min_size=2, max_size=40),
    st.integers(min_value=1, max_value=20_000),
)
def test_any_trip_can_be_drawn(values: list[int], minutes: int) -> None:
    points = [(START + timedelta(minutes=minutes) * index, value) for index, value in enumerate(values)]
    assert drawn(points=points).tag == f"{SVG}svg"
