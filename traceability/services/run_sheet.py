"""Runs of processes from a spreadsheet: lines with the same number of the run are one run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from supplychain.kernel.db.uow import UnitOfWork
from supplychain.kernel.errors import Invalid
from supplychain.kernel.i18n import N_
from supplychain.kernel.sheets.sheet import Outcome
from traceability.models.batch import Batch
from traceability.queries import batch as batches
from traceability.queries import run as runs
from traceability.rules.genealogy import Direction
from traceability.services import transform
from traceability.services.transform import Make, Take, Transform


@dataclass(frozen=True, slots=True)
class RunLine:
    """A line of a run: `batch` is a number or an own number, of what is made the new own number."""

    reference: str
    producer: str
    process: str
    site: str
    direction: Direction
    batch: str
    boxes: int
    grams: int
    sku: str = ""
    loss_grams: int = 0
    at: datetime | None = None


def key(line: RunLine) -> tuple[str, str]:
    """Return what lines of one run share."""
    return line.producer, line.reference


def take(uow: UnitOfWork, lines: Sequence[RunLine]) -> Outcome:
    """Carry out a run unless one of this number is on record; its lines must agree on what it is."""
    head = lines[0]
    if runs.is_known(uow.session, head.producer, head.reference):
        return Outcome.UNCHANGED
    for name in ("process", "site", "at"):
        if len({getattr(line, name) for line in lines}) > 1:
            raise Invalid.at(name, N_("The lines of a run must agree on this."))
    transform.run(
        uow,
        Transform(
            head.process,
            head.site,
            [_take(uow, line) for line in lines if line.direction is Direction.IN],
            [
                Make(line.sku, line.boxes, line.grams, line.batch)
                for line in lines
                if line.direction is Direction.OUT
            ],
            max(line.loss_grams for line in lines),
            head.at,
            head.reference,
        ),
    )
    return Outcome.CREATED


def _take(uow: UnitOfWork, line: RunLine) -> Take:
    batch_id = batches.named(uow.session, uow.actor, line.batch, line.producer)
    number = uow.session.scalars(select(Batch.number).where(Batch.id == batch_id)).one()
    return Take(number, line.boxes, line.grams)
