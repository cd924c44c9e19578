"""Packing: allocated goods go into boxes and pallets, each with an SSCC, and come out of them again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from logistics.models.packing import Allocation, LogisticUnit, UnitContent
from logistics.rules.states import ALLOCATION, UNIT, AllocationState, UnitKind, UnitState
from logistics.services.timing import happened
from supplychain.base.rules import KeyKind
from supplychain.base.services import key
from supplychain.contracts.models.order import Order, OrderLine
from supplychain.kernel.db.uow import UnitOfWork
from supplychain.kernel.documents import audit
from supplychain.kernel.errors import Invalid, NotFound, Refused
from supplychain.kernel.i18n import N_
from supplychain.kernel.units import KG, divide_half_up
from traceability.rules.hold import Purpose
from traceability.rules.ledger import Step
from traceability.services import hold, ledger, unit_hold
from traceability.services.ledger import Happening

DOCUMENT = "logistics.unit"


@dataclass(frozen=True, slots=True)
class Part:
    """So many boxes of an allocation; None is all that is not packed yet."""

    allocation_id: int
    boxes: int | None = None


@dataclass(frozen=True, slots=True)
class Pack:
    """Goods of one order at one place go into one unit."""

    order: str
    parts: tuple[Part, ...] = ()
    """Empty packs everything that is promised to the order and not packed yet."""
    kind: UnitKind = UnitKind.PALLET
    at: datetime | None = None


def pack(uow: UnitOfWork, command: Pack) -> LogisticUnit:
    """Pack promised goods into a new unit with an SSCC of the seller; one PACK entry in the ledger.

    A part of an allocation becomes an allocation of its own, so that each stands in one state only.
    Raises Refused when nothing is promised, goods lie at several places, a batch is on hold, or the seller
    has no GS1 company prefix; Invalid at `boxes` when more is packed than is left of an allocation.
    """
    at = happened(uow, command.at)
    order = _order(uow, command.order)
    filled = _filled(uow, order, command)
    sites = {item.site_id for item in filled}
    if len(sites) > 1:
        raise Refused(N_("The goods lie at several places: pack each place by itself."))
    hold.check_free(uow, {item.batch_id for item in filled}, Purpose(order.buyer_id))
    sscc = _next_sscc(uow, order.seller_id, order.number)
    unit_hold.check_units_free(uow, [sscc])
    unit = LogisticUnit(
        sscc=sscc,
        kind=command.kind,
        order_id=order.id,
        site_id=sites.pop(),
        packed_at=at,
        packed_by=uow.actor.name,
        state=UnitState.PACKED,
    )
    uow.session.add(unit)
    uow.flush()
    _fill(uow, unit, filled)
    _tell_ledger(uow, unit, order, Step.PACK, at)
    return unit


def unpack(uow: UnitOfWork, sscc: str, at: datetime | None = None) -> LogisticUnit:
    """Take everything out of a unit that has not left; the goods are promised as before.

    Raises Refused when the unit is on hold: what was in it could not be told any more.
    """
    unit = _unit(uow, sscc)
    if unit.shipment_id is not None:
        raise Refused(N_("%(sscc)s is planned on a shipment. Take it off first."), sscc=unit.sscc)
    open_up(uow, unit, at)
    unit_hold.check_units_free(uow, [unit.sscc])  # asked last: by now its batches stand still
    return unit


def open_up(uow: UnitOfWork, unit: LogisticUnit, at: datetime | None = None) -> LogisticUnit:
    """Take a locked unit apart: one UNPACK entry in the ledger. Whether it may be, the caller knows."""
    UNIT.check(unit.state, UnitState.UNPACKED)
    order = uow.session.get_one(Order, unit.order_id)
    _tell_ledger(uow, unit, order, Step.UNPACK, happened(uow, at))
    unit.state = UnitState.UNPACKED
    for allocation in uow.session.scalars(
        select(Allocation)
        .join(UnitContent, UnitContent.allocation_id == Allocation.id)
        .where(UnitContent.unit_id == unit.id, Allocation.state == AllocationState.PACKED)
    ):
        allocation.state = AllocationState.PROMISED
    uow.flush()
    return unit


def contents(uow: UnitOfWork, unit_ids: Sequence[int]) -> Sequence[UnitContent]:
    """Return what units hold, by unit, in one statement."""
    return uow.session.scalars(
        select(UnitContent).where(UnitContent.unit_id.in_(unit_ids)).order_by(UnitContent.id)
    ).all()


def _order(uow: UnitOfWork, number: str) -> Order:
    order = uow.session.scalar(select(Order).where(Order.number == number).with_for_update())
    if order is None or uow.actor.party_id not in {None, order.seller_id}:
        raise NotFound(N_("There is no order %(number)s."), number=number)
    return order


def _unit(uow: UnitOfWork, sscc: str) -> LogisticUnit:
    unit = uow.session.scalar(select(LogisticUnit).where(LogisticUnit.sscc == sscc).with_for_update())
    if unit is None:
        raise NotFound(N_("There is no unit %(sscc)s."), sscc=sscc)
    seller = uow.session.scalar(select(Order.seller_id).where(Order.id == unit.order_id))
    if uow.actor.party_id not in {None, seller}:
        raise NotFound(N_("There is no unit %(sscc)s."), sscc=sscc)
    return unit


def _filled(uow: UnitOfWork, order: Order, command: Pack) -> list[Allocation]:
    """Return the allocations that go into the unit, marked as packed."""
    allocations = {
        row.id: row
        for row in uow.session.scalars(
            select(Allocation)
            .join(OrderLine, OrderLine.id == Allocation.order_line_id)
            .where(OrderLine.order_id == order.id, Allocation.state == AllocationState.PROMISED)
            .order_by(Allocation.id)
            .with_for_update()
        )
    }
    parts = command.parts or tuple(Part(allocation_id) for allocation_id in allocations)
    if not parts:
        raise Refused(N_("Nothing on %(order)s waits to be packed. Allocate first."), order=order.number)
    found = []
    for part in parts:
        row = allocations.get(part.allocation_id)
        if row is None or row.state is not AllocationState.PROMISED:
            raise Invalid.at("allocation_id", N_("This allocation is not waiting to be packed."))
        taken = _part(uow, row, part.boxes)
        ALLOCATION.check(taken.state, AllocationState.PACKED)
        taken.state = AllocationState.PACKED
        found.append(taken)
    uow.flush()
    return found


def _part(uow: UnitOfWork, row: Allocation, boxes: int | None) -> Allocation:
    """Return an allocation of so many boxes: all of this one, or a new one that is taken out of it."""
    wanted = row.boxes if boxes is None else boxes
    if not 0 < wanted <= row.boxes:
        raise Invalid.at(
            "boxes",
            N_("%(left)s boxes of this allocation are left to pack, not %(boxes)s."),
            left=row.boxes,
            boxes=wanted,
        )
    if wanted == row.boxes:
        return row
    grams = divide_half_up(row.grams * wanted, row.boxes)
    taken = Allocation(
        order_line_id=row.order_line_id,
        batch_id=row.batch_id,
        site_id=row.site_id,
        boxes=wanted,
        grams=grams,
        reasons=row.reasons,
        promised_at=row.promised_at,
        state=row.state,
    )
    row.boxes, row.grams = row.boxes - wanted, row.grams - grams
    uow.session.add(taken)
    return taken


def _next_sscc(uow: UnitOfWork, seller_id: int, order: str) -> str:
    return key.take(uow, seller_id, KeyKind.LOGISTIC, order)


def _fill(uow: UnitOfWork, unit: LogisticUnit, filled: Sequence[Allocation]) -> None:
    uow.session.add_all(
        UnitContent(
            unit_id=unit.id,
            allocation_id=item.id,
            batch_id=item.batch_id,
            boxes=item.boxes,
            grams=item.grams,
        )
        for item in filled
    )
    uow.flush()
    audit.record(
        uow,
        DOCUMENT,
        unit.id,
        N_("Packed %(boxes)s boxes, %(kg)s kg"),
        boxes=sum(item.boxes for item in filled),
        kg=KG.short(sum(item.grams for item in filled)),
    )


def _tell_ledger(uow: UnitOfWork, unit: LogisticUnit, order: Order, step: Step, at: datetime) -> None:
    boxes: Counter[int] = Counter()
    grams: Counter[int] = Counter()
    for content in contents(uow, [unit.id]):
        boxes[content.batch_id] += content.boxes
        grams[content.batch_id] += content.grams
    ledger.record(
        uow,
        Happening(
            step,
            at,
            unit.site_id,
            tuple((batch_id, grams[batch_id], boxes[batch_id]) for batch_id in grams),
            parent_sscc=unit.sscc,
            reference=order.number,
        ),
    )
