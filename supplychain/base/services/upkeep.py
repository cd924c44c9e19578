"""Upkeep of master data: insert what is new, update what differs, leave alone what is the same."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from supplychain.kernel.db.base import Base
from supplychain.kernel.db.uow import UnitOfWork
from supplychain.kernel.documents import audit
from supplychain.kernel.i18n import N_
from supplychain.kernel.sheets.sheet import Outcome


def values_of(command: Any, *, without: tuple[str, ...] = ()) -> dict[str, Any]:
    """Return a command's fields as column values, less those that are only names of other records."""
    return {item.name: getattr(command, item.name) for item in fields(command) if item.name not in without}


def put(
    uow: UnitOfWork, document: str, model: type[Base], existing: Base | None, values: Mapping[str, Any]
) -> Outcome:
    """Bring one record to these values and write down what changed; tell what it came to."""
    if existing is None:
        row = model(**values)
        uow.session.add(row)
        uow.flush()
        audit.record(uow, document, row.id, N_("Registered"))  # type: ignore[attr-defined]  # Identified
        return Outcome.CREATED
    changed = [name for name, value in values.items() if getattr(existing, name) != value]
    if not changed:
        return Outcome.UNCHANGED
    for name in changed:
        setattr(existing, name, values[name])
    uow.flush()
    audit.record(uow, document, existing.id, N_("Changed %(fields)s"), fields=", ".join(changed))  # type: ignore[attr-defined]  # Identified
    return Outcome.UPDATED
