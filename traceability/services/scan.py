"""Looks at codes are counted: one row for a visitor and day, whoever looks how often."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import Table, bindparam
from sqlalchemy.dialects import postgresql, sqlite

from supplychain.kernel.db.uow import UnitOfWork
from traceability.models.code import Scan
from traceability.rules import ScanKind, subject_of


@dataclass(frozen=True, slots=True)
class Look:
    """One look: at an item's code, or at the code of a whole batch when `code_id` is None."""

    batch_id: int
    code_id: int | None
    kind: ScanKind
    visitor: str
    """From `rules.visitor_of`: changes every day, so that a row is a visitor and a day."""


def count(uow: UnitOfWork, look: Look) -> bool:
    """Count a look in one statement; tell whether it is this visitor's first of the day."""
    seen = {
        "subject": subject_of(look.batch_id, look.code_id),
        "batch_id": look.batch_id,
        "at": uow.now,
        "kind": look.kind,
        "visitor": look.visitor,
    }
    statement = _COUNT[uow.session.get_bind().dialect.name]
    return bool(uow.session.execute(statement, seen).scalar_one() == 1)


def _counting(insert: Callable[[Table], Any]) -> Any:
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


_COUNT = {"postgresql": _counting(postgresql.insert), "sqlite": _counting(sqlite.insert)}
"""Made once: every look at a code runs it."""
