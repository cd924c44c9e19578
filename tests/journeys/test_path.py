"""The path of one parcel as programs take it: batch, call-off, trip, receipt, settlement, scan."""

from __future__ import annotations

from datetime import datetime
from io import BytesIO
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from supplychain.base.models.party import Party
from supplychain.base.rules import PartyKind
from supplychain.contracts.models.settlement import Settlement, SettlementLine
from supplychain.kernel.db.uow import Database
from supplychain.kernel.jobs import runner
from supplychain.kernel.loader import Suite
from supplychain.kernel.permissions import SYSTEM
from tests.conftest import NOW, SignIn
from tests.journeys.trade import (
    ARRIVED,
    BOXES,
    LEFT,
    PRICE_E4,
    Trade,
    at,
    held_of,
    logger_file,
    make_trade,
    steps_of,
)
from tests.make.base import make_party
from traceability.models.batch import Batch
from traceability.rules.ledger import Bucket, Step


@pytest.fixture
def trade(real_db: Database) -> Trade:
    """A co-operative, its buyer and their contract, a carrier with a lorry, a route and a logger."""
    with real_db.unit_of_work(SYSTEM) as uow:
        return make_trade(uow)


def told(answer: Any, status: int = 200) -> Any:
    """Return an answer's JSON, having seen that it went well."""
    assert answer.status_code == status, answer.text
    return answer.get_json()


def test_a_parcel_goes_from_datian_to_pudong(
    client: FlaskClient, real_db: Database, suite: Suite, trade: Trade, sign_in: SignIn
) -> None:
    clerk, buyer = sign_in("coop_clerk", trade.farm.coop), sign_in("buyer", trade.deal.buyer)
    manager = sign_in("coop_manager", trade.farm.coop)
    stranger = sign_in("buyer", _another_buyer(real_db))

    batch = told(
        client.post(
            "/api/v1/batches",
            headers=clerk,
            json={
                "sku": trade.farm.item.sku,
                "site": trade.farm.base.code,
                "harvested_on": "2026-11-20",
                "boxes": BOXES,
                "grams": "600",
                "member_name": "张阿海",
            },
        ),
        201,
    )
    number = batch["number"]
    assert number.startswith("B2611-")
    labels = client.get(f"/batches/{number}/labels.pdf", headers=clerk)
    assert labels.data.startswith(b"%PDF")
    paper = {"kind": "coc", "batch": number, "by_control": True}
    told(client.post("/api/v1/certificates", headers=clerk, json=paper), 201)
    told(client.post(f"/api/v1/batches/{number}/release", headers=manager, json={}))

    order = _call_off(client, trade, buyer, boxes=BOXES)
    assert order["state"] == "confirmed"
    contract = trade.deal.contract.number
    assert client.get(f"/api/v1/contracts/{contract}", headers=stranger).status_code == 404
    assert told(client.get("/api/v1/orders", headers=stranger))["total"] == 0
    assert told(client.get("/api/v1/contracts", headers=buyer))["total"] == 1

    proposal = client.get(f"/demand/{order['number']}", headers=clerk | {"Accept": "text/html"}).text
    assert number in proposal
    assert "最先到期" in proposal
    allocated = told(client.post(f"/api/v1/orders/{order['number']}/allocations", headers=clerk))
    assert [(row["batch"], row["boxes"]) for row in allocated] == [(number, BOXES)]
    assert "最先到期" in allocated[0]["reasons"]
    unit = told(client.post("/api/v1/units", headers=clerk, json={"order": order["number"]}), 201)
    assert client.get(f"/units/{unit['sscc']}/label.pdf", headers=clerk).data.startswith(b"%PDF")

    shipment = _ship(client, trade, clerk, unit["sscc"])
    with at(ARRIVED):
        _upload(client, trade, clerk, shipment)
        seen = told(client.get(f"/api/v1/shipments/{shipment}", headers=buyer))
        assert (seen["highest_centi"], seen["verdict"], seen["coverage_bp"]) == ("9.00", "major", "100.00")
        found = told(client.get(f"/api/v1/shipments/{shipment}/excursions", headers=buyer))
        assert [(row["kind"], row["peak_centi"]) for row in found] == [("high", "9.00")]
        page = client.get(f"/shipments/{shipment}", headers=buyer | {"Accept": "text/html"}).text
        assert "超出范围 60 分钟" in page
        assert client.get(f"/shipments/{shipment}/temperature.pdf", headers=buyer).data.startswith(b"%PDF")

        receipt = _receive(client, real_db, trade, buyer, shipment, number)
        assert receipt["number"].startswith("SH2611-")
        assert told(client.get(f"/api/v1/orders/{order['number']}", headers=buyer))["state"] == "delivered"

    for minute in (0, 1):
        with at(datetime(2026, 12, 2, 2, minute, tzinfo=NOW.tzinfo)):
            runner.run_now(real_db, suite, "contracts.settlement", started_by="the test")
    with at(datetime(2026, 12, 2, 3, 0, tzinfo=NOW.tzinfo)):
        _check_settlement(client, real_db, trade, buyer)

    _scan(client, trade, batch)
    assert steps_of(real_db, number)[:4] == [Step.HARVEST, Step.RELEASE, Step.PACK, Step.SHIP]
    assert sorted(steps_of(real_db, number)[4:]) == [Step.LOSE, Step.RECEIVE, Step.REJECT, Step.TEMPERATURE]
    assert held_of(real_db, number) == {Bucket.ON_HAND: 550_000, Bucket.REJECTED: 30_000}


def test_what_is_sent_twice_happens_once(
    client: FlaskClient, real_db: Database, trade: Trade, sign_in: SignIn
) -> None:
    buyer = sign_in("buyer", trade.deal.buyer)
    first = _call_off(client, trade, buyer, boxes=5)
    again = _call_off(client, trade, buyer, boxes=5, status=200)
    assert first["number"] == again["number"]
    assert told(client.get("/api/v1/orders", headers=buyer))["total"] == 1
    rows = [{"at": "2026-11-20T01:00:00Z", "channel": "temperature", "value": "2.5"}]
    carrier = sign_in("carrier", trade.carrier)
    posted = {"device": trade.logger, "rows": rows}
    assert told(client.post("/api/v1/readings", headers=carrier, json=posted)) == {"stored": 1}
    assert told(client.post("/api/v1/readings", headers=carrier, json=posted)) == {"stored": 0}


def _scan(client: FlaskClient, trade: Trade, batch: dict[str, str]) -> None:
    """See what a consumer sees: goods, way and temperature, and nobody's full name."""
    with at(ARRIVED):
        page = client.get(f"/01/{batch['gtin']}/10/{batch['number']}", headers={"Accept-Language": "zh-CN"})
    assert page.status_code == 200
    assert len(page.data) < 60_000
    for word in (trade.farm.item.name_zh, batch["number"], "张*", "9.0", "<svg"):
        assert word in page.text
    assert "张阿海" not in page.text


def _another_buyer(database: Database) -> Party:
    with database.unit_of_work(SYSTEM) as uow:
        return make_party(uow, PartyKind.SUPERMARKET)


def _call_off(
    client: FlaskClient, trade: Trade, buyer: dict[str, str], *, boxes: int, status: int = 201
) -> Any:
    wanted = {
        "contract": trade.deal.contract.number,
        "deliver_on": "2026-11-22",
        "ship_to": trade.deal.gate.code,
        "buyer_reference": "PO-1",
        "lines": [{"sku": trade.farm.item.sku, "boxes": boxes}],
    }
    return told(client.post("/api/v1/orders", headers=buyer, json=wanted), status)


def _ship(client: FlaskClient, trade: Trade, clerk: dict[str, str], sscc: str) -> str:
    planned = {
        "ssccs": [sscc],
        "plate": trade.plate,
        "route": trade.route,
        "driver_name": "赖师傅",
        "driver_phone": "0598-0000-311",
        "planned_departure_at": LEFT.isoformat(),
        "device": trade.logger,
    }
    number: str = told(client.post("/api/v1/shipments", headers=clerk, json=planned), 201)["number"]
    with at(LEFT):
        left = told(client.post(f"/api/v1/shipments/{number}/dispatch", headers=clerk, json={}))
    assert left["state"] == "in_transit"
    return number


def _upload(client: FlaskClient, trade: Trade, clerk: dict[str, str], shipment: str) -> None:
    file = (BytesIO(logger_file(trade.logger)), "log.csv")
    answer = client.post(
        f"/shipments/{shipment}/readings", headers=clerk | {"Accept": "text/html"}, data={"file": file}
    )
    assert answer.status_code == 303


def _receive(
    client: FlaskClient,
    database: Database,
    trade: Trade,
    buyer: dict[str, str],
    shipment: str,
    batch: str,
) -> Any:
    """Weigh in 600 kg as 550 accepted, 30 refused, 20 lost on the way."""
    with database.reading() as session:
        batch_id = session.scalars(select(Batch.id).where(Batch.number == batch)).one()
    form = client.get(
        f"/shipments/{shipment}/receive/{trade.deal.gate.code}", headers=buyer | {"Accept": "text/html"}
    ).text
    assert "600" in form
    line = {
        "order_line_id": int(form.split('name="lines.0.order_line_id" value="')[1].split('"')[0]),
        "batch_id": batch_id,
        "accepted_grams": "550",
        "rejected_grams": "30",
        "rejected_boxes": 2,
        "reject_reason": "temperature",
        "note": "外叶发热",
    }
    wanted = {
        "shipment": shipment,
        "site": trade.deal.gate.code,
        "lines": [line],
        "surface_centi": "6.5",
        "core_centi": "5.1",
    }
    answer = told(client.post(f"/api/v1/shipments/{shipment}/receipts", headers=buyer, json=wanted), 201)
    again = client.post(f"/api/v1/shipments/{shipment}/receipts", headers=buyer, json=wanted)
    assert again.status_code == 409
    return answer


def _check_settlement(client: FlaskClient, database: Database, trade: Trade, buyer: dict[str, str]) -> None:
    """See one settlement whose money is what a pencil says: (accepted + loss within 3 %) × price."""
    with database.reading() as session:
        found = session.scalars(select(Settlement)).one()
        lines = session.scalars(select(SettlementLine)).all()
        number = found.number
    tolerated = min(20_000, 600_000 * trade.deal.contract.loss_allowance_bp // 10_000)
    payable = 550_000 + tolerated
    goods = (payable * PRICE_E4 + 50_000) // 100_000
    assert found.goods_fen == goods
    assert found.total_fen == sum(line.amount_fen for line in lines)
    told(client.post(f"/api/v1/settlements/{number}/confirm", headers=buyer, json={}))
    assert client.get(f"/settlements/{number}.pdf", headers=buyer).data.startswith(b"%PDF")
    page = client.get(f"/settlements/{number}", headers=buyer | {"Accept": "text/html"}).text
    assert "途耗" in page
