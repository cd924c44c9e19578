"""Document numbers: short, readable, gapless within a committed history, never given twice."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from sqlalchemy import Executable, Table, bindparam, update
from sqlalchemy.dialects import postgresql, sqlite

from supplychain.kernel.db.base import table_of
from supplychain.kernel.db.uow import UnitOfWork
from supplychain.kernel.documents.models import Sequence

_TABLE = table_of(Sequence)
_RAISE = (
    update(_TABLE)
    .where(_TABLE.c.name == bindparam("key"))
    .values(last=_TABLE.c.last + bindparam("count"))
    .returning(_TABLE.c.last)
)
"""Made once: making a statement costs more than running it."""


def _beginning(insert: Callable[[Table], postgresql.Insert] | Callable[[Table], sqlite.Insert]) -> Executable:
    """Return what begins a sequence; of two that begin it at once, the second goes on from the first's."""
    begun = insert(_TABLE)
    return begun.on_conflict_do_update(
        index_elements=[_TABLE.c.name], set_={"last": _TABLE.c.last + begun.excluded.last}
    ).returning(_TABLE.c.last)


_BEGIN = {"postgresql": _beginning(postgresql.insert), "sqlite": _beginning(sqlite.insert)}


def next_number(uow: UnitOfWork, prefix: str, day: date, *, digits: int = 4) -> str:
    """Return the next number under a prefix in the month of a day, as B2611-0031.

    The row stays locked until the act commits: two clerks get two numbers and a failed act gives its back.
    """
    return next_numbers(uow, prefix, day, 1, digits=digits)[0]


def next_numbers(uow: UnitOfWork, prefix: str, day: date, count: int, *, digits: int = 4) -> list[str]:
    """Return the next `count` numbers under a prefix in the month of a day, in one statement."""
    name = f"{prefix}{day:%y%m}"
    first = reserve(uow, name, count)
    return [f"{name}-{number:0{digits}d}" for number in range(first, first + count)]


def reserve(uow: UnitOfWork, name: str, count: int) -> int:
    """Take `count` consecutive numbers of a sequence and return the first.

    One statement, a second only for the first number of a sequence; who comes at the same moment waits.
    """
    session = uow.session
    last: int | None = session.execute(_RAISE, {"key": name, "count": count}).scalar_one_or_none()
    if last is None:
        begin = _BEGIN[session.get_bind().dialect.name]
        last = session.execute(begin, {"name": name, "last": count}).scalar_one()
    return last - count + 1
