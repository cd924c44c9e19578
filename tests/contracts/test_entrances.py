"""Pages, API, spreadsheets, papers and jobs of contracts, by those who may and those who may not."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from pypdfium2 import PdfDocument
from sqlalchemy import func, select

from supplychain.base.models.notice import Notice
from supplychain.contracts import jobs, panels
from supplychain.contracts.models.contract import Price
from supplychain.contracts.models.order import Order
from supplychain.contracts.models.settlement import Settlement
from supplychain.contracts.rules import ContractState, OrderState, PriceState, in_capitals
from supplychain.contracts.services import delivery, settlement
from supplychain.contracts.services.delivery import DeliveryFact, DeliveryFacts
from supplychain.contracts.services.settlement import IssueSettlement
from supplychain.kernel import clock
from supplychain.kernel.db.uow import Database, UnitOfWork
from supplychain.kernel.loader import Suite
from supplychain.kernel.permissions import SYSTEM
from supplychain.kernel.sheets import importing, writer
from supplychain.kernel.sheets.sheet import Outcome
from tests.conftest import NOW, SignIn, Statements
from tests.make.base import make_item
from tests.make.contracts import Deal, make_deal, make_line, make_order, make_price

SECRET = "41.37"
"""The price that somebody else pays."""


def deal_in(db: Database, **values: Any) -> Deal:
    with db.unit_of_work(SYSTEM) as uow:
        return make_deal(uow, **values)


def rival_in(db: Database, deal: Deal) -> Deal:
    """Make another buyer of the same goods at a price of its own, with a delivered, settled order."""
    with db.unit_of_work(SYSTEM) as uow:
        rival = make_deal(uow, seller=deal.seller, item=deal.item, price_e4=413_700, title="别家的合同")
        settled(uow, rival, 413_700)
    return rival


def settled(uow: UnitOfWork, deal: Deal, price_e4: int = 32_000) -> Settlement:
    order, line = make_order(uow, deal, 100, price_e4)
    facts = (DeliveryFact(line.id, 1_500_000, 1_440_000, 15_000, 45_000, "外叶黄化"),)
    received_at = datetime(2026, 10, 14, 20, 30, tzinfo=UTC)
    delivery.record(uow, DeliveryFacts(f"SH/{order.id}", order.id, deal.gate.id, received_at, facts))
    return settlement.issue(uow, IssueSettlement(deal.contract.number, date(2026, 10, 1)))


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
    assert client.get(f"/contracts/{deal.contract.number}", headers=who).status_code == 200
    assert client.post(f"/contracts/{deal.contract.number}/activate", headers=who).status_code == 403
    assert client.post("/api/v1/orders", json=order_of(deal), headers=who).status_code == 403


def test_a_carrier_has_no_business_with_contracts(client: FlaskClient, db: Database, sign_in: SignIn) -> None:
    deal = deal_in(db)
    who = sign_in("carrier", deal.buyer)
    for path in ("/contracts", "/orders", "/settlements", "/api/v1/prices", "/sheets/prices.csv"):
        assert client.get(path, headers=who).status_code == 403, path


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


def test_papers_say_what_the_pages_say(client: FlaskClient, db: Database, sign_in: SignIn) -> None:
    deal = deal_in(db, commission_bp=500)
    with db.unit_of_work(SYSTEM) as uow:
        number = settled(uow, deal).number
    who = sign_in("buyer", deal.buyer)
    with db.reading() as session:
        order = session.scalars(select(Order.number)).one()
    for path, words in {
        f"/settlements/{number}.pdf": ("结算单", "4,514.40", "肆仟伍佰壹拾肆元肆角整", "外叶黄化"),
        f"/orders/{order}.pdf": ("要货单", "4,800.00", "高山甘蓝"),
        f"/contracts/{deal.contract.number}.pdf": ("高山蔬菜直供", "3.20", "10,000", "签字"),
    }.items():
        answer = client.get(path, headers=who)
        assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
        text = _text_of(answer.data)
        for word in words:
            assert word in text, (path, word)


@pytest.mark.parametrize(
    ("fen", "words"),
    [
        (0, "零元整"),
        (5, "伍分"),
        (120_050, "壹仟贰佰元伍角整"),
        (160_009, "壹仟陆佰元零玖分"),
        (10_001_000, "壹拾万零壹拾元整"),
        (100_050_000, "壹佰万零伍佰元整"),
        (10_004_000_000, "壹亿零肆万元整"),
        (-7_150_239, "负柒万壹仟伍佰零贰元叁角玖分"),
    ],
)
def test_amounts_in_capitals_are_written_as_banks_want_them(fen: int, words: str) -> None:
    assert in_capitals(fen) == words


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


def test_what_is_exported_can_be_taken_in_again_and_changes_nothing(db: Database, suite: Suite) -> None:
    deal = deal_in(db)
    with db.unit_of_work(SYSTEM) as uow:
        settled(uow, deal)
        make_order(uow, deal, 7, buyer_reference="PO-1")
    for kind in ("contracts", "prices", "orders"):
        content = _exported(db, suite, kind)
        report = _taken_in(db, suite, kind, content, f"{kind}.xlsx")
        assert not report.bad, kind
        assert set(report.counts) == {Outcome.UNCHANGED}, kind


def test_a_spreadsheet_brings_contracts_prices_and_orders_once(db: Database, suite: Suite) -> None:
    deal = deal_in(db)
    with db.unit_of_work(SYSTEM) as uow:
        second = make_item(uow, deal.seller)
    terms = f"农超,{deal.seller.code},{deal.buyer.code},2026-10-20,2026-11-01,2027-10-31,冬菜,N-1,执行中"
    contracts = (
        "渠道,卖方,买方,签订日期,生效日,到期日,合同名称,合同编号,状态,商品编号,合同量,起始单价\n"
        f"{terms},{deal.item.sku},5000,3.2\n{terms},{second.sku},,2.85\n"
    )
    prices = f"合同编号,商品编号,单价（元/kg）,生效日期\nN-1,{second.sku},3.1,2026-12-01\n"
    orders = (
        "买方单号,合同编号,收货地点,送达日期,商品编号,箱数,下单时间\n"
        f"P-1,N-1,{deal.gate.code},2026-11-10,{deal.item.sku},20,2026-11-09 09:30\n"
        f"P-1,N-1,{deal.gate.code},2026-11-10,{second.sku},10,2026-11-09 09:30\n"
        f"P-2,N-1,{deal.gate.code},2026-11-23,{second.sku},10,\n"
    )
    for outcome in (Outcome.CREATED, Outcome.UNCHANGED):
        for kind, text in (("contracts", contracts), ("prices", prices), ("orders", orders)):
            report = _taken_in(db, suite, kind, text.encode("gbk"), f"{kind}.csv")
            assert not report.bad, (kind, report.bad)
            assert set(report.counts) == {outcome}, kind
    with db.reading() as session:
        assert session.scalar(select(func.count(Order.id))) == 2


def test_a_bad_row_of_a_spreadsheet_is_named_with_its_column(db: Database, suite: Suite) -> None:
    deal = deal_in(db, quantity_grams=150_000, tolerance_bp=0)
    rows = (
        "买方单号,合同编号,收货地点,送达日期,商品编号,箱数\n"
        f"P-1,{deal.contract.number},{deal.gate.code},2026-11-24,{deal.item.sku},99\n"
        f",{deal.contract.number},{deal.gate.code},2026-11-24,{deal.item.sku},1\n"
        f"P-3,{deal.contract.number},{deal.gate.code},2026-11-24,NO-SUCH,1\n"
    )
    report = _taken_in(db, suite, "orders", rows.encode(), "orders.csv")
    assert not report.applied
    found = [(row.number, [label for label, _ in row.reasons]) for row in report.bad]
    assert found == [(2, ["Boxes"]), (3, ["Buyer's order number"]), (4, ["Item number"])]


def test_rows_of_one_contract_must_agree(db: Database, suite: Suite) -> None:
    deal = deal_in(db)
    head = "渠道,卖方,买方,签订日期,生效日,到期日,合同名称,合同编号,商品编号\n"
    row = f"农超,{deal.seller.code},{deal.buyer.code},2026-10-20,2026-11-01,2027-10-31"
    text = f"{head}{row},冬菜,N-2,{deal.item.sku}\n{row},夏菜,N-2,OTHER\n"
    report = _taken_in(db, suite, "contracts", text.encode(), "contracts.csv")
    assert [[label for label, _ in bad.reasons] for bad in report.bad] == [["Contract title"]] * 2


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
    assert jobs.settle(db).counts == {"issued": 4}
    assert jobs.settle(db).counts == {"issued": 0}
    with clock.fixed(datetime(2026, 12, 1, 18, 10, tzinfo=UTC)):
        assert jobs.settle(db).counts == {"issued": 2}


def test_the_night_brings_on_the_prices_of_the_day(db: Database) -> None:
    deal = deal_in(db)
    with db.unit_of_work(SYSTEM) as uow:
        coming = make_price(uow, deal.line, 36_000, date(2026, 11, 21), PriceState.SCHEDULED)
    with clock.fixed(datetime(2026, 11, 20, 16, 5, tzinfo=UTC)):
        assert jobs.bring_on_prices(db).counts == {"activated": 1}
    with db.reading() as session:
        assert session.get_one(Price, coming.id).state is PriceState.ACTIVE


def test_both_sides_hear_once_that_a_contract_ends_in_a_month_and_in_a_week(db: Database) -> None:
    deal_in(db, valid_to=date(2026, 12, 15))
    deal_in(db, valid_to=date(2026, 12, 15), state=ContractState.ENDED)
    told = []
    for day in (20, 21, 30):
        with clock.fixed(datetime(2026, 11, day, 22, 40, tzinfo=UTC)):
            told.append(jobs.warn_of_end(db).counts["told"])
    with clock.fixed(datetime(2026, 12, 9, 22, 40, tzinfo=UTC)):
        told.append(jobs.warn_of_end(db).counts["told"])
    assert told == [2, 0, 0, 2]
    with db.reading() as session:
        assert session.scalar(select(func.count(Notice.id))) == 4


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


def _exported(db: Database, suite: Suite, kind: str) -> bytes:
    rows = suite.sheets[kind].rows
    assert rows is not None
    with db.reading() as session:
        return writer.xlsx(suite.sheets[kind], rows(session, SYSTEM, {}))


def _taken_in(db: Database, suite: Suite, kind: str, content: bytes, name: str) -> importing.Report:
    return importing.run(db, suite.sheets[kind], SYSTEM, name, content, apply=True)


def _text_of(content: bytes) -> str:
    pages = PdfDocument(content)
    return "\n".join(page.get_textpage().get_text_range() for page in pages)
