"""Orders by page and program: what a buyer types, what comes back, where an error stands."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from supplychain.contracts.rules import OrderState
from supplychain.kernel import clock
from supplychain.kernel.db.uow import Database
from supplychain.kernel.permissions import SYSTEM
from tests.conftest import NOW, SignIn
from tests.make.base import make_item
from tests.make.contracts import Deal, deal_in, make_deal, make_line, make_order, make_price


def order_of(deal: Deal, **values: Any) -> dict[str, Any]:
    given = {
        "contract": deal.contract.number,
        "deliver_on": "2026-11-22",
        "ship_to": deal.gate.code,
        "lines": [{"sku": deal.item.sku, "boxes": 40}],
    }
    return given | values


def test_a_buyer_orders_by_form_and_sees_the_order(
    client: FlaskClient, db: Database, sign_in: SignIn
) -> None:
    deal = deal_in(db)
    who = sign_in("buyer", deal.buyer)
    assert client.get("/orders/new", headers=who).headers["Location"].endswith("/order")
    path = f"/contracts/{deal.contract.number}/order"
    form = client.get(path, headers=who).text
    for words in ("高山甘蓝", "3.20", "10,500", deal.gate.name, "18:00"):
        assert words in form
    typed = {
        "contract": deal.contract.number,
        "deliver_on": "2026-11-22",
        "ship_to": deal.gate.code,
        "lines.0.sku": deal.item.sku,
        "lines.0.boxes": "40",
    }
    sent = client.post(path, data=typed, headers=who)
    assert (sent.status_code, sent.headers["Location"]) == (303, "/orders/DD2611-0001")
    page = client.get("/orders/DD2611-0001", headers=who).text
    for words in ("DD2611-0001", "600", "1,920.00", "已确认", deal.seller.short_name):
        assert words in page
    assert 'value="40"' in client.get(path, headers=who).text


def test_errors_stay_at_their_lines_when_others_are_left_empty(
    client: FlaskClient, db: Database, sign_in: SignIn
) -> None:
    with db.unit_of_work(SYSTEM) as uow:
        deal = make_deal(uow, quantity_grams=150_000, tolerance_bp=0)
        other = make_item(uow, deal.seller)
        make_price(uow, make_line(uow, deal.contract, other), 30_000, date(2026, 9, 1))
    typed = {
        "contract": deal.contract.number,
        "deliver_on": "2026-11-22",
        "ship_to": deal.gate.code,
        "lines.0.sku": other.sku,
        "lines.0.boxes": "",
        "lines.1.sku": deal.item.sku,
        "lines.1.boxes": "40",
    }
    who = sign_in("buyer", deal.buyer)
    path = f"/contracts/{deal.contract.number}/order"
    sent = client.post(path, data=typed, headers=who)
    assert sent.status_code == 422
    assert "只剩 150 kg 可要，这里要 600 kg" in sent.text
    assert 'name="lines.1.boxes" type="text" inputmode="numeric" value="40"' in sent.text
    nothing = client.post(path, data=typed | {"lines.1.boxes": ""}, headers=who)
    assert "请至少填写一种货品的箱数" in nothing.text


def test_the_same_order_sent_again_by_a_program_is_answered_with_the_first(
    client: FlaskClient, db: Database, sign_in: SignIn
) -> None:
    deal = deal_in(db)
    who = sign_in("buyer", deal.buyer)
    body = order_of(deal, buyer_reference="PO-7781")
    first = client.post("/api/v1/orders", json=body, headers=who)
    again = client.post("/api/v1/orders", json=body, headers=who)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.get_json() == again.get_json()
    assert first.get_json()["lines"][0]["price_e4"] == "3.2000"
    other = client.post("/api/v1/orders", json=body | {"deliver_on": "2026-11-23"}, headers=who)
    assert (other.status_code, other.mimetype) == (409, "application/problem+json")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"deliver_on": "2026-02-30"}, "deliver_on"),
        ({"lines": []}, "lines"),
        ({"lines": [{"sku": "X", "boxes": 0}]}, "lines.0.boxes"),
        ({"lines": [{"sku": "NO-SUCH", "boxes": 1}]}, "lines.0.sku"),
        ({"price_e4": "0.01"}, "price_e4"),
        ({"at": "2026-01-01T00:00:00Z"}, "at"),
        ({"ship_to": "NOWHERE"}, "ship_to"),
    ],
)
def test_a_wrong_order_is_refused_at_the_field(
    client: FlaskClient, db: Database, sign_in: SignIn, change: dict[str, Any], field: str
) -> None:
    deal = deal_in(db)
    answer = client.post(
        "/api/v1/orders", json=order_of(deal, **change), headers=sign_in("buyer", deal.buyer)
    )
    assert answer.status_code == 422
    assert field in answer.get_json()["errors"]


def test_an_order_after_the_cutoff_is_confirmed_by_the_cooperative(
    client: FlaskClient, db: Database, sign_in: SignIn
) -> None:
    deal = deal_in(db)
    buyer, seller = sign_in("buyer", deal.buyer), sign_in("coop_clerk", deal.seller)
    with clock.fixed(NOW + timedelta(hours=9)):
        body = order_of(deal, deliver_on="2026-11-21")
        number = client.post("/api/v1/orders", json=body, headers=buyer).get_json()["number"]
        assert client.post(f"/api/v1/orders/{number}/confirm", headers=buyer).status_code == 403
        assert "待合作社确认" in client.get(f"/orders/{number}", headers=seller).text
        assert client.post(f"/orders/{number}/confirm", headers=seller).status_code == 303
        assert client.get(f"/api/v1/orders/{number}", headers=buyer).get_json()["state"] == "confirmed"
        cancelled = client.post(f"/api/v1/orders/{number}/cancel", json={"reason": "停收"}, headers=buyer)
    assert cancelled.get_json()["state"] == "cancelled"


def test_the_list_of_orders_is_filtered_by_page_and_export_alike(
    client: FlaskClient, db: Database, sign_in: SignIn
) -> None:
    deal = deal_in(db)
    with db.unit_of_work(SYSTEM) as uow:
        kept, _ = make_order(uow, deal, 10)
        gone, _ = make_order(uow, deal, 20, state=OrderState.CANCELLED)
    who = sign_in("buyer", deal.buyer)
    for path in ("/orders", "/sheets/orders.csv", "/api/v1/orders"):
        text = client.get(f"{path}?state=confirmed&q=", headers=who).text
        assert kept.number in text, path
        assert gone.number not in text, path
