"""Shipments: planned, on the road, at the gates; what may not travel does not leave."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from catalog.models.product import StorageProfile
from logistics.models.packing import Allocation, LogisticUnit
from logistics.queries import fleet as fleets
from logistics.rules.states import AllocationState, Severity, ShipmentState, UnitState
from logistics.services import departure, packing, shipment
from logistics.services.planning import PlanStop
from supplychain.base.rules import SiteKind
from supplychain.kernel.db.uow import UnitOfWork
from supplychain.kernel.errors import Conflict, DomainError, Invalid, NotFound, Refused
from supplychain.kernel.permissions import SYSTEM
from tests.conftest import NOW
from tests.make.base import make_party, make_site
from tests.make.contracts import acting_for, make_deal, make_order
from tests.make.logistics import (
    ARRIVED,
    LEFT,
    Trade,
    acting,
    held,
    make_dispatched,
    make_fleet,
    make_packed,
    make_plan,
    make_trade,
    steps,
)
from tests.make.traceability import make_batch, make_farm
from traceability.models.batch import Certificate
from traceability.models.ledger import Holding
from traceability.rules.ledger import Bucket, Step
from traceability.services import hold


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


def test_goods_go_with_a_carrier_and_its_logger_or_with_the_shippers_own(uow: UnitOfWork) -> None:
    trade = make_trade(uow)
    unit = make_packed(uow, trade)
    others = make_fleet(uow)
    with acting(uow, trade.selling):
        with pytest.raises(Invalid, match=others.carrier.short_name) as error:
            make_plan(uow, trade, unit, device=others.device.serial)
        assert list(error.value.fields) == ["device"]
        others.device.owner_id = trade.farm.coop.id
        planned = make_plan(uow, trade, unit, device=others.device.serial)
        shipment.cancel(uow, planned.number)
        make_plan(uow, trade, unit, plate=others.vehicle.plate, device=others.device.serial)


def test_goods_do_not_go_with_the_lorry_of_another_grower(uow: UnitOfWork) -> None:
    trade = make_trade(uow)
    unit = make_packed(uow, trade)
    neighbour = make_party(uow)
    for owner in (neighbour, trade.deal.buyer):
        trade.fleet.vehicle.carrier_id = owner.id
        with pytest.raises(Invalid, match=owner.short_name) as error:
            make_plan(uow, trade, unit, device=None)
        assert list(error.value.fields) == ["plate"]
    trade.fleet.vehicle.carrier_id = trade.farm.coop.id
    make_plan(uow, trade, unit, device=None)


def test_only_lorries_and_loggers_that_may_be_taken_are_offered(uow: UnitOfWork) -> None:
    trade, neighbour = make_trade(uow), make_trade(uow)
    neighbour.fleet.device.owner_id = neighbour.fleet.vehicle.carrier_id = neighbour.farm.coop.id
    uow.flush()
    for actor, offered in ((trade.selling, 1), (neighbour.selling, 2), (SYSTEM, 2)):
        assert len(fleets.vehicle_choices(uow.session, actor)) == offered
        assert len(fleets.device_choices(uow.session, actor)) == offered


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
    with pytest.raises(Refused, match=f"{trade.batch.number}.*农残复检"):
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
