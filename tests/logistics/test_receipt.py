"""Receipts: weighed in once at the gate, every gram told to ledger and contract."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from sqlalchemy import func, select

from logistics.models.packing import LogisticUnit
from logistics.models.shipment import ReceiptLine
from logistics.rules.states import RejectReason, Severity, ShipmentState, UnitState
from logistics.services import departure, receipt, shipment, telemetry
from logistics.services.planning import PlanStop
from logistics.services.receipt import Weighed
from supplychain.contracts.models.order import Delivery, DeliveryLine, OrderLine
from supplychain.contracts.rules import OrderState
from supplychain.kernel.db.uow import Database, UnitOfWork
from supplychain.kernel.errors import Conflict, DomainError, Invalid, NotFound, Refused
from supplychain.kernel.permissions import SYSTEM
from tests.conftest import NOW
from tests.make.base import make_party
from tests.make.contracts import acting_for
from tests.make.logistics import (
    ARRIVED,
    LEFT,
    acting,
    held,
    make_dispatched,
    make_packed,
    make_plan,
    make_second_gate,
    make_trade,
    measured,
    steady,
    steps,
    weigh_in,
)
from tests.make.traceability import make_batch
from traceability.models.ledger import Holding
from traceability.rules.ledger import Bucket, Step


def test_a_gate_takes_refuses_and_misses_goods_and_every_gram_is_told(uow: UnitOfWork) -> None:
    trade = make_trade(uow)
    gone = make_dispatched(uow, trade)
    with acting(uow, trade.buying):
        got = receipt.receive(uow, weigh_in(trade, gone, 118_500, 30_000, surface_centi=350))
    assert got.number.startswith("SH")
    line = uow.session.scalars(select(ReceiptLine)).one()
    assert (line.shipped_grams, line.accepted_grams, line.rejected_grams, line.loss_grams) == (
        150_000,
        118_500,
        30_000,
        1_500,
    )
    assert (line.shipped_boxes, line.accepted_boxes, line.rejected_boxes) == (10, 8, 2)
    gate = trade.deal.gate.id
    left = held(uow, trade.batch.id)
    assert (gate, Bucket.IN_TRANSIT) not in left
    assert {bucket: amount for (site, bucket), amount in left.items() if site == gate}
    assert sum(grams for grams, _ in left.values()) in {148_500, 150_000}
    assert steps(uow)[-3:] == [Step.RECEIVE, Step.REJECT, Step.LOSE]
    assert (gone.state, gone.arrived_at) == (ShipmentState.RECEIVED, ARRIVED)
    assert set(uow.session.scalars(select(LogisticUnit.state))) == {UnitState.RECEIVED}


def test_what_the_gate_took_in_stands_in_the_contract(uow: UnitOfWork) -> None:
    trade = make_trade(uow)
    gone = make_dispatched(uow, trade)
    got = receipt.receive(uow, weigh_in(trade, gone, 118_500, 30_000))
    record = uow.session.scalars(select(Delivery)).one()
    assert record.source == f"{got.number}/{trade.order.number}"
    line = uow.session.scalars(select(DeliveryLine)).one()
    assert (line.shipped_grams, line.accepted_grams, line.rejected_grams, line.loss_grams) == (
        150_000,
        118_500,
        30_000,
        1_500,
    )
    assert trade.order.state is OrderState.DELIVERED


def test_an_order_of_which_some_is_still_to_come_is_partly_delivered(uow: UnitOfWork) -> None:
    trade = make_trade(uow, ordered=20)
    gone = make_dispatched(uow, trade)
    receipt.receive(uow, weigh_in(trade, gone))
    assert trade.order.state is OrderState.PARTLY_DELIVERED


def test_everything_may_be_lost_on_the_way(uow: UnitOfWork) -> None:
    trade = make_trade(uow)
    gone = make_dispatched(uow, trade)
    receipt.receive(uow, weigh_in(trade, gone, 0))
    assert not any(bucket is Bucket.IN_TRANSIT for _, bucket in held(uow, trade.batch.id))
    boxes = select(func.sum(Holding.boxes)).where(Holding.bucket == Bucket.IN_TRANSIT)
    assert not uow.session.scalar(boxes)


def test_everything_may_be_refused_without_counting_the_boxes(uow: UnitOfWork) -> None:
    trade = make_trade(uow)
    gone = make_dispatched(uow, trade)
    refused = Weighed(trade.line.id, trade.batch.id, 0, 150_000, 0, RejectReason.TEMPERATURE)
    receipt.receive(uow, weigh_in(trade, gone, lines=(refused,)))
    line = uow.session.scalars(select(ReceiptLine)).one()
    assert (line.accepted_boxes, line.rejected_boxes) == (0, 10)
    boxes = select(func.sum(Holding.boxes)).where(Holding.bucket == Bucket.IN_TRANSIT)
    assert not uow.session.scalar(boxes)


def test_no_gate_takes_in_twice(uow: UnitOfWork) -> None:
    trade = make_trade(uow)
    gone = make_dispatched(uow, trade)
    receipt.receive(uow, weigh_in(trade, gone))
    with pytest.raises(Conflict):
        receipt.receive(uow, weigh_in(trade, gone))
    assert uow.session.scalar(select(func.count(Delivery.id))) == 1


def test_two_who_receive_at_once_receive_once(real_db: Database) -> None:
    with real_db.unit_of_work(SYSTEM) as uow:
        trade = make_trade(uow)
        gone = make_dispatched(uow, trade)
    together = Barrier(2, timeout=30)

    def gate(_: int) -> str:
        together.wait()
        try:
            with real_db.unit_of_work(trade.buying) as uow:
                receipt.receive(uow, weigh_in(trade, gone))
        except DomainError as error:
            return error.code
        return "received"

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(gate, range(2))) == ["conflict", "received"]


def test_only_the_gates_own_people_receive(uow: UnitOfWork) -> None:
    trade = make_trade(uow)
    gone = make_dispatched(uow, trade)
    for actor in (trade.selling, trade.fleet.driving, acting_for(make_party(uow))):
        with acting(uow, actor), pytest.raises(NotFound):
            receipt.receive(uow, weigh_in(trade, gone))


def test_goods_that_never_left_are_not_received(uow: UnitOfWork) -> None:
    trade = make_trade(uow)
    planned = make_plan(uow, trade, make_packed(uow, trade))
    with pytest.raises(Refused):
        receipt.receive(uow, weigh_in(trade, planned))


@pytest.mark.parametrize(
    ("line", "field"),
    [
        ({"accepted_grams": 150_001}, "lines.0.accepted_grams"),
        ({"accepted_grams": -1}, "lines.0.accepted_grams"),
        ({"accepted_grams": 0, "rejected_grams": 15_000}, "lines.0.reject_reason"),
        ({"accepted_grams": 0, "rejected_boxes": 11}, "lines.0.rejected_boxes"),
        ({"accepted_grams": 0, "rejected_boxes": 2}, "lines.0.rejected_grams"),
        ({"batch_id": 0}, "lines"),
    ],
)
def test_a_weighing_that_cannot_be_names_its_line_and_field(
    uow: UnitOfWork, line: dict[str, int], field: str
) -> None:
    trade = make_trade(uow)
    gone = make_dispatched(uow, trade)
    given = {"order_line_id": trade.line.id, "batch_id": trade.batch.id, "accepted_grams": 150_000}
    with pytest.raises(Invalid) as error:
        receipt.receive(uow, weigh_in(trade, gone, lines=(Weighed(**(given | line)),)))  # type: ignore[arg-type]  # integers
    assert list(error.value.fields) == [field]


def test_the_second_line_is_blamed_when_the_second_line_is_too_heavy(uow: UnitOfWork) -> None:
    trade = make_trade(uow, ordered=14)
    more = make_batch(uow, trade.farm, released=True, boxes=4, grams=60_000)
    gone = make_dispatched(uow, trade)
    lines = (
        Weighed(trade.line.id, trade.batch.id, 150_000),
        Weighed(trade.line.id, more.id, 60_001),
    )
    with pytest.raises(Invalid) as error:
        receipt.receive(uow, weigh_in(trade, gone, lines=lines))
    assert list(error.value.fields) == ["lines.1.accepted_grams"]
    with pytest.raises(Invalid) as error:
        receipt.receive(uow, weigh_in(trade, gone, lines=lines[:1]))
    assert list(error.value.fields) == ["lines"]


def test_goods_are_not_received_before_they_left_nor_tomorrow(uow: UnitOfWork) -> None:
    trade = make_trade(uow)
    gone = make_dispatched(uow, trade)
    for at in (LEFT - timedelta(minutes=1), NOW + timedelta(minutes=1)):
        with pytest.raises(Invalid) as error:
            receipt.receive(uow, weigh_in(trade, gone, at=at))
        assert list(error.value.fields) == ["at"]


def test_a_lorry_with_two_gates_ends_its_trip_at_the_last(uow: UnitOfWork) -> None:
    first = make_trade(uow)
    unit = make_packed(uow, first)
    last = make_second_gate(uow, first)
    planned = make_plan(
        uow,
        first,
        unit,
        make_packed(uow, last),
        stops=(
            PlanStop(first.deal.gate.code, ARRIVED),
            PlanStop(last.deal.gate.code, ARRIVED + timedelta(minutes=70)),
        ),
    )
    gone = departure.dispatch(uow, planned.number, LEFT)
    assert steps(uow)[-2:] == [Step.SHIP, Step.SHIP]
    with acting(uow, first.buying):
        receipt.receive(uow, weigh_in(first, gone))
    assert (gone.state, gone.arrived_at) == (ShipmentState.IN_TRANSIT, None)
    assert held(uow, last.batch.id) == {(last.deal.gate.id, Bucket.IN_TRANSIT): (150_000, 10)}
    with acting(uow, first.buying), pytest.raises(NotFound):
        receipt.receive(uow, weigh_in(last, gone))
    with acting(uow, last.buying):
        receipt.receive(uow, weigh_in(last, gone, at=ARRIVED + timedelta(minutes=70)))
    assert (gone.state, gone.arrived_at) == (ShipmentState.RECEIVED, ARRIVED + timedelta(minutes=70))


def test_arrivals_may_be_reported_in_any_order_and_the_latest_ends_the_trip(uow: UnitOfWork) -> None:
    first = make_trade(uow)
    unit = make_packed(uow, first)
    last = make_second_gate(uow, first)
    planned = make_plan(uow, first, unit, make_packed(uow, last), stops=())
    gone = departure.dispatch(uow, planned.number, LEFT)
    shipment.arrive(uow, gone.number, last.deal.gate.code, ARRIVED)
    assert gone.state is ShipmentState.IN_TRANSIT
    shipment.arrive(uow, gone.number, first.deal.gate.code, ARRIVED - timedelta(hours=1))
    assert (gone.state, gone.arrived_at) == (ShipmentState.ARRIVED, ARRIVED)


def test_the_cold_chain_is_told_to_ledger_and_contract_at_the_gate(uow: UnitOfWork) -> None:
    trade = make_trade(uow)
    gone = make_dispatched(uow, trade)
    telemetry.record(uow, measured(trade, steady()))
    receipt.receive(uow, weigh_in(trade, gone))
    assert gone.verdict is Severity.FINE
    assert Step.TEMPERATURE in steps(uow)
    assert uow.session.scalars(select(Delivery.cold_chain)).one() == "fine"


def test_ordered_lines_stay_as_they_were(uow: UnitOfWork) -> None:
    trade = make_trade(uow)
    receipt.receive(uow, weigh_in(trade, make_dispatched(uow, trade)))
    assert uow.session.get_one(OrderLine, trade.line.id).boxes == 10
