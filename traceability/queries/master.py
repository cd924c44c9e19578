"""Conditions on events by master data that their tellers sent: attributes of fields, places within places.

An event is looked at with the master data of its own source, nobody else's.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, literal, or_, select, tuple_
from sqlalchemy.orm import InstrumentedAttribute, aliased

from traceability.models.epcis import CHILDREN, FACT_LENGTH, EntryFact, MasterFact
from traceability.models.ledger import Entry, EntryThing
from traceability.rules.epcis_query import Clause

DEEPEST = 8
"""Levels of places within places that are followed."""
_COLUMNS = {"readPoint": Entry.read_point, "bizLocation": Entry.biz_location}


def within(column: InstrumentedAttribute[Any], names: Sequence[str]) -> ColumnElement[bool]:
    """Return the condition that an event is at one of these places or within: by GLN, or by master data."""
    inside = [column.startswith(f"{name}/254/", autoescape=True) for name in names]
    below = tuple_(Entry.source_id, column).in_(_descendants(names))
    return or_(column.in_(names), *inside, below)


def _descendants(names: Sequence[str]) -> Select[Any]:
    """Return source and name of whatever a source says is below some names."""
    top = (
        select(MasterFact.source_id, MasterFact.text.label("name"), literal(1).label("level"))
        .where(MasterFact.attribute == CHILDREN, MasterFact.name.in_(names))
        .cte("below", recursive=True)
    )
    lower = aliased(MasterFact)
    further = select(lower.source_id, lower.text, top.c.level + 1).where(
        lower.attribute == CHILDREN,
        lower.name == top.c.name,
        lower.source_id == top.c.source_id,
        top.c.level < DEEPEST,
    )
    below = top.union(further)
    return select(below.c.source_id, below.c.name)


def condition(field: str, clause: Clause) -> ColumnElement[bool]:
    """Return the condition that a field of an event has an attribute, or an attribute of some value."""
    named = select(MasterFact.name).where(MasterFact.source_id == Entry.source_id).correlate(Entry)
    if clause.operator == "HAS":
        named = named.where(MasterFact.attribute.in_(clause.texts))
    else:
        attribute, *values = clause.texts
        wanted = [value[:FACT_LENGTH] for value in values]
        named = named.where(MasterFact.attribute == attribute, MasterFact.text.in_(wanted))
    if field in _COLUMNS:
        return _COLUMNS[field].in_(named)
    if field == "epcClass":
        things = select(EntryThing.entry_id).where(EntryThing.entry_id == Entry.id, EntryThing.is_class)
        return things.where(EntryThing.name.in_(named)).correlate(Entry).exists()
    told = EntryFact.name.startswith(f"{field}_", autoescape=True), EntryFact.text.in_(named)
    facts = select(EntryFact.entry_id).where(EntryFact.entry_id == Entry.id, *told)
    return facts.correlate(Entry).exists()
