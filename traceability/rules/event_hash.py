"""The CBV event hash: the name that an EPCIS event carries in itself; pure.

Whoever has the event, in whatever order its fields stand, finds the same hash (CBV 2.0, 8.8.1). Where
the text leaves room the reference implementation 1.9.3 decides: business transactions, sources and
destinations follow the sensors, sorted by name; a type stands before its value.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from hashlib import sha256
from typing import Any

from traceability.rules.identifier import canonical_id

Namespaces = Mapping[str, str]
"""Prefix to namespace, as the document's @context declares them."""

BUILT_IN: Namespaces = {
    "cbv": "https://ref.gs1.org/cbv/",
    "cbvmda": "urn:epcglobal:cbv:mda",
    "epcis": "https://ref.gs1.org/epcis/",
    "gs1": "https://gs1.org/voc/",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
"""What the EPCIS context itself declares."""

_CBV = "https://ref.gs1.org/cbv/"
_VOC = "https://gs1.org/voc/"
_OLD = {
    "urn:epcglobal:cbv:bizstep:": f"{_CBV}BizStep-",
    "urn:epcglobal:cbv:disp:": f"{_CBV}Disp-",
    "urn:epcglobal:cbv:btt:": f"{_CBV}BTT-",
    "urn:epcglobal:cbv:sdt:": f"{_CBV}SDT-",
    "urn:epcglobal:cbv:er:": f"{_CBV}ER-",
}
_UNSAID = frozenset(
    {"recordTime", "eventID", "errorDeclaration", "type", "@context", "comment", "rdfs:comment"}
)
_COMMENTS = frozenset({"comment", "rdfs:comment", "@context"})
_NUMBER_START = frozenset("0123456789+-.")

Render = Callable[[str, Any, Namespaces], str]


def event_hash(event: Mapping[str, Any], namespaces: Namespaces = BUILT_IN) -> str:
    """Return `ni:///sha-256;<hex>?ver=CBV2.0` of an event in EPCIS 2.0 JSON.

    `namespaces` is `namespaces_of` the @context of the document (or of the event itself).
    """
    digest = sha256(pre_hash(event, namespaces).encode()).hexdigest()
    return f"ni:///sha-256;{digest}?ver=CBV2.0"


def namespaces_of(context: Any) -> Namespaces:
    """Return the prefixes that a JSON-LD @context declares beside those of EPCIS."""
    if isinstance(context, str) or context is None:
        return BUILT_IN
    parts = context if isinstance(context, list | tuple) else [context]
    declared = {
        name: value
        for part in parts
        if isinstance(part, Mapping)
        for name, value in part.items()
        if isinstance(value, str) and not name.startswith("@")
    }
    return {**BUILT_IN, **declared} if declared else BUILT_IN


def pre_hash(event: Mapping[str, Any], namespaces: Namespaces = BUILT_IN) -> str:
    """Return the text that is hashed."""
    said = sorted(_ORDER[name] for name in event if name in _ORDER)
    parts = [f"eventType={event.get('type', '')}"]
    parts += [
        render(name, event[name], namespaces)
        for name, render in map(_EVENT.__getitem__, said)
        if event[name] is not None
    ]
    tail = [_LAST[name](name, event[name], namespaces) for name in _LAST if event.get(name)]
    for name in event:
        if name not in _SAID and name not in _UNSAID:
            tail += _children(name, event[name], namespaces)
    parts += sorted(tail)
    return "".join(parts)


def utc_milliseconds(text: str) -> str:
    """Return an ISO 8601 instant in UTC with three decimals, the fourth rounded half-up; else the text."""
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        return text
    rounded = (instant.microsecond // 100 + 5) // 10
    utc = instant.replace(microsecond=0).astimezone(UTC) + timedelta(milliseconds=rounded)
    return utc.isoformat(timespec="milliseconds")[:-6] + "Z"


_time_of = lru_cache(maxsize=4_096)(utc_milliseconds)


def _value(raw: Any, namespaces: Namespaces) -> str:
    """Return a value as it is hashed: numbers without trailing zeros, names in full, things canonical."""
    if raw is True or raw is False:
        return "true" if raw else "false"
    text = raw.strip() if isinstance(raw, str) else str(raw)
    if text[:1] in _NUMBER_START:
        return _number(text)
    if ":" not in text:
        return text
    return canonical_id(_in_full(text, namespaces))


def _in_full(text: str, namespaces: Namespaces) -> str:
    prefix, _, local = text.partition(":")
    if prefix in namespaces:
        return namespaces[prefix] + local
    if text.startswith("urn:epcglobal:cbv:"):
        for old, new in _OLD.items():
            if text.startswith(old):
                return new + text[len(old) :]
    return text


def _number(text: str) -> str:
    if "_" in text:
        return text
    try:
        number = float(text)
        return str(int(number)) if int(number) == number else str(number)
    except (ValueError, OverflowError):
        return text


def _plain(name: str, raw: Any, namespaces: Namespaces) -> str:
    text = _value(raw, namespaces)
    return f"{name}={text}" if text else ""


def _instant(name: str, raw: Any, namespaces: Namespaces) -> str:
    return f"{name}={_time_of(str(raw).strip())}"


def _word(prefix: str) -> Render:
    """Return how a bare word of a vocabulary is hashed: as the URI that it stands for."""

    def render(name: str, raw: Any, namespaces: Namespaces) -> str:
        text = str(raw).strip()
        return f"{name}={prefix}{text}" if ":" not in text else f"{name}={_value(text, namespaces)}"

    return render


def _many(one: Render) -> Render:
    """Return how a field that may be repeated is hashed: each time with its name, sorted."""

    def render(name: str, raw: Any, namespaces: Namespaces) -> str:
        if not isinstance(raw, list | tuple):
            return one(name, raw, namespaces)
        return "".join(sorted(one(name, item, namespaces) for item in raw))

    return render


def _listed(child: str, one: Render) -> Render:
    """Return how a list is hashed: its name once, its children sorted."""

    def render(name: str, raw: Any, namespaces: Namespaces) -> str:
        children = sorted(one(child, item, namespaces) for item in raw)
        return name + "".join(children) if children else ""

    return render


def _object(*fields: tuple[str, Render]) -> Render:
    """Return how an object is hashed: its fields in this order, then what others put into it."""
    names = frozenset(name for name, _ in fields)

    def render(name: str, raw: Any, namespaces: Namespaces) -> str:
        if isinstance(raw, str):
            raw = {"id": raw}
        said = [one(field, raw[field], namespaces) for field, one in fields if raw.get(field) is not None]
        if len(raw) > len(said):
            said += _extensions({key: raw[key] for key in raw if key not in names}, namespaces)
        text = "".join(said)
        return name + text if text else ""

    return render


def _typed(child: str, prefix: str) -> Render:
    """Return how a transaction, source or destination is hashed: type, then value."""
    of_type = _word(prefix)

    def render(name: str, raw: Any, namespaces: Namespaces) -> str:
        kind = of_type("type", raw["type"], namespaces) if raw.get("type") else ""
        return kind + _plain(child, raw.get(child, ""), namespaces)

    return render


def _extensions(fields: Mapping[str, Any], namespaces: Namespaces) -> list[str]:
    return sorted(
        text
        for name, raw in fields.items()
        if name not in _COMMENTS
        for text in _children(name, raw, namespaces)
    )


def _children(name: str, raw: Any, namespaces: Namespaces) -> Iterable[str]:
    """Return what an extension comes to: `{namespace}local=value`, once for each element of a list."""
    full = _name(name, namespaces)
    items = raw if isinstance(raw, list | tuple) else (raw,)
    return [full + _inside(item, namespaces) for item in items]


def _inside(raw: Any, namespaces: Namespaces) -> str:
    if isinstance(raw, Mapping):
        text = raw.get("#text")
        head = f"={_value(text, namespaces)}" if text else ""
        return head + "".join(_extensions({k: v for k, v in raw.items() if k != "#text"}, namespaces))
    if isinstance(raw, list | tuple):
        return "".join(_inside(item, namespaces) for item in raw)
    text = "" if raw is None else _value(raw, namespaces)
    return f"={text}" if text else ""


def _name(name: str, namespaces: Namespaces) -> str:
    prefix, colon, local = name.partition(":")
    return f"{{{namespaces[prefix]}}}{local}" if colon and prefix in namespaces else name


_BIZ_STEP, _DISPOSITION = _word(f"{_CBV}BizStep-"), _word(f"{_CBV}Disp-")
_EPCS = _listed("epc", _plain)
_QUANTITIES = _listed("quantityElement", _object(("epcClass", _plain), ("quantity", _plain), ("uom", _plain)))
_PLACE = _object(("id", _plain))
_DEVICE = ("deviceID", "deviceMetadata", "rawData", "dataProcessingMethod")
_METADATA = _object(
    ("time", _instant),
    ("startTime", _instant),
    ("endTime", _instant),
    *(
        (name, _plain)
        for name in ("deviceID", "deviceMetadata", "rawData", "dataProcessingMethod", "bizRules")
    ),
)
_REPORT = _object(
    ("type", _word(_VOC)),
    ("exception", _word(_VOC)),
    *((name, _plain) for name in _DEVICE),
    ("time", _instant),
    *((name, _plain) for name in ("microorganism", "chemicalSubstance", "value")),
    ("component", _word(f"{_CBV}Comp-")),
    *(
        (name, _plain)
        for name in (
            "stringValue",
            "booleanValue",
            "hexBinaryValue",
            "uriValue",
            "minValue",
            "maxValue",
            "meanValue",
            "sDev",
            "percRank",
            "percValue",
            "uom",
            "coordinateReferenceSystem",
        )
    ),
)
_EVENT: tuple[tuple[str, Render], ...] = (
    ("eventTime", _instant),
    ("eventTimeZoneOffset", lambda name, raw, _: f"{name}={str(raw).strip()}"),
    ("certificationInfo", _many(_plain)),
    ("parentID", _plain),
    ("epcList", _EPCS),
    ("inputEPCList", _EPCS),
    ("childEPCs", _EPCS),
    ("quantityList", _QUANTITIES),
    ("childQuantityList", _QUANTITIES),
    ("inputQuantityList", _QUANTITIES),
    ("outputEPCList", _EPCS),
    ("outputQuantityList", _QUANTITIES),
    ("action", lambda name, raw, _: f"{name}={raw}"),
    ("transformationID", _plain),
    ("bizStep", _BIZ_STEP),
    ("disposition", _DISPOSITION),
    ("persistentDisposition", _object(("set", _many(_DISPOSITION)), ("unset", _many(_DISPOSITION)))),
    ("readPoint", _PLACE),
    ("bizLocation", _PLACE),
    (
        "sensorElementList",
        _listed("sensorElement", _object(("sensorMetadata", _METADATA), ("sensorReport", _many(_REPORT)))),
    ),
)
_LAST: Mapping[str, Render] = {
    "bizTransactionList": _listed("", _typed("bizTransaction", f"{_CBV}BTT-")),
    "destinationList": _listed("", _typed("destination", f"{_CBV}SDT-")),
    "sourceList": _listed("", _typed("source", f"{_CBV}SDT-")),
}
_ORDER = {name: place for place, (name, _) in enumerate(_EVENT)}
_SAID = frozenset(name for name, _ in _EVENT) | frozenset(_LAST)
