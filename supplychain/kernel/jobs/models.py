"""What is due and what ran: one row per job, one per slot that was claimed."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from supplychain.kernel.db.base import Base, Identified, enum_column
from supplychain.kernel.i18n import N_


class RunOutcome(StrEnum):
    """How a run ended, or that it has not."""

    RUNNING = "running"
    DONE = "done"
    PARTLY = "partly"
    FAILED = "failed"


RUN_OUTCOMES = {
    RunOutcome.RUNNING: N_("Running"),
    RunOutcome.DONE: N_("Done"),
    RunOutcome.PARTLY: N_("Done, some records failed"),
    RunOutcome.FAILED: N_("Failed"),
}


class JobState(Identified, Base):
    """Whether a job is paused and which slot comes next."""

    __tablename__ = "kernel_job"
    __table_args__ = (UniqueConstraint("name"),)

    name: Mapped[str] = mapped_column(String(60))
    schedule: Mapped[str] = mapped_column(String(60))
    """The crontab line that `next_slot_at` was counted from; a changed line counts anew."""
    next_slot_at: Mapped[datetime]
    is_paused: Mapped[bool] = mapped_column(default=False)


class JobRun(Identified, Base):
    """One slot of a job: claimed once, run to the end, run again when its process died."""

    __tablename__ = "kernel_job_run"
    __table_args__ = (UniqueConstraint("job", "slot_at"), Index(None, "outcome", "lease_until"))

    job: Mapped[str] = mapped_column(String(60))
    slot_at: Mapped[datetime]
    started_by: Mapped[str] = mapped_column(String(120))
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    lease_until: Mapped[datetime]
    """Until then the process that claimed the slot is believed alive."""
    attempt: Mapped[int] = mapped_column(Integer, default=1)
    outcome: Mapped[RunOutcome] = mapped_column(enum_column(RunOutcome, "outcome"))
    counts: Mapped[dict[str, Any]]
    failures: Mapped[dict[str, Any]]
    """`{"lines": [...]}`: keys and reasons of records that failed while the rest went on."""
    error: Mapped[str] = mapped_column(Text, default="")
    """What a job raised, with its traceback; or a msgid, when no job was left to say it."""
