"""The operator's room by page: who may what, which programs come in, what the jobs did."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from supplychain.kernel.db.uow import Database
from supplychain.kernel.documents import audit
from supplychain.kernel.identity import directory
from supplychain.kernel.jobs import runner
from supplychain.kernel.jobs.models import JobRun, RunOutcome
from supplychain.kernel.loader import Suite
from supplychain.kernel.permissions import SYSTEM
from tests.conftest import NOW, Statements
from tests.make.orchard import form_of, hidden, make_user, signed_in
from tests.make.traceability import make_batch, make_farm


@pytest.fixture
def operator(app: Flask, client: FlaskClient, db: Database) -> FlaskClient:
    """An operator's browser."""
    return signed_in(app, db, make_user(db))


def test_a_job_that_was_given_up_says_so_to_its_operator(
    operator: FlaskClient, db: Database, suite: Suite
) -> None:
    with db.unit_of_work(SYSTEM) as uow:
        uow.session.add(
            JobRun(
                job="base.upkeep",
                slot_at=NOW,
                started_by="system",
                started_at=NOW,
                lease_until=NOW,
                attempt=runner.LAST_ATTEMPT,
                outcome=RunOutcome.RUNNING,
                counts={},
                failures={},
            )
        )
    runner.run_due(db, suite)
    assert "It is not tried again" in operator.get("/jobs/base.upkeep").text
    assert "本次不再重试" in operator.get("/jobs/base.upkeep?lang=zh").text


def test_a_withdrawn_role_ends_what_was_signed_in_with_it(
    app: Flask, operator: FlaskClient, db: Database
) -> None:
    clerk = make_user(db, "wu", "coop_clerk")
    browser = signed_in(app, db, clerk)
    assert browser.get("/").status_code == 200
    withdraw(operator, grant_of(db, clerk))
    assert browser.get("/").location.startswith("/sign-in")
    assert "Withdrawn." in operator.get("/users").text


def test_the_last_operator_is_told_why_they_stay(operator: FlaskClient, db: Database) -> None:
    with db.reading() as session:
        (row,) = directory.users(session)
    withdraw(operator, row.grants[0].id)
    assert "This is the last operator." in operator.get("/users").text


def test_a_token_is_made_for_the_role_that_was_chosen_and_tells_when_it_was_used(
    app: Flask, operator: FlaskClient, db: Database, statements: Statements
) -> None:
    grant_id = grant_of(db, make_user(db, "wu", "coop_manager"))
    form = form_of(operator, "/tokens/new") | {"grant": str(grant_id), "name": "test kit"}
    assert operator.post("/tokens/new", data=form).status_code == 303
    page = operator.get("/users").text
    secret = re.search(r"sc_[\w-]{40,}", page)
    assert secret
    assert "not yet" in page
    program = {"Authorization": f"Bearer {secret[0]}"}
    for _ in range(3):
        assert app.test_client().get("/api/v1/parties", headers=program).status_code == 200
    assert len([text for text in statements.texts if text.startswith("UPDATE kernel_token")]) == 1
    page = operator.get("/users").text
    assert f"<code>{secret[0][:9]}…</code>" in page
    assert secret[0] not in page
    assert "not yet" not in page


def withdraw(operator: FlaskClient, grant_id: int) -> None:
    """Press the button beside a role."""
    token = hidden(operator.get("/users").text, "csrf_token")
    answer = operator.post(f"/grants/{grant_id}/withdraw", data={"csrf_token": token})
    assert answer.location == "/users"


def grant_of(database: Database, user_id: int) -> int:
    with database.reading() as session:
        return directory.grants_of(session, user_id)[0].id


def test_the_trail_names_documents_as_people_do_and_leads_to_them(
    operator: FlaskClient, db: Database
) -> None:
    with db.unit_of_work(SYSTEM) as uow:
        batch = make_batch(uow, make_farm(uow))
        audit.record(uow, "traceability.batch", batch.id, "Registered")
    page = operator.get("/audit?lang=zh").text
    assert "批次" in page
    assert f'href="/batches/{batch.number}"' in page
    assert "traceability.batch<" not in page
    assert batch.number not in operator.get("/audit?document=contracts.order").text


def test_a_job_that_nobody_declared_is_not_there(operator: FlaskClient) -> None:
    assert operator.get("/jobs/no.such").status_code == 404
