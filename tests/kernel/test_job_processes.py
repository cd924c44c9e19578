"""A slot of a job is run once, however many processes ask and whichever dies meanwhile."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable
from datetime import datetime, timedelta
from multiprocessing.connection import Connection as Pipe
from multiprocessing.synchronize import Barrier
from threading import Event

import pytest
from sqlalchemy import Engine, func, select

from supplychain.kernel import clock
from supplychain.kernel.addon import Addon, Job, JobResult
from supplychain.kernel.clock import SHANGHAI
from supplychain.kernel.db.engine import make_engine
from supplychain.kernel.db.uow import Database
from supplychain.kernel.documents import sequence
from supplychain.kernel.documents.models import Sequence
from supplychain.kernel.jobs import queries, runner, scheduler
from supplychain.kernel.jobs.models import JobRun, JobState, RunOutcome
from supplychain.kernel.jobs.runner import BROKEN_OFF, LAST_ATTEMPT, LEASE
from supplychain.kernel.loader import Suite
from supplychain.kernel.permissions import SYSTEM
from tests.conftest import NOW

MINUTE = timedelta(minutes=1)
PROCESSES = 3
SLOTS = 4

spawn = multiprocessing.get_context("spawn")


def suite_of(*runs: Callable[[Database], JobResult], schedule: str = "* * * * *") -> Suite:
    jobs = tuple(Job(f"probe.{run.__name__}", "Probe", schedule, run) for run in runs)
    return Suite((Addon("probe", "Probe", "", "tests", jobs=jobs),))


def tally(database: Database) -> JobResult:
    """Count how often this ran, in the database."""
    with database.unit_of_work(SYSTEM) as uow:
        sequence.reserve(uow, "probe", 1)
    return JobResult({"records": 1})


def again(_database: Database) -> JobResult:
    return JobResult()


def tallied(database: Database) -> int:
    with database.reading() as session:
        return session.scalar(select(Sequence.last).where(Sequence.name == "probe")) or 0


def runs(database: Database, name: str) -> list[queries.RunRow]:
    with database.reading() as session:
        return list(reversed(queries.runs(session, name)))


def url_of(database: Database) -> str:
    with database.reading() as session:
        engine = session.get_bind()
    assert isinstance(engine, Engine)
    return engine.url.render_as_string(hide_password=False)


def test_a_schedule_is_read_in_shanghai(db: Database) -> None:
    job = Job("probe.tally", "Probe", "30 6 * * mon", tally)
    monday = datetime(2026, 11, 23, 6, 30, tzinfo=SHANGHAI)
    assert runner.next_slot(job, NOW) == monday
    assert runner.next_slot(job, monday) == monday + timedelta(days=7)


def test_a_resumed_job_starts_at_its_next_slot(db: Database) -> None:
    suite = suite_of(tally)
    runner.register(db, suite)
    with db.unit_of_work(SYSTEM) as uow:
        runner.pause(uow, "probe.tally", is_paused=True)
    with clock.fixed(NOW + timedelta(days=3)):
        with db.unit_of_work(SYSTEM) as uow:
            runner.pause(uow, "probe.tally", is_paused=False)
        assert runner.run_due(db, suite) == []
    with clock.fixed(NOW + timedelta(days=3) + MINUTE):
        assert len(runner.run_due(db, suite)) == 1


def test_a_slot_that_comes_again_when_the_clock_is_set_back_stops_nothing(db: Database) -> None:
    runner.register(db, suite_of(tally))
    with clock.fixed(NOW + timedelta(hours=2)):
        runner.run_now(db, suite_of(tally), "probe.tally", started_by="Lin Meihua")
    suite = suite_of(tally, again, schedule="0 12 * * *")
    runner.register(db, suite)
    with clock.fixed(NOW + timedelta(hours=2, minutes=1)):
        assert len(runner.run_due(db, suite)) == 1
        assert runner.run_due(db, suite) == []
    assert len(runs(db, "probe.again")) == 1
    assert len(runs(db, "probe.tally")) == 1


def test_a_job_that_fails_says_why_and_holds_up_no_other(db: Database) -> None:
    def burn(_database: Database) -> JobResult:
        raise RuntimeError("the scale does not answer")

    def half(_database: Database) -> JobResult:
        return JobResult({"records": 2}, ["B2611-0003: no weight"])

    suite = suite_of(burn, half, tally)
    runner.register(db, suite)
    with clock.fixed(NOW + MINUTE):
        assert len(runner.run_due(db, suite)) == 3
    with db.reading() as session:
        last = {row.name: row.last for row in queries.jobs(session, suite)}
    burnt, halved, whole = (last[f"probe.{name}"] for name in ("burn", "half", "tally"))
    assert burnt is not None
    assert halved is not None
    assert whole is not None
    assert (burnt.outcome, halved.outcome, whole.outcome) == (
        RunOutcome.FAILED,
        RunOutcome.PARTLY,
        RunOutcome.DONE,
    )
    assert burnt.error.startswith("the scale does not answer")
    assert "in burn" in burnt.error
    assert halved.failures == {"lines": ["B2611-0003: no weight"]}


def test_what_a_failing_job_had_not_committed_is_not_there(db: Database) -> None:
    def burn(database: Database) -> JobResult:
        tally(database)
        with database.unit_of_work(SYSTEM) as uow:
            sequence.reserve(uow, "probe", 1)
            raise RuntimeError("in the middle of a record")

    runner.run_now(db, suite_of(burn), "probe.burn", started_by="Lin Meihua")
    assert tallied(db) == 1


def test_a_job_is_claimed_only_when_its_turn_comes(db: Database) -> None:
    """Whoever dies in the first of several due jobs leaves the others to whoever asks next."""
    seen: list[int] = []

    def first(database: Database) -> JobResult:
        with database.reading() as session:
            seen.append(session.scalar(select(func.count(JobRun.id))) or 0)
        return JobResult()

    suite = suite_of(first, tally)
    runner.register(db, suite)
    with clock.fixed(NOW + MINUTE):
        runner.run_due(db, suite)
    assert seen == [1]


def test_a_run_whose_process_was_believed_dead_does_not_overwrite_its_successor(db: Database) -> None:
    successor = suite_of(tally)

    def tally_late(database: Database) -> JobResult:
        with clock.fixed(NOW + LEASE):
            assert len(runner.run_due(database, successor)) == 1
        return JobResult({"records": 99})

    late = Suite((Addon("probe", "", "", "tests", jobs=(Job("probe.tally", "", "0 0 1 1 *", tally_late),)),))
    runner.run_now(db, late, "probe.tally", started_by="Lin Meihua")
    [run] = runs(db, "probe.tally")
    assert (run.attempt, run.outcome, run.counts) == (2, RunOutcome.DONE, {"records": 1})


def test_a_long_run_is_not_believed_dead_while_its_process_lives(
    real_db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner, "BEAT_SECONDS", 0.01)

    def long(database: Database) -> JobResult:
        with clock.fixed(NOW + LEASE - MINUTE):
            assert within(lambda: lease(database) == clock.now() + LEASE)
        with clock.fixed(NOW + LEASE + MINUTE):
            assert runner.run_due(database, suite_of(long)) == []
        return JobResult()

    runner.run_now(real_db, suite_of(long), "probe.long", started_by="Lin Meihua")
    [run] = runs(real_db, "probe.long")
    assert (run.attempt, run.outcome, run.error) == (1, RunOutcome.DONE, "")


@pytest.mark.slow
def test_a_slot_is_run_once_however_many_processes_ask(real_db: Database) -> None:
    together = spawn.Barrier(PROCESSES)
    processes = [
        spawn.Process(target=ask_each_minute, args=(url_of(real_db), together)) for _ in range(PROCESSES)
    ]
    for process in processes:
        process.start()
    for process in processes:
        process.join(120)
    assert [process.exitcode for process in processes] == [0] * PROCESSES
    assert [run.slot_at for run in runs(real_db, "probe.tally")] == [
        NOW + number * MINUTE for number in range(1, SLOTS + 1)
    ]
    assert {(run.outcome, run.attempt) for run in runs(real_db, "probe.tally")} == {(RunOutcome.DONE, 1)}
    assert tallied(real_db) == SLOTS
    with real_db.reading() as session:
        assert session.scalar(select(func.count(JobState.id))) == 1


@pytest.mark.slow
def test_a_run_that_was_killed_is_run_again_and_nothing_is_lost_or_doubled(real_db: Database) -> None:
    suite = suite_of(tally)
    runner.register(real_db, suite)
    kill_in_the_middle(real_db, NOW + MINUTE)
    with clock.fixed(NOW + MINUTE + LEASE - timedelta(seconds=1)):
        with real_db.unit_of_work(SYSTEM) as uow:
            runner.pause(uow, "probe.tally", is_paused=True)
        assert runner.run_due(real_db, suite) == []
    with clock.fixed(NOW + MINUTE + LEASE):
        assert len(runner.run_due(real_db, suite)) == 1
        assert runner.run_due(real_db, suite) == []
    [run] = runs(real_db, "probe.tally")
    assert (run.slot_at, run.attempt, run.outcome) == (NOW + MINUTE, 2, RunOutcome.DONE)
    assert tallied(real_db) == 1


@pytest.mark.slow
def test_a_run_that_kills_every_process_is_given_up_and_the_next_slot_comes(real_db: Database) -> None:
    suite = suite_of(tally)
    runner.register(real_db, suite)
    kill_in_the_middle(real_db, NOW + MINUTE)
    with real_db.unit_of_work(SYSTEM) as uow:
        runner.pause(uow, "probe.tally", is_paused=True)
    for attempt in range(1, LAST_ATTEMPT):
        kill_in_the_middle(real_db, NOW + MINUTE + attempt * LEASE)
    with clock.fixed(NOW + MINUTE + LAST_ATTEMPT * LEASE):
        assert runner.run_due(real_db, suite) == []
        assert runner.run_due(real_db, suite) == []
        [run] = runs(real_db, "probe.tally")
        assert (run.attempt, run.outcome, run.error) == (LAST_ATTEMPT, RunOutcome.FAILED, BROKEN_OFF)
        assert (run.finished_at, tallied(real_db)) == (clock.now(), 0)
        with real_db.unit_of_work(SYSTEM) as uow:
            runner.pause(uow, "probe.tally", is_paused=False)
    with clock.fixed(NOW + MINUTE + LAST_ATTEMPT * LEASE + MINUTE):
        assert len(runner.run_due(real_db, suite)) == 1
    assert tallied(real_db) == 1


def test_the_ticker_starts_knows_every_job_and_stops(real_db: Database) -> None:
    suite = suite_of(tally)
    ticker = scheduler.start(real_db, suite)
    try:
        [tick] = ticker.get_jobs()
        assert (tick.coalesce, tick.max_instances) == (True, 1)
        with real_db.reading() as session:
            assert [row.next_slot_at for row in queries.jobs(session, suite)] == [NOW + MINUTE]
    finally:
        ticker.shutdown(wait=True)
    assert not ticker.running


def ask_each_minute(url: str, together: Barrier) -> None:
    """Be one of several processes that know the job and ask what is due, all at the same moment."""
    suite, database = suite_of(tally), Database(make_engine(url))
    with clock.fixed(NOW):
        together.wait(60)
        runner.register(database, suite)
    for number in range(1, SLOTS + 1):
        with clock.fixed(NOW + number * MINUTE):
            together.wait(60)
            runner.run_due(database, suite)


def kill_in_the_middle(database: Database, moment: datetime) -> None:
    """Let a process begin what is due at a moment, and kill it before it is done."""
    here, there = spawn.Pipe()
    process = spawn.Process(target=die_in_the_middle, args=(url_of(database), there, moment))
    process.start()
    assert here.poll(120)
    os.kill(process.pid or 0, signal.SIGKILL)
    process.join(60)


def die_in_the_middle(url: str, parent: Pipe, moment: datetime) -> None:
    """Claim the slot, do the work but do not commit it, and wait to be killed."""

    def tally_half(database: Database) -> JobResult:
        with database.unit_of_work(SYSTEM) as uow:
            sequence.reserve(uow, "probe", 1)
            uow.flush()
            parent.send("in the middle")
            signal.pause()
        return JobResult()

    job = Job("probe.tally", "Probe", "* * * * *", tally_half)
    with clock.fixed(moment):
        runner.run_due(Database(make_engine(url)), Suite((Addon("probe", "", "", "tests", jobs=(job,)),)))


def within(is_so: Callable[[], bool]) -> bool:
    """Tell whether something comes true; it is asked again for a while."""
    pause = Event()
    return any(is_so() or pause.wait(0.02) for _ in range(1500))


def lease(database: Database) -> datetime:
    with database.reading() as session:
        return session.scalars(select(JobRun.lease_until)).one()
