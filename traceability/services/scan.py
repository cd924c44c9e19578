"""Looks at codes are counted: one row for a visitor and day, whoever looks how often."""

from __future__ import annotations

from dataclasses import dataclass

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
    insert = postgresql.insert if uow.session.get_bind().dialect.name == "postgresql" else sqlite.insert
    seen = insert(Scan).values(
        subject=subject_of(look.batch_id, look.code_id),
        batch_id=look.batch_id,
        first_at=uow.now,
        last_at=uow.now,
        kind=look.kind,
        visitor=look.visitor,
        times=1,
    )
    counted = seen.on_conflict_do_update(
        index_elements=[Scan.subject, Scan.kind, Scan.visitor],
        set_={"times": Scan.times + 1, "last_at": seen.excluded.last_at},
    ).returning(Scan.times)
    return uow.session.execute(counted).scalar_one() == 1
