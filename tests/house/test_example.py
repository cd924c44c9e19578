"""The example addon works in every room: what its files show is true."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Connection, func, select

from supplychain.kernel import i18n, loader
from supplychain.kernel.db.base import Base
from supplychain.kernel.db.uow import Database
from supplychain.kernel.documents import audit
from supplychain.kernel.errors import Invalid, NotFound, Refused
from supplychain.kernel.identity import services as identities
from supplychain.kernel.identity.services import AddUser
from supplychain.kernel.loader import Suite
from supplychain.kernel.permissions import SYSTEM
from supplychain.kernel.settings import ADDONS, Settings
from supplychain.kernel.sheets import importing, writer
from supplychain.kernel.sheets.sheet import Outcome
from supplychain.kernel.web import shell
from tests.example_addon import jobs, panels
from tests.example_addon.models.visit import Apart, Visit
from tests.example_addon.queries import visit as visits
from tests.example_addon.rules import VisitState
from tests.example_addon.services import visit as visit_services
from tests.example_addon.services.visit import PlanVisit
from tests.make.traceability import Farm, make_batch, make_farm
from traceability.services import hold

SATURDAY = date(2026, 11, 21)


@pytest.fixture(scope="module")
def wider(suite: Suite) -> Iterator[Suite]:
    """The delivered addons with the example on top; its words go with the module."""
    found = loader.load((*ADDONS, "tests.example_addon"))
    i18n.load(("supplychain.kernel", *found.packages))
    yield found
    i18n.load(("supplychain.kernel", *suite.packages))


@pytest.fixture
def db(connection: Connection, wider: Suite) -> Database:
    """The test's database with the example's table, which goes when the test is rolled back."""
    Apart.metadata.create_all(connection)
    return Database(connection, wider.subscriptions)


@pytest.fixture
def farm(db: Database) -> Farm:
    with db.unit_of_work(SYSTEM) as uow:
        return make_farm(uow)


@pytest.fixture
def client(db: Database, wider: Suite, farm: Farm, tmp_path: Path) -> FlaskClient:
    """A clerk of the farm, signed in by a token on every request."""
    with db.unit_of_work(SYSTEM) as uow:
        user = identities.add(uow, AddUser("visits", "郑秀兰", "a long password", "coop_clerk", farm.coop.id))
        _, token = identities.issue_token(uow, user.id, "test")
    app = Flask("supplychain", static_folder=None)
    app.testing = True
    shell.install(app, Settings(data_dir=tmp_path, secret_key="s" * 32), wider, db)
    found = app.test_client()
    found.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {token}"
    return found


def planned(db: Database, farm: Farm, on: date = SATURDAY) -> int:
    with db.unit_of_work(farm.clerk) as uow:
        return visit_services.plan(uow, PlanVisit(farm.base.code, "浦东市民访问团", on, 12)).id


def state_of(db: Database, visit_id: int) -> VisitState:
    with db.reading() as session:
        return session.get_one(Visit, visit_id).state


def test_the_delivered_schema_knows_nothing_of_the_example() -> None:
    assert "example_visit" not in Base.metadata.tables


def test_a_visit_is_planned_once_and_written_down(db: Database, farm: Farm) -> None:
    first, again = planned(db, farm), planned(db, farm)
    assert first == again
    with db.reading() as session:
        assert [line.act.msgid for line in audit.timeline(session, "example.visit", first)] == ["Registered"]


def test_nobody_plans_visits_to_others_places_nor_sees_them(db: Database, farm: Farm) -> None:
    visit_id = planned(db, farm)
    with db.unit_of_work(SYSTEM) as uow:
        other = make_farm(uow)
    with pytest.raises(Invalid), db.unit_of_work(other.clerk) as uow:
        visit_services.plan(uow, PlanVisit(farm.base.code, "参观团", SATURDAY))
    with db.reading() as session:
        assert visits.page(session, other.clerk, visits.VisitFilter()).total == 0
        assert visits.page(session, SYSTEM, visits.VisitFilter()).totals == {"people": 12}
        with pytest.raises(NotFound):
            visits.one(session, other.clerk, visit_id)


def test_a_visit_that_was_made_cannot_be_missed(db: Database, farm: Farm) -> None:
    visit_id = planned(db, farm)
    with db.unit_of_work(SYSTEM) as uow:
        visit_services.close(uow, visit_id, VisitState.MADE)
    with pytest.raises(Refused), db.unit_of_work(SYSTEM) as uow:
        visit_services.close(uow, visit_id, VisitState.MISSED)


def test_the_job_notes_what_was_missed_and_may_run_again(db: Database, farm: Farm) -> None:
    missed, coming = planned(db, farm, date(2026, 11, 19)), planned(db, farm)
    assert jobs.lapse(db).counts == {"missed": 1}
    assert jobs.lapse(db).counts == {"missed": 0}
    assert (state_of(db, missed), state_of(db, coming)) == (VisitState.MISSED, VisitState.PLANNED)


def test_a_held_batch_is_looked_at_the_next_day(db: Database, farm: Farm) -> None:
    with db.unit_of_work(farm.clerk) as uow:
        batch = make_batch(uow, farm)
        hold.place(uow, batch.id, "农残超标")
    with db.reading() as session:
        (visit,) = visits.every(session, farm.clerk)
    assert (visit.site, visit.visit_on, visit.note) == (farm.base.code, SATURDAY, "农残超标")


def test_a_spreadsheet_goes_out_and_comes_back(db: Database, farm: Farm, wider: Suite) -> None:
    planned(db, farm)
    sheet = wider.sheets["visits"]
    assert sheet.rows is not None
    with db.reading() as session:
        content = writer.xlsx(sheet, sheet.rows(session, farm.clerk, {}))
    report = importing.run(db, sheet, farm.clerk, "visits.xlsx", content, apply=True)
    assert (report.counts, report.bad) == ({Outcome.UNCHANGED: 1}, [])


def test_a_program_plans_and_lists_visits(client: FlaskClient, farm: Farm) -> None:
    sent = {"site": farm.base.code, "visitor": "浦东市民访问团", "visit_on": "2026-11-21", "people": 12}
    made = client.post("/api/v1/visits", json=sent)
    body = made.get_json()
    assert (made.status_code, body["state"], body["site_name"]) == (201, "planned", farm.base.name)
    assert client.get("/api/v1/visits?state=planned").get_json()["total"] == 1


def test_pages_list_and_plan_visits_in_chinese(client: FlaskClient, db: Database, farm: Farm) -> None:
    planned(db, farm)
    assert "浦东市民访问团" in client.get("/visits").text
    assert "安排来访" in client.get("/visits/new").text
    assert "浦东市民访问团" in client.get(f"/parties/{farm.coop.code}").text


def test_the_board_counts_and_asks(db: Database, farm: Farm) -> None:
    planned(db, farm, date(2026, 11, 20))
    officer = replace(SYSTEM, name="officer")
    with db.reading() as session:
        figure = panels.KPIS[0].compute(session, officer)
        (task,) = panels.TASKS[0].find(session, farm.clerk)
        assert session.scalar(select(func.count()).select_from(Visit)) == 1
    assert figure is not None
    assert (figure.value, task.count) == ("1", 1)
