"""A trip as pictures: the temperature curve with what went wrong, and the way as a strip of stations.

Shapes for templates only; what is drawn comes from the queries.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from logistics.queries.cold_chain import ExcursionRow
from logistics.queries.gate import StopRow
from logistics.queries.shipment import ShipmentRow
from logistics.rules.states import ExcursionKind
from supplychain.kernel import clock
from supplychain.kernel.i18n import N_, gettext
from supplychain.kernel.web import wording
from supplychain.kernel.web.charts import Curve, Mark


@dataclass(frozen=True, slots=True)
class Station:
    """One station of the strip: its name, when it was or will be passed, and whether it lies behind."""

    name: str
    at: datetime | None
    note: str
    is_passed: bool
    is_gate: bool = False


def finding(row: ShipmentRow, excursions: Sequence[ExcursionRow]) -> str:
    """Return in one sentence what the readings say of a trip."""
    if row.highest_centi is None or row.lowest_centi is None:
        return gettext(N_("No readings have come in yet."))
    parts = [
        gettext(
            N_("Measured %(low)s to %(high)s ℃, %(coverage)s%% of the time under way witnessed"),
            low=wording.celsius(row.lowest_centi),
            high=wording.celsius(row.highest_centi),
            coverage=wording.percent(row.coverage_bp),
        )
    ]
    out = [item for item in excursions if item.kind is not ExcursionKind.GAP]
    gaps = [item for item in excursions if item.kind is ExcursionKind.GAP]
    if out:
        minutes = sum(item.minutes for item in out)
        parts.append(gettext(N_("out of its band for %(minutes)s minutes"), minutes=minutes))
    if gaps:
        minutes = sum(item.minutes for item in gaps)
        parts.append(gettext(N_("without readings for %(minutes)s minutes"), minutes=minutes))
    return gettext(N_(", ")).join(parts) + gettext(N_("."))


def curve_of(
    row: ShipmentRow,
    points: Sequence[tuple[datetime, int]],
    excursions: Sequence[ExcursionRow],
    *,
    width: int = 720,
    height: int = 240,
) -> Curve:
    """Return the temperature curve of a trip with its band, excursions and gaps."""
    marks = [
        Mark(
            item.started_at,
            item.ended_at,
            gettext(
                N_("%(peak)s ℃, %(minutes)s min"), peak=wording.celsius(item.peak_centi), minutes=item.minutes
            ),
        )
        for item in excursions
        if item.kind is not ExcursionKind.GAP
    ]
    gaps = [(item.started_at, item.ended_at) for item in excursions if item.kind is ExcursionKind.GAP]
    return Curve(
        points,
        finding(row, excursions),
        "℃",
        row.band_min_centi,
        row.band_max_centi,
        marks,
        gaps,
        width,
        height,
    )


def strip(row: ShipmentRow, stops: Sequence[StopRow]) -> list[Station]:
    """Return the way from the packhouse over the route's way points to the gates."""
    left = row.departed_at
    found = [
        Station(row.from_site_name, left or row.planned_departure_at, "", left is not None, is_gate=True)
    ]
    names = [name.strip() for name in row.way_points.replace("，", ",").split(",") if name.strip()]
    between = names[1:-1]
    share = _share_behind(row)
    for index, name in enumerate(between, start=1):
        note = gettext(N_("checkpoint")) if name == row.checkpoint else ""
        found.append(Station(name, None, note, share >= index / (len(between) + 1)))
    for stop in stops:
        at = stop.received_at or stop.arrived_at or stop.planned_at
        known = stop.received_at or stop.arrived_at
        note = "" if known else gettext(N_("planned"))
        found.append(Station(stop.site_name, at, note, known is not None, is_gate=True))
    return found


def _share_behind(row: ShipmentRow) -> float:
    """Return what share of the planned time is over; all of it once the lorry has arrived."""
    if row.departed_at is None:
        return 0.0
    if row.arrived_at is not None:
        return 1.0
    passed = (clock.now() - row.departed_at).total_seconds() / 60
    return min(passed / row.planned_minutes, 0.999)
