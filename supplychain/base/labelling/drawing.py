"""What a drawing is made of: marks in millimetres from the upper left corner, the same for every printer."""

from __future__ import annotations

from dataclasses import dataclass

from supplychain.base.symbols import Symbol


@dataclass(frozen=True, slots=True)
class Words:
    """One line of text from x on, on its baseline y; size in points, width in millimetres."""

    x: float
    y: float
    text: str
    font: str
    size: float
    width: float


@dataclass(frozen=True, slots=True)
class Fill:
    """A dark rectangle: a line."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Frame:
    """The outline of a rectangle, its line inside."""

    x: float
    y: float
    width: float
    height: float
    stroke: float
    corner: float = 0


@dataclass(frozen=True, slots=True)
class Sign:
    """A symbol whose quiet zone begins at x, y; `module` and `height` are in millimetres."""

    symbol: Symbol
    x: float
    y: float
    module: float
    height: float

    @property
    def width(self) -> float:
        """Return the width, quiet zones included."""
        return self.symbol.modules_wide * self.module


Mark = Words | Fill | Frame | Sign


@dataclass(frozen=True, slots=True)
class Drawing:
    """Marks on a label, or on a page, of this size in millimetres."""

    width: float
    height: float
    marks: tuple[Mark, ...]
    corner: float = 0
