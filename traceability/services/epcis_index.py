"""What an event is found by beside its own columns: the rows that the query language looks at."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from traceability.models.epcis import FACT_LENGTH
from traceability.rules.epcis_query import extension_name
from traceability.rules.epcis_words import bare, in_base_unit
from traceability.rules.event_hash import Namespaces, namespaces_of
from traceability.rules.identifier import canonical_id

Fact = tuple[str, str, float | None]
"""Name, text, number."""

VERSION = 2
"""Counts up with what is indexed: entries that are older are indexed anew by a job (`fact_index`)."""
COLUMNS = ("entry_id", "name", "text", "number")

_MEASURED = ("value", "minValue", "maxValue", "meanValue", "sDev", "percValue")
_TEXTS = ("deviceID", "dataProcessingMethod", "bizRules", "microorganism", "chemicalSubstance", "uriValue")
_LITERALS = ("stringValue", "hexBinaryValue")
_LISTS = ("quantityList", "childQuantityList", "inputQuantityList", "outputQuantityList")
_ENDS = (
    ("bizTransactionList", "bizTransaction"),
    ("sourceList", "source"),
    ("destinationList", "destination"),
)


def rows_of(entry_id: int, document: Mapping[str, Any]) -> list[tuple[int, str, str, float | None]]:
    """Return the rows of EntryFact that an event comes to, as COLUMNS."""
    return [
        (entry_id, name[:FACT_LENGTH], text[:FACT_LENGTH], number)
        for name, text, number in facts_of(document)
    ]


def facts_of(document: Mapping[str, Any]) -> Iterator[Fact]:
    """Yield what an event says, under the names that queries use."""
    namespaces = namespaces_of(document.get("@context"))
    yield from _related(document)
    for field in _LISTS:
        for item in document.get(field, ()):
            if "quantity" in item:
                yield "quantity", "", float(item["quantity"])
                if uom := item.get("uom"):
                    yield from _measured("quantity", item["quantity"], uom)
    if "errorDeclaration" in document:
        yield from _declared(document["errorDeclaration"], namespaces)
    for element in document.get("sensorElementList", ()):
        yield from _sensed(element, namespaces)
    for name, value in document.get("ilmd", {}).items():
        yield from _extension("ILMD_", name, value, namespaces)
    yield from _extensions("", document, namespaces)


def _related(document: Mapping[str, Any]) -> Iterator[Fact]:
    for field, child in _ENDS:
        for item in document.get(field, ()):
            yield f"{child}_{bare(item.get('type', ''))}", canonical_id(item[child]), None
    for word, values in document.get("persistentDisposition", {}).items():
        for value in values:
            yield f"persistentDisposition_{word}", bare(value), None
    if "transformationID" in document:
        yield "transformationID", canonical_id(document["transformationID"]), None


def _declared(declaration: Mapping[str, Any], namespaces: Namespaces) -> Iterator[Fact]:
    at = datetime.fromisoformat(declaration["declarationTime"]).timestamp()
    yield "errorDeclarationTime", "", at
    yield "errorReason", bare(declaration.get("reason", "")), None
    for event_id in declaration.get("correctiveEventIDs", ()):
        yield "correctiveEventID", event_id, None
    yield from _extensions("ERROR_DECLARATION_", declaration, namespaces)


def _sensed(element: Mapping[str, Any], namespaces: Namespaces) -> Iterator[Fact]:
    metadata = element.get("sensorMetadata", {})
    yield "sensorElementList", "", None
    yield from _extensions("SENSORELEMENT_", element, namespaces)
    yield from _extensions("SENSORMETADATA_", metadata, namespaces)
    yield from _told(metadata)
    for report in element["sensorReport"]:
        yield from _told(report)
        yield from _reported(report)
        yield from _extensions("SENSORREPORT_", report, namespaces)


def _told(part: Mapping[str, Any]) -> Iterator[Fact]:
    """Yield when and by what was measured, whether for one report or for all."""
    for name in ("time", "startTime", "endTime"):
        if name in part:
            yield name, "", datetime.fromisoformat(part[name]).timestamp()
    for name in _TEXTS:
        if name in part:
            yield name, canonical_id(part[name]), None


def _reported(report: Mapping[str, Any]) -> Iterator[Fact]:
    yield "type", bare(report["type"]), None
    for name in _LITERALS:
        if name in report:
            yield name, report[name], None
    if "booleanValue" in report:
        yield "booleanValue", "true" if report["booleanValue"] else "false", None
    if "percRank" in report:
        yield "percRank", "", float(report["percRank"])
    for name in _MEASURED:
        if name in report:
            yield from _measured(name, report[name], report.get("uom", ""))


def _measured(name: str, value: float, uom: str) -> Iterator[Fact]:
    number, base = in_base_unit(float(value), uom)
    yield (f"{name}_{base}" if base else name), "", number


def _extensions(head: str, part: Mapping[str, Any], namespaces: Namespaces) -> Iterator[Fact]:
    for name, value in part.items():
        if ":" in name:
            yield from _extension(head, name, value, namespaces)


def _extension(head: str, name: str, value: Any, namespaces: Namespaces, inner: str = "") -> Iterator[Fact]:
    """Yield a field of somebody's own, and under INNER_ what lies deeper in it."""
    if isinstance(value, list):
        for item in value:
            yield from _extension(head, name, item, namespaces, inner)
        return
    said = ("", None) if isinstance(value, Mapping) else _valued(value)
    yield f"{inner}{head}{name}", *said
    in_full = extension_name(f"{inner}{head}", name, namespaces)
    if in_full != f"{inner}{head}{name}":
        yield in_full, *said
    if isinstance(value, Mapping):
        for key, part in value.items():
            yield from _extension(head, key, part, namespaces, "INNER_")


def _valued(value: Any) -> tuple[str, float | None]:
    """Return a value as text and, where it is a number or an instant, as a number."""
    if isinstance(value, bool):
        return ("true" if value else "false"), None
    text = str(value)
    if text[:1] not in "+-.0123456789":
        return canonical_id(text), None
    try:
        return text, float(text)
    except ValueError:
        return canonical_id(text), _instant(text)


def _instant(text: str) -> float | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found.timestamp() if found.tzinfo else None
