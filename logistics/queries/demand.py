"""What buyers still wait for, what is free for it, and what is proposed: reads only, nothing is promised."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from logistics.models.packing import Allocation
from logistics.rules.fefo import Demand, Proposal, Stock, propose
from logistics.rules.states import AllocationState
from supplychain.contracts.queries import order as orders
from supplychain.contracts.queries.order import OpenLine
from supplychain.kernel.permissions import Actor
from traceability.queries import batch as batches

LIVE = (AllocationState.PROMISED, AllocationState.PACKED)
"""Allocations whose goods are still on hand where they are taken from."""


@dataclass(frozen=True, slots=True)
class DemandRow:
    """An open order line with what has been allocated to it."""

    line: OpenLine
    allocated_boxes: int
    allocated_grams: int

    @property
    def missing_boxes(self) -> int:
        """Return how many boxes nobody has promised yet."""
        return max(self.line.boxes - self.allocated_boxes, 0)


@dataclass(frozen=True, slots=True)
class OrderDemand:
    """The open lines of one order together."""

    order_id: int
    order_number: str
    buyer_name: str
    ship_to_name: str
    deliver_on: date
    rows: Sequence[DemandRow]

    @property
    def missing_boxes(self) -> int:
        """Return how many boxes of the order nobody has promised yet."""
        return sum(row.missing_boxes for row in self.rows)

    @property
    def boxes(self) -> int:
        """Return how many boxes are ordered."""
        return sum(row.line.boxes for row in self.rows)

    @property
    def grams(self) -> int:
        """Return how much is ordered."""
        return sum(row.line.grams for row in self.rows)


@dataclass(frozen=True, slots=True)
class LineProposal:
    """What is proposed for one line."""

    row: DemandRow
    proposal: Proposal
    site_names: Mapping[int, str]


def board(session: Session, actor: Actor) -> list[OrderDemand]:
    """Return the orders that still need goods promised, most urgent first, in two statements."""
    found = [demand for demand in _demands(session, actor) if demand.missing_boxes]
    return sorted(found, key=lambda demand: (demand.deliver_on, demand.order_number))


def of_order(session: Session, actor: Actor, order_id: int) -> OrderDemand | None:
    """Return one order's open lines; None when nothing is open on it."""
    return next((demand for demand in _demands(session, actor) if demand.order_id == order_id), None)


def proposals(session: Session, actor: Actor, demand: OrderDemand) -> list[LineProposal]:
    """Return what is proposed for each line that lacks boxes, with reasons; nothing is promised."""
    rows = [row for row in demand.rows if row.missing_boxes]
    stock, names = free_stock(session, rows)
    found = []
    for row in rows:
        wanted = Demand(row.missing_boxes, row.line.deliver_on, row.line.min_remaining_life_days)
        key = (row.line.trade_item_id, row.line.seller_id)
        found.append(LineProposal(row, propose(wanted, stock.get(key, ())), names))
    return found


def free_stock(
    session: Session, rows: Sequence[DemandRow]
) -> tuple[Mapping[tuple[int, int], Sequence[Stock]], Mapping[int, str]]:
    """Return by (trade item, seller) what can be sold and is not promised, and the places' names.

    The rows are of one order: what was diverted to its buyer is among it.
    """
    sellable = batches.sellable(
        session,
        {row.line.trade_item_id for row in rows},
        {row.line.seller_id for row in rows},
        buyer_id=next((row.line.buyer_id for row in rows), None),
    )
    taken = promised(session, {item.batch_id for item in sellable})
    stock: dict[tuple[int, int], list[Stock]] = defaultdict(list)
    for item in sellable:
        boxes, grams = taken.get((item.batch_id, item.site_id), (0, 0))
        free = Stock(
            item.batch_id,
            item.number,
            item.site_id,
            item.boxes - boxes,
            item.grams - grams,
            item.best_before_on,
        )
        stock[item.trade_item_id, item.producer_id].append(free)
    return stock, {item.site_id: item.site_name for item in sellable}


def promised(session: Session, batch_ids: Collection[int]) -> Mapping[tuple[int, int], tuple[int, int]]:
    """Return by (batch, place) how many boxes and grams are promised and still there, in one statement."""
    found = session.execute(
        select(
            Allocation.batch_id, Allocation.site_id, func.sum(Allocation.boxes), func.sum(Allocation.grams)
        )
        .where(Allocation.batch_id.in_(batch_ids), Allocation.state.in_(LIVE))
        .group_by(Allocation.batch_id, Allocation.site_id)
    )
    return {(batch, site): (int(boxes), int(grams)) for batch, site, boxes, grams in found}


def _demands(session: Session, actor: Actor) -> list[OrderDemand]:
    lines = orders.open_lines(session, actor)
    allocated = _allocated(session, {line.order_line_id for line in lines})
    grouped: dict[int, list[DemandRow]] = defaultdict(list)
    for line in lines:
        grouped[line.order_id].append(DemandRow(line, *allocated.get(line.order_line_id, (0, 0))))
    return [
        OrderDemand(
            order_id,
            rows[0].line.order_number,
            rows[0].line.buyer_name,
            rows[0].line.ship_to_name,
            rows[0].line.deliver_on,
            rows,
        )
        for order_id, rows in grouped.items()
    ]


def _allocated(session: Session, order_line_ids: Collection[int]) -> Mapping[int, tuple[int, int]]:
    found = session.execute(
        select(Allocation.order_line_id, func.sum(Allocation.boxes), func.sum(Allocation.grams))
        .where(Allocation.order_line_id.in_(order_line_ids), Allocation.state != AllocationState.CANCELLED)
        .group_by(Allocation.order_line_id)
    )
    return {line: (int(boxes), int(grams)) for line, boxes, grams in found}
