"""Letters on paper: the embedded fonts, how wide a text runs, where a line may break.

What stands on a paper and where is not decided here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache, lru_cache
from importlib import resources
from io import BytesIO
from itertools import groupby

from reportlab import rl_config
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

REGULAR = "NotoSansSC-Regular"
BOLD = "NotoSansSC-SemiBold"

_OPENING = r"（《〈「『【〔“‘(\["
_CLOSING = r"，。、；：？！）》〉」』】〕”’…‰℃％·—,.;:?!)\]%"
_PIECE = re.compile(rf"\s+|[{_OPENING}]*(?:[!-~\u00a1-\u00ff]+|[^\s])[{_CLOSING}]*")
"""What stays together on a line: a Latin word or number, or one Chinese character, with its punctuation."""


@cache
def register() -> Mapping[str, frozenset[str]]:
    """Read the fonts into the process, once; return the characters that each has."""
    rl_config.useA85 = 0  # streams stay binary: writing them as letters takes a third of a sheet's time
    known = {}
    for name in (REGULAR, BOLD):
        font = TTFont(name, BytesIO(file_of(name)))
        pdfmetrics.registerFont(font)
        known[name] = frozenset(map(chr, font.face.charToGlyph))
    return known


def file_of(font: str) -> bytes:
    """Return a font's TrueType file, for what is not drawn on a PDF."""
    return (resources.files("supplychain.kernel.documents") / "fonts" / f"{font}.ttf").read_bytes()


def width(text: str, font: str, size: float) -> float:
    """Return how wide a text runs on one line, in points."""
    return sum(pdfmetrics.stringWidth(part, name, size) for name, part in runs(text, font))


def write(canvas: Canvas, x: float, y: float, text: str, font: str, size: float) -> None:
    """Write one line from x on, its baseline at y, in the canvas's fill colour."""
    for name, part in runs(text, font):
        canvas.setFont(name, size)
        canvas.drawString(x, y, part)
        x += pdfmetrics.stringWidth(part, name, size)


def write_right(canvas: Canvas, x: float, y: float, text: str, font: str, size: float) -> None:
    """Write one line that ends at x."""
    write(canvas, x - width(text, font, size), y, text, font, size)


def write_centred(canvas: Canvas, x: float, y: float, text: str, font: str, size: float) -> None:
    """Write one line with its middle at x."""
    write(canvas, x - width(text, font, size) / 2, y, text, font, size)


@lru_cache(maxsize=2048)
def wrap(text: str, font: str, size: float, room: float) -> tuple[str, ...]:
    """Return the lines of a text in a column `room` points wide; newlines part lines.

    Chinese breaks between characters but never before closing nor after opening punctuation; words and
    numbers stay whole unless one alone is wider than the column.
    """
    lines: list[str] = []
    for paragraph in text.split("\n"):
        line = ""
        for piece in _PIECE.findall(paragraph):
            if width(line + piece.rstrip(), font, size) <= room:
                line += piece
                continue
            if line.strip():
                lines.append(line.rstrip())
            *full, line = _cut(piece.lstrip(), font, size, room)
            lines += full
        lines.append(line.rstrip())
    return tuple(lines)


def clip(text: str, font: str, size: float, room: float) -> str:
    """Return a text that fits on one line, ending in … when something had to go."""
    if width(text, font, size) <= room:
        return text
    while text and width(text + "…", font, size) > room:
        text = text[:-1]
    return text.rstrip() + "…"


def _cut(piece: str, font: str, size: float, room: float) -> list[str]:
    """Cut a piece into parts no wider than the column, the last one with room behind it."""
    parts = [""]
    for character in piece:
        if parts[-1] and width(parts[-1] + character, font, size) > room:
            parts.append("")
        parts[-1] += character
    return parts


def runs(text: str, font: str) -> list[tuple[str, str]]:
    """Part a text by the font that has its characters: bold lacks the rare ones, which stand in regular."""
    known = register()[font]
    if font == REGULAR or text.isascii() or known.issuperset(text):
        return [(font, text)]
    parted = groupby(text, lambda character: font if character in known else REGULAR)
    return [(name, "".join(part)) for name, part in parted]
