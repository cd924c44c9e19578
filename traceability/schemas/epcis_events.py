"""The five events of EPCIS 2.0, strictly: what each may say, and what it must.

Source: EPCIS 2.0, 7.4. Names are the standard's own. `persistentDisposition` is taken on every event, as
others send it, though the standard has it on two.
"""
# ruff: noqa: N815

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from marshmallow import ValidationError, fields

from traceability.rules import epcis_words as words
from traceability.schemas import epcis_fields as want
from traceability.schemas.epcis_fields import Open, said
from traceability.schemas.epcis_parts import (
    DeclarationIn,
    DestinationIn,
    ElementIn,
    PersistentIn,
    PlaceIn,
    QuantityIn,
    SourceIn,
    TransactionIn,
    at,
)


class _EventIn(Open):
    """What every event says; `is_enough` tells whether it says enough."""

    type = said(want.text, required=True)
    eventTime = said(want.instant, required=True)
    eventTimeZoneOffset = said(want.offset, required=True)
    eventID = said(want.event_id)
    recordTime = said(want.instant)
    errorDeclaration = fields.Nested(DeclarationIn)
    certificationInfo = said(want.certificates)
    sensorElementList = fields.List(fields.Nested(ElementIn))
    bizStep = said(want.one_of(words.BIZ_STEPS, "business step"))
    disposition = said(want.one_of(words.DISPOSITIONS, "disposition"))
    persistentDisposition = fields.Nested(PersistentIn)
    readPoint = fields.Nested(PlaceIn)
    bizLocation = fields.Nested(PlaceIn)
    bizTransactionList = fields.List(fields.Nested(TransactionIn))
    sourceList = fields.List(fields.Nested(SourceIn))
    destinationList = fields.List(fields.Nested(DestinationIn))

    def check_whole(self, data: Mapping[str, Any]) -> None:
        """Want something that it is about, and nothing sensed after it."""
        for place, element in enumerate(data.get("sensorElementList", ())):
            sensed = element.get("sensorMetadata", {}).get("time")
            if sensed is not None and at(sensed) > at(data["eventTime"]):
                path = {place: {"sensorMetadata": {"time": ["After the event."]}}}
                raise ValidationError({"sensorElementList": path})
        if not self.is_enough(data):
            raise ValidationError("The event does not say what it is about.")

    def is_enough(self, data: Mapping[str, Any]) -> bool:
        """Tell whether the event names what it is about."""
        return bool(data)


class _Acting(_EventIn):
    action = said(want.matching(re.compile("ADD|OBSERVE|DELETE"), "ADD, OBSERVE or DELETE."), required=True)


class ObjectEventIn(_Acting):
    """Something happened to things."""

    epcList = said(want.listed(want.name))
    quantityList = fields.List(fields.Nested(QuantityIn))
    ilmd = fields.Raw()

    def is_enough(self, data: Mapping[str, Any]) -> bool:
        """Want things, classes, or a sensor at a place."""
        sensed = bool(data.get("sensorElementList")) and "readPoint" in data
        return bool(data.get("epcList") or data.get("quantityList")) or sensed

    def check_whole(self, data: Mapping[str, Any]) -> None:
        """Want master data only where something is new."""
        super().check_whole(data)
        _check_ilmd(data.get("ilmd"))
        if "ilmd" in data and data["action"] != "ADD":
            raise ValidationError({"ilmd": ["Only an event that adds has master data."]})


class AggregationEventIn(_Acting):
    """Things went into or out of something."""

    parentID = said(want.name)
    childEPCs = said(want.listed(want.name))
    childQuantityList = fields.List(fields.Nested(QuantityIn))

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

    parentID = said(want.name)
    epcList = said(want.listed(want.name))
    quantityList = fields.List(fields.Nested(QuantityIn))

    def is_enough(self, data: Mapping[str, Any]) -> bool:
        """Want the documents always, and the things unless all are untied."""
        things = bool(data.get("epcList") or data.get("quantityList") or data.get("parentID"))
        return bool(data.get("bizTransactionList")) and (things or data["action"] == "DELETE")


class TransformationEventIn(_EventIn):
    """Things became others."""

    inputEPCList = said(want.listed(want.name))
    outputEPCList = said(want.listed(want.name))
    inputQuantityList = fields.List(fields.Nested(QuantityIn))
    outputQuantityList = fields.List(fields.Nested(QuantityIn))
    transformationID = said(want.name)
    ilmd = fields.Raw()

    def is_enough(self, data: Mapping[str, Any]) -> bool:
        """Want both sides, or one side and the transformation that it belongs to."""
        taken = bool(data.get("inputEPCList") or data.get("inputQuantityList"))
        made = bool(data.get("outputEPCList") or data.get("outputQuantityList"))
        return (taken and made) or ("transformationID" in data and (taken or made))

    def check_whole(self, data: Mapping[str, Any]) -> None:
        """Want master data under names with a prefix."""
        super().check_whole(data)
        _check_ilmd(data.get("ilmd"))


def _check_ilmd(ilmd: Any) -> None:
    if ilmd is None:
        return
    if not isinstance(ilmd, Mapping):
        raise ValidationError({"ilmd": ["Not an object."]})
    strange = {name: ["Unknown field."] for name in ilmd if ":" not in name}
    if strange:
        raise ValidationError({"ilmd": strange})


EVENTS: Mapping[str, Open] = {
    "ObjectEvent": ObjectEventIn(),
    "AggregationEvent": AggregationEventIn(),
    "TransactionEvent": TransactionEventIn(),
    "TransformationEvent": TransformationEventIn(),
    "AssociationEvent": AssociationEventIn(),
}
