"""What a consumer reads of the lorries that carried a batch, and how much the fullest page weighs."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from flask.testing import FlaskClient

from logistics import panels
from logistics.models.shipment import Shipment
from logistics.services import departure, telemetry
from supplychain.kernel.db.uow import Database, UnitOfWork
from supplychain.kernel.permissions import SYSTEM
from tests.make.contracts import make_order
from tests.make.logistics import LEFT, Trade, make_packed, make_plan, make_trade, measured, steady
from tests.make.traceability import REGISTERED_AT, make_batch
from traceability.leads import LEADS
from traceability.models.batch import Batch
from traceability.queries.look import Scanned
from traceability.services import process, recall, transform
from traceability.services.recall import OpenRecall
from traceability.services.transform import Make, Take, Transform

HOUR = timedelta(hours=1)


def sent(uow: UnitOfWork, trade: Trade, at: datetime, boxes: int = 2, **values: object) -> Shipment:
    """Order, pack and dispatch boxes of the trade's goods."""
    order, _ = make_order(uow, trade.deal, boxes)
    planned = make_plan(uow, trade, make_packed(uow, trade, order), planned_departure_at=at, **values)
    return departure.dispatch(uow, planned.number, at)


def test_every_lorry_that_carried_a_batch_is_told_of_the_latest_first(
    client: FlaskClient, db: Database
) -> None:
    with db.unit_of_work(SYSTEM) as uow:
        trade = make_trade(uow, 20)
        first = sent(uow, trade, LEFT)
        telemetry.record(uow, measured(trade, [200, 900, 900, *steady(hours=1)]))
        address = f"/01/{trade.batch.gtin}/10/{trade.batch.number}"
    alone = client.get(address).text
    assert "辆车运送" not in alone
    assert alone.count("<h3>") == 0
    with db.unit_of_work(SYSTEM) as uow:
        later = [sent(uow, trade, LEFT + HOUR * hour, device=None) for hour in (1, 2, 3)]
    page = client.get(address).text
    assert "这批货由 4 辆车运送" in page
    assert page.count("<h3>") == 4
    assert "9" in page
    with db.reading() as session:
        scanned = Scanned(trade.batch.id, trade.batch.gtin, trade.batch.number)
        told = panels.PANELS[1].rows(session, SYSTEM, scanned)
    assert told is not None
    assert [trip.row.number for trip in told["trips"]] == [trip.number for trip in (*later[::-1], first)]


@pytest.fixture
def fullest(db: Database) -> str:
    """A blend of twelve plots that went by three lorries and is called back; its address."""
    with db.unit_of_work(SYSTEM) as uow:
        process.install(uow)
        trade = make_trade(uow)
        trade.farm.product.story_zh = "云雾" * 200
        trade.farm.product.story_en = "Mist and tea " * 40
        trade.farm.base.altitude_m = 1_080
        blend = blended(uow, trade)
        for hour in range(3):
            device = None if hour else trade.fleet.device.serial
            sent(uow, trade, LEFT + HOUR * hour, device=device)
        telemetry.record(uow, measured(trade, [200 + 13 * place % 900 for place in range(170)]))
        recall.open_(uow, OpenRecall("同一批农残复检超标，疑似" * 8, "batch", blend.number), LEADS)
        return f"/01/{blend.gtin}/10/{blend.number}"


def blended(uow: UnitOfWork, trade: Trade) -> Batch:
    """Blend all goods that there are of the trade, those of twelve plots, into one batch."""
    parents = [trade.batch]
    for number in range(1, 12):
        plot = f"DT-TEA-{number:02d} 江山镇红星村 {number} 号茶园"
        parents.append(make_batch(uow, trade.farm, released=True, plot=plot, member_name=f"林{number}大山"))
    trade.batch.plot = "DT-TEA-00 江山镇红星村"
    uow.flush()
    taken = [Take(parent.number, parent.boxes, parent.grams) for parent in parents]
    made = Make(trade.farm.item.sku, 120, 12 * 150_000)
    now, uow.now = uow.now, REGISTERED_AT + HOUR
    done = transform.run(uow, Transform("MERGE", trade.farm.base.code, taken, [made]))
    uow.now = now
    return uow.session.get_one(Batch, done.made[0].id)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_fullest_page_is_small(client: FlaskClient, fullest: str, language: str) -> None:
    page = client.get(f"{fullest}?lang={language}")
    assert page.status_code == 200
    assert page.text.count("DT-TEA-") == 12
    assert page.text.count("<h3>") == 3
    assert 'id="recall"' in page.text
    assert len(page.data) < 60_000
    assert "<script" not in page.text
