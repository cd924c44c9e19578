"""Reading the processes in which batches become batches."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session, aliased

from supplychain.kernel.db.paging import Page, PageRequest, Rows, paginate
from supplychain.kernel.i18n import locale
from traceability.models.genealogy import Process
from traceability.rules.genealogy import ProcessKind


@dataclass(frozen=True, slots=True)
class ProcessRow:
    """A process from a day on."""

    code: str
    name_zh: str
    name_en: str
    kind: ProcessKind
    min_yield_bp: int
    max_yield_bp: int
    tolerance_bp: int
    source: str
    valid_from: date

    @property
    def name(self) -> str:
        """Return its name in the reader's language."""
        return self.name_en if locale() == "en" else self.name_zh


@dataclass(frozen=True, slots=True)
class ProcessFilter(PageRequest):
    """Which processes: of a kind, with a text in code or name."""

    q: str = ""
    kind: ProcessKind | None = None


def page(session: Session, wanted: ProcessFilter) -> Page[ProcessRow]:
    """Return the processes that fit, by code and day."""
    return paginate(
        session,
        _matching(wanted),
        wanted,
        row=ProcessRow,
        sorts={"code": Process.code, "valid_from": Process.valid_from},
        default="code",
        key=Process.id,
    )


def every(session: Session, wanted: ProcessFilter) -> Iterator[ProcessRow]:
    """Return all processes that fit; for files."""
    return (ProcessRow(*row) for row in session.execute(_matching(wanted).order_by(Process.id)))


def choices(session: Session, day: date) -> list[tuple[str, str]]:
    """Return code and name of every process that there is on a day, for a form."""
    later = aliased(Process)
    latest = (
        select(func.max(later.valid_from))
        .where(later.code == Process.code, later.valid_from <= day)
        .scalar_subquery()
    )
    found: Rows = select(*_COLUMNS).where(Process.valid_from == latest).order_by(Process.id)
    return [(row.code, row.name) for row in (ProcessRow(*values) for values in session.execute(found))]


_COLUMNS = (
    Process.code,
    Process.name_zh,
    Process.name_en,
    Process.kind,
    Process.min_yield_bp,
    Process.max_yield_bp,
    Process.tolerance_bp,
    Process.source,
    Process.valid_from,
)


def _matching(wanted: ProcessFilter) -> Rows:
    found: Rows = select(*_COLUMNS)
    if wanted.kind is not None:
        found = found.where(Process.kind == wanted.kind)
    if wanted.q:
        columns = (Process.code, Process.name_zh, Process.name_en)
        found = found.where(or_(*(column.contains(wanted.q, autoescape=True) for column in columns)))
    return found
