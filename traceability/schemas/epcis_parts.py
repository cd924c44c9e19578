"""The parts that events are made of: quantities, documents of the trade, places, sensors, declarations.

Source: EPCIS 2.0, 7.3 and 7.4; CBV 2.0, 7. Names are the standard's own.
"""
# ruff: noqa: N815

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from marshmallow import ValidationError, fields

from traceability.rules import epcis_words as words
from traceability.schemas import epcis_fields as want
from traceability.schemas.epcis_fields import Closed, Open, said


class QuantityIn(Closed):
    """So much of a class; without a unit a count."""

    epcClass = said(want.name, required=True)
    quantity = said(want.number)
    uom = said(want.uom)

    def check_whole(self, data: Mapping[str, Any]) -> None:
        """Want a quantity wherever there is a unit."""
        if "uom" in data and "quantity" not in data:
            raise ValidationError({"uom": ["A unit needs a quantity."]})


class TransactionIn(Closed):
    """A document of the trade that the event belongs to."""

    type = said(want.one_of(words.TRANSACTION_TYPES, "kind of transaction"))
    bizTransaction = said(want.name, required=True)


class SourceIn(Closed):
    """From whom or where."""

    type = said(want.one_of(words.END_TYPES, "kind of source"), required=True)
    source = said(want.name, required=True)


class DestinationIn(Closed):
    """To whom or where."""

    type = said(want.one_of(words.END_TYPES, "kind of destination"), required=True)
    destination = said(want.name, required=True)


class PlaceIn(Open):
    """A read point or a business location."""

    id = said(want.name, required=True)


class PersistentIn(Closed):
    """States that last until they are taken back."""

    set = said(want.listed(want.one_of(words.DISPOSITIONS, "disposition"), least=1))
    unset = said(want.listed(want.one_of(words.DISPOSITIONS, "disposition"), least=1))


class DeclarationIn(Open):
    """That the event is wrong."""

    declarationTime = said(want.instant, required=True)
    reason = said(want.one_of(words.ERROR_REASONS, "reason"))
    correctiveEventIDs = said(want.listed(want.event_id))


class MetadataIn(Open):
    """By what and when was sensed."""

    time = said(want.instant)
    startTime = said(want.instant)
    endTime = said(want.instant)
    deviceID = said(want.uri)
    deviceMetadata = said(want.uri)
    rawData = said(want.uri)
    dataProcessingMethod = said(want.uri)
    bizRules = said(want.uri)

    def check_whole(self, data: Mapping[str, Any]) -> None:
        """Want an instant, or a stretch from a start to a later end."""
        if "time" in data and "startTime" in data:
            raise ValidationError({"time": ["Either an instant or a stretch."]})
        if ("startTime" in data) != ("endTime" in data):
            raise ValidationError({"startTime": ["A stretch has a start and an end."]})
        if "startTime" in data and at(data["endTime"]) < at(data["startTime"]):
            raise ValidationError({"endTime": ["Before the start."]})


class ReportIn(Open):
    """What was measured."""

    type = said(want.one_of(words.MEASUREMENTS, "kind of measurement"), required=True)
    exception = said(want.one_of(words.ALARMS, "alarm"))
    component = said(want.one_of(words.COMPONENTS, "component"))
    uom = said(want.text)
    time = said(want.instant)
    stringValue = said(want.text)
    booleanValue = said(want.truth)
    hexBinaryValue = said(want.hexadecimal)


_REPORT_URIS = (
    *("deviceID", "deviceMetadata", "rawData", "dataProcessingMethod", "bizRules", "uriValue"),
    *("microorganism", "chemicalSubstance", "coordinateReferenceSystem"),
)
_REPORT_NUMBERS = ("value", "minValue", "maxValue", "meanValue", "sDev", "percRank", "percValue")
_REPORT_FIELDS: dict[str, fields.Field[Any]] = {
    **{name: said(want.uri) for name in _REPORT_URIS},
    **{name: said(want.number) for name in _REPORT_NUMBERS},
}
_SHARED = frozenset({"deviceID", "deviceMetadata", "rawData", "dataProcessingMethod", "bizRules"})
SensorReportIn = ReportIn.from_dict(_REPORT_FIELDS)


class ElementIn(Open):
    """What sensors of one kind told."""

    sensorMetadata = fields.Nested(MetadataIn)
    sensorReport = fields.List(fields.Nested(SensorReportIn), required=True)

    def check_whole(self, data: Mapping[str, Any]) -> None:
        """Want a report; what is told for all of them is not told again by one."""
        if not data.get("sensorReport"):
            raise ValidationError({"sensorReport": ["Too short a list."]})
        metadata = data.get("sensorMetadata", {})
        for place, report in enumerate(data["sensorReport"]):
            for key in _SHARED & metadata.keys() & report.keys():
                raise ValidationError({"sensorReport": {place: {key: ["Told for all reports already."]}}})


def at(text: str) -> datetime:
    """Return the instant of a text that passed its check."""
    return datetime.fromisoformat(text)
