"""What is killed in the middle of an act has lost nothing that was acknowledged and repeats nothing."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from threading import Event
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
from tests.make.contracts import Deal, make_deal
from tests.make.traceability import Farm, make_farm
from traceability.models.batch import Batch
from traceability.models.ledger import Entry, Holding

pytestmark = pytest.mark.slow

COMMAND = str(Path(sys.executable).with_name("supplychain"))
PATIENCE = 240
"""Quarters of a second until something must have happened."""


@dataclass(frozen=True)
class Place:
    """A database of its own with a co-operative, a buyer, and a program that may do everything."""

    url: str
    engine: Engine
    farm: Farm
    deal: Deal
    token: str
    folder: Path


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


@contextmanager
def running(place: Place, *options: str) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """Run the suite on the place's database; it is killed at the end if it is not dead already."""
    port = free_port()
    environment = {name: value for name, value in os.environ.items() if not name.startswith("SUPPLYCHAIN_")}
    environment |= {
        "SUPPLYCHAIN_DATABASE_URL": place.url,
        "SUPPLYCHAIN_DATA_DIR": str(place.folder),
        "SUPPLYCHAIN_SECRET_KEY": "of this test",
    }
    with (place.folder / "run.log").open("ab") as log:
        server = subprocess.Popen(
            [COMMAND, "run", "--port", str(port), *options], env=environment, stdout=log, stderr=log
        )
    address = f"http://127.0.0.1:{port}"
    try:
        if "--no-web" not in options:
            until(lambda: is_up(server, address))
        yield server, address
    finally:
        server.kill()
        server.wait(30)


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


def is_up(server: subprocess.Popen[bytes], address: str) -> bool:
    assert server.poll() is None, "the suite did not start"
    try:
        with urllib.request.urlopen(f"{address}/sign-in", timeout=5):
            return True
    except OSError:
        return False


def until(is_so: Callable[[], bool]) -> None:
    pause = Event()
    for _ in range(PATIENCE):
        if is_so():
            return
        pause.wait(0.25)
    pytest.fail("it did not happen in time")


def due_at_once(place: Place) -> int:
    """Let every job that the scheduler knows be due; return how many there are."""
    with place.engine.begin() as connection:
        long_ago = datetime(2026, 1, 1, tzinfo=SHANGHAI)
        moved = update(JobState).values(next_slot_at=long_ago).returning(JobState.id)
        return len(connection.execute(moved).all())


def count(place: Place, condition: Any) -> int:
    with Session(place.engine) as session:
        return session.scalar(select(func.count(JobRun.id)).where(condition)) or 0


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port
