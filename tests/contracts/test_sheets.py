"""Spreadsheets of contracts, prices and orders: in, out, and in again."""

from __future__ import annotations

from sqlalchemy import func, select

from supplychain.contracts.models.order import Order
from supplychain.kernel.db.uow import Database
from supplychain.kernel.loader import Suite
from supplychain.kernel.permissions import SYSTEM
from supplychain.kernel.sheets import importing, writer
from supplychain.kernel.sheets.sheet import Outcome
from tests.make.base import make_item
from tests.make.contracts import deal_in, make_order, settled


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


def _exported(db: Database, suite: Suite, kind: str) -> bytes:
    rows = suite.sheets[kind].rows
    assert rows is not None
    with db.reading() as session:
        return writer.xlsx(suite.sheets[kind], rows(session, SYSTEM, {}))


def _taken_in(db: Database, suite: Suite, kind: str, content: bytes, name: str) -> importing.Report:
    return importing.run(db, suite.sheets[kind], SYSTEM, name, content, apply=True)
