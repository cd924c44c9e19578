"""Every code on every printer is read again by somebody else: its kind of code and its bytes are the same."""

from __future__ import annotations

from datetime import date

import pytest
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from supplychain.base.gs1 import element
from supplychain.base.labelling import codes, pdf, raster, svg, zpl
from supplychain.base.labelling.design import Design, Dots, Label, Symbology
from supplychain.base.labelling.drawing import Drawing, Sign
from supplychain.base.labelling.place import Placer
from supplychain.kernel.documents import symbol
from tests import pictures, readers
from tests.make.labels import CONTENTS, GTIN, make_code, make_design, make_label, make_stock
from tests.readers import Read

TODAY = date(2026, 11, 20)
IDENTIFIERS = {
    Symbology.EAN13: "]E0",
    Symbology.ITF14: "]I1",
    Symbology.CODE128: "]C0",
    Symbology.GS1_128: "]C1",
    Symbology.GS1_DATAMATRIX: "]d2",
    Symbology.QR_LINK: "]Q1",
    Symbology.DATAMATRIX_LINK: "]d1",
}


def carried(symbology: Symbology, text: str) -> bytes:
    """Return the bytes that a code of this kind has for a text."""
    if symbology is Symbology.EAN13:
        return text[1:].encode()
    if symbology in {Symbology.GS1_128, Symbology.GS1_DATAMATRIX}:
        return element.raw(element.parse(text, TODAY).pairs).encode()
    return text.encode()


def read(image: Image.Image, symbology: Symbology) -> list[Read]:
    """Read with the reader that did not draw it."""
    is_matrix = symbology in {Symbology.GS1_DATAMATRIX, Symbology.DATAMATRIX_LINK}
    return readers.matrices(image) if is_matrix else readers.bars(image)


def printed(design: Design, label: Label, printer: str) -> Image.Image:
    """Make a label for a printer and take its picture."""
    dots = design.stock.dots_per_mm
    drawing = Placer(design, dots or 12).drawing(label)
    if printer == "pdf":
        return pictures.of_pdf(pdf.sheet(design, [label]), 12)
    if printer == "svg":
        return pictures.of_svg(svg.picture(drawing), dots or 12)
    if printer == "png":
        return raster.image(drawing, dots or 12, grey=True)
    ((image, count),) = pictures.of_zpl(zpl.roll(design, [label]))
    assert count == 1
    return image


CASES = [("pdf", Dots.ANY), ("svg", Dots.ANY), ("png", Dots.ANY)] + [
    (printer, dots) for printer in ("pdf", "png", "zpl") for dots in (Dots.DPI203, Dots.DPI300, Dots.DPI600)
]


@pytest.mark.parametrize("symbology", Symbology)
@pytest.mark.parametrize(("printer", "dots"), CASES)
def test_every_code_is_read_again_from_every_printer(symbology: Symbology, printer: str, dots: Dots) -> None:
    largest = 500 if dots is not Dots.DPI600 else 375
    design = make_design(make_code(symbology, words=True, largest=largest), stock=make_stock(dots))
    image = printed(design, make_label(), printer)
    wanted = Read(IDENTIFIERS[symbology], carried(symbology, CONTENTS[symbology][1]))
    assert read(image, symbology) == [wanted]
    (second,) = zxingcpp.read_barcodes(image)
    assert Read(second.symbology_identifier, second.bytes) == wanted


@settings(max_examples=25, deadline=None)
@given(
    st.text("ABCXYZabcxyz0123456789-/.", min_size=1, max_size=12),
    st.text("0123456789AbZ", min_size=1, max_size=16),
)
def test_whatever_lot_and_serial_are_called_another_reader_reads_them(lot: str, serial: str) -> None:
    text = element.bracketed((("01", GTIN), ("10", lot), ("21", serial)))
    for symbology in (Symbology.GS1_128, Symbology.GS1_DATAMATRIX):
        made = codes.make(symbology, text)
        high = made.modules_high * 0.5 if made.is_matrix else 20.0
        drawing = Drawing(made.modules_wide * 0.5 + 6, high + 6, (Sign(made, 3, 3, 0.5, high),))
        found = read(raster.image(drawing, 8), symbology)
        assert found == [Read(IDENTIFIERS[symbology], carried(symbology, text))]


@pytest.mark.parametrize("mask", range(8))
def test_a_link_is_read_whatever_mask_it_has(mask: int) -> None:
    link = f"https://trace.example/01/{GTIN}/10/B261120-0031/21/7KQ2M8XW4ZTC9R{mask:02}"
    made = symbol.qr(link, mask)
    assert symbol.mask_of(made) == mask
    drawing = Drawing(30, 30, (Sign(made, 2, 2, 0.5, made.modules_high * 0.5),))
    assert readers.bars(raster.image(drawing, 8)) == [Read("]Q1", link.encode())]


def test_a_run_takes_the_mask_that_suits_its_first_link() -> None:
    design = make_design(make_code(Symbology.QR_LINK))
    placer = Placer(design, 0)
    links = [f"https://trace.example/01/{GTIN}/21/7KQ2M8XW4ZTC9R{number:02}" for number in range(6)]
    found = [placer.drawing(Label({}, {}, {"link": (link,)})).marks for link in links]
    signs = [mark for marks in found for mark in marks if isinstance(mark, Sign)]
    assert signs[0].symbol == symbol.qr(links[0])
    assert {symbol.mask_of(sign.symbol) for sign in signs} == {symbol.mask_of(signs[0].symbol)}
