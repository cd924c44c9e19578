"""Document numbers: short, readable, gapless within a committed history, never given twice."""

from __future__ import annotations

from sqlalchemy import insert, update

from supplychain.kernel import clock
from supplychain.kernel.db.uow import UnitOfWork
from supplychain.kernel.documents.models import Sequence


def next_number(uow: UnitOfWork, prefix: str, *, digits: int = 4) -> str:
    """Return the next number of this month under a prefix, as B2611-0031.

    The row stays locked until the act commits, so two clerks get two numbers and a failed act gives its back.
    """
    month = clock.local_day(uow.now)
    name = f"{prefix}{month:%y%m}"
    return f"{name}-{reserve(uow, name, 1):0{digits}d}"


def reserve(uow: UnitOfWork, name: str, count: int) -> int:
    """Take `count` consecutive numbers of a sequence and return the first."""
    raised = (
        update(Sequence).where(Sequence.name == name).values(last=Sequence.last + count).returning(Sequence.last)
    )
    last = uow.session.execute(raised).scalar_one_or_none()
    if last is None:
        uow.session.execute(insert(Sequence).values(name=name, last=count))
        last = count
    return last - count + 1
