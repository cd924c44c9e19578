"""What a paper is put together from: colours, a block of text that wraps, a row of places to sign.

Pages, and which piece stands where, are not decided here.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from reportlab.lib.colors import Color, HexColor
from reportlab.lib.units import mm
from reportlab.platypus import Flowable

from supplychain.kernel.documents import lettering
from supplychain.kernel.documents.lettering import BOLD, REGULAR

INK = HexColor("#1c1917")
MUTED = HexColor("#6b645c")
HAIRLINE = HexColor("#d6d0c7")
GREEN = HexColor("#1f7a4d")
RED = HexColor("#c53030")

LEADING = 1.45
"""Line to line, in sizes of the letters."""
BASELINE = 1.1
"""From the top of a line down to its baseline, in sizes of the letters."""


class Align(StrEnum):
    """How a column stands: words left, numbers right, short marks in the middle."""

    LEFT = "left"
    RIGHT = "right"
    CENTRE = "centre"


class TextBlock(Flowable):
    """A text that takes the width it is given and breaks its lines; it may go on over the page."""

    def __init__(
        self, text: str, font: str, size: float, *, colour: Color = INK, align: Align = Align.LEFT
    ) -> None:
        """Keep text and style; lines are made when the width is known. `size` is in points."""
        super().__init__()
        self.text, self.font, self.size, self.colour, self.align = text, font, size, colour, align
        self.lines: Sequence[str] = ()

    def wrap(self, aW: float, aH: float) -> tuple[float, float]:  # noqa: N803 - reportlab's names
        """Break the lines for a width and say how high they stand."""
        self.lines = lettering.wrap(self.text, self.font, self.size, aW)
        self.width, self.height = aW, self.size * LEADING * len(self.lines)
        return self.width, self.height

    def split(self, aW: float, aH: float, /) -> list[Flowable]:  # noqa: N803 - reportlab's names
        """Part the text where the page ends."""
        self.wrap(aW, aH)
        fitting = int(aH // (self.size * LEADING))
        if not 0 < fitting < len(self.lines):
            return []
        return [self._like(self.lines[:fitting]), self._like(self.lines[fitting:])]

    def draw(self) -> None:
        """Write the lines."""
        self.canv.setFillColor(self.colour)
        for place, line in enumerate(self.lines):
            y = self.height - self.size * (BASELINE + LEADING * place)
            if self.align is Align.RIGHT:
                lettering.write_right(self.canv, self.width, y, line, self.font, self.size)
            elif self.align is Align.CENTRE:
                lettering.write_centred(self.canv, self.width / 2, y, line, self.font, self.size)
            else:
                lettering.write(self.canv, 0, y, line, self.font, self.size)

    def _like(self, lines: Sequence[str]) -> TextBlock:
        return TextBlock("\n".join(lines), self.font, self.size, colour=self.colour, align=self.align)


class SignatureRow(Flowable):
    """Places to sign side by side, each with room for a round seal of 40 mm above and across its rule."""

    HEIGHT = 34 * mm
    GAP = 10 * mm

    def __init__(self, parties: Sequence[tuple[str, str]], words: tuple[str, str]) -> None:
        """Keep (role, name) of each party, and the words for sign-and-seal and for the date."""
        super().__init__()
        self.parties, self.words = parties, words

    def wrap(self, aW: float, aH: float) -> tuple[float, float]:  # noqa: N803 - reportlab's names
        """Take the whole width and a fixed height."""
        self.width, self.height = aW, self.HEIGHT
        return self.width, self.height

    def draw(self) -> None:
        """Draw every place: role and name above, a rule to sign on, what belongs there under it."""
        each = (self.width - self.GAP * (len(self.parties) - 1)) / len(self.parties)
        for place, (role, name) in enumerate(self.parties):
            self._draw_place(place * (each + self.GAP), each, role, name)

    def _draw_place(self, x: float, room: float, role: str, name: str) -> None:
        canvas, (sign, day) = self.canv, self.words
        canvas.setFillColor(MUTED)
        lettering.write(canvas, x, self.height - 9, role, REGULAR, 8)
        canvas.setFillColor(INK)
        lettering.write(canvas, x, self.height - 23, lettering.clip(name, BOLD, 10, room), BOLD, 10)
        canvas.setStrokeColor(INK)
        canvas.setLineWidth(0.5)
        canvas.line(x, 14, x + room, 14)
        canvas.setFillColor(MUTED)
        lettering.write(canvas, x, 4, sign, REGULAR, 7.5)
        lettering.write(canvas, x + room * 0.66, 4, day, REGULAR, 7.5)
