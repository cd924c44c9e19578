"""A page to hold against a ruler: millimetres both ways, the edges of every label, crosses in its corners."""

from __future__ import annotations

from supplychain.base.labelling.design import Stock
from supplychain.base.labelling.drawing import Drawing, Fill, Frame, Mark, Words
from supplychain.base.labelling.lines import POINT_MM
from supplychain.kernel.documents import lettering
from supplychain.kernel.documents.lettering import REGULAR

_THIN = 0.15
_MARGIN = 2.0
_SIZE = 5.5


def page(stock: Stock) -> Drawing:
    """Return a page of the stock with a ruler across and one down, and the outline of each label."""
    width, height = stock.page_width / 1000, stock.page_height / 1000
    marks: list[Mark] = []
    for place in range(stock.places):
        x, y = (value / 1000 for value in stock.corner_of(place))
        marks += _outline(x, y, stock)
    marks += _across(width, height / 2) + _down(width / 2, height)
    return Drawing(width, height, tuple(marks))


def _outline(x: float, y: float, stock: Stock) -> list[Mark]:
    width, height = stock.label_width / 1000, stock.label_height / 1000
    return [
        Frame(x, y, width, height, _THIN, stock.corner / 1000),
        *(
            Fill(*box)
            for left in (x + _MARGIN, x + width - _MARGIN)
            for top in (y + _MARGIN, y + height - _MARGIN)
            for box in ((left - 1, top, 2, _THIN), (left, top - 1, _THIN, 2))
        ),
    ]


def _across(width: float, y: float) -> list[Mark]:
    """Return a ruler from the left edge of the page to the right."""
    marks: list[Mark] = [Fill(0, y, width, _THIN)]
    for at in range(int(width) + 1):
        marks.append(Fill(min(at, width - _THIN), y - _tick(at), _THIN, _tick(at)))
        if at % 10 == 0 and 0 < at < width - 3:
            marks.append(_number(at, at + 0.5, y - 2.6))
    return marks


def _down(x: float, height: float) -> list[Mark]:
    """Return a ruler from the upper edge of the page to the lower."""
    marks: list[Mark] = [Fill(x, 0, _THIN, height)]
    for at in range(int(height) + 1):
        marks.append(Fill(x, min(at, height - _THIN), _tick(at), _THIN))
        if at % 10 == 0 and 0 < at < height - 3:
            marks.append(_number(at, x + 3.4, at + 1.8))
    return marks


def _tick(at: int) -> float:
    return 3.2 if at % 10 == 0 else 2.2 if at % 5 == 0 else 1.2


def _number(at: int, x: float, y: float) -> Words:
    text = str(at)
    return Words(x, y, text, REGULAR, _SIZE, lettering.width(text, REGULAR, _SIZE) * POINT_MM)
