"""The references behind inspections: residue limits and moved working days; imported and seeded."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from importlib import resources

from sqlalchemy import select

from supplychain.base.services import upkeep
from supplychain.kernel.db.uow import UnitOfWork
from supplychain.kernel.errors import Invalid
from supplychain.kernel.i18n import N_
from supplychain.kernel.sheets.sheet import Outcome
from traceability.models.inspection import MovedDay, ResidueLimit
from traceability.rules.inspection import AMOUNT, AmountUnit, Bound

LIMIT, DAY = "traceability.residue_limit", "traceability.moved_day"


@dataclass(frozen=True, slots=True)
class PutLimit:
    """What goods of a scope may hold of something from a day on; in 1/1 000 000 of the unit.

    Amount and unit are None when it must not be found at all.
    """

    analyte: str
    scope: str
    bound: Bound
    valid_from: date
    source: str
    limit_micro: int | None = None
    unit: AmountUnit | None = None
    valid_to: date | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class PutDay:
    """A day off in the week, or a weekend that is worked."""

    day: date
    is_working: bool
    source: str
    name: str = ""


def put_limit(uow: UnitOfWork, command: PutLimit) -> Outcome:
    """Put a limit on record; the same analyte, scope and first day again changes it."""
    _check_limit(command)
    existing = uow.session.scalar(
        select(ResidueLimit).where(
            ResidueLimit.analyte == command.analyte,
            ResidueLimit.scope == command.scope,
            ResidueLimit.valid_from == command.valid_from,
        )
    )
    return upkeep.put(uow, LIMIT, ResidueLimit, existing, upkeep.values_of(command))


def put_day(uow: UnitOfWork, command: PutDay) -> Outcome:
    """Put a moved day on record; the same day again changes it. Deadlines that run already stay."""
    existing = uow.session.scalar(select(MovedDay).where(MovedDay.day == command.day))
    return upkeep.put(uow, DAY, MovedDay, existing, upkeep.values_of(command))


def install(uow: UnitOfWork) -> None:
    """Put in the house's limits and days that are not there yet; those that are stay as they are."""
    limits = select(ResidueLimit.analyte, ResidueLimit.scope, ResidueLimit.valid_from)
    known = {tuple(row) for row in uow.session.execute(limits)}
    uow.session.add_all(
        row
        for row in map(_limit, _rows("residue_limits.csv"))
        if (row.analyte, row.scope, row.valid_from) not in known
    )
    days = set(uow.session.scalars(select(MovedDay.day)))
    uow.session.add_all(row for row in map(_day, _rows("moved_days.csv")) if row.day not in days)
    uow.flush()


def _check_limit(command: PutLimit) -> None:
    if command.valid_to is not None and command.valid_to < command.valid_from:
        raise Invalid.at("valid_to", N_("It would end before it began."))
    if command.bound is Bound.ABSENT:
        if command.limit_micro is not None or command.unit is not None:
            raise Invalid.at("limit_micro", N_("What must not be found has no amount."))
        return
    if command.limit_micro is None:
        raise Invalid.at("limit_micro", N_("How much is allowed?"))
    if command.unit is None:
        raise Invalid.at("unit", N_("In which unit?"))


def _limit(row: dict[str, str]) -> ResidueLimit:
    return ResidueLimit(
        analyte=row["analyte"],
        scope=row["scope"],
        bound=Bound(row["bound"]),
        limit_micro=AMOUNT.parse(row["limit"]) if row["limit"] else None,
        unit=AmountUnit(row["unit"]) if row["unit"] else None,
        valid_from=date.fromisoformat(row["valid_from"]),
        source=row["source"],
        note=row["note"],
    )


def _day(row: dict[str, str]) -> MovedDay:
    return MovedDay(
        day=date.fromisoformat(row["day"]),
        is_working=row["is_working"] == "yes",
        name=row["name"],
        source=row["source"],
    )


def _rows(name: str) -> Iterator[dict[str, str]]:
    source = resources.files("traceability") / "data" / name
    with source.open(encoding="utf-8") as stream:
        yield from csv.DictReader(stream)
