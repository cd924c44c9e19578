"""What is drawn is what a scanner reads: every symbol is painted, photographed and decoded again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from io import BytesIO
from xml.etree import ElementTree as ET

import pypdfium2
import pytest
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from supplychain.base import symbols
from supplychain.base.gs1 import element, keys, link
from supplychain.base.gs1.keys import Gs1Error
from supplychain.base.symbols import Symbol

GTIN = "06901234567892"
LINK = f"https://trace.example/01/{GTIN}/10/B261120-0001/21/A1B2C3"
BATCH = f"(01){GTIN}(15)261130(10)B261120-0001"


def scan(symbol: Symbol, width_mm: float, dots_per_mm: int = 12) -> list[zxingcpp.Barcode]:
    """Paint a symbol on paper of its own size, edge to edge, and read whatever is there."""
    out = BytesIO()
    canvas = Canvas(out, pagesize=(width_mm * mm, 40 * mm))
    symbol.draw(canvas, 0, 0, width_mm, 20)
    canvas.save()
    page = pypdfium2.PdfDocument(out.getvalue())[0]
    image = page.render(scale=dots_per_mm * 25.4 / 72).to_pil()
    return zxingcpp.read_barcodes(image.convert("L"))


def read(symbol: Symbol, width_mm: float) -> tuple[str, bytes]:
    (found,) = scan(symbol, width_mm)
    return found.symbology_identifier, found.bytes


def carried(bracketed: str) -> bytes:
    return element.raw(element.parse(bracketed, date(2026, 11, 20)).pairs).encode()


def test_an_ean_13_reads_as_the_gtin() -> None:
    assert read(symbols.ean13("6901234567892"), 37.29) == ("]E0", b"6901234567892")
    assert symbols.ean13(GTIN) == symbols.ean13("6901234567892")


def test_an_itf_14_reads_as_the_gtin_of_the_carton() -> None:
    gtin = "1690123456789" + keys.check_digit("1690123456789")
    assert read(symbols.itf14(gtin), 100) == ("]I1", gtin.encode())


def test_a_document_number_reads_as_code_128() -> None:
    assert read(symbols.code128("YD261120-0007"), 60) == ("]C0", b"YD261120-0007")


@pytest.mark.parametrize(
    "text",
    [
        BATCH,
        f"(01){GTIN}(10)B1(21)7",
        f"(01){GTIN}(3103)005000(10)ab-1(422)156",
        "(00)069012345600000014",
        f"(01){GTIN}(10)12345(21)12345",
    ],
)
def test_element_strings_read_with_their_separators(text: str) -> None:
    text = text.replace("069012345600000014", keys.make_sscc("6901234", 560000001))
    assert read(symbols.gs1_128(text), 120) == ("]C1", carried(text))
    assert read(symbols.gs1_datamatrix(text), 15) == ("]d2", carried(text))


@settings(max_examples=40, deadline=None)
@given(
    st.text("ABCXYZabcxyz0123456789-/.()", min_size=1, max_size=12),
    st.text("0123456789Ab", min_size=1, max_size=12),
)
def test_whatever_lot_and_serial_are_called_they_read_back(lot: str, serial: str) -> None:
    text = element.bracketed((("01", GTIN), ("10", lot), ("21", serial)))
    assert read(symbols.gs1_128(text), 200) == ("]C1", carried(text))
    assert read(symbols.gs1_datamatrix(text), 20) == ("]d2", carried(text))


def test_a_digital_link_reads_as_plain_text_in_a_qr_code() -> None:
    symbol = symbols.digital_link(LINK)
    assert symbol.is_matrix
    assert symbol.modules_wide == symbol.modules_high
    assert read(symbol, 20) == ("]Q1", LINK.encode())


def test_a_digital_link_reads_as_plain_text_in_a_datamatrix() -> None:
    symbol = symbols.digital_link_datamatrix(LINK)
    assert symbol.is_matrix
    assert read(symbol, 20) == ("]d1", LINK.encode())
    assert symbol.modules_wide < symbols.digital_link(LINK).modules_wide


def test_a_matrix_is_always_square() -> None:
    for symbol in (
        symbols.gs1_datamatrix(f"{BATCH}(21)A1B2C3D4E5F6"),
        symbols.digital_link_datamatrix(LINK),
    ):
        assert symbol.rows == symbol.columns


@pytest.mark.parametrize(
    "make",
    [
        lambda: symbols.ean13("6901234567893"),
        lambda: symbols.ean13("16901234567899"),
        lambda: symbols.itf14("06901234567893"),
        lambda: symbols.code128("槐猪"),
        lambda: symbols.code128(""),
        lambda: symbols.gs1_128("(01)06901234567893(10)B1"),
        lambda: symbols.gs1_datamatrix("(01)06901234567893(10)B1"),
        lambda: symbols.gs1_datamatrix(f"(01){GTIN}(15)261332"),
        lambda: symbols.gs1_datamatrix("(01)06901234567893(21)A1"),
        lambda: symbols.gs1_datamatrix(f"(01){GTIN}(21){'A' * 21}"),
        lambda: symbols.gs1_datamatrix(f"(01){GTIN}(21)A€"),
        lambda: symbols.gs1_datamatrix(f"(01){GTIN}(21)0(21)A"),
        lambda: symbols.digital_link(f"https://trace.example/01/{GTIN}/21/{'A' * 21}"),
        lambda: symbols.digital_link(f"https://trace.example/01/{GTIN}/21/0/21/A"),
        lambda: symbols.digital_link("https://trace.example/01/06901234567893/21/A"),
        lambda: symbols.digital_link(f"trace.example/01/{GTIN}/21/A"),
        lambda: symbols.gs1_128(f"(01){GTIN}(10){'A' * 20}(21){'B' * 20}"),
        lambda: symbols.digital_link("https://trace.example/01/06901234567893"),
        lambda: symbols.digital_link_datamatrix("https://trace.example/01/06901234567893"),
    ],
)
def test_a_wrong_text_never_becomes_a_symbol(make: object) -> None:
    assert callable(make)
    with pytest.raises(Gs1Error):
        make()


@pytest.mark.parametrize("symbol", [symbols.gs1_datamatrix(BATCH), symbols.ean13(GTIN), symbols.itf14(GTIN)])
def test_a_page_shows_the_same_modules_as_the_paper(symbol: Symbol) -> None:
    drawing = ET.fromstring(symbol.svg("<箱>"))
    assert drawing[0].text == "<箱>"
    assert drawing.attrib["viewBox"].split()[2] == str(symbol.modules_wide)
    dark = drawing[2].attrib["d"].count("M")
    assert dark == len(list(symbol.runs)) + (2 if symbol.bearer else 0)


@settings(max_examples=200, deadline=None)
@given(
    st.sampled_from(["(01)06901234567892", "(01)06901234567893", "(21)0", "(10)B1", ""]),
    st.text("0A(21)/\\%?", max_size=24),
)
def test_a_serial_looked_at_alone_is_refused_when_the_whole_is(head: str, serial: str) -> None:
    for check, whole in (
        (symbols.gs1_datamatrix, f"{head}(21){serial}"),
        (symbols.digital_link, f"https://trace.example/01/{head[4:]}/21/{serial}"),
    ):
        read_whole = element.parse if check is symbols.gs1_datamatrix else link.parse
        assert _is_taken(check, whole) == _is_taken(read_whole, whole, date(2026, 11, 20)), whole


def _is_taken(check: Callable[..., object], *arguments: object) -> bool:
    try:
        check(*arguments)
    except Gs1Error:
        return False
    return True
