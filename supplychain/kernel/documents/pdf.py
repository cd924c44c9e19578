"""The suite's paper: what any addon hands over to print a document on A4, and the printing.

Which documents exist and what stands on them is the addons' business; labels have a printing of their own.
Texts arrive in the reader's language; only the few words of the paper itself are translated here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from typing import Any, assert_never

from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import (
    BaseDocTemplate,
    CondPageBreak,
    Flowable,
    Frame,
    KeepTogether,
    PageTemplate,
    Spacer,
)
from reportlab.platypus import Table as Grid

from supplychain.kernel import clock
from supplychain.kernel.documents import lettering, symbol
from supplychain.kernel.documents.lettering import BOLD, REGULAR
from supplychain.kernel.documents.pieces import GREEN, HAIRLINE, INK, MUTED, RED, SignatureRow, TextBlock
from supplychain.kernel.documents.pieces import Align as Align  # noqa: PLC0414 - one import for addons
from supplychain.kernel.i18n import N_, gettext

PAGE_WIDTH, PAGE_HEIGHT = A4
MARGIN = 18 * mm
ROOM = PAGE_WIDTH - 2 * MARGIN
HEAD_FIRST, HEAD_LATER, FOOT = 45 * mm, 24 * mm, 20 * mm
CODE_MM = 26


@dataclass(frozen=True, slots=True)
class Facts:
    """Labels with their values, `columns` pairs abreast. An empty value prints as a dash."""

    pairs: tuple[tuple[str, str], ...]
    title: str = ""
    columns: int = 2


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table; `share` is its part of the page's width beside the others' shares."""

    title: str
    share: int = 1
    align: Align = Align.LEFT


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under columns, every cell as it shall be read; `totals` are bold rows at the end."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]
    totals: tuple[tuple[str, ...], ...] = ()
    title: str = ""


@dataclass(frozen=True, slots=True)
class Prose:
    """Running text, such as terms; newlines part paragraphs."""

    text: str
    title: str = ""


@dataclass(frozen=True, slots=True)
class Signature:
    """Who signs or seals: the role (卖方), and the name of the party under it."""

    role: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Signatures:
    """A row of places to sign, all on one page; two or three stand well."""

    parties: tuple[Signature, ...]


Part = Facts | Table | Prose | Signatures


@dataclass(frozen=True, slots=True)
class Paper:
    """One document to print.

    `issuer` is whose paper it is; `link` opens the live page and prints as a QR code, None on a paper
    without one; `mark` is a short stamp beside the number (void, copy). `printed_at` is an aware instant.
    """

    title: str
    number: str
    printed_at: datetime
    parts: tuple[Part, ...]
    issuer: str = ""
    link: str | None = None
    mark: str = ""


def render(paper: Paper) -> bytes:
    """Return the paper as a PDF; the same paper in the same language always gives the same bytes."""
    data, pages = _build(paper, 1)
    return data if pages == 1 else _build(paper, pages)[0]


def _build(paper: Paper, pages: int) -> tuple[bytes, int]:
    """Print with a number of pages in the foot; return what came out and how many pages it took."""
    lettering.register()

    def first(canvas: Canvas, _: Any) -> None:
        _draw_head(canvas, paper)
        _draw_foot(canvas, paper, pages)

    def later(canvas: Canvas, _: Any) -> None:
        _draw_running_head(canvas, paper)
        _draw_foot(canvas, paper, pages)

    out = BytesIO()
    title = f"{paper.title} {paper.number}"
    document = BaseDocTemplate(out, pagesize=A4, invariant=1, title=title, author=paper.issuer, lang="zh-CN")
    document.addPageTemplates(
        [
            PageTemplate("first", _frame(HEAD_FIRST), first, autoNextPageTemplate="later"),
            PageTemplate("later", _frame(HEAD_LATER), later),
        ]
    )
    document.build([flowable for part in paper.parts for flowable in _flowables(part)] or [Spacer(1, 1)])
    return out.getvalue(), document.page


def _frame(head: float) -> Frame:
    height = PAGE_HEIGHT - head - FOOT
    return Frame(MARGIN, FOOT, ROOM, height, leftPadding=0, rightPadding=0, topPadding=0, bottomPadding=0)


def _draw_head(canvas: Canvas, paper: Paper) -> None:
    """Draw issuer, title, number and code where every paper of the suite has them."""
    room = ROOM - (CODE_MM + 4) * mm
    canvas.setFillColor(MUTED)
    issuer = lettering.clip(paper.issuer, REGULAR, 9, room)
    lettering.write(canvas, MARGIN, PAGE_HEIGHT - 17 * mm, issuer, REGULAR, 9)
    canvas.setFillColor(INK)
    size = next((size for size in (20, 17, 14) if lettering.width(paper.title, BOLD, size) <= room), 12)
    title = lettering.clip(paper.title, BOLD, size, room)
    lettering.write(canvas, MARGIN, PAGE_HEIGHT - 26.5 * mm, title, BOLD, size)
    lettering.write(canvas, MARGIN, PAGE_HEIGHT - 34.5 * mm, paper.number, REGULAR, 11.5)
    _draw_mark(canvas, MARGIN + lettering.width(paper.number, REGULAR, 11.5) + 4 * mm, paper.mark)
    if paper.link is not None:
        _draw_code(canvas, paper.link)
    _draw_rule(canvas, PAGE_HEIGHT - HEAD_FIRST + 5 * mm)


def _draw_mark(canvas: Canvas, x: float, mark: str) -> None:
    if not mark:
        return
    y = PAGE_HEIGHT - 34.5 * mm
    canvas.setFillColor(RED)
    canvas.setStrokeColor(RED)
    canvas.setLineWidth(0.9)
    canvas.roundRect(x, y - 4, lettering.width(mark, BOLD, 10) + 12, 16.5, 2.5)
    lettering.write(canvas, x + 6, y + 0.7, mark, BOLD, 10)


def _draw_code(canvas: Canvas, link: str) -> None:
    """Draw the code with its dark modules flush with the margin; its quiet zone reaches beyond."""
    code = symbol.qr(link)
    quiet = CODE_MM * code.quiet.right / code.modules_wide
    x = (PAGE_WIDTH - MARGIN) / mm + quiet - CODE_MM
    canvas.setFillColor(INK)
    code.draw(canvas, x, PAGE_HEIGHT / mm - 35.5, CODE_MM)
    canvas.setFillColor(MUTED)
    caption = gettext(N_("Scan for the live page"))
    lettering.write_right(canvas, PAGE_WIDTH - MARGIN, PAGE_HEIGHT - 36.5 * mm, caption, REGULAR, 6.5)


def _draw_running_head(canvas: Canvas, paper: Paper) -> None:
    y = PAGE_HEIGHT - 15 * mm
    canvas.setFillColor(INK)
    lettering.write(canvas, MARGIN, y, lettering.clip(paper.title, BOLD, 10, ROOM * 0.6), BOLD, 10)
    lettering.write_right(canvas, PAGE_WIDTH - MARGIN, y, paper.number, REGULAR, 9)
    _draw_rule(canvas, y - 3 * mm)


def _draw_rule(canvas: Canvas, y: float) -> None:
    canvas.setStrokeColor(GREEN)
    canvas.setLineWidth(0.9)
    canvas.line(MARGIN, y, PAGE_WIDTH - MARGIN, y)


def _draw_foot(canvas: Canvas, paper: Paper, pages: int) -> None:
    at = paper.printed_at.astimezone(clock.SHANGHAI).strftime("%Y-%m-%d %H:%M")
    canvas.setFillColor(MUTED)
    lettering.write(canvas, MARGIN, 11 * mm, gettext(N_("Printed %(at)s"), at=at), REGULAR, 7.5)
    page = gettext(N_("Page %(page)s of %(pages)s"), page=canvas.getPageNumber(), pages=pages)
    lettering.write_right(canvas, PAGE_WIDTH - MARGIN, 11 * mm, page, REGULAR, 7.5)


def _flowables(part: Part) -> list[Flowable]:
    match part:
        case Facts(pairs=()):
            return []
        case Facts():
            return [*_heading(part.title), _facts_grid(part), Spacer(1, 5 * mm)]
        case Table():
            return [*_heading(part.title), _table_grid(part), Spacer(1, 5 * mm)]
        case Prose():
            return [*_heading(part.title), *_paragraphs(part.text), Spacer(1, 5 * mm)]
        case Signatures():
            words = gettext(N_("Signature and seal")), gettext(N_("Date"))
            row = SignatureRow([(party.role, party.name) for party in part.parties], words)
            return [KeepTogether([Spacer(1, 4 * mm), row])]
        case _:
            assert_never(part)


def _heading(title: str) -> Sequence[Flowable]:
    """Return a part's title, which never stands alone at the end of a page."""
    if not title:
        return ()
    return CondPageBreak(26 * mm), TextBlock(title, BOLD, 10.5), Spacer(1, 1.2 * mm)


def _paragraphs(text: str) -> list[Flowable]:
    paragraphs: list[Flowable] = []
    for paragraph in text.split("\n"):
        paragraphs += [TextBlock(paragraph, REGULAR, 9.5), Spacer(1, 1 * mm)]
    return paragraphs


def _facts_grid(facts: Facts) -> Grid:
    """Return label and value side by side; labels of one column share the width of the longest."""
    label = min(max(lettering.width(label, REGULAR, 9) for label, _ in facts.pairs) + 4 * mm, 40 * mm)
    value = ROOM / facts.columns - label
    rows = []
    for start in range(0, len(facts.pairs), facts.columns):
        cells: list[Flowable | str] = []
        for name, text in facts.pairs[start : start + facts.columns]:
            cells += [TextBlock(name, REGULAR, 9, colour=MUTED), TextBlock(text or "—", REGULAR, 9)]
        rows.append(cells + [""] * (2 * facts.columns - len(cells)))
    return Grid(
        rows,
        [label, value] * facts.columns,
        style=[
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("LEFTPADDING", (0, 0), (-1, -1), 0),
            ("RIGHTPADDING", (0, 0), (-1, -1), 3 * mm),
            ("TOPPADDING", (0, 0), (-1, -1), 2.6),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 2.6),
            ("LINEBELOW", (0, 0), (-1, -1), 0.3, HAIRLINE),
        ],
    )


def _table_grid(table: Table) -> Grid:
    """Return the rows under a head that comes again on every page; totals stay with the last row."""
    shares = sum(column.share for column in table.columns)
    head = [TextBlock(column.title, BOLD, 8, colour=MUTED, align=column.align) for column in table.columns]
    rows = [_cells(table, row, REGULAR) for row in table.rows]
    totals = [_cells(table, row, BOLD) for row in table.totals]
    first = -len(totals)
    return Grid(
        [head, *rows, *totals],
        [ROOM * column.share / shares for column in table.columns],
        repeatRows=1,
        style=[
            ("VALIGN", (0, 0), (-1, 0), "BOTTOM"),
            ("VALIGN", (0, 1), (-1, -1), "TOP"),
            ("LEFTPADDING", (0, 0), (-1, -1), 3),
            ("RIGHTPADDING", (0, 0), (-1, -1), 3),
            ("LEFTPADDING", (0, 0), (0, -1), 0),
            ("RIGHTPADDING", (-1, 0), (-1, -1), 0),
            ("TOPPADDING", (0, 0), (-1, -1), 3),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 3),
            ("LINEBELOW", (0, 1), (-1, -1), 0.3, HAIRLINE),
            ("LINEBELOW", (0, 0), (-1, 0), 0.7, INK),
            *([("LINEABOVE", (0, first), (-1, first), 0.7, INK)] if totals else []),
            *([("NOSPLIT", (0, first - 1), (-1, -1))] if totals and rows else []),
            *(_span(row, place) for place, row in enumerate(table.totals, first)),
        ],
    )


def _span(total: Sequence[str], row: int) -> tuple[str, tuple[int, int], tuple[int, int]]:
    """Let the words of a total run on over the empty cells beside them."""
    filled = next((place for place, text in enumerate(total[1:], 1) if text), len(total))
    return "SPAN", (0, row), (filled - 1, row)


def _cells(table: Table, row: Sequence[str], font: str) -> list[TextBlock]:
    return [
        TextBlock(text, font, 9, align=column.align) for column, text in zip(table.columns, row, strict=True)
    ]
