"""Who gets in, what a page carries, what a refusal looks like: to people and to programs."""

from __future__ import annotations

import gzip
import json
import re
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from openapi_spec_validator import validate

from supplychain.kernel.db.uow import Database, UnitOfWork
from supplychain.kernel.identity import services as identity
from supplychain.kernel.loader import Suite
from supplychain.kernel.permissions import SYSTEM
from supplychain.kernel.settings import Settings
from tests.conftest import Statements
from tests.make.base import make_party
from tests.make.orchard import (
    PASSWORD,
    form_of,
    hidden,
    make_app,
    make_token,
    make_user,
    picked,
    signed_in,
)

NOT_PAGES = ("/static/", "/language/")
PICKING = {"name": "apple", "grams": "1.5"}


@pytest.fixture
def app(suite: Suite, db: Database, tmp_path: Path) -> Flask:
    return make_app(suite, db, tmp_path)


@pytest.fixture
def operator(app: Flask, db: Database) -> FlaskClient:
    return signed_in(app, db, make_user(db))


@pytest.fixture
def bearer(db: Database) -> dict[str, str]:
    return make_token(db, make_user(db, "machine"))


def test_who_is_not_signed_in_is_led_to_the_sign_in_page_and_back(app: Flask, db: Database) -> None:
    make_user(db)
    client = app.test_client()
    refused = client.get("/parties?q=tea")
    assert refused.status_code == 303
    assert refused.location == "/sign-in?next=/parties?q%3Dtea"
    csrf = hidden(client.get(refused.location).text, "csrf_token")
    typed = {"username": "lin", "password": PASSWORD, "csrf_token": csrf}
    assert client.post(refused.location, data=typed).location == "/parties?q=tea"
    assert client.get("/parties").status_code == 200


def test_a_list_that_updates_in_place_sends_the_whole_browser_to_sign_in(app: Flask) -> None:
    answer = app.test_client().get("/parties", headers={"HX-Request": "true"})
    assert answer.status_code == 204
    assert answer.headers["HX-Redirect"].startswith("/sign-in")


def test_a_program_without_a_token_is_told_so(app: Flask) -> None:
    answer = app.test_client().get("/api/v1/parties")
    assert answer.status_code == 401
    assert answer.mimetype == "application/problem+json"
    assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_a_token_acts_until_it_is_revoked(app: Flask, db: Database) -> None:
    user_id = make_user(db)
    with db.unit_of_work(SYSTEM) as uow:
        token, text = identity.issue_token(uow, user_id, "scale")
    client, headers = app.test_client(), {"Authorization": f"Bearer {text}"}
    assert client.get("/api/v1/parties", headers=headers).status_code == 200
    with db.unit_of_work(SYSTEM) as uow:
        identity.revoke_token(uow, token.id)
    assert client.get("/api/v1/parties", headers=headers).status_code == 401


def test_a_token_does_no_more_than_its_scopes(app: Flask, db: Database) -> None:
    headers = make_token(db, make_user(db), "base.party.read")
    client = app.test_client()
    assert client.get("/api/v1/parties", headers=headers).status_code == 200
    assert client.post("/api/v1/pickings", json=PICKING, headers=headers).status_code == 403


def test_a_changed_password_ends_every_session(app: Flask, db: Database) -> None:
    user_id = make_user(db)
    client = signed_in(app, db, user_id)
    assert client.get("/parties").status_code == 200
    with db.unit_of_work(SYSTEM) as uow:
        identity.set_password(uow, user_id, "another long password")
    assert client.get("/parties").status_code == 303


def test_a_forged_form_is_refused(operator: FlaskClient, uow: UnitOfWork) -> None:
    assert operator.post("/orchard/pick", data=PICKING).status_code == 409
    assert operator.post("/orchard/tree/apple").status_code == 409
    assert picked(uow) == 0


def test_a_page_may_call_the_api_only_with_its_own_token(operator: FlaskClient, uow: UnitOfWork) -> None:
    assert operator.post("/api/v1/pickings", json=PICKING).status_code == 409
    csrf = {"X-CSRFToken": form_of(operator, "/orchard/pick")["csrf_token"]}
    assert operator.post("/api/v1/pickings", json=PICKING, headers=csrf).status_code == 201
    assert picked(uow) == 1


def test_a_program_needs_no_page(app: Flask, bearer: dict[str, str]) -> None:
    answer = app.test_client().post("/api/v1/pickings", json=PICKING, headers=bearer)
    assert answer.status_code == 201
    assert answer.json == {"name": "apple", "grams": "1.500"}


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ({"name": "", "grams": "1"}, 422, "name"),
        ({"name": "apple", "grams": 1.5}, 422, "grams"),
        ({"name": "apple", "grams": "1", "color": "red"}, 422, "color"),
        (
            {"name": "apple", "grams": "1", "baskets": [{"variety": "red", "boxes": 0}]},
            422,
            "baskets.0.boxes",
        ),
        ([PICKING], 422, "_schema"),
    ],
)
def test_a_program_is_told_which_field_is_wrong(
    app: Flask, bearer: dict[str, str], body: object, status: int, field: str
) -> None:
    answer = app.test_client().post("/api/v1/pickings", json=body, headers=bearer)
    assert answer.status_code == status
    assert answer.json is not None
    assert list(answer.json["errors"]) == [field]
    assert answer.json["status"] == status


def test_what_is_no_json_is_no_request(app: Flask, bearer: dict[str, str]) -> None:
    sent = bearer | {"Content-Type": "application/json"}
    answer = app.test_client().post("/api/v1/pickings", data="{", headers=sent)
    assert answer.status_code == 400
    assert answer.mimetype == "application/problem+json"


def test_an_unknown_filter_is_not_ignored(app: Flask, bearer: dict[str, str]) -> None:
    client = app.test_client()
    assert client.get("/api/v1/parties?colour=red", headers=bearer).status_code == 422
    assert client.get("/api/v1/parties?sort=colour", headers=bearer).status_code == 422
    assert client.get("/api/v1/parties?page=0", headers=bearer).status_code == 422


def test_a_page_of_rows_says_how_many_there_are(app: Flask, bearer: dict[str, str], uow: UnitOfWork) -> None:
    before = app.test_client().get("/api/v1/parties?per_page=1", headers=bearer).json
    for _ in range(3):
        make_party(uow)
    after = app.test_client().get("/api/v1/parties?per_page=2", headers=bearer).json
    assert before is not None
    assert after is not None
    assert after["total"] == before["total"] + 3
    assert len(after["rows"]) == after["per_page"] == 2


def test_the_openapi_document_is_valid(app: Flask) -> None:
    document = app.test_client().get("/api/v1/openapi.json").json
    assert document is not None
    assert document["openapi"] == "3.1.0"
    validate(document)
    default = document["components"]["responses"]["DEFAULT_ERROR"]["content"]
    assert list(default) == ["application/problem+json"]


@pytest.mark.parametrize(("path", "status"), [("/nowhere", 404), ("/parties/NOBODY", 404)])
def test_people_get_a_page_and_programs_a_document(operator: FlaskClient, path: str, status: int) -> None:
    page = operator.get(path)
    assert page.status_code == status
    assert "<h1>Not found</h1>" in page.text
    document = operator.get(path, headers={"Accept": "application/json"})
    assert document.mimetype == "application/problem+json"
    assert document.json is not None
    assert document.json["status"] == status


def test_a_wrong_method_names_the_right_ones(operator: FlaskClient) -> None:
    csrf = form_of(operator, "/orchard/pick")["csrf_token"]
    answer = operator.post("/orchard/broken", data={"csrf_token": csrf})
    assert answer.status_code == 405
    assert "GET" in answer.headers["Allow"]


def test_who_is_asked_to_wait_is_told_how_long(operator: FlaskClient) -> None:
    answer = operator.get("/orchard/busy")
    assert answer.status_code == 429
    assert answer.headers["Retry-After"] == "60"


def test_too_large_a_request_is_refused(suite: Suite, db: Database, tmp_path: Path) -> None:
    app = make_app(suite, db, tmp_path, max_upload_bytes=1000)
    headers = make_token(db, make_user(db))
    answer = app.test_client().post("/api/v1/pickings", json=PICKING | {"name": "a" * 2000}, headers=headers)
    assert answer.status_code == 413


def test_our_own_faults_tell_nothing(app: Flask, operator: FlaskClient) -> None:
    app.testing = False
    answer = operator.get("/orchard/broken")
    assert answer.status_code == 500
    assert "Something broke on our side" in answer.text
    assert "42" not in re.sub(r"[a-f0-9]{10,}", "", answer.text)


def test_every_answer_carries_its_guards(operator: FlaskClient) -> None:
    headers = operator.get("/orchard/tree").headers
    policy = headers["Content-Security-Policy"]
    for rule in ("default-src 'self'", "object-src 'none'", "frame-ancestors 'none'", "base-uri 'none'"):
        assert rule in policy
    assert "unsafe-inline" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cache-Control"] == "private, no-store"


@pytest.mark.parametrize(
    "path", ["/", "/parties", "/orchard/pick", "/orchard/tree", "/sheets/parties", "/nowhere"]
)
def test_no_page_needs_what_its_policy_forbids(operator: FlaskClient, path: str) -> None:
    page = operator.get(path).text
    assert not re.search(r"<script(?![^>]*\ssrc=)", page)
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=|javascript:", page)
    assert not re.search(r"(?:src|href)=\"(?:https?:)?//", page)


def test_a_cookie_is_out_of_reach_of_scripts_and_other_sites(app: Flask) -> None:
    cookie = app.test_client().get("/sign-in").headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


def test_a_secret_that_is_not_given_is_made_once_and_kept(tmp_path: Path) -> None:
    assert Settings(data_dir=tmp_path).signing_key() == Settings(data_dir=tmp_path).signing_key()


def test_people_read_chinese_until_they_choose_otherwise(app: Flask) -> None:
    client = app.test_client()
    assert '<html lang="zh-CN">' in client.get("/sign-in").text
    assert client.get("/language/en?back=/sign-in").location == "/sign-in"
    assert '<html lang="en">' in client.get("/sign-in").text
    assert client.get("/language/en?back=//elsewhere.example").location == "/"


def test_a_program_is_answered_in_the_language_it_asks_for(app: Flask) -> None:
    client = app.test_client()
    english = client.get("/api/v1/parties", headers={"Accept-Language": "en"}).json
    chinese = client.get("/api/v1/parties", headers={"Accept-Language": "zh-CN"}).json
    assert english is not None
    assert chinese is not None
    assert english["title"] == "Please sign in"
    assert chinese["title"] == "请先登录"


def test_static_files_are_packed_and_kept_for_a_year(app: Flask) -> None:
    client = app.test_client()
    page = client.get("/sign-in").text
    found = re.search(r'href="(/static/kernel/suite\.css\?v=[0-9a-f]+)"', page)
    assert found
    answer = client.get(found[1], headers={"Accept-Encoding": "gzip"})
    assert answer.headers["Content-Encoding"] == "gzip"
    assert b":root" in gzip.decompress(answer.data)
    assert "max-age=31536000" in answer.headers["Cache-Control"]
    assert "Cookie" not in answer.headers.get("Vary", "")
    with client.get(found[1]) as plain:
        assert plain.data == gzip.decompress(answer.data)


@pytest.mark.parametrize(
    "path", ["/static/../shell.py", "/static/%2e%2e/shell.py", "/static/%00.css", "/static/no.css"]
)
def test_nothing_else_is_served(app: Flask, path: str) -> None:
    for headers in ({}, {"Accept-Encoding": "gzip"}):
        assert app.test_client().get(path, headers=headers).status_code == 404


def test_a_list_asks_the_database_as_often_for_many_rows_as_for_one(
    operator: FlaskClient, uow: UnitOfWork, statements: Statements
) -> None:
    make_party(uow)
    operator.get("/parties")
    few = _cost(operator, statements)
    for _ in range(19):
        make_party(uow)
    assert _cost(operator, statements) == few


def test_a_list_says_what_it_cannot_look_for(operator: FlaskClient, uow: UnitOfWork) -> None:
    party = make_party(uow)
    page = operator.get("/parties?kind=tree&per_page=200")
    assert page.status_code == 200
    assert "is none of" in page.text
    assert party.short_name in page.text


def test_a_list_keeps_its_filter_when_sorted_and_exported(operator: FlaskClient, uow: UnitOfWork) -> None:
    make_party(uow)
    page = operator.get("/parties?kind=coop&q=").text
    assert "/parties?kind=coop&amp;sort=code" in page
    assert "/sheets/parties.csv?kind=coop" in page


def _cost(client: FlaskClient, statements: Statements) -> int:
    before = len(statements)
    assert client.get("/parties").status_code == 200
    return len(statements) - before


def test_problems_are_json_that_anybody_can_read(app: Flask) -> None:
    answer = app.test_client().get("/api/v1/nowhere")
    document = json.loads(answer.text)
    assert set(document) >= {"type", "title", "status", "detail"}


def test_every_page_that_can_be_reached_opens_on_the_first_day(operator: FlaskClient) -> None:
    seen: set[str] = set()
    ahead = ["/"]
    while ahead:
        path = ahead.pop()
        seen.add(path)
        answer = operator.get(path)
        assert answer.status_code in {200, 303}, path
        if answer.mimetype == "text/html":
            links = {link.replace("&amp;", "&") for link in re.findall(r'href="(/[^"]*)"', answer.text)}
            ahead += links - seen - set(ahead) - {link for link in links if link.startswith(NOT_PAGES)}
    assert len(seen) > 20
