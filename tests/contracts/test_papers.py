"""Papers of contracts, orders and settlements say what the pages say."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from pypdfium2 import PdfDocument
from sqlalchemy import select

from supplychain.contracts.models.order import Order
from supplychain.contracts.rules import in_capitals
from supplychain.kernel.db.uow import Database
from supplychain.kernel.permissions import SYSTEM
from tests.conftest import SignIn
from tests.make.contracts import deal_in, settled


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


def _text_of(content: bytes) -> str:
    pages = PdfDocument(content)
    return "\n".join(page.get_textpage().get_text_range() for page in pages)
