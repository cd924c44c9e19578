"""Held boxes, pallets and batches at each change of hands; what was diverted; what was destroyed."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from logistics.models.packing import Allocation, LogisticUnit
from logistics.rules.states import AllocationState, UnitState
from logistics.services import allocation, departure, packing, receipt
from logistics.services.packing import Pack, Part
from supplychain.kernel.db.uow import Database, UnitOfWork
from supplychain.kernel.errors import Refused
from supplychain.kernel.permissions import SYSTEM
from tests.conftest import SignIn
from tests.make.contracts import make_deal, make_order
from tests.make.logistics import (
    LEFT,
    Trade,
    acting,
    by_hand,
    held,
    make_dispatched,
    make_packed,
    make_plan,
    make_trade,
    steps,
    weigh_in,
)
from tests.make.traceability import let_go, person_of
from traceability.models.hold import Hold
from traceability.models.ledger import Holding
from traceability.rules.hold import Disposition, HoldKind, HoldState
from traceability.rules.ledger import Bucket, Step
from traceability.services import disposition, hold, unit_hold
from traceability.services.way_out import Propose

WHY = "托盘浸水"


def two_pallets(uow: UnitOfWork) -> tuple[Trade, LogisticUnit, LogisticUnit]:
    """Make a trade whose ten crates stand on two pallets, four on the first."""
    trade = make_trade(uow)
    (row,) = allocation.promise_order(uow, trade.order.number)
    first = packing.pack(uow, Pack(trade.order.number, (Part(row.id, 4),), at=LEFT))
    return trade, first, packing.pack(uow, Pack(trade.order.number, at=LEFT))


def decided(uow: UnitOfWork, trade: Trade, row: Hold, what: Propose) -> None:
    """Let two people of the co-operative decide, and whoever cares hear it."""
    with acting(uow, person_of(trade.farm.coop, 11)):
        disposition.propose(uow, row.id, what)
    with acting(uow, person_of(trade.farm.coop, 12)):
        disposition.sign(uow, row.id)
    uow.drain()


def test_a_held_pallet_is_not_loaded_unpacked_or_sent_and_the_other_goes(uow: UnitOfWork) -> None:
    trade, first, second = two_pallets(uow)
    row = unit_hold.place(uow, first.sscc, WHY)
    for act in (
        lambda: make_plan(uow, trade, first, second),
        lambda: packing.unpack(uow, first.sscc),
    ):
        with pytest.raises(Refused, match=f"{first.sscc}.*{WHY}"), uow.session.begin_nested():
            act()
    planned = make_plan(uow, trade, second)
    departure.dispatch(uow, planned.number, LEFT)
    let_go(uow, row.id)
    packing.unpack(uow, first.sscc)


def test_a_pallet_held_after_it_was_loaded_does_not_leave(uow: UnitOfWork) -> None:
    trade = make_trade(uow)
    unit = make_packed(uow, trade)
    planned = make_plan(uow, trade, unit)
    row = unit_hold.place(uow, unit.sscc, WHY)
    with pytest.raises(Refused, match=f"{unit.sscc}.*{WHY}"), uow.session.begin_nested():
        departure.dispatch(uow, planned.number, LEFT)
    let_go(uow, row.id)
    departure.dispatch(uow, planned.number, LEFT)


def test_of_a_held_pallet_on_the_way_nothing_is_accepted_but_all_of_the_other(uow: UnitOfWork) -> None:
    trade, first, second = two_pallets(uow)
    gone = departure.dispatch(uow, make_plan(uow, trade, first, second).number, LEFT)
    unit_hold.place(uow, first.sscc, WHY)
    for accepted, rejected in ((150_000, 0), (90_001, 59_999)):
        with pytest.raises(Refused, match=f"{first.sscc}.*{WHY}"), uow.session.begin_nested():
            receipt.receive(uow, weigh_in(trade, gone, accepted, rejected))
    receipt.receive(uow, weigh_in(trade, gone, 90_000, 60_000))
    gate = trade.deal.gate.id
    assert held(uow, trade.batch.id) == {
        (gate, Bucket.ON_HAND): (90_000, 6),
        (gate, Bucket.REJECTED): (60_000, 4),
    }


def test_of_a_held_batch_on_the_way_nothing_is_accepted_but_all_may_be_refused(uow: UnitOfWork) -> None:
    trade = make_trade(uow)
    gone = make_dispatched(uow, trade)
    hold.place(uow, trade.batch.id, WHY)
    with pytest.raises(Refused, match=f"{trade.batch.number}.*{WHY}"), uow.session.begin_nested():
        receipt.receive(uow, weigh_in(trade, gone, 15_000, 135_000))
    receipt.receive(uow, weigh_in(trade, gone, 0, 150_000))
    assert held(uow, trade.batch.id) == {(trade.deal.gate.id, Bucket.REJECTED): (150_000, 10)}


def test_what_was_diverted_is_proposed_packed_sent_and_accepted_for_its_buyer_only(uow: UnitOfWork) -> None:
    trade = make_trade(uow)
    rival = make_deal(uow, seller=trade.farm.coop, item=trade.farm.item)
    order, line = make_order(uow, rival, 10)
    theirs = by_hand(Trade(trade.farm, rival, trade.batch, order, line, trade.fleet))
    row = hold.place(uow, trade.batch.id, "残留略高", HoldKind.RESIDUE)
    way = Propose(Disposition.DIVERT, "改作饲料", buyer=trade.deal.buyer.code, diverted_to="饲料")
    decided(uow, trade, row, way)
    with pytest.raises(Refused):
        allocation.promise_order(uow, order.number)
    with pytest.raises(Refused, match=trade.deal.buyer.short_name):
        allocation.promise(uow, order.number, [theirs])
    gone = make_dispatched(uow, trade)
    receipt.receive(uow, weigh_in(trade, gone))
    assert (row.state, row.lifted_at) == (HoldState.SETTLED, None)
    assert held(uow, trade.batch.id) == {(trade.deal.gate.id, Bucket.ON_HAND): (150_000, 10)}


def test_a_destroyed_pallet_is_written_off_alone_and_its_promise_taken_back(uow: UnitOfWork) -> None:
    trade, first, second = two_pallets(uow)
    make_plan(uow, trade, second)
    row = unit_hold.place(uow, first.sscc, WHY)
    decided(uow, trade, row, Propose(Disposition.DESTROY, "浸水霉变"))
    assert held(uow, trade.batch.id) == {(trade.farm.base.id, Bucket.ON_HAND): (90_000, 6)}
    assert (first.state, second.state) == (UnitState.UNPACKED, UnitState.PACKED)
    states = dict(uow.session.execute(select(Allocation.boxes, Allocation.state)).all())
    assert states == {4: AllocationState.CANCELLED, 6: AllocationState.PACKED}
    assert (row.state, row.lifted_at) == (HoldState.SETTLED, None)
    assert steps(uow)[-1] is Step.DESTROY
    with pytest.raises(Refused):
        unit_hold.check_units_free(uow, [first.sscc])


def test_a_pallet_that_has_left_is_not_destroyed_from_afar(uow: UnitOfWork) -> None:
    trade = make_trade(uow)
    unit = make_packed(uow, trade)
    departure.dispatch(uow, make_plan(uow, trade, unit).number, LEFT)
    row = unit_hold.place(uow, unit.sscc, WHY)
    with pytest.raises(Refused, match="离库"):
        disposition.propose(uow, row.id, Propose(Disposition.DESTROY, "x"))


def test_a_destroyed_batch_leaves_no_promise_and_no_packed_unit_behind(uow: UnitOfWork) -> None:
    trade, first, second = two_pallets(uow)
    make_plan(uow, trade, second)
    row = hold.place(uow, trade.batch.id, "霉变")
    decided(uow, trade, row, Propose(Disposition.DESTROY, "霉变"))
    assert {first.state, second.state} == {UnitState.UNPACKED}
    assert (first.shipment_id, second.shipment_id) == (None, None)
    assert set(uow.session.scalars(select(Allocation.state))) == {AllocationState.CANCELLED}
    assert not uow.session.scalar(select(Holding.id).where(Holding.grams > 0))


def test_a_hold_on_a_unit_that_is_no_more_can_still_be_ended(uow: UnitOfWork) -> None:
    trade, first, _ = two_pallets(uow)
    narrow = unit_hold.place(uow, first.sscc, WHY)
    decided(uow, trade, hold.place(uow, trade.batch.id, "霉变"), Propose(Disposition.DESTROY, "霉变"))
    assert first.state is UnitState.UNPACKED
    let_go(uow, narrow.id)
    unit_hold.check_units_free(uow, [first.sscc])


def test_unit_shipment_and_gate_sheet_say_what_is_held_and_why(
    client: FlaskClient, db: Database, sign_in: SignIn
) -> None:
    with db.unit_of_work(SYSTEM) as uow:
        trade, first, second = two_pallets(uow)
        gone = departure.dispatch(uow, make_plan(uow, trade, first, second).number, LEFT)
        number = unit_hold.place(uow, first.sscc, WHY).number
        hold.place(uow, trade.batch.id, "残留复检")
        coop, buyer, gate = trade.farm.coop, trade.deal.buyer, trade.deal.gate.code
    clerk, market = sign_in("coop_clerk", coop), sign_in("buyer", buyer)
    page = client.get(f"/units/{first.sscc}", headers=clerk).text
    for words in (
        f"{first.sscc} 被暂扣：{WHY}",
        f"{trade.batch.number} 被暂扣：残留复检",
        f"/holds/{number}",
    ):
        assert words in page
    assert f"/holds/new?what={second.sscc}" in client.get(f"/units/{second.sscc}", headers=clerk).text
    for path in (f"/shipments/{gone.number}", f"/shipments/{gone.number}/receive/{gate}"):
        shown = client.get(path, headers=market).text
        assert f"{first.sscc} 被暂扣：{WHY}" in shown
        assert "残留复检" in shown
    unit = client.get(f"/holds/{number}", headers=clerk).text
    assert trade.batch.number in unit
    assert client.get(f"/holds/{number}", headers=market).status_code == 404


def test_a_pallet_is_held_by_scanning_it_and_a_program_is_told_why_it_stays(
    client: FlaskClient, db: Database, sign_in: SignIn
) -> None:
    with db.unit_of_work(SYSTEM) as uow:
        trade = make_trade(uow)
        unit = make_packed(uow, trade)
        coop = trade.farm.coop
    clerk = sign_in("coop_clerk", coop)
    form = client.get(f"/holds/new?what={unit.sscc}", headers=clerk).text
    assert unit.sscc in form
    said = {"what": f"(00){unit.sscc}", "reason": WHY, "kind": "other", "scope": "batch"}
    assert client.post("/holds/new", data=said, headers=clerk).status_code == 303
    assert client.delete(f"/api/v1/units/{unit.sscc}", headers=clerk).status_code == 409
    plan = {
        "ssccs": [unit.sscc],
        "plate": trade.fleet.vehicle.plate,
        "route": trade.fleet.route.code,
        "driver_name": "陈师傅",
        "driver_phone": "13800000000",
        "planned_departure_at": "2026-11-20T12:00:00Z",
    }
    refused = client.post("/api/v1/shipments", json=plan, headers=clerk)
    assert (refused.status_code, WHY in refused.get_json()["detail"]) == (409, True)
