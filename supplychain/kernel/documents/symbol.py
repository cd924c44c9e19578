"""A bar or matrix code as a vector drawing, on paper and in pages, and the plain QR code of a web address.

What a code may say is the addons' business; this module draws modules and keeps quiet zones.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

import zxingcpp
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.pdfgen.pathobject import PDFPathObject

_DARK_BYTES = re.compile(rb"\x00+")
_NON_ZERO = 1
"""The PDF fill rule under which bars stay dark where the bearer of ITF-14 crosses them."""


@dataclass(frozen=True, slots=True)
class Quiet:
    """The light margin that a reader needs, in modules."""

    left: int
    right: int
    above: int = 0


@dataclass(frozen=True, slots=True)
class Symbol:
    """The dark modules of one code. Bars are one row that is stretched, a matrix keeps its shape.

    `runs` are (column, row, length); `text` is what the code says, for people; `bearer` is the thickness in
    modules of the two bars along the top and bottom of ITF-14.
    """

    text: str
    columns: int
    rows: int
    runs: tuple[tuple[int, int, int], ...]
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

    def draw(
        self, canvas: Canvas, x_mm: float, y_mm: float, width_mm: float, height_mm: float | None = None
    ) -> None:
        """Draw with the lower left corner of the quiet zone at x, y; the width includes the quiet zones.

        `height_mm` is the height of bars (a quarter of the width when left out); a matrix needs none.
        """
        module = width_mm / self.modules_wide
        high = self.modules_high if self.is_matrix else round((height_mm or width_mm / 4) / module, 3)
        canvas.saveState()
        canvas.translate(x_mm * mm, (y_mm + high * module) * mm)
        canvas.scale(module * mm, -module * mm)
        canvas.drawPath(_Modules(self._rectangles(high)), stroke=0, fill=1, fillMode=_NON_ZERO)
        canvas.restoreState()

    def svg(self, title: str = "", bar_height: float = 50) -> str:
        """Return the symbol for a page; it scales with its box. `bar_height` is in modules, for bars."""
        high = self.modules_high if self.is_matrix else bar_height
        path = "".join(
            f"M{x:g} {y:g}h{width:g}v{height:g}h-{width:g}z" for x, y, width, height in self._rectangles(high)
        )
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {self.modules_wide} {high:g}"'
            f' role="img" shape-rendering="crispEdges"><title>{_escaped(title or self.text)}</title>'
            f'<path fill="#fff" d="M0 0h{self.modules_wide}v{high:g}H0z"/>'
            f'<path fill="#000" d="{path}"/></svg>'
        )

    def _rectangles(self, high: float) -> Iterator[tuple[float, float, float, float]]:
        """Give the dark rectangles in modules from the upper left: one path, so no seams between them."""
        height = 1 if self.is_matrix else high
        for column, row, length in self.runs:
            yield column + self.quiet.left, row + self.quiet.above, length, height
        if self.bearer:
            yield 0, 0, self.modules_wide, self.bearer
            yield 0, high - self.bearer, self.modules_wide, self.bearer


class _Modules(PDFPathObject):
    """Rectangles as one path, written at once: a code has hundreds, and reportlab writes each at leisure."""

    def __init__(self, rectangles: Iterable[tuple[float, float, float, float]]) -> None:
        super().__init__()
        self.rectangles = rectangles

    def getCode(self) -> str:  # noqa: N802 - reportlab's name
        return " ".join(f"{x} {y} {width} {height} re" for x, y, width, height in self.rectangles)


@lru_cache(maxsize=512)
def qr(text: str) -> Symbol:
    """Return the QR code of a web address, error correction M, four modules of quiet zone (ISO/IEC 18004)."""
    code = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level="M")
    return matrix(code, text, Quiet(4, 4, 4))


def matrix(code: zxingcpp.Barcode, text: str, quiet: Quiet) -> Symbol:
    """Return a written matrix code as a drawing."""
    image = code.to_image(scale=1, add_quiet_zones=False)
    view = memoryview(image)  # type: ignore[arg-type]  # a buffer, which its stub does not say
    cells = view.tobytes()
    rows = len(view)
    columns = len(cells) // rows
    runs = tuple(
        (found.start(), row, found.end() - found.start())
        for row in range(rows)
        for found in _DARK_BYTES.finditer(cells[row * columns : (row + 1) * columns])
    )
    return Symbol(text, columns, rows, runs, quiet)


def bars(modules: str, text: str, quiet: Quiet, bearer: int = 0) -> Symbol:
    """Return a row of modules, `1` dark and `0` light, as a drawing."""
    runs = tuple((found.start(), 0, found.end() - found.start()) for found in re.finditer("1+", modules))
    return Symbol(text, len(modules), 1, runs, quiet, bearer)


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
