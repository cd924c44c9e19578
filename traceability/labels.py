"""Labels of a batch, on A4 sheets or a roll: words for people, bars and matrix for the trade, QR for shoppers.

Which batches and codes are printed is asked elsewhere; here labels arrive with every text as it shall be read.
A label is Chinese whoever prints it: it goes onto goods sold in China (GB 7718, 4.1.8).
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
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

    `element_string_bracketed` and `digital_link` are what the codes carry, with the serial where there is one.
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
    matrix_mm=14,
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
    stamps = _Stamps(canvas)
    with i18n.using(i18n.DEFAULT_LOCALE):
        for place, label in enumerate(labels, skip % layout.places):
            if place and place % layout.places == 0:
                canvas.showPage()
            _draw(canvas, stamps, label, layout, place % layout.places)
    canvas.save()
    return out.getvalue()


class _Stamps:
    """Drawings made once in a document and placed by name."""

    def __init__(self, canvas: Canvas) -> None:
        self.canvas = canvas
        self.names: dict[Hashable, str] = {}

    def place(self, key: Hashable, draw: Callable[[], None]) -> None:
        """Place the drawing of this key at the origin; draw it when it is the first."""
        name = self.names.get(key)
        if name is None:
            name = self.names[key] = f"stamp{len(self.names)}"
            width, height = self.canvas._pagesize  # noqa: SLF001
            self.canvas.beginForm(name, 0, 0, width, height)
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
