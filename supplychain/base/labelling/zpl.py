"""Labels for thermal printers in ZPL II: everything that is dark goes as a graphic, drawn here.

The printer's own bar codes and fonts are not used. It has no Chinese letters, its fonts and its choice of
subsets, versions and FNC1 differ by make and firmware, and nobody can read them back before they are printed.
A graphic is the same on all of them, to the dot, and a test decodes it. Source of the commands and of the
run-length letters: ZPL II Programming Guide, `^GF` and "Alternative Data Compression Scheme".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import groupby

from PIL import Image, ImageOps

from supplychain.base.labelling import raster
from supplychain.base.labelling.design import Design, Label
from supplychain.base.labelling.drawing import Drawing
from supplychain.base.labelling.place import Placer
from supplychain.kernel.errors import Refused
from supplychain.kernel.i18n import N_

_REPEATED = re.compile(r"(.)\1{2,}")
_ONES, _TWENTIES = "GHIJKLMNOPQRSTUVWXY", "ghijklmnopqrstuvwxyz"
"""Letters that stand for 1 to 19, and for 20, 40 … 400 times the digit behind them."""


def roll(design: Design, labels: Sequence[Label], skip: int = 0) -> str:
    """Return what a thermal printer is sent; equal labels one behind the other are sent once.

    `skip` leaves places of the first row free. Refused for stock that no thermal printer takes.
    """
    stock = design.stock
    if not stock.dots_per_mm or stock.rows > 1:
        raise Refused(N_("ZPL is for rolls: this design is for an office printer."))
    placer = Placer(design, stock.dots_per_mm)
    same, own = placer.parted(labels) if labels else ([], [])
    shared = _field(_picture(design, placer, same, labels[0])) if labels else None
    rows = _rows(labels, skip, stock.columns)
    bodies = (_row(design, placer, own, row, shared) for row in rows)
    return "".join(_sent(design, body, sum(1 for _ in equal)) for body, equal in groupby(bodies))


def page(design: Design, drawing: Drawing) -> str:
    """Return one drawing as a label of a design's roll."""
    if not design.stock.dots_per_mm:
        raise Refused(N_("ZPL is for rolls: this design is for an office printer."))
    found = _field(raster.image(drawing, design.stock.dots_per_mm))
    return _sent(design, "" if found is None else _at(0, 0, found), 1)


def _rows(labels: Sequence[Label], skip: int, columns: int) -> Iterator[list[tuple[int, Label]]]:
    """Yield the labels of one row after the other, each with its column."""
    placed = enumerate(labels, skip % columns)
    for _, row in groupby(placed, key=lambda pair: pair[0] // columns):
        yield [(place % columns, label) for place, label in row]


Field = tuple[int, int, str]
"""Where a graphic begins, in dots, and the graphic."""


def _row(
    design: Design, placer: Placer, own: list[int], row: list[tuple[int, Label]], shared: Field | None
) -> str:
    dots, parts = placer.dots, []
    for column, label in row:
        x, y = (round(value / 1000 * dots) for value in design.stock.corner_of(column))
        fields = (shared, _field(_picture(design, placer, own, label)) if own else None)
        parts += [_at(x, y, field) for field in fields if field is not None]
    return "".join(parts)


def _picture(design: Design, placer: Placer, chosen: list[int], label: Label) -> Image.Image:
    stock = design.stock
    marks = placer.marks(chosen, label)
    return raster.image(Drawing(stock.label_width / 1000, stock.label_height / 1000, marks), placer.dots)


def _sent(design: Design, body: str, count: int) -> str:
    """Return one label's format: its size, how the paper is sensed, what is dark, how many of it."""
    dots = design.stock.dots_per_mm
    wide = round(design.stock.page_width / 1000 * dots)
    long = round(design.stock.page_height / 1000 * dots)
    sensed = "^MNY" if design.stock.gap else "^MNN"
    return f"^XA\n^PW{wide}^LL{long}{sensed}^LH0,0^PON\n{body}^PQ{count}\n^XZ\n"


def _at(x: int, y: int, field: Field) -> str:
    return f"^FO{x + field[0]},{y + field[1]}{field[2]}^FS\n"


def _field(image: Image.Image) -> Field | None:
    """Return what is dark of an image as a graphic field; None when nothing is."""
    dark = ImageOps.invert(image)
    box = dark.getbbox()
    if box is None:
        return None
    bits = dark.crop(box).point(lambda grey: 255 if grey > 127 else 0).convert("1")
    row = (bits.width + 7) // 8
    data = bits.tobytes().hex().upper()
    lines = [data[at : at + 2 * row] for at in range(0, len(data), 2 * row)]
    total = row * bits.height
    return box[0], box[1], f"^GFA,{total},{total},{row},{_packed(lines)}"


def _packed(lines: Sequence[str]) -> str:
    """Return rows of hex digits with repeated digits, repeated rows and empty ends shortened."""
    packed, last = [], ""
    for line in lines:
        packed.append(":" if line == last else _line(line))
        last = line
    return "".join(packed)


def _line(line: str) -> str:
    body, end = line.rstrip("0"), ""
    if len(body) < len(line):
        end = ","
    elif (body := line.rstrip("F")) != line:
        end = "!"
    else:
        body = line
    return _REPEATED.sub(lambda run: _times(len(run[0])) + run[1], body) + end


def _times(count: int) -> str:
    most = _TWENTIES[-1] * (count // 400)
    twenties, ones = divmod(count % 400, 20)
    return most + (_TWENTIES[twenties - 1] if twenties else "") + (_ONES[ones - 1] if ones else "")
