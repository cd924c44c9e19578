"""Scheduled work: each slot once however many ask, failures seen, dead runs taken over."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from threading import Barrier, Thread

import pytest
from sqlalchemy import select

from supplychain.kernel import clock, loader
from supplychain.kernel.addon import Addon, ConfiguredJob, Job, JobResult
from supplychain.kernel.db.uow import Database
from supplychain.kernel.errors import NotFound
from supplychain.kernel.jobs import queries, runner
from supplychain.kernel.jobs.models import JobRun, RunOutcome
from supplychain.kernel.loader import Suite
from supplychain.kernel.permissions import SYSTEM
from supplychain.kernel.settings import ADDONS, Settings
from tests.conftest import NOW

HOURLY = "0 * * * *"
DUE = NOW + timedelta(hours=1, minutes=1)


def made(*jobs: Job) -> Suite:
    """Return a suite with these jobs and nothing else."""
    return Suite((Addon("bells", "Bells", "", "tests", jobs=jobs),))


def make_dead_run(db: Database, *, attempt: int) -> None:
    """Leave a run behind as a process does that dies in the middle of it."""
    with db.unit_of_work(SYSTEM) as uow:
        uow.session.add(
            JobRun(
                job="bells.ring",
                slot_at=NOW,
                started_by="system",
                started_at=NOW,
                lease_until=NOW + runner.LEASE,
                attempt=attempt,
                outcome=RunOutcome.RUNNING,
                counts={},
                failures={},
            )
        )


class Bell:
    """Counts how often it was rung."""

    def __init__(self) -> None:
        """Start silent."""
        self.rung: list[datetime] = []

    def __call__(self, database: Database) -> JobResult:
        """Ring."""
        self.rung.append(clock.now())
        return JobResult({"rung": 1})


def test_a_job_runs_when_its_slot_is_due_and_not_before(db: Database) -> None:
    bell = Bell()
    suite = made(Job("bells.ring", "Ring", HOURLY, bell))
    runner.register(db, suite)
    assert runner.run_due(db, suite) == []
    with clock.fixed(DUE):
        assert len(runner.run_due(db, suite)) == 1
        assert runner.run_due(db, suite) == []
    assert len(bell.rung) == 1
    with db.reading() as session:
        (row,) = queries.jobs(session, suite)
    assert row.last is not None
    assert (row.last.outcome, row.last.counts) == (RunOutcome.DONE, {"rung": 1})
    assert row.next_slot_at == NOW + timedelta(hours=2)


def test_missed_slots_fall_together_into_one_run(db: Database) -> None:
    bell = Bell()
    suite = made(Job("bells.ring", "Ring", HOURLY, bell))
    runner.register(db, suite)
    with clock.fixed(NOW + timedelta(days=3)):
        runner.run_due(db, suite)
    assert len(bell.rung) == 1


def test_many_who_ask_at_once_run_a_slot_once(real_db: Database) -> None:
    bell = Bell()
    suite = made(Job("bells.ring", "Ring", HOURLY, bell))
    runner.register(real_db, suite)
    start = Barrier(4)

    def ask() -> None:
        start.wait()
        runner.run_due(real_db, suite)

    with clock.fixed(DUE):
        askers = [Thread(target=ask) for _ in range(4)]
        for asker in askers:
            asker.start()
        for asker in askers:
            asker.join()
    assert len(bell.rung) == 1


def test_a_failure_is_written_down_with_its_reason(db: Database) -> None:
    def crack(database: Database) -> JobResult:
        raise RuntimeError("the bell has cracked")

    suite = made(Job("bells.crack", "Crack", HOURLY, crack))
    runner.register(db, suite)
    run_id = runner.run_now(db, suite, "bells.crack", started_by="林秀英")
    with db.reading() as session:
        found = queries.run(session, run_id)
    assert (found.outcome, found.started_by) == (RunOutcome.FAILED, "林秀英")
    assert found.error.startswith("the bell has cracked")


def test_records_that_fail_are_named_while_the_rest_goes_on(db: Database) -> None:
    suite = made(
        Job("bells.some", "Some", HOURLY, lambda database: JobResult({"rung": 2}, ["third: cracked"]))
    )
    run_id = runner.run_now(db, suite, "bells.some", started_by="test")
    with db.reading() as session:
        found = queries.run(session, run_id)
    assert (found.outcome, found.failures) == (RunOutcome.PARTLY, {"lines": ["third: cracked"]})


def test_a_run_whose_process_died_is_taken_over_when_its_lease_is_over(db: Database) -> None:
    bell = Bell()
    suite = made(Job("bells.ring", "Ring", HOURLY, bell))
    runner.register(db, suite)
    make_dead_run(db, attempt=1)
    with clock.fixed(NOW + timedelta(minutes=1)):
        runner.run_due(db, suite)
    assert bell.rung == []
    with clock.fixed(NOW + runner.LEASE + timedelta(seconds=1)):
        runner.run_due(db, suite)
    assert len(bell.rung) == 1
    with db.reading() as session:
        run = session.scalars(select(JobRun)).one()
    assert (run.attempt, run.outcome) == (2, RunOutcome.DONE)


def test_a_run_that_died_three_times_is_failed_and_waits_for_the_next_slot(db: Database) -> None:
    bell = Bell()
    suite = made(Job("bells.ring", "Ring", HOURLY, bell))
    runner.register(db, suite)
    make_dead_run(db, attempt=runner.LAST_ATTEMPT)
    with clock.fixed(NOW + runner.LEASE):
        assert runner.run_due(db, suite) == []
        assert runner.run_due(db, suite) == []
    with db.reading() as session:
        (run,) = queries.runs(session, "bells.ring")
    assert (run.attempt, run.outcome, run.error) == (3, RunOutcome.FAILED, runner.BROKEN_OFF)
    assert bell.rung == []
    with clock.fixed(DUE):
        assert len(runner.run_due(db, suite)) == 1
    assert len(bell.rung) == 1


def test_a_run_that_was_given_up_can_be_run_by_hand(db: Database) -> None:
    bell = Bell()
    suite = made(Job("bells.ring", "Ring", HOURLY, bell))
    make_dead_run(db, attempt=runner.LAST_ATTEMPT)
    with clock.fixed(NOW + runner.LEASE):
        runner.run_due(db, suite)
        runner.run_now(db, suite, "bells.ring", started_by="林秀英")
    assert len(bell.rung) == 1


def test_a_paused_job_waits_and_can_still_be_run_by_hand(db: Database) -> None:
    bell = Bell()
    suite = made(Job("bells.ring", "Ring", HOURLY, bell))
    runner.register(db, suite)
    with db.unit_of_work(SYSTEM) as uow:
        runner.pause(uow, "bells.ring", is_paused=True)
    with clock.fixed(DUE):
        assert runner.run_due(db, suite) == []
        runner.run_now(db, suite, "bells.ring", started_by="test")
    assert len(bell.rung) == 1


def test_an_unknown_job_is_not_found(db: Database) -> None:
    with pytest.raises(NotFound):
        runner.run_now(db, made(), "bells.none", started_by="test")


def test_a_changed_schedule_counts_anew(db: Database) -> None:
    bell = Bell()
    runner.register(db, made(Job("bells.ring", "Ring", HOURLY, bell)))
    daily = made(Job("bells.ring", "Ring", "30 6 * * *", bell))
    runner.register(db, daily)
    with db.reading() as session:
        (row,) = queries.jobs(session, daily)
    assert row.next_slot_at is not None
    assert row.next_slot_at.astimezone(clock.SHANGHAI).strftime("%H:%M") == "06:30"


def test_a_job_is_given_the_settings_of_the_suite_that_runs_it(db: Database) -> None:
    given: list[str] = []

    def ring(database: Database, settings: Settings) -> JobResult:
        given.append(settings.base_url)
        return JobResult()

    bells = Addon("bells", "Bells", "", "tests", jobs=(ConfiguredJob("bells.ring", "Ring", HOURLY, ring),))
    datian, pudong = (
        Suite((bells,), Settings(base_url=f"https://{n}.example")) for n in ("datian", "pudong")
    )
    runner.run_now(db, datian, "bells.ring", started_by="test")
    with clock.fixed(DUE):
        runner.run_now(db, pudong, "bells.ring", started_by="test")
    assert given == ["https://datian.example", "https://pudong.example"]


def test_no_job_of_the_delivered_suite_reads_the_environment(
    db: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SUPPLYCHAIN_OF_SOMEBODY_ELSE", "reading the environment refuses this name")
    suite = loader.load(ADDONS, Settings(data_dir=tmp_path))
    for name in suite.jobs:
        run_id = runner.run_now(db, suite, name, started_by="test")
        with db.reading() as session:
            found = queries.run(session, run_id)
        assert (found.outcome, found.error) == (RunOutcome.DONE, ""), name
    assert (tmp_path / "secret.key").exists()
