"""Factories for label designs: stock, elements, and a label that says something."""

from __future__ import annotations

from typing import Any

from supplychain.base.labelling.design import (
    AnyElement,
    Code,
    Content,
    Design,
    Dots,
    Field,
    Label,
    Stock,
    StockKind,
    Symbology,
    Text,
    Vocabulary,
)

GTIN = "06901234567892"
LINK = f"https://trace.example/01/{GTIN}/10/B261120-0031/21/7KQ2M8XW4ZTC9RAB"
BATCH = f"(01){GTIN}(15)261128(10)B261120-0031"
ITEM = f"{BATCH}(21)7KQ2M8XW4ZTC9RAB"

CONTENTS: dict[Symbology, tuple[str, str]] = {
    Symbology.EAN13: ("gtin", GTIN),
    Symbology.ITF14: ("gtin", GTIN),
    Symbology.CODE128: ("lot", "B261120-0031"),
    Symbology.GS1_128: ("batch", BATCH),
    Symbology.GS1_DATAMATRIX: ("item", ITEM),
    Symbology.QR_LINK: ("link", LINK),
    Symbology.DATAMATRIX_LINK: ("link", LINK),
}
"""By kind of code: the content's name and its text."""
VOCABULARY = Vocabulary(
    {
        "name": Field("Product", "高山甘蓝"),
        "origin": Field("Origin", "福建省三明市大田县屏山乡"),
        "serial": Field("Serial", "7KQ2", is_legal=False),
    },
    {
        name: Content(name, frozenset(kind for kind, (of, _) in CONTENTS.items() if of == name), (text,))
        for name, text in CONTENTS.values()
    },
)


def make_stock(dots: Dots = Dots.ANY, width: int = 100_000, height: int = 70_000, **values: Any) -> Stock:
    """Make a roll of one label a page."""
    given: dict[str, Any] = {"kind": StockKind.ROLL, "page_width": width, "page_height": height}
    return Stock(**given | {"label_width": width, "label_height": height, "dots": dots} | values)


def make_code(symbology: Symbology, **values: Any) -> Code:
    """Make a code with room enough."""
    given: dict[str, Any] = {"x": 5_000, "y": 5_000, "width": 90_000, "height": 30_000}
    given |= {"content": CONTENTS[symbology][0], "smallest": 250, "largest": 1_000}
    return Code(symbology=symbology, **given | values)


def make_text(**values: Any) -> Text:
    """Make a text with room enough for most names."""
    given: dict[str, Any] = {"x": 5_000, "y": 50_000, "width": 60_000, "height": 8_000, "field": "name"}
    return Text(**given | values)


def make_design(*elements: AnyElement, stock: Stock | None = None) -> Design:
    """Make a design on a roll of 100 × 70 mm."""
    return Design(stock or make_stock(), elements)


def make_label(**texts: str) -> Label:
    """Make a label that says the samples, or something else."""
    sample = VOCABULARY.sample({"name": "产品", "origin": "产地"})
    return Label({**sample.texts, **texts}, sample.captions, sample.contents)
