"""Processes: the ways in which batches become batches, kept as dated data."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import date
from importlib import resources

from sqlalchemy import select

from supplychain.base.services import upkeep
from supplychain.kernel.db.uow import UnitOfWork
from supplychain.kernel.errors import Invalid
from supplychain.kernel.i18n import N_
from supplychain.kernel.sheets.sheet import Outcome
from traceability.models.genealogy import Process
from traceability.rules.genealogy import ProcessKind

DOCUMENT = "traceability.process"


@dataclass(frozen=True, slots=True)
class PutProcess:
    """A process from a day on; yields and tolerance in 1/10 000 of the mass in."""

    code: str
    name_zh: str
    name_en: str
    kind: ProcessKind
    min_yield_bp: int
    max_yield_bp: int
    tolerance_bp: int
    source: str
    valid_from: date


def put(uow: UnitOfWork, command: PutProcess) -> Outcome:
    """Put a process on record from a day on; the same code and day again changes it.

    Raises Invalid at `max_yield_bp` when the range is none.
    """
    if command.min_yield_bp > command.max_yield_bp:
        raise Invalid.at("max_yield_bp", N_("The highest yield is below the lowest."))
    key = (Process.code == command.code, Process.valid_from == command.valid_from)
    existing = uow.session.scalar(select(Process).where(*key))
    return upkeep.put(uow, DOCUMENT, Process, existing, upkeep.values_of(command))


def install(uow: UnitOfWork) -> None:
    """Put in the house's processes that are not there yet; those that are stay as they are."""
    known = set(uow.session.scalars(select(Process.code)))
    source = resources.files("traceability") / "data" / "processes.csv"
    with source.open(encoding="utf-8") as stream:
        rows = [row for row in csv.DictReader(stream) if row["code"] not in known]
    uow.session.add_all(
        Process(
            code=row["code"],
            name_zh=row["name_zh"],
            name_en=row["name_en"],
            kind=ProcessKind(row["kind"]),
            min_yield_bp=int(row["min_yield_bp"]),
            max_yield_bp=int(row["max_yield_bp"]),
            tolerance_bp=int(row["tolerance_bp"]),
            source=row["source"],
            valid_from=date.fromisoformat(row["valid_from"]),
        )
        for row in rows
    )
    uow.flush()
