"""Allocation: batches are promised to order lines, under lock, with the reasons kept beside each promise."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select

from logistics.models.packing import Allocation
from logistics.queries import demand as demands
from logistics.rules.states import ALLOCATION, AllocationState
from supplychain.contracts.models.order import Order, OrderLine
from supplychain.contracts.rules import OrderState
from supplychain.kernel.db.uow import UnitOfWork
from supplychain.kernel.documents import audit
from supplychain.kernel.errors import Invalid, NotFound, Refused
from supplychain.kernel.i18n import N_, Text
from supplychain.kernel.units import KG
from traceability.models.batch import Batch
from traceability.rules.batch import BatchState
from traceability.rules.hold import Purpose
from traceability.services import hold, holding

ORDER = "contracts.order"
_OPEN = (OrderState.CONFIRMED, OrderState.PARTLY_DELIVERED)


@dataclass(frozen=True, slots=True)
class Promise:
    """So many boxes and grams of a batch at a place, for an order line; reasons most telling first."""

    order_line_id: int
    batch_id: int
    site_id: int
    boxes: int
    grams: int
    reasons: tuple[Text, ...] = ()


def promise_order(uow: UnitOfWork, order_number: str) -> list[Allocation]:
    """Promise what is proposed for an order: first expired first out; Refused when nothing is free.

    The batches are locked before the proposal is made, so that what is free cannot change under it.
    """
    order = _order(uow, order_number)
    demand = demands.of_order(uow.session, uow.actor, order.id)
    if demand is None or not demand.missing_boxes:
        raise Refused(N_("Everything on %(order)s is promised already."), order=order.number)
    _lock_candidates(uow, demand)
    chosen = [
        Promise(
            found.row.line.order_line_id,
            pick.stock.batch_id,
            pick.stock.site_id,
            pick.boxes,
            pick.grams,
            pick.reasons,
        )
        for found in demands.proposals(uow.session, uow.actor, demand)
        for pick in found.proposal.picks
    ]
    if not chosen:
        raise Refused(N_("There is nothing free that fits %(order)s."), order=order.number)
    return promise(uow, order_number, chosen)


def promise(uow: UnitOfWork, order_number: str, promises: Sequence[Promise]) -> list[Allocation]:
    """Promise batches to an order's lines by hand.

    Raises Refused when a batch is not released, on hold, or has less free than is promised; Invalid when it
    is not of the line's item or more boxes are promised than ordered. Two clerks at once wait for each other.
    """
    order = _order(uow, order_number)
    if order.state not in _OPEN:
        raise Refused(N_("%(order)s is not open: nothing can be allocated to it."), order=order.number)
    spots = {(item.batch_id, item.site_id) for item in promises}
    on_hand = holding.lock(uow, spots)
    batches = _batches(uow, {item.batch_id for item in promises})
    _check_lines(uow, order, promises, batches)
    _check_free(uow, promises, on_hand, batches, order.buyer_id)
    rows = [_row(uow, item) for item in promises]
    uow.session.add_all(rows)
    uow.flush()
    audit.record(
        uow,
        ORDER,
        order.id,
        N_("Allocated %(boxes)s boxes, %(kg)s kg"),
        boxes=sum(row.boxes for row in rows),
        kg=KG.short(sum(row.grams for row in rows)),
    )
    return rows


def cancel(uow: UnitOfWork, allocation_id: int) -> Allocation:
    """Take a promise back; what is packed must be unpacked first (Refused)."""
    row = uow.session.scalar(select(Allocation).where(Allocation.id == allocation_id).with_for_update())
    if row is None or not _is_sellers(uow, row):
        raise NotFound(N_("There is no such allocation."))
    ALLOCATION.check(row.state, AllocationState.CANCELLED)
    row.state = AllocationState.CANCELLED
    uow.flush()
    return row


def cancel_order(uow: UnitOfWork, order_id: int) -> None:
    """Take back every promise to an order that was cancelled; Refused when goods are packed for it."""
    lines = select(OrderLine.id).where(OrderLine.order_id == order_id)
    rows = uow.session.scalars(
        select(Allocation)
        .where(Allocation.order_line_id.in_(lines), Allocation.state != AllocationState.CANCELLED)
        .with_for_update()
    ).all()
    if any(row.state is not AllocationState.PROMISED for row in rows):
        raise Refused(N_("Goods are packed for this order. Unpack them first."))
    for row in rows:
        row.state = AllocationState.CANCELLED
    uow.flush()


def _order(uow: UnitOfWork, number: str) -> Order:
    order = uow.session.scalar(select(Order).where(Order.number == number).with_for_update())
    if order is None or uow.actor.party_id not in {None, order.seller_id}:
        raise NotFound(N_("There is no order %(number)s."), number=number)
    return order


def _lock_candidates(uow: UnitOfWork, demand: demands.OrderDemand) -> None:
    stock, _ = demands.free_stock(uow.session, demand.rows)
    holding.lock(uow, {(item.batch_id, item.site_id) for items in stock.values() for item in items})


def _batches(uow: UnitOfWork, batch_ids: set[int]) -> Mapping[int, Batch]:
    found = uow.session.scalars(
        select(Batch).where(Batch.id.in_(batch_ids)).execution_options(populate_existing=True)
    )
    return {batch.id: batch for batch in found}


def _check_lines(
    uow: UnitOfWork, order: Order, promises: Sequence[Promise], batches: Mapping[int, Batch]
) -> None:
    lines = {
        line.id: line for line in uow.session.scalars(select(OrderLine).where(OrderLine.order_id == order.id))
    }
    wanted: Counter[int] = Counter()
    for item in promises:
        line, batch = lines.get(item.order_line_id), batches.get(item.batch_id)
        if line is None or batch is None or batch.producer_id != order.seller_id:
            raise Invalid.at("batch", N_("This batch is not the seller's, or the line not of this order."))
        if batch.trade_item_id != line.trade_item_id:
            raise Invalid.at(
                "batch", N_("%(batch)s is not %(item)s."), batch=batch.number, item=line.item_name_zh
            )
        wanted[line.id] += item.boxes
    given = dict(
        uow.session.execute(
            select(Allocation.order_line_id, func.sum(Allocation.boxes))
            .where(Allocation.order_line_id.in_(wanted), Allocation.state != AllocationState.CANCELLED)
            .group_by(Allocation.order_line_id)
        ).all()
    )
    for line_id, boxes in wanted.items():
        left = lines[line_id].boxes - int(given.get(line_id, 0))
        if boxes > left:
            raise Invalid.at(
                "boxes",
                N_("%(boxes)s boxes are more than the %(left)s that the line still needs."),
                boxes=boxes,
                left=left,
            )


def _check_free(
    uow: UnitOfWork,
    promises: Sequence[Promise],
    on_hand: Mapping[tuple[int, int], tuple[int, int]],
    batches: Mapping[int, Batch],
    buyer_id: int,
) -> None:
    wanted: dict[tuple[int, int], tuple[int, int]] = defaultdict(lambda: (0, 0))
    for item in promises:
        boxes, grams = wanted[item.batch_id, item.site_id]
        wanted[item.batch_id, item.site_id] = (boxes + item.boxes, grams + item.grams)
    hold.check_free(uow, {batch_id for batch_id, _ in wanted}, Purpose(buyer_id))
    taken = demands.promised(uow.session, {batch_id for batch_id, _ in wanted})
    for spot, (boxes, grams) in wanted.items():
        batch = batches[spot[0]]
        if batch.state is not BatchState.RELEASED:
            raise Refused(N_("%(batch)s is not released for sale."), batch=batch.number)
        grams_there, boxes_there = on_hand[spot]
        boxes_taken, grams_taken = taken.get(spot, (0, 0))
        if boxes > boxes_there - boxes_taken or grams > grams_there - grams_taken:
            raise Refused(
                N_(
                    "%(batch)s: %(wanted)s kg in %(boxes)s boxes are wanted, "
                    "%(free)s kg in %(free_boxes)s boxes are free."
                ),
                batch=batch.number,
                wanted=KG.short(grams),
                boxes=boxes,
                free=KG.short(grams_there - grams_taken),
                free_boxes=boxes_there - boxes_taken,
            )


def _row(uow: UnitOfWork, item: Promise) -> Allocation:
    return Allocation(
        order_line_id=item.order_line_id,
        batch_id=item.batch_id,
        site_id=item.site_id,
        boxes=item.boxes,
        grams=item.grams,
        reasons={"reasons": [_kept(reason) for reason in item.reasons]},
        promised_at=uow.now,
        state=AllocationState.PROMISED,
    )


def _kept(reason: Text) -> dict[str, Any]:
    return {"msgid": reason.msgid, "values": dict(reason.values)}


def _is_sellers(uow: UnitOfWork, row: Allocation) -> bool:
    seller = uow.session.scalar(
        select(Order.seller_id)
        .join(OrderLine, OrderLine.order_id == Order.id)
        .where(OrderLine.id == row.order_line_id)
    )
    return uow.actor.party_id in {None, seller}
