"""Who sees which contracts, orders and prices, and what seeing many of them costs."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from supplychain.contracts import panels
from supplychain.contracts.models.order import Order
from supplychain.contracts.models.settlement import Settlement
from supplychain.contracts.rules import OrderState
from supplychain.kernel.db.uow import Database
from supplychain.kernel.permissions import SYSTEM
from tests.conftest import SignIn, Statements
from tests.make.contracts import Deal, deal_in, make_deal, make_order, settled

SECRET = "41.37"
"""The price that somebody else pays."""


def rival_in(db: Database, deal: Deal) -> Deal:
    """Make another buyer of the same goods at a price of its own, with a delivered, settled order."""
    with db.unit_of_work(SYSTEM) as uow:
        rival = make_deal(uow, seller=deal.seller, item=deal.item, price_e4=413_700, title="别家的合同")
        settled(uow, rival, 413_700)
    return rival


def test_a_buyer_never_sees_what_another_pays(client: FlaskClient, db: Database, sign_in: SignIn) -> None:
    deal = deal_in(db)
    rival = rival_in(db, deal)
    who = sign_in("buyer", deal.buyer)
    for path in (
        "/",
        "/contracts",
        "/prices",
        "/orders",
        "/deliveries",
        "/settlements",
        f"/contracts/{deal.contract.number}",
        f"/parties/{deal.seller.code}",
        "/api/v1/contracts",
        "/api/v1/prices",
        "/api/v1/orders",
        "/api/v1/deliveries",
        "/api/v1/settlements",
        f"/api/v1/prices?contract={rival.contract.number}",
    ):
        answer = client.get(path, headers=who)
        assert answer.status_code == 200, path
        for secret in (SECRET, "59,", rival.contract.number, "别家的合同"):
            shown = answer.text.replace(f"contract={rival.contract.number}", "")
            assert secret not in shown, (path, secret)
    for kind in ("contracts", "prices", "orders", "deliveries", "settlements"):
        text = client.get(f"/sheets/{kind}.csv", headers=who).text
        assert rival.contract.number not in text, kind
        assert SECRET not in text, kind
    with db.reading() as session:
        order = session.scalars(select(Order.number).where(Order.contract_id == rival.contract.id)).one()
        issued = session.scalars(
            select(Settlement.number).where(Settlement.seller_id == rival.seller.id)
        ).one()
    for path in (
        f"/contracts/{rival.contract.number}",
        f"/contracts/{rival.contract.number}.pdf",
        f"/contracts/{rival.contract.number}/order",
        f"/orders/{order}",
        f"/orders/{order}.pdf",
        f"/settlements/{issued}",
        f"/settlements/{issued}.pdf",
        f"/api/v1/contracts/{rival.contract.number}",
        f"/api/v1/orders/{order}",
        f"/api/v1/settlements/{issued}",
    ):
        assert client.get(path, headers=who).status_code == 404, path


def test_an_officer_sees_everything_and_changes_nothing(
    client: FlaskClient, db: Database, sign_in: SignIn
) -> None:
    deal = deal_in(db)
    who = sign_in("officer", None)
    lines = [{"sku": deal.item.sku, "boxes": 40}]
    order = {
        "contract": deal.contract.number,
        "deliver_on": "2026-11-22",
        "ship_to": deal.gate.code,
        "lines": lines,
    }
    assert client.get(f"/contracts/{deal.contract.number}", headers=who).status_code == 200
    assert client.post(f"/contracts/{deal.contract.number}/activate", headers=who).status_code == 403
    assert client.post("/api/v1/orders", json=order, headers=who).status_code == 403


def test_a_carrier_has_no_business_with_contracts(client: FlaskClient, db: Database, sign_in: SignIn) -> None:
    deal = deal_in(db)
    who = sign_in("carrier", deal.buyer)
    for path in ("/contracts", "/orders", "/settlements", "/api/v1/prices", "/sheets/prices.csv"):
        assert client.get(path, headers=who).status_code == 403, path


def test_the_board_counts_what_one_may_see(db: Database) -> None:
    deal = deal_in(db)
    rival_in(db, deal)
    with db.unit_of_work(SYSTEM) as uow:
        make_order(uow, deal, 40)
        make_order(uow, deal, 2, state=OrderState.PLACED, confirmed_at=None)
        settled(uow, deal)
    with db.reading() as session:
        for_buyer = [kpi.compute(session, deal.buying) for kpi in panels.KPIS]
        for_seller = [task.count for source in panels.TASKS for task in source.find(session, deal.selling)]
        links = panels.RECORD_LINKS[0].find(session, deal.buying, deal.seller.id)
    assert [figure.value for figure in for_buyer if figure] == ["2.13", "0", "1", "4,752"]
    assert for_seller == [1, 0, 0]
    assert [link.values["number"] for link in links] == [deal.contract.number]


@pytest.mark.parametrize("path", ["/contracts", "/orders", "/prices", "/settlements", "/deliveries"])
def test_a_list_of_many_costs_as_many_statements_as_a_list_of_one(
    client: FlaskClient, db: Database, sign_in: SignIn, statements: Statements, path: str
) -> None:
    deal = deal_in(db)
    who = sign_in("coop_manager", deal.seller)
    counts = []
    for more in (1, 4):
        with db.unit_of_work(SYSTEM) as uow:
            for _ in range(more):
                settled(uow, make_deal(uow, seller=deal.seller))
        client.get(path, headers=who)
        before = len(statements)
        assert client.get(path, headers=who).status_code == 200
        counts.append(len(statements) - before)
    assert counts[0] == counts[1]
