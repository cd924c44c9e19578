"""Papers of logistics: the pallet label, the delivery note, the temperature report."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from io import BytesIO

from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from logistics.pictures import finding
from logistics.queries.cargo import ContentRow
from logistics.queries.cold_chain import ExcursionRow
from logistics.queries.gate import StopRow
from logistics.queries.packing import UnitContentRow, UnitRow
from logistics.queries.shipment import ShipmentRow
from logistics.rules.states import EXCURSION_KINDS, SEVERITIES
from supplychain.base import symbols
from supplychain.kernel import clock
from supplychain.kernel.documents import lettering, pdf
from supplychain.kernel.documents.pdf import Align, Column, Facts, Paper, Prose, Signature, Signatures, Table
from supplychain.kernel.i18n import N_, gettext
from supplychain.kernel.web import wording

LABEL = (100 * mm, 150 * mm)
EVERY = 6
"""The report's table shows every sixth reading: half-hours of a five-minute logger."""


def unit_label(row: UnitRow, contents: Sequence[UnitContentRow]) -> bytes:
    """Return a 100 × 150 mm label: where it goes, what it holds, the SSCC as GS1-128."""
    lettering.register()
    target = BytesIO()
    canvas = Canvas(target, pagesize=LABEL, invariant=1)
    canvas.setTitle(row.sscc)
    _text(canvas, 6, 138, gettext(N_("Goes to")), 8)
    _text(canvas, 6, 129, row.ship_to_name, 15, bold=True)
    _text(canvas, 6, 123, row.buyer_name, 10)
    canvas.line(6 * mm, 119 * mm, 94 * mm, 119 * mm)
    _text(canvas, 6, 113, f"{gettext(N_('From'))} {row.site_name}", 9)
    _text(canvas, 6, 107, f"{gettext(N_('Order'))} {row.order}", 9)
    _text(canvas, 6, 101, f"{wording.moment(row.packed_at)}  {row.packed_by}", 9)
    canvas.line(6 * mm, 97 * mm, 94 * mm, 97 * mm)
    y = 90.0
    for item in contents[:6]:
        _text(canvas, 6, y, item.item_name, 10, bold=True)
        _text(canvas, 94, y, f"{item.boxes} × · {wording.kg(item.grams)} kg", 10, right=True)
        _text(canvas, 6, y - 4.5, item.batch, 8)
        y -= 10
    total = f"{gettext(N_('Total'))} {wording.count(row.boxes)} · {wording.kg(row.grams)} kg"
    _text(canvas, 94, max(y, 38), total, 12, bold=True, right=True)
    symbols.gs1_128(f"(00){row.sscc}").draw(canvas, 6, 10, 88, 22)
    _text(canvas, 50, 5, f"(00) {row.sscc}", 10, centre=True)
    canvas.save()
    return target.getvalue()


def delivery_note(
    row: ShipmentRow, stops: Sequence[StopRow], contents: Sequence[ContentRow], link: str
) -> bytes:
    """Return the delivery note: a table per gate, with places to sign."""
    parts: list[pdf.Part] = [_trip(row)]
    for stop in stops:
        items = [item for item in contents if item.site == stop.site]
        if items:
            parts.append(_gate(stop, items))
    parts.append(
        Signatures(
            (
                Signature(gettext(N_("Shipper")), row.shipper_name),
                Signature(gettext(N_("Driver")), row.driver_name),
                Signature(gettext(N_("Receiver"))),
            )
        )
    )
    title = gettext(N_("Delivery note"))
    return pdf.render(Paper(title, row.number, clock.now(), tuple(parts), row.shipper_name, link))


def temperature_report(
    row: ShipmentRow, excursions: Sequence[ExcursionRow], points: Sequence[tuple[datetime, int]], link: str
) -> bytes:
    """Return the temperature report: the finding, what went wrong, readings every half-hour."""
    low, high = wording.celsius(row.band_min_centi), wording.celsius(row.band_max_centi)
    judged = Facts(
        (
            (gettext(N_("Allowed")), f"{low} – {high} ℃"),
            (gettext(N_("Cold chain")), gettext(SEVERITIES[row.verdict])),
            (gettext(N_("Lowest measured")), f"{wording.celsius(row.lowest_centi)} ℃"),
            (gettext(N_("Highest measured")), f"{wording.celsius(row.highest_centi)} ℃"),
            (gettext(N_("Witnessed")), f"{wording.percent(row.coverage_bp)} %"),
            (gettext(N_("Readings")), wording.count(len(points))),
        )
    )
    parts: list[pdf.Part] = [_trip(row), judged, Prose(finding(row, excursions))]
    if excursions:
        parts.append(_troubles(excursions))
    parts.append(_readings(points))
    title = gettext(N_("Temperature report"))
    return pdf.render(Paper(title, row.number, clock.now(), tuple(parts), row.carrier_name, link))


def _trip(row: ShipmentRow) -> Facts:
    return Facts(
        (
            (gettext(N_("Shipper")), row.shipper_name),
            (gettext(N_("Carrier")), row.carrier_name),
            (gettext(N_("Lorry")), f"{row.plate} ({row.refrigeration_class})"),
            (gettext(N_("Driver")), f"{row.driver_name} {row.driver_phone}"),
            (gettext(N_("From")), row.from_site_name),
            (gettext(N_("Route")), row.route_name),
            (gettext(N_("Departed")), wording.moment(row.departed_at)),
            (gettext(N_("Waybill")), row.waybill or ""),
        )
    )


def _gate(stop: StopRow, items: Sequence[ContentRow]) -> Table:
    columns = (
        Column(gettext(N_("Trade item")), 4),
        Column(gettext(N_("Batch")), 3),
        Column(gettext(N_("Order")), 3),
        Column(gettext(N_("Boxes")), 1, Align.RIGHT),
        Column(gettext(N_("Mass")) + " kg", 2, Align.RIGHT),
    )
    rows = tuple(
        (item.item_name, item.batch, item.order, wording.count(item.boxes), wording.kg(item.grams))
        for item in items
    )
    boxes, grams = sum(item.boxes for item in items), sum(item.grams for item in items)
    total = (gettext(N_("Total")), "", "", wording.count(boxes), wording.kg(grams))
    planned = f"{gettext(N_('planned'))} {wording.moment(stop.planned_at)}"
    return Table(columns, rows, (total,), f"{stop.site_name} · {planned}")


def _troubles(excursions: Sequence[ExcursionRow]) -> Table:
    columns = (
        Column(gettext(N_("What")), 2),
        Column(gettext(N_("Severity")), 2),
        Column(gettext(N_("From")), 2),
        Column(gettext(N_("Lasted")), 2, Align.RIGHT),
        Column(gettext(N_("Peak")) + " ℃", 1, Align.RIGHT),
    )
    rows = tuple(
        (
            gettext(EXCURSION_KINDS[item.kind]),
            gettext(SEVERITIES[item.severity]),
            wording.moment(item.started_at),
            wording.duration(item.minutes),
            wording.celsius(item.peak_centi),
        )
        for item in excursions
    )
    return Table(columns, rows, title=gettext(N_("What went wrong")))


def _readings(points: Sequence[tuple[datetime, int]]) -> Table:
    columns = (Column(gettext(N_("When")), 2), Column("℃", 1, Align.RIGHT)) * 3
    shown = [(wording.moment(at), wording.celsius(value)) for at, value in points[::EVERY]]
    height = -(-len(shown) // 3)
    rows = []
    for index in range(height):
        cells: list[str] = []
        for column in range(3):
            place = column * height + index
            cells += shown[place] if place < len(shown) else ("", "")
        rows.append(tuple(cells))
    return Table(columns, tuple(rows), title=gettext(N_("Readings")))


def _text(
    canvas: Canvas,
    x: float,
    y: float,
    text: str,
    size: float,
    *,
    bold: bool = False,
    right: bool = False,
    centre: bool = False,
) -> None:
    font = lettering.BOLD if bold else lettering.REGULAR
    write = lettering.write_right if right else lettering.write_centred if centre else lettering.write
    write(canvas, x * mm, y * mm, text, font, size)
