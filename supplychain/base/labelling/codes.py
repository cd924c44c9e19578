"""Codes as elements of a label: which symbol, how large it may be, what GS1 allows; drawn elsewhere.

X-dimensions: GS1 General Specifications, section 5.12.3. Symbol specification table 1 (retail point of sale):
EAN-13 0.264 to 0.66 mm, which is 80 to 200 %. Table 2 (general distribution): ITF-14 and GS1-128 0.495 to
1.016 mm; GS1-128 elsewhere from 0.25 mm. GS1 DataMatrix 0.38 to 0.99 mm, from 0.254 mm where a reader close
by is sure; QR codes and DataMatrix with a Digital Link 0.396 to 0.99 mm. Code 128 is no GS1 symbol.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import floor

from supplychain.base import symbols
from supplychain.base.gs1.keys import Gs1Error
from supplychain.base.labelling.design import Code, Symbology
from supplychain.base.symbols import Symbol
from supplychain.kernel.errors import Refused
from supplychain.kernel.i18n import N_, Text
from supplychain.kernel.units import MM

WORDS_MM = 3.2
"""Room for the text below bars."""
_SLACK = 1e-6


@dataclass(frozen=True, slots=True)
class Span:
    """The X-dimensions that GS1 allows, in micrometres."""

    least: int
    most: int


GS1_SPANS: Mapping[Symbology, Span] = {
    Symbology.EAN13: Span(264, 660),
    Symbology.ITF14: Span(495, 1016),
    Symbology.GS1_128: Span(250, 1016),
    Symbology.GS1_DATAMATRIX: Span(254, 990),
    Symbology.QR_LINK: Span(396, 990),
    Symbology.DATAMATRIX_LINK: Span(396, 990),
}
LEAST_HIGH: Mapping[Symbology, int] = {
    Symbology.EAN13: 18_280,
    Symbology.ITF14: 12_700,
    Symbology.GS1_128: 12_700,
}
"""The least height of bars, in micrometres, without room for the 22.85 or 31.75 mm that GS1 wants."""
DISTRIBUTION = Span(495, 1016)
"""GS1-128 on what goes through general distribution."""
MATRICES = frozenset({Symbology.GS1_DATAMATRIX, Symbology.QR_LINK, Symbology.DATAMATRIX_LINK})
_MAKERS: Mapping[Symbology, Callable[[str], Symbol]] = {
    Symbology.EAN13: symbols.ean13,
    Symbology.ITF14: symbols.itf14,
    Symbology.CODE128: symbols.code128,
    Symbology.GS1_128: symbols.gs1_128,
    Symbology.GS1_DATAMATRIX: symbols.gs1_datamatrix,
    Symbology.QR_LINK: symbols.digital_link,
    Symbology.DATAMATRIX_LINK: symbols.digital_link_datamatrix,
}


@dataclass(frozen=True, slots=True)
class Fit:
    """A symbol with the millimetres of one module."""

    symbol: Symbol
    module: float

    @property
    def width(self) -> float:
        """Return how wide it is in millimetres, quiet zones included."""
        return self.symbol.modules_wide * self.module

    @property
    def height(self) -> float:
        """Return how high a matrix is in millimetres, quiet zones included."""
        return self.symbol.modules_high * self.module


def modules_of(symbology: Symbology) -> int:
    """Return how many modules of our symbols are one X-dimension: two where wide bars are two and a half."""
    return 2 if symbology is Symbology.ITF14 else 1


def make(symbology: Symbology, text: str, mask: int | None = None) -> Symbol:
    """Return the symbol of a text; Gs1Error when it does not go into this kind of code.

    `mask` is for QR codes of a run: that of its first.
    """
    if mask is not None and symbology is Symbology.QR_LINK:
        return symbols.digital_link(text, mask)
    return _MAKERS[symbology](text)


def fit(element: Code, symbol: Symbol, dots: int) -> Fit | None:
    """Return a symbol as large as the element allows, modules on whole dots if there are any, or None."""
    per = modules_of(element.symbology)
    room = element.width / 1000 / symbol.modules_wide
    if symbol.is_matrix:
        room = min(room, element.height / 1000 / symbol.modules_high)
    module = min(room, element.largest / 1000 / per)
    if dots:
        module = floor(module * dots + _SLACK) / dots
    return Fit(symbol, module) if module > 0 and module * per >= element.smallest / 1000 - _SLACK else None


def fitted(element: Code, texts: tuple[str, ...], dots: int, mask: int | None = None) -> Fit:
    """Return the first of the texts that goes into the element; Refused says what it would need."""
    found, refusal = None, None
    for text in texts:
        try:
            found = make(element.symbology, text, mask)
        except Gs1Error:
            refusal = refusal or Refused(
                N_("%(text)s does not go into this kind of code: choose another kind, or another content."),
                text=text,
            )
            continue
        fits = fit(element, found, dots)
        if fits is not None:
            return fits
    if found is not None:
        said = no_room(element, found, dots)
        raise Refused(said.msgid, fields=None, **said.values)
    raise refusal or Refused(N_("There is nothing that this code could carry."))


def needs(element: Code, symbol: Symbol, dots: int) -> tuple[float, float]:
    """Return width and height in millimetres that a symbol takes at the smallest module that is allowed."""
    per = modules_of(element.symbology)
    module = element.smallest / 1000 / per
    if dots:
        module = -floor(-module * dots + _SLACK) / dots
    high = symbol.modules_high * module if symbol.is_matrix else 0
    return symbol.modules_wide * module, high


def no_room(element: Code, symbol: Symbol, dots: int) -> Text:
    """Return the sentence that tells how many millimetres a symbol would need, and how many there are."""
    if dots and _between_dots(element, dots):
        return Text(
            N_("No whole number of dots lies between %(least)s and %(most)s mm on this printer."),
            {"least": MM.short(element.smallest), "most": MM.short(element.largest)},
        )
    wide, high = needs(element, symbol, dots)
    rooms = [MM.short(element.width), *([MM.short(element.height)] if symbol.is_matrix else [])]
    asked = [f"{wide:.1f}", *([f"{high:.1f}"] if symbol.is_matrix else [])]
    return Text(
        N_("At %(module)s mm a module it needs %(needs)s mm with its quiet zone; the room is %(room)s mm."),
        {"module": MM.short(element.smallest), "needs": " × ".join(asked), "room": " × ".join(rooms)},
    )


def _between_dots(element: Code, dots: int) -> bool:
    per = modules_of(element.symbology)
    most = floor(element.largest / 1000 / per * dots + _SLACK) / dots
    return most * per < element.smallest / 1000 - _SLACK
