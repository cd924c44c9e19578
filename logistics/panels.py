"""What logistics shows elsewhere: figures, what waits, an order's allocations, a scanned code's journey."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy.orm import Session

from logistics import pictures
from logistics.models.shipment import Shipment
from logistics.permissions import ALLOCATE, RECEIVE, SHIPMENT_READ
from logistics.queries import board, cold_chain, demand, gate
from logistics.queries import packing as packings
from logistics.queries import shipment as shipments
from logistics.queries.cold_chain import ExcursionRow
from logistics.queries.shipment import ShipmentRow
from logistics.rules.states import ALLOCATION, SHIPMENT, Severity, ShipmentState
from supplychain.kernel import clock
from supplychain.kernel.addon import Figure, Kpi, Link, Panel, RecordLinks, Task, TaskSource
from supplychain.kernel.i18n import N_, Text
from supplychain.kernel.permissions import Actor
from supplychain.kernel.units import PERCENT, divide_half_up
from supplychain.kernel.web.charts import Curve
from traceability.queries.look import Scanned

DRAWN = 3
"""So many of the latest trips of a batch are shown as curves on a consumer's page; of others it is told."""


def _on_road(session: Session, actor: Actor) -> Figure:
    return Figure(str(shipments.count(session, actor, Shipment.state == ShipmentState.IN_TRANSIT)))


def _cold_chain(session: Session, actor: Actor) -> Figure | None:
    trips, good = board.cold_chain(session, actor, clock.now() - timedelta(days=30))
    if not trips:
        return None
    note = Text(N_("%(good)s of %(trips)s trips"), {"good": good, "trips": trips})
    return Figure(PERCENT.short(divide_half_up(good * 10_000, trips)), "%", note)


def _loss(session: Session, actor: Actor) -> Figure | None:
    shipped, lost = board.loss(session, actor, clock.now() - timedelta(days=30))
    return Figure(PERCENT.short(divide_half_up(lost * 10_000, shipped)), "%") if shipped else None


KPIS = (
    Kpi("logistics.road", N_("Lorries on the road"), SHIPMENT_READ, _on_road, 20),
    Kpi("logistics.cold", N_("Cold chain kept, 30 days"), SHIPMENT_READ, _cold_chain, 22),
    Kpi("logistics.loss", N_("Lost on the way, 30 days"), SHIPMENT_READ, _loss, 24),
)


def _to_allocate(session: Session, actor: Actor) -> Sequence[Task]:
    waiting = demand.board(session, actor)
    urgent = any(item.deliver_on <= clock.today() + timedelta(days=1) for item in waiting)
    return [Task(Text(N_("Orders to allocate")), len(waiting), "demand.board", urgent=urgent)]


def _to_receive(session: Session, actor: Actor) -> Sequence[Task]:
    return [
        Task(
            Text(N_("%(number)s is coming to %(gate)s"), {"number": number, "gate": name}),
            1,
            "shipments.shipment",
            {"number": number},
        )
        for number, _, name in gate.coming(session, actor)
    ]


def _excursions(session: Session, actor: Actor) -> Sequence[Task]:
    bad = Shipment.verdict.in_((Severity.MAJOR, Severity.CRITICAL))
    open_states = Shipment.state.in_((ShipmentState.IN_TRANSIT, ShipmentState.ARRIVED))
    count = shipments.count(session, actor, bad, open_states)
    return [Task(Text(N_("Trips out of their band")), count, "shipments.shipment_list", urgent=True)]


TASKS = (
    TaskSource(ALLOCATE, _to_allocate),
    TaskSource(RECEIVE, _to_receive),
    TaskSource(SHIPMENT_READ, _excursions),
)


def _of_order(session: Session, actor: Actor, order_id: int) -> Sequence[Link]:
    return [
        Link(N_("Shipment"), number, "shipments.shipment", {"number": number}, SHIPMENT.label(state))
        for number, state in board.shipments_of_order(session, actor, order_id)
    ]


def _of_batch(session: Session, actor: Actor, batch_id: int) -> Sequence[Link]:
    return [
        Link(N_("Shipment"), number, "shipments.shipment", {"number": number}, SHIPMENT.label(state))
        for number, state in board.shipments_of_batch(session, actor, batch_id)
    ]


def _of_unit(session: Session, actor: Actor, sscc: int) -> Sequence[Link]:
    number = board.shipment_of_unit(session, actor, f"{sscc:018d}")
    return [Link(N_("Shipment"), number, "shipments.shipment", {"number": number})] if number else []


RECORD_LINKS = (
    RecordLinks("contracts.order", _of_order),
    RecordLinks("traceability.batch", _of_batch),
    RecordLinks("gs1.00", _of_unit),
)


def _allocations(session: Session, actor: Actor, order_id: int) -> Mapping[str, Any] | None:
    rows = packings.of_order(session, order_id)
    units = packings.units_of_order(session, order_id)
    return {"rows": rows, "units": units, "states": ALLOCATION.labels} if rows else None


@dataclass(frozen=True, slots=True)
class Trip:
    """One lorry's way with a batch: what its loggers say, and their curve if it is drawn."""

    row: ShipmentRow
    finding: str
    curve: Curve | None


def _chapter(session: Session, actor: Actor, scanned: Scanned) -> Mapping[str, Any] | None:
    """Tell of every lorry that carried goods of the batch: which of them carried an item nobody knows."""
    rows = shipments.of_batch(session, scanned.batch_id)
    excursions = cold_chain.excursions_of(session, [row.id for row in rows])
    trips = [
        _trip(session, row, excursions[row.id], is_drawn=place < DRAWN) for place, row in enumerate(rows)
    ]
    return {"trips": trips} if trips else None


def _trip(session: Session, row: ShipmentRow, bad: Sequence[ExcursionRow], *, is_drawn: bool) -> Trip:
    finding = pictures.finding(row, bad)
    if not is_drawn:
        return Trip(row, finding, None)
    points = cold_chain.points(session, row, row.arrived_at or clock.now())
    curve = pictures.curve_of(row, points, bad, width=340, height=190)
    return Trip(row, finding, curve if len(points) > 1 else None)


PANELS = (
    Panel("contracts.order", "logistics/order_panel.html", _allocations, SHIPMENT_READ, 20),
    Panel("trace.chapters", "logistics/chapter.html", _chapter, None, 20),
)
