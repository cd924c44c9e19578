"""A bar or matrix code as a vector drawing, on paper and in pages, and the plain QR code of a web address.

What a code may say is the addons' business; this module draws modules and keeps quiet zones.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import zxingcpp
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

_DARK_BYTES = re.compile(rb"\x00+")
_BYTES_OF = {ord("0"): 0xFF, ord("1"): 0x00}
_PIECE = 8
"""Modules that are looked up at once when a matrix becomes a path."""


@dataclass(frozen=True, slots=True)
class Quiet:
    """The light margin that a reader needs, in modules."""

    left: int
    right: int
    above: int = 0


@dataclass(frozen=True, slots=True)
class Symbol:
    """The modules of one code. Bars are one row that is stretched, a matrix keeps its shape.

    `cells` has a byte for each module, row by row: 0 is dark, 255 is light. `text` is what the code says, for
    people; `bearer` is the thickness in modules of the two bars along the top and bottom of ITF-14.
    """

    text: str
    columns: int
    rows: int
    cells: bytes
    quiet: Quiet
    bearer: int = 0

    @property
    def is_matrix(self) -> bool:
        """Tell whether the symbol has a shape of its own instead of bars of any height."""
        return self.rows > 1

    @property
    def modules_wide(self) -> int:
        """Return the width in modules, quiet zones included."""
        return self.columns + self.quiet.left + self.quiet.right

    @property
    def modules_high(self) -> int:
        """Return a matrix's height in modules, quiet zones included."""
        return self.rows + 2 * self.quiet.above

    @property
    def runs(self) -> Iterator[tuple[int, int, int]]:
        """Give the dark modules as (column, row, length), without quiet zones."""
        for row in range(self.rows):
            for found in _DARK_BYTES.finditer(self.cells[row * self.columns : (row + 1) * self.columns]):
                yield found.start(), row, found.end() - found.start()

    def draw(
        self, canvas: Canvas, x_mm: float, y_mm: float, width_mm: float, height_mm: float | None = None
    ) -> None:
        """Draw with the lower left corner of the quiet zone at x, y; the width includes the quiet zones.

        `height_mm` is the height of bars (a quarter of the width when left out); a matrix needs none.
        """
        module = width_mm / self.modules_wide
        high = self.modules_high if self.is_matrix else round((height_mm or width_mm / 4) / module, 3)
        side, left, top = module * mm, x_mm * mm, (y_mm + high * module) * mm
        if self.is_matrix:
            left, top = left + self.quiet.left * side, top - self.quiet.above * side
            path = _matrix_path(self.cells, self.columns)
        else:
            path = " ".join(f"{x} {y} {width} {height} re" for x, y, width, height in self.rectangles(high))
        canvas.addLiteral(f"q {side:.6f} 0 0 {-side:.6f} {left:.4f} {top:.4f} cm {path} f Q")

    def svg(self, title: str = "", bar_height: float = 50) -> str:
        """Return the symbol for a page; it scales with its box. `bar_height` is in modules, for bars."""
        high = self.modules_high if self.is_matrix else bar_height
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {self.modules_wide} {high:g}"'
            f' role="img" shape-rendering="crispEdges"><title>{_escaped(title or self.text)}</title>'
            f'<path fill="#fff" d="M0 0h{self.modules_wide}v{high:g}H0z"/>'
            f'<path fill="#000" d="{self.svg_path(high)}"/></svg>'
        )

    def svg_path(self, high: float) -> str:
        """Return the dark modules as the path of a drawing in modules; `high` is the height of bars."""
        return "".join(
            f"M{x:g} {y:g}h{width:g}v{height:g}h-{width:g}z" for x, y, width, height in self.rectangles(high)
        )

    def rectangles(self, high: float) -> Iterator[tuple[float, float, float, float]]:
        """Give the dark rectangles in modules from the upper left: one path, so no seams between them."""
        height = 1 if self.is_matrix else high
        for column, row, length in self.runs:
            yield column + self.quiet.left, row + self.quiet.above, length, height
        if self.bearer:
            yield 0, 0, self.modules_wide, self.bearer
            yield 0, high - self.bearer, self.modules_wide, self.bearer


class _Pieces(dict[bytes, str]):
    """The rectangles of a few modules of a row from a column on, made when first seen; `y` is the row."""

    def __init__(self, start: int) -> None:
        super().__init__()
        self.start = start

    def __missing__(self, cells: bytes) -> str:
        runs = _DARK_BYTES.finditer(cells)
        self[cells] = made = "".join(
            f"{self.start + run.start()} y {run.end() - run.start()} 1 re " for run in runs
        )
        return made


_PIECES = [_Pieces(start) for start in range(0, 184, _PIECE)]
"""Enough for the widest QR code, 177 modules."""


def _matrix_path(cells: bytes, columns: int) -> str:
    """Return the dark modules as rectangles of one PDF path, rows downwards.

    A sheet has a thousand matrices of hundreds of runs each: pieces of rows are written once and looked up.
    """
    places = [(at, at + _PIECE, _PIECES[at // _PIECE]) for at in range(0, columns, _PIECE)]
    path = []
    for row in range(len(cells) // columns):
        line = cells[row * columns : (row + 1) * columns]
        pieces = "".join([known[line[start:end]] for start, end, known in places])
        path.append(pieces.replace("y", str(row)))
    return "".join(path)


@lru_cache(maxsize=512)
def qr(text: str, mask: int | None = None) -> Symbol:
    """Return the QR code of a web address, error correction M, four modules of quiet zone (ISO/IEC 18004).

    `mask` 0 to 7 spares trying all eight. Every reader reads every mask; trying is to find the most even
    look, and takes five times as long as all the rest.
    """
    asked = {} if mask is None else {"data_mask": mask}
    code = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level="M", **asked)
    return matrix(code, text, Quiet(4, 4, 4))


def mask_of(code: Symbol) -> int:
    """Return the mask of a QR code from its format information, row 8 (ISO/IEC 18004, 7.9)."""
    row = code.cells[8 * code.columns :]
    return sum((row[at] == 0) << (4 - at) for at in (2, 3, 4)) ^ 0b101


def matrix(code: zxingcpp.Barcode, text: str, quiet: Quiet) -> Symbol:
    """Return a written matrix code as a drawing."""
    image = code.to_image(scale=1, add_quiet_zones=False)
    view = memoryview(image)  # type: ignore[arg-type]  # a buffer, which its stub does not say
    cells, rows = view.tobytes(), len(view)
    return Symbol(text, len(cells) // rows, rows, cells, quiet)


def bars(modules: str, text: str, quiet: Quiet, bearer: int = 0) -> Symbol:
    """Return a row of modules, `1` dark and `0` light, as a drawing."""
    cells = modules.translate(_BYTES_OF).encode("latin-1")
    return Symbol(text, len(modules), 1, cells, quiet, bearer)


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
