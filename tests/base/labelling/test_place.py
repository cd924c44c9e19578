"""Everything lies where it should, whatever it says: never off the label, never on each other."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdfium2 import PdfDocument

from supplychain.base.labelling import calibrate, check, document, pdf, raster, svg, zpl
from supplychain.base.labelling.design import (
    Align,
    AnyElement,
    Box,
    Design,
    Dots,
    Fact,
    Facts,
    Line,
    StockKind,
    Symbology,
    Text,
)
from supplychain.base.labelling.drawing import Drawing, Fill, Frame, Sign, Words
from supplychain.base.labelling.place import Placer
from supplychain.kernel.errors import Refused
from tests import pictures
from tests.make.labels import CONTENTS, VOCABULARY, make_code, make_design, make_label, make_stock, make_text

LONG = "大田县屏山乡高山生态茶园手采美人茶（东方美人）喆淼牌礼盒装冬季限定款特选一级品牌农产品 Oolong"


def words(design: Design, **texts: str) -> list[Words]:
    marks = Placer(design, design.stock.dots_per_mm).drawing(make_label(**texts)).marks
    return [mark for mark in marks if isinstance(mark, Words)]


def test_a_short_text_is_as_large_as_allowed_and_a_long_one_shrinks() -> None:
    design = make_design(make_text(largest=140, smallest=60))
    (short,), (longer,) = words(design), words(design, name="大田县屏山乡高山生态茶园手采美人茶")
    assert (short.size, short.text) == (14, "高山甘蓝")
    assert 6 < longer.size < 14
    assert longer.width <= 60


def test_what_cannot_fit_loses_its_end() -> None:
    one, *rest = words(make_design(make_text(lines=2)), name=LONG * 2)
    assert len(rest) == 1
    assert rest[-1].text.endswith("…")
    assert max(one.width, rest[-1].width) <= 60


@pytest.mark.parametrize(("align", "left"), [(Align.LEFT, 5), (Align.CENTRE, 35), (Align.RIGHT, 65)])
def test_a_line_stands_where_it_is_told(align: Align, left: float) -> None:
    (found,) = words(make_design(make_text(align=align)))
    share = {Align.LEFT: 0.0, Align.CENTRE: 0.5, Align.RIGHT: 1.0}[align]
    assert found.x + share * found.width == pytest.approx(left)


def test_a_field_has_its_name_before_it_when_asked() -> None:
    assert words(make_design(make_text(caption=True)))[0].text == "产品 高山甘蓝"


def test_an_element_is_left_out_when_there_is_nothing_to_say() -> None:
    frame = Box(x=0, y=0, width=5_000, height=5_000, only_if="origin")
    design = make_design(make_text(), frame, make_text(field="", literal="净", only_if="origin"))
    drawing = Placer(design, 0).drawing(make_label(origin="", name=""))
    assert drawing.marks == ()


def test_facts_close_up_and_share_one_size() -> None:
    element = Facts(x=5_000, y=5_000, width=50_000, height=12_000, facts=(Fact("name"), Fact("origin")))
    both = words(make_design(element))
    assert {mark.size for mark in both} == {8}
    assert [mark.text for mark in both] == ["产品", "高山甘蓝", "产地", "福建省三明市大田县屏山乡"]
    assert next(mark.text for mark in words(make_design(element), name="")) == "产地"
    crowded = words(make_design(element), name=LONG, origin=LONG * 3)
    assert {mark.size for mark in crowded} == {5.5}
    assert max(mark.y for mark in crowded) <= 17


def test_a_code_without_room_is_refused_with_its_millimetres() -> None:
    design = make_design(make_code(Symbology.QR_LINK, height=12_000))
    link = "https://trace.example/" + "path/" * 40 + "01/06901234567892"
    label = replace(make_label(), contents={"link": (link,)})
    with pytest.raises(Refused, match=r"× 12 "):
        pdf.sheet(design, [label])
    wrong = replace(make_label(), contents={"link": ("https://trace.example/01/06901234567893",)})
    with pytest.raises(Refused, match="06901234567893"):
        pdf.sheet(design, [wrong])


def test_less_is_carried_where_there_is_less_room() -> None:
    whole, short = CONTENTS[Symbology.GS1_128][1], "(01)06901234567892(10)B261120-0031"
    label = replace(make_label(), contents={"batch": (whole, short)})
    for width, told in ((90_000, whole), (75_000, short)):
        design = make_design(make_code(Symbology.GS1_128, width=width))
        (sign,) = Placer(design, 0).drawing(label).marks
        assert isinstance(sign, Sign)
        assert sign.symbol.text == told


def test_a_page_is_exact_and_codes_lie_where_the_design_says() -> None:
    code = make_code(Symbology.GS1_DATAMATRIX, x=20_000, y=10_000, width=30_000, height=30_000, largest=600)
    stock = make_stock(
        kind=StockKind.SHEET,
        page_width=210_000,
        page_height=297_000,
        columns=2,
        rows=4,
        first_x=4_000,
        first_y=7_500,
        pitch_x=102_000,
        pitch_y=71_000,
    )
    data = pdf.sheet(make_design(code, stock=stock), [make_label()] * 8)
    page = PdfDocument(data)[0]
    assert [round(points / 72 * 25.4, 3) for points in page.get_size()] == [210, 297]
    dots = 20
    image = pictures.of_pdf(data, dots)
    side = 26 * 0.6
    left, top = 4 + 102 + 20 + (30 - side) / 2, 7.5 + 3 * 71 + 10 + (30 - side) / 2
    edges = (left - 1, top - 1, left + side + 1, top + side + 1)
    x1, y1, x2, y2 = (round(edge * dots) for edge in edges)
    box = image.crop((x1, y1, x2, y2))
    dark = box.point(lambda grey: 255 if grey < 128 else 0).getbbox()
    assert dark is not None
    quiet = 1 + 0.6
    for edge, wanted in zip(dark, (quiet, quiet, quiet + 24 * 0.6, quiet + 24 * 0.6), strict=True):
        assert edge / dots == pytest.approx(wanted, abs=0.06)


def test_modules_are_whole_dots_on_a_thermal_printer() -> None:
    for dots in (Dots.DPI203, Dots.DPI300, Dots.DPI600):
        design = make_design(make_code(Symbology.QR_LINK, height=23_000), stock=make_stock(dots))
        (sign,) = Placer(design, int(dots.value)).drawing(make_label()).marks
        assert isinstance(sign, Sign)
        assert (sign.module * int(dots.value)).is_integer()
        assert (sign.x * int(dots.value)).is_integer()


def test_equal_labels_are_sent_to_the_printer_once() -> None:
    design = make_design(make_text(), stock=make_stock(Dots.DPI203))
    sent = zpl.roll(design, [make_label()] * 30 + [make_label(name="槐猪")])
    assert [count for _, count in pictures.of_zpl(sent)] == [30, 1]
    assert "^PW800^LL560" in sent


def test_a_roll_of_two_side_by_side_is_sent_row_by_row() -> None:
    stock = make_stock(
        Dots.DPI203, width=104_000, height=30_000, label_width=50_000, columns=2, pitch_x=54_000
    )
    design = make_design(make_text(x=2_000, y=2_000, width=40_000), stock=stock)
    images = [image for image, _ in pictures.of_zpl(zpl.roll(design, [make_label()] * 3, skip=1))]
    halves = [(image.crop((0, 0, 400, 240)), image.crop((432, 0, 832, 240))) for image in images]
    dark = [[min(half.tobytes()) == 0 for half in pair] for pair in halves]
    assert dark == [[False, True], [True, True]]


def test_zpl_is_refused_for_an_office_printer() -> None:
    with pytest.raises(Refused):
        zpl.roll(make_design(make_text()), [make_label()])
    with pytest.raises(Refused):
        zpl.page(make_design(), calibrate.page(make_stock()))


def test_a_calibration_page_has_its_rulers_to_the_millimetre() -> None:
    stock = make_stock(width=100_000, height=70_000)
    image = pictures.of_pdf(pdf.page(calibrate.page(stock)), 20)
    assert all(abs(size - wanted) <= 1 for size, wanted in zip(image.size, (2000, 1400), strict=True))
    row = image.crop((0, 690, 2000, 691)).tobytes()
    ticks = [at for at, (last, grey) in enumerate(pairwise(row)) if last > 128 >= grey]
    steps = {round((after - before) / 20, 1) for before, after in pairwise(ticks[1:-1])}
    assert steps <= {0.9, 1.0, 1.1}
    (printed, _), *_ = pictures.of_zpl(zpl.page(Design(make_stock(Dots.DPI203), ()), calibrate.page(stock)))
    assert printed.size == (800, 560)


lengths = st.integers(0, 120_000)
rooms = {"x": lengths, "y": lengths, "width": st.integers(50, 120_000), "height": st.integers(50, 90_000)}
names = st.sampled_from(["", "name", "origin", "serial", "colour"])
letters = {"smallest": st.integers(30, 400), "largest": st.integers(30, 400)}
elements: st.SearchStrategy[AnyElement] = st.one_of(
    st.builds(
        Text,
        **rooms,
        **letters,
        only_if=names,
        field=names,
        literal=st.sampled_from(["", "净含量"]),
        bold=st.booleans(),
        align=st.sampled_from(Align),
        lines=st.integers(1, 6),
        caption=st.booleans(),
    ),
    st.builds(Facts, **rooms, **letters, facts=st.lists(st.builds(Fact, names, st.booleans()), min_size=1)),
    st.builds(Line, **rooms, only_if=names),
    st.builds(Box, **rooms, stroke=st.integers(50, 5_000), corner=st.integers(0, 9_000)),
    st.sampled_from(Symbology).flatmap(
        lambda kind: st.builds(
            make_code,
            st.just(kind),
            **rooms,
            smallest=st.integers(100, 900),
            largest=st.integers(100, 1_200),
            words=st.booleans(),
        )
    ),
)
texts = st.text(max_size=60).map(lambda text: "".join(sign for sign in text if sign.isprintable()))


@settings(max_examples=150, deadline=None)
@given(st.lists(elements, max_size=4), st.sampled_from(Dots), texts, texts)
def test_a_design_is_refused_or_drawn_on_its_label(
    chosen: list[AnyElement], dots: Dots, name: str, origin: str
) -> None:
    design = make_design(*chosen, stock=make_stock(dots, width=110_000, height=80_000))
    assert document.load(document.dump(design)) == design
    if any(one.is_fault for one in check.findings(design, VOCABULARY)):
        return
    label = make_label(name=name, origin=origin)
    drawing = Placer(design, design.stock.dots_per_mm).drawing(label)
    for mark in drawing.marks:
        left, top, right, bottom = _room(mark)
        assert -0.1 <= left <= right <= 110.1
        assert -0.1 <= top <= bottom <= 80.6
    assert raster.png(drawing, 4)
    assert svg.picture(drawing)


def _room(mark: Any) -> tuple[float, float, float, float]:
    if isinstance(mark, Words):
        size = mark.size * 25.4 / 72
        return mark.x, mark.y - 0.88 * size, mark.x + mark.width, mark.y + 0.12 * size
    assert isinstance(mark, Fill | Frame | Sign)
    return mark.x, mark.y, mark.x + mark.width, mark.y + mark.height


def test_an_empty_label_is_a_white_label() -> None:
    drawing = Placer(make_design(), 0).drawing(make_label())
    assert drawing == Drawing(100, 70, ())
    assert pdf.sheet(make_design(), [])
    assert raster.image(drawing, 8).getextrema() == (255, 255)
    assert zpl.roll(make_design(stock=make_stock(Dots.DPI203)), []) == ""
