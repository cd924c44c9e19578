"""Contracts and prices by page and program, and what the night does with them."""

from __future__ import annotations

from datetime import UTC, date, datetime

from flask.testing import FlaskClient
from sqlalchemy import func, select

from supplychain.base.models.notice import Notice
from supplychain.contracts import jobs
from supplychain.contracts.models.contract import Price
from supplychain.contracts.rules import ContractState, PriceState
from supplychain.kernel import clock
from supplychain.kernel.db.uow import Database
from supplychain.kernel.permissions import SYSTEM
from tests.conftest import SignIn
from tests.make.contracts import deal_in, make_price


def test_a_manager_drafts_fills_and_activates_a_contract_by_page(
    client: FlaskClient, db: Database, sign_in: SignIn
) -> None:
    deal = deal_in(db)
    who = sign_in("coop_manager", deal.seller)
    assert deal.seller.short_name in client.get("/contracts/new", headers=who).text
    typed = {
        "number": "QM-2026-31",
        "title": "冬季蔬菜合同",
        "channel": "supermarket",
        "seller": deal.seller.code,
        "buyer": deal.buyer.code,
        "signed_on": "2026-11-18",
        "valid_from": "2026-11-20",
        "valid_to": "2027-02-28",
    }
    assert (
        client.post("/contracts/new", data=typed, headers=who).headers["Location"] == "/contracts/QM-2026-31"
    )
    page = client.get("/contracts/QM-2026-31", headers=who).text
    assert "至少一种货品要先定价" in page
    line = {"sku": deal.item.sku, "quantity_grams": "5000", "tolerance_bp": "5", "price_e4": "3.45"}
    assert client.post("/contracts/QM-2026-31/line", data=line, headers=who).status_code == 303
    assert client.post("/contracts/QM-2026-31/activate", headers=who).status_code == 303
    coming = {"sku": deal.item.sku, "price_e4": "3.6", "effective_on": "2026-12-01"}
    assert client.post("/contracts/QM-2026-31/price", data=coming, headers=who).status_code == 303
    page = client.get("/contracts/QM-2026-31", headers=who).text
    for words in ("执行中", "3.45", "12月1日起 3.60", "5,250"):
        assert words in page
    stopped = client.post("/contracts/QM-2026-31/suspend", data={"reason": "台风"}, headers=who)
    assert stopped.status_code == 303
    assert client.post("/contracts/QM-2026-31/end", data={"reason": ""}, headers=who).status_code == 422
    assert "已暂停" in client.get("/contracts/QM-2026-31", headers=who).text


def test_a_term_longer_than_the_law_allows_is_refused_at_its_field(
    client: FlaskClient, db: Database, sign_in: SignIn
) -> None:
    deal = deal_in(db, channel="enterprise")
    body = {
        "title": "食堂",
        "channel": "enterprise",
        "seller": deal.seller.code,
        "buyer": deal.buyer.code,
        "signed_on": "2026-11-18",
        "valid_from": "2026-11-20",
        "valid_to": "2027-02-28",
        "payment_days": 90,
    }
    answer = client.post("/api/v1/contracts", json=body, headers=sign_in("coop_manager", deal.seller))
    assert answer.status_code == 422
    assert "保障中小企业款项支付条例" in answer.get_json()["errors"]["payment_days"][0]


def test_the_night_brings_on_the_prices_of_the_day(db: Database) -> None:
    deal = deal_in(db)
    with db.unit_of_work(SYSTEM) as uow:
        coming = make_price(uow, deal.line, 36_000, date(2026, 11, 21), PriceState.SCHEDULED)
    with clock.fixed(datetime(2026, 11, 20, 16, 5, tzinfo=UTC)):
        assert jobs.bring_on_prices(db).counts == {"prices activated": 1}
    with db.reading() as session:
        assert session.get_one(Price, coming.id).state is PriceState.ACTIVE


def test_both_sides_hear_once_that_a_contract_ends_in_a_month_and_in_a_week(db: Database) -> None:
    deal_in(db, valid_to=date(2026, 12, 15))
    deal_in(db, valid_to=date(2026, 12, 15), state=ContractState.ENDED)
    told = []
    for day in (20, 21, 30):
        with clock.fixed(datetime(2026, 11, day, 22, 40, tzinfo=UTC)):
            told.append(jobs.warn_of_end(db).counts["notices"])
    with clock.fixed(datetime(2026, 12, 9, 22, 40, tzinfo=UTC)):
        told.append(jobs.warn_of_end(db).counts["notices"])
    assert told == [2, 0, 0, 2]
    with db.reading() as session:
        assert session.scalar(select(func.count(Notice.id))) == 4
