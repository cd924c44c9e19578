"""What the operator's page shows: every job with its next slot and last run, and the history of one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from supplychain.kernel.jobs.models import JobRun, JobState, RunOutcome
from supplychain.kernel.loader import Suite


@dataclass(frozen=True, slots=True)
class RunRow:
    """One run of a job."""

    id: int
    job: str
    slot_at: datetime
    started_by: str
    started_at: datetime
    finished_at: datetime | None
    attempt: int
    outcome: RunOutcome
    counts: Mapping[str, Any]
    failures: Mapping[str, Any]
    error: str


@dataclass(frozen=True, slots=True)
class JobRow:
    """A declared job; `next_slot_at` is None until the scheduler has seen it."""

    name: str
    title: str
    schedule: str
    next_slot_at: datetime | None
    is_paused: bool
    last: RunRow | None


def jobs(session: Session, suite: Suite) -> Sequence[JobRow]:
    """Return every declared job with its last run, in two statements."""
    states = {state.name: state for state in session.scalars(select(JobState))}
    newest = select(func.max(JobRun.id)).group_by(JobRun.job)
    last = {run.job: _row(run) for run in session.scalars(select(JobRun).where(JobRun.id.in_(newest)))}
    return [
        JobRow(
            job.name,
            job.title,
            job.schedule,
            states[job.name].next_slot_at if job.name in states else None,
            job.name in states and states[job.name].is_paused,
            last.get(job.name),
        )
        for job in suite.jobs.values()
    ]


def runs(session: Session, name: str, limit: int = 50) -> Sequence[RunRow]:
    """Return the newest runs of a job."""
    found = session.scalars(select(JobRun).where(JobRun.job == name).order_by(JobRun.id.desc()).limit(limit))
    return [_row(run) for run in found]


def run(session: Session, run_id: int) -> RunRow:
    """Return one run."""
    return _row(session.get_one(JobRun, run_id))


def _row(found: JobRun) -> RunRow:
    return RunRow(
        found.id,
        found.job,
        found.slot_at,
        found.started_by,
        found.started_at,
        found.finished_at,
        found.attempt,
        found.outcome,
        found.counts,
        found.failures,
        found.error,
    )
