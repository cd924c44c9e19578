"""Allocation, packing, shipments and receipts: goods are promised once, packed, carried and weighed in."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from threading import Barrier
from typing import Any

import pytest
from logistics.services.planning import PlanStop
from sqlalchemy import func, select

from catalog.models.product import StorageProfile
from logistics.models.packing import Allocation, LogisticUnit, UnitContent
from logistics.models.shipment import ReceiptLine, Shipment
from logistics.queries import demand as demands
from logistics.queries import packing as packings
from logistics.rules.states import AllocationState, RejectReason, Severity, ShipmentState, UnitState
from logistics.services import allocation, departure, packing, receipt, shipment, telemetry
from logistics.services.allocation import Promise
from logistics.services.packing import Pack, Part
from logistics.services.receipt import Receive, Weighed
from supplychain.base.rules import SiteKind
from supplychain.contracts.models.order import Delivery, DeliveryLine, OrderLine
from supplychain.contracts.rules import OrderState
from supplychain.contracts.services import order as orders
from supplychain.kernel.db.uow import Database, UnitOfWork
from supplychain.kernel.errors import Conflict, DomainError, Invalid, NotFound, Refused
from supplychain.kernel.permissions import SYSTEM
from tests.conftest import NOW
from tests.make.base import check_digit, make_party, make_site
from tests.make.contracts import acting_for, make_deal, make_order
from tests.make.logistics import (
    ARRIVED,
    LEFT,
    Trade,
    acting,
    make_dispatched,
    make_packed,
    make_plan,
    make_trade,
    measured,
    steady,
)
from tests.make.traceability import make_batch, make_farm
from traceability.models.batch import Batch, Certificate
from traceability.models.ledger import Entry, EntryUnit, Holding
from traceability.rules import BatchState, Bucket, Step
from traceability.services import hold

# --- promises ---------------------------------------------------------------------------------------


def by_hand(trade: Trade, boxes: int = 10, grams: int | None = None, batch: Batch | None = None) -> Promise:
    taken = batch or trade.batch
    mass = boxes * 15_000 if grams is None else grams
    return Promise(trade.line.id, taken.id, taken.site_id, boxes, mass)


def held(uow: UnitOfWork, batch_id: int) -> dict[tuple[int, Bucket], tuple[int, int]]:
    """Return what there is of a batch, by place and in what way."""
    rows = uow.session.scalars(select(Holding).where(Holding.batch_id == batch_id, Holding.grams > 0))
    return {(row.site_id, row.bucket): (row.grams, row.boxes) for row in rows}


def steps(uow: UnitOfWork) -> list[Step]:
    return list(uow.session.scalars(select(Entry.step).order_by(Entry.id)))


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
    with pytest.raises(Refused, match=trade.batch.number):
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


# --- packing ----------------------------------------------------------------------------------------


def test_a_unit_gets_an_sscc_of_the_sellers_prefix_with_a_right_check_digit(uow: UnitOfWork) -> None:
    trade = make_trade(uow)
    unit = make_packed(uow, trade)
    assert len(unit.sscc) == 18
    assert unit.sscc[1:].startswith(trade.farm.coop.gs1_prefix or "no prefix")
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
    told = uow.session.scalars(select(EntryUnit.sscc).order_by(EntryUnit.id)).all()
    assert told == [unit.sscc, unit.sscc, again.sscc]
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
    with pytest.raises(Refused, match=trade.batch.number):
        packing.pack(uow, Pack(trade.order.number))


def test_goods_are_not_packed_in_the_future(uow: UnitOfWork) -> None:
    trade = make_trade(uow)
    allocation.promise_order(uow, trade.order.number)
    with pytest.raises(Invalid):
        packing.pack(uow, Pack(trade.order.number, at=NOW + timedelta(minutes=1)))


def test_a_co_operative_without_a_company_prefix_has_no_sscc_to_give(uow: UnitOfWork) -> None:
    trade = make_trade(uow)
    trade.farm.coop.gs1_prefix = None
    allocation.promise_order(uow, trade.order.number)
    with pytest.raises(Refused):
        packing.pack(uow, Pack(trade.order.number))


# --- shipments --------------------------------------------------------------------------------------


def test_a_planned_lorry_keeps_the_goods_band_and_knows_its_gate(uow: UnitOfWork) -> None:
    trade = make_trade(uow)
    with acting(uow, trade.selling):
        planned = make_plan(uow, trade, make_packed(uow, trade), stops=())
    assert planned.number == "YD261119-0001" or planned.number.startswith("YD")
    assert (planned.band_min_centi, planned.band_max_centi) == (0, 400)
    assert planned.verdict is Severity.UNKNOWN
    (stop,) = shipment.stops_of(uow, planned.id)
    assert (stop.site_id, stop.planned_at) == (trade.deal.gate.id, LEFT + timedelta(minutes=840))


def warm_goods(uow: UnitOfWork, trade: Trade) -> LogisticUnit:
    """Pack goods of the same grower that want 8 to 12 ℃, for the same gate."""
    farm = make_farm(uow, name_zh="四季豆")
    profile = uow.session.scalars(
        select(StorageProfile).where(StorageProfile.product_id == farm.product.id)
    ).one()
    profile.min_centi_celsius, profile.max_centi_celsius = 800, 1200
    batch = make_batch(uow, farm, released=True, producer_id=trade.farm.coop.id, site_id=trade.farm.base.id)
    uow.session.execute(
        Holding.__table__.update().where(Holding.batch_id == batch.id).values(site_id=trade.farm.base.id)  # type: ignore[attr-defined]  # a table
    )
    deal = make_deal(uow, seller=trade.farm.coop, buyer=trade.deal.buyer, item=farm.item)
    order, _ = make_order(uow, deal, 10, ship_to_id=trade.deal.gate.id)
    return make_packed(uow, trade, order)


def test_goods_with_no_temperature_in_common_do_not_share_a_lorry_and_both_are_named(
    uow: UnitOfWork,
) -> None:
    trade = make_trade(uow)
    cold, warm = make_packed(uow, trade), warm_goods(uow, trade)
    with pytest.raises(Refused) as error:
        make_plan(uow, trade, cold, warm)
    assert "高山甘蓝" in str(error.value)
    assert "四季豆" in str(error.value)


@pytest.mark.parametrize("unknown", ["plate", "route", "device"])
def test_a_plan_names_what_is_not_known(uow: UnitOfWork, unknown: str) -> None:
    trade = make_trade(uow)
    with pytest.raises(Invalid) as error:
        make_plan(uow, trade, make_packed(uow, trade), **{unknown: "NO-SUCH"})
    assert list(error.value.fields) == [unknown]


def test_a_unit_is_planned_once_and_not_taken_apart_while_it_is(uow: UnitOfWork) -> None:
    trade = make_trade(uow)
    unit = make_packed(uow, trade)
    make_plan(uow, trade, unit)
    with pytest.raises(Refused, match=unit.sscc):
        make_plan(uow, trade, unit)
    with pytest.raises(Refused, match=unit.sscc):
        packing.unpack(uow, unit.sscc)


def test_somebody_elses_units_are_not_planned(uow: UnitOfWork) -> None:
    trade = make_trade(uow)
    unit = make_packed(uow, trade)
    with acting(uow, acting_for(make_party(uow))), pytest.raises(Invalid):
        make_plan(uow, trade, unit)


def test_stops_must_be_the_gates_of_the_orders(uow: UnitOfWork) -> None:
    trade = make_trade(uow)
    elsewhere = make_site(uow, trade.deal.buyer, SiteKind.DEPOT)
    with pytest.raises(Invalid):
        make_plan(uow, trade, make_packed(uow, trade), stops=(PlanStop(elsewhere.code, ARRIVED),))


def test_giving_a_shipment_up_frees_its_units_and_its_logger(uow: UnitOfWork) -> None:
    trade = make_trade(uow)
    unit = make_packed(uow, trade)
    planned = make_plan(uow, trade, unit)
    with acting(uow, trade.selling):
        shipment.cancel(uow, planned.number)
    assert (planned.state, unit.shipment_id) == (ShipmentState.CANCELLED, None)
    make_plan(uow, trade, unit)
    with pytest.raises(DomainError):
        departure.dispatch(uow, planned.number)


def test_a_lorry_that_leaves_takes_the_goods_out_of_the_store(uow: UnitOfWork) -> None:
    trade = make_trade(uow)
    gone = make_dispatched(uow, trade)
    assert (gone.state, gone.departed_at) == (ShipmentState.IN_TRANSIT, LEFT)
    assert held(uow, trade.batch.id) == {(trade.deal.gate.id, Bucket.IN_TRANSIT): (150_000, 10)}
    assert set(uow.session.scalars(select(Allocation.state))) == {AllocationState.SHIPPED}
    assert set(uow.session.scalars(select(LogisticUnit.state))) == {UnitState.SHIPPED}
    assert steps(uow)[-1] is Step.SHIP
    with pytest.raises(DomainError):
        departure.dispatch(uow, gone.number)
    with pytest.raises(DomainError):
        shipment.cancel(uow, gone.number)
    assert steps(uow).count(Step.SHIP) == 1


def test_a_batch_put_on_hold_does_not_leave(uow: UnitOfWork) -> None:
    trade = make_trade(uow)
    planned = make_plan(uow, trade, make_packed(uow, trade))
    hold.place(uow, trade.batch.id, "农残复检")
    with pytest.raises(Refused, match=trade.batch.number):
        departure.dispatch(uow, planned.number, LEFT)
    assert steps(uow)[-1] is not Step.SHIP


def test_a_batch_whose_paper_ends_before_arrival_does_not_leave(uow: UnitOfWork) -> None:
    trade = make_trade(uow)
    planned = make_plan(uow, trade, make_packed(uow, trade))
    for paper in uow.session.scalars(select(Certificate).where(Certificate.batch_id == trade.batch.id)):
        paper.valid_until = date(2026, 11, 19)
    uow.flush()
    with pytest.raises(Refused, match=trade.batch.number):
        departure.dispatch(uow, planned.number, LEFT)


def test_a_batch_past_its_date_on_arrival_does_not_leave(uow: UnitOfWork) -> None:
    trade = make_trade(uow)
    planned = make_plan(uow, trade, make_packed(uow, trade))
    trade.batch.best_before_on = date(2026, 11, 19)
    uow.flush()
    with pytest.raises(Refused, match=trade.batch.number):
        departure.dispatch(uow, planned.number, LEFT)


def test_a_lorry_does_not_leave_with_more_than_it_carries(uow: UnitOfWork) -> None:
    trade = make_trade(uow)
    trade.fleet.vehicle.capacity_grams = 149_999
    planned = make_plan(uow, trade, make_packed(uow, trade))
    with pytest.raises(Refused, match=trade.fleet.vehicle.plate):
        departure.dispatch(uow, planned.number, LEFT)


def test_only_the_shipper_lets_a_lorry_leave(uow: UnitOfWork) -> None:
    trade = make_trade(uow)
    planned = make_plan(uow, trade, make_packed(uow, trade))
    for actor in (trade.buying, trade.fleet.driving, acting_for(make_party(uow))):
        with acting(uow, actor), pytest.raises(NotFound):
            departure.dispatch(uow, planned.number)


def test_the_driver_reports_the_gate_once_and_not_before_leaving(uow: UnitOfWork) -> None:
    trade = make_trade(uow)
    gone = make_dispatched(uow, trade)
    gate = trade.deal.gate.code
    with acting(uow, trade.fleet.driving):
        with pytest.raises(Invalid):
            shipment.arrive(uow, gone.number, gate, LEFT - timedelta(minutes=1))
        with pytest.raises(Invalid):
            shipment.arrive(uow, gone.number, gate, NOW + timedelta(minutes=1))
        shipment.arrive(uow, gone.number, gate, ARRIVED)
        with pytest.raises(Conflict):
            shipment.arrive(uow, gone.number, gate, ARRIVED)
    assert (gone.state, gone.arrived_at) == (ShipmentState.ARRIVED, ARRIVED)


# --- receipts ---------------------------------------------------------------------------------------


def weigh_in(
    trade: Trade, gone: Shipment, accepted: int = 150_000, rejected: int = 0, **values: object
) -> Receive:
    line = Weighed(
        trade.line.id,
        trade.batch.id,
        accepted,
        rejected,
        rejected // 15_000,
        RejectReason.QUALITY if rejected else None,
    )
    given: dict[str, object] = {"lines": (line,), "at": ARRIVED}
    return Receive(gone.number, trade.deal.gate.code, **(given | values))  # type: ignore[arg-type]  # as named


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


def second_gate(uow: UnitOfWork, trade: Trade) -> Trade:
    """Let another buyer order from the same grower, with goods of its own batch."""
    deal = make_deal(uow, seller=trade.farm.coop, item=trade.farm.item)
    batch = make_batch(uow, trade.farm, released=True)
    order, line = make_order(uow, deal, 10)
    return Trade(trade.farm, deal, batch, order, line, trade.fleet)


def test_a_lorry_with_two_gates_ends_its_trip_at_the_last(uow: UnitOfWork) -> None:
    first = make_trade(uow)
    unit = make_packed(uow, first)
    last = second_gate(uow, first)
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
    last = second_gate(uow, first)
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
