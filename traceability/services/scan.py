"""Looks at codes are counted: one row for a visitor and day, whoever looks how often."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import Table, bindparam
from sqlalchemy.dialects import postgresql, sqlite

from supplychain.kernel.db.uow import UnitOfWork
from traceability.models.code import Scan, ScanTotal
from traceability.queries.scan import Looks
from traceability.rules.code import ScanKind, subject_of


@dataclass(frozen=True, slots=True)
class Look:
    """One look: at an item's code, or at the code of a whole batch when `code_id` is None."""

    batch_id: int
    code_id: int | None
    kind: ScanKind
    visitor: str
    """From `rules.visitor_of`: changes every day, so that a row is a visitor and a day."""


def count(uow: UnitOfWork, look: Look) -> Looks | None:
    """Count a look; return the code's total when it is a consumer's first look of the day, else None."""
    subject = subject_of(look.batch_id, look.code_id)
    visitors, totals = _STATEMENTS[uow.session.get_bind().dialect.name]
    seen = {
        "subject": subject,
        "batch_id": look.batch_id,
        "at": uow.now,
        "kind": look.kind,
        "visitor": look.visitor,
    }
    connection = uow.session.connection()
    times = connection.execute(visitors, seen).scalar_one()
    if times > 1 or look.kind is not ScanKind.CONSUMER:
        return None
    return Looks(*connection.execute(totals, {"subject": subject, "at": uow.now}).one())


def _visitors(insert: Callable[[Table], Any]) -> Any:
    """Return the statement that puts a visitor on record or counts one more look; tells how many."""
    table = cast("Table", Scan.__table__)
    new = insert(table).values(
        subject=bindparam("subject"),
        batch_id=bindparam("batch_id"),
        first_at=bindparam("at"),
        last_at=bindparam("at"),
        kind=bindparam("kind"),
        visitor=bindparam("visitor"),
        times=1,
    )
    again = {"times": table.c.times + 1, "last_at": new.excluded.last_at}
    key = [table.c.subject, table.c.kind, table.c.visitor]
    return new.on_conflict_do_update(index_elements=key, set_=again).returning(table.c.times)


def _totals(insert: Callable[[Table], Any]) -> Any:
    """Return the statement that counts one more visitor of a code; tells how many and since when."""
    table = cast("Table", ScanTotal.__table__)
    new = insert(table).values(subject=bindparam("subject"), visitors=1, first_at=bindparam("at"))
    more = new.on_conflict_do_update(
        index_elements=[table.c.subject], set_={"visitors": table.c.visitors + 1}
    )
    return more.returning(table.c.visitors, table.c.first_at)


_STATEMENTS = {
    name: (_visitors(insert), _totals(insert))
    for name, insert in {"postgresql": postgresql.insert, "sqlite": sqlite.insert}.items()
}
"""Made once: every look at a code runs them."""
