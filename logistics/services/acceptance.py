"""What a gate must not accept: goods and units on hold. They are refused, or wait aboard for a decision."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

from sqlalchemy import select

from logistics.models.packing import Allocation
from logistics.services.cargo import Aboard
from supplychain.kernel.db.uow import UnitOfWork
from traceability.rules.hold import Purpose
from traceability.services import hold, unit_hold

Key = tuple[int, int]
"""Order line, batch."""


def check(uow: UnitOfWork, aboard: Sequence[Aboard], accepted: Mapping[Key, int]) -> None:
    """Refuse to accept what is on hold; `accepted` is in grams by order line and batch.

    What was diverted may be accepted by its buyer. Of a batch that lies in several units only as much is
    barred as is in those on hold: so much at least is refused or lost.
    """
    by_buyer: dict[int, set[int]] = defaultdict(set)
    for item in aboard:
        by_buyer[item.buyer_id].add(item.content.batch_id)
    taken = {batch_id for (_, batch_id), grams in accepted.items() if grams}
    for buyer_id, batch_ids in sorted(by_buyer.items()):
        if batch_ids & taken:
            hold.check_free(uow, batch_ids & taken, Purpose(buyer_id))
    _check_units(uow, aboard, accepted)


def _check_units(uow: UnitOfWork, aboard: Sequence[Aboard], accepted: Mapping[Key, int]) -> None:
    held = unit_hold.held(uow, {item.unit.sscc for item in aboard})
    if not held:
        return
    found = select(Allocation.id, Allocation.order_line_id).where(
        Allocation.id.in_({item.content.allocation_id for item in aboard})
    )
    order_lines = {allocation_id: line_id for allocation_id, line_id in uow.execute(found)}  # noqa: C416 - a Row is no pair to mypy
    free: Counter[Key] = Counter()
    for item in aboard:
        if item.unit.sscc not in held:
            free[_key(order_lines, item)] += item.content.grams
    barred = {
        item.unit.sscc
        for item in aboard
        if item.unit.sscc in held and _is_too_much(accepted, free, _key(order_lines, item))
    }
    unit_hold.check_units_free(uow, barred)


def _key(order_lines: Mapping[int, int], item: Aboard) -> Key:
    return (order_lines[item.content.allocation_id], item.content.batch_id)


def _is_too_much(accepted: Mapping[Key, int], free: Mapping[Key, int], key: Key) -> bool:
    return accepted.get(key, 0) > free[key]
