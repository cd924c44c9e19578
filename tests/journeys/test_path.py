"""The path of one parcel, by API and by page: batch, call-off, trip, receipt, settlement, scan."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from io import BytesIO
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from logistics.models.shipment import Route, Vehicle
from logistics.models.telemetry import Device
from supplychain.base.models.party import Party
from supplychain.base.rules import PartyKind
from supplychain.contracts.models.settlement import Settlement, SettlementLine
from supplychain.kernel import clock
from supplychain.kernel.db.uow import Database
from supplychain.kernel.jobs import runner
from supplychain.kernel.loader import Suite
from supplychain.kernel.permissions import SYSTEM
from tests.conftest import NOW
from tests.journeys.conftest import SignIn
from tests.make.base import make_party
from tests.make.contracts import Deal, make_deal
from tests.make.traceability import Farm, make_farm
from traceability.models.batch import Batch
from traceability.models.ledger import Entry, EntryBatch, Holding
from traceability.rules import Bucket, Step

BOXES, NET = 40, 15_000
"""Forty crates of fifteen kilograms."""
PRICE_E4 = 32_000
LEFT = NOW + timedelta(hours=2)
ARRIVED = LEFT + timedelta(hours=15)


@dataclass(frozen=True)
class Trade:
    """Everything that is there before the parcel is."""

    farm: Farm
    deal: Deal
    carrier: Party
    plate: str
    route: str
    logger: str


@pytest.fixture
def trade(real_db: Database) -> Trade:
    """A co-operative, its buyer and their contract, a carrier with a lorry, a route and a logger."""
    with real_db.unit_of_work(SYSTEM) as uow:
        farm = make_farm(uow)
        deal = make_deal(uow, "supermarket", seller=farm.coop, item=farm.item, price_e4=PRICE_E4)
        carrier = make_party(uow, PartyKind.CARRIER)
        uow.session.add(
            Vehicle(
                plate="闽GD1801", carrier_id=carrier.id, refrigeration_class="C", capacity_grams=10_000_000
            )
        )
        uow.session.add(
            Route(
                code="INLAND",
                name_zh="内陆线",
                name_en="Inland",
                way_points="大田,南平,衢州,枫泾,浦东",
                checkpoint="枫泾",
                kilometres=890,
                planned_minutes=900,
            )
        )
        uow.session.add(
            Device(
                serial="EC512",
                model="RC-51H",
                owner_id=carrier.id,
                interval_minutes=5,
                calibrated_until=date(2027, 4, 1),
            )
        )
    return Trade(farm, deal, carrier, "闽GD1801", "INLAND", "EC512")


@contextmanager
def at(instant: datetime) -> Iterator[None]:
    """Let the clock stand at an instant."""
    with clock.fixed(instant):
        yield


def told(answer: Any, status: int = 200) -> Any:
    """Return an answer's JSON, having seen that it went well."""
    assert answer.status_code == status, answer.text
    return answer.get_json()


def logger_file(serial: str) -> bytes:
    """Return a logger's export in the encoding of its maker: fifteen hours at 2 ℃, one of them at 9 ℃."""
    lines = [
        "精创温湿度记录仪数据报告",
        f"设备序列号,{serial}",
        "记录间隔,5分钟,时区,UTC+08:00",
        "序号,时间,温度(℃),湿度(%RH)",
    ]
    for number in range(181):
        local = (LEFT + timedelta(minutes=5 * number)).astimezone(clock.SHANGHAI)
        celsius = "9.0" if 60 <= number < 72 else "2.0"
        lines.append(f"{number + 1},{local:%Y-%m-%d %H:%M:%S},{celsius},91.0")
    return "\n".join(lines).encode("gb18030")


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

    with at(ARRIVED):
        consumer = client.get(f"/01/{batch['gtin']}/10/{number}", headers={"Accept-Language": "zh-CN"})
    assert consumer.status_code == 200
    assert len(consumer.data) < 60_000
    for word in (trade.farm.item.name_zh, number, "张*", "9.0", "<svg"):
        assert word in consumer.text
    assert "张阿海" not in consumer.text
    _check_ledger(real_db, number)


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


def _check_ledger(database: Database, number: str) -> None:
    """See each thing that happened once, and every kilogram where it should be."""
    with database.reading() as session:
        batch_id = session.scalars(select(Batch.id).where(Batch.number == number)).one()
        steps = session.scalars(
            select(Entry.step).join(EntryBatch).where(EntryBatch.batch_id == batch_id).order_by(Entry.id)
        ).all()
        held = {
            row.bucket: row.grams
            for row in session.scalars(select(Holding).where(Holding.batch_id == batch_id))
            if row.grams
        }
    assert steps[:4] == [Step.HARVEST, Step.RELEASE, Step.PACK, Step.SHIP]
    assert sorted(steps[4:]) == sorted([Step.TEMPERATURE, Step.RECEIVE, Step.REJECT, Step.LOSE])
    assert held == {Bucket.ON_HAND: 550_000, Bucket.REJECTED: 30_000}
