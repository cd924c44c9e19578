"""Reading what partners sent and asked for: capture jobs, named queries, names in the form of the asker."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import ColumnElement, select, true
from sqlalchemy.orm import Session

from supplychain.base.models.key import CompanyPrefix
from supplychain.kernel.db.paging import Rows
from supplychain.kernel.errors import Invalid, NotFound
from supplychain.kernel.i18n import N_
from supplychain.kernel.permissions import Actor
from traceability.models.epcis import CaptureJob, EventSubscription, NamedQuery
from traceability.models.ledger import Source
from traceability.rules.epcis_query import Clause, EventQuery
from traceability.rules.identifier import canonical_id, urn_of


@dataclass(frozen=True, slots=True)
class JobRow:
    """What became of a document."""

    id: int
    code: str
    created_at: datetime
    finished_at: datetime | None
    running: bool
    success: bool
    behaviour: str
    report: Mapping[str, Any]

    def as_json(self) -> dict[str, Any]:
        """Return it as EPCIS has it."""
        told = {
            "captureID": self.code,
            "createdAt": self.created_at.isoformat(timespec="milliseconds"),
            "running": self.running,
            "success": self.success,
            "captureErrorBehaviour": self.behaviour,
            "errors": list(self.report.get("errors", ())),
        }
        if self.finished_at is not None:
            told["finishedAt"] = self.finished_at.isoformat(timespec="milliseconds")
        return told


@dataclass(frozen=True, slots=True)
class JobPage:
    """Jobs, the newest first, and the token of the next page."""

    jobs: Sequence[JobRow]
    following: str


@dataclass(frozen=True, slots=True)
class QueryRow:
    """A query that has a name."""

    name: str
    query: Mapping[str, Any]

    def as_json(self) -> dict[str, Any]:
        """Return it as EPCIS has it."""
        return {"name": self.name, "query": dict(self.query)}


@dataclass(frozen=True, slots=True)
class QueryPage:
    """Queries by name, and the token of the next page."""

    rows: Sequence[QueryRow]
    following: str


_JOB = (
    CaptureJob.id,
    CaptureJob.code,
    CaptureJob.created_at,
    CaptureJob.finished_at,
    CaptureJob.running,
    CaptureJob.success,
    CaptureJob.behaviour,
    CaptureJob.report,
)


def number_of(token: str) -> int:
    """Return the key that a page's token stands for; Invalid for one that is not ours."""
    if not (token.isascii() and token.isdigit() and len(token) < 19):
        raise Invalid.at("nextPageToken", N_("This is no token of ours."))
    return int(token)


def jobs(session: Session, actor: Actor, after: str, per_page: int) -> JobPage:
    """Return the actor's jobs, the newest first."""
    found = select(*_JOB).join(Source, Source.id == CaptureJob.source_id).where(_own(actor))
    if after:
        found = found.where(CaptureJob.id < number_of(after))
    rows = [JobRow(*row) for row in session.execute(found.order_by(CaptureJob.id.desc()).limit(per_page + 1))]
    return JobPage(rows[:per_page], str(rows[per_page - 1].id) if len(rows) > per_page else "")


def job(session: Session, actor: Actor, code: str) -> JobRow:
    """Return one job; NotFound when there is none of the actor's."""
    found = select(*_JOB).join(Source, Source.id == CaptureJob.source_id)
    row = session.execute(found.where(CaptureJob.code == code, _own(actor))).one_or_none()
    if row is None:
        raise NotFound(N_("There is no such capture job."))
    return JobRow(*row)


def queries(session: Session, actor: Actor, after: str, per_page: int) -> QueryPage:
    """Return the queries of the actor's party, by name."""
    found = session.execute(
        select(NamedQuery.name, NamedQuery.query)
        .where(NamedQuery.party_id.is_not_distinct_from(actor.party_id), NamedQuery.name > after)
        .order_by(NamedQuery.name)
        .limit(per_page + 1)
    )
    rows = [QueryRow(*row) for row in found]
    return QueryPage(rows[:per_page], rows[per_page - 1].name if len(rows) > per_page else "")


def query(session: Session, actor: Actor, name: str) -> QueryRow:
    """Return a query by its name; NotFound when the party has none."""
    row = session.execute(
        select(NamedQuery.name, NamedQuery.query).where(
            NamedQuery.party_id.is_not_distinct_from(actor.party_id), NamedQuery.name == name
        )
    ).one_or_none()
    if row is None:
        raise NotFound(N_("There is no query of that name."))
    return QueryRow(*row)


@dataclass(frozen=True, slots=True)
class SubscriptionRow:
    """A subscription to a named query; what it is signed with stays here."""

    code: str
    dest: str
    timetable: Mapping[str, str]
    reports_nothing: bool
    created_at: datetime

    def as_json(self) -> dict[str, Any]:
        """Return it as EPCIS has it."""
        told: dict[str, Any] = {
            "subscriptionID": self.code,
            "dest": self.dest,
            "reportIfEmpty": self.reports_nothing,
            "createdAt": self.created_at.isoformat(timespec="milliseconds"),
        }
        return told | ({"schedule": dict(self.timetable)} if self.timetable else {"stream": True})


@dataclass(frozen=True, slots=True)
class SubscriptionPage:
    """Subscriptions in the order in which they began, and the token of the next page."""

    rows: Sequence[SubscriptionRow]
    following: str


def subscriptions(session: Session, actor: Actor, name: str, after: str, per_page: int) -> SubscriptionPage:
    """Return the subscriptions to a query of the party; NotFound when there is no such query."""
    query(session, actor, name)
    asked = _subscriptions(actor, name).order_by(EventSubscription.id).limit(per_page + 1)
    if after:
        asked = asked.where(EventSubscription.id > number_of(after))
    found = session.execute(asked).all()
    following = str(found[per_page - 1][0]) if len(found) > per_page else ""
    return SubscriptionPage([SubscriptionRow(*row[1:]) for row in found[:per_page]], following)


def subscription(session: Session, actor: Actor, name: str, code: str) -> SubscriptionRow:
    """Return one subscription; NotFound when the query has none of that code."""
    asked = _subscriptions(actor, name).where(EventSubscription.code == code)
    row = session.execute(asked).one_or_none()
    if row is None:
        raise NotFound(N_("There is no such subscription."))
    return SubscriptionRow(*row[1:])


def _subscriptions(actor: Actor, name: str) -> Rows:
    mine = NamedQuery.party_id.is_not_distinct_from(actor.party_id)
    return (
        select(
            EventSubscription.id,
            EventSubscription.code,
            EventSubscription.dest,
            EventSubscription.timetable,
            EventSubscription.reports_nothing,
            EventSubscription.created_at,
        )
        .join(NamedQuery, NamedQuery.id == EventSubscription.query_id)
        .where(mine, NamedQuery.name == name)
    )


def subscriptions_due(session: Session) -> list[int]:
    """Return the subscriptions that may have something to hear."""
    return list(session.scalars(select(EventSubscription.id).order_by(EventSubscription.id)))


def narrowed(wanted: EventQuery, clause: Clause) -> EventQuery:
    """Return a query with one condition more."""
    return replace(wanted, clauses=(*wanted.clauses, clause))


def in_format(session: Session, events: Sequence[dict[str, Any]], wanted: str) -> Sequence[dict[str, Any]]:
    """Return events with their names as the asker wants them (GS1-EPC-Format); links unless told otherwise.

    Links become EPC URNs only where the length of the company prefix is known.
    """
    if wanted in {"Never_Translates", "No_Preference"}:
        return events
    if wanted != "Always_EPC_URN":
        return [_told(event, canonical_id) for event in events]
    prefixes = tuple(session.scalars(select(CompanyPrefix.digits)))
    return [_told(event, partial(urn_of, prefixes=prefixes)) for event in events]


def _told(value: Any, name_of: Callable[[str], str]) -> Any:
    """Return a part of an event with every name in it told anew; its id stays."""
    if isinstance(value, dict):
        return {key: part if key in _KEPT else _told(part, name_of) for key, part in value.items()}
    if isinstance(value, list):
        return [_told(part, name_of) for part in value]
    return name_of(value) if isinstance(value, str) else value


_KEPT = frozenset({"@context", "eventID", "correctiveEventIDs"})


def _own(actor: Actor) -> ColumnElement[bool]:
    return true() if actor.sees_all else Source.party_id == actor.party_id
