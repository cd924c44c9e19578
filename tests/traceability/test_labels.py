"""A label says what the batch is, to people and to scanners, and nothing on it lies on anything else."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
import zxingcpp
from PIL.Image import Image
from pypdfium2 import PdfDocument

from supplychain.base.gs1 import element
from supplychain.base.gs1.keys import Gs1Error
from supplychain.kernel import i18n
from traceability.labels import A4_2X5, LAYOUTS, BatchLabel, Layout, sheet

TODAY = date(2026, 11, 20)
GTIN = "06901234567892"
HOST = "https://trace.example"
CABBAGE = BatchLabel(
    product_name="高山甘蓝",
    grade="一级",
    grade_standard="GB/T 23351-2009",
    lot="B261120-0031",
    gtin=GTIN,
    element_string_bracketed=f"(01){GTIN}(15)261128(10)B261120-0031",
    digital_link=f"{HOST}/01/{GTIN}/10/B261120-0031",
    net_mass_text="15 kg",
    harvested_on_text="2026-11-20",
    best_before_text="2026-11-28",
    origin="福建省三明市大田县屏山乡",
    producer="大田县屏山高山蔬菜专业合作社",
    storage_text="0–4 ℃ 冷藏，避免挤压",
)
TEA = replace(
    CABBAGE,
    product_name="大田县屏山乡高山生态茶园手采美人茶（东方美人）喆淼牌礼盒装冬季限定款特选一级品牌农产品",
    grade="特级（一芽二叶初展）",
    grade_standard="GB/T 35863-2018 乌龙茶加工技术规范",
    lot="B261120-0031-ABCDEFG",
    element_string_bracketed=f"(01){GTIN}(15)261128(3103)015000(10)B261120-0031-ABCDEFG(21)A1B2C3D4E5F6G7H8J9K0",
    digital_link=f"{HOST}/01/{GTIN}/10/B261120-0031-ABCDEFG/21/A1B2C3D4E5F6G7H8J9K0",
    net_mass_text="12 袋 × 1.250 kg（共 15 kg）",
    harvested_on_text="2026年11月20日至2026年11月22日（三批采收）",
    origin="福建省三明市大田县屏山乡内洋村海拔一千二百米高山生态茶园第三地块（北坡）",
    producer="福建省大田县屏山乡高山茶叶专业合作社联合社与上海浦东农产品直供有限公司联合出品",
    storage_text="阴凉干燥处避光密封保存，相对湿度不高于 60%，避免与有异味的货物混放，请在三十天内饮用完毕"
    * 2,
    serial="A1B2C3D4E5F6G7H8J9K0",
)
DOTS = 12
"""Dots a millimetre in the photographs."""

both = pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS.keys())
any_label = pytest.mark.parametrize("label", [CABBAGE, TEA], ids=["plain", "long"])


def photograph(data: bytes, page: int = 0) -> Image:
    image: Image = PdfDocument(data)[page].render(scale=DOTS * 25.4 / 72).to_pil().convert("L")
    return image


def cut(image: Image, left: float, top: float, layout: Layout) -> Image:
    """Cut out the label whose upper left corner lies there, in millimetres."""
    width, height = layout.label_mm
    return image.crop((left * DOTS, top * DOTS, (left + width) * DOTS, (top + height) * DOTS))


def scanned(image: Image) -> dict[str, bytes]:
    """Return what is read, by symbology identifier."""
    return {code.symbology_identifier: code.bytes for code in zxingcpp.read_barcodes(image)}


def carried(bracketed: str) -> bytes:
    return element.raw(element.parse(bracketed, TODAY).pairs).encode()


def one(label: BatchLabel, layout: Layout) -> Image:
    """Photograph the first label of a sheet alone, cut at its edges."""
    return cut(photograph(sheet([label], layout)), *layout.first_mm, layout)


@both
@any_label
def test_every_code_on_a_label_is_read_with_the_label_cut_out(label: BatchLabel, layout: Layout) -> None:
    found = scanned(one(label, layout))
    assert found.keys() == {"]C1", "]d2", "]Q1"}
    assert found["]d2"] == carried(label.element_string_bracketed)
    assert found["]Q1"] == label.digital_link.encode()
    assert found["]C1"].startswith(b"01" + GTIN.encode())
    assert label.lot.encode() in found["]C1"]


@both
def test_the_bars_say_all_of_the_batch_where_they_have_room(layout: Layout) -> None:
    assert scanned(one(CABBAGE, layout))["]C1"] == carried(CABBAGE.element_string_bracketed)


@both
def test_bars_that_would_be_too_thin_say_gtin_and_lot_alone(layout: Layout) -> None:
    assert scanned(one(TEA, layout))["]C1"] == carried(f"(01){GTIN}(10){TEA.lot}")


QUIET_MM = {"]C1": (2.4, 0), "]d2": (0.37, 0.37), "]Q1": (1.5, 1.5)}
"""Beside and above: ten bars of 0.25 mm, one module of 0.38 mm, four modules of 0.375 mm."""


@both
@any_label
def test_quiet_zones_are_light(label: BatchLabel, layout: Layout) -> None:
    image = one(label, layout)
    for code in zxingcpp.read_barcodes(image):
        at = code.position
        corners = (at.top_left, at.top_right, at.bottom_left, at.bottom_right)
        left, right = min(corner.x for corner in corners), max(corner.x for corner in corners) + 1
        top, bottom = min(corner.y for corner in corners), max(corner.y for corner in corners) + 1
        beside, above = (int(mm * DOTS) for mm in QUIET_MM[code.symbology_identifier])
        around = [(left - beside, top, left - 2, bottom), (right + 2, top, right + beside, bottom)]
        if above:
            around += [(left, top - above, right, top - 2), (left, bottom + 2, right, bottom + above)]
        for box in around:
            assert min(image.crop(box).tobytes()) > 200, (code.symbology_identifier, box)


@both
@any_label
def test_no_words_lie_on_words_or_codes(label: BatchLabel, layout: Layout, suite: object) -> None:
    page = PdfDocument(sheet([label], layout))[0]
    words = page.get_textpage()
    boxes = [words.get_rect(at) for at in range(words.count_rects())]
    assert len(boxes) > 8
    left, top = (mm * 72 / 25.4 for mm in layout.first_mm)
    width, height = (mm * 72 / 25.4 for mm in layout.label_mm)
    upper = page.get_height() - top
    for at, (x1, y1, x2, y2) in enumerate(boxes):
        assert left <= x1 < x2 <= left + width
        assert upper - height <= y1 < y2 <= upper
        for u1, v1, u2, v2 in boxes[at + 1 :]:
            assert min(x2, u2) - max(x1, u1) < 0.6 or min(y2, v2) - max(y1, v1) < 0.6


@both
def test_a_label_carries_its_words_as_text_in_chinese_whoever_prints_it(
    layout: Layout, suite: object
) -> None:
    with i18n.using("en"):
        data = sheet([CABBAGE, replace(TEA, dated="Slaughtered")], layout)
    pages = PdfDocument(data)
    text = "".join(page.get_textpage().get_text_range() for page in pages)
    for word in (
        "高山甘蓝",
        "一级 GB/T 23351-2009",
        "批号",
        "采收日期",
        "屠宰",
        "贮存条件",
        "15 kg",
        "保质期至",
    ):
        assert word in text
    assert TEA.serial is not None
    assert TEA.serial in text
    assert "12 袋 × 1.250 kg" in text


def test_labels_without_grade_or_storage_leave_no_empty_lines(suite: object) -> None:
    bare = replace(CABBAGE, grade="", grade_standard="", storage_text="", net_mass_text="")
    text = PdfDocument(sheet([bare]))[0].get_textpage().get_text_range()
    assert not {"等级", "贮存条件", "净含量"} & set(text.split())


def test_a_sheet_fills_row_by_row_and_starts_where_the_last_one_ended() -> None:
    pages = PdfDocument(sheet([CABBAGE] * 11))
    assert len(pages) == 2
    assert len(zxingcpp.read_barcodes(photograph(sheet([CABBAGE] * 10)))) == 30
    assert len(PdfDocument(sheet([CABBAGE] * 10, skip=3))) == 2
    image = photograph(sheet([CABBAGE], skip=3))
    right, down = A4_2X5.pitch_mm
    left, top = A4_2X5.first_mm
    assert len(scanned(cut(image, left + right, top + down, A4_2X5))) == 3


def test_a_roll_has_one_label_a_page_of_its_own_size() -> None:
    pages = PdfDocument(sheet([CABBAGE, CABBAGE], LAYOUTS["roll"]))
    assert len(pages) == 2
    assert [round(points / 72 * 25.4, 2) for points in pages[0].get_size()] == [100, 70]


def test_items_of_a_batch_each_carry_their_own_serial() -> None:
    serials = ["A1B2C3", "D4E5F6", "G7H8J9"]
    items = [
        replace(
            CABBAGE,
            serial=serial,
            element_string_bracketed=f"{CABBAGE.element_string_bracketed}(21){serial}",
            digital_link=f"{CABBAGE.digital_link}/21/{serial}",
        )
        for serial in serials
    ]
    found = zxingcpp.read_barcodes(photograph(sheet(items)))
    links = {code.text for code in found if code.symbology_identifier == "]Q1"}
    bars = {code.bytes for code in found if code.symbology_identifier == "]C1"}
    assert links == {item.digital_link for item in items}
    assert bars == {carried(CABBAGE.element_string_bracketed)}


def test_the_same_labels_are_the_same_file_and_repeats_cost_little() -> None:
    assert sheet([CABBAGE, TEA]) == sheet([CABBAGE, TEA])
    assert len(sheet([CABBAGE] * 500)) < len(sheet([CABBAGE])) + 500 * 200


def test_every_label_lies_on_the_paper_and_beside_the_next() -> None:
    for layout in LAYOUTS.values():
        last = [
            first + pitch * (count - 1) + size
            for first, pitch, count, size in zip(
                layout.first_mm, layout.pitch_mm, (layout.columns, layout.rows), layout.label_mm, strict=True
            )
        ]
        assert all(end <= edge for end, edge in zip(last, layout.page_mm, strict=True))
        assert all(pitch >= size for pitch, size in zip(layout.pitch_mm, layout.label_mm, strict=True))


def test_a_wrong_check_digit_never_gets_onto_a_label() -> None:
    wrong = CABBAGE.element_string_bracketed.replace(GTIN, "06901234567893")
    with pytest.raises(Gs1Error):
        sheet([replace(CABBAGE, element_string_bracketed=wrong)])
    with pytest.raises(Gs1Error):
        sheet([replace(CABBAGE, digital_link=f"{HOST}/01/06901234567893")])
