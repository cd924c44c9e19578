"""Running what is due: any number of processes may ask, each slot is claimed by one.

Which process asks, and how often, is the scheduler's; what a job does is its addon's.
"""

from __future__ import annotations

import logging
import traceback
from collections.abc import Iterable
from datetime import datetime, timedelta

from apscheduler.triggers.cron import CronTrigger
from sqlalchemy import select, update

from supplychain.kernel import clock
from supplychain.kernel.addon import Job, JobResult
from supplychain.kernel.clock import SHANGHAI
from supplychain.kernel.db.uow import Database, UnitOfWork
from supplychain.kernel.errors import Conflict, NotFound
from supplychain.kernel.i18n import N_
from supplychain.kernel.jobs.models import JobRun, JobState, RunOutcome
from supplychain.kernel.loader import Suite
from supplychain.kernel.permissions import SYSTEM

LEASE = timedelta(minutes=10)
"""How long a run may take before another process believes that its process died."""

_log = logging.getLogger(__name__)


def register(database: Database, suite: Suite) -> None:
    """Know every declared job, and count a changed schedule anew."""
    with database.unit_of_work(SYSTEM) as uow:
        known = {state.name: state for state in uow.session.scalars(select(JobState).with_for_update())}
        for job in suite.jobs.values():
            state = known.get(job.name)
            following = next_slot(job, uow.now)
            if state is None:
                uow.session.add(JobState(name=job.name, schedule=job.schedule, next_slot_at=following))
            elif state.schedule != job.schedule:
                state.schedule, state.next_slot_at = job.schedule, following


def run_due(database: Database, suite: Suite) -> list[int]:
    """Run every slot that is due and every run whose process died; return the runs' keys."""
    due = [*_abandoned(database, suite), *_claims(database, suite)]
    return [_run(database, job, run_id) for job, run_id in due]


def run_now(database: Database, suite: Suite, name: str, *, started_by: str) -> int:
    """Run a job at once, outside its schedule; NotFound for an unknown name. Returns the run's key."""
    job = suite.jobs.get(name)
    if job is None:
        raise NotFound(N_("There is no job %(name)s."), name=name)
    with database.unit_of_work(SYSTEM) as uow:
        run_id = _start(uow, job, uow.now, started_by)
    return _run(database, job, run_id)


def pause(uow: UnitOfWork, name: str, *, is_paused: bool) -> None:
    """Stop or resume a job's schedule; `run now` still works. A resumed job starts at its next slot."""
    changed = uow.session.execute(
        update(JobState).where(JobState.name == name).values(is_paused=is_paused).returning(JobState.id)
    )
    if changed.scalar_one_or_none() is None:
        raise NotFound(N_("There is no job %(name)s."), name=name)


def next_slot(job: Job, after: datetime) -> datetime:
    """Return the first instant of a job's schedule after another."""
    trigger = CronTrigger.from_crontab(job.schedule, timezone=SHANGHAI)
    found: datetime = trigger.get_next_fire_time(None, after.astimezone(SHANGHAI) + timedelta(seconds=1))
    return found


def _claims(database: Database, suite: Suite) -> Iterable[tuple[Job, int]]:
    now = clock.now()
    with database.reading() as session:
        due = session.execute(
            select(JobState.name, JobState.next_slot_at).where(
                JobState.next_slot_at <= now, JobState.is_paused.is_(False)
            )
        ).all()
    for name, slot in due:
        job = suite.jobs.get(name)
        run_id = None if job is None else _claim(database, job, slot)
        if job is not None and run_id is not None:
            yield job, run_id


def _claim(database: Database, job: Job, slot: datetime) -> int | None:
    """Take a slot by compare-and-set; None when another process was first. Missed slots fall together."""
    with database.unit_of_work(SYSTEM) as uow:
        taken = uow.session.execute(
            update(JobState)
            .where(JobState.name == job.name, JobState.next_slot_at == slot)
            .values(next_slot_at=next_slot(job, uow.now))
            .returning(JobState.id)
        ).scalar_one_or_none()
        return None if taken is None else _start(uow, job, slot, SYSTEM.name)


def _start(uow: UnitOfWork, job: Job, slot: datetime, started_by: str) -> int:
    run = JobRun(
        job=job.name,
        slot_at=slot,
        started_by=started_by,
        started_at=uow.now,
        lease_until=uow.now + LEASE,
        outcome=RunOutcome.RUNNING,
        counts={},
        failures={},
    )
    uow.session.add(run)
    uow.flush()
    return run.id


def _abandoned(database: Database, suite: Suite) -> list[tuple[Job, int]]:
    """Take over runs whose process is believed dead, each by compare-and-set on its lease."""
    now = clock.now()
    with database.unit_of_work(SYSTEM) as uow:
        taken = uow.session.execute(
            update(JobRun)
            .where(
                JobRun.outcome == RunOutcome.RUNNING, JobRun.lease_until <= now, JobRun.job.in_(suite.jobs)
            )
            .values(lease_until=now + LEASE, started_at=now, attempt=JobRun.attempt + 1)
            .returning(JobRun.id, JobRun.job)
        ).all()
    return [(suite.jobs[name], run_id) for run_id, name in taken]


def _run(database: Database, job: Job, run_id: int) -> int:
    try:
        result = job.run(database)
    except Exception as error:  # noqa: BLE001 - the run's record is where a job's failure is seen
        _log.exception("job %s failed", job.name)
        _finish(
            database, run_id, RunOutcome.FAILED, JobResult(), f"{error}\n\n{traceback.format_exc(limit=-5)}"
        )
    else:
        outcome = RunOutcome.PARTLY if result.failures else RunOutcome.DONE
        _finish(database, run_id, outcome, result, "")
    return run_id


def _finish(database: Database, run_id: int, outcome: RunOutcome, result: JobResult, error: str) -> None:
    with database.unit_of_work(SYSTEM) as uow:
        run = uow.session.get_one(JobRun, run_id)
        if run.finished_at is not None:
            raise Conflict(N_("This run has ended already."))
        run.finished_at, run.outcome, run.error = uow.now, outcome, error[:8000]
        run.counts, run.failures = dict(result.counts), {"lines": list(result.failures)[:200]}
