"""What a code named a moment ago: the same is not asked again for a fifth of a second.

Kept is what nobody's look changes: what a visitor found who is on record, and what everybody finds at a code
that very many look at. An act of this process is seen at once; one of another process that much later.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, replace
from threading import Lock
from time import monotonic

from supplychain.kernel.db.uow import Database
from traceability.queries import look as looking
from traceability.queries.look import Found

SECONDS = 0.2
"""How old a finding may become."""
MANY = 100
"""So many visitors make one more or less of no account."""
FINDINGS = 1024
"""How many are kept."""


@dataclass(frozen=True, slots=True)
class Named:
    """What an address names."""

    gtin: str
    lot: str | None
    serial: str | None


_Key = tuple[Named, str]
_State = tuple[Database, int]


class Recent:
    """The findings of one process; safe between threads."""

    def __init__(self) -> None:
        """Know none."""
        self._kept: OrderedDict[_Key, tuple[float, Found]] = OrderedDict()
        self._lock = Lock()
        self._state: _State | None = None
        """Which database, and after how many acts of this process."""

    def find(self, database: Database, named: Named, visitor: str) -> Found | None:
        """Return what `queries.look.find` does, or did a moment ago."""
        now = monotonic()
        state = (database, database.acts)
        known = self._known(state, now, (named, visitor)) or self._known(state, now, (named, ""))
        if known is not None:
            return known
        found = looking.find(database, named.gtin, named.lot, named.serial, visitor)
        if found is not None and found.looks.count >= MANY:
            self._keep(state, now, (named, ""), replace(found, is_counted=True))
        elif found is not None and found.is_counted:
            self._keep(state, now, (named, visitor), found)
        return found

    def _known(self, state: _State, now: float, key: _Key) -> Found | None:
        with self._lock:
            if state != self._state:
                self._kept.clear()
                self._state = state
            found_at, found = self._kept.get(key, (0.0, None))
            return found if now - found_at < SECONDS else None

    def _keep(self, state: _State, now: float, key: _Key, found: Found) -> None:
        with self._lock:
            if state != self._state:
                return
            self._kept[key] = now, found
            self._kept.move_to_end(key)
            if len(self._kept) > FINDINGS:
                self._kept.popitem(last=False)
