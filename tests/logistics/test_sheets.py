"""Spreadsheets of logistics: what they do, and a second time nothing."""

from __future__ import annotations

from sqlalchemy import func, select

from logistics.models.packing import LogisticUnit
from logistics.models.shipment import Shipment
from logistics.rules.states import ShipmentState
from supplychain.base.rules import PartyKind
from supplychain.kernel.db.uow import UnitOfWork
from supplychain.kernel.loader import Suite
from supplychain.kernel.schema.base import load
from supplychain.kernel.sheets.sheet import Outcome, Row
from tests.make.base import make_party
from tests.make.logistics import (
    Trade,
    make_trade,
)
from traceability.models.ledger import Entry


def imported(uow: UnitOfWork, suite: Suite, kind: str, lines: list[dict[str, str]]) -> list[Outcome | str]:
    """Load lines of a kind and return what became of each."""
    sheet = suite.sheets[kind]
    assert sheet.load is not None
    shape = sheet.shape()
    rows = [Row(number, load(shape, line, text=True)) for number, line in enumerate(lines, 2)]
    done = sheet.load(uow, rows)
    assert not done.errors, [str(error) for error in done.errors.values()]
    return [done.outcomes[number] for number in sorted(done.outcomes)]


def loading_line(trade: Trade, **values: str) -> dict[str, str]:
    given = {
        "waybill": "YD-1",
        "plate": trade.fleet.vehicle.plate,
        "route": trade.fleet.route.code,
        "driver_name": "陈师傅",
        "driver_phone": "13800000000",
        "device": trade.fleet.device.serial,
        "from_site": trade.farm.base.code,
        "planned_departure_at": "2026-11-19 18:00",
        "departed_at": "2026-11-19 18:05",
        "buyer": trade.deal.buyer.code,
        "order": trade.order.number,
        "gate": trade.deal.gate.code,
        "planned_at": "2026-11-20 08:00",
        "arrived_at": "2026-11-20 08:10",
        "producer": trade.farm.coop.code,
        "batch": trade.batch.number,
        "boxes": "5",
        "grams": "75",
    }
    return given | values


def receiving_line(trade: Trade, **values: str) -> dict[str, str]:
    given = {
        "waybill": "YD-1",
        "gate": trade.deal.gate.code,
        "received_at": "2026-11-20 08:40",
        "received_by": "沈收货",
        "buyer": trade.deal.buyer.code,
        "order": trade.order.number,
        "producer": trade.farm.coop.code,
        "batch": trade.batch.number,
        "accepted_grams": "148.5",
    }
    return given | values


def test_loading_and_receiving_lists_do_it_all_and_a_second_time_nothing(
    uow: UnitOfWork, suite: Suite
) -> None:
    trade = make_trade(uow)
    loading = [loading_line(trade), loading_line(trade, pallet="2")]
    told = [("shipments", loading), ("receipts", [receiving_line(trade)])]
    for kind, lines in told:
        assert set(imported(uow, suite, kind, lines)) == {Outcome.CREATED}
    entries = uow.session.scalar(select(func.count(Entry.id)))
    for kind, lines in told:
        assert set(imported(uow, suite, kind, lines)) == {Outcome.UNCHANGED}
    assert uow.session.scalar(select(func.count(Entry.id))) == entries
    gone = uow.session.scalars(select(Shipment)).one()
    assert (gone.waybill, gone.state) == ("YD-1", ShipmentState.RECEIVED)
    assert uow.session.scalar(select(func.count(LogisticUnit.id))) == 2


def test_two_carriers_may_use_the_same_waybill_and_each_gate_receives_its_own(
    uow: UnitOfWork, suite: Suite
) -> None:
    first, second = make_trade(uow), make_trade(uow)
    for trade in (first, second):
        imported(uow, suite, "shipments", [loading_line(trade, boxes="10", grams="150")])
    for trade in (second, first):
        assert imported(uow, suite, "receipts", [receiving_line(trade)]) == [Outcome.CREATED]
    states = uow.session.scalars(select(Shipment.state)).all()
    assert states == [ShipmentState.RECEIVED, ShipmentState.RECEIVED]


def test_a_fleet_is_read_from_spreadsheets_and_a_second_time_changes_nothing(
    uow: UnitOfWork, suite: Suite
) -> None:
    carrier = make_party(uow, PartyKind.CARRIER)
    told = [
        (
            "vehicles",
            {
                "plate": "闽G12345",
                "carrier": carrier.code,
                "refrigeration_class": "A",
                "capacity_grams": "8000",
            },
        ),
        (
            "routes",
            {
                "code": "DT-PD-TEST",
                "name_zh": "大田—浦东",
                "name_en": "Datian to Pudong",
                "way_points": "大田,三明,浦东",
                "kilometres": "880",
                "planned_minutes": "840",
            },
        ),
        (
            "devices",
            {
                "serial": "EC-TEST-1",
                "model": "RC-51H",
                "owner": carrier.code,
                "interval_minutes": "5",
                "calibrated_until": "2027-06-30",
            },
        ),
    ]
    for kind, line in told:
        assert imported(uow, suite, kind, [line]) == [Outcome.CREATED]
        assert imported(uow, suite, kind, [line]) == [Outcome.UNCHANGED]
