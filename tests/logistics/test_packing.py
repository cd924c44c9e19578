"""Packing: every unit has an SSCC of its own, and what it holds adds up."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from logistics.models.packing import Allocation, UnitContent
from logistics.rules.states import AllocationState, UnitState
from logistics.services import allocation, departure, packing
from logistics.services.packing import Pack, Part
from supplychain.base.models.key import CompanyPrefix
from supplychain.kernel.db.uow import UnitOfWork
from supplychain.kernel.errors import DomainError, Invalid, Refused
from tests.conftest import NOW
from tests.make.base import check_digit
from tests.make.logistics import (
    LEFT,
    by_hand,
    held,
    make_packed,
    make_plan,
    make_trade,
    steps,
)
from traceability.models.ledger import EntryThing
from traceability.rules.ledger import Bucket, Step
from traceability.services import hold


def test_a_unit_gets_an_sscc_of_the_sellers_prefix_with_a_right_check_digit(uow: UnitOfWork) -> None:
    trade = make_trade(uow)
    unit = make_packed(uow, trade)
    assert len(unit.sscc) == 18
    owner = CompanyPrefix.party_id == trade.farm.coop.id
    prefix = uow.session.scalars(select(CompanyPrefix.digits).where(owner)).one()
    assert unit.sscc[1:].startswith(prefix)
    assert unit.sscc[-1] == check_digit(unit.sscc[:-1])


def test_no_sscc_is_given_twice_even_when_a_unit_is_taken_apart(uow: UnitOfWork) -> None:
    trade = make_trade(uow)
    (row,) = allocation.promise_order(uow, trade.order.number)
    units = [packing.pack(uow, Pack(trade.order.number, (Part(row.id, 2),))) for _ in range(3)]
    packing.unpack(uow, units[0].sscc)
    units.append(packing.pack(uow, Pack(trade.order.number)))
    assert len({unit.sscc for unit in units}) == 4


def test_an_order_is_packed_in_parts_that_add_up_to_what_was_promised(uow: UnitOfWork) -> None:
    trade = make_trade(uow)
    (row,) = allocation.promise(uow, trade.order.number, [by_hand(trade, 10, grams=149_999)])
    for boxes in (3, 3):
        packing.pack(uow, Pack(trade.order.number, (Part(row.id, boxes),)))
    with pytest.raises(Invalid) as error:
        packing.pack(uow, Pack(trade.order.number, (Part(row.id, 5),)))
    assert "boxes" in error.value.fields
    packing.pack(uow, Pack(trade.order.number))
    sums = select(func.sum(UnitContent.boxes), func.sum(UnitContent.grams))
    assert tuple(uow.session.execute(sums).one()) == (10, 149_999)
    assert set(uow.session.scalars(select(Allocation.state))) == {AllocationState.PACKED}
    with pytest.raises(Refused):
        packing.pack(uow, Pack(trade.order.number))


def test_a_part_that_is_packed_can_leave_while_the_rest_waits(uow: UnitOfWork) -> None:
    trade = make_trade(uow)
    (row,) = allocation.promise_order(uow, trade.order.number)
    unit = packing.pack(uow, Pack(trade.order.number, (Part(row.id, 4),), at=LEFT))
    planned = make_plan(uow, trade, unit)
    departure.dispatch(uow, planned.number, LEFT)
    states = uow.session.execute(select(Allocation.state, Allocation.boxes)).all()
    assert dict(iter(states)) == {
        AllocationState.SHIPPED: 4,
        AllocationState.PROMISED: 6,
    }
    packing.pack(uow, Pack(trade.order.number))


def test_one_allocation_cannot_go_into_a_unit_twice(uow: UnitOfWork) -> None:
    trade = make_trade(uow)
    (row,) = allocation.promise_order(uow, trade.order.number)
    with pytest.raises(Invalid):
        packing.pack(uow, Pack(trade.order.number, (Part(row.id), Part(row.id))))


def test_what_is_unpacked_can_be_packed_again_and_the_ledger_tells_both(uow: UnitOfWork) -> None:
    trade = make_trade(uow)
    unit = make_packed(uow, trade)
    packing.unpack(uow, unit.sscc)
    assert unit.state is UnitState.UNPACKED
    again = packing.pack(uow, Pack(trade.order.number))
    assert steps(uow)[-3:] == [Step.PACK, Step.UNPACK, Step.PACK]
    told = uow.session.scalars(
        select(EntryThing.name).where(~EntryThing.is_class).order_by(EntryThing.id)
    ).all()
    assert told == [f"https://id.gs1.org/00/{made.sscc}" for made in (unit, unit, again)]
    with pytest.raises(DomainError):
        packing.unpack(uow, unit.sscc)
    assert held(uow, trade.batch.id) == {(trade.farm.base.id, Bucket.ON_HAND): (150_000, 10)}


def test_a_promise_that_is_packed_cannot_be_taken_back(uow: UnitOfWork) -> None:
    trade = make_trade(uow)
    make_packed(uow, trade)
    row = uow.session.scalars(select(Allocation)).one()
    with pytest.raises(DomainError):
        allocation.cancel(uow, row.id)


def test_a_batch_put_on_hold_after_the_promise_is_not_packed(uow: UnitOfWork) -> None:
    trade = make_trade(uow)
    allocation.promise_order(uow, trade.order.number)
    hold.place(uow, trade.batch.id, "农残复检")
    with pytest.raises(Refused, match=f"{trade.batch.number}.*农残复检"):
        packing.pack(uow, Pack(trade.order.number))


def test_goods_are_not_packed_in_the_future(uow: UnitOfWork) -> None:
    trade = make_trade(uow)
    allocation.promise_order(uow, trade.order.number)
    with pytest.raises(Invalid):
        packing.pack(uow, Pack(trade.order.number, at=NOW + timedelta(minutes=1)))


def test_a_co_operative_without_a_company_prefix_has_no_sscc_to_give(uow: UnitOfWork) -> None:
    trade = make_trade(uow)
    ended = {"valid_until": NOW.date() - timedelta(days=1)}
    uow.session.execute(update(CompanyPrefix).values(ended))
    allocation.promise_order(uow, trade.order.number)
    with pytest.raises(Refused):
        packing.pack(uow, Pack(trade.order.number))
