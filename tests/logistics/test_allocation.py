"""Promises: goods are promised once, first expired first out, to whom they belong."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import func, select

from logistics.models.packing import Allocation
from logistics.queries import demand as demands
from logistics.queries import packing as packings
from logistics.rules.states import AllocationState
from logistics.services import allocation, packing
from logistics.services.packing import Pack, Part
from supplychain.contracts.services import order as orders
from supplychain.kernel.db.uow import Database, UnitOfWork
from supplychain.kernel.errors import DomainError, Invalid, NotFound, Refused
from supplychain.kernel.permissions import SYSTEM
from tests.make.base import make_party
from tests.make.contracts import acting_for, make_order
from tests.make.logistics import (
    acting,
    by_hand,
    make_trade,
)
from tests.make.traceability import make_batch, make_farm
from traceability.rules.batch import BatchState
from traceability.services import hold


def test_what_is_proposed_is_promised_with_its_reasons(uow: UnitOfWork) -> None:
    trade = make_trade(uow)
    sooner = make_batch(
        uow, trade.farm, released=True, boxes=4, grams=60_000, best_before_on=date(2026, 12, 1)
    )
    with acting(uow, trade.selling):
        rows = allocation.promise_order(uow, trade.order.number)
    assert [(row.batch_id, row.boxes, row.grams) for row in rows] == [
        (sooner.id, 4, 60_000),
        (trade.batch.id, 6, 90_000),
    ]
    shown = packings.of_order(uow.session, trade.order.id)
    assert [reason.msgid for reason in shown[0].reasons] == [
        "Expires first: %(life)s days are left on delivery.",
        "All of it is taken; the rest comes from another batch.",
    ]
    assert demands.board(uow.session, trade.selling) == []


def test_what_is_promised_is_no_longer_free_until_the_promise_is_taken_back(uow: UnitOfWork) -> None:
    trade = make_trade(uow)
    other, _ = make_order(uow, trade.deal, 10)
    (row,) = allocation.promise_order(uow, trade.order.number)
    with pytest.raises(Refused, match=other.number):
        allocation.promise_order(uow, other.number)
    allocation.cancel(uow, row.id)
    assert row.state is AllocationState.CANCELLED
    (again,) = allocation.promise_order(uow, other.number)
    assert again.boxes == 10


def test_an_order_that_has_all_is_promised_nothing_more(uow: UnitOfWork) -> None:
    trade = make_trade(uow)
    allocation.promise_order(uow, trade.order.number)
    with pytest.raises(Refused):
        allocation.promise_order(uow, trade.order.number)


def test_a_batch_on_hold_is_not_promised(uow: UnitOfWork) -> None:
    trade = make_trade(uow)
    hold.place(uow, trade.batch.id, "农残复检")
    with pytest.raises(Refused):
        allocation.promise_order(uow, trade.order.number)
    with pytest.raises(Refused, match=f"{trade.batch.number}.*农残复检"):
        allocation.promise(uow, trade.order.number, [by_hand(trade)])


def test_a_batch_that_is_not_released_is_not_promised(uow: UnitOfWork) -> None:
    trade = make_trade(uow)
    trade.batch.state = BatchState.REGISTERED
    uow.flush()
    with pytest.raises(Refused, match=trade.batch.number):
        allocation.promise(uow, trade.order.number, [by_hand(trade)])


@pytest.mark.parametrize("other", [{"boxes": 9, "grams": 150_001}, {"grams": 150_001}])
def test_no_more_is_promised_than_lies_there(uow: UnitOfWork, other: dict[str, Any]) -> None:
    trade = make_trade(uow)
    with pytest.raises(Refused, match=trade.batch.number):
        allocation.promise(uow, trade.order.number, [by_hand(trade, **other)])


def test_no_more_is_promised_than_is_ordered(uow: UnitOfWork) -> None:
    trade = make_trade(uow, 20, ordered=10)
    with pytest.raises(Invalid) as error:
        allocation.promise(uow, trade.order.number, [by_hand(trade, 11)])
    assert "boxes" in error.value.fields


def test_a_batch_of_other_goods_or_of_another_grower_is_not_promised(uow: UnitOfWork) -> None:
    trade = make_trade(uow)
    stranger = make_batch(uow, make_farm(uow), released=True)
    other = make_farm(uow)
    other_goods = make_batch(
        uow, trade.farm, released=True, trade_item_id=other.item.id, gtin=other.item.gtin
    )
    for batch in (stranger, other_goods):
        with pytest.raises(Invalid) as error:
            allocation.promise(uow, trade.order.number, [by_hand(trade, batch=batch)])
        assert "batch" in error.value.fields


def test_somebody_elses_order_cannot_be_found_by_another_seller_or_the_buyer(uow: UnitOfWork) -> None:
    trade = make_trade(uow)
    (row,) = allocation.promise_order(uow, trade.order.number)
    for actor in (acting_for(make_party(uow)), trade.buying):
        with acting(uow, actor):
            with pytest.raises(NotFound):
                allocation.promise_order(uow, trade.order.number)
            with pytest.raises(NotFound):
                allocation.cancel(uow, row.id)
            with pytest.raises(NotFound):
                packing.pack(uow, Pack(trade.order.number))


def test_two_clerks_who_want_the_same_boxes_promise_them_once(real_db: Database) -> None:
    with real_db.unit_of_work(SYSTEM) as uow:
        trade = make_trade(uow)
        rival, _ = make_order(uow, trade.deal, 10)
    together = Barrier(2, timeout=30)

    def clerk(number: str) -> str:
        together.wait()
        try:
            with real_db.unit_of_work(trade.selling) as uow:
                allocation.promise_order(uow, number)
        except Refused:
            return "refused"
        return "promised"

    with ThreadPoolExecutor(2) as pool:
        outcomes = list(pool.map(clerk, (trade.order.number, rival.number)))
    assert sorted(outcomes) == ["promised", "refused"]
    with real_db.reading() as session:
        assert session.scalar(select(func.sum(Allocation.boxes))) == 10


def test_two_clerks_on_one_order_promise_its_boxes_once(real_db: Database) -> None:
    with real_db.unit_of_work(SYSTEM) as uow:
        trade = make_trade(uow, 40, ordered=10)
    together = Barrier(2, timeout=30)

    def clerk(_: int) -> str:
        together.wait()
        try:
            with real_db.unit_of_work(trade.selling) as uow:
                allocation.promise(uow, trade.order.number, [by_hand(trade)])
        except DomainError as error:
            return error.code
        return "promised"

    with ThreadPoolExecutor(2) as pool:
        outcomes = list(pool.map(clerk, range(2)))
    assert sorted(outcomes) == ["invalid", "promised"]


def test_cancelling_an_order_takes_its_promises_back(db: Database) -> None:
    with db.unit_of_work(SYSTEM) as uow:
        trade = make_trade(uow)
        (row,) = allocation.promise_order(uow, trade.order.number)
    with db.unit_of_work(trade.selling) as uow:
        orders.cancel(uow, trade.order.number, "买方停业")
    with db.reading() as session:
        assert session.get_one(Allocation, row.id).state is AllocationState.CANCELLED


@pytest.mark.parametrize("boxes", [3, 10])
def test_an_order_with_packed_goods_cannot_be_cancelled(db: Database, boxes: int) -> None:
    with db.unit_of_work(SYSTEM) as uow:
        trade = make_trade(uow)
        (row,) = allocation.promise_order(uow, trade.order.number)
        packing.pack(uow, Pack(trade.order.number, (Part(row.id, boxes),)))
    with pytest.raises(Refused), db.unit_of_work(trade.selling) as uow:
        orders.cancel(uow, trade.order.number, "买方停业")
    with db.reading() as session:
        assert AllocationState.CANCELLED not in session.scalars(select(Allocation.state)).all()
