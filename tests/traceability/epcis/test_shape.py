"""The shape of events: what the standard does not know is refused, at its place; our own keep to it."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from marshmallow import ValidationError
from sqlalchemy import select

from supplychain.kernel.db.uow import UnitOfWork
from tests.make.epcis import CONTEXT, document, told
from tests.make.traceability import REGISTERED_AT, make_batch, make_farm
from traceability.models.ledger import Entry
from traceability.rules.event_hash import event_hash, namespaces_of
from traceability.rules.ledger import EPCIS, Step
from traceability.schemas.epcis import errors_of, events_of, reasons
from traceability.services import epcis, ledger
from traceability.services.epcis import Bond, Place, Quantity, SensorSummary, Told
from traceability.services.ledger import Happening

NAMESPACES = namespaces_of(CONTEXT)
LOT = {"epcClass": "https://id.gs1.org/01/09506000134352/10/LOT-1", "quantity": 12.5, "uom": "KGM"}
SSCC = "https://id.gs1.org/00/095060000000000015"


def sensed(**metadata: Any) -> list[dict[str, Any]]:
    """Return one sensor element."""
    given = {"time": "2026-11-19T12:00:00Z", "deviceID": "https://id.gs1.org/8004/9506000LOG12"} | metadata
    return [{"sensorMetadata": given, "sensorReport": [{"type": "Temperature", "value": 4, "uom": "CEL"}]}]


GOOD: list[dict[str, Any]] = [
    told(),
    told(bizStep="https://example.com/steps/strolling", disposition=None),
    told(action="ADD", epcList=None, quantityList=[LOT], ilmd={"cbvmda:lotNumber": "LOT-1"}),
    told(epcList=None, sensorElementList=sensed()),
    told(type="AggregationEvent", epcList=None, parentID=SSCC, childQuantityList=[LOT], action="ADD"),
    told(type="AggregationEvent", epcList=None, parentID=SSCC, action="DELETE"),
    told(type="AssociationEvent", epcList=None, parentID=SSCC, childEPCs=["urn:uuid:1"], action="ADD"),
    told(type="TransactionEvent", bizTransactionList=[{"type": "po", "bizTransaction": "urn:x:1"}]),
    told(
        type="TransformationEvent",
        action=None,
        epcList=None,
        inputQuantityList=[LOT],
        outputQuantityList=[LOT],
        ilmd={"example:grade": "A"},
    ),
    told(
        type="TransformationEvent", action=None, epcList=None, inputEPCList=[SSCC], transformationID="urn:x:1"
    ),
    told(persistentDisposition={"set": ["completeness_verified"]}, certificationInfo=["urn:x:1"]),
    told() | {"example:seal": {"example:number": 1, "example:list": [1, {"example:x": "y"}]}},
    told(eventTime="2026-11-19T20:00:00.123456Z", eventTimeZoneOffset="-14:00"),
]
BAD: list[tuple[dict[str, Any], str]] = [
    (told(type="QuantityEvent"), "type"),
    (told(colour="red"), "colour"),
    (told(eventTime="2026-11-19 20:00:00"), "eventTime"),
    (told(eventTime="2026-11-19T20:00:00"), "eventTime"),
    (told(eventTime="2026-13-19T20:00:00Z"), "eventTime"),
    (told(eventTimeZoneOffset="+15:00"), "eventTimeZoneOffset"),
    (told(eventTimeZoneOffset=None), "eventTimeZoneOffset"),
    (told(action="MOVE"), "action"),
    (told(action=None), "action"),
    (told(bizStep="strolling"), "bizStep"),
    (told(bizStep="urn:epcglobal:cbv:bizstep:shipping"), "bizStep"),
    (told(disposition="lost"), "disposition"),
    (told(eventID="one"), "eventID"),
    (told(epcList=["not a uri"]), "epcList.0"),
    (told(epcList=[]), ""),
    (told(epcList=None), ""),
    (told(readPoint={"name": "gate"}), "readPoint.id"),
    (told(ilmd={"cbvmda:lotNumber": "1"}), "ilmd"),
    (told(action="ADD", ilmd={"lotNumber": "1"}), "ilmd.lotNumber"),
    (told(quantityList=[{"quantity": 1}]), "quantityList.0.epcClass"),
    (told(quantityList=[LOT | {"uom": "kg"}]), "quantityList.0.uom"),
    (told(quantityList=[LOT | {"example:x": 1}]), "quantityList.0.example:x"),
    (told(quantityList=[LOT | {"quantity": "12"}]), "quantityList.0.quantity"),
    (told(sourceList=[{"type": "owner", "source": "urn:x:1"}]), "sourceList.0.type"),
    (told(sourceList=[{"source": "urn:x:1"}]), "sourceList.0.type"),
    (told(bizTransactionList=[{"type": "po"}]), "bizTransactionList.0.bizTransaction"),
    (
        told(type="TransformationEvent", epcList=None, inputEPCList=[SSCC], transformationID="urn:x:1"),
        "action",
    ),
    (told(type="TransformationEvent", action=None, epcList=None, inputEPCList=[SSCC]), ""),
    (told(type="AssociationEvent", epcList=None, childEPCs=[SSCC], action="ADD"), ""),
    (told(type="TransactionEvent"), ""),
    (told(persistentDisposition={"set": ["fine"]}), "persistentDisposition.set.0"),
    (told(errorDeclaration={"reason": "did_not_occur"}), "errorDeclaration.declarationTime"),
    (told() | {"unheard:of": 1}, "unheard:of"),
    (
        told(sensorElementList=sensed(time="2026-11-20T12:00:00Z")),
        "sensorElementList.0.sensorMetadata.time",
    ),
    (
        told(sensorElementList=sensed(time="2026-11-19T12:00:00")),
        "sensorElementList.0.sensorMetadata.time",
    ),
    (
        told(sensorElementList=sensed(startTime="2026-11-19T11:00:00Z")),
        "sensorElementList.0.sensorMetadata.time",
    ),
    (told(sensorElementList=[{"sensorReport": []}]), "sensorElementList.0.sensorReport"),
    (
        told(sensorElementList=[{"sensorReport": [{"type": "Mood", "value": 1}]}]),
        "sensorElementList.0.sensorReport.0.type",
    ),
    (
        told(
            sensorElementList=[
                sensed()[0] | {"sensorReport": [{"type": "Temperature", "deviceID": "urn:x:1"}]}
            ]
        ),
        "sensorElementList.0.sensorReport.0.deviceID",
    ),
]


@pytest.mark.parametrize("event", GOOD)
def test_what_the_standard_allows_is_taken(event: dict[str, Any]) -> None:
    assert errors_of(event, NAMESPACES) == {}


@pytest.mark.parametrize(("event", "path"), BAD)
def test_what_the_standard_does_not_allow_is_refused_at_its_place(event: dict[str, Any], path: str) -> None:
    assert path in errors_of(event, NAMESPACES)


@pytest.mark.parametrize(
    ("values", "path"),
    [
        ({"@context": ["https://example.com/context"]}, "@context"),
        ({"type": "Letter"}, "type"),
        ({"schemaVersion": 2.0}, "schemaVersion"),
        ({"creationDate": "today"}, "creationDate"),
        ({"epcisBody": {}}, "epcisBody.eventList"),
        ({"title": "x"}, "title"),
    ],
)
def test_a_document_that_is_none_is_refused(values: dict[str, Any], path: str) -> None:
    with pytest.raises(ValidationError) as refusal:
        events_of(document(told()) | values)
    assert path in reasons(refusal.value)


@pytest.mark.parametrize("step", Step)
def test_each_of_our_steps_is_a_valid_event_named_by_its_hash(step: Step) -> None:
    place = Place("BASE-1", "龙潭基地", "9506000134376", 1, "COOP-1")
    lot = Quantity("09506000134352", "B2611/1", 12_500, date(2026, 11, 18), date(2026, 12, 9))
    summary = SensorSummary(REGISTERED_AT - timedelta(hours=2), REGISTERED_AT, 180, 260, 490, "LOG12")
    transforming = EPCIS[step].type == "TransformationEvent"
    event = epcis.event(
        Told(
            position=7,
            step=step,
            at=REGISTERED_AT,
            recorded_at=REGISTERED_AT,
            place=place,
            to_place=place if step is Step.SHIP else None,
            quantities=(lot,),
            made=(lot,) if transforming else (),
            parent_sscc="095060000000000015" if EPCIS[step].type == "AggregationEvent" else None,
            reference="YD2611-0001",
            sensor=summary if step is Step.TEMPERATURE else None,
            bond=Bond("urn:vehicle:1", ("urn:device:LOG12",)),
        )
    )
    namespaces = namespaces_of(list(epcis.CONTEXT))
    assert errors_of(event, namespaces) == {}
    assert event["eventID"] == event_hash(event, namespaces)


def test_what_our_services_write_down_is_valid_and_a_declaration_keeps_the_name(uow: UnitOfWork) -> None:
    farm, market = make_farm(uow), make_farm(uow)
    batch = make_batch(uow, farm, released=True)
    shipped = Happening(Step.SHIP, None, batch.site_id, ((batch.id, 30_000, 2),), market.base.id)
    ledger.record_many(
        uow, [shipped, Happening(Step.RECEIVE, None, market.base.id, ((batch.id, 30_000, 2),))]
    )
    namespaces = namespaces_of(list(epcis.CONTEXT))
    found = [dict(one) for one in uow.session.scalars(select(Entry.document).order_by(Entry.id))]
    found.append(epcis.declaration(found[0], "did_not_occur", uow.now, ()))
    assert [errors_of(event, namespaces) for event in found] == [{}, {}, {}]
    assert [event["eventID"] for event in found] == [event_hash(event, namespaces) for event in found]
    assert found[0]["eventID"] == found[2]["eventID"]
