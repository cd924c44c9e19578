"""EPCIS 2.0 in JSON, strictly: what an event, a document and a query document may say, with reasons by path.

Written from the standard (EPCIS 2.0, 7.3 and 9; CBV 2.0, 7). Names without a prefix are those of the standard
alone, words without an address those of its vocabularies; times carry their offset, addresses are URIs.
`persistentDisposition` is taken on every event, as others send it, though the standard has it on two.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import datetime
from typing import Any, ClassVar

from marshmallow import INCLUDE, RAISE, Schema, ValidationError, fields, validates_schema

from traceability.rules import epcis_words as words
from traceability.rules.event_hash import Namespaces, namespaces_of

CONTEXTS = frozenset(
    {
        "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld",
        "https://ref.gs1.org/standards/epcis/epcis-context.jsonld",
        "https://gs1.github.io/EPCIS/epcis-context.jsonld",
    }
)
"""Where documents say that the EPCIS context is; none is ever fetched."""

_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:(?:[^\s<>\"{}|\\^`%]|%[0-9A-Fa-f]{2})+")
_INSTANT = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:\d\d)", re.ASCII)
_OFFSET = re.compile(r"[+-](?:0\d|1[0-3]):[0-5]\d|[+-]14:00", re.ASCII)
_UOM = re.compile(r"[A-Z0-9]{2,3}", re.ASCII)
_HEX = re.compile(r"[A-Fa-f0-9]+", re.ASCII)
_CHECK = Callable[[Any], None]


def _refuse(reason: str) -> None:
    raise ValidationError(reason)


def _uri(value: Any) -> None:
    if not isinstance(value, str) or _URI.fullmatch(value) is None:
        _refuse("Not a URI.")


def _instant(value: Any) -> None:
    if not isinstance(value, str) or _INSTANT.fullmatch(value) is None:
        _refuse("Not an instant with its offset.")
    try:
        datetime.fromisoformat(value)
    except ValueError as error:
        raise ValidationError("Not an instant with its offset.") from error


def _matching(pattern: re.Pattern[str], reason: str) -> _CHECK:
    def check(value: Any) -> None:
        if not isinstance(value, str) or pattern.fullmatch(value) is None:
            _refuse(reason)

    return check


def _number(value: Any) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        _refuse("Not a number.")


def _text(value: Any) -> None:
    if not isinstance(value, str) or not value:
        _refuse("Not a text.")


def _truth(value: Any) -> None:
    if not isinstance(value, bool):
        _refuse("Neither true nor false.")


def _one_of(known: Collection[str], what: str) -> _CHECK:
    """Return the check of a vocabulary: its bare words, or somebody's own as a URI."""

    def check(value: Any) -> None:
        if not isinstance(value, str):
            _refuse(f"Not a {what}.")
        if value in known:
            return
        if ":" not in value or value.startswith("urn:epcglobal:cbv:") or _URI.fullmatch(value) is None:
            _refuse(f"No {what} of the Core Business Vocabulary.")

    return check


def _listed(check: _CHECK, *, least: int = 0) -> _CHECK:
    def check_all(value: Any) -> None:
        if not isinstance(value, list) or len(value) < least:
            _refuse("Not a list." if not isinstance(value, list) else "Too short a list.")
        errors = {}
        for place, item in enumerate(value):
            try:
                check(item)
            except ValidationError as error:
                errors[place] = error.messages
        if errors:
            raise ValidationError(errors)

    return check_all


def _field(check: _CHECK, *, required: bool = False) -> fields.Raw:
    return fields.Raw(required=required, validate=check, allow_none=False)


def _certificates(value: Any) -> None:
    (_listed(_uri) if isinstance(value, list) else _uri)(value)


class _Open(Schema):
    """A part of an event that others may extend, under names with a prefix."""

    class Meta:
        """What has no prefix must be of the standard."""

        unknown = INCLUDE

    @validates_schema(skip_on_field_errors=False)
    def _check_names(self, data: Mapping[str, Any], **_: Any) -> None:
        strange = [
            name for name in data if name not in self.fields and ":" not in name and name != "@context"
        ]
        if strange:
            raise ValidationError({name: ["Unknown field."] for name in strange})


class _Closed(Schema):
    """A part of an event that nobody may extend."""

    class Meta:
        """What is not of the standard is refused."""

        unknown = RAISE


class QuantityIn(_Closed):
    """So much of a class; without a unit a count."""

    epcClass = _field(_uri, required=True)  # noqa: N815 - the standard's name
    quantity = _field(_number)
    uom = _field(_matching(_UOM, "Not a unit of UN/CEFACT Recommendation 20."))

    @validates_schema
    def _check_unit(self, data: Mapping[str, Any], **_: Any) -> None:
        if "uom" in data and "quantity" not in data:
            raise ValidationError({"uom": ["A unit needs a quantity."]})


class TransactionIn(_Closed):
    """A document of the trade that the event belongs to."""

    type = _field(_one_of(words.TRANSACTION_TYPES, "kind of transaction"))
    bizTransaction = _field(_uri, required=True)  # noqa: N815 - the standard's name


class SourceIn(_Closed):
    """From whom or where."""

    type = _field(_one_of(words.END_TYPES, "kind of source"), required=True)
    source = _field(_uri, required=True)


class DestinationIn(_Closed):
    """To whom or where."""

    type = _field(_one_of(words.END_TYPES, "kind of destination"), required=True)
    destination = _field(_uri, required=True)


class PlaceIn(_Open):
    """A read point or a business location."""

    id = _field(_uri, required=True)


class PersistentIn(_Closed):
    """States that last until they are taken back."""

    set = _field(_listed(_one_of(words.DISPOSITIONS, "disposition"), least=1))
    unset = _field(_listed(_one_of(words.DISPOSITIONS, "disposition"), least=1))


class DeclarationIn(_Open):
    """That the event is wrong."""

    declarationTime = _field(_instant, required=True)  # noqa: N815 - the standard's name
    reason = _field(_one_of(words.ERROR_REASONS, "reason"))
    correctiveEventIDs = _field(_listed(_uri))  # noqa: N815 - the standard's name


class MetadataIn(_Open):
    """By what and when was sensed."""

    time = _field(_instant)
    startTime = _field(_instant)  # noqa: N815 - the standard's name
    endTime = _field(_instant)  # noqa: N815 - the standard's name
    deviceID = _field(_uri)  # noqa: N815 - the standard's name
    deviceMetadata = _field(_uri)  # noqa: N815 - the standard's name
    rawData = _field(_uri)  # noqa: N815 - the standard's name
    dataProcessingMethod = _field(_uri)  # noqa: N815 - the standard's name
    bizRules = _field(_uri)  # noqa: N815 - the standard's name

    @validates_schema
    def _check_stretch(self, data: Mapping[str, Any], **_: Any) -> None:
        if "time" in data and "startTime" in data:
            raise ValidationError({"time": ["Either an instant or a stretch."]})
        if ("startTime" in data) != ("endTime" in data):
            raise ValidationError({"startTime": ["A stretch has a start and an end."]})
        if "startTime" in data and _at(data["endTime"]) < _at(data["startTime"]):
            raise ValidationError({"endTime": ["Before the start."]})


class ReportIn(_Open):
    """What was measured."""

    type = _field(_one_of(words.MEASUREMENTS, "kind of measurement"), required=True)
    exception = _field(_one_of(words.ALARMS, "alarm"))
    component = _field(_one_of(words.COMPONENTS, "component"))
    uom = _field(_text)
    time = _field(_instant)
    stringValue = _field(_text)  # noqa: N815 - the standard's name
    booleanValue = _field(_truth)  # noqa: N815 - the standard's name
    hexBinaryValue = _field(_matching(_HEX, "Not hexadecimal."))  # noqa: N815 - the standard's name


_REPORT_URIS = (
    *("deviceID", "deviceMetadata", "rawData", "dataProcessingMethod", "bizRules", "uriValue"),
    *("microorganism", "chemicalSubstance", "coordinateReferenceSystem"),
)
_REPORT_NUMBERS = ("value", "minValue", "maxValue", "meanValue", "sDev", "percRank", "percValue")
_REPORT_FIELDS: dict[str, fields.Field[Any]] = {
    **{name: _field(_uri) for name in _REPORT_URIS},
    **{name: _field(_number) for name in _REPORT_NUMBERS},
}
SensorReportIn = ReportIn.from_dict(_REPORT_FIELDS)


class ElementIn(_Open):
    """What sensors of one kind told."""

    sensorMetadata = fields.Nested(MetadataIn)  # noqa: N815 - the standard's name
    sensorReport = fields.List(fields.Nested(SensorReportIn), required=True)  # noqa: N815 - the standard's name

    @validates_schema
    def _check_element(self, data: Mapping[str, Any], **_: Any) -> None:
        if not data.get("sensorReport"):
            raise ValidationError({"sensorReport": ["Too short a list."]})
        metadata = data.get("sensorMetadata", {})
        shared = ("deviceID", "deviceMetadata", "rawData", "dataProcessingMethod", "bizRules")
        for place, report in enumerate(data["sensorReport"]):
            for name in shared:
                if name in metadata and name in report:
                    raise ValidationError(
                        {"sensorReport": {place: {name: ["Told for all reports already."]}}}
                    )


class _EventIn(_Open):
    """What every event says; `needs` says when it says too little."""

    type = _field(_text, required=True)
    eventTime = _field(_instant, required=True)  # noqa: N815 - the standard's name
    eventTimeZoneOffset = _field(_matching(_OFFSET, "Not an offset."), required=True)  # noqa: N815
    eventID = _field(_uri)  # noqa: N815 - the standard's name
    recordTime = _field(_instant)  # noqa: N815 - the standard's name
    errorDeclaration = fields.Nested(DeclarationIn)  # noqa: N815 - the standard's name
    certificationInfo = _field(_certificates)  # noqa: N815 - the standard's name
    sensorElementList = fields.List(fields.Nested(ElementIn))  # noqa: N815 - the standard's name
    bizStep = _field(_one_of(words.BIZ_STEPS, "business step"))  # noqa: N815 - the standard's name
    disposition = _field(_one_of(words.DISPOSITIONS, "disposition"))
    persistentDisposition = fields.Nested(PersistentIn)  # noqa: N815 - the standard's name
    readPoint = fields.Nested(PlaceIn)  # noqa: N815 - the standard's name
    bizLocation = fields.Nested(PlaceIn)  # noqa: N815 - the standard's name
    bizTransactionList = fields.List(fields.Nested(TransactionIn))  # noqa: N815 - the standard's name
    sourceList = fields.List(fields.Nested(SourceIn))  # noqa: N815 - the standard's name
    destinationList = fields.List(fields.Nested(DestinationIn))  # noqa: N815 - the standard's name

    @validates_schema
    def _check_sensed_before(self, data: Mapping[str, Any], **_: Any) -> None:
        at = _at(data["eventTime"])
        for place, element in enumerate(data.get("sensorElementList", ())):
            sensed = element.get("sensorMetadata", {}).get("time")
            if sensed is not None and _at(sensed) > at:
                path = {place: {"sensorMetadata": {"time": ["After the event."]}}}
                raise ValidationError({"sensorElementList": path})

    @validates_schema
    def _check_enough(self, data: Mapping[str, Any], **_: Any) -> None:
        if not self.is_enough(data):
            raise ValidationError("The event does not say what it is about.")

    def is_enough(self, data: Mapping[str, Any]) -> bool:
        """Tell whether the event names what it is about."""
        return bool(data)


class _Acting(_EventIn):
    action = _field(_matching(re.compile("ADD|OBSERVE|DELETE"), "ADD, OBSERVE or DELETE."), required=True)


class ObjectEventIn(_Acting):
    """Something happened to things."""

    epcList = _field(_listed(_uri))  # noqa: N815 - the standard's name
    quantityList = fields.List(fields.Nested(QuantityIn))  # noqa: N815 - the standard's name
    ilmd = fields.Raw()

    def is_enough(self, data: Mapping[str, Any]) -> bool:
        """Want things, classes, or a sensor at a place."""
        sensed = bool(data.get("sensorElementList")) and "readPoint" in data
        return bool(data.get("epcList") or data.get("quantityList")) or sensed

    @validates_schema
    def _check_born(self, data: Mapping[str, Any], **_: Any) -> None:
        _check_ilmd(data.get("ilmd"))
        if "ilmd" in data and data["action"] != "ADD":
            raise ValidationError({"ilmd": ["Only an event that adds has master data."]})


class AggregationEventIn(_Acting):
    """Things went into or out of something."""

    parentID = _field(_uri)  # noqa: N815 - the standard's name
    childEPCs = _field(_listed(_uri))  # noqa: N815 - the standard's name
    childQuantityList = fields.List(fields.Nested(QuantityIn))  # noqa: N815 - the standard's name

    def is_enough(self, data: Mapping[str, Any]) -> bool:
        """Want the parent for whatever changes, and the children unless all come out."""
        children = bool(data.get("childEPCs") or data.get("childQuantityList"))
        parent = "parentID" in data or data["action"] == "OBSERVE"
        return parent and (children or data["action"] == "DELETE")


class AssociationEventIn(AggregationEventIn):
    """Things were bound to something for long."""

    def is_enough(self, data: Mapping[str, Any]) -> bool:
        """Want the parent always."""
        return "parentID" in data and super().is_enough(data)


class TransactionEventIn(_Acting):
    """Things were tied to a document."""

    parentID = _field(_uri)  # noqa: N815 - the standard's name
    epcList = _field(_listed(_uri))  # noqa: N815 - the standard's name
    quantityList = fields.List(fields.Nested(QuantityIn))  # noqa: N815 - the standard's name

    def is_enough(self, data: Mapping[str, Any]) -> bool:
        """Want the documents always, and the things unless all are untied."""
        things = bool(data.get("epcList") or data.get("quantityList") or data.get("parentID"))
        return bool(data.get("bizTransactionList")) and (things or data["action"] == "DELETE")


class TransformationEventIn(_EventIn):
    """Things became others."""

    inputEPCList = _field(_listed(_uri))  # noqa: N815 - the standard's name
    outputEPCList = _field(_listed(_uri))  # noqa: N815 - the standard's name
    inputQuantityList = fields.List(fields.Nested(QuantityIn))  # noqa: N815 - the standard's name
    outputQuantityList = fields.List(fields.Nested(QuantityIn))  # noqa: N815 - the standard's name
    transformationID = _field(_uri)  # noqa: N815 - the standard's name
    ilmd = fields.Raw()

    def is_enough(self, data: Mapping[str, Any]) -> bool:
        """Want both sides, or one side and the transformation that it belongs to."""
        taken = bool(data.get("inputEPCList") or data.get("inputQuantityList"))
        made = bool(data.get("outputEPCList") or data.get("outputQuantityList"))
        return (taken and made) or ("transformationID" in data and (taken or made))

    @validates_schema
    def _check_born(self, data: Mapping[str, Any], **_: Any) -> None:
        _check_ilmd(data.get("ilmd"))


def _check_ilmd(ilmd: Any) -> None:
    if ilmd is None:
        return
    if not isinstance(ilmd, Mapping):
        raise ValidationError({"ilmd": ["Not an object."]})
    strange = {name: ["Unknown field."] for name in ilmd if ":" not in name}
    if strange:
        raise ValidationError({"ilmd": strange})


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text)


_EVENTS: Mapping[str, Schema] = {
    "ObjectEvent": ObjectEventIn(),
    "AggregationEvent": AggregationEventIn(),
    "TransactionEvent": TransactionEventIn(),
    "TransformationEvent": TransformationEventIn(),
    "AssociationEvent": AssociationEventIn(),
}


_KIND = _matching(re.compile("EPCISDocument|EPCISQueryDocument"), "No EPCIS document.")


class DocumentIn(_Open):
    """A document of events; what is in its body is looked at by itself."""

    type = _field(
        _matching(re.compile("EPCISDocument|EPCISQueryDocument"), "No EPCIS document."), required=True
    )
    schemaVersion = _field(_matching(re.compile(r"2(\.\d+){1,2}"), "Not 2.0."))  # noqa: N815
    creationDate = _field(_instant)  # noqa: N815 - the standard's name
    id = _field(_uri)
    sender = _field(_uri)
    receiver = _field(_uri)
    instanceIdentifier = _field(_text)  # noqa: N815 - the standard's name
    epcisHeader = fields.Dict()  # noqa: N815 - the standard's name
    epcisBody = fields.Dict(required=True)  # noqa: N815 - the standard's name

    required_of_documents: ClassVar[tuple[str, ...]] = ("schemaVersion", "creationDate")

    @validates_schema
    def _check_document(self, data: Mapping[str, Any], **_: Any) -> None:
        if "@context" not in data:
            raise ValidationError({"@context": ["Missing data for required field."]})
        if data["type"] == "EPCISDocument":
            missing = [name for name in self.required_of_documents if name not in data]
            if missing:
                raise ValidationError({name: ["Missing data for required field."] for name in missing})


_DOCUMENT = DocumentIn()


def errors_of(event: Any, namespaces: Namespaces) -> dict[str, str]:
    """Return what is wrong with an event, a reason for each path; empty when it may be taken."""
    if not isinstance(event, Mapping):
        return {"": "Not an object."}
    schema = _EVENTS.get(str(event.get("type")))
    if schema is None:
        return {"type": "Not an event of EPCIS 2.0."}
    found = schema.validate(event)
    if found:
        return dict(_flat(found))
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


def _undeclared(value: Any, namespaces: Namespaces, path: str = "") -> Iterator[str]:
    """Yield the paths of names whose prefix nobody declared; a name may be a whole URI."""
    if isinstance(value, list):
        for place, item in enumerate(value):
            if isinstance(item, Mapping | list):
                yield from _undeclared(item, namespaces, f"{path}.{place}")
    elif isinstance(value, Mapping):
        for name, part in value.items():
            prefix, colon, local = name.partition(":")
            here = f"{path}.{name}".lstrip(".")
            if colon and prefix not in namespaces and not local.startswith("//") and prefix != "urn":
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
