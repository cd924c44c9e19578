"""Subscriptions to named queries: whose system hears of what is found, written down with what was looked at.

A message and the mark of how far was looked are one transaction: nothing is told twice under another key,
nothing is left out. Sending is the outbox's work. Entries are told once they are LAG old, so that one that
was numbered early and kept late is not passed over.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import delete, func, select

from supplychain.kernel.db.uow import UnitOfWork
from supplychain.kernel.errors import NotFound
from supplychain.kernel.i18n import N_
from supplychain.kernel.outbox.services import enqueue
from supplychain.kernel.permissions import Actor
from traceability.models.epcis import EventSubscription, NamedQuery
from traceability.models.ledger import Entry
from traceability.queries import epcis as found
from traceability.rules.epcis_query import parse
from traceability.rules.timetable import is_due
from traceability.services import epcis

LAG = timedelta(seconds=30)
MOST = 500
"""Events of one message."""


@dataclass(frozen=True, slots=True)
class Subscribe:
    """Tell `dest` what a query finds: as it comes, or by a timetable."""

    query: str
    dest: str
    token: str
    timetable: dict[str, str]
    reports_nothing: bool
    since: datetime | None = None
    """Events recorded from then on are told; None begins now."""


def subscribe(uow: UnitOfWork, command: Subscribe) -> str:
    """Begin a subscription and return its code; NotFound when the party has no such query."""
    query_id = uow.session.scalar(
        select(NamedQuery.id).where(
            NamedQuery.party_id.is_not_distinct_from(uow.actor.party_id), NamedQuery.name == command.query
        )
    )
    if query_id is None:
        raise NotFound(N_("There is no query of that name."))
    before = select(func.max(Entry.id))
    if command.since is not None:
        before = before.where(Entry.record_time < command.since)
    row = EventSubscription(
        code=str(uuid4()),
        query_id=query_id,
        dest=command.dest,
        token=command.token,
        timetable=dict(command.timetable),
        reports_nothing=command.reports_nothing,
        last_id=uow.session.scalar(before) or 0,
        looked_at=uow.now,
        created_at=uow.now,
    )
    uow.session.add(row)
    uow.flush()
    return row.code


def end(uow: UnitOfWork, query: str, code: str) -> None:
    """End a subscription; NotFound when the party's query has none of that code."""
    mine = select(NamedQuery.id).where(
        NamedQuery.party_id.is_not_distinct_from(uow.actor.party_id), NamedQuery.name == query
    )
    gone = uow.session.scalar(
        delete(EventSubscription)
        .where(EventSubscription.code == code, EventSubscription.query_id.in_(mine))
        .returning(EventSubscription.id)
    )
    if gone is None:
        raise NotFound(N_("There is no such subscription."))


def tell(uow: UnitOfWork, subscription_id: int) -> int:
    """Put what a subscription has not heard into the outbox; return how many events."""
    row = uow.session.get(EventSubscription, subscription_id, with_for_update=True)
    if row is None or (row.timetable and not is_due(row.timetable, row.looked_at, uow.now)):
        return 0
    query = uow.session.get_one(NamedQuery, row.query_id)
    listener = Actor(None, "subscription", query.party_id, None, frozenset(), sees_all=query.party_id is None)
    rows = found.since(uow.session, listener, parse(query.query), row.last_id, uow.now - LAG, MOST)
    row.looked_at = uow.now
    row.last_id = rows[-1][0] if len(rows) == MOST else max(row.last_id, _looked_up_to(uow))
    if rows or (row.timetable and row.reports_nothing):
        _enqueue(uow, row, query.name, [document for _, document in rows])
    uow.flush()
    return len(rows)


def _looked_up_to(uow: UnitOfWork) -> int:
    newest = select(Entry.id).where(Entry.record_time <= uow.now - LAG)
    return uow.session.scalar(newest.order_by(Entry.id.desc()).limit(1)) or 0


def _enqueue(uow: UnitOfWork, row: EventSubscription, name: str, events: list[dict[str, Any]]) -> None:
    results = {"queryName": name, "subscriptionID": row.code, "resultsBody": {"eventList": events}}
    document = {
        "@context": list(epcis.CONTEXT),
        "type": "EPCISQueryDocument",
        "schemaVersion": "2.0",
        "creationDate": uow.now.isoformat(timespec="milliseconds"),
        "epcisBody": {"queryResults": results},
    }
    key = f"epcis:{row.code}:{row.last_id}:{int(row.looked_at.timestamp())}"
    enqueue(
        uow,
        channel="epcis",
        destination=row.dest,
        subject="epcis.query",
        payload={"token": row.token, "document": document},
        idempotency_key=key,
    )
