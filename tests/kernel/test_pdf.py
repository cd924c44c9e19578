"""A paper says the same in the same place, every time, in letters that every machine shows."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pypdfium2
import pytest
import zxingcpp
from hypothesis import given
from hypothesis import strategies as st
from pypdfium2 import PdfDocument

from supplychain.kernel import i18n
from supplychain.kernel.documents import lettering
from supplychain.kernel.documents.lettering import BOLD, REGULAR
from supplychain.kernel.documents.pdf import (
    Align,
    Column,
    Facts,
    Paper,
    Prose,
    Signature,
    Signatures,
    Table,
    render,
)

LINK = "https://trace.example/settlements/JD261120-0007"
COLUMNS = (Column("品名", 4), Column("净重 kg", 2, Align.RIGHT), Column("金额 元", 2, Align.RIGHT))
LINE = ("高山甘蓝（大田县屏山乡内洋村）", "3,600.00", "11,700.00")
PAPER = Paper(
    title="结算单",
    number="JD261120-0007",
    printed_at=datetime(2026, 11, 20, 2, 0, tzinfo=UTC),
    parts=(
        Facts((("卖方", "大田县屏山蔬菜合作社"), ("买方", "浦东农批市场"), ("备注", ""))),
        Table(COLUMNS, (LINE,), (("合计", "3,600.00", "11,700.00"),), "明细"),
        Prose("途耗由卖方承担。\n温度全程 0–8 ℃。", "说明"),
        Signatures((Signature("卖方", "大田县屏山蔬菜合作社"), Signature("买方"))),
    ),
    issuer="大田县屏山蔬菜合作社",
    link=LINK,
)


def texts(data: bytes) -> list[str]:
    return [page.get_textpage().get_text_range() for page in PdfDocument(data)]


def code(data: bytes, page: int = 0) -> list[zxingcpp.Barcode]:
    return zxingcpp.read_barcodes(PdfDocument(data)[page].render(scale=3).to_pil().convert("L"))


def test_the_same_paper_is_the_same_file() -> None:
    assert render(PAPER) == render(PAPER)
    assert render(PAPER) != render(replace(PAPER, number="JD261120-0008"))


def test_a_paper_carries_its_words_as_text() -> None:
    (text,) = texts(render(PAPER))
    for word in (
        "结算单",
        "JD261120-0007",
        "浦东农批市场",
        "11,700.00",
        "温度全程 0–8 ℃。",
        "2026-11-20 10:00",
    ):
        assert word in text


def test_the_few_words_of_the_paper_itself_follow_the_language(suite: object) -> None:
    assert "签字（盖章）" in texts(render(PAPER))[0]
    with i18n.using("en"):
        assert "Signature and seal" in texts(render(PAPER))[0]


def test_the_code_opens_the_live_page_and_stands_in_the_same_place_on_all_papers() -> None:
    (here,) = code(render(PAPER))
    (there,) = code(render(replace(PAPER, title="发货单", parts=(), issuer="")))
    assert (here.text, here.symbology_identifier) == (LINK, "]Q1")
    assert str(here.position) == str(there.position)
    assert code(render(replace(PAPER, link=None))) == []


def test_a_long_table_keeps_its_head_on_every_page_and_its_total_with_the_last_row() -> None:
    table = Table(COLUMNS, (LINE,) * 90, (("合计", "324,000.00", "1,053,000.00"),))
    pages = texts(render(replace(PAPER, parts=(table,))))
    assert len(pages) > 2
    assert all("净重 kg" in page and "JD261120-0007" in page for page in pages)
    assert sum(page.count("11,700.00") for page in pages) == 90
    assert "1,053,000.00" in pages[-1]
    assert "11,700.00" in pages[-1]
    assert [f"{len(pages)}" in page for page in pages] == [True] * len(pages)


def test_terms_longer_than_a_page_go_on_over_the_page() -> None:
    text = "卖方保证全程温度。" * 800
    pages = texts(render(replace(PAPER, parts=(Prose(text),))))
    assert len(pages) > 1
    assert sum(page.count("温度") for page in pages) > 700


def test_a_paper_of_nothing_but_its_head_prints() -> None:
    assert len(texts(render(replace(PAPER, parts=(Facts(()), Table(COLUMNS, ())))))) == 1


def test_numbers_end_at_one_line() -> None:
    page = pypdfium2.PdfDocument(
        render(replace(PAPER, parts=(Table(COLUMNS, (LINE, ("茶", "1.00", "9.99"))),), link=None))
    )[0]
    words = page.get_textpage()
    ends = []
    for number in ("11,700.00", "9.99"):
        start, count = words.search(number).get_next()
        ends.append(round(words.get_charbox(start + count - 1)[2], 1))
    assert ends[0] == ends[1]


@pytest.mark.parametrize("font", [REGULAR, BOLD])
def test_names_are_printed_whole_in_either_weight(font: str) -> None:
    wanted = "大田槐猪沪亩柒喆淼堃璟℃㎏°×÷‰≤≥→·（）"
    drawn = lettering.register()[REGULAR] | lettering.register()[font]
    assert set(wanted) <= drawn


def test_a_rare_character_in_bold_comes_from_regular() -> None:
    assert lettering.width("喆", BOLD, 10) == lettering.width("喆", REGULAR, 10)


@given(st.text("大田，。（）《》槐猪 abc0123-", max_size=60), st.integers(30, 200))
def test_wrapping_loses_nothing_and_fits(text: str, room: int) -> None:
    lines = lettering.wrap(text, REGULAR, 9, room)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    assert all(lettering.width(line, REGULAR, 9) <= room for line in lines)


def test_punctuation_never_begins_a_line_and_numbers_stay_whole() -> None:
    text = "依据 GB/T 17239-2022 分级，等级为一级，产地大田县（福建），净含量 1,250.00 kg。"
    for room in range(60, 200, 7):
        lines = lettering.wrap(text, REGULAR, 9, room)
        assert not any(line[0] in "，。）、" for line in lines)
        assert not any(line.endswith("（") for line in lines)
        assert any("1,250.00" in line for line in lines)


def test_a_text_that_must_stay_on_one_line_says_that_it_goes_on() -> None:
    assert lettering.clip("大田县高山蔬菜", REGULAR, 10, 45) == "大田县…"
    assert lettering.clip("大田", REGULAR, 10, 45) == "大田"


def test_the_fonts_stay_small_enough_to_ship() -> None:
    folder = Path(lettering.__file__).parent / "fonts"
    sizes = {file.stem: file.stat().st_size for file in folder.glob("*.ttf")}
    assert sizes.keys() == {REGULAR, BOLD}
    assert sizes[REGULAR] <= 8_000_000
    assert sizes[BOLD] <= 2_500_000
