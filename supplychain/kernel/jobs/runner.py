"""Running what is due: any number of processes may ask, each slot is claimed by one.

Which process asks, and how often, is the scheduler's; what a job does is its addon's.
"""

from __future__ import annotations

import logging
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain
from threading import Event, Thread

from apscheduler.triggers.cron import CronTrigger
from sqlalchemy import ColumnElement, and_, select, update
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from supplychain.kernel import clock
from supplychain.kernel.addon import Job, JobResult
from supplychain.kernel.clock import SHANGHAI
from supplychain.kernel.db.uow import Database, UnitOfWork
from supplychain.kernel.errors import NotFound
from supplychain.kernel.i18n import N_
from supplychain.kernel.jobs.models import JobRun, JobState, RunOutcome
from supplychain.kernel.loader import Suite
from supplychain.kernel.permissions import SYSTEM

LEASE = timedelta(minutes=10)
"""How long a run may be silent before another process believes that its process died."""
BEAT_SECONDS = 60.0
"""How often a run says that its process lives."""
LAST_ATTEMPT = 3
"""A run whose process died this often is not started again: perhaps it is the run that kills it."""
BROKEN_OFF = N_(
    "Each process that began this run died in the middle of it. It is not tried again; "
    "the next slot comes as planned, or run the job by hand once the cause is found."
)

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Claim:
    """A run that this process has taken; another process that takes it over counts its attempt up."""

    job: Job
    run_id: int
    attempt: int = 1


def register(database: Database, suite: Suite) -> None:
    """Know every declared job, and count a changed schedule anew."""
    with database.unit_of_work(SYSTEM) as uow:
        known = {state.name: state for state in uow.session.scalars(select(JobState).with_for_update())}
        for job in suite.jobs.values():
            state = known.get(job.name)
            following = next_slot(job, uow.now)
            if state is None:
                _add_unless_there(uow, JobState(name=job.name, schedule=job.schedule, next_slot_at=following))
            elif state.schedule != job.schedule:
                state.schedule, state.next_slot_at = job.schedule, following


def run_due(database: Database, suite: Suite) -> list[int]:
    """Run every slot that is due and every run whose process died; return the runs' keys.

    Each is claimed when its turn comes: who dies in one of them leaves the rest to whoever asks next.
    """
    return [_run(database, claim) for claim in chain(_abandoned(database, suite), _claims(database, suite))]


def run_now(database: Database, suite: Suite, name: str, *, started_by: str) -> int:
    """Run a job at once, outside its schedule; NotFound for an unknown name. Returns the run's key."""
    job = suite.jobs.get(name)
    if job is None:
        raise NotFound(N_("There is no job %(name)s."), name=name)
    with database.unit_of_work(SYSTEM) as uow:
        run = _started(job, uow.now, uow.now, started_by)
        uow.session.add(run)
        uow.flush()
    return _run(database, _Claim(job, run.id))


def pause(uow: UnitOfWork, name: str, *, is_paused: bool) -> None:
    """Stop or resume a job's schedule; `run now` still works. A resumed job starts at its next slot."""
    state = uow.session.scalar(select(JobState).where(JobState.name == name).with_for_update())
    if state is None:
        raise NotFound(N_("There is no job %(name)s."), name=name)
    state.is_paused = is_paused
    if not is_paused:
        state.next_slot_at = _following(state.schedule, uow.now)


def next_slot(job: Job, after: datetime) -> datetime:
    """Return the first instant of a job's schedule after another."""
    return _following(job.schedule, after)


def _following(schedule: str, after: datetime) -> datetime:
    trigger = CronTrigger.from_crontab(schedule, timezone=SHANGHAI)
    found: datetime = trigger.get_next_fire_time(None, after.astimezone(SHANGHAI) + timedelta(seconds=1))
    return found


def _claims(database: Database, suite: Suite) -> Iterator[_Claim]:
    """Take due slots, one after the other."""
    with database.reading() as session:
        due = session.execute(
            select(JobState.name, JobState.next_slot_at).where(
                JobState.next_slot_at <= clock.now(), JobState.is_paused.is_(False)
            )
        ).all()
    for name, slot in due:
        job = suite.jobs.get(name)
        claim = None if job is None else _claim(database, job, slot)
        if claim is not None:
            yield claim


def _claim(database: Database, job: Job, slot: datetime) -> _Claim | None:
    """Take a slot by compare-and-set; None when another process was first. Missed slots fall together."""
    with database.unit_of_work(SYSTEM) as uow:
        taken = uow.session.execute(
            update(JobState)
            .where(JobState.name == job.name, JobState.next_slot_at == slot, JobState.is_paused.is_(False))
            .values(next_slot_at=next_slot(job, uow.now))
            .returning(JobState.id)
        ).scalar_one_or_none()
        run = _started(job, slot, uow.now, SYSTEM.name)
        if taken is None or not _add_unless_there(uow, run):
            return None
        return _Claim(job, run.id)


def _abandoned(database: Database, suite: Suite) -> Iterator[_Claim]:
    """Take over runs whose process is believed dead, one after the other; give up what died too often."""
    dead = and_(JobRun.outcome == RunOutcome.RUNNING, JobRun.lease_until <= clock.now())
    with database.reading() as session:
        found = session.execute(
            select(JobRun.id, JobRun.job, JobRun.attempt).where(dead, JobRun.job.in_(suite.jobs))
        ).all()
    for run_id, name, attempt in found:
        if attempt >= LAST_ATTEMPT:
            _give_up(database, run_id, attempt)
            continue
        claim = _Claim(suite.jobs[name], run_id, attempt + 1)
        if _take_over(database, claim):
            yield claim


def _take_over(database: Database, claim: _Claim) -> bool:
    """Take a dead run by compare-and-set on its attempt and lease; False when another process was first."""
    with database.unit_of_work(SYSTEM) as uow:
        taken = uow.session.execute(
            update(JobRun)
            .where(_is_running(claim.run_id, claim.attempt - 1), JobRun.lease_until <= uow.now)
            .values(lease_until=uow.now + LEASE, started_at=uow.now, attempt=claim.attempt)
            .returning(JobRun.id)
        )
        return taken.scalar_one_or_none() is not None


def _give_up(database: Database, run_id: int, attempt: int) -> None:
    """Write down that a dead run has failed for good, unless its process turns out to live."""
    with database.unit_of_work(SYSTEM) as uow:
        uow.session.execute(
            update(JobRun)
            .where(_is_running(run_id, attempt), JobRun.lease_until <= uow.now)
            .values(finished_at=uow.now, outcome=RunOutcome.FAILED, error=BROKEN_OFF)
        )


def _run(database: Database, claim: _Claim) -> int:
    try:
        with _alive(database, claim):
            result = claim.job.run(database)
    except Exception as error:  # noqa: BLE001 - the run's record is where a job's failure is seen
        _log.exception("job %s failed", claim.job.name)
        text = f"{error}\n\n{traceback.format_exc(limit=-5)}"
        _finish(database, claim, RunOutcome.FAILED, JobResult(), text)
    else:
        outcome = RunOutcome.PARTLY if result.failures else RunOutcome.DONE
        _finish(database, claim, outcome, result, "")
    return claim.run_id


@contextmanager
def _alive(database: Database, claim: _Claim) -> Iterator[None]:
    """Renew the lease for as long as the block runs: a long run is not a dead one."""
    ended = Event()
    beating = Thread(target=_beat, args=(database, claim, ended), daemon=True)
    beating.start()
    try:
        yield
    finally:
        ended.set()
        beating.join()


def _beat(database: Database, claim: _Claim, ended: Event) -> None:
    while not ended.wait(BEAT_SECONDS):
        try:
            with database.unit_of_work(SYSTEM) as uow:
                mine = update(JobRun).where(_is_running(claim.run_id, claim.attempt))
                uow.session.execute(mine.values(lease_until=uow.now + LEASE))
        except SQLAlchemyError:
            _log.warning("job %s: the lease was not renewed", claim.job.name, exc_info=True)


def _finish(database: Database, claim: _Claim, outcome: RunOutcome, result: JobResult, error: str) -> None:
    """Write down how a run ended, unless another process has taken it over meanwhile."""
    with database.unit_of_work(SYSTEM) as uow:
        kept = uow.session.execute(
            update(JobRun)
            .where(_is_running(claim.run_id, claim.attempt))
            .values(
                finished_at=uow.now,
                outcome=outcome,
                error=error.replace("\0", "")[:8000],
                counts=dict(result.counts),
                failures={"lines": list(result.failures)[:200]},
            )
            .returning(JobRun.id)
        ).scalar_one_or_none()
    if kept is None:
        _log.warning("job %s: run %s was taken over by another process", claim.job.name, claim.run_id)


def _is_running(run_id: int, attempt: int) -> ColumnElement[bool]:
    return and_(JobRun.id == run_id, JobRun.attempt == attempt, JobRun.outcome == RunOutcome.RUNNING)


def _started(job: Job, slot: datetime, now: datetime, started_by: str) -> JobRun:
    return JobRun(
        job=job.name,
        slot_at=slot,
        started_by=started_by,
        started_at=now,
        lease_until=now + LEASE,
        outcome=RunOutcome.RUNNING,
        counts={},
        failures={},
    )


def _add_unless_there(uow: UnitOfWork, row: JobState | JobRun) -> bool:
    """Add a row; False when another process has added it at the same moment."""
    try:
        with uow.session.begin_nested():
            uow.session.add(row)
    except IntegrityError:
        return False
    return True
