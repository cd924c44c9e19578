"""A design that could not be printed or read is refused at the place that is wrong, in millimetres."""

from __future__ import annotations

from typing import Any

import pytest

from supplychain.base.labelling import check
from supplychain.base.labelling.design import (
    AnyElement,
    Box,
    Design,
    Dots,
    Fact,
    Facts,
    Line,
    Stock,
    StockKind,
    Symbology,
)
from supplychain.kernel import i18n
from supplychain.kernel.errors import Invalid
from tests.make.labels import VOCABULARY, make_code, make_design, make_stock, make_text


def said(design: Design, *, faults: bool = True) -> dict[str, str]:
    with i18n.using("en"):
        found = check.findings(design, VOCABULARY)
        return {one.path: str(one.text) for one in found if one.is_fault is faults}


def facts(**values: Any) -> Facts:
    given: dict[str, Any] = {"x": 5_000, "y": 5_000, "width": 40_000, "height": 20_000}
    return Facts(**given | {"facts": (Fact("name"), Fact("origin"))} | values)


@pytest.mark.parametrize(
    ("element", "path", "words"),
    [
        (make_text(x=45_000), "elements.0.x", "5 mm beyond the label, which is 100 mm"),
        (make_text(y=69_000, height=3_000), "elements.0.y", "2 mm beyond"),
        (make_text(field="colour"), "elements.0.field", "“colour”"),
        (make_text(only_if="colour"), "elements.0.only_if", "“colour”"),
        (make_text(field=""), "elements.0.field", "always the same"),
        (make_text(literal="both"), "elements.0.field", "always the same"),
        (make_text(field="", literal="番茄", caption=True), "elements.0.caption", "field has a name"),
        (make_text(height=1_500), "elements.0.height", "Letters of 5.5 pt need 1.9 mm"),
        (make_text(width=2_000), "elements.0.width", "2.3 mm"),
        (make_text(smallest=90), "elements.0.largest", "smaller than the smallest"),
        (facts(width=11_000), "elements.0.width", "12 mm in width"),
        (facts(facts=(Fact("colour"),)), "elements.0.facts.0.field", "“colour”"),
        (Box(x=0, y=0, width=1_000, height=1_000, stroke=600), "elements.0.stroke", "thicker"),
        (Box(x=0, y=0, width=5_000, height=5_000, corner=3_000), "elements.0.corner", "rounder"),
        (make_code(Symbology.EAN13, content="batch"), "elements.0.content", "does not go into"),
        (make_code(Symbology.EAN13, content="colour"), "elements.0.content", "“colour”"),
        (make_code(Symbology.EAN13, smallest=500, largest=400), "elements.0.largest", "smaller"),
        (make_code(Symbology.EAN13, width=25_000), "elements.0.width", "needs 28.2 mm with its quiet zone"),
        (make_code(Symbology.QR_LINK, height=9_000), "elements.0.width", "room is 90 × 9 mm"),
        (make_code(Symbology.GS1_128, height=4_000), "elements.0.height", "4.0 mm high; scanners need 5"),
        (make_code(Symbology.GS1_128, height=7_000, words=True), "elements.0.height", "3.8 mm high"),
    ],
)
def test_what_cannot_be_printed_is_refused_where_it_is_wrong(
    element: AnyElement, path: str, words: str
) -> None:
    assert words in said(make_design(element))[path]


@pytest.mark.parametrize(
    ("stock", "path", "words"),
    [
        (make_stock(rows=2), "stock.rows", "one row"),
        (make_stock(corner=36_000), "stock.corner", "rounder"),
        (make_stock(label_width=101_000), "stock.first_x", "1 mm beyond the paper"),
        (make_stock(columns=2, pitch_x=40_000, label_width=45_000), "stock.pitch_x", "by 5 mm"),
        (
            make_stock(kind=StockKind.SHEET, rows=2, pitch_y=40_000, label_height=30_000, first_y=500),
            "stock.first_y",
            "0.5 mm beyond",
        ),
    ],
)
def test_labels_that_do_not_lie_on_the_paper_are_refused(stock: Stock, path: str, words: str) -> None:
    assert words in said(Design(stock, ()))[path]


def test_modules_that_are_no_whole_dots_are_refused() -> None:
    code = make_code(Symbology.QR_LINK, smallest=260, largest=370)
    assert not said(make_design(code))
    found = said(make_design(code, stock=make_stock(Dots.DPI203)))
    assert "No whole number of dots lies between 0.26 and 0.37 mm" in found["elements.0.width"]


@pytest.mark.parametrize(
    "other",
    [
        make_code(Symbology.QR_LINK, x=60_000, width=20_000, height=20_000),
        make_text(x=5_000, y=34_000),
        facts(),
        Line(x=0, y=20_000, width=100_000, height=200),
        Box(x=10_000, y=4_000, width=20_000, height=20_000),
    ],
)
def test_nothing_may_lie_on_a_code_or_its_quiet_zone(other: AnyElement) -> None:
    code = make_code(Symbology.GS1_128)
    for design in (make_design(code, other), make_design(other, code)):
        (path, words), *_ = said(design).items()
        assert path == "elements.1.x"
        assert "lies on element 1 by" in words


def test_a_frame_around_a_code_is_fine() -> None:
    frame = Box(x=4_000, y=4_000, width=92_000, height=32_000)
    assert not said(make_design(frame, make_code(Symbology.GS1_128)))


def test_what_is_unwise_is_said_and_printed() -> None:
    small = make_code(Symbology.EAN13, smallest=250, largest=300, height=15_000)
    thin = make_code(Symbology.GS1_128, y=21_000, height=20_000)
    design = make_design(small, thin, make_text(smallest=40), make_text(x=60_000, width=20_000))
    assert not said(design)
    warned = said(design, faults=False)
    assert "0.264 to 0.66 mm" in warned["elements.0.smallest"]
    assert "18.28 mm high; these are 15.0" in warned["elements.0.height"]
    assert "0.495 mm and more" in warned["elements.1.smallest"]
    assert "1.8 mm" in warned["elements.2.smallest"]
    assert "lies on element 3" in warned["elements.3.x"]


def test_a_serial_may_be_smaller_than_what_the_law_asks_for() -> None:
    assert not said(make_design(make_text(field="serial", smallest=40)), faults=False)


def test_every_fault_is_told_at_once() -> None:
    design = make_design(make_text(field="colour", x=90_000), make_code(Symbology.EAN13, width=9_000))
    with pytest.raises(Invalid) as refused:
        check.require(design, VOCABULARY)
    assert refused.value.fields.keys() == {"elements.0.field", "elements.0.x", "elements.1.width"}


def test_a_design_has_forty_elements_at_most() -> None:
    assert said(make_design(*[Line(x=0, y=0, width=100, height=100)] * 41)).keys() == {"elements"}
