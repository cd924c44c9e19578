"""What a consumer tells from the page behind a code, and what becomes of it."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from supplychain.base.models.notice import Notice
from supplychain.kernel.db.uow import Database
from supplychain.kernel.errors import Refused
from supplychain.kernel.permissions import SYSTEM
from tests.conftest import SignIn
from tests.make.base import make_party
from tests.make.traceability import Farm, make_batch, make_farm
from traceability.models.batch import Batch
from traceability.models.feedback import Feedback
from traceability.rules.feedback import DAILY_CASES, CaseState, FeedbackKind
from traceability.services import code as codes
from traceability.services import feedback
from traceability.services.feedback import Told

WORDS = "菜心发黑，有异味"


def arranged(db: Database) -> tuple[Farm, Batch, str]:
    """Make a released batch and the serial of one of its items."""
    with db.unit_of_work(SYSTEM) as uow:
        farm = make_farm(uow)
        batch = make_batch(uow, farm, released=True)
        serials = codes.make(uow, batch.id, 1)
        codes.activate(uow, batch.id, serials)
    return farm, batch, serials[0]


def send(client: FlaskClient, path: str, **given: str) -> tuple[int, str, str]:
    """Fill in the form behind an address as a phone without script does; return status, text, target."""
    token = re.search(r'name="csrf_token" value="([^"]+)"', client.get(path).text)
    assert token is not None
    answer = client.post(path, data={"csrf_token": token[1], "kind": "quality", "text": WORDS} | given)
    return answer.status_code, answer.text, answer.headers.get("Location", "")


def opened(db: Database) -> str:
    """Open a case about a batch and return its number."""
    _, batch, _ = arranged(db)
    with db.unit_of_work(SYSTEM) as uow:
        return feedback.open_case(uow, batch.id, None, "v" * 32, Told(FeedbackKind.QUALITY, WORDS)).number


def test_the_page_of_an_item_leads_to_a_form_that_opens_a_case_about_it(
    client: FlaskClient, db: Database
) -> None:
    farm, batch, serial = arranged(db)
    page = client.get(f"/01/{batch.gtin}/10/{batch.number}/21/{serial}").text
    path = f"/tell/{batch.gtin}/{batch.number}/{serial}"
    assert f'href="{path}?lang=zh"' in page
    status, _, led = send(client, path, contact="13900000000")
    assert status == 303
    with db.reading() as session:
        row = session.scalars(select(Feedback)).one()
        told = session.scalars(select(Notice).where(Notice.party_id == farm.coop.id)).one()
    assert (row.batch_id, row.text, row.state) == (batch.id, WORDS, CaseState.NEW)
    assert row.code_id is not None
    assert told.path == f"/feedback/{row.number}"
    thanks = client.get(led).text
    assert "感谢反馈" in thanks
    assert row.number in thanks
    assert "13900000000" not in thanks


def test_a_message_without_words_is_asked_for_again_with_what_was_written(
    client: FlaskClient, db: Database
) -> None:
    _, batch, _ = arranged(db)
    status, text, _ = send(client, f"/tell/{batch.gtin}/{batch.number}", text=" ", contact="a@b.cn")
    assert status == 422
    assert 'value="a@b.cn"' in text
    assert 'role="alert"' in text


def test_the_same_message_twice_is_one_case_and_a_flood_is_stopped(client: FlaskClient, db: Database) -> None:
    _, batch, _ = arranged(db)
    path = f"/tell/{batch.gtin}/{batch.number}"
    assert {send(client, path)[2] for _ in range(2)} == {send(client, path)[2]}
    for number in range(DAILY_CASES - 1):
        assert send(client, path, text=f"{WORDS} {number}")[0] == 303
    assert send(client, path, text="还有")[0] == 429
    with db.reading() as session:
        assert session.scalar(select(func.count()).select_from(Feedback)) == DAILY_CASES


def test_a_forged_form_opens_no_case(client: FlaskClient, db: Database) -> None:
    _, batch, _ = arranged(db)
    answer = client.post(f"/tell/{batch.gtin}/{batch.number}", data={"kind": "quality", "text": WORDS})
    assert answer.status_code >= 400
    assert client.get("/tell/06901234567892/NOSUCH").status_code == 404
    assert client.get("/tell/nosuchcase").status_code == 404


def test_the_form_is_nobodys_to_keep(client: FlaskClient, db: Database) -> None:
    _, batch, _ = arranged(db)
    page = client.get(f"/tell/{batch.gtin}/{batch.number}")
    assert page.headers["Cache-Control"] == "private, no-store"
    assert "ETag" not in page.headers
    assert "form-action 'self'" in page.headers["Content-Security-Policy"]


def test_a_case_is_looked_into_answered_and_closed(db: Database) -> None:
    number = opened(db)
    with db.unit_of_work(SYSTEM) as uow:
        assert feedback.look_into(uow, number).state is CaseState.LOOKING
        assert feedback.answer(uow, number, "已更换").answered_at == uow.now
        assert feedback.close(uow, number).state is CaseState.CLOSED
        with pytest.raises(Refused):
            feedback.answer(uow, number, "再说")


def test_the_consumer_reads_the_answer_at_the_address_of_the_case(client: FlaskClient, db: Database) -> None:
    number = opened(db)
    with db.unit_of_work(SYSTEM) as uow:
        row = feedback.answer(uow, number, "已为您更换同批次产品")
        token = row.token
    assert "已为您更换同批次产品" in client.get(f"/tell/{token}").text


def test_only_the_producer_reads_its_cases(client: FlaskClient, db: Database, sign_in: SignIn) -> None:
    farm, batch, _ = arranged(db)
    with db.unit_of_work(SYSTEM) as uow:
        row = feedback.open_case(
            uow, batch.id, None, "v" * 32, Told(FeedbackKind.PRAISE, "很新鲜", "13900000000")
        )
        number, other = row.number, make_party(uow)
    mine, theirs = sign_in("coop_manager", farm.coop), sign_in("coop_manager", other)
    assert client.get(f"/api/v1/feedback/{number}", headers=mine).get_json()["contact"] == "13900000000"
    assert client.get(f"/api/v1/feedback/{number}", headers=theirs).status_code == 404
    assert client.post(f"/api/v1/feedback/{number}/close", headers=theirs).status_code == 404
    assert client.get("/api/v1/feedback?state=new", headers=theirs).get_json()["rows"] == []
    for path in ("/feedback", f"/feedback/{number}", f"/feedback/{number}/answer"):
        assert client.get(path, headers=mine).status_code == 200


def test_the_api_moves_a_case_along(client: FlaskClient, db: Database, sign_in: SignIn) -> None:
    number, operator = opened(db), sign_in("operator", None)
    path = f"/api/v1/feedback/{number}"
    assert client.post(f"{path}/look-into", headers=operator).get_json()["state"] == "looking"
    replied = client.post(f"{path}/answer", headers=operator, json={"text": "已处理"})
    assert (replied.get_json()["state"], replied.get_json()["answer"]) == ("answered", "已处理")
    assert client.post(f"{path}/close", headers=operator).get_json()["state"] == "closed"
    assert client.post(f"{path}/close", headers=operator).status_code == 409
