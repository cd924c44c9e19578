"""A label as SVG: millimetres outside, words as text that may not run wider than they were measured."""

from __future__ import annotations

from xml.sax.saxutils import escape, quoteattr

from supplychain.base.labelling.drawing import Drawing, Fill, Frame, Mark, Sign, Words
from supplychain.base.labelling.lines import POINT_MM
from supplychain.kernel.documents.lettering import BOLD

_FAMILY = "'Noto Sans SC','Noto Sans CJK SC','PingFang SC','Microsoft YaHei',sans-serif"


Box = tuple[float, float, float, float]


def picture(drawing: Drawing, title: str = "", marked: Box | None = None) -> str:
    """Return a drawing that is as large as the label; in a page it may be scaled.

    `marked` is room (x, y, width, height) that is shown dashed, of an element that somebody works on.
    """
    wide, high = _short(drawing.width), _short(drawing.height)
    body = "".join(_mark(mark) for mark in drawing.marks)
    if marked is not None:
        body += f'<rect {_box(*marked)} fill="none" stroke="#c53030" stroke-width=".3" stroke-dasharray="1"/>'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{wide}mm" height="{high}mm"'
        f' viewBox="0 0 {wide} {high}" role="img" aria-label={quoteattr(title)} font-family="{_FAMILY}">'
        f'<rect width="{wide}" height="{high}" rx="{_short(drawing.corner)}" fill="#fff"/>{body}</svg>'
    )


def _mark(mark: Mark) -> str:
    match mark:
        case Words():
            weight = ' font-weight="600"' if mark.font == BOLD else ""
            return (
                f'<text x="{_short(mark.x)}" y="{_short(mark.y)}" font-size="{_short(mark.size * POINT_MM)}"'
                f'{weight} textLength="{_short(mark.width)}" lengthAdjust="spacingAndGlyphs"'
                f' xml:space="preserve">{escape(mark.text)}</text>'
            )
        case Fill():
            return f"<rect {_box(mark.x, mark.y, mark.width, mark.height)}/>"
        case Frame():
            return _frame(mark)
        case Sign():
            high = mark.height / mark.module
            place = f"translate({_short(mark.x)} {_short(mark.y)}) scale({mark.module:.6f})"
            path = mark.symbol.svg_path(round(high, 3))
            return f'<path transform="{place}" shape-rendering="crispEdges" d="{path}"/>'


def _frame(mark: Frame) -> str:
    half = mark.stroke / 2
    box = _box(mark.x + half, mark.y + half, mark.width - mark.stroke, mark.height - mark.stroke)
    round_ = f' rx="{_short(max(mark.corner - half, 0))}"' if mark.corner else ""
    return f'<rect {box}{round_} fill="none" stroke="#000" stroke-width="{_short(mark.stroke)}"/>'


def _box(x: float, y: float, width: float, height: float) -> str:
    return f'x="{_short(x)}" y="{_short(y)}" width="{_short(width)}" height="{_short(height)}"'


def _short(value: float) -> str:
    return f"{value:.4f}".rstrip("0").rstrip(".") or "0"
