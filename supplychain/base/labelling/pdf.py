"""Labels as PDF at exact millimetres: what they share is drawn once in a document and placed many times."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO

from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from supplychain.base.labelling.design import Design, Label
from supplychain.base.labelling.drawing import Drawing, Fill, Frame, Mark, Sign, Words
from supplychain.base.labelling.place import Placer
from supplychain.kernel.documents import lettering

_SHARED = "shared"


def sheet(design: Design, labels: Sequence[Label], skip: int = 0, title: str = "") -> bytes:
    """Return labels on their stock, row by row; `skip` leaves places free that are peeled off already.

    The same labels give the same bytes. Refused when a code has no room, or cannot carry what it should.
    """
    stock, placer = design.stock, Placer(design, design.stock.dots_per_mm)
    canvas, out = _canvas(stock.page_width / 1000, stock.page_height / 1000, title)
    same, own = placer.parted(labels) if labels else ([], [])
    if same:
        canvas.beginForm(_SHARED, 0, 0, stock.label_width / 1000 * mm, stock.label_height / 1000 * mm)
        draw(canvas, placer.marks(same, labels[0]), 0, stock.label_height / 1000)
        canvas.endForm()
    for place, label in enumerate(labels, skip % stock.places):
        if place and place % stock.places == 0:
            canvas.showPage()
        x, y = (value / 1000 for value in stock.corner_of(place % stock.places))
        top = stock.page_height / 1000 - y
        if same:
            canvas.addLiteral(f"q 1 0 0 1 {x * mm:.4f} {(top - stock.label_height / 1000) * mm:.4f} cm")
            canvas.doForm(_SHARED)
            canvas.addLiteral("Q")
        draw(canvas, placer.marks(own, label), x, top)
    canvas.save()
    return out.getvalue()


def page(drawing: Drawing, title: str = "") -> bytes:
    """Return one drawing on a page of its size."""
    canvas, out = _canvas(drawing.width, drawing.height, title)
    draw(canvas, drawing.marks, 0, drawing.height)
    canvas.save()
    return out.getvalue()


def draw(canvas: Canvas, marks: Sequence[Mark], left: float, top: float) -> None:
    """Draw marks whose upper left corner lies there, millimetres from the lower left of the page."""
    for mark in marks:
        match mark:
            case Words():
                lettering.write(
                    canvas, (left + mark.x) * mm, (top - mark.y) * mm, mark.text, mark.font, mark.size
                )
            case Sign():
                below = top - mark.y - mark.height
                mark.symbol.draw(canvas, left + mark.x, below, mark.width, mark.height)
            case Fill():
                below = (top - mark.y - mark.height) * mm
                canvas.rect((left + mark.x) * mm, below, mark.width * mm, mark.height * mm, stroke=0, fill=1)
            case Frame():
                _frame(canvas, mark, left, top)


def _frame(canvas: Canvas, mark: Frame, left: float, top: float) -> None:
    half = mark.stroke / 2
    canvas.setLineWidth(mark.stroke * mm)
    canvas.roundRect(
        (left + mark.x + half) * mm,
        (top - mark.y - mark.height + half) * mm,
        (mark.width - mark.stroke) * mm,
        (mark.height - mark.stroke) * mm,
        max(mark.corner - half, 0) * mm,
    )


def _canvas(width: float, height: float, title: str) -> tuple[Canvas, BytesIO]:
    lettering.register()
    out = BytesIO()
    canvas = Canvas(out, pagesize=(width * mm, height * mm), invariant=1, pageCompression=1)
    canvas.setTitle(title)
    return canvas, out
