"""Factories for events that partners tell."""

from __future__ import annotations

from typing import Any

from supplychain.base.models.party import Party
from supplychain.kernel.db.uow import UnitOfWork
from traceability.models.ledger import Source
from traceability.rules.ledger import Trust

CONTEXT: list[Any] = [
    "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld",
    {"example": "https://ns.example.com/epcis/"},
]


def make_source(uow: UnitOfWork, party: Party, trust: Trust = Trust.SHOW) -> Source:
    """Agree a source of events with a party."""
    source = Source(code=f"SRC-{party.code}", name=party.name, party_id=party.id, trust=trust)
    uow.session.add(source)
    uow.session.flush()
    return source


def told(**values: Any) -> dict[str, Any]:
    """Return an event that a partner tells: a pallet left, unless told otherwise."""
    event: dict[str, Any] = {
        "type": "ObjectEvent",
        "eventID": "urn:uuid:374d95fc-9457-4a51-bd6a-0bba133845a8",
        "eventTime": "2026-11-19T20:00:00+08:00",
        "eventTimeZoneOffset": "+08:00",
        "action": "OBSERVE",
        "bizStep": "departing",
        "disposition": "in_transit",
        "epcList": ["urn:epc:id:sscc:9506000.0000000001"],
        "readPoint": {"id": "urn:epc:id:sgln:9506000.13437.0"},
    }
    merged = event | values
    return {name: value for name, value in merged.items() if value is not None}


def document(*events: dict[str, Any]) -> dict[str, Any]:
    """Return the document of some events."""
    return {
        "@context": CONTEXT,
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": "2026-11-20T09:00:00+08:00",
        "epcisBody": {"eventList": list(events)},
    }
