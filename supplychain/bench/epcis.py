"""Documents of partners' events captured against their bare rows, and a page of events in a long ledger."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from sqlalchemy import Engine, select

from supplychain.app import Runtime
from supplychain.base.gs1.keys import check_digit
from supplychain.base.models.party import Party
from supplychain.base.rules import PartyKind
from supplychain.bench import driver
from supplychain.bench.measure import ROUNDS, Measure, Size, measure, timed
from supplychain.kernel import clock
from supplychain.kernel.errors import ConfigurationError
from supplychain.kernel.permissions import SYSTEM, Actor
from traceability.models.epcis import CaptureJob, EntryFact
from traceability.models.ledger import Entry, EntryBatch, EntryThing, Source
from traceability.rules.capture import ErrorBehaviour
from traceability.rules.ledger import Trust
from traceability.schemas import epcis as shape
from traceability.services import capture

WRITTEN: tuple[type[Any], ...] = (Entry, EntryBatch, EntryThing, EntryFact, CaptureJob)
"""Where a capture leaves rows, those that are referred to first."""
DOCUMENT = 1_000
"""Events of one document."""
CONTEXT = [
    "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld",
    {"example": "https://ns.example.com/epcis/"},
]


def measures(engine: Engine, runtime: Runtime, size: Size) -> Iterator[Measure]:
    """Capture documents, from their text to the last row, and put back the rows in as many transactions."""
    partner = _partner(runtime)
    each = min(DOCUMENT, size.events // ROUNDS)
    times = [_captured(engine, runtime, partner, at, each) for at in range(size.events // each)]
    ours, floor = (sum(column) for column in zip(*times, strict=True))
    count = len(times) * each
    what = f"capture {count:,} events, {each:,} a document"
    yield measure(what, "events", count, ours, "their rows, a transaction a document", floor)


def _captured(engine: Engine, runtime: Runtime, partner: Actor, at: int, count: int) -> tuple[float, float]:
    """Capture a document, take its rows out and put them back; return the seconds of both."""
    text = json.dumps(document(at * count, count)).encode()
    before = driver.last(runtime, WRITTEN)
    ours = timed(lambda: _capture(runtime, partner, text))
    kept = driver.taken_out(engine, before)
    if len(kept[Entry.__tablename__]) != count:
        raise ConfigurationError(f"of {count} events {len(kept[Entry.__tablename__])} were captured")
    with driver.opened(engine) as raw:
        return ours, timed(lambda: raw.insert(kept.items()))


def _capture(runtime: Runtime, partner: Actor, text: bytes) -> None:
    """Do what `POST /epcis/capture` does between the socket and the answer."""
    events, namespaces = shape.events_of(json.loads(text))
    if any(shape.errors_of(event, namespaces) for event in events):
        raise ConfigurationError("the events of the benchmark are not valid")
    with runtime.database.unit_of_work(partner) as uow:
        capture.capture(uow, events, namespaces, ErrorBehaviour.ROLLBACK)


def document(first: int, count: int) -> dict[str, Any]:
    """Return a document of events as partners send them: goods in, out, packed and measured, in turns."""
    return {
        "@context": CONTEXT,
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": clock.now().isoformat(),
        "epcisBody": {"eventList": [_KINDS[n % len(_KINDS)](n) for n in range(first, first + count)]},
    }


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
        "epcList": [_sscc(number), _sscc(number + 1)],
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
        "parentID": _sscc(number),
        "childEPCs": [f"https://id.gs1.org/01/09506000134352/21/{number}-{item}" for item in range(6)],
    }


def _measured(number: int) -> dict[str, Any]:
    return _common(number) | {
        "type": "ObjectEvent",
        "action": "OBSERVE",
        "bizStep": "sensor_reporting",
        "disposition": "in_transit",
        "epcList": [_sscc(number)],
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


def _sscc(number: int) -> str:
    body = f"09506000{number:09d}"
    return f"https://id.gs1.org/00/{body}{check_digit(body)}"


def _partner(runtime: Runtime) -> Actor:
    """Agree a source whose events are shown with a market of the season, and act for that market."""
    with runtime.database.unit_of_work(SYSTEM) as uow:
        party_id = uow.session.scalars(select(Party.id).where(Party.kind == PartyKind.MARKET)).first()
        if party_id is None:
            raise ConfigurationError("the season has no market")
        uow.session.add(Source(code="BENCH", name="bench", party_id=party_id, trust=Trust.SHOW))
    return Actor(None, "bench", party_id, None, frozenset())
