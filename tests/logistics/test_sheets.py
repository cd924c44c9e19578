"""Spreadsheets of logistics: what they do, and a second time nothing."""

from __future__ import annotations

import re
from dataclasses import asdict, replace

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from logistics.models.packing import LogisticUnit
from logistics.models.shipment import Shipment
from logistics.queries import receipt as receipts
from logistics.queries import sheet
from logistics.queries.receipt import ReceiptFilter
from logistics.queries.shipment import ShipmentFilter
from logistics.rules.states import RejectReason, ShipmentState
from supplychain.base.rules import PartyKind
from supplychain.kernel.db.uow import Database, UnitOfWork
from supplychain.kernel.errors import DomainError
from supplychain.kernel.loader import Suite
from supplychain.kernel.permissions import SYSTEM
from supplychain.kernel.schema.base import load
from supplychain.kernel.sheets import importing, writer
from supplychain.kernel.sheets.sheet import Loaded, Outcome, Row
from tests.conftest import SignIn, Statements
from tests.make.base import make_party
from tests.make.contracts import acting_for, make_order
from tests.make.logistics import (
    Trade,
    make_dispatched,
    make_fleet,
    make_packed,
    make_plan,
    make_trade,
)
from traceability.models.ledger import Entry


def imported(uow: UnitOfWork, suite: Suite, kind: str, lines: list[dict[str, str]]) -> list[Outcome | str]:
    """Load lines of a kind and return what became of each."""
    done = taken(uow, suite, kind, lines)
    assert not done.errors, [str(error) for error in done.errors.values()]
    return [done.outcomes[number] for number in sorted(done.outcomes)]


def refused(uow: UnitOfWork, suite: Suite, kind: str, lines: list[dict[str, str]]) -> DomainError:
    """Load lines of a kind and return why they are refused, all for one reason."""
    done = taken(uow, suite, kind, lines)
    assert not done.outcomes
    (error,) = set(done.errors.values())
    return error


def taken(uow: UnitOfWork, suite: Suite, kind: str, lines: list[dict[str, str]]) -> Loaded:
    into = suite.sheets[kind]
    assert into.load is not None
    shape = into.shape()
    return into.load(uow, [Row(number, load(shape, line, text=True)) for number, line in enumerate(lines, 2)])


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


def other_carrier(uow: UnitOfWork, trade: Trade) -> Trade:
    """Let the same buyer order once more, to come with another carrier."""
    order, line = make_order(uow, trade.deal, 10)
    return replace(trade, order=order, line=line, fleet=make_fleet(uow))


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


def test_the_order_tells_apart_two_carriers_who_bring_one_waybill_number_to_one_gate(
    uow: UnitOfWork, suite: Suite
) -> None:
    first = make_trade(uow, 20, ordered=10)
    second = other_carrier(uow, first)
    ten = {"boxes": "10", "grams": "150"}
    for trade in (first, second):
        imported(uow, suite, "shipments", [loading_line(trade, **ten)])
    lines = [receiving_line(trade) for trade in (first, second)]
    assert "waybill" in refused(uow, suite, "receipts", lines).fields
    for line in lines:
        assert imported(uow, suite, "receipts", [line]) == [Outcome.CREATED]
        assert imported(uow, suite, "receipts", [line]) == [Outcome.UNCHANGED]
    assert set(uow.session.scalars(select(Shipment.state))) == {ShipmentState.RECEIVED}


def test_a_waybill_number_that_may_mean_two_lorries_with_one_order_is_refused_until_the_shipment_is_named(
    uow: UnitOfWork, suite: Suite
) -> None:
    first = make_trade(uow)
    second = replace(first, fleet=make_fleet(uow))
    for trade in (first, second):
        imported(uow, suite, "shipments", [loading_line(trade)])
    numbers = uow.session.scalars(select(Shipment.number).order_by(Shipment.id)).all()
    line = receiving_line(first, accepted_grams="74")
    error = refused(uow, suite, "receipts", [line])
    assert "waybill" in error.fields
    assert all(number in str(error) for number in numbers)
    for number in numbers:
        named = [line | {"waybill": number}]
        assert imported(uow, suite, "receipts", named) == [Outcome.CREATED]
        assert imported(uow, suite, "receipts", named) == [Outcome.UNCHANGED]


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


# --- out again --------------------------------------------------------------------------------------


def season(db: Database, suite: Suite) -> Trade:
    """Let three lorries leave: received in part, on the road without a waybill, and waiting to leave."""
    with db.unit_of_work(SYSTEM) as uow:
        trade = make_trade(uow)
        loading = [loading_line(trade), loading_line(trade, pallet="2")]
        imported(uow, suite, "shipments", loading)
        taken_in = {"accepted_grams": "118.5", "rejected_grams": "30", "rejected_boxes": "2"}
        said = {"reject_reason": "quality", "note": "两箱压伤", "surface_centi": "3.5"}
        imported(uow, suite, "receipts", [receiving_line(trade, **taken_in, **said)])
        make_dispatched(uow, make_trade(uow))
        waiting = make_trade(uow)
        make_plan(uow, waiting, make_packed(uow, waiting), waybill="YD-2", device=None)
    return trade


@pytest.mark.parametrize("kind", ["shipments", "receipts"])
@pytest.mark.parametrize("suffix", ["xlsx", "csv"])
def test_a_list_that_was_exported_is_taken_in_again_and_changes_nothing(
    client: FlaskClient, db: Database, suite: Suite, sign_in: SignIn, kind: str, suffix: str
) -> None:
    season(db, suite)
    listed = client.get(f"/{kind}", headers=sign_in("operator", None)).text
    (address,) = set(re.findall(rf'href="([^"]*/{kind}\.{suffix}[^"]*)"', listed))
    got = client.get(address, headers=sign_in("operator", None))
    assert got.status_code == 200
    report = importing.run(db, suite.sheets[kind], SYSTEM, f"{kind}.{suffix}", got.data, apply=False)
    assert (report.bad, report.ignored) == ([], [])
    assert report.counts == {Outcome.UNCHANGED: {"shipments": 4, "receipts": 1}[kind]}


def test_an_exported_list_says_what_was_written_down(db: Database, suite: Suite) -> None:
    trade = season(db, suite)
    with db.reading() as session:
        aboard = list(sheet.loaded(session, trade.selling, ShipmentFilter()))
        (weighed,) = sheet.received(session, trade.selling, ReceiptFilter())
    shape = suite.sheets["shipments"].shape()
    told = [load(shape, loading_line(trade, pallet=row.pallet), text=True) for row in aboard]
    assert [asdict(row) for row in aboard] == [asdict(line) for line in told]
    assert len({row.pallet for row in aboard}) == 2
    assert (weighed.waybill, weighed.order, weighed.gate) == ("YD-1", aboard[0].order, aboard[0].gate)
    assert (weighed.accepted_grams, weighed.rejected_grams, weighed.rejected_boxes) == (118_500, 30_000, 2)
    assert (weighed.reject_reason, weighed.note, weighed.surface_centi) == ("quality", "两箱压伤", 350)


def test_two_lorries_of_one_waybill_number_are_exported_by_their_own_numbers(
    db: Database, suite: Suite
) -> None:
    with db.unit_of_work(SYSTEM) as uow:
        first = make_trade(uow, 20, ordered=10)
        for trade in (first, other_carrier(uow, first)):
            imported(uow, suite, "shipments", [loading_line(trade, boxes="10", grams="150")])
            imported(uow, suite, "receipts", [receiving_line(trade)])
        exported = list(sheet.received(uow.session, SYSTEM, ReceiptFilter()))
        numbers = set(uow.session.scalars(select(Shipment.number)))
        assert {row.waybill for row in exported} == numbers
        assert {row.waybill for row in sheet.loaded(uow.session, SYSTEM, ShipmentFilter())} == {"YD-1"}


def test_everybody_exports_what_they_may_see_and_no_more(db: Database, suite: Suite) -> None:
    trade = season(db, suite)
    with db.unit_of_work(SYSTEM) as uow:
        stranger = acting_for(make_party(uow))
    with db.reading() as session:
        for actor, seen in ((SYSTEM, 4), (trade.selling, 2), (trade.buying, 2), (trade.fleet.driving, 2)):
            assert len(list(sheet.loaded(session, actor, ShipmentFilter()))) == seen
            assert len(list(sheet.received(session, actor, ReceiptFilter()))) == 1
        assert not list(sheet.loaded(session, stranger, ShipmentFilter()))
        assert not list(sheet.received(session, stranger, ReceiptFilter()))
        assert receipts.page(session, stranger, ReceiptFilter()).total == 0


def test_an_export_follows_the_filters_of_its_list(db: Database, suite: Suite) -> None:
    trade = season(db, suite)
    with db.reading() as session:
        assert len(list(sheet.loaded(session, SYSTEM, ShipmentFilter(q="YD-1")))) == 2
        assert len(list(sheet.loaded(session, SYSTEM, ShipmentFilter(state=ShipmentState.PLANNED)))) == 1
        assert len(list(sheet.received(session, SYSTEM, ReceiptFilter(q=trade.batch.number)))) == 1
        assert not list(
            sheet.received(session, SYSTEM, ReceiptFilter(reject_reason=RejectReason.TEMPERATURE))
        )
        assert receipts.page(session, SYSTEM, ReceiptFilter()).totals["loss_grams"] == 1_500


def test_a_long_list_is_exported_with_as_few_statements_as_a_short_one(
    db: Database, suite: Suite, statements: Statements
) -> None:
    for _ in range(2):
        season(db, suite)
        with db.reading() as session:
            before = len(statements)
            assert list(sheet.loaded(session, SYSTEM, ShipmentFilter()))
            assert list(sheet.received(session, SYSTEM, ReceiptFilter()))
            assert len(statements) - before == 2


def test_boxes_and_pallets_go_into_a_spreadsheet_of_those_who_may_see_them(
    uow: UnitOfWork, suite: Suite
) -> None:
    trade = make_trade(uow)
    unit = make_packed(uow, trade)
    packed = suite.sheets["units"]
    assert packed.rows is not None
    assert unit.sscc in writer.csv_text(packed, packed.rows(uow.session, trade.selling, {})).decode()
    assert list(packed.rows(uow.session, trade.selling, {"q": "no such"})) == []
    assert list(packed.rows(uow.session, make_trade(uow).selling, {})) == []
