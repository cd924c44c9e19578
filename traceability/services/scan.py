"""Looks at codes are counted: one row for a visitor and day, whoever looks how often.

Many looks are put on record in one act; who gathers them, and where they wait, is not known here.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Table, case, delete, select
from sqlalchemy.dialects import postgresql, sqlite

from supplychain.kernel.db.base import parts, table_of
from supplychain.kernel.db.uow import UnitOfWork
from traceability.models.batch import Batch
from traceability.models.code import Scan, ScanJournal, ScanTotal
from traceability.rules.code import ScanKind, subject_of


@dataclass(frozen=True, slots=True)
class Look:
    """One look: at an item's code, or at the code of a whole batch when `code_id` is None."""

    batch_id: int
    code_id: int | None
    kind: ScanKind
    visitor: str
    """From `rules.visitor_of`: changes every day, so that a row is a visitor and a day."""

    @property
    def subject(self) -> str:
        """Return what was looked at."""
        return subject_of(self.batch_id, self.code_id)


@dataclass(frozen=True, slots=True)
class Visit:
    """The looks of one visitor at one code that are put on record together."""

    look: Look
    first_at: datetime
    last_at: datetime
    times: int = 1

    def and_again(self, later: Visit) -> Visit:
        """Return this visit with more looks of the same visitor."""
        first_at, last_at = min(self.first_at, later.first_at), max(self.last_at, later.last_at)
        return Visit(self.look, first_at, last_at, self.times + later.times)


_Key = tuple[str, ScanKind, str]


def count(uow: UnitOfWork, visits: Collection[Visit]) -> None:
    """Count visits, each visitor of a code named once among them; what is of no batch is left out.

    A code's total grows by the consumers who look for the first time that day.
    """
    known = _known(uow, {visit.look.batch_id for visit in visits})
    ordered = sorted((visit for visit in visits if visit.look.batch_id in known), key=_key)
    if not ordered:
        return
    visitors, totals = _STATEMENTS[uow.session.get_bind().dialect.name]
    found = uow.execute(visitors, [_row(visit) for visit in ordered])
    times: dict[_Key, int] = {
        (subject, kind, visitor): so_often for subject, kind, visitor, so_often in found
    }
    new = [visit for visit in ordered if times[_key(visit)] == visit.times]
    summed = _summed([visit for visit in new if visit.look.kind is ScanKind.CONSUMER])
    if summed:
        uow.execute(totals, summed)


def counted(uow: UnitOfWork, journal: str) -> int:
    """Return how many bytes of a journal of looks are counted."""
    asked = select(ScanJournal.counted).where(ScanJournal.name == journal)
    return uow.session.scalar(asked) or 0


def note_counted(uow: UnitOfWork, journal: str, size: int) -> None:
    """Remember, in the act that counts them, that so many bytes of a journal are counted."""
    note = _NOTES[uow.session.get_bind().dialect.name]
    uow.execute(note, {"name": journal, "counted": size})


def forget(uow: UnitOfWork, journals: Collection[str]) -> None:
    """Forget journals that are no more."""
    if journals:
        uow.execute(delete(ScanJournal).where(ScanJournal.name.in_(journals)))


def _known(uow: UnitOfWork, batch_ids: set[int]) -> set[int]:
    found: set[int] = set()
    for part in parts(sorted(batch_ids)):
        found.update(uow.session.scalars(select(Batch.id).where(Batch.id.in_(part))))
    return found


def _key(visit: Visit) -> _Key:
    """Return what tells visits apart: everybody writes in this order, so that nobody waits in a circle."""
    return visit.look.subject, visit.look.kind, visit.look.visitor


def _row(visit: Visit) -> dict[str, Any]:
    subject, kind, visitor = _key(visit)
    return {
        "subject": subject,
        "batch_id": visit.look.batch_id,
        "first_at": visit.first_at,
        "last_at": visit.last_at,
        "kind": kind,
        "visitor": visitor,
        "times": visit.times,
    }


def _summed(visits: Sequence[Visit]) -> list[dict[str, Any]]:
    """Return new visitors and the first time, by code and in the order of the codes."""
    found: dict[str, list[datetime]] = {}
    for visit in visits:
        found.setdefault(visit.look.subject, []).append(visit.first_at)
    return [
        {"subject": subject, "visitors": len(times), "first_at": min(times)}
        for subject, times in found.items()
    ]


def _visitors(insert: Callable[[Table], Any]) -> Any:
    """Return the statement that puts visitors on record or counts more looks; tells how many of each."""
    table = table_of(Scan)
    new = insert(table)
    more = {
        "times": table.c.times + new.excluded.times,
        "first_at": _earlier(table, new.excluded),
        "last_at": case(
            (new.excluded.last_at > table.c.last_at, new.excluded.last_at), else_=table.c.last_at
        ),
    }
    key = [table.c.subject, table.c.kind, table.c.visitor]
    return new.on_conflict_do_update(index_elements=key, set_=more).returning(*key, table.c.times)


def _totals(insert: Callable[[Table], Any]) -> Any:
    """Return the statement that counts new visitors of codes; it tells which, for only so are many one."""
    table = table_of(ScanTotal)
    new = insert(table)
    more = {
        "visitors": table.c.visitors + new.excluded.visitors,
        "first_at": _earlier(table, new.excluded),
    }
    summed = new.on_conflict_do_update(index_elements=[table.c.subject], set_=more)
    return summed.returning(table.c.subject)


def _earlier(table: Table, excluded: Any) -> Any:
    return case((excluded.first_at < table.c.first_at, excluded.first_at), else_=table.c.first_at)


def _note(insert: Callable[[Table], Any]) -> Any:
    table = table_of(ScanJournal)
    new = insert(table)
    return new.on_conflict_do_update(index_elements=[table.c.name], set_={"counted": new.excluded.counted})


_INSERTS = {"postgresql": postgresql.insert, "sqlite": sqlite.insert}
_STATEMENTS = {name: (_visitors(insert), _totals(insert)) for name, insert in _INSERTS.items()}
_NOTES = {name: _note(insert) for name, insert in _INSERTS.items()}
"""Made once: they are run many times a second."""
