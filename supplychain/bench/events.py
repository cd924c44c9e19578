"""Events as partners send them, made by their numbers: goods in, out, packed and measured, in turns."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from supplychain.base.gs1.keys import check_digit
from supplychain.kernel import clock

CONTEXT = [
    "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld",
    {"example": "https://ns.example.com/epcis/"},
]


def document(first: int, count: int) -> dict[str, Any]:
    """Return a document of events as partners send them: goods in, out, packed and measured, in turns."""
    return {
        "@context": CONTEXT,
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": clock.now().isoformat(),
        "epcisBody": {"eventList": [event(n) for n in range(first, first + count)]},
    }


def event(number: int) -> dict[str, Any]:
    """Return the event of that number, always the same but for the day: the ledger's own day is yesterday."""
    return _KINDS[number % len(_KINDS)](number)


def sscc(number: int) -> str:
    """Return the name of a logistic unit."""
    body = f"09506000{number:09d}"
    return f"https://id.gs1.org/00/{body}{check_digit(body)}"


def _common(number: int) -> dict[str, Any]:
    at = clock.now() - timedelta(days=1, milliseconds=number)
    return {
        "eventTime": at.isoformat(timespec="milliseconds"),
        "eventTimeZoneOffset": "+08:00",
        "readPoint": {"id": f"https://id.gs1.org/414/9506000134376/254/D{number % 40}"},
        "example:trip": f"T-{number // 50}",
    }


def _received(number: int) -> dict[str, Any]:
    return _common(number) | {
        "type": "ObjectEvent",
        "action": "OBSERVE",
        "bizStep": "receiving",
        "disposition": "in_progress",
        "bizLocation": {"id": "https://id.gs1.org/414/9506000134376"},
        "quantityList": [_lot(number), _lot(number + 1)],
        "bizTransactionList": [
            {"type": "po", "bizTransaction": f"urn:epcglobal:cbv:bt:9506000134376:{number}"}
        ],
    }


def _shipped(number: int) -> dict[str, Any]:
    return _common(number) | {
        "type": "ObjectEvent",
        "action": "OBSERVE",
        "bizStep": "shipping",
        "disposition": "in_transit",
        "epcList": [sscc(number), sscc(number + 1)],
        "sourceList": [{"type": "owning_party", "source": "https://id.gs1.org/417/9506000134376"}],
        "destinationList": [{"type": "location", "destination": "https://id.gs1.org/414/9506000134390"}],
        "bizTransactionList": [
            {"type": "desadv", "bizTransaction": f"urn:epcglobal:cbv:bt:9506000134376:D{number}"}
        ],
    }


def _packed(number: int) -> dict[str, Any]:
    return _common(number) | {
        "type": "AggregationEvent",
        "action": "ADD",
        "bizStep": "packing",
        "disposition": "in_progress",
        "parentID": sscc(number),
        "childEPCs": [f"https://id.gs1.org/01/09506000134352/21/{number}-{item}" for item in range(6)],
    }


def _measured(number: int) -> dict[str, Any]:
    return _common(number) | {
        "type": "ObjectEvent",
        "action": "OBSERVE",
        "bizStep": "sensor_reporting",
        "disposition": "in_transit",
        "epcList": [sscc(number)],
        "sensorElementList": [
            {
                "sensorMetadata": {"deviceID": f"https://id.gs1.org/8004/9506000LOG{number % 90}"},
                "sensorReport": [{"type": "Temperature", "value": 2 + number % 50 / 10, "uom": "CEL"}],
            }
        ],
    }


_KINDS = (_received, _shipped, _packed, _measured)


def _lot(number: int) -> dict[str, Any]:
    lot = f"https://id.gs1.org/01/09506000134352/10/L{number // 8}"
    return {"epcClass": lot, "quantity": 12.5, "uom": "KGM"}
