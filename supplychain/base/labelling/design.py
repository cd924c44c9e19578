"""A label design: its stock, and what lies on a label; frozen data without any drawing.

All lengths are micrometres (`units.MM`) from the upper left corner, letters are tenths of a point
(`units.POINT`). Which fields and contents there are is the addon's `Vocabulary`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

from supplychain.kernel.i18n import N_


class StockKind(StrEnum):
    """What the printer is fed with."""

    SHEET = "sheet"
    ROLL = "roll"


class Dots(StrEnum):
    """The printer's dots a millimetre; an office printer has so many that they do not matter."""

    ANY = "0"
    DPI203 = "8"
    DPI300 = "12"
    DPI600 = "24"


class Align(StrEnum):
    """Where a line of text stands in its room."""

    LEFT = "left"
    CENTRE = "centre"
    RIGHT = "right"


class Symbology(StrEnum):
    """The kinds of code."""

    EAN13 = "ean13"
    ITF14 = "itf14"
    CODE128 = "code128"
    GS1_128 = "gs1_128"
    GS1_DATAMATRIX = "gs1_datamatrix"
    QR_LINK = "qr_link"
    DATAMATRIX_LINK = "datamatrix_link"


class Kind(StrEnum):
    """The kinds of element."""

    TEXT = "text"
    FACTS = "facts"
    LINE = "line"
    BOX = "box"
    SYMBOL = "symbol"


STOCK_KINDS = {StockKind.SHEET: N_("Sheet"), StockKind.ROLL: N_("Roll")}
DOTS = {
    Dots.ANY: N_("Office printer"),
    Dots.DPI203: N_("203 dpi, 8 dots/mm"),
    Dots.DPI300: N_("300 dpi, 12 dots/mm"),
    Dots.DPI600: N_("600 dpi, 24 dots/mm"),
}
ALIGNS = {Align.LEFT: N_("At the left"), Align.CENTRE: N_("In the middle"), Align.RIGHT: N_("At the right")}
SYMBOLOGIES = {
    Symbology.EAN13: N_("EAN-13 bars"),
    Symbology.ITF14: N_("ITF-14 bars"),
    Symbology.CODE128: N_("Code 128 bars"),
    Symbology.GS1_128: N_("GS1-128 bars"),
    Symbology.GS1_DATAMATRIX: N_("GS1 DataMatrix"),
    Symbology.QR_LINK: N_("QR code with Digital Link"),
    Symbology.DATAMATRIX_LINK: N_("DataMatrix with Digital Link"),
}
KINDS = {
    Kind.TEXT: N_("A line of words"),
    Kind.FACTS: N_("Facts one below the other"),
    Kind.LINE: N_("Straight line"),
    Kind.BOX: N_("Frame"),
    Kind.SYMBOL: N_("Bars or matrix code"),
}


@dataclass(frozen=True, slots=True)
class Stock:
    """The paper: a page, and where labels lie on it. A roll's page is one row of labels."""

    kind: StockKind
    page_width: int
    page_height: int
    label_width: int
    label_height: int
    columns: int = 1
    rows: int = 1
    first_x: int = 0
    first_y: int = 0
    pitch_x: int = 0
    """From the left edge of one label to that of the next; 0 with one column."""
    pitch_y: int = 0
    gap: int = 0
    """Between two labels of a roll; 0 is paper without end."""
    corner: int = 0
    dots: Dots = Dots.ANY

    @property
    def places(self) -> int:
        """Return how many labels one page takes."""
        return self.columns * self.rows

    @property
    def dots_per_mm(self) -> int:
        """Return the printer's dots a millimetre; 0 when they do not matter."""
        return int(self.dots.value)

    def corner_of(self, place: int) -> tuple[int, int]:
        """Return the upper left corner of a place on the page, row by row."""
        row, column = divmod(place, self.columns)
        return self.first_x + column * self.pitch_x, self.first_y + row * self.pitch_y


@dataclass(frozen=True, slots=True, kw_only=True)
class Element:
    """Room on a label; it stays empty unless the field `only_if` says something (empty: always drawn)."""

    x: int
    y: int
    width: int
    height: int
    only_if: str = ""

    @property
    def kind(self) -> Kind:
        """Return which kind of element it is."""
        return KIND_OF[type(self)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Text(Element):
    """A field, or a text that is always the same, as large as it fits; with nothing to say it is left out.

    `caption` puts the field's name before it. Letters that would be below `smallest` lose their end instead.
    """

    field: str = ""
    literal: str = ""
    bold: bool = False
    smallest: int = 55
    largest: int = 80
    align: Align = Align.LEFT
    lines: int = 1
    caption: bool = False


@dataclass(frozen=True, slots=True)
class Fact:
    """One line of the facts: a field, its name before it."""

    field: str
    bold: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts(Element):
    """Fields one below the other in one size, as large as all of them fit; empty ones close up."""

    facts: tuple[Fact, ...]
    smallest: int = 55
    largest: int = 80

    def __post_init__(self) -> None:
        """Take any sequence of facts."""
        object.__setattr__(self, "facts", tuple(self.facts))


@dataclass(frozen=True, slots=True, kw_only=True)
class Line(Element):
    """A straight line, level or upright: its height or its width is its thickness."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Box(Element):
    """A frame; its line lies inside its room."""

    stroke: int = 250
    corner: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Code(Element):
    """Bars or a matrix code, as large as its room and `largest` allow, in the middle of it.

    `smallest` and `largest` are the X-dimension: the narrow bar, or the side of a matrix's module. The quiet
    zone lies inside the room; so does the text below bars.
    """

    symbology: Symbology
    content: str
    smallest: int
    largest: int
    words: bool = False
    """What the code says stands below it; for bars."""


AnyElement = Text | Facts | Line | Box | Code
KIND_OF: Mapping[type[Element], Kind] = MappingProxyType(
    {Text: Kind.TEXT, Facts: Kind.FACTS, Line: Kind.LINE, Box: Kind.BOX, Code: Kind.SYMBOL}
)


@dataclass(frozen=True, slots=True)
class Design:
    """What a label looks like, and what it is printed on."""

    stock: Stock
    elements: tuple[AnyElement, ...]


@dataclass(frozen=True, slots=True)
class Field:
    """Something that a label can say: its name (msgid), and a text as it mostly is."""

    label: str
    sample: str
    is_legal: bool = True
    """GB 7718 asks for it, in letters of 1.8 mm."""


@dataclass(frozen=True, slots=True)
class Content:
    """Something that a code can carry: its name (msgid), what fits into it, and texts as they mostly are.

    The first of the samples is tried first; the others say less and are taken when it has no room.
    """

    label: str
    symbologies: frozenset[Symbology]
    samples: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What an addon's labels can say, by the names that designs use."""

    fields: Mapping[str, Field]
    contents: Mapping[str, Content]

    def sample(self, captions: Mapping[str, str]) -> Label:
        """Return a label that says the samples."""
        texts = {name: field.sample for name, field in self.fields.items()}
        return Label(texts, captions, {name: content.samples for name, content in self.contents.items()})


@dataclass(frozen=True, slots=True)
class Label:
    """What one label says: texts and their captions by field, and what codes carry by content.

    A content has several texts when less may be said where there is little room.
    """

    texts: Mapping[str, str]
    captions: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    contents: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
