"""A long ledger in little time: partners' entries and what they are found by, poured in past everything.

What is told is what `events` tells, one number after the other. Links are not chained and ids are given, so
nothing but a benchmark may stand on it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Engine

from supplychain.bench import driver, events
from supplychain.bench.driver import Driver
from supplychain.kernel import clock
from supplychain.kernel.db.base import table_of
from traceability.models.epcis import EntryFact
from traceability.models.ledger import Entry, EntryThing
from traceability.services import chain, epcis_index

PART = 20_000
"""Entries in one transaction."""
_COLUMNS = (
    *("id", "event_id", "event_type", "action", "biz_step", "disposition", "read_point", "biz_location"),
    *("event_time", "record_time", "reference", "recorded_by", "document", "party_id", "position", "link"),
)
_THINGS = ("entry_id", "role", "name", "is_class")


@dataclass(frozen=True, slots=True)
class Ledger:
    """Where entries go: those of number n stand in the chain of the n-th of the tellers, in turns."""

    engine: Engine
    tellers: Sequence[int]
    before: int
    """The newest entry that was there."""

    def fill(self, first: int, last: int) -> None:
        """Write the entries from one number up to another, which is not written."""
        with driver.opened(self.engine) as raw:
            for start in range(first, last, PART):
                self._pour(raw, range(start, min(start + PART, last)))
            self._settle(raw, last)

    def _pour(self, raw: Driver, numbers: range) -> None:
        told = [(self.before + 1 + n, n, _told(n)) for n in numbers]
        raw.pour(table_of(Entry), _COLUMNS, (self._row(raw, key, n, event) for key, n, event in told))
        things = ((key, *thing) for key, _, event in told for thing in chain.things_of(event))
        raw.pour(table_of(EntryThing), _THINGS, things)
        facts = (row for key, _, event in told for row in epcis_index.rows_of(key, event))
        raw.pour(table_of(EntryFact), epcis_index.COLUMNS, facts)

    def _row(self, raw: Driver, key: int, number: int, event: dict[str, Any]) -> tuple[Any, ...]:
        turn, place = divmod(number, len(self.tellers))
        happened = _instant(datetime.fromisoformat(event["eventTime"]), raw)
        recorded = _instant(clock.now() - timedelta(days=30) + timedelta(seconds=number), raw)
        return (
            *(key, event["eventID"], event["type"], event["action"], event["bizStep"], event["disposition"]),
            *(event["readPoint"]["id"], event.get("bizLocation", {}).get("id", "")),
            *(happened, recorded, "", "bench", json.dumps(event), self.tellers[place], turn + 1, ""),
        )

    def _settle(self, raw: Driver, count: int) -> None:
        """Let the database look at what there is, as it does by itself in an hour."""
        if not raw.is_sqlite:
            raw.execute(f"SELECT setval('traceability_entry_id_seq', {self.before + count + 1})")
            raw.execute("ANALYZE")
        raw.commit()


def _told(number: int) -> dict[str, Any]:
    return events.event(number) | {"eventID": f"urn:uuid:00000000-0000-4000-8000-{number:012d}"}


def _instant(at: datetime, raw: Driver) -> datetime | str:
    utc = at.astimezone(UTC)
    return utc.replace(tzinfo=None).isoformat(" ", "microseconds") if raw.is_sqlite else utc
