"""Labels of a batch, on sheets or a roll: words for people, bars and matrix for the trade, QR for shoppers.

Which batches and codes are printed is asked elsewhere; here every text arrives as it shall be read.
A label is Chinese whoever prints it: it goes onto goods sold in China (GB 7718, 4.1.8).
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, replace
from io import BytesIO

from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from supplychain.base import symbols
from supplychain.base.gs1 import element
from supplychain.base.symbols import Symbol
from supplychain.kernel import clock, i18n
from supplychain.kernel.documents import lettering
from supplychain.kernel.documents.lettering import BOLD, REGULAR
from supplychain.kernel.i18n import N_, gettext


@dataclass(frozen=True, slots=True)
class BatchLabel:
    """What one label says. Empty texts leave their line out; `serial` is set on labels of single items.

    `element_string_bracketed` and `digital_link` are what the codes carry, with the serial if there is one.
    `dated` is the msgid beside `harvested_on_text`, for goods that are not harvested but slaughtered or made.
    """

    product_name: str
    grade: str
    grade_standard: str
    lot: str
    gtin: str
    element_string_bracketed: str
    digital_link: str
    net_mass_text: str
    harvested_on_text: str
    best_before_text: str
    origin: str
    producer: str
    storage_text: str
    serial: str | None = None
    dated: str = N_("Harvest date")


@dataclass(frozen=True, slots=True)
class Layout:
    """Where labels lie on a page, and how large things are on them; millimetres, letters in points.

    `bars_mm` are the widths that one bar may have, the widest that fits is taken. `dot_mm` is the printer's
    dot: modules of matrix codes are whole dots then; 0 lets them be of any size.
    """

    title: str
    page_mm: tuple[float, float]
    label_mm: tuple[float, float]
    columns: int
    rows: int
    first_mm: tuple[float, float]
    pitch_mm: tuple[float, float]
    bar_height_mm: float
    bars_mm: tuple[float, ...]
    qr_mm: float
    matrix_mm: float
    largest: float
    dot_mm: float = 0

    @property
    def places(self) -> int:
        """Return how many labels one page takes."""
        return self.columns * self.rows


_DOT_203 = 25.4 / 203
A4_2X5 = Layout(
    title=N_("A4 sheet, 10 labels of 99.1 × 57 mm"),
    page_mm=(210, 297),
    label_mm=(99.1, 57),
    columns=2,
    rows=5,
    first_mm=(4.65, 6),
    pitch_mm=(101.6, 57),
    bar_height_mm=12.7,
    bars_mm=(0.375, 0.33, 0.3, 0.28, 0.264, 0.25),
    qr_mm=24,
    matrix_mm=13,
    largest=7.5,
)
ROLL_100X70 = Layout(
    title=N_("Roll, labels of 100 × 70 mm"),
    page_mm=(100, 70),
    label_mm=(100, 70),
    columns=1,
    rows=1,
    first_mm=(0, 0),
    pitch_mm=(100, 70),
    bar_height_mm=19,
    bars_mm=(3 * _DOT_203, 2 * _DOT_203),
    qr_mm=30,
    matrix_mm=16,
    largest=8.5,
    dot_mm=_DOT_203,
)
LAYOUTS = {"a4": A4_2X5, "roll": ROLL_100X70}

_SIDE = 3.2
_HEAD = 10.4
_BARS_AT = 5.4
_SMALLEST = 5.5
"""Letters of 1.8 mm, the least that GB 7718 lets a label have, stand in a body of 5.5 points."""
_LEADING = 1.34


def sheet(labels: Sequence[BatchLabel], layout: Layout = A4_2X5, skip: int = 0) -> bytes:
    """Return the labels as a PDF, row by row; `skip` leaves places free that are peeled off already.

    What labels share is drawn once and placed many times. The same labels give the same bytes.
    Gs1Error when a code would carry something wrong.
    """
    lettering.register()
    out = BytesIO()
    canvas = Canvas(out, pagesize=_points(layout.page_mm), invariant=1, pageCompression=1)
    canvas.setTitle(f"{labels[0].product_name} {labels[0].lot}" if labels else "")
    stamps = _Stamps(canvas, _points(layout.label_mm))
    with i18n.using(i18n.DEFAULT_LOCALE):
        for place, label in enumerate(labels, skip % layout.places):
            if place and place % layout.places == 0:
                canvas.showPage()
            _draw(canvas, stamps, label, layout, place % layout.places)
    canvas.save()
    return out.getvalue()


class _Stamps:
    """Drawings made once in a document and placed by name."""

    def __init__(self, canvas: Canvas, size: tuple[float, float]) -> None:
        self.canvas, self.size = canvas, size
        self.names: dict[Hashable, str] = {}

    def place(self, key: Hashable, draw: Callable[[], None]) -> None:
        """Place the drawing of this key at the origin; draw it when it is the first."""
        name = self.names.get(key)
        if name is None:
            name = self.names[key] = f"stamp{len(self.names)}"
            self.canvas.beginForm(name, 0, 0, *self.size)
            draw()
            self.canvas.endForm()
        self.canvas.doForm(name)


def _draw(canvas: Canvas, stamps: _Stamps, label: BatchLabel, layout: Layout, place: int) -> None:
    """Draw one label with its lower left corner at its place on the page."""
    row, column = divmod(place, layout.columns)
    x = layout.first_mm[0] + column * layout.pitch_mm[0]
    y = layout.page_mm[1] - layout.first_mm[1] - row * layout.pitch_mm[1] - layout.label_mm[1]
    canvas.saveState()
    canvas.translate(x * mm, y * mm)
    stamps.place(_shared(label), lambda: _draw_shared(canvas, label, layout))
    if label.serial is None:
        codes = (label.element_string_bracketed, label.digital_link)
        stamps.place(codes, lambda: _draw_codes(canvas, label, layout))
    else:
        _draw_codes(canvas, label, layout)
    canvas.restoreState()


def _points(size_mm: tuple[float, float]) -> tuple[float, float]:
    return size_mm[0] * mm, size_mm[1] * mm


def _shared(label: BatchLabel) -> Hashable:
    """Return what a label has in common with the others of its batch."""
    return replace(label, serial=None, digital_link="", element_string_bracketed=_linear_text(label))


def _draw_shared(canvas: Canvas, label: BatchLabel, layout: Layout) -> None:
    """Draw all but the codes that carry the serial."""
    width, height = layout.label_mm
    canvas.setLineWidth(0.4)
    canvas.line(_SIDE * mm, (height - _HEAD) * mm, (width - _SIDE) * mm, (height - _HEAD) * mm)
    grade = _draw_grade(canvas, label, layout)
    _draw_name(canvas, label.product_name, height, width * mm - grade - 2 * _SIDE * mm)
    _draw_facts(canvas, label, layout)
    _draw_net(canvas, label, layout)
    _draw_bars(canvas, label, layout)


def _draw_grade(canvas: Canvas, label: BatchLabel, layout: Layout) -> float:
    """Draw the grade as a tag at the right of the head; return the points that it takes."""
    if not label.grade:
        return 0
    text = lettering.clip(label.grade, BOLD, 9, layout.label_mm[0] * mm / 4)
    room = lettering.width(text, BOLD, 9) + 8
    x, y = (layout.label_mm[0] - _SIDE) * mm - room, (layout.label_mm[1] - _HEAD + 1.7) * mm
    canvas.setLineWidth(0.8)
    canvas.roundRect(x, y, room, 14, 2)
    lettering.write(canvas, x + 4, y + 3.6, text, BOLD, 9)
    return room + 2 * mm


def _draw_name(canvas: Canvas, name: str, height: float, room: float) -> None:
    """Write the name as large as it fits on one line, a long one on two."""
    for size in (14.0, 12.5, 11.0, 10.0):
        if lettering.width(name, BOLD, size) <= room:
            lettering.write(canvas, _SIDE * mm, (height - _HEAD + 2.6) * mm, name, BOLD, size)
            return
    size = next((size for size in (8.5, 8, 7.5) if len(lettering.wrap(name, BOLD, size, room)) <= 2), 7)
    first, *rest = lettering.wrap(name, BOLD, size, room)
    second = lettering.clip("".join(rest), BOLD, size, room)
    lettering.write(canvas, _SIDE * mm, (height - _HEAD + 4.9) * mm, first, BOLD, size)
    lettering.write(canvas, _SIDE * mm, (height - _HEAD + 1.5) * mm, second, BOLD, size)


def _facts(label: BatchLabel) -> list[tuple[str, str, str]]:
    """Return word, text and font of each line that the label has something to say in."""
    grade = f"{label.grade} {label.grade_standard}".strip()
    facts = [
        (N_("Lot"), label.lot, BOLD),
        (label.dated, label.harvested_on_text, REGULAR),
        (N_("Best before"), label.best_before_text, BOLD),
        (N_("Origin"), label.origin, REGULAR),
        (N_("Producer"), label.producer, REGULAR),
        (N_("Storage"), label.storage_text, REGULAR),
        (N_("Grade"), grade, REGULAR),
    ]
    return [(gettext(word), text, font) for word, text, font in facts if text]


def _draw_facts(canvas: Canvas, label: BatchLabel, layout: Layout) -> None:
    """Write the lines left of the codes, as large as all of them fit."""
    top = (layout.label_mm[1] - _HEAD - 1.2) * mm
    high = top - _body_at(layout) * mm
    room = (_matrix_at(layout) - _SIDE - 2) * mm
    facts = _facts(label)
    if label.net_mass_text and not _net_size(label, layout):
        facts.insert(1, (gettext(N_("Net contents")), label.net_mass_text, BOLD))
    size, indent, rows = _fitted(facts, layout.largest, room, high)
    y = top - size
    for (word, _, font), lines in zip(facts, rows, strict=True):
        lettering.write(canvas, _SIDE * mm, y, word, REGULAR, size)
        for line in lines:
            lettering.write(canvas, _SIDE * mm + indent, y, line, font, size)
            y -= size * _LEADING


def _fitted(
    facts: Sequence[tuple[str, str, str]], largest: float, room: float, high: float
) -> tuple[float, float, list[tuple[str, ...]]]:
    """Return the size of letters at which the facts fit, the indent of their texts, and the lines of each.

    At the smallest size the longest texts lose lines, one after the other, until all fit.
    """
    size = largest
    while True:
        indent = max(lettering.width(word, REGULAR, size) for word, _, _ in facts) + size
        rows = [lettering.wrap(text, font, size, room - indent) for _, text, font in facts]
        if sum(map(len, rows)) * size * _LEADING <= high:
            return size, indent, rows
        if size <= _SMALLEST:
            break
        size = max(size - 0.25, _SMALLEST)
    while sum(map(len, rows)) * size * _LEADING > high and max(map(len, rows)) > 1:
        longest = max(range(len(rows)), key=lambda at: len(rows[at]))
        *kept, last, lost = rows[longest]
        rows[longest] = (*kept, lettering.clip(last + lost, facts[longest][2], size, room - indent))
    return size, indent, rows


def _net_size(label: BatchLabel, layout: Layout) -> float | None:
    """Return the letters in which the net contents fit above the matrix code, None when in none."""
    room = (layout.matrix_mm + 2) * mm
    sizes = (11, 10, 9, 8, 7.5, 7)
    return next((size for size in sizes if lettering.width(label.net_mass_text, BOLD, size) <= room), None)


def _draw_net(canvas: Canvas, label: BatchLabel, layout: Layout) -> None:
    """Write the net contents large in the room above the matrix code; a long text stands in the facts."""
    size = _net_size(label, layout)
    if not label.net_mass_text or size is None:
        return
    middle = (_matrix_at(layout) + layout.matrix_mm / 2) * mm
    top = (layout.label_mm[1] - _HEAD - 1.2) * mm
    lettering.write_centred(canvas, middle, top - 6, gettext(N_("Net contents")), REGULAR, 6)
    lettering.write_centred(canvas, middle, top - 8.5 - size * 0.88, label.net_mass_text, BOLD, size)


def _linear_text(label: BatchLabel) -> str:
    """Return what the bars carry: the batch without the serial, which the matrix code carries."""
    pairs = element.parse(label.element_string_bracketed, clock.today()).pairs
    return element.bracketed(pair for pair in pairs if pair[0] != "21")


def _linear(text: str, layout: Layout) -> tuple[Symbol, float]:
    """Return bars and their width: all of the batch when bars wide enough fit, else GTIN and lot alone."""
    room = layout.label_mm[0] - 3
    pairs = element.parse(text, clock.today()).pairs
    if len(element.raw(pairs)) <= symbols.LONGEST_GS1_128:
        symbol = symbols.gs1_128(text)
        if symbol.modules_wide * min(layout.bars_mm) <= room:
            return symbol, _bars_wide(symbol, room, layout)
    symbol = symbols.gs1_128(element.bracketed(pair for pair in pairs if pair[0] in {"01", "10"}))
    return symbol, _bars_wide(symbol, room, layout)


def _bars_wide(symbol: Symbol, room: float, layout: Layout) -> float:
    widths = (symbol.modules_wide * bar for bar in layout.bars_mm)
    return next((width for width in widths if width <= room), room)


def _draw_bars(canvas: Canvas, label: BatchLabel, layout: Layout) -> None:
    """Draw the bars in the middle of the foot with what they say under them."""
    symbol, width = _linear(_linear_text(label), layout)
    middle = layout.label_mm[0] / 2
    symbol.draw(canvas, middle - width / 2, _BARS_AT, width, layout.bar_height_mm)
    room = (layout.label_mm[0] - 2 * _SIDE) * mm
    size = next(
        (size for size in (8, 7.5, 7, 6.5, 6) if lettering.width(symbol.text, REGULAR, size) <= room), 5.5
    )
    lettering.write_centred(canvas, middle * mm, 2.4 * mm, symbol.text, REGULAR, size)


def _draw_codes(canvas: Canvas, label: BatchLabel, layout: Layout) -> None:
    """Draw the matrix for the trade and the QR code for shoppers, each with its words under it."""
    qr = symbols.digital_link(label.digital_link)
    matrix = symbols.gs1_datamatrix(label.element_string_bracketed)
    qr_wide, matrix_wide = _wide(qr, layout.qr_mm, layout), _wide(matrix, layout.matrix_mm, layout)
    qr_x, foot = layout.label_mm[0] - 1 - layout.qr_mm, _body_at(layout) + 2.6
    dark = foot + (layout.qr_mm - qr_wide) / 2 + qr_wide * qr.quiet.above / qr.modules_high
    qr.draw(canvas, qr_x + (layout.qr_mm - qr_wide) / 2, foot + (layout.qr_mm - qr_wide) / 2, qr_wide)
    matrix_x = _matrix_at(layout) + (layout.matrix_mm - matrix_wide) / 2
    matrix.draw(canvas, matrix_x, dark - matrix_wide * matrix.quiet.above / matrix.modules_high, matrix_wide)
    baseline = (_body_at(layout) + 0.4) * mm
    _caption(canvas, qr_x + layout.qr_mm / 2, baseline, gettext(N_("Shoppers scan here")), layout.qr_mm)
    words = label.serial or gettext(N_("Trade scans here"))
    _caption(canvas, _matrix_at(layout) + layout.matrix_mm / 2, baseline, words, layout.matrix_mm + 3)


def _caption(canvas: Canvas, middle: float, baseline: float, text: str, room: float) -> None:
    size = next((size for size in (6.5, 6, 5.5, 5) if lettering.width(text, REGULAR, size) <= room * mm), 4.5)
    lettering.write_centred(canvas, middle * mm, baseline, text, REGULAR, size)


def _wide(symbol: Symbol, room: float, layout: Layout) -> float:
    """Return a matrix code's width: all of its room, or as many whole dots a module as fit in it."""
    if not layout.dot_mm:
        return room
    return room // (symbol.modules_wide * layout.dot_mm) * symbol.modules_wide * layout.dot_mm


def _body_at(layout: Layout) -> float:
    """Return where the foot with the bars ends and the body begins, in millimetres from below."""
    return _BARS_AT + layout.bar_height_mm + 1.2


def _matrix_at(layout: Layout) -> float:
    """Return where the room of the matrix code begins, in millimetres from the left."""
    return layout.label_mm[0] - 1 - layout.qr_mm - 0.6 - layout.matrix_mm
