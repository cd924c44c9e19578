"""Spreadsheets by page and by API: looked at first, taken in once, by who handed them in."""

from __future__ import annotations

import re
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from openpyxl import load_workbook
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from supplychain.base.models.party import Party
from supplychain.kernel import clock
from supplychain.kernel.db.uow import Database, UnitOfWork
from supplychain.kernel.loader import Suite
from supplychain.kernel.sheets.models import ImportDraft
from tests.conftest import NOW
from tests.make.base import make_party
from tests.make.orchard import form_of, hidden, make_app, make_token, make_user, signed_in

GOOD = "code,name,short_name,kind\nXIN-1,新社一,新一,coop\nXIN-2,新社二,新二,coop\n"
BAD = GOOD + "XIN-3,新社三,新三,castle\n"


@pytest.fixture
def app(suite: Suite, db: Database, tmp_path: Path) -> Flask:
    return make_app(suite, db, tmp_path)


@pytest.fixture
def operator(app: Flask, db: Database) -> FlaskClient:
    return signed_in(app, db, make_user(db))


def upload(client: FlaskClient, text: str, kind: str = "parties") -> TestResponse:
    """Hand a csv in."""
    csrf = form_of_page(client)
    file = (BytesIO(text.encode()), "parties.csv")
    return client.post(f"/sheets/{kind}", data={"csrf_token": csrf, "file": file})


def form_of_page(client: FlaskClient) -> str:
    """Return the token of the upload page."""
    return hidden(client.get("/sheets/parties").text, "csrf_token")


def apply(client: FlaskClient, preview: TestResponse, **values: str) -> TestResponse:
    """Press the button below a preview."""
    sent = {"csrf_token": form_of_page(client), "token": hidden(preview.text, "token")} | values
    return client.post("/sheets/parties/apply", data=sent)


def new_parties(uow: UnitOfWork) -> int:
    """Return how many of the file's parties there are."""
    counted = select(func.count()).where(Party.code.like("XIN-%"))
    return uow.session.scalar(counted) or 0


def test_a_good_file_is_looked_at_and_then_taken_in_once(operator: FlaskClient, uow: UnitOfWork) -> None:
    preview = upload(operator, GOOD)
    assert preview.status_code == 200
    assert "Take in all 2 rows" in preview.text
    assert new_parties(uow) == 0
    assert apply(operator, preview).status_code == 303
    assert new_parties(uow) == 2
    assert apply(operator, preview).status_code == 404


def test_the_same_file_again_changes_nothing(operator: FlaskClient, uow: UnitOfWork) -> None:
    apply(operator, upload(operator, GOOD))
    again = upload(operator, GOOD).text
    assert re.search(r"Unchanged</dt><dd>2<", again)


def test_a_bad_row_is_shown_with_its_reason_and_the_rest_may_go_in(
    operator: FlaskClient, uow: UnitOfWork
) -> None:
    preview = upload(operator, BAD)
    assert preview.status_code == 422
    assert re.search(r'<td class="num"[^>]*>4</td>', preview.text)
    assert "castle" in preview.text
    assert apply(operator, preview).status_code == 422
    assert new_parties(uow) == 0
    assert apply(operator, preview, rows="good").status_code == 303
    assert new_parties(uow) == 2


def test_nobody_applies_what_somebody_else_handed_in(app: Flask, operator: FlaskClient, db: Database) -> None:
    preview = upload(operator, GOOD)
    other = signed_in(app, db, make_user(db, "other"))
    assert apply(other, preview).status_code == 404


def test_a_new_file_takes_the_place_of_the_one_before(operator: FlaskClient, uow: UnitOfWork) -> None:
    first = upload(operator, GOOD)
    upload(operator, BAD)
    assert apply(operator, first).status_code == 404
    assert uow.session.scalar(select(func.count()).select_from(ImportDraft)) == 1


def test_a_file_that_nobody_took_in_is_forgotten_after_a_day(
    app: Flask, operator: FlaskClient, db: Database, uow: UnitOfWork
) -> None:
    upload(operator, GOOD)
    with clock.fixed(NOW + timedelta(hours=25)):
        upload(signed_in(app, db, make_user(db, "other")), GOOD)
    assert uow.session.scalar(select(func.count()).select_from(ImportDraft)) == 1


def test_a_file_that_is_none_is_said_to_be_none(operator: FlaskClient) -> None:
    csrf = form_of_page(operator)
    for file in ((BytesIO(b""), "empty.csv"), (BytesIO(b"PK\x03\x04"), "torn.xlsx")):
        answer = operator.post("/sheets/parties", data={"csrf_token": csrf, "file": file})
        assert answer.status_code == 422
        assert "notice-problem" in answer.text


def test_an_export_is_filtered_like_its_list_and_can_be_opened(
    operator: FlaskClient, uow: UnitOfWork
) -> None:
    party = make_party(uow)
    answer = operator.get(f"/sheets/parties.xlsx?q={party.code}")
    sheet = load_workbook(BytesIO(answer.data)).active
    assert sheet is not None
    assert [row[0].value for row in sheet.iter_rows(min_row=2)] == [party.code]
    assert answer.headers["Content-Disposition"] == "attachment; filename=parties.xlsx"
    assert operator.get("/sheets/parties.csv").data.startswith(b"\xef\xbb\xbf")
    assert operator.get("/sheets/parties/template.xlsx").status_code == 200


def test_what_one_may_not_change_one_may_not_import(app: Flask, db: Database) -> None:
    officer = signed_in(app, db, make_user(db, "wang", "officer"))
    csrf = {"csrf_token": form_of(signed_in(app, db, make_user(db)), "/orchard/pick")["csrf_token"]}
    assert officer.get("/sheets/parties").status_code == 403
    assert officer.post("/sheets/parties", data=csrf).status_code in {403, 409}
    assert officer.get("/sheets/parties.xlsx").status_code == 200
    assert officer.get("/sheets/users.xlsx").status_code == 403
    assert officer.get("/sheets/castles.xlsx").status_code == 404


def test_nobody_exports_without_signing_in(app: Flask) -> None:
    assert app.test_client().get("/sheets/parties.xlsx").location.startswith("/sign-in?next=")
    assert app.test_client().get("/api/v1/sheets/parties").status_code == 401


def test_a_program_looks_first_and_applies_when_it_says_so(app: Flask, db: Database, uow: UnitOfWork) -> None:
    client, headers = app.test_client(), make_token(db, make_user(db))
    sent = {"data": BAD.encode(), "headers": headers}
    looked = client.post("/api/v1/sheets/parties", **sent).json
    assert looked is not None
    assert (looked["applied"], looked["created"], looked["bad"][0]["number"]) == (False, 2, 4)
    assert new_parties(uow) == 0
    url = "/api/v1/sheets/parties?apply=true&good_rows_only=true"
    taken = client.post(url, **sent).json
    assert taken is not None
    assert taken["applied"]
    assert new_parties(uow) == 2
