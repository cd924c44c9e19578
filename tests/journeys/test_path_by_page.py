"""The same parcel's path as people walk it: signed in, page by page, pressing only what a page offers."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from io import BytesIO
from urllib.parse import urlencode

import pypdfium2
import pytest
from flask import Flask
from sqlalchemy import func, select

from logistics.models.telemetry import Reading
from supplychain.base.rules import PartyKind
from supplychain.contracts.models.order import DeliveryLine
from supplychain.contracts.models.settlement import Settlement, SettlementLine
from supplychain.kernel.db.uow import Database
from supplychain.kernel.permissions import SYSTEM
from tests.conftest import NOW, SignIn
from tests.journeys.person import LANGUAGE, Person, meet
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
from traceability.rules.ledger import Bucket, Step

LATER = datetime(2026, 12, 2, 3, 0, tzinfo=NOW.tzinfo)
"""After the month is over."""
SSCC = re.compile(r"/units/(\d{18})")
NOW_IS = 'aria-current="step">'
SENT = [Step.HARVEST, Step.RELEASE, Step.PACK, Step.SHIP]


@dataclass(frozen=True)
class People:
    """Those who hand the parcel on, and one whom it does not concern."""

    clerk: Person
    manager: Person
    buyer: Person
    stranger: Person
    carrier: Person
    operator: Person


@pytest.fixture
def trade(real_db: Database) -> Trade:
    """A co-operative, its buyer and their contract, a carrier with a lorry, a route and a logger."""
    with real_db.unit_of_work(SYSTEM) as uow:
        return make_trade(uow)


@pytest.fixture
def people(web: Flask, trade: Trade, real_db: Database) -> People:
    """Everybody whom the path needs, each signed in."""
    with real_db.unit_of_work(SYSTEM) as uow:
        other = make_party(uow, PartyKind.SUPERMARKET)
    return People(
        meet(web, real_db, "coop_clerk", trade.farm.coop),
        meet(web, real_db, "coop_manager", trade.farm.coop),
        meet(web, real_db, "buyer", trade.deal.buyer),
        meet(web, real_db, "buyer", other),
        meet(web, real_db, "carrier", trade.carrier),
        meet(web, real_db, "operator", None),
    )


def test_people_take_a_parcel_from_datian_to_pudong(
    web: Flask, real_db: Database, trade: Trade, people: People, sign_in: SignIn
) -> None:
    number = _register(people, trade)
    assert steps_of(real_db, number) == [Step.HARVEST]
    _release(people, number)
    assert steps_of(real_db, number) == SENT[:2]
    codes = _make_codes(people, number)
    order = _call_off(people, trade)
    unit = _pack(people, order, number)
    assert steps_of(real_db, number) == SENT[:3]
    shipment = _dispatch(people, trade, unit)
    assert steps_of(real_db, number) == SENT
    with at(ARRIVED):
        _measure(web, people, trade, shipment, sign_in)
        assert _readings(real_db) == 2 * 181 + 1
        assert steps_of(real_db, number) == SENT
        _receive(people, trade, shipment, order)
    arrived = [Step.LOSE, Step.RECEIVE, Step.REJECT, Step.TEMPERATURE]
    assert sorted(steps_of(real_db, number)[4:]) == arrived
    assert held_of(real_db, number) == {Bucket.ON_HAND: 550_000, Bucket.REJECTED: 30_000}
    with at(LATER):
        _settle(people, trade, real_db)
    with at(ARRIVED):
        _scan(web, trade, number, codes)
    assert len(steps_of(real_db, number)) == len(SENT) + len(arrived)


def _register(people: People, trade: Trade) -> str:
    """Register forty crates and print a sheet that names them in Chinese."""
    path, page = people.clerk.led(
        people.clerk.fill(
            "/batches/new",
            sku=trade.farm.item.sku,
            site=trade.farm.base.code,
            harvested_on="2026-11-20",
            boxes=str(BOXES),
            grams="600",
            member_name="张阿海",
        )
    )
    number = path.removeprefix("/batches/")
    assert number.startswith("B2611-")
    assert trade.farm.item.gtin in page
    labels = people.clerk.print(f"{path}/labels.pdf")
    words = words_of(labels)
    assert words.count(number) >= BOXES
    assert "高山甘蓝" in words
    return number


def _release(people: People, number: str) -> None:
    """Without papers there is no button; with them the manager lets the batch go."""
    batch, press = f"/batches/{number}", f"/batches/{number}/release"
    assert press not in [form.action for form in people.manager.forms(batch)]
    paper, _ = people.clerk.led(
        people.clerk.send(
            people.clerk.form(f"/certificates/new?batch={number}&kind=coc"),
            {"by_control": "true"},
        )
    )
    assert "承诺达标合格证" in words_of(people.clerk.print(f"{paper}.pdf"))
    assert people.manager.press(batch, press) == batch


def _make_codes(people: People, number: str) -> list[str]:
    """Make two item codes, print them, switch them on; return their addresses."""
    people.manager.led(people.manager.fill(f"/batches/{number}/codes/new", count="2"))
    assert number in words_of(people.manager.print(f"/batches/{number}/item-labels.pdf"))
    people.manager.press(f"/batches/{number}", f"/batches/{number}/codes/activate")
    listed = people.manager.see(f"/codes?{urlencode({'batch': number})}")
    found = sorted(set(re.findall(rf"/01/\d{{14}}/10/{number}/21/\w+", listed)))
    assert len(found) == 2
    return found


def _call_off(people: People, trade: Trade) -> str:
    """Call off under the buyer's own contract, at its own price; nobody else sees either."""
    contract = trade.deal.contract.number
    assert contract in people.buyer.see("/contracts")
    assert contract not in people.stranger.see("/contracts")
    assert people.stranger.get(f"/contracts/{contract}").status_code == 404
    form = f"/contracts/{contract}/order"
    assert people.stranger.get(form).status_code == 404
    assert "3.20" in people.buyer.see(form)
    sent = people.buyer.fill(
        form,
        deliver_on="2026-11-22",
        ship_to=trade.deal.gate.code,
        buyer_reference="PO-7",
        lines_0_boxes=str(BOXES),
    )
    path, page = people.buyer.led(sent)
    assert NOW_IS + "已确认" in page
    assert "1,920.00" in page
    number = path.removeprefix("/orders/")
    assert people.stranger.get(path).status_code == 404
    assert number not in people.stranger.see("/orders")
    return number


def _pack(people: People, order: str, number: str) -> str:
    """See which batch is proposed and why, promise it, pack it; return the pallet's SSCC."""
    assert order in people.clerk.see("/demand")
    proposal = people.clerk.see(f"/demand/{order}")
    assert number in proposal
    assert "最先到期" in proposal
    people.clerk.press(f"/demand/{order}", f"/demand/{order}/promise")
    unit = people.clerk.press(f"/demand/{order}", f"/demand/{order}/pack")
    found = SSCC.fullmatch(unit)
    assert found
    assert found[1] in words_of(people.clerk.print(f"{unit}/label.pdf")).replace(" ", "")
    return found[1]


def _dispatch(people: People, trade: Trade, unit: str) -> str:
    """Plan the lorry with what is packed, as the form proposes, and let it leave."""
    form = people.clerk.form("/shipments/new")
    assert dict(form.fields)["ssccs"].split() == [unit]
    sent = people.clerk.send(
        form,
        {
            "plate": trade.plate,
            "route": trade.route,
            "device": trade.logger,
            "driver_name": "赖师傅",
            "driver_phone": "0598-0000-311",
            "planned_departure_at": "2026-11-20T12:00",
        },
    )
    path, _ = people.clerk.led(sent)
    with at(LEFT):
        people.clerk.press(path, f"{path}/dispatch")
    assert NOW_IS + "在途" in people.buyer.see(path)
    assert people.stranger.get(path).status_code == 404
    note = words_of(people.clerk.print(f"{path}/delivery-note.pdf"))
    assert all(word in note for word in (trade.farm.item.name_zh, "600", "赖师傅"))
    return path


def _measure(web: Flask, people: People, trade: Trade, shipment: str, sign_in: SignIn) -> None:
    """Hand in the logger's file by page and one more reading by program; see curve, band and excursion."""
    upload = next(form for form in people.carrier.forms(shipment) if form.action == f"{shipment}/readings")
    for said in ("362", "0"):
        file = (BytesIO(logger_file(trade.logger)), "log.csv")
        _, page = people.carrier.led(people.carrier.send(upload, {"file": file}))
        assert f"{said} 条" in page or f" {said} " in page
    row = {"at": "2026-11-20T18:58:00Z", "channel": "temperature", "value": "2.5"}
    token = sign_in("carrier", trade.carrier)
    posted = {"device": trade.logger, "rows": [row]}
    told = web.test_client().post("/api/v1/readings", headers=token, json=posted)
    assert told.get_json() == {"stored": 1}
    page = people.buyer.see(shipment)
    assert 'class="curve' in page
    assert "0.0 … 4.0" in page
    assert "超出范围 60 分钟" in page
    assert "9.0" in words_of(people.buyer.print(f"{shipment}/temperature.pdf"))


def _receive(people: People, trade: Trade, shipment: str, order: str) -> None:
    """Weigh in 600 kg as 550 taken, 30 refused, 20 lost; the record stands on the order."""
    gate = trade.deal.gate.code
    people.carrier.press(shipment, f"{shipment}/arrive/{gate}")
    form = people.buyer.form(f"{shipment}/receive/{gate}")
    assert dict(form.fields)["lines.0.accepted_grams"] == "600"
    weighed = {
        "lines.0.accepted_grams": "550",
        "lines.0.rejected_grams": "30",
        "lines.0.rejected_boxes": "2",
        "lines.0.reject_reason": "temperature",
        "lines.0.note": "外叶发热",
        "surface_centi": "6.5",
        "core_centi": "5.1",
    }
    path, page = people.buyer.led(people.buyer.send(form, weighed))
    assert path == shipment
    assert "外叶发热" in page
    again, _ = people.buyer.led(people.buyer.send(form, weighed))
    assert again == shipment
    ordered = people.buyer.see(f"/orders/{order}")
    for figure in (NOW_IS + "已交齐", ">550<", ">30<", ">20<"):
        assert figure in ordered


def _settle(people: People, trade: Trade, database: Database) -> None:
    """Run the month's job twice; both sides see one settlement whose lines a pencil agrees with."""
    job = "/jobs/contracts.settlement"
    for minute in (0, 1):
        with at(LATER + timedelta(minutes=minute)):
            people.operator.press(job, f"{job}/run")
    with database.reading() as session:
        settlement = session.scalars(select(Settlement)).one()
        lines = session.scalars(select(SettlementLine)).all()
        delivered = session.scalars(select(DeliveryLine)).all()
    bearable = 600_000 * trade.deal.contract.loss_allowance_bp // 10_000
    assert [(row.accepted_grams, row.rejected_grams, row.loss_grams) for row in delivered] == [
        (550_000, 30_000, 20_000)
    ]
    payable = 550_000 + min(20_000, bearable)
    goods = (payable * PRICE_E4 + 50_000) // 100_000
    kept_back = (goods * trade.deal.contract.commission_bp + 5_000) // 10_000
    assert [line.amount_fen for line in lines] == [goods, *([-kept_back] if kept_back else [])]
    assert settlement.total_fen == goods - kept_back
    total = f"{settlement.total_fen // 100:,}.{settlement.total_fen % 100:02}"
    path = f"/settlements/{settlement.number}"
    page = people.buyer.see(path)
    assert total in page
    assert "途耗" in page
    assert people.stranger.get(path).status_code == 404
    people.buyer.press(path, f"{path}/confirm")
    people.manager.press(path, f"{path}/paid")
    printed = words_of(people.manager.print(f"{path}.pdf"))
    assert total in printed
    assert "途耗" in printed


def _scan(web: Flask, trade: Trade, number: str, codes: list[str]) -> None:
    """Anybody looks a code up: first nobody has, then somebody; the page tells the whole way."""
    first, second = (look(web, codes[0], visitor) for visitor in ("203.0.113.5", "203.0.113.9"))
    assert "首次查询于" in first
    assert re.search(r"已被查询 2 次，首次查询于 .*11", second)
    for word in (trade.farm.item.name_zh, number, "张*", trade.farm.base.name, "浦东", "9.0", "<svg"):
        assert word in second
    for secret in ("张阿海", "赖师傅", "0598-0000-311", trade.deal.contract.number, "3.20"):
        assert secret not in second
    assert "首次查询于" in look(web, codes[1], "203.0.113.9")
    assert "人查询" in look(web, codes[1].split("/21/")[0], "203.0.113.9")


def look(web: Flask, path: str, visitor: str) -> str:
    """Return the page that somebody without a sign-in sees behind a code."""
    answer = web.test_client().get(path, headers=LANGUAGE, environ_base={"REMOTE_ADDR": visitor})
    assert answer.status_code == 200
    assert len(answer.data) < 60_000
    return answer.text


def words_of(pdf: bytes) -> str:
    """Return the text of a PDF."""
    document = pypdfium2.PdfDocument(pdf)
    return "\n".join(page.get_textpage().get_text_range() for page in document)


def _readings(database: Database) -> int:
    with database.reading() as session:
        return session.scalar(select(func.count()).select_from(Reading)) or 0
