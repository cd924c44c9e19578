"""The demo season: it loads through the importers, loads again unchanged, and no link in it leads nowhere."""

from __future__ import annotations

import re
from collections import deque
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from supplychain import demo
from supplychain.app import Runtime, create_app
from supplychain.base.pages.desk import DEMO_PASSWORD
from supplychain.kernel import clock
from supplychain.kernel.db.uow import Database
from supplychain.kernel.documents.models import AuditEntry
from supplychain.kernel.loader import Suite
from supplychain.kernel.settings import Settings
from supplychain.kernel.sheets.sheet import Outcome
from traceability.models.ledger import Entry

LINK = re.compile(r'(?:href|data-href)="(/[^"#]*)"')
NUMBER = re.compile(r"[A-Z]{1,6}[-\d][-\w]*|\d+")
OF_A_KIND = 2
"""How many pages of the same kind one person looks at."""
ELSEWHERE = ("/static", "/language", "/api")


@pytest.fixture
def season(real_db: Database, suite: Suite, tmp_path: Path) -> Runtime:
    """The season, loaded into a database of its own."""
    settings = Settings(data_dir=tmp_path, secret_key="of this test", demo=True)
    runtime = Runtime(settings, suite, real_db)
    assert demo.load(runtime)
    return runtime


def test_the_season_is_whole_loads_once_and_leads_nowhere_wrong(season: Runtime) -> None:
    before = _counts(season)
    same = demo.Season((clock.today() - demo.ANCHOR).days, clock.now())
    assert not demo.load(season)
    for addon, file in season.suite.demo:
        outcomes = demo.load_file(season, addon, file, same)
        assert sum(count for outcome, count in outcomes.items() if outcome is not Outcome.UNCHANGED) == 0, (
            file
        )
    assert _counts(season) == before
    with season.database.reading() as session:
        assert set(session.scalars(select(AuditEntry.document))) <= season.suite.documents.keys()
    app = create_app(season)
    for username in _one_of_each_role(season):
        assert _wrong_turns(app, username) == []


def _counts(season: Runtime) -> tuple[int | None, int | None]:
    with season.database.reading() as session:
        entries = session.scalar(select(func.count(Entry.id)))
        return entries, session.scalar(select(func.count(AuditEntry.id)))


def _one_of_each_role(season: Runtime) -> list[str]:
    found: dict[str, str] = {}
    with season.database.reading() as session:
        for person in demo.sign_ins(session):
            found.setdefault(person.role, person.username)
    return list(found.values())


def _wrong_turns(app: Flask, username: str) -> list[str]:
    """Follow every kind of link from the home page and return those that are not answered well."""
    client = _signed_in(app, username)
    queue, seen, wrong = deque(["/"]), set[str](), list[str]()
    kinds: dict[str, int] = {}
    while queue:
        path = queue.popleft()
        kind = NUMBER.sub("#", path.split("?")[0])
        if path in seen or path.startswith(ELSEWHERE) or kinds.get(kind, 0) >= OF_A_KIND:
            continue
        seen.add(path)
        kinds[kind] = kinds.get(kind, 0) + 1
        answer = client.get(path, headers={"Accept": "text/html"})
        if answer.status_code >= 400:
            wrong.append(f"{username} {path} {answer.status}")
        if answer.mimetype == "text/html":
            queue.extend(link.replace("&amp;", "&") for link in LINK.findall(answer.text))
    return wrong


def _signed_in(app: Flask, username: str) -> FlaskClient:
    client = app.test_client()
    token = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/sign-in").text)
    assert token
    form = {"csrf_token": token[1], "username": username, "password": DEMO_PASSWORD}
    assert client.post("/sign-in", data=form).status_code == 303
    return client
