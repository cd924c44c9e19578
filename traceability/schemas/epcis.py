"""Documents of EPCIS 2.0 in JSON: which events they hold, and what is wrong with each, with reasons by path.

Written from the standard (EPCIS 2.0, 7.3 and 9). What an event may say stands in `epcis_events`.
"""
# ruff: noqa: N815

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from marshmallow import ValidationError, fields

from traceability.rules.event_hash import Namespaces, namespaces_of
from traceability.schemas import epcis_fields as want
from traceability.schemas.epcis_events import EVENTS
from traceability.schemas.epcis_fields import Open, said
from traceability.schemas.quick import quick

CONTEXTS = frozenset(
    {
        "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld",
        "https://ref.gs1.org/standards/epcis/epcis-context.jsonld",
        "https://gs1.github.io/EPCIS/epcis-context.jsonld",
    }
)
"""Where documents say that the EPCIS context is; none is ever fetched."""
DEEPEST = 30
"""Levels of an event, its own and those of others within it."""
_QUICK = {name: quick(schema) for name, schema in EVENTS.items()}
_MISSING = ["Missing data for required field."]


class DocumentIn(Open):
    """A document of events; what is in its body is looked at by itself."""

    type = said(
        want.matching(re.compile("EPCISDocument|EPCISQueryDocument"), "No EPCIS document."), required=True
    )
    schemaVersion = said(want.matching(re.compile(r"2(\.\d+){1,2}"), "Not 2.0."))
    creationDate = said(want.instant)
    id = said(want.uri)
    sender = said(want.uri)
    receiver = said(want.uri)
    instanceIdentifier = said(want.text)
    epcisHeader = fields.Dict()
    epcisBody = fields.Dict(required=True)

    def check_whole(self, data: Mapping[str, Any]) -> None:
        """Want a context, and of a document of its own when it was made by which version."""
        needed = ["@context"]
        if data["type"] == "EPCISDocument":
            needed += ["schemaVersion", "creationDate"]
        missing = {name: _MISSING for name in needed if name not in data}
        if missing:
            raise ValidationError(missing)


_DOCUMENT = DocumentIn()


def errors_of(event: Any, namespaces: Namespaces) -> dict[str, str]:
    """Return what is wrong with an event, a reason for each path; empty when it may be taken."""
    if not isinstance(event, Mapping):
        return {"": "Not an object."}
    kind = str(event.get("type"))
    if kind not in EVENTS:
        return {"type": "Not an event of EPCIS 2.0."}
    names = _foreign_names(event)
    if names is None:
        return {"": "Nested too deeply."}
    if not _QUICK[kind](event):
        found = EVENTS[kind].validate(event)
        if found:
            return dict(_flat(found))
    if all(_is_declared(name, namespaces) for name in names):
        return {}
    return dict.fromkeys(_undeclared(event, namespaces), "The prefix is not declared.")


def events_of(document: Any) -> tuple[list[Any], Namespaces]:
    """Return the events of a document or query document, and its prefixes; ValidationError with reasons."""
    if not isinstance(document, Mapping):
        raise ValidationError({"": ["Not an object."]})
    found = _DOCUMENT.validate(document)
    if found:
        raise ValidationError(found)
    _check_context(document["@context"])
    body, place = document["epcisBody"], "epcisBody.eventList"
    if document["type"] == "EPCISQueryDocument":
        results = body.get("queryResults")
        body = results.get("resultsBody", {}) if isinstance(results, Mapping) else {}
        place = "epcisBody.queryResults.resultsBody.eventList"
    events = body.get("eventList") if isinstance(body, Mapping) else None
    if not isinstance(events, list):
        raise ValidationError({place: ["Not a list of events."]})
    return events, namespaces_of(document["@context"])


def namespaces_of_event(event: Any) -> Namespaces:
    """Return the prefixes of an event that stands alone; ValidationError when it names no context."""
    if not isinstance(event, Mapping) or "@context" not in event:
        raise ValidationError({"@context": ["Missing data for required field."]})
    _check_context(event["@context"])
    return namespaces_of(event["@context"])


def reasons(error: ValidationError) -> dict[str, str]:
    """Return the reasons of an error by path."""
    return dict(_flat(error.messages))


def _check_context(context: Any) -> None:
    parts = context if isinstance(context, list) else [context]
    if not any(isinstance(part, str) and part in CONTEXTS for part in parts):
        raise ValidationError({"@context": ["Does not name the context of EPCIS 2.0."]})


def _foreign_names(event: Any) -> set[str] | None:
    """Return the names of others at every level of an event; None when it has more levels than DEEPEST."""
    found: set[str] = set()
    level: list[Any] = [event]
    for _ in range(DEEPEST):
        below: list[Any] = []
        for part in level:
            if isinstance(part, dict):
                found.update(name for name in part if ":" in name)
                below += filter(_is_deep, part.values())
            else:
                below += filter(_is_deep, part)
        if not below:
            return found
        level = below
    return None


def _is_deep(value: Any) -> bool:
    return isinstance(value, dict | list)


def _is_declared(name: str, namespaces: Namespaces) -> bool:
    """Tell whether a name's prefix is declared; a name may be a whole URI."""
    prefix, _, local = name.partition(":")
    return prefix in namespaces or local.startswith("//") or prefix == "urn"


def _undeclared(value: Any, namespaces: Namespaces, path: str = "") -> Iterator[str]:
    """Yield the paths of names whose prefix nobody declared."""
    if isinstance(value, list):
        for place, item in enumerate(value):
            if isinstance(item, Mapping | list):
                yield from _undeclared(item, namespaces, f"{path}.{place}")
    elif isinstance(value, Mapping):
        for name, part in value.items():
            here = f"{path}.{name}".lstrip(".")
            if ":" in name and not _is_declared(name, namespaces):
                yield here
            if isinstance(part, Mapping | list) and name != "@context":
                yield from _undeclared(part, namespaces, here)


def _flat(messages: Any, path: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(messages, Mapping):
        for name, part in messages.items():
            here = path if name == "_schema" else f"{path}.{name}".lstrip(".")
            yield from _flat(part, here)
    elif isinstance(messages, list):
        for deeper in (message for message in messages if isinstance(message, Mapping)):
            yield from _flat(deeper, path)
        told = [str(message) for message in messages if not isinstance(message, Mapping)]
        if told:
            yield path, " ".join(told)
    else:
        yield path, str(messages)
