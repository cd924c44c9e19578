"""Where everything on a label lies: each element is placed once, whatever it is drawn on later."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from supplychain.base.labelling import codes, lines
from supplychain.base.labelling.design import (
    AnyElement,
    Box,
    Code,
    Design,
    Facts,
    Label,
    Line,
    Symbology,
    Text,
)
from supplychain.base.labelling.drawing import Drawing, Fill, Frame, Mark, Sign, Words
from supplychain.kernel.documents import lettering, symbol
from supplychain.kernel.documents.lettering import REGULAR

WORDS_SIZES = (75, 70, 65, 60, 55, 50, 45)
"""Letters below bars, in tenths of a point."""


@dataclass(slots=True)
class Placer:
    """Places the labels of one design; modules lie on whole dots where the printer's are coarse.

    `dots` a millimetre are the stock's unless told otherwise; 0 are so many that they do not matter.
    """

    design: Design
    dots: int
    masks: dict[int, int] = field(default_factory=dict)
    """By element, the mask of the first QR code: the others of a run take the same."""

    def drawing(self, label: Label) -> Drawing:
        """Return the whole drawing of one label; Refused when a code has no room."""
        stock = self.design.stock
        marks = self.marks(range(len(self.design.elements)), label)
        return Drawing(stock.label_width / 1000, stock.label_height / 1000, marks, stock.corner / 1000)

    def marks(self, chosen: Sequence[int], label: Label) -> tuple[Mark, ...]:
        """Return the marks of some of the elements."""
        found: list[Mark] = []
        for at in chosen:
            element = self.design.elements[at]
            if not element.only_if or label.texts.get(element.only_if):
                found += self._marks(at, element, label)
        return tuple(found)

    def parted(self, labels: Sequence[Label]) -> tuple[list[int], list[int]]:
        """Return which elements say the same on all labels, and which do not."""
        same: list[int] = []
        own: list[int] = []
        for at, element in enumerate(self.design.elements):
            first = reads(element, labels[0])
            (same if all(reads(element, label) == first for label in labels) else own).append(at)
        return same, own

    def _marks(self, at: int, element: AnyElement, label: Label) -> Sequence[Mark]:
        match element:
            case Text():
                return _text(element, label)
            case Facts():
                return _facts(element, label)
            case Line():
                return (Fill(*_room(element)),)
            case Box():
                return (Frame(*_room(element), element.stroke / 1000, element.corner / 1000),)
            case Code():
                return self._code(at, element, label)

    def _code(self, at: int, element: Code, label: Label) -> Sequence[Mark]:
        texts = label.contents.get(element.content, ())
        if not texts:
            return ()
        fit = codes.fitted(element, texts, self.dots, self.masks.get(at))
        if element.symbology is Symbology.QR_LINK and at not in self.masks:
            self.masks[at] = symbol.mask_of(fit.symbol)
        x, y, width, height = _room(element)
        left = self._snapped(x + (width - fit.width) / 2)
        if fit.symbol.is_matrix:
            top = self._snapped(y + (height - fit.height) / 2)
            return (Sign(fit.symbol, left, top, fit.module, fit.height),)
        if not element.words:
            return (Sign(fit.symbol, left, self._snapped(y), fit.module, height),)
        bars = Sign(fit.symbol, left, self._snapped(y), fit.module, height - codes.WORDS_MM)
        return (bars, _below(element, fit.symbol.text))

    def _snapped(self, at: float) -> float:
        return round(at * self.dots) / self.dots if self.dots else at


def reads(element: AnyElement, label: Label) -> tuple[object, ...]:
    """Return what an element takes from a label."""
    shown = label.texts.get(element.only_if)
    match element:
        case Text():
            return (shown, label.texts.get(element.field), label.captions.get(element.field))
        case Facts():
            return (shown, *(label.texts.get(fact.field) for fact in element.facts), label.captions)
        case Code():
            return (shown, label.contents.get(element.content))
        case _:
            return (shown,)


def _room(element: AnyElement) -> tuple[float, float, float, float]:
    return element.x / 1000, element.y / 1000, element.width / 1000, element.height / 1000


def _text(element: Text, label: Label) -> Sequence[Mark]:
    text = element.literal or label.texts.get(element.field, "")
    if not text:
        return ()
    if element.caption:
        text = f"{label.captions.get(element.field, '')} {text}".strip()
    font = lettering.BOLD if element.bold else REGULAR
    rows, size = lines.fitted(text, font, element)
    x, y, width, height = _room(element)
    high = lines.height_mm(len(rows), size)
    top = y + (height - high) / 2 + lines.ascent_mm(size)
    return [
        lines.words(row, font, size, x, width, top + place * lines.leading_mm(size), element.align)
        for place, row in enumerate(rows)
        if row
    ]


def _facts(element: Facts, label: Label) -> Sequence[Mark]:
    said = [
        lines.Said(label.captions.get(fact.field, ""), text, lettering.BOLD if fact.bold else REGULAR)
        for fact in element.facts
        if (text := label.texts.get(fact.field, ""))
    ]
    return lines.facts(said, element) if said else ()


def _below(element: Code, text: str) -> Words:
    x, y, width, height = _room(element)
    sizes = (size / 10 for size in WORDS_SIZES)
    room = width / lines.POINT_MM
    size = next((size for size in sizes if lettering.width(text, REGULAR, size) <= room), None)
    size, text = (size, text) if size else (4.5, lettering.clip(text, REGULAR, 4.5, room))
    wide = lettering.width(text, REGULAR, size) * lines.POINT_MM
    return Words(x + (width - wide) / 2, y + height - 0.55, text, REGULAR, size, wide)
