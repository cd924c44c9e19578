"""The references behind the farm gates: inputs, what their labels allow, bans; imported and seeded."""

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
from traceability.models.farm import FarmBan, FarmInput, FarmRule
from traceability.rules.farm import DoseUnit, InputKind

INPUT, RULE, BAN = "traceability.farm_input", "traceability.farm_rule", "traceability.farm_ban"


@dataclass(frozen=True, slots=True)
class PutInput:
    """A registered product; `substance` lists the active substances by their Chinese names, parted by 、."""

    code: str
    name_zh: str
    name_en: str
    kind: InputKind
    source: str
    substance: str = ""
    registration: str = ""
    manufacturer: str = ""


@dataclass(frozen=True, slots=True)
class PutRule:
    """What an input's label allows on a scope from a day on; None where the label says nothing."""

    input: str
    scope: str
    interval_days: int
    valid_from: date
    source: str
    max_applications: int | None = None
    max_dose_milli: int | None = None
    dose_unit: DoseUnit | None = None
    valid_to: date | None = None


@dataclass(frozen=True, slots=True)
class PutBan:
    """A substance that may not be used on a scope, from a day on to another inclusive."""

    substance: str
    scope: str
    valid_from: date
    source: str
    valid_to: date | None = None


def put_input(uow: UnitOfWork, command: PutInput) -> Outcome:
    """Put an input on record; the same code again changes it. A pesticide or drug needs its substance."""
    if command.kind in {InputKind.PESTICIDE, InputKind.VETERINARY} and not command.substance:
        raise Invalid.at("substance", N_("Copy the active substance from the label."))
    existing = uow.session.scalar(select(FarmInput).where(FarmInput.code == command.code))
    return upkeep.put(uow, INPUT, FarmInput, existing, upkeep.values_of(command))


def put_rule(uow: UnitOfWork, command: PutRule) -> Outcome:
    """Put what a label allows on record; the same input, scope and first day again changes it."""
    _check_validity(command.valid_from, command.valid_to)
    if command.max_dose_milli is not None and command.dose_unit is None:
        raise Invalid.at("dose_unit", N_("Say what the dose is counted in."))
    used = uow.session.scalar(select(FarmInput).where(FarmInput.code == command.input))
    if used is None:
        raise Invalid.at("input", N_("There is no input %(code)s."), code=command.input)
    existing = uow.session.scalar(
        select(FarmRule).where(
            FarmRule.input_id == used.id,
            FarmRule.scope == command.scope,
            FarmRule.valid_from == command.valid_from,
        )
    )
    values = upkeep.values_of(command, without=("input",)) | {"input_id": used.id}
    return upkeep.put(uow, RULE, FarmRule, existing, values)


def put_ban(uow: UnitOfWork, command: PutBan) -> Outcome:
    """Put a ban on record; the same substance, scope and first day again changes it."""
    _check_validity(command.valid_from, command.valid_to)
    existing = uow.session.scalar(
        select(FarmBan).where(
            FarmBan.substance == command.substance,
            FarmBan.scope == command.scope,
            FarmBan.valid_from == command.valid_from,
        )
    )
    return upkeep.put(uow, BAN, FarmBan, existing, upkeep.values_of(command))


def install(uow: UnitOfWork) -> None:
    """Put in the house's references that are not there yet; those that are stay as they are."""
    known = set(uow.session.scalars(select(FarmInput.code)))
    fresh = [row for row in _rows("farm_inputs.csv") if row["code"] not in known]
    inputs = {
        row["code"]: FarmInput(
            **{name: row[name] for name in ("code", "name_zh", "name_en", "substance", "source")},
            kind=InputKind(row["kind"]),
        )
        for row in fresh
    }
    uow.session.add_all(inputs.values())
    uow.flush()
    uow.session.add_all(
        FarmRule(
            input_id=inputs[row["input"]].id,
            scope=row["scope"],
            interval_days=int(row["interval_days"]),
            max_applications=int(row["max_applications"]) if row["max_applications"] else None,
            valid_from=date.fromisoformat(row["valid_from"]),
            source=row["source"],
        )
        for row in _rows("farm_rules.csv")
        if row["input"] in inputs
    )
    banned = {(ban.substance, ban.scope) for ban in uow.session.scalars(select(FarmBan))}
    uow.session.add_all(
        FarmBan(
            substance=row["substance"],
            scope=row["scope"],
            valid_from=date.fromisoformat(row["valid_from"]),
            source=row["source"],
        )
        for row in _rows("farm_bans.csv")
        if (row["substance"], row["scope"]) not in banned
    )
    uow.flush()


def _check_validity(valid_from: date, valid_to: date | None) -> None:
    if valid_to is not None and valid_to < valid_from:
        raise Invalid.at("valid_to", N_("It would end before it began."))


def _rows(name: str) -> Iterator[dict[str, str]]:
    source = resources.files("traceability") / "data" / name
    with source.open(encoding="utf-8") as stream:
        yield from csv.DictReader(stream)
