"""Reading the references behind the farm gates: inputs, what labels allow, bans."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from supplychain.kernel.db.paging import Page, PageRequest, Rows, paginate
from supplychain.kernel.i18n import locale
from traceability.models.farm import FarmBan, FarmInput, FarmRule
from traceability.rules.farm import DoseUnit, InputKind


@dataclass(frozen=True, slots=True)
class InputRow:
    """A registered product."""

    code: str
    name_zh: str
    name_en: str
    kind: InputKind
    substance: str
    registration: str
    manufacturer: str
    source: str

    @property
    def name(self) -> str:
        """Return its name in the reader's language."""
        return self.name_en if locale() == "en" else self.name_zh


@dataclass(frozen=True, slots=True)
class RuleRow:
    """What a label allows on a scope."""

    input: str
    input_zh: str
    input_en: str
    scope: str
    interval_days: int
    max_applications: int | None
    max_dose_milli: int | None
    dose_unit: DoseUnit | None
    valid_from: date
    valid_to: date | None
    source: str

    @property
    def name(self) -> str:
        """Return the input's name in the reader's language."""
        return self.input_en if locale() == "en" else self.input_zh


@dataclass(frozen=True, slots=True)
class BanRow:
    """A ban."""

    substance: str
    scope: str
    valid_from: date
    valid_to: date | None
    source: str


@dataclass(frozen=True, slots=True)
class InputFilter(PageRequest):
    """Which inputs: of a kind, with a text in name, code or substance."""

    q: str = ""
    kind: InputKind | None = None


@dataclass(frozen=True, slots=True)
class RuleFilter(PageRequest):
    """Which rules: with a text in input or scope."""

    q: str = ""


@dataclass(frozen=True, slots=True)
class BanFilter(PageRequest):
    """Which bans: with a text in substance, scope or source."""

    q: str = ""


def inputs(session: Session, wanted: InputFilter) -> Page[InputRow]:
    """Return the inputs that fit, by code."""
    sorts = {"code": FarmInput.code}
    return paginate(
        session, _inputs(wanted), wanted, row=InputRow, sorts=sorts, default="code", key=FarmInput.id
    )


def every_input(session: Session, wanted: InputFilter) -> Iterator[InputRow]:
    """Return all inputs that fit; for files."""
    return (InputRow(*row) for row in session.execute(_inputs(wanted).order_by(FarmInput.id)))


def input_choices(session: Session) -> list[tuple[str, str]]:
    """Return (code, name) of every input, for a form."""
    rows = every_input(session, InputFilter())
    return [(row.code, row.name) for row in rows]


def rules(session: Session, wanted: RuleFilter) -> Page[RuleRow]:
    """Return the rules that fit, by input."""
    sorts = {
        "input": FarmInput.code,
        "interval_days": FarmRule.interval_days,
        "valid_from": FarmRule.valid_from,
    }
    return paginate(
        session, _rules(wanted), wanted, row=RuleRow, sorts=sorts, default="input", key=FarmRule.id
    )


def every_rule(session: Session, wanted: RuleFilter) -> Iterator[RuleRow]:
    """Return all rules that fit; for files."""
    return (RuleRow(*row) for row in session.execute(_rules(wanted).order_by(FarmRule.id)))


def bans(session: Session, wanted: BanFilter) -> Page[BanRow]:
    """Return the bans that fit, newest first."""
    sorts = {"substance": FarmBan.substance, "valid_from": FarmBan.valid_from}
    return paginate(
        session, _bans(wanted), wanted, row=BanRow, sorts=sorts, default="-valid_from", key=FarmBan.id
    )


def every_ban(session: Session, wanted: BanFilter) -> Iterator[BanRow]:
    """Return all bans that fit; for files."""
    return (BanRow(*row) for row in session.execute(_bans(wanted).order_by(FarmBan.id)))


def _inputs(wanted: InputFilter) -> Rows:
    found: Rows = select(
        FarmInput.code,
        FarmInput.name_zh,
        FarmInput.name_en,
        FarmInput.kind,
        FarmInput.substance,
        FarmInput.registration,
        FarmInput.manufacturer,
        FarmInput.source,
    )
    if wanted.kind is not None:
        found = found.where(FarmInput.kind == wanted.kind)
    if wanted.q:
        columns = (FarmInput.code, FarmInput.name_zh, FarmInput.name_en, FarmInput.substance)
        found = found.where(or_(*(column.contains(wanted.q, autoescape=True) for column in columns)))
    return found


def _rules(wanted: RuleFilter) -> Rows:
    found: Rows = select(
        FarmInput.code,
        FarmInput.name_zh,
        FarmInput.name_en,
        FarmRule.scope,
        FarmRule.interval_days,
        FarmRule.max_applications,
        FarmRule.max_dose_milli,
        FarmRule.dose_unit,
        FarmRule.valid_from,
        FarmRule.valid_to,
        FarmRule.source,
    ).join(FarmInput, FarmInput.id == FarmRule.input_id)
    if wanted.q:
        columns = (FarmInput.code, FarmInput.name_zh, FarmInput.name_en, FarmRule.scope)
        found = found.where(or_(*(column.contains(wanted.q, autoescape=True) for column in columns)))
    return found


def _bans(wanted: BanFilter) -> Rows:
    found: Rows = select(
        FarmBan.substance, FarmBan.scope, FarmBan.valid_from, FarmBan.valid_to, FarmBan.source
    )
    if wanted.q:
        columns = (FarmBan.substance, FarmBan.scope, FarmBan.source)
        found = found.where(or_(*(column.contains(wanted.q, autoescape=True) for column in columns)))
    return found
