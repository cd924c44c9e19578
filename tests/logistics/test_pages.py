"""Pages and API of logistics, by those who may and by those who may not."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from logistics.models.shipment import Receipt
from supplychain.kernel.db.uow import Database
from supplychain.kernel.permissions import SYSTEM
from tests.conftest import SignIn
from tests.make.logistics import (
    make_trade,
    make_way,
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
    ("/receipts", EVERYBODY),
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
    way = make_way(db)
    assert client.get(way.url(path)).status_code in {302, 303, 401}
    for role in EVERYBODY:
        page = client.get(way.url(path), headers=sign_in(role, way.party(role)))
        assert page.status_code == (200 if role in roles else 403), role
        if role in roles:
            assert [text for text in words(page.text) if ENGLISH.search(text)] == []


def test_a_proposal_tells_its_reasons_in_chinese_and_only_to_the_seller(
    client: FlaskClient, db: Database, sign_in: SignIn
) -> None:
    way = make_way(db)
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
    way = make_way(db)
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
    way = make_way(db)
    body: dict[str, Any] = {"json": {}} if path.startswith("/api") else {"data": {}}
    who = sign_in(role, way.party(role))
    assert client.post(way.url(path), headers=who, **body).status_code == answer


def test_papers_of_the_way_are_pdf(client: FlaskClient, db: Database, sign_in: SignIn) -> None:
    way = make_way(db)
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
