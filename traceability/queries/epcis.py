"""Finding events: the query language as SQL, pages by key, and the names that events know.

Who may see an event is part of every statement: those of the own chain, at and to own places, and whatever
is about the own batches.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Float, SQLColumnExpression, and_, cast, exists, func, or_, select, true
from sqlalchemy.orm import InstrumentedAttribute, Session

from supplychain.base.models.party import Site
from supplychain.kernel.db.hints import aside
from supplychain.kernel.errors import NotFound, TooLarge
from supplychain.kernel.i18n import N_
from supplychain.kernel.permissions import Actor
from traceability.models.batch import Batch
from traceability.models.epcis import FACT_LENGTH, EntryFact
from traceability.models.ledger import Entry, EntryBatch, EntryThing
from traceability.queries import master
from traceability.rules.epcis_query import Clause, EventQuery, extension_name, token_of
from traceability.rules.epcis_words import bare
from traceability.rules.identifier import canonical_id
from traceability.rules.ledger import ThingRole


@dataclass(frozen=True, slots=True)
class EventPage:
    """Events as they were captured, and the token of the next page; empty after the last."""

    events: Sequence[dict[str, Any]]
    following: str


@dataclass(frozen=True, slots=True)
class NamePage:
    """Names that events know, and the last of them when more follow."""

    names: Sequence[str]
    following: str


def visible(actor: Actor) -> ColumnElement[bool]:
    """Return the condition on Entry: what the actor may see."""
    if actor.sees_all:
        return true()
    own = select(Site.id).where(Site.party_id == actor.party_id)
    about_own = exists().where(
        EntryBatch.entry_id == Entry.id,
        EntryBatch.batch_id == Batch.id,
        Batch.producer_id == actor.party_id,
    )
    return or_(Entry.party_id == actor.party_id, Entry.site_id.in_(own), Entry.to_site_id.in_(own), about_own)


def find(session: Session, actor: Actor, query: EventQuery) -> EventPage:
    """Return one page of the events that a query finds; TooLarge beyond its maxEventCount."""
    conditions = _conditions(actor, query)
    if query.most is not None:
        counted = session.scalars(select(Entry.id).where(*conditions).limit(query.most + 1)).all()
        if len(counted) > query.most:
            raise TooLarge(N_("More than %(most)s events are found."), most=query.most)
    sort, start = _sorted(query)
    given = query.after[2] if query.after else 0
    left = query.per_page if query.limit is None else min(query.per_page, query.limit - given)
    order = (sort.desc(), Entry.id.desc()) if query.descending else (sort.asc(), Entry.id.asc())
    found = session.execute(
        select(Entry.document, sort.label("sort"), Entry.id)
        .where(*conditions, *start)
        .order_by(*order)
        .limit(max(left, 0) + 1)
    ).all()
    rows = found[: max(left, 0)]
    given += len(rows)
    is_more = len(found) > len(rows) and (query.limit is None or given < query.limit)
    following = token_of(_number_of(rows[-1][1]), rows[-1][2], given) if is_more and rows else ""
    return EventPage([dict(row[0]) for row in rows], following)


def one(session: Session, actor: Actor, event_id: str) -> list[dict[str, Any]]:
    """Return an event, and its declaration when there is one; NotFound when there is none to be seen."""
    found = session.scalars(
        select(Entry.document).where(Entry.event_id == event_id, visible(actor)).order_by(Entry.id)
    ).all()
    if not found:
        raise NotFound(N_("There is no such event."))
    return [dict(document) for document in found]


def since(
    session: Session, actor: Actor, query: EventQuery, after: int, until: datetime, most: int
) -> list[tuple[int, dict[str, Any]]]:
    """Return entries and events that a query finds behind an entry, recorded until then, in their order."""
    conditions = _conditions(actor, query)
    found = session.execute(
        select(Entry.id, Entry.document)
        .where(*conditions, Entry.id > after, Entry.record_time <= until)
        .order_by(Entry.id)
        .limit(most)
    )
    return [(key, dict(document)) for key, document in found]


def names(session: Session, actor: Actor, top: str, after: str, per_page: int) -> NamePage:
    """Return the values that events have of a top-level resource, in the order of their names."""
    column = TOPS[top]
    found = select(column).where(visible(actor), column != "", column > after)
    if top == "epcs":
        found = found.join(Entry, Entry.id == EntryThing.entry_id)
    listed = session.scalars(found.distinct().order_by(column).limit(per_page + 1)).all()
    following = listed[per_page - 1] if len(listed) > per_page else ""
    return NamePage(listed[:per_page], following)


def is_known(session: Session, actor: Actor, top: str, value: str) -> bool:
    """Tell whether some event that the actor may see has this value."""
    column, name = TOPS[top], canonical_of(top, value)
    found = select(Entry.id).where(visible(actor), column == name)
    if top == "epcs":
        found = found.join(EntryThing, EntryThing.entry_id == Entry.id)
    return session.scalar(found.limit(1)) is not None


def canonical_of(top: str, value: str) -> str:
    """Return a value of a top-level resource by the name under which it is kept."""
    return bare(value) if top in {"eventTypes", "bizSteps", "dispositions"} else canonical_id(value)


def clause_of(top: str, value: str) -> Clause:
    """Return the clause that the path of a top-level resource stands for."""
    name = canonical_of(top, value)
    if top == "epcs":
        return Clause("thing:any", "MATCH", (name,))
    return Clause(f"entry:{TOPS[top].key}", "EQ", (name,))


TOPS: Mapping[str, InstrumentedAttribute[str]] = {
    "eventTypes": Entry.event_type,
    "epcs": EntryThing.name,
    "bizSteps": Entry.biz_step,
    "bizLocations": Entry.biz_location,
    "readPoints": Entry.read_point,
    "dispositions": Entry.disposition,
}

_ALL = tuple(ThingRole)
_THINGS: Mapping[str, tuple[tuple[ThingRole, ...], bool | None]] = {
    "MATCH_epc": ((ThingRole.EPC, ThingRole.CHILD), False),
    "MATCH_parentID": ((ThingRole.PARENT,), None),
    "MATCH_inputEPC": ((ThingRole.INPUT,), False),
    "MATCH_outputEPC": ((ThingRole.OUTPUT,), False),
    "MATCH_anyEPC": (_ALL, False),
    "MATCH_epcClass": ((ThingRole.EPC, ThingRole.CHILD), True),
    "MATCH_inputEPCClass": ((ThingRole.INPUT,), True),
    "MATCH_outputEPCClass": ((ThingRole.OUTPUT,), True),
    "MATCH_anyEPCClass": (_ALL, True),
    "any": (_ALL, None),
}
_COLUMNS: Mapping[str, InstrumentedAttribute[Any]] = {
    column.key: column
    for column in (
        *(Entry.event_type, Entry.action, Entry.biz_step, Entry.disposition, Entry.read_point),
        *(Entry.biz_location, Entry.event_id, Entry.event_time, Entry.record_time),
    )
}
_SORTS: Mapping[str, InstrumentedAttribute[datetime]] = {
    "eventTime": Entry.event_time,
    "recordTime": Entry.record_time,
}
_OPERATORS: Mapping[str, Callable[[Any, Any], ColumnElement[bool]]] = {
    "EQ": lambda column, value: column == value,
    "GT": lambda column, value: column > value,
    "GE": lambda column, value: column >= value,
    "LT": lambda column, value: column < value,
    "LE": lambda column, value: column <= value,
}


def _conditions(actor: Actor, query: EventQuery) -> list[ColumnElement[bool]]:
    return [visible(actor), *(_condition(clause, query.order_by) for clause in query.clauses)]


def _condition(clause: Clause, order_by: str) -> ColumnElement[bool]:
    """Return the condition on Entry; times other than what is sorted by do not choose the index."""
    kind, _, name = clause.what.partition(":")
    match kind:
        case "entry" if clause.at is not None:
            column = _COLUMNS[name]
            is_sorted = column is _SORTS.get(order_by)
            return _OPERATORS[clause.operator](column if is_sorted else aside(column), clause.at)
        case "entry":
            return _COLUMNS[name].in_(clause.texts)
        case "within":
            return master.within(_COLUMNS[name], clause.texts)
        case "thing":
            return _names_thing(name, clause)
        case "master":
            return master.condition(name, clause)
        case _:
            return _says(name, clause)


def _names_thing(name: str, clause: Clause) -> ColumnElement[bool]:
    roles, is_class = _THINGS[name]
    begun = [EntryThing.name.startswith(text, autoescape=True) for text in clause.begun]
    found = [EntryThing.name.in_(clause.texts)] if clause.texts else []
    named = select(EntryThing.entry_id).where(or_(*found, *begun))
    if is_class is not None:
        named = named.where(EntryThing.is_class.is_(is_class))
    if roles != _ALL:
        named = named.where(EntryThing.role.in_(roles))
    return Entry.id.in_(named)


def _says(name: str, clause: Clause) -> ColumnElement[bool]:
    said = select(EntryFact.entry_id).where(EntryFact.name == name)
    if clause.operator == "EXISTS":
        return Entry.id.not_in(said) if clause.texts == ("false",) else Entry.id.in_(said)
    if clause.number is not None:
        return Entry.id.in_(said.where(_OPERATORS[clause.operator](EntryFact.number, clause.number)))
    numbers = [number for number in map(_as_number, clause.texts) if number is not None]
    same = EntryFact.text.in_([text[:FACT_LENGTH] for text in clause.texts])
    return Entry.id.in_(said.where(or_(same, EntryFact.number.in_(numbers)) if numbers else same))


def _as_number(text: str) -> float | None:
    try:
        return float(text) if text[:1] in "+-.0123456789" else None
    except ValueError:
        return None


def _sorted(query: EventQuery) -> tuple[SQLColumnExpression[Any], list[ColumnElement[bool]]]:
    """Return what to sort by, and the condition to be behind the page before."""
    after = query.after
    column = _SORTS.get(query.order_by)
    if column is not None:
        value: Any = datetime.fromtimestamp(after[0] / 1_000_000, UTC) if after else None
        return column, _behind(column, value, query)
    name = extension_name("", query.order_by, query.extensions)
    told = (
        select(func.max(EntryFact.number))
        .where(EntryFact.entry_id == Entry.id, EntryFact.name == name)
        .correlate(Entry)
        .scalar_subquery()
    )
    number = func.coalesce(cast(told, Float), -1e300)
    return number, _behind(number, after[0] if after else None, query)


def _behind(column: SQLColumnExpression[Any], value: Any, query: EventQuery) -> list[ColumnElement[bool]]:
    if query.after is None:
        return []
    key = query.after[1]
    if query.descending:
        return [or_(column < value, and_(column == value, Entry.id < key))]
    return [or_(column > value, and_(column == value, Entry.id > key))]


def _number_of(sort: Any) -> float:
    """Return a sort value as a number: instants in microseconds, which a float still tells apart."""
    if isinstance(sort, datetime):
        return round(sort.timestamp() * 1_000_000)
    return float(sort)
