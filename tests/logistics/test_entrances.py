"""Pages, API and spreadsheets of logistics, by those who may and those who may not, at a constant price."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from logistics import panels
from logistics.models.packing import LogisticUnit
from logistics.models.shipment import Receipt, Shipment
from logistics.models.telemetry import Reading
from logistics.queries import board
from logistics.rules.states import ShipmentState
from logistics.services import receipt, telemetry
from logistics.services.receipt import Receive, Weighed
from supplychain.base.models.party import Party
from supplychain.base.rules import PartyKind
from supplychain.kernel.db.uow import Database, UnitOfWork
from supplychain.kernel.loader import Suite
from supplychain.kernel.permissions import SYSTEM
from supplychain.kernel.schema.base import load
from supplychain.kernel.sheets.sheet import Outcome, Row
from tests.conftest import NOW, SignIn, Statements
from tests.make.base import make_party
from tests.make.contracts import make_order
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
from traceability.models.ledger import Entry
from traceability.queries.consumer import Scanned


@dataclass(frozen=True, slots=True)
class Way:
    """A trade whose goods are on the road, a second one that waits, and strangers of every kind."""

    trade: Trade
    waiting: Trade
    shipment: Shipment
    unit: LogisticUnit
    stranger: Party
    other_buyer: Party

    def url(self, path: str) -> str:
        """Return the address of a page of this trade."""
        return path.format(
            order=self.waiting.order.number,
            sscc=self.unit.sscc,
            number=self.shipment.number,
            gate=self.trade.deal.gate.code,
        )

    def party(self, role: str) -> Party | None:
        """Return for whom somebody in a role acts."""
        return {
            "coop_clerk": self.trade.farm.coop,
            "buyer": self.trade.deal.buyer,
            "carrier": self.trade.fleet.carrier,
        }.get(role)


def way_in(db: Database) -> Way:
    with db.unit_of_work(SYSTEM) as uow:
        trade = make_trade(uow)
        gone = make_dispatched(uow, trade)
        telemetry.record(uow, measured(trade, [200, 900, 900, *steady()]))
        unit = uow.session.scalars(select(LogisticUnit).where(LogisticUnit.shipment_id == gone.id)).one()
        return Way(
            trade, make_trade(uow), gone, unit, make_party(uow), make_party(uow, PartyKind.SUPERMARKET)
        )


def words(page: str) -> Sequence[str]:
    """Return what a page shows, one text a node."""
    shown = re.sub(r"(?s)<(script|style)\b.*?</\1>|<!--.*?-->", "", page)
    return [html.unescape(text).strip() for text in re.split(r"<[^>]*>", shown) if text.strip()]


ENGLISH = re.compile(r"[A-Za-z]{2,} [a-z]{2,}|%\(")
EVERYBODY = ("coop_clerk", "buyer", "carrier", "officer", "operator")
PAGES = (
    ("/demand", ("coop_clerk", "operator")),
    ("/units", ("coop_clerk", "operator")),
    ("/units/{sscc}", ("coop_clerk", "operator")),
    ("/shipments", EVERYBODY),
    ("/shipments/new", ("coop_clerk", "operator")),
    ("/shipments/{number}", EVERYBODY),
    ("/shipments/{number}/receive/{gate}", ("buyer", "operator")),
    ("/vehicles", ("coop_clerk", "carrier", "officer", "operator")),
    ("/routes", ("coop_clerk", "carrier", "officer", "operator")),
    ("/devices", ("coop_clerk", "carrier", "officer", "operator")),
    ("/vehicles/new", ("carrier", "operator")),
    ("/routes/new", ("carrier", "operator")),
    ("/devices/new", ("carrier", "operator")),
)


@pytest.mark.parametrize(("path", "roles"), PAGES)
def test_every_page_opens_in_chinese_for_those_who_may_and_for_nobody_else(
    client: FlaskClient, db: Database, sign_in: SignIn, path: str, roles: Sequence[str]
) -> None:
    way = way_in(db)
    assert client.get(way.url(path)).status_code in {302, 303, 401}
    for role in EVERYBODY:
        page = client.get(way.url(path), headers=sign_in(role, way.party(role)))
        assert page.status_code == (200 if role in roles else 403), role
        if role in roles:
            assert [text for text in words(page.text) if ENGLISH.search(text)] == []


def test_a_proposal_tells_its_reasons_in_chinese_and_only_to_the_seller(
    client: FlaskClient, db: Database, sign_in: SignIn
) -> None:
    way = way_in(db)
    who = sign_in("coop_clerk", way.waiting.farm.coop)
    page = client.get(way.url("/demand/{order}"), headers=who)
    assert page.status_code == 200
    assert "一个批次" in page.text or "一批" in page.text
    assert [text for text in words(page.text) if ENGLISH.search(text)] == []
    for role, party in (("coop_clerk", way.stranger), ("buyer", way.waiting.deal.buyer)):
        answer = client.get(way.url("/demand/{order}"), headers=sign_in(role, party))
        assert answer.status_code in {403, 404}


@pytest.mark.parametrize(
    "path",
    [
        "/shipments/{number}",
        "/shipments/{number}/delivery-note.pdf",
        "/shipments/{number}/temperature.pdf",
        "/api/v1/shipments/{number}",
        "/api/v1/shipments/{number}/excursions",
    ],
)
def test_a_shipment_of_others_cannot_be_found(
    client: FlaskClient, db: Database, sign_in: SignIn, path: str
) -> None:
    way = way_in(db)
    url = way.url(path)
    for role in EVERYBODY:
        assert client.get(url, headers=sign_in(role, way.party(role))).status_code == 200
    for role, party in (("coop_clerk", way.stranger), ("buyer", way.other_buyer)):
        assert client.get(url, headers=sign_in(role, party)).status_code == 404
        listed = client.get("/shipments", headers=sign_in(role, party))
        assert way.shipment.number not in listed.text


@pytest.mark.parametrize(
    ("path", "role", "answer"),
    [
        ("/shipments/{number}/dispatch", "buyer", 403),
        ("/shipments/{number}/dispatch", "officer", 403),
        ("/shipments/{number}/cancel", "carrier", 403),
        ("/shipments/{number}/receive/{gate}", "carrier", 403),
        ("/shipments/{number}/receive/{gate}", "officer", 403),
        ("/shipments/{number}/arrive/{gate}", "buyer", 403),
        ("/demand/{order}/promise", "officer", 403),
        ("/units/{sscc}/unpack", "carrier", 403),
        ("/api/v1/shipments/{number}/dispatch", "carrier", 403),
        ("/api/v1/shipments/{number}/receipts", "coop_clerk", 403),
        ("/api/v1/readings", "buyer", 403),
    ],
)
def test_nobody_does_what_is_not_theirs_to_do(
    client: FlaskClient, db: Database, sign_in: SignIn, path: str, role: str, answer: int
) -> None:
    way = way_in(db)
    body: dict[str, Any] = {"json": {}} if path.startswith("/api") else {"data": {}}
    who = sign_in(role, way.party(role))
    assert client.post(way.url(path), headers=who, **body).status_code == answer


def test_papers_of_the_way_are_pdf(client: FlaskClient, db: Database, sign_in: SignIn) -> None:
    way = way_in(db)
    who = sign_in("coop_clerk", way.trade.farm.coop)
    for path in (
        "/units/{sscc}/label.pdf",
        "/shipments/{number}/delivery-note.pdf",
        "/shipments/{number}/temperature.pdf",
    ):
        paper = client.get(way.url(path), headers=who)
        assert (paper.status_code, paper.mimetype, paper.data[:5]) == (200, "application/pdf", b"%PDF-")


def test_a_clerk_works_an_order_from_promise_to_the_road_by_page(
    client: FlaskClient, db: Database, sign_in: SignIn
) -> None:
    with db.unit_of_work(SYSTEM) as uow:
        trade = make_trade(uow)
    who = sign_in("coop_clerk", trade.farm.coop)
    order = f"/demand/{trade.order.number}"
    assert client.post(f"{order}/promise", headers=who).status_code == 303
    packed = client.post(f"{order}/pack", data={"kind": "pallet"}, headers=who)
    sscc = packed.headers["Location"].rpartition("/")[2]
    assert sscc in client.get("/shipments/new", headers=who).text
    planned = client.post(
        "/shipments/new",
        data={
            "ssccs": sscc,
            "plate": trade.fleet.vehicle.plate,
            "route": trade.fleet.route.code,
            "driver_name": "陈师傅",
            "driver_phone": "13800000000",
            "device": trade.fleet.device.serial,
            "planned_departure_at": "2026-11-20 18:00",
        },
        headers=who,
    )
    assert planned.status_code == 303, [text for text in words(planned.text) if "。" in text]
    page = planned.headers["Location"]
    assert client.post(f"{page}/dispatch", headers=who).status_code == 303
    shown = client.get(page, headers=who).text
    assert "在途" in shown
    driver = sign_in("carrier", trade.fleet.carrier)
    gate = trade.deal.gate.code
    assert client.post(f"{page}/arrive/{gate}", headers=driver).status_code == 303
    buyer = sign_in("buyer", trade.deal.buyer)
    form = {
        "shipment": page.rpartition("/")[2],
        "site": gate,
        "lines-0-order_line_id": str(trade.line.id),
        "lines-0-batch_id": str(trade.batch.id),
        "lines-0-accepted_grams": "148.5",
        "surface_centi": "3.5",
    }
    shown = client.get(f"{page}/receive/{gate}", headers=buyer).text
    names = dict.fromkeys(re.findall(r'name="(lines[^"]*accepted_grams)"', shown))
    prefix = next(iter(names)).removesuffix("accepted_grams")
    form = {key.replace("lines-0-", prefix): value for key, value in form.items()}
    taken = client.post(f"{page}/receive/{gate}", data=form, headers=buyer)
    assert taken.status_code == 303, [text for text in words(taken.text) if "。" in text]
    assert "148.5" in client.get(page, headers=buyer).text
    again = client.post(f"{page}/receive/{gate}", data=form, headers=buyer)
    assert again.status_code in {409, 422}
    with db.reading() as session:
        assert session.scalar(select(func.count(Receipt.id))) == 1


def test_a_program_promises_packs_plans_and_sends(client: FlaskClient, db: Database, sign_in: SignIn) -> None:
    with db.unit_of_work(SYSTEM) as uow:
        trade = make_trade(uow)
    who = sign_in("coop_clerk", trade.farm.coop)
    promised = client.post(f"/api/v1/orders/{trade.order.number}/allocations", json={}, headers=who)
    assert [row["batch"] for row in promised.get_json()] == [trade.batch.number]
    unit = client.post("/api/v1/units", json={"order": trade.order.number}, headers=who)
    assert (unit.status_code, unit.get_json()["grams"]) == (201, "150.000")
    body = {
        "ssccs": [unit.get_json()["sscc"]],
        "plate": trade.fleet.vehicle.plate,
        "route": trade.fleet.route.code,
        "driver_name": "陈师傅",
        "driver_phone": "13800000000",
        "device": trade.fleet.device.serial,
        "planned_departure_at": "2026-11-20T10:00:00Z",
    }
    planned = client.post("/api/v1/shipments", json=body, headers=who)
    assert planned.status_code == 201, planned.get_json()
    number = planned.get_json()["number"]
    left = client.post(f"/api/v1/shipments/{number}/dispatch", json={}, headers=who)
    assert (left.status_code, left.get_json()["state"]) == (200, "in_transit")
    readings = {
        "device": trade.fleet.device.serial,
        "rows": [{"at": "2026-11-20T02:00:00Z", "value": "2.50"}],
    }
    for stored in (1, 0):
        sent = client.post("/api/v1/readings", json=readings, headers=who)
        assert (sent.status_code, sent.get_json()) == (200, {"stored": stored})


# --- spreadsheets -----------------------------------------------------------------------------------


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


# --- figures and price ------------------------------------------------------------------------------


def test_the_board_tells_of_the_road_and_of_what_is_coming(uow: UnitOfWork) -> None:
    trade = make_trade(uow)
    gone = make_dispatched(uow, trade)
    road = panels.KPIS[0].compute(uow.session, trade.selling)
    assert road is not None
    assert road.value == "1"
    tasks = [task for source in panels.TASKS for task in source.find(uow.session, trade.buying)]
    assert {"number": gone.number} in [task.values for task in tasks if task.count]
    telemetry.record(uow, measured(trade, steady()))
    line = Weighed(trade.line.id, trade.batch.id, 148_500)
    with acting(uow, trade.buying):
        receipt.receive(uow, Receive(gone.number, trade.deal.gate.code, (line,), ARRIVED))
    assert board.cold_chain(uow.session, trade.selling, LEFT) == (1, 1)
    assert board.loss(uow.session, trade.selling, LEFT) == (150_000, 1_500)


def test_who_scans_a_code_sees_how_cold_the_goods_were_kept(uow: UnitOfWork) -> None:
    trade = make_trade(uow)
    chapter = panels.PANELS[1].rows
    scanned = Scanned(trade.batch.id, trade.farm.item.gtin, trade.batch.number)
    assert chapter(uow.session, SYSTEM, scanned) is None
    make_dispatched(uow, trade)
    found = chapter(uow.session, SYSTEM, scanned)
    assert found is not None


def test_lists_and_a_shipments_page_take_as_few_statements_for_much_as_for_little(
    client: FlaskClient, db: Database, sign_in: SignIn, statements: Statements
) -> None:
    with db.unit_of_work(SYSTEM) as uow:
        trade = make_trade(uow, 40, ordered=10)
        planned = make_plan(uow, trade, make_packed(uow, trade))
    who = sign_in("coop_clerk", trade.farm.coop)
    paths = ("/shipments", f"/shipments/{planned.number}", "/units", "/demand")
    counts: list[list[int]] = []
    for many in (0, 3):
        for _ in range(many):
            with db.unit_of_work(SYSTEM) as uow:
                order_of_more(uow, trade, planned)
        counts.append([])
        for path in paths:
            before = len(statements)
            assert client.get(path, headers=who).status_code == 200
            counts[-1].append(len(statements) - before)
    assert counts[0] == counts[1]


def order_of_more(uow: UnitOfWork, trade: Trade, planned: Shipment) -> None:
    """Put one more pallet aboard, plan one more lorry, and let one more order wait."""
    from_here, aboard, _ = (make_order(uow, trade.deal, 2)[0] for _ in range(3))
    unit = make_packed(uow, trade, aboard)
    unit.shipment_id = planned.id
    make_plan(uow, trade, make_packed(uow, trade, from_here), device=None)


def test_twenty_thousand_readings_make_a_page_of_less_than_150_kilobytes(
    client: FlaskClient, db: Database, sign_in: SignIn, statements: Statements
) -> None:
    way = way_in(db)
    first = LEFT + timedelta(hours=14, minutes=20)
    with db.unit_of_work(SYSTEM) as uow:
        uow.session.execute(
            Reading.__table__.insert(),  # type: ignore[attr-defined]  # a table
            [
                {
                    "device_id": way.trade.fleet.device.id,
                    "channel": "temperature",
                    "at": first + timedelta(milliseconds=250 * place),
                    "value": 200 + place * 37 % 180,
                }
                for place in range(20_000)
            ],
        )
    who = sign_in("coop_clerk", way.trade.farm.coop)
    before = len(statements)
    page = client.get(f"/shipments/{way.shipment.number}", headers=who)
    assert page.status_code == 200
    assert len(page.data) < 150_000
    assert len(statements) - before < 25
    assert first + timedelta(milliseconds=250 * 20_000) < NOW
