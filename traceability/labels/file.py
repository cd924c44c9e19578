"""Labels as a file: PDF and ZPL for all of them, a picture or a drawing for each."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from zipfile import ZIP_STORED, ZipFile, ZipInfo

from supplychain.base.labelling import calibrate, pdf, raster, svg, zpl
from supplychain.base.labelling.design import AnyElement, Design, Label, Stock
from supplychain.base.labelling.drawing import Drawing
from supplychain.base.labelling.place import Placer
from supplychain.kernel.errors import Refused
from supplychain.kernel.i18n import N_, Text
from traceability.rules.label import LabelFormat

PICTURE_DOTS = 12
"""Dots a millimetre of pictures where neither the reader nor the stock says how many."""
MOST_PICTURES = 200
"""Pictures in one file."""
_TYPES: Mapping[LabelFormat, str] = {
    LabelFormat.PDF: "application/pdf",
    LabelFormat.ZPL: "application/zpl",
    LabelFormat.PNG: "image/png",
    LabelFormat.SVG: "image/svg+xml",
}


@dataclass(frozen=True, slots=True)
class File:
    """What is sent: its bytes, what they are, and how such a file's name ends."""

    content: bytes
    mimetype: str
    suffix: str


@dataclass(frozen=True, slots=True)
class Shown:
    """A label in a page: SVG, or why it cannot be drawn."""

    svg: str
    problem: Text | None = None


def made(
    design: Design,
    labels: Sequence[Label],
    how: LabelFormat,
    *,
    skip: int = 0,
    dots: int = 0,
    title: str = "",
) -> File:
    """Return labels as one file; several pictures or drawings come in a zip.

    `dots` a millimetre are for pictures. Refused when a code has no room, or for too many pictures.
    """
    skip %= design.stock.places
    if how is LabelFormat.PDF:
        return File(pdf.sheet(design, labels, skip, title), _TYPES[how], how.value)
    if how is LabelFormat.ZPL:
        return File(zpl.roll(design, labels, skip).encode(), _TYPES[how], how.value)
    if len(labels) > MOST_PICTURES:
        raise Refused(N_("At most %(most)s pictures in one file. PDF and ZPL take more."), most=MOST_PICTURES)
    return _pictures(design, labels, how, dots or design.stock.dots_per_mm or PICTURE_DOTS)


def calibration(stock: Stock, how: LabelFormat) -> File:
    """Return a page of the stock with rulers and the outlines of its labels."""
    drawing = calibrate.page(stock)
    if how is LabelFormat.ZPL:
        return File(zpl.page(Design(stock, ()), drawing).encode(), _TYPES[how], how.value)
    return File(pdf.page(drawing), _TYPES[LabelFormat.PDF], LabelFormat.PDF.value)


def shown(design: Design, label: Label, marked: AnyElement | None = None) -> Shown:
    """Return how a label would look, for a page; `marked` is the element that somebody works on."""
    box = None
    if marked is not None:
        box = (marked.x / 1000, marked.y / 1000, marked.width / 1000, marked.height / 1000)
    try:
        drawing = Placer(design, design.stock.dots_per_mm).drawing(label)
    except Refused as error:
        return Shown("", error.text)
    return Shown(svg.picture(drawing, label.texts.get("product_name", ""), box))


def _pictures(design: Design, labels: Sequence[Label], how: LabelFormat, dots: int) -> File:
    placer = Placer(design, dots if how is LabelFormat.PNG else design.stock.dots_per_mm)
    draw: Callable[[Drawing], bytes] = (
        (lambda found: raster.png(found, dots))
        if how is LabelFormat.PNG
        else (lambda found: svg.picture(found).encode())
    )
    pictures = [draw(placer.drawing(label)) for label in labels]
    if len(pictures) == 1:
        return File(pictures[0], _TYPES[how], how.value)
    return File(_zipped(pictures, how.value), "application/zip", "zip")


def _zipped(pictures: Sequence[bytes], suffix: str) -> bytes:
    out = BytesIO()
    with ZipFile(out, "w", ZIP_STORED) as folder:
        for number, picture in enumerate(pictures, 1):
            folder.writestr(ZipInfo(f"{number:04}.{suffix}"), picture)
    return out.getvalue()
