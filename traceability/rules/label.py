"""What labels of batches and items can say: fields, contents of codes, and who a design is for; pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from supplychain.base.labelling.design import Content, Dots, Field, Symbology, Vocabulary
from supplychain.kernel.i18n import N_

_GTIN = "06901234567892"
_LOT = "B2611-0031"
_SERIAL = "7KQ2M8XW4ZTC9RAB"
_LINK = f"https://trace.example.org/01/{_GTIN}/10/{_LOT}"
_BATCH = f"(01){_GTIN}(15)261211(10){_LOT}"


class LabelOf(StrEnum):
    """What a label is stuck on."""

    BOXES = "boxes"
    ITEMS = "items"


LABELS_OF = {LabelOf.BOXES: N_("Box labels"), LabelOf.ITEMS: N_("Item labels")}


class LabelFormat(StrEnum):
    """What labels are made for."""

    PDF = "pdf"
    ZPL = "zpl"
    PNG = "png"
    SVG = "svg"


LABEL_FORMATS = {
    LabelFormat.PDF: N_("PDF, to print at 100 %"),
    LabelFormat.ZPL: N_("ZPL, for thermal printers"),
    LabelFormat.PNG: N_("PNG, a picture of each"),
    LabelFormat.SVG: N_("SVG, a drawing of each"),
}

_LINKS = frozenset({Symbology.QR_LINK, Symbology.DATAMATRIX_LINK})
_STRINGS = frozenset({Symbology.GS1_128, Symbology.GS1_DATAMATRIX})
_PLAIN = frozenset({Symbology.CODE128})

VOCABULARY = Vocabulary(
    fields={
        "product_name": Field(N_("Product"), "高山甘蓝"),
        "grade": Field(N_("Grade"), "一级"),
        "grade_standard": Field(N_("Grade standard"), "GB/T 23351-2009"),
        "graded": Field(N_("Grade with its standard"), "一级 GB/T 23351-2009"),
        "lot": Field(N_("Lot"), _LOT),
        "gtin": Field(N_("GTIN"), _GTIN, is_legal=False),
        "net_mass": Field(N_("Net contents"), "15 kg"),
        "harvested_on": Field(N_("Harvest date"), "2026-11-20"),
        "best_before_on": Field(N_("Best before"), "2026-12-11"),
        "origin": Field(N_("Origin"), "福建省三明市大田县屏山乡"),
        "producer": Field(N_("Producer"), "大田县屏山高山蔬菜专业合作社"),
        "storage": Field(N_("Storage"), "0 至 4 ℃ 冷藏"),
        "serial": Field(N_("Serial"), _SERIAL, is_legal=False),
        "serial_or_lot": Field(N_("Serial, or the lot without one"), _SERIAL, is_legal=False),
    },
    contents={
        "gtin": Content(N_("GTIN of the item"), frozenset({Symbology.EAN13, Symbology.ITF14}), (_GTIN,)),
        "lot": Content(N_("Lot, plain"), _PLAIN, (_LOT,)),
        "serial": Content(N_("Serial, plain"), _PLAIN, (_SERIAL,)),
        "batch": Content(N_("GTIN, best-before day and lot"), _STRINGS, (_BATCH, f"(01){_GTIN}(10){_LOT}")),
        "item": Content(
            N_("The same with the serial"),
            frozenset({Symbology.GS1_DATAMATRIX}),
            (f"{_BATCH}(21){_SERIAL}", f"(01){_GTIN}(21){_SERIAL}"),
        ),
        "link": Content(N_("Digital Link to the consumer page"), _LINKS, (f"{_LINK}/21/{_SERIAL}", _LINK)),
    },
)
"""`link` leads to the item where there is a serial, else to the batch; `item` says what `batch` says then."""

DEFAULTS: Mapping[LabelOf, str] = {LabelOf.BOXES: "a4-2x5", LabelOf.ITEMS: "a4-2x5"}
"""The shipped design that is taken when nobody chose another."""


@dataclass(frozen=True, slots=True)
class Printing:
    """Which labels are printed, how, and from which on. `design` None is the first choice."""

    of: LabelOf
    format: LabelFormat
    design: int | None = None
    part: int = 1
    skip: int = 0
    dots: Dots = Dots.ANY
