"""Texts in rooms: as large as they fit, wrapped, and clipped only when nothing else helps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from supplychain.base.labelling.design import Align, Facts, Text
from supplychain.base.labelling.drawing import Words
from supplychain.kernel.documents import lettering
from supplychain.kernel.documents.lettering import REGULAR

POINT_MM = 25.4 / 72
LEADING = 1.3
"""From one baseline to the next, in sizes."""
_ASCENT = 0.88
"""Above the baseline, in sizes; 0.12 lie below it."""
_STEP = 0.25


@dataclass(frozen=True, slots=True)
class Said:
    """One fact: its caption, its text, and the font of the text."""

    caption: str
    text: str
    font: str


def ascent_mm(size: float) -> float:
    """Return how far below the top of a line its baseline is."""
    return size * _ASCENT * POINT_MM


def leading_mm(size: float) -> float:
    """Return how far apart two baselines are."""
    return size * LEADING * POINT_MM


def height_mm(count: int, size: float) -> float:
    """Return how high so many lines are."""
    return (1 + (count - 1) * LEADING) * size * POINT_MM


def words(text: str, font: str, size: float, x: float, width: float, y: float, align: Align) -> Words:
    """Return one line on its baseline, at the left, in the middle or at the right of its room."""
    wide = lettering.width(text, font, size) * POINT_MM
    spare = {Align.LEFT: 0.0, Align.CENTRE: (width - wide) / 2, Align.RIGHT: width - wide}[align]
    return Words(x + spare, y, text, font, size, wide)


def fitted(text: str, font: str, element: Text) -> tuple[tuple[str, ...], float]:
    """Return the lines of a text and the size of letters: the largest at which all of it fits.

    At the smallest size the last line ends in … when something has to go.
    """
    room, high = element.width / 1000 / POINT_MM, element.height / 1000
    for size in _sizes(element):
        rows = _rows(text, font, size, room, element.lines)
        if len(rows) <= element.lines and height_mm(len(rows), size) <= high + 1e-6:
            return rows, size
    size = element.smallest / 10
    rows = lettering.wrap(text, font, size, room)
    most = max(1, min(element.lines, _count(high, size)))
    if len(rows) > most:
        rows = (*rows[: most - 1], lettering.clip("".join(rows[most - 1 :]), font, size, room))
    return rows, size


def facts(said: Sequence[Said], element: Facts) -> list[Words]:
    """Return facts one below the other, captions in a column, in the largest size at which all fit.

    At the smallest size the longest texts lose lines, one after the other, and then the last facts go.
    """
    x, y, width, high = (value / 1000 for value in (element.x, element.y, element.width, element.height))
    for size in _sizes(element):
        indent, rows = _table(said, size, width)
        if height_mm(sum(map(len, rows)), size) <= high + 1e-6:
            break
    most = max(1, _count(high, size))
    rows = _shortened(said, rows, size, width - indent, most)
    if sum(map(len, rows)) > most:
        said, rows = said[:most], rows[:most]
    return _written(said, rows, size, x, y, indent)


def _sizes(element: Text | Facts) -> Sequence[float]:
    largest, smallest = element.largest / 10, element.smallest / 10
    steps = int((largest - smallest) / _STEP)
    return [largest - step * _STEP for step in range(steps + 1)] + (
        [smallest] if largest - steps * _STEP > smallest else []
    )


def _rows(text: str, font: str, size: float, room: float, most: int) -> tuple[str, ...]:
    """Return a text's lines; most texts are one line that fits, and wrapping is dear."""
    if "\n" not in text and lettering.width(text, font, size) <= room:
        return (text,)
    return ("",) * 2 if most == 1 else lettering.wrap(text, font, size, room)


def _count(high: float, size: float) -> int:
    return int((high / (size * POINT_MM) - 1) / LEADING + 1 + 1e-6)


def _table(said: Sequence[Said], size: float, width: float) -> tuple[float, list[tuple[str, ...]]]:
    """Return how far texts are indented behind their captions, in millimetres, and the lines of each."""
    captions = max(lettering.width(one.caption, REGULAR, size) for one in said)
    indent = min((captions + size) * POINT_MM, width * 0.6) if captions else 0.0
    room = (width - indent) / POINT_MM
    return indent, [lettering.wrap(one.text, one.font, size, room) for one in said]


def _shortened(
    said: Sequence[Said], rows: list[tuple[str, ...]], size: float, width: float, most: int
) -> list[tuple[str, ...]]:
    """Take lines from the longest texts until no more than `most` are left, or each has but one."""
    rows = list(rows)
    while sum(map(len, rows)) > most and max(map(len, rows)) > 1:
        longest = max(range(len(rows)), key=lambda at: len(rows[at]))
        *kept, last, lost = rows[longest]
        clipped = lettering.clip(last + lost, said[longest].font, size, width / POINT_MM)
        rows[longest] = (*kept, clipped)
    return rows


def _written(
    said: Sequence[Said], rows: Sequence[tuple[str, ...]], size: float, x: float, y: float, indent: float
) -> list[Words]:
    baseline, written = y + ascent_mm(size), []
    for one, texts in zip(said, rows, strict=True):
        if one.caption:
            caption = lettering.clip(one.caption, REGULAR, size, indent / POINT_MM)
            written.append(words(caption, REGULAR, size, x, 0, baseline, Align.LEFT))
        for text in texts:
            written.append(words(text, one.font, size, x + indent, 0, baseline, Align.LEFT))
            baseline += leading_mm(size)
    return written
