"""Queries that have names: a party's own."""

from __future__ import annotations

from typing import Any

from sqlalchemy import delete, select

from supplychain.kernel.db.uow import UnitOfWork
from supplychain.kernel.errors import Conflict, NotFound
from supplychain.kernel.i18n import N_
from traceability.models.epcis import NamedQuery


def keep(uow: UnitOfWork, name: str, query: dict[str, Any]) -> None:
    """Keep a query under a name; Conflict when the party has one of that name."""
    mine = NamedQuery.party_id.is_not_distinct_from(uow.actor.party_id)
    if uow.session.scalar(select(NamedQuery.id).where(mine, NamedQuery.name == name)) is not None:
        raise Conflict(N_("There is a query of that name."))
    uow.session.add(NamedQuery(party_id=uow.actor.party_id, name=name, query=query, created_at=uow.now))
    uow.flush()


def forget(uow: UnitOfWork, name: str) -> None:
    """Forget a query; NotFound when the party has none of that name."""
    mine = NamedQuery.party_id.is_not_distinct_from(uow.actor.party_id)
    gone = uow.session.scalar(
        delete(NamedQuery).where(mine, NamedQuery.name == name).returning(NamedQuery.id)
    )
    if gone is None:
        raise NotFound(N_("There is no query of that name."))
