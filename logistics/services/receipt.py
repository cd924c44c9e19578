"""Receipt at the gate: weighed in, taken, refused, lost – to the ledger and to the contract, once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from logistics.events import ShipmentReceived
from logistics.models.packing import Allocation
from logistics.models.shipment import Receipt, ReceiptLine, Shipment, Stop
from logistics.models.telemetry import Device, DeviceRide
from logistics.rules.states import (
    REJECT_REASONS,
    SHIPMENT,
    UNIT,
    AllocationState,
    RejectReason,
    ShipmentState,
    UnitState,
)
from logistics.services import acceptance, cargo, mounting, telemetry
from logistics.services import shipment as shipments
from logistics.services.cargo import Aboard
from logistics.services.timing import happened
from supplychain.base.models.party import Site
from supplychain.contracts.models.order import Order, OrderLine
from supplychain.contracts.services import delivery
from supplychain.contracts.services.delivery import DeliveryFact, DeliveryFacts
from supplychain.kernel.clock import local_day
from supplychain.kernel.db.uow import UnitOfWork
from supplychain.kernel.documents import audit, sequence
from supplychain.kernel.errors import Conflict, Invalid, NotFound, Refused
from supplychain.kernel.i18n import N_, gettext
from supplychain.kernel.units import KG
from traceability.rules.ledger import Step
from traceability.services import disposition, ledger
from traceability.services.epcis import SensorSummary
from traceability.services.ledger import Happening

DOCUMENT = "logistics.receipt"


@dataclass(frozen=True, slots=True)
class Weighed:
    """One batch on one order line at the gate; what is neither accepted nor rejected is lost."""

    order_line_id: int
    batch_id: int
    accepted_grams: int
    rejected_grams: int = 0
    rejected_boxes: int = 0
    reject_reason: RejectReason | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Receive:
    """What a gate took in; every batch aboard for it must be weighed. Temperatures in 1/100 ℃."""

    shipment: str
    site: str
    lines: tuple[Weighed, ...]
    at: datetime | None = None
    received_by: str = ""
    surface_centi: int | None = None
    core_centi: int | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Due:
    """What is aboard for a gate of one batch on one order line."""

    order_id: int
    order_line_id: int
    batch_id: int
    grams: int
    boxes: int


@dataclass(frozen=True, slots=True)
class _Line:
    due: Due
    weighed: Weighed

    @property
    def key(self) -> tuple[int, int]:
        return (self.due.order_line_id, self.due.batch_id)

    @property
    def loss_grams(self) -> int:
        return self.due.grams - self.weighed.accepted_grams - self.weighed.rejected_grams

    @property
    def rejected_boxes(self) -> int:
        """What is refused; all boxes when nothing is taken, however many were counted."""
        is_all = self.weighed.rejected_grams and not self.weighed.accepted_grams
        return self.due.boxes if is_all else self.weighed.rejected_boxes

    @property
    def lost_boxes(self) -> int:
        return 0 if self.weighed.accepted_grams or self.weighed.rejected_grams else self.due.boxes

    @property
    def accepted_boxes(self) -> int:
        return self.due.boxes - self.rejected_boxes - self.lost_boxes


def receive(uow: UnitOfWork, command: Receive) -> Receipt:
    """Take a shipment's goods in at one gate; ledger and delivery records follow in the same transaction.

    Raises Conflict when this gate has taken them in already; Refused when the lorry has not left; NotFound
    when the gate is somebody else's; Invalid when a batch is not weighed, weighs more than was sent, or is
    rejected without a reason. Refused too when something is accepted that is on hold.
    """
    at = happened(uow, command.at)
    shipment = shipments.locked(uow, command.shipment)
    stop = shipments.stop_at(uow, shipment, command.site)
    _check_gate(uow, shipment, stop, at)
    aboard = cargo.aboard_for(uow, shipment, stop.site_id)
    lines = _lines(due_of(uow, aboard), command.lines)
    acceptance.check(uow, aboard, {line.key: line.weighed.accepted_grams for line in lines})
    receipt = _insert(uow, shipment, stop, command, at, lines)
    for unit in {item.unit.id: item.unit for item in aboard}.values():
        UNIT.check(unit.state, UnitState.RECEIVED)
        unit.state = UnitState.RECEIVED
    stop.arrived_at, stop.received_at = stop.arrived_at or at, at
    uow.flush()
    _finish(uow, shipment, stop.site_id, at)
    _tell_ledger(uow, shipment, stop, receipt, aboard, lines, at)
    disposition.carried_out(uow, {line.due.batch_id for line in lines})
    _tell_contracts(uow, shipment, stop, receipt, lines)
    audit.record(
        uow,
        shipments.DOCUMENT,
        shipment.id,
        N_("Received %(kg)s kg at %(site)s"),
        kg=KG.short(sum(line.weighed.accepted_grams for line in lines)),
        site=uow.session.get_one(Site, stop.site_id).name,
    )
    return receipt


def due_of(uow: UnitOfWork, aboard: Sequence[Aboard]) -> list[Due]:
    """Return what is aboard by order line and batch, each once."""
    allocations = {
        row.id: row.order_line_id
        for row in uow.session.scalars(
            select(Allocation).where(Allocation.id.in_({item.content.allocation_id for item in aboard}))
        )
    }
    summed: dict[tuple[int, int, int], tuple[int, int]] = defaultdict(lambda: (0, 0))
    for item in aboard:
        key = (item.unit.order_id, allocations[item.content.allocation_id], item.content.batch_id)
        grams, boxes = summed[key]
        summed[key] = (grams + item.content.grams, boxes + item.content.boxes)
    return [Due(*key, *amount) for key, amount in summed.items()]


def _check_gate(uow: UnitOfWork, shipment: Shipment, stop: Stop, at: datetime) -> None:
    gate = uow.session.get_one(Site, stop.site_id)
    if uow.actor.party_id not in {None, gate.party_id}:
        raise NotFound(N_("There is no shipment %(number)s."), number=shipment.number)
    if stop.received_at is not None:
        raise Conflict(N_("%(number)s was received at this gate already."), number=shipment.number)
    if shipment.departed_at is None or shipment.state is ShipmentState.RECEIVED:
        raise Refused(N_("%(number)s is not on the road."), number=shipment.number)
    if at < shipment.departed_at:
        raise Invalid.at("at", N_("Goods cannot be received before they left."))


def _lines(due: Sequence[Due], weighed: Sequence[Weighed]) -> list[_Line]:
    given = {(item.order_line_id, item.batch_id): item for item in weighed}
    known = {(item.order_line_id, item.batch_id): item for item in due}
    if set(given) != set(known) or len(given) != len(weighed):
        raise Invalid.at("lines", N_("Weigh every batch that is aboard for this gate, and each once."))
    lines = [_Line(known[key], item) for key, item in given.items()]
    for place, line in enumerate(lines):
        _check_line(place, line)
    return lines


def _check_line(place: int, line: _Line) -> None:
    item = line.weighed
    if min(item.accepted_grams, item.rejected_grams, item.rejected_boxes) < 0:
        raise Invalid.at(f"lines.{place}.accepted_grams", N_("A mass cannot be negative."))
    if line.loss_grams < 0:
        raise Invalid.at(
            f"lines.{place}.accepted_grams",
            N_("%(taken)s kg are more than the %(shipped)s kg that were sent."),
            taken=KG.short(item.accepted_grams + item.rejected_grams),
            shipped=KG.short(line.due.grams),
        )
    if item.rejected_boxes > line.due.boxes:
        raise Invalid.at(f"lines.{place}.rejected_boxes", N_("More boxes than were sent."))
    if item.rejected_boxes and not item.rejected_grams:
        raise Invalid.at(f"lines.{place}.rejected_grams", N_("Say how much is refused."))
    if item.rejected_grams and item.reject_reason is None:
        raise Invalid.at(f"lines.{place}.reject_reason", N_("Say why it is refused."))


def _insert(
    uow: UnitOfWork, shipment: Shipment, stop: Stop, command: Receive, at: datetime, lines: Sequence[_Line]
) -> Receipt:
    receipt = Receipt(
        number=sequence.next_number(uow, "SH", local_day(at)),
        shipment_id=shipment.id,
        stop_id=stop.id,
        site_id=stop.site_id,
        received_at=at,
        received_by=command.received_by or uow.actor.name,
        surface_centi=command.surface_centi,
        core_centi=command.core_centi,
        note=command.note,
    )
    uow.session.add(receipt)
    uow.flush()
    uow.session.add_all(
        ReceiptLine(
            receipt_id=receipt.id,
            order_line_id=line.due.order_line_id,
            batch_id=line.due.batch_id,
            shipped_boxes=line.due.boxes,
            accepted_boxes=line.accepted_boxes,
            rejected_boxes=line.rejected_boxes,
            shipped_grams=line.due.grams,
            accepted_grams=line.weighed.accepted_grams,
            rejected_grams=line.weighed.rejected_grams,
            loss_grams=line.loss_grams,
            reject_reason=line.weighed.reject_reason,
            note=line.weighed.note,
        )
        for line in lines
    )
    uow.flush()
    audit.record(uow, DOCUMENT, receipt.id, N_("Received from %(shipment)s"), shipment=shipment.number)
    return receipt


def _tell_ledger(
    uow: UnitOfWork,
    shipment: Shipment,
    stop: Stop,
    receipt: Receipt,
    aboard: Sequence[Aboard],
    lines: Sequence[_Line],
    at: datetime,
) -> None:
    ssccs = tuple(sorted({item.unit.sscc for item in aboard}))
    amounts = {
        Step.RECEIVE: [
            (item.due.batch_id, item.weighed.accepted_grams, item.accepted_boxes) for item in lines
        ],
        Step.REJECT: [
            (item.due.batch_id, item.weighed.rejected_grams, item.rejected_boxes) for item in lines
        ],
        Step.LOSE: [(item.due.batch_id, item.loss_grams, item.lost_boxes) for item in lines],
    }
    happenings = [
        Happening(step, at, stop.site_id, _summed(rows), reference=receipt.number, child_ssccs=ssccs)
        for step, rows in amounts.items()
        if any(grams for _, grams, _ in rows)
    ]
    summary = _summary(uow, shipment, at)
    if summary is not None:
        everything = _summed([(item.due.batch_id, item.due.grams, item.due.boxes) for item in lines])
        happenings.insert(
            0,
            Happening(
                Step.TEMPERATURE, at, stop.site_id, everything, reference=shipment.number, sensor=summary
            ),
        )
    ledger.record_many(uow, happenings)


def _summed(rows: Sequence[tuple[int, int, int]]) -> tuple[tuple[int, int, int], ...]:
    found: dict[int, tuple[int, int]] = {}
    for batch_id, grams, boxes in rows:
        if grams or boxes:
            known = found.get(batch_id, (0, 0))
            found[batch_id] = (known[0] + grams, known[1] + boxes)
    return tuple((batch_id, *amount) for batch_id, amount in found.items())


def _summary(uow: UnitOfWork, shipment: Shipment, at: datetime) -> SensorSummary | None:
    verdict = telemetry.judge_shipment(uow, shipment)
    if verdict is None or verdict.mean is None or shipment.departed_at is None:
        return None
    serial = uow.session.scalar(
        select(Device.serial)
        .join(DeviceRide, DeviceRide.device_id == Device.id)
        .where(DeviceRide.shipment_id == shipment.id)
        .order_by(DeviceRide.id)
        .limit(1)
    )
    return SensorSummary(
        shipment.departed_at,
        at,
        verdict.lowest or 0,
        verdict.mean,
        verdict.highest or 0,
        serial or "",
        is_alarm=verdict.severity in {"major", "critical"},
    )


def _tell_contracts(
    uow: UnitOfWork, shipment: Shipment, stop: Stop, receipt: Receipt, lines: Sequence[_Line]
) -> None:
    by_order: dict[int, list[_Line]] = defaultdict(list)
    for line in lines:
        by_order[line.due.order_id].append(line)
    numbers = dict(uow.session.execute(select(Order.id, Order.number).where(Order.id.in_(by_order))).all())
    for order_id, found in sorted(by_order.items()):
        delivery.record(
            uow,
            DeliveryFacts(
                source=f"{receipt.number}/{numbers[order_id]}",
                order_id=order_id,
                site_id=stop.site_id,
                received_at=receipt.received_at,
                lines=_facts(found),
                shipment_number=shipment.number,
                cold_chain=shipment.verdict.value,
                is_last=not _more_to_come(uow, order_id),
            ),
        )


def _facts(lines: Sequence[_Line]) -> list[DeliveryFact]:
    by_line: dict[int, list[_Line]] = defaultdict(list)
    for line in lines:
        by_line[line.due.order_line_id].append(line)
    return [
        DeliveryFact(
            order_line_id,
            sum(item.due.grams for item in found),
            sum(item.weighed.accepted_grams for item in found),
            sum(item.weighed.rejected_grams for item in found),
            sum(item.loss_grams for item in found),
            _reasons(found),
        )
        for order_line_id, found in by_line.items()
    ]


def _reasons(lines: Sequence[_Line]) -> str:
    named = [
        f"{gettext(REJECT_REASONS[item.weighed.reject_reason])} {item.weighed.note}".strip()
        for item in lines
        if item.weighed.reject_reason is not None and item.weighed.rejected_grams
    ]
    return "；".join(dict.fromkeys(named))[:200]


def _more_to_come(uow: UnitOfWork, order_id: int) -> bool:
    """Tell whether goods are still promised, packed or under way for an order, or boxes not allocated."""
    rows = uow.session.execute(
        select(OrderLine.id, OrderLine.boxes, Allocation.state, Allocation.boxes, Allocation.id)
        .outerjoin(Allocation, Allocation.order_line_id == OrderLine.id)
        .where(OrderLine.order_id == order_id)
    ).all()
    received = _received_boxes(uow, {row[0] for row in rows})
    open_states = {AllocationState.PROMISED, AllocationState.PACKED}
    if any(state in open_states for _, _, state, _, _ in rows):
        return True
    ordered = {line_id: boxes for line_id, boxes, _, _, _ in rows}
    return any(received.get(line_id, 0) < boxes for line_id, boxes in ordered.items())


def _received_boxes(uow: UnitOfWork, order_line_ids: set[int]) -> Mapping[int, int]:
    found: dict[int, int] = defaultdict(int)
    for line in uow.session.scalars(select(ReceiptLine).where(ReceiptLine.order_line_id.in_(order_line_ids))):
        found[line.order_line_id] += line.shipped_boxes
    return found


def _finish(uow: UnitOfWork, shipment: Shipment, site_id: int, at: datetime) -> None:
    """End the trip when the last gate has received: its loggers stop riding, its way is known."""
    if not all(stop.received_at for stop in shipments.stops_of(uow, shipment.id)):
        return
    SHIPMENT.check(shipment.state, ShipmentState.RECEIVED)
    shipment.state = ShipmentState.RECEIVED
    shipment.arrived_at = shipment.arrived_at or at
    for ride in uow.session.scalars(select(DeviceRide).where(DeviceRide.shipment_id == shipment.id)):
        ride.until = at if at > ride.since else None
    uow.flush()
    mounting.dismount(uow, shipment, site_id, at)
    uow.publish(ShipmentReceived(shipment.id))
