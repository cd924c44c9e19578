"""When an act on the way happened: now unless somebody says otherwise, never in the future."""

from __future__ import annotations

from datetime import datetime

from supplychain.kernel.db.uow import UnitOfWork
from supplychain.kernel.errors import Invalid
from supplychain.kernel.i18n import N_


def happened(uow: UnitOfWork, at: datetime | None, field: str = "at") -> datetime:
    """Return the instant of an act; Invalid at `field` when it lies ahead."""
    if at is None:
        return uow.now
    if at > uow.now:
        raise Invalid.at(field, N_("This time lies in the future."))
    return at
