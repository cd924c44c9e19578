"""Figures of logistics, and what its lists and pages cost."""

from __future__ import annotations

from datetime import timedelta

from flask.testing import FlaskClient

from logistics import panels
from logistics.models.shipment import Shipment
from logistics.models.telemetry import Reading
from logistics.queries import board
from logistics.services import receipt, telemetry
from logistics.services.receipt import Receive, Weighed
from supplychain.kernel.db.uow import Database, UnitOfWork
from supplychain.kernel.permissions import SYSTEM
from tests.conftest import NOW, SignIn, Statements
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
    make_way,
    measured,
    steady,
)
from traceability.queries.look import Scanned


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
    paths = ("/shipments", f"/shipments/{planned.number}", "/units", "/demand", "/receipts")
    assert client.get("/units", headers=who).status_code == 200  # a token's first use of the day is noted
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
    way = make_way(db)
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
