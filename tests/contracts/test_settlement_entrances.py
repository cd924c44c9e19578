"""Settlements by page and job."""

from __future__ import annotations

from datetime import UTC, datetime

from flask.testing import FlaskClient

from supplychain.contracts import jobs
from supplychain.contracts.services import delivery
from supplychain.contracts.services.delivery import DeliveryFact, DeliveryFacts
from supplychain.kernel import clock
from supplychain.kernel.db.uow import Database
from supplychain.kernel.permissions import SYSTEM
from tests.conftest import SignIn
from tests.make.contracts import deal_in, make_deal, make_order, settled


def test_a_settlement_is_explained_confirmed_and_paid_by_page(
    client: FlaskClient, db: Database, sign_in: SignIn
) -> None:
    deal = deal_in(db, commission_bp=500)
    with db.unit_of_work(SYSTEM) as uow:
        number = settled(uow, deal).number
    buyer, seller = sign_in("buyer", deal.buyer), sign_in("coop_manager", deal.seller)
    page = client.get(f"/settlements/{number}", headers=buyer).text
    for words in ("4,752.00", "-237.60", "4,514.40", "1,500 kg 的 3%", "外叶黄化", "对账确认"):
        assert words in page
    assert client.post(f"/settlements/{number}/paid", headers=buyer).status_code == 403
    assert client.post(f"/settlements/{number}/confirm", headers=buyer).status_code == 303
    assert client.post(f"/settlements/{number}/paid", headers=seller).status_code == 303
    answer = client.get(f"/api/v1/settlements/{number}", headers=buyer).get_json()
    assert (answer["state"], answer["total_fen"]) == ("paid", "4514.40")
    assert answer["lines"][1]["explanation"] == "代销佣金：货款 4,752.00 元 × 5%，由买方留取。"


def test_the_first_of_the_month_settles_every_contract_and_missed_months_once(db: Database) -> None:
    with db.unit_of_work(SYSTEM) as uow:
        for _ in range(2):
            deal = make_deal(uow)
            for month in (9, 10, 11):
                order, line = make_order(uow, deal)
                received_at = datetime(2026, month, 10, tzinfo=UTC)
                facts = (DeliveryFact(line.id, 15_000, 15_000),)
                source = f"{order.id}:{month}"
                delivery.record(uow, DeliveryFacts(source, order.id, deal.gate.id, received_at, facts))
    assert jobs.settle(db).counts == {"settlements issued": 4}
    assert jobs.settle(db).counts == {"settlements issued": 0}
    with clock.fixed(datetime(2026, 12, 1, 18, 10, tzinfo=UTC)):
        assert jobs.settle(db).counts == {"settlements issued": 2}
