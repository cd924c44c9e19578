"""Documents of partners' events captured against their bare rows, and a page of events in a long ledger."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from functools import partial
from statistics import median
from typing import Any

from sqlalchemy import Engine, func, select

from supplychain.app import Runtime
from supplychain.base.models.party import Party
from supplychain.base.rules import PartyKind
from supplychain.bench import driver, events
from supplychain.bench.ledger import Ledger
from supplychain.bench.measure import ROUNDS, Measure, Size, measure, timed
from supplychain.kernel import clock
from supplychain.kernel.errors import ConfigurationError
from supplychain.kernel.permissions import SYSTEM, Actor
from traceability.models.epcis import CaptureJob, EntryFact
from traceability.models.ledger import Entry, EntryBatch, EntryThing, Source
from traceability.queries import epcis as found
from traceability.rules.capture import ErrorBehaviour
from traceability.rules.epcis_query import parse
from traceability.rules.ledger import Trust
from traceability.schemas import epcis as shape
from traceability.services import capture

WRITTEN: tuple[type[Any], ...] = (Entry, EntryBatch, EntryThing, EntryFact, CaptureJob)
"""Where a capture leaves rows, those that are referred to first."""
DOCUMENT = 1_000
"""Events of one document."""
TELLERS = 10
"""Partners whose events the ledger holds; each sees its own."""
LOOKS = 50
"""Pages that are looked at; their median counts."""

Asked = Callable[[int], dict[str, str]]
ASKED: Mapping[str, Asked] = {
    "without a filter": lambda number: {},
    "of a unit": lambda number: {"MATCH_anyEPC": events.sscc(_mine(number))},
    "of a step since a time": lambda number: {
        "EQ_bizStep": "shipping",
        "GE_eventTime": (clock.now() - timedelta(days=2)).isoformat(),
    },
    "of a document of the trade": lambda number: {
        "EQ_bizTransaction_desadv": f"urn:epcglobal:cbv:bt:9506000134376:D{_mine(number)}"
    },
    "warmer than a limit, the newest first": lambda number: {
        "GE_value_CEL": "6.2",
        "orderBy": "eventTime",
        "orderDirection": "DESC",
    },
}
"""What is asked for, as a partner that sees a tenth of all entries."""


def _mine(number: int) -> int:
    """Return a shipment that the asking partner told of: its tenth, and the second of four kinds."""
    return number // 20 * 20 + 13


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
    text = json.dumps(events.document(at * count, count)).encode()
    before = driver.last(runtime, WRITTEN)
    ours = timed(lambda: _capture(runtime, partner, text))
    kept = driver.taken_out(engine, before)
    if len(kept[Entry.__tablename__]) != count:
        raise ConfigurationError(f"of {count} events {len(kept[Entry.__tablename__])} were captured")
    with driver.opened(engine) as raw:
        return ours, timed(lambda: raw.insert(kept.items()))


def _capture(runtime: Runtime, partner: Actor, text: bytes) -> None:
    """Do what `POST /epcis/capture` does between the socket and the answer."""
    sent, namespaces = shape.events_of(json.loads(text))
    if any(shape.errors_of(event, namespaces) for event in sent):
        raise ConfigurationError("the events of the benchmark are not valid")
    with runtime.database.unit_of_work(partner) as uow:
        capture.capture(uow, sent, namespaces, ErrorBehaviour.ROLLBACK)


def pages(engine: Engine, runtime: Runtime, size: Size) -> Iterator[Measure]:
    """Look for pages of thirty events in a ledger, and in one a hundred times as long."""
    tellers = _tellers(runtime)
    with runtime.database.reading() as session:
        ledger = Ledger(engine, tellers, session.scalar(select(func.max(Entry.id))) or 0)
    listener = Actor(None, "bench", tellers[3], None, frozenset())
    short = size.ledger // 100
    times = []
    for first, last in ((0, short), (short, size.ledger)):
        ledger.fill(first, last)
        times.append([_looked(runtime, listener, asked, short) for asked in ASKED.values()])
    for what, few, many in zip(ASKED, *times, strict=True):
        yield measure(
            f"30 events {what}, of {size.ledger:,}", "pages", 1, many, f"the same, of {short:,}", few
        )


def _looked(runtime: Runtime, listener: Actor, asked: Asked, among: int) -> float:
    """Return the median seconds of a page, for one of the first events after the other."""
    numbers = range(0, among, max(among // LOOKS, 1))
    return median(timed(partial(_look, runtime, listener, asked(number))) for number in numbers)


def _look(runtime: Runtime, listener: Actor, asked: dict[str, str]) -> None:
    with runtime.database.reading() as session:
        if not found.find(session, listener, parse(asked)).events:
            raise ConfigurationError(f"nothing was found by {asked}")


def _tellers(runtime: Runtime) -> list[int]:
    """Add partners that tell the ledger's entries in turns."""
    with runtime.database.unit_of_work(SYSTEM) as uow:
        rows = [
            Party(code=f"BENCH-{n}", name=f"bench {n}", short_name=f"bench {n}", kind=PartyKind.MARKET)
            for n in range(TELLERS)
        ]
        uow.session.add_all(rows)
        uow.session.flush()
        return [row.id for row in rows]


def _partner(runtime: Runtime) -> Actor:
    """Agree a source whose events are shown with a market of the season, and act for that market."""
    with runtime.database.unit_of_work(SYSTEM) as uow:
        party_id = uow.session.scalars(select(Party.id).where(Party.kind == PartyKind.MARKET)).first()
        if party_id is None:
            raise ConfigurationError("the season has no market")
        if uow.session.scalar(select(Source.id).where(Source.code == "BENCH")) is None:
            uow.session.add(Source(code="BENCH", name="bench", party_id=party_id, trust=Trust.SHOW))
    return Actor(None, "bench", party_id, None, frozenset())
