"""Document numbers: short, readable, gapless within a committed history, never given twice."""

from __future__ import annotations

from datetime import date

from sqlalchemy import insert, update

from supplychain.kernel.db.uow import UnitOfWork
from supplychain.kernel.documents.models import Sequence


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
    """Take `count` consecutive numbers of a sequence and return the first."""
    raised = (
        update(Sequence)
        .where(Sequence.name == name)
        .values(last=Sequence.last + count)
        .returning(Sequence.last)
    )
    last = uow.session.execute(raised).scalar_one_or_none()
    if last is None:
        uow.session.execute(insert(Sequence).values(name=name, last=count))
        last = count
    return last - count + 1
