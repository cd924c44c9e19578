"""The query language of EPCIS 2.0: what a parameter asks for, and what is refused; pure.

Source: EPCIS 2.0, 8.2.7. Where the published artefacts differ in a name, both are taken.
"""

from __future__ import annotations

import base64
import binascii
import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from traceability.rules.epcis_words import EVENT_TYPES, attribute_name, bare, in_base_unit
from traceability.rules.event_hash import BUILT_IN
from traceability.rules.identifier import canonical_id, is_pattern, pattern_beginnings

PER_PAGE = 30
MOST_PER_PAGE = 1_000


class QueryParameterError(ValueError):
    """A parameter that is unknown, or has a value that it cannot have."""


@dataclass(frozen=True, slots=True)
class Clause:
    """One parameter, understood: `what` says where to look, `operator` how to compare."""

    what: str
    """`entry:<column>`, `within:<column>`, `thing:<name of the parameter>`, `fact:<name>`."""
    operator: str
    texts: tuple[str, ...] = ()
    begun: tuple[str, ...] = ()
    """Beginnings of names that count, too."""
    number: float | None = None
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class EventQuery:
    """What is asked for, in which order, and from where on."""

    clauses: tuple[Clause, ...] = ()
    order_by: str = "recordTime"
    descending: bool = False
    limit: int | None = None
    most: int | None = None
    per_page: int = PER_PAGE
    after: tuple[float, int, int] | None = None
    """Sort value and id of the last event of the page before, and how many were given so far."""
    extensions: Mapping[str, str] = field(default_factory=dict)


_ENTRY = {
    "eventType": "event_type",
    "EQ_action": "action",
    "EQ_bizStep": "biz_step",
    "EQ_disposition": "disposition",
    "EQ_readPoint": "read_point",
    "EQ_bizLocation": "biz_location",
    "EQ_eventID": "event_id",
}
_WITHIN = {"WD_readPoint": "read_point", "WD_bizLocation": "biz_location"}
_WORDS = frozenset({"EQ_bizStep", "EQ_disposition", "eventType"})
_MATCH = frozenset(
    {
        *("MATCH_epc", "MATCH_parentID", "MATCH_inputEPC", "MATCH_outputEPC", "MATCH_anyEPC"),
        *("MATCH_epcClass", "MATCH_inputEPCClass", "MATCH_outputEPCClass", "MATCH_anyEPCClass"),
    }
)
_TEXT_FACTS = frozenset(
    {
        *("transformationID", "errorReason", "correctiveEventID", "type", "deviceID", "dataProcessingMethod"),
        *("bizRules", "microorganism", "chemicalSubstance", "stringValue", "hexBinaryValue", "uriValue"),
        *("booleanValue", "persistentDisposition_set", "persistentDisposition_unset"),
    }
)
_BARE_FACTS = frozenset({"errorReason", "type", "persistentDisposition_set", "persistentDisposition_unset"})
_TIMES = {
    "time": "time",
    "startTime": "startTime",
    "endTime": "endTime",
    "errorDeclarationTime": "errorDeclarationTime",
    "errorDeclaration_Time": "errorDeclarationTime",
}
_MEASURE = re.compile(r"(value|minValue|maxValue|meanValue|sDev|percValue|quantity)(?:_([A-Z0-9]{2,4}))?")
_PARTY = re.compile(r"(bizTransaction|source|destination)_(.+)")
_EXTENSION = re.compile(
    r"((?:INNER_)?(?:ILMD_|ERROR_DECLARATION_|SENSORELEMENT_|SENSORMETADATA_|SENSORREPORT_)?)([^:\s]+:.+)"
)
_ATTRIBUTE = re.compile(
    r"(HASATTR|EQATTR|EQ_ATTR)_(readPoint|bizLocation|bizTransaction|source|destination|epcClass)(?:_(.+))?"
)
"""Fields that are of a vocabulary, and an attribute of theirs."""
_COMPARED = frozenset({"EQ", "GT", "GE", "LT", "LE"})
_CONTROLS = frozenset(
    {"orderBy", "orderDirection", "eventCountLimit", "maxEventCount", "perPage", "nextPageToken"}
)


def parse(parameters: Mapping[str, Any], extensions: Mapping[str, str] | None = None) -> EventQuery:
    """Return a query as understood; QueryParameterError for what cannot be.

    Values are texts with `|` between alternatives, as in an address, or lists, as in a body. `extensions`
    are the prefixes that the caller declares (GS1-Extensions).
    """
    declared = extensions or {}
    clauses = [
        _clause(name, _values(name, value), declared)
        for name, value in parameters.items()
        if name not in _CONTROLS
    ]
    return _controlled(tuple(clauses), parameters, declared)


def _controlled(
    clauses: tuple[Clause, ...], parameters: Mapping[str, Any], extensions: Mapping[str, str]
) -> EventQuery:
    order_by = str(parameters.get("orderBy", "recordTime"))
    if order_by not in {"eventTime", "recordTime"} and ":" not in order_by:
        raise QueryParameterError("orderBy is eventTime, recordTime or a field of an extension.")
    direction = str(parameters.get("orderDirection", "DESC" if "orderBy" in parameters else "ASC"))
    if direction not in {"ASC", "DESC"}:
        raise QueryParameterError("orderDirection is ASC or DESC.")
    limit, most = _count(parameters, "eventCountLimit"), _count(parameters, "maxEventCount")
    if limit is not None and most is not None:
        raise QueryParameterError("Either eventCountLimit or maxEventCount.")
    if limit is not None and "orderBy" not in parameters:
        raise QueryParameterError("eventCountLimit needs orderBy.")
    per_page = _count(parameters, "perPage") or PER_PAGE
    after = _opened(str(parameters["nextPageToken"])) if "nextPageToken" in parameters else None
    if after is not None and ":" not in order_by and not 0 <= after[0] <= _LATEST:
        raise QueryParameterError("nextPageToken is not one of ours.")
    return EventQuery(
        clauses,
        order_by,
        direction == "DESC",
        limit,
        most,
        min(per_page, MOST_PER_PAGE),
        after,
        extensions,
    )


def token_of(sort: float, key: int, given: int) -> str:
    """Return the opaque token of the page that follows a row."""
    return base64.urlsafe_b64encode(json.dumps([sort, key, given]).encode()).decode().rstrip("=")


def _opened(token: str) -> tuple[float, int, int]:
    try:
        padded = token + "=" * (-len(token) % 4)
        sort, key, given = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
        found = float(sort), int(key), int(given)
    except (ValueError, TypeError, OverflowError, RecursionError, binascii.Error) as error:
        raise QueryParameterError("nextPageToken is not one of ours.") from error
    if not all(0 <= number < _MOST for number in found[1:]) or not -_FARTHEST <= found[0] <= _FARTHEST:
        raise QueryParameterError("nextPageToken is not one of ours.")
    return found


_MOST = 2**53
_FARTHEST = 1e300
_LATEST = 250_000_000_000_000_000
"""Microseconds since 1970, before the year 9892."""


def _count(parameters: Mapping[str, Any], name: str) -> int | None:
    if name not in parameters:
        return None
    text = str(parameters[name])
    if not (text.isascii() and text.isdigit()) or not 0 < int(text) < 10**9:
        raise QueryParameterError(f"{name} is a whole number above nothing.")
    return int(text)


def _values(name: str, value: Any) -> tuple[str, ...]:
    items = value if isinstance(value, list) else str(value).split("|") if isinstance(value, str) else [value]
    texts = tuple(_worded(item) for item in items)
    if not texts or "" in texts:
        raise QueryParameterError(f"{name} has no value.")
    return texts


def _worded(item: Any) -> str:
    if isinstance(item, bool):
        return "true" if item else "false"
    return str(item).strip()


def _clause(name: str, values: tuple[str, ...], extensions: Mapping[str, str]) -> Clause:
    if name in _ENTRY:
        return Clause(f"entry:{_ENTRY[name]}", "EQ", _known(name, values))
    if name in _WITHIN:
        return Clause(f"within:{_WITHIN[name]}", "WD", tuple(canonical_id(value) for value in values))
    if name in _MATCH:
        return _matched(name, values)
    operator, _, subject = name.partition("_")
    if operator in {"HASATTR", "EQATTR"} or name.startswith("EQ_ATTR_"):
        return _attributed(name, values)
    if operator == "EXISTS":
        return Clause(f"fact:{_existing(name, subject, extensions)}", "EXISTS", values[:1])
    if operator not in _COMPARED or not subject:
        raise QueryParameterError(f"There is no parameter {name}.")
    return _compared(name, operator, subject, values, extensions)


def _attributed(name: str, values: tuple[str, ...]) -> Clause:
    """Return the clause on master data of a field: that an attribute is there, or which value it has."""
    found = _ATTRIBUTE.fullmatch(name)
    if found is None or (found[1] == "HASATTR") is (found[3] is not None):
        raise QueryParameterError(f"There is no parameter {name}.")
    what = f"master:{found[2]}"
    if found[3] is None:
        return Clause(what, "HAS", tuple(attribute_name(value) for value in values))
    wanted = tuple(canonical_id(value) for value in values)
    return Clause(what, "IS", (attribute_name(found[3]), *wanted))


def _known(name: str, values: tuple[str, ...]) -> tuple[str, ...]:
    if name == "EQ_action" and not set(values) <= {"ADD", "OBSERVE", "DELETE"}:
        raise QueryParameterError("EQ_action is ADD, OBSERVE or DELETE.")
    if name == "eventType" and not set(values) <= set(EVENT_TYPES):
        raise QueryParameterError("eventType is not an event of EPCIS 2.0.")
    if name in _WORDS:
        return tuple(bare(value) for value in values)
    return values if name == "EQ_eventID" else tuple(canonical_id(value) for value in values)


def _matched(name: str, values: tuple[str, ...]) -> Clause:
    """Return the clause of names that match by identity; a pattern stands for all that begin so."""
    exact: list[str] = []
    begun: list[str] = []
    for value in values:
        if not is_pattern(value):
            exact.append(canonical_id(value))
            continue
        beginnings = pattern_beginnings(value)
        if not beginnings:
            raise QueryParameterError(f"{name} cannot match this pattern.")
        if name.endswith("Class") and value.startswith("urn:epc:idpat:sgtin:"):
            exact.append(canonical_id(value))
        begun += beginnings
    return Clause(f"thing:{name}", "MATCH", tuple(exact), tuple(begun))


def _existing(name: str, subject: str, extensions: Mapping[str, str]) -> str:
    if subject in {"errorDeclaration", "sensorElementList"}:
        return {"errorDeclaration": "errorDeclarationTime"}.get(subject, subject)
    found = _EXTENSION.fullmatch(subject)
    if found is None:
        raise QueryParameterError(f"There is no parameter {name}.")
    return extension_name(found[1], found[2], extensions)


def extension_name(head: str, name: str, extensions: Mapping[str, str]) -> str:
    """Return by which name facts of an extension are kept: in full when its prefix is declared.

    The prefixes of the EPCIS context itself mean the same to everybody and stay.
    """
    prefix, _, local = name.partition(":")
    if prefix in BUILT_IN or prefix not in extensions:
        return f"{head}{name}"
    return f"{head}{extensions[prefix].rstrip(':/#')}|{local}"


def _compared(
    name: str, operator: str, subject: str, values: tuple[str, ...], extensions: Mapping[str, str]
) -> Clause:
    found = _timed(name, operator, subject, values) or _worded_fact(operator, subject, values)
    if found is not None:
        return found
    if subject == "percRank":
        return Clause("fact:percRank", operator, number=_number(name, values))
    if measure := _MEASURE.fullmatch(subject):
        number, base = in_base_unit(_number(name, values), measure[2] or "")
        return Clause(f"fact:{measure[1]}_{base}" if base else f"fact:{measure[1]}", operator, number=number)
    if extended := _EXTENSION.fullmatch(subject):
        return _extended(name, operator, extension_name(extended[1], extended[2], extensions), values)
    raise QueryParameterError(f"There is no parameter {name}.")


def _timed(name: str, operator: str, subject: str, values: tuple[str, ...]) -> Clause | None:
    if operator not in {"GE", "LT"}:
        return None
    if subject in {"eventTime", "recordTime"}:
        column = "event_time" if subject == "eventTime" else "record_time"
        return Clause(f"entry:{column}", operator, at=_instant(name, values))
    if subject in _TIMES:
        return Clause(f"fact:{_TIMES[subject]}", operator, number=_instant(name, values).timestamp())
    return None


def _worded_fact(operator: str, subject: str, values: tuple[str, ...]) -> Clause | None:
    if operator != "EQ":
        return None
    if subject in _TEXT_FACTS:
        texts = tuple(bare(value) if subject in _BARE_FACTS else canonical_id(value) for value in values)
        return Clause(f"fact:{subject}", "EQ", texts)
    if party := _PARTY.fullmatch(subject):
        what = f"fact:{party[1]}_{bare(party[2])}"
        return Clause(what, "EQ", tuple(canonical_id(value) for value in values))
    return None


def _extended(name: str, operator: str, fact: str, values: tuple[str, ...]) -> Clause:
    if operator == "EQ":
        return Clause(f"fact:{fact}", "EQ", tuple(canonical_id(value) for value in values))
    try:
        return Clause(f"fact:{fact}", operator, number=_number(name, values))
    except QueryParameterError:
        return Clause(f"fact:{fact}", operator, number=_instant(name, values).timestamp())


def _number(name: str, values: Sequence[str]) -> float:
    try:
        (text,) = values
        number = float(text)
    except ValueError as error:
        raise QueryParameterError(f"{name} is compared to a number.") from error
    if not math.isfinite(number):
        raise QueryParameterError(f"{name} is compared to a number.")
    return number


def _instant(name: str, values: Sequence[str]) -> datetime:
    try:
        (text,) = values
        found = datetime.fromisoformat(text.replace(" ", "+"))
        if found.tzinfo is not None:
            return found.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise QueryParameterError(f"{name} is compared to an instant with its offset.") from error
    raise QueryParameterError(f"{name} is compared to an instant with its offset.")
