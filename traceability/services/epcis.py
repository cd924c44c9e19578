"""The EPCIS 2.0 event that says what happened; pure. Keeping and moving are the ledger's business."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from urllib.parse import quote

from supplychain.kernel.clock import SHANGHAI
from traceability.rules.event_hash import event_hash, namespaces_of
from traceability.rules.ledger import EPCIS, Step

HOST = "https://id.gs1.org"
NAMESPACE = "urn:supplychain:ns:"
CONTEXT: tuple[Any, ...] = (
    "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld",
    {"supplychain": NAMESPACE, "cbvmda": "urn:epcglobal:cbv:mda:"},
)
"""The JSON-LD context that a document of these events names: EPCIS, and the fields of our own."""
_PREFIXES = namespaces_of(CONTEXT)
ENTRY = "supplychain:entry"
PROCESS = "supplychain:process"
LOSS = "supplychain:loss"
"""Our fields: whose ledger and which entry of it (two lorries that load alike are two events), the process
of a transformation, and the kilograms that it loses on purpose."""
_TRANSACTIONS = {Step.SHIP: "desadv", Step.RECEIVE: "recadv"}


@dataclass(frozen=True, slots=True)
class Place:
    """A site as an event names it."""

    code: str
    name: str
    gln: str | None
    party_id: int
    party_code: str


@dataclass(frozen=True, slots=True)
class Quantity:
    """How much of which lot; `harvested_on` and the rest only where the lot first exists."""

    gtin: str
    lot: str
    grams: int
    harvested_on: date | None = None
    best_before_on: date | None = None


@dataclass(frozen=True, slots=True)
class SensorSummary:
    """A stretch of a trip in its lowest, mean and highest temperature, in 1/100 °C (pattern b)."""

    start_at: datetime
    end_at: datetime
    min_centi_celsius: int
    mean_centi_celsius: int
    max_centi_celsius: int
    device: str = ""
    """The logger's serial; empty when several took turns."""
    is_alarm: bool = False


@dataclass(frozen=True, slots=True)
class Bond:
    """Things fixed to another for long, by their canonical names: loggers to a lorry, a tag to a crate."""

    parent: str
    things: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Told:
    """Everything that an event says; `made` is what a transformation makes of `quantities`."""

    position: int
    step: Step
    at: datetime
    recorded_at: datetime
    place: Place
    to_place: Place | None
    quantities: Sequence[Quantity]
    made: Sequence[Quantity] = ()
    parent_sscc: str | None = None
    child_ssccs: Sequence[str] = ()
    reference: str = ""
    sensor: SensorSummary | None = None
    process: str = ""
    loss_grams: int = 0
    items: Sequence[str] = ()
    bond: Bond | None = None


def event(told: Told) -> dict[str, Any]:
    """Return the event as EPCIS 2.0 JSON, without the @context of the document it will stand in.

    Its id is the CBV event hash of all the rest but the time of recording.
    """
    words = EPCIS[told.step]
    document: dict[str, Any] = {
        "type": words.type,
        "eventTime": _time(told.at),
        "eventTimeZoneOffset": "+08:00",
        "bizStep": words.biz_step,
        "readPoint": {"id": place_id(told.place)},
        ENTRY: f"{told.place.party_code}/{told.position}",
    }
    document |= _filled(action=words.action, disposition=words.disposition)
    document |= _PARTS[words.type](told)
    return document | {"eventID": event_hash(document, _PREFIXES), "recordTime": _time(told.recorded_at)}


def declaration(
    document: Mapping[str, Any], reason: str, at: datetime, corrective: Sequence[str]
) -> dict[str, Any]:
    """Return an event again with the declaration that it is wrong (EPCIS 2.0, 7.4.1.4)."""
    declared: dict[str, Any] = {"declarationTime": _time(at), "reason": reason}
    if corrective:
        declared["correctiveEventIDs"] = list(corrective)
    return {**document, "recordTime": _time(at), "errorDeclaration": declared}


def _aggregation(told: Told) -> dict[str, Any]:
    parent = {"parentID": sscc_id(told.parent_sscc)} if told.parent_sscc else {}
    return parent | _filled(
        childEPCs=[sscc_id(sscc) for sscc in told.child_ssccs], childQuantityList=_quantities(told.quantities)
    )


def _object(told: Told) -> dict[str, Any]:
    units = [*([told.parent_sscc] if told.parent_sscc else []), *told.child_ssccs]
    return _filled(
        epcList=[*(sscc_id(sscc) for sscc in units), *told.items],
        quantityList=_quantities(told.quantities),
        bizLocation={} if told.to_place else {"id": place_id(told.place)},
        bizTransactionList=_transactions(told),
        sourceList=[_end("source", told.place)] if told.to_place else [],
        destinationList=[_end("destination", told.to_place)] if told.to_place else [],
        sensorElementList=[_sensor(told.sensor)] if told.sensor else [],
        ilmd=_master_data(told.quantities) if told.step is Step.HARVEST else {},
    )


def _association(told: Told) -> dict[str, Any]:
    if told.bond is None:
        raise ValueError("an association of nothing")
    return {"parentID": told.bond.parent, "childEPCs": list(told.bond.things)}


def _transformation(told: Told) -> dict[str, Any]:
    process = {PROCESS: told.process} if told.process else {}
    loss = {LOSS: _kilograms(told.loss_grams)} if told.loss_grams else {}
    lists = _filled(
        inputQuantityList=_quantities(told.quantities),
        outputQuantityList=_quantities(told.made),
        bizLocation={"id": place_id(told.place)},
        ilmd=_master_data(told.made) if len(told.made) == 1 else {},
    )
    return lists | process | loss


def _quantities(items: Sequence[Quantity]) -> list[dict[str, Any]]:
    return [
        {"epcClass": lot_id(item.gtin, item.lot), "quantity": _kilograms(item.grams), "uom": "KGM"}
        for item in items
    ]


def _kilograms(grams: int) -> int | float:
    """Return kilograms as JSON's number; the nearest double of three decimals prints exactly."""
    return grams // 1000 if grams % 1000 == 0 else grams / 1000


def _transactions(told: Told) -> list[dict[str, str]]:
    kind = _TRANSACTIONS.get(told.step)
    if kind is None or not told.reference or told.place.gln is None:
        return []
    number = quote(told.reference, safe="")
    return [{"type": kind, "bizTransaction": f"urn:epcglobal:cbv:bt:{told.place.gln}:{number}"}]


def _end(role: str, place: Place) -> dict[str, str]:
    return {"type": "location", role: place_id(place)}


def _sensor(sensor: SensorSummary) -> dict[str, Any]:
    report: dict[str, Any] = {
        "type": "Temperature",
        "minValue": sensor.min_centi_celsius / 100,
        "meanValue": sensor.mean_centi_celsius / 100,
        "maxValue": sensor.max_centi_celsius / 100,
        "uom": "CEL",
    }
    if sensor.is_alarm:
        report["exception"] = "ALARM_CONDITION"
    metadata = {"startTime": _time(sensor.start_at), "endTime": _time(sensor.end_at)}
    if sensor.device:
        metadata["deviceID"] = device_id(sensor.device)
    return {"sensorMetadata": metadata, "sensorReport": [report]}


def _master_data(lots: Sequence[Quantity]) -> Mapping[str, str]:
    """Return what only an event that makes a lot may say of it: number, dates, country (CBV, cbvmda)."""
    if len(lots) != 1:
        return {}
    lot = lots[0]
    dates = {"harvestEndDate": lot.harvested_on, "bestBeforeDate": lot.best_before_on}
    known = {f"cbvmda:{name}": day.isoformat() for name, day in dates.items() if day is not None}
    return {"cbvmda:lotNumber": lot.lot, "cbvmda:countryOfOrigin": "CN"} | known


def lot_id(gtin: str, lot: str) -> str:
    """Return a lot's canonical Digital Link."""
    return f"{HOST}/01/{gtin}/10/{quote(lot, safe='')}"


def sscc_id(sscc: str) -> str:
    """Return a logistic unit's canonical Digital Link."""
    return f"{HOST}/00/{sscc}"


def item_id(gtin: str, serial: str) -> str:
    """Return a single item's canonical Digital Link."""
    return f"{HOST}/01/{gtin}/21/{quote(serial, safe='')}"


def device_id(serial: str) -> str:
    """Return a device's name: its GIAI where it has one, or a name of our own for a serial number."""
    return serial if serial.startswith(f"{HOST}/8004/") else f"urn:device:{quote(serial, safe='')}"


def vehicle_id(plate: str) -> str:
    """Return a name of our own for a lorry, by its plate."""
    return f"urn:vehicle:{quote(plate, safe='')}"


def place_id(place: Place) -> str:
    """Return a place's canonical Digital Link, or a name of our own for one without a GLN."""
    return f"{HOST}/414/{place.gln}" if place.gln else f"urn:site:{quote(place.code, safe='')}"


def _time(instant: datetime) -> str:
    return instant.astimezone(SHANGHAI).isoformat(timespec="milliseconds")


def _filled(**parts: Any) -> dict[str, Any]:
    return {name: part for name, part in parts.items() if part}


_PARTS: Mapping[str, Callable[[Told], dict[str, Any]]] = {
    "ObjectEvent": _object,
    "AggregationEvent": _aggregation,
    "TransformationEvent": _transformation,
    "AssociationEvent": _association,
}
