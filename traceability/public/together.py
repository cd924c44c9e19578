"""Looks that come at the same time are counted in one transaction: one of them writes for all that wait.

Each look is on record before its page leaves, as it would be alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from threading import Lock

from supplychain.kernel.db.uow import Database
from supplychain.kernel.permissions import NOBODY
from traceability.queries.scan import Looks
from traceability.services import scan
from traceability.services.scan import Look


@dataclass(slots=True, eq=False)
class _Ticket:
    """A look that waits to be counted, and what came of it."""

    database: Database
    look: Look
    is_done: bool = False
    looks: Looks | None = None
    error: Exception | None = None


class Together:
    """Counts looks; safe between threads."""

    def __init__(self) -> None:
        """Start with nobody waiting."""
        self._waiting: list[_Ticket] = []
        self._writing, self._queue = Lock(), Lock()

    def count(self, database: Database, look: Look) -> Looks | None:
        """Count a look as `services.scan.count` does; return when it is on record."""
        ticket = _Ticket(database, look)
        with self._queue:
            self._waiting.append(ticket)
        with self._writing:
            if not ticket.is_done:
                _count(database, self._taken(database))
        if ticket.error is not None:
            raise ticket.error
        return ticket.looks

    def _taken(self, database: Database) -> Sequence[_Ticket]:
        with self._queue:
            taken = [ticket for ticket in self._waiting if ticket.database is database]
            self._waiting = [ticket for ticket in self._waiting if ticket.database is not database]
        return taken


def _count(database: Database, tickets: Sequence[_Ticket]) -> None:
    try:
        with database.unit_of_work(NOBODY, durable=False) as uow:
            for ticket in tickets:
                ticket.looks = scan.count(uow, ticket.look)
    except Exception as error:  # noqa: BLE001 - each of those who wait raises it
        for ticket in tickets:
            ticket.error = error
    finally:
        for ticket in tickets:
            ticket.is_done = True
