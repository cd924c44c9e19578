"""What is killed in the middle of an act has lost nothing that was acknowledged and repeats nothing."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, func, select, update
from sqlalchemy.orm import Session

from supplychain.kernel.clock import SHANGHAI
from supplychain.kernel.db.engine import make_engine
from supplychain.kernel.db.uow import Database
from supplychain.kernel.identity import services as identity
from supplychain.kernel.identity.services import AddUser
from supplychain.kernel.jobs.models import JobRun, JobState, RunOutcome
from supplychain.kernel.loader import Suite
from supplychain.kernel.permissions import SYSTEM
from tests.journeys.processes import Place, running, until
from tests.make.contracts import make_deal
from tests.make.traceability import make_farm
from traceability.models.batch import Batch
from traceability.models.ledger import Entry, Holding

pytestmark = pytest.mark.slow


@pytest.fixture
def place(real_db: Database, suite: Suite, tmp_path: Path) -> Iterator[Place]:
    """Prepare a database that other processes will work on."""
    with real_db.unit_of_work(SYSTEM) as uow:
        farm = make_farm(uow)
        deal = make_deal(uow, "supermarket", seller=farm.coop, item=farm.item)
        user = identity.add(uow, AddUser("crash", "Crash", "a long password", "operator"))
        _, token = identity.issue_token(uow, user.id, "crash")
        bind = uow.session.get_bind()
    assert isinstance(bind, Engine)
    url = bind.url.render_as_string(hide_password=False)
    engine = make_engine(url)
    yield Place(url, engine, farm, deal, token, tmp_path)
    engine.dispose()


def test_a_web_process_that_is_killed_loses_no_batch_and_makes_none_twice(place: Place) -> None:
    acknowledged: dict[str, str] = {}
    for _ in range(3):
        with running(place, "--no-jobs") as (server, address):
            for number in range(12):
                reference = f"K-{len(acknowledged)}-{number}"
                if number == 8:
                    os.kill(server.pid, signal.SIGKILL)
                answer = register(place, address, reference)
                if answer is not None:
                    acknowledged[reference] = answer["number"]
    assert len(acknowledged) >= 20
    with Session(place.engine) as session:
        kept = dict(session.execute(select(Batch.producer_reference, Batch.number)).all())
        entries = session.scalar(select(func.count(Entry.id)))
        held = session.scalar(select(func.sum(Holding.grams)))
    assert acknowledged.items() <= kept.items()
    assert entries == len(kept)
    assert held == len(kept) * 150_000


def test_of_several_web_processes_one_that_is_killed_is_replaced(place: Place) -> None:
    acknowledged = []
    with running(place, "--no-jobs", "--processes", "2") as (server, address):
        for number in range(12):
            if number == 4:
                os.kill(children(server)[0], signal.SIGKILL)
                until(lambda: len(children(server)) == 2)
            answer = register(place, address, f"P-{number}")
            acknowledged += [answer["number"]] if answer else []
        server.terminate()
        assert server.wait(30) == 0
    assert len(acknowledged) >= 10
    with Session(place.engine) as session:
        kept = session.scalars(select(Batch.number)).all()
    assert set(acknowledged) <= set(kept)
    assert len(kept) == len(set(kept))


def children(server: subprocess.Popen[bytes]) -> list[int]:
    """Return the processes that a process has started."""
    listed = Path(f"/proc/{server.pid}/task/{server.pid}/children").read_text()
    return [int(child) for child in listed.split()]


def test_the_same_batch_sent_again_after_a_crash_is_the_same_batch(place: Place) -> None:
    with running(place, "--no-jobs") as (server, address):
        first = register(place, address, "SAME")
        os.kill(server.pid, signal.SIGKILL)
    with running(place, "--no-jobs") as (_, address):
        again = register(place, address, "SAME", status=(200, 201, 409))
    with Session(place.engine) as session:
        numbers = session.scalars(select(Batch.number)).all()
    assert first is not None
    assert numbers == [first["number"]]
    assert again is None or again.get("number", first["number"]) == first["number"]


def test_a_job_whose_process_is_killed_runs_again_once(place: Place) -> None:
    """A run that was claimed and never ended is taken over when its lease is over, and only then."""
    with running(place, "--no-web") as (jobs, _):
        until(lambda: due_at_once(place) > 0)
        until(lambda: count(place, JobRun.outcome == RunOutcome.DONE) > 0)
        os.kill(jobs.pid, signal.SIGKILL)
    with place.engine.begin() as connection:
        newest = select(func.max(JobRun.id)).scalar_subquery()
        orphan = update(JobRun).where(JobRun.id == newest)
        connection.execute(
            orphan.values(outcome=RunOutcome.RUNNING, finished_at=None, lease_until=JobRun.started_at)
        )
    with running(place, "--no-web"):
        until(lambda: count(place, JobRun.outcome == RunOutcome.RUNNING) == 0)
    with Session(place.engine) as session:
        attempts = session.scalars(select(JobRun.attempt).order_by(JobRun.attempt.desc())).all()
        slots = session.execute(select(JobRun.job, JobRun.slot_at)).all()
    assert attempts[0] == 2
    assert len(slots) == len(set(slots))


def register(
    place: Place, address: str, reference: str, status: tuple[int, ...] = (201,)
) -> dict[str, Any] | None:
    """Register ten crates; None when no answer came back."""
    body = {
        "sku": place.farm.item.sku,
        "site": place.farm.base.code,
        "harvested_on": datetime.now(SHANGHAI).date().isoformat(),
        "boxes": 10,
        "grams": "150",
        "producer_reference": reference,
    }
    request = urllib.request.Request(
        f"{address}/api/v1/batches",
        json.dumps(body).encode(),
        {"Authorization": f"Bearer {place.token}", "Content-Type": "application/json"},
    )
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            found: dict[str, Any] = json.load(answer)
            return found
    except urllib.error.HTTPError as error:
        if error.code not in status:
            pytest.fail(error.read().decode())
        return None
    except OSError:
        return None


def due_at_once(place: Place) -> int:
    """Let every job that the scheduler knows be due; return how many there are."""
    with place.engine.begin() as connection:
        long_ago = datetime(2026, 1, 1, tzinfo=SHANGHAI)
        moved = update(JobState).values(next_slot_at=long_ago).returning(JobState.id)
        return len(connection.execute(moved).all())


def count(place: Place, condition: Any) -> int:
    with Session(place.engine) as session:
        return session.scalar(select(func.count(JobRun.id)).where(condition)) or 0
