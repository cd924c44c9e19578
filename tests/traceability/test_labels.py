"""Shipped designs: what they say is right, others read it from every printer, nothing lies on anything."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
import zxingcpp
from PIL import Image
from pypdfium2 import PdfDocument

from supplychain.base.gs1 import element
from supplychain.base.labelling import check, document, pdf, raster, svg, zpl
from supplychain.base.labelling.design import Code, Design, Dots, Facts, Label, Text
from supplychain.base.labelling.drawing import Fill, Frame, Sign, Words
from supplychain.base.labelling.place import Placer
from supplychain.kernel import i18n
from supplychain.kernel.errors import Refused
from supplychain.kernel.loader import Suite
from tests import pictures, readers
from tests.readers import Read
from traceability.labels import batch
from traceability.rules.label import VOCABULARY, LabelOf
from traceability.schemas.label import shipped
from traceability.services.label import PutDesign

TODAY = date(2026, 11, 20)
GTIN = "06901234567892"
HOST = "https://trace.example"
DESIGNS = {wanted.key or "": wanted for wanted in shipped()}
any_design = pytest.mark.parametrize("wanted", DESIGNS.values(), ids=DESIGNS.keys())


def a_label(serial: str = "7KQ2M8XW4ZTC9RAB", lot: str = "B2611-0031", **texts: str) -> Label:
    """Return a label of an item, or of a box without a serial."""
    own = f"(21){serial}" if serial else ""
    strings = (f"(01){GTIN}(15)261211(10){lot}", f"(01){GTIN}(10){lot}")
    said = {name: field.sample for name, field in VOCABULARY.fields.items()}
    said |= {"lot": lot, "serial": serial, "serial_or_lot": serial or lot}
    contents = {
        "gtin": (GTIN,),
        "lot": (lot,),
        "serial": (serial,),
        "batch": strings,
        "item": (strings[0] + own, f"(01){GTIN}{own}" if own else strings[1]),
        "link": (f"{HOST}/01/{GTIN}/10/{lot}" + (f"/21/{serial}" if serial else ""),),
    }
    return Label({**said, **texts}, batch.captions_of(""), contents)


LONG = a_label(
    lot="B261120-0031-ABCDEFG",
    product_name="大田县屏山乡高山生态茶园手采美人茶（东方美人）喆淼牌礼盒装冬季限定款特选一级品牌农产品",
    grade="特级（一芽二叶初展）",
    graded="特级（一芽二叶初展） GB/T 35863-2018 乌龙茶加工技术规范",
    net_mass="12 袋 × 1.250 kg（共 15 kg）",
    harvested_on="2026年11月20日至2026年11月22日（三批采收）",
    origin="福建省三明市大田县屏山乡内洋村海拔一千二百米高山生态茶园第三地块（北坡）",
    producer="福建省大田县屏山乡高山茶叶专业合作社联合社与上海浦东农产品直供有限公司联合出品",
    storage="阴凉干燥处避光密封保存，相对湿度不高于 60%，避免与有异味的货物混放" * 2,
)
EMPTY = a_label(grade="", graded="", storage="", net_mass="")
any_label = pytest.mark.parametrize(
    "label", [a_label(), a_label(serial=""), LONG, EMPTY], ids=["item", "box", "long", "bare"]
)


def expected(design: Design, label: Label) -> set[Read]:
    """Return what the codes of a design have to say, whichever of their texts they had room for."""
    marks = Placer(design, design.stock.dots_per_mm).drawing(label).marks
    told = {mark.symbol.text for mark in marks if isinstance(mark, Sign)}
    names = {"gs1_128": "]C1", "gs1_datamatrix": "]d2", "qr_link": "]Q1", "datamatrix_link": "]d1"}
    names |= {"ean13": "]E0", "itf14": "]I1", "code128": "]C0"}
    found = set()
    for code in design.elements:
        if isinstance(code, Code):
            texts = {*label.contents[code.content], GTIN[1:]}
            (text,) = (texts & told) if code.content != "gtin" else ({GTIN, GTIN[1:]} & told)
            data = element.raw(element.parse(text, TODAY).pairs) if text.startswith("(") else text
            found.add(Read(names[code.symbology], data.encode()))
    return found


def seen(image: Image.Image, wanted: set[Read]) -> set[Read]:
    """Return what the two readers see that did not draw the codes."""
    matrices = sum(read.symbology in {"]d1", "]d2"} for read in wanted)
    return {*readers.bars(image), *(readers.matrices(image, matrices) if matrices else ())}


def first_of_pdf(design: Design, label: Label, dots: int) -> Image.Image:
    """Photograph the first label of a sheet alone, cut at its edges."""
    stock = design.stock
    edges = (
        stock.first_x,
        stock.first_y,
        stock.first_x + stock.label_width,
        stock.first_y + stock.label_height,
    )
    left, top, right, bottom = (round(edge / 1000 * dots) for edge in edges)
    return pictures.of_pdf(pdf.sheet(design, [label]), dots).crop((left, top, right, bottom))


@any_design
def test_a_shipped_design_has_no_fault(wanted: PutDesign) -> None:
    assert not [one for one in check.findings(wanted.design, VOCABULARY) if one.is_fault]
    assert document.load(document.dump(wanted.design)) == wanted.design


@any_design
@any_label
def test_every_code_of_a_shipped_design_is_read_from_every_printer(wanted: PutDesign, label: Label) -> None:
    design = wanted.design
    told = expected(design, label)
    assert told
    dots = design.stock.dots_per_mm
    drawing = Placer(design, dots or 24).drawing(label)
    images = [
        first_of_pdf(design, label, 24 if not dots else 2 * dots),
        raster.image(drawing, dots or 24, grey=True),
        pictures.of_svg(svg.picture(Placer(design, dots).drawing(label)), dots or 24),
    ]
    if dots:
        images += [image for image, _ in pictures.of_zpl(zpl.roll(design, [label]))]
    for image in images:
        assert seen(image, told) == told
        second = {Read(code.symbology_identifier, code.bytes) for code in zxingcpp.read_barcodes(image)}
        assert second == told


@any_design
@any_label
def test_nothing_lies_on_a_code_and_no_words_lie_on_words(wanted: PutDesign, label: Label) -> None:
    design = wanted.design
    drawing = Placer(design, design.stock.dots_per_mm).drawing(label)
    rooms = [(mark, _room(mark)) for mark in drawing.marks if not isinstance(mark, Frame)]
    for at, (one, (x1, y1, u1, v1)) in enumerate(rooms):
        assert x1 >= 0
        assert y1 >= 0
        assert u1 <= drawing.width + 0.01
        assert v1 <= drawing.height + 0.01
        for other, (x2, y2, u2, v2) in rooms[at + 1 :]:
            over = min(u1, u2) - max(x1, x2), min(v1, v2) - max(y1, y2)
            assert min(over) < 0.05, (one, other, over)


def _room(mark: Words | Fill | Frame | Sign) -> tuple[float, float, float, float]:
    if isinstance(mark, Words):
        size = mark.size * 25.4 / 72
        return mark.x, mark.y - 0.78 * size, mark.x + mark.width, mark.y + 0.1 * size
    return mark.x, mark.y, mark.x + mark.width, mark.y + mark.height


def test_every_kind_of_code_and_of_element_is_shipped_or_tested() -> None:
    shown = {one.symbology for wanted in DESIGNS.values() for one in wanted.elements if isinstance(one, Code)}
    assert len(shown) == 6
    for wanted in DESIGNS.values():
        for one in wanted.elements:
            names = [one.field] if isinstance(one, Text) and one.field else []
            names += [fact.field for fact in one.facts] if isinstance(one, Facts) else []
            assert set(names) <= VOCABULARY.fields.keys()


def test_a_serial_is_never_cut() -> None:
    for wanted in DESIGNS.values():
        design = wanted.design
        marks = Placer(design, design.stock.dots_per_mm).drawing(a_label(serial="W" * 16)).marks
        words = "".join(mark.text for mark in marks if isinstance(mark, Words))
        if any(isinstance(one, Text) and one.field.startswith("serial") for one in design.elements):
            assert "W" * 16 in words, wanted.key


def test_a_label_is_in_chinese_whoever_prints_it(suite: Suite) -> None:
    assert suite.addons
    with i18n.using("en"):
        label = replace(a_label(), captions=batch.sample().captions)
        data = pdf.sheet(DESIGNS["a4-2x5"].design, [label])
    text = "".join(page.get_textpage().get_text_range() for page in PdfDocument(data))
    for word in ("高山甘蓝", "批号", "采收日期", "贮存条件", "15 kg", "保质期至", "等级"):
        assert word in text


def test_a_sheet_fills_row_by_row_and_starts_where_the_last_one_ended() -> None:
    design = DESIGNS["a4-2x5"].design
    assert len(PdfDocument(pdf.sheet(design, [a_label()] * 11))) == 2
    assert len(PdfDocument(pdf.sheet(design, [a_label()] * 10, skip=3))) == 2
    full = pictures.of_pdf(pdf.sheet(design, [a_label()] * 10), 12)
    last = pictures.of_pdf(pdf.sheet(design, [a_label()], skip=9), 12)
    assert [len(zxingcpp.read_barcodes(_cut(full, design, place))) for place in range(10)] == [3] * 10
    assert [len(zxingcpp.read_barcodes(_cut(last, design, place))) for place in range(10)] == [0] * 9 + [3]


def _cut(image: Image.Image, design: Design, place: int) -> Image.Image:
    """Cut the label at a place out of a page of 12 dots a millimetre."""
    x, y = (value / 1000 for value in design.stock.corner_of(place))
    return image.crop((round(x * 12), round(y * 12), round((x + 99.1) * 12), round((y + 57) * 12)))


@any_design
def test_pages_are_exact_to_the_millimetre(wanted: PutDesign) -> None:
    stock = wanted.stock
    page = PdfDocument(pdf.sheet(wanted.design, [a_label()]))[0]
    size = [round(points / 72 * 25.4, 2) for points in page.get_size()]
    assert size == [stock.page_width / 1000, stock.page_height / 1000]
    picture = raster.image(Placer(wanted.design, 12).drawing(a_label()), 12)
    assert picture.size == (round(stock.label_width / 1000 * 12), round(stock.label_height / 1000 * 12))


def test_items_of_a_batch_each_carry_their_own_serial() -> None:
    serials = ["A1B2C3D4E5F6G7H8", "D4E5F6G7H8J9K0L1", "G7H8J9K0L1M2N3P4"]
    design = DESIGNS["a4-2x5"].design
    image = pictures.of_pdf(pdf.sheet(design, [a_label(serial=serial) for serial in serials]), 16)
    found = readers.bars(image)
    links = {read.data for read in found if read.symbology == "]Q1"}
    assert links == {f"{HOST}/01/{GTIN}/10/B2611-0031/21/{serial}".encode() for serial in serials}
    bars = {read.data for read in found if read.symbology == "]C1"}
    assert bars == {f"01{GTIN}1526121110B2611-0031".encode()}
    sent = zpl.roll(DESIGNS["roll-100x70"].design, [a_label(serial=serial) for serial in serials])
    printed = [read.data for image, _ in pictures.of_zpl(sent) for read in readers.bars(image)]
    assert {data for data in printed if data.startswith(b"http")} == links


def test_the_same_labels_are_the_same_file_and_repeats_cost_little() -> None:
    design, roll = DESIGNS["a4-2x5"].design, DESIGNS["roll-100x70"].design
    box = a_label(serial="")
    assert pdf.sheet(design, [box, LONG]) == pdf.sheet(design, [box, LONG])
    assert len(pdf.sheet(design, [box] * 500)) < len(pdf.sheet(design, [box])) + 500 * 200
    assert len(zpl.roll(roll, [box] * 500)) < len(zpl.roll(roll, [box])) + 10


def test_a_wrong_check_digit_never_gets_onto_a_label() -> None:
    design = DESIGNS["a4-2x5"].design
    for name, text in (("item", "(01)06901234567893(21)A"), ("link", f"{HOST}/01/06901234567893")):
        label = a_label()
        wrong = replace(label, contents={**label.contents, name: (text,)})
        with pytest.raises(Refused, match="06901234567893"):
            pdf.sheet(design, [wrong])


def test_the_house_has_a_first_choice_for_everything() -> None:
    assert [wanted.key for wanted in DESIGNS.values() if wanted.for_boxes] == ["a4-2x5"]
    assert [wanted.key for wanted in DESIGNS.values() if wanted.for_items] == ["a4-2x5"]
    assert {of.value for of in LabelOf} == {"boxes", "items"}
    assert {wanted.stock.dots for wanted in DESIGNS.values()} >= {Dots.ANY, Dots.DPI203, Dots.DPI300}
