"""Master data of partners: what they say of places, parties and goods in the headers of documents."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import delete

from supplychain.kernel.db.base import parts, table_of
from supplychain.kernel.db.uow import UnitOfWork
from traceability.models.epcis import CHILDREN, FACT_LENGTH, MasterFact
from traceability.rules.epcis_words import attribute_name
from traceability.rules.identifier import canonical_id

_COLUMNS = ("source_id", "name", "attribute", "text")


def keep(uow: UnitOfWork, source_id: int, elements: Sequence[Mapping[str, Any]]) -> None:
    """Keep what a source says of some elements of vocabularies instead of what it said of them before."""
    said = {canonical_id(element["id"]): element for element in elements}
    for part in parts(sorted(said)):
        before = MasterFact.source_id == source_id, MasterFact.name.in_(part)
        uow.execute(delete(MasterFact).where(*before))
    facts = {
        (source_id, name[:FACT_LENGTH], attribute[:FACT_LENGTH], text[:FACT_LENGTH])
        for name, element in said.items()
        for attribute, text in _facts(element)
    }
    uow.pour(table_of(MasterFact), _COLUMNS, sorted(facts))


def _facts(element: Mapping[str, Any]) -> list[tuple[str, str]]:
    attributes = element.get("attributes", ())
    found = [(attribute_name(one["id"]), _text(one["attribute"])) for one in attributes]
    return found + [(CHILDREN, canonical_id(child)) for child in element.get("children", ())]


def _text(value: Any) -> str:
    return (
        canonical_id(value)
        if isinstance(value, str)
        else ""
        if isinstance(value, dict | list)
        else str(value)
    )
