"""Looks are put on record together: written down at once, counted soon after by a thread of the process.

Where looks come slowly a page waits a moment until its look is on record, so that the next reader is told of
it by whichever process answers; where they come fast it does not wait.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Lock, Thread, main_thread
from time import monotonic, sleep
from typing import cast

from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from supplychain.kernel import clock
from supplychain.kernel.db.uow import Database
from supplychain.kernel.errors import DomainError
from supplychain.kernel.permissions import NOBODY
from supplychain.kernel.web.endpoint import EXTENSION, Web
from traceability.public.journal import Journal, left_behind
from traceability.queries.scan import UNSEEN, Looks
from traceability.rules.code import ScanKind
from traceability.services import scan
from traceability.services.scan import Look, Visit

A_SECOND = 5
"""So many times a second looks are put on record while they keep coming."""
AT_ONCE = 20
"""So many times without a pause after a quiet time."""
PATIENCE = 0.05
"""Seconds that a page waits for its look to be on record, where looks come slowly."""
RETRY = 1.0
"""Seconds until looks that could not be put on record are tried again."""
RENEWAL = 60.0
"""Seconds without a journal after one failed."""

_FAULTS = (DomainError, SQLAlchemyError, OSError)
_KEY = "traceability.recorder"
_log = logging.getLogger(__name__)

_Key = tuple[str, ScanKind, str]


@dataclass(slots=True)
class _Group:
    """Looks that are put on record together."""

    visits: dict[_Key, Visit] = field(default_factory=dict)
    new: set[_Key] = field(default_factory=set)
    """Consumers who were not on record when they looked."""
    beyond: dict[str, Looks] = field(default_factory=dict)
    """How many they are, by code."""
    sizes: dict[Journal, int] = field(default_factory=dict)
    """How much of which journal is counted with them."""
    is_written: Event = field(default_factory=Event)

    def add(self, visit: Visit, *, is_new: bool) -> None:
        look = visit.look
        key = (look.subject, look.kind, look.visitor)
        before = self.visits.get(key)
        self.visits[key] = visit if before is None else before.and_again(visit)
        if is_new and key not in self.new and look.kind is ScanKind.CONSUMER:
            self.new.add(key)
            others = self.beyond.get(look.subject, UNSEEN)
            self.beyond[look.subject] = Looks(others.count + 1, others.first_at or visit.first_at)

    def take_back(self, earlier: _Group) -> None:
        """Let looks that could not be put on record wait with these."""
        for key, visit in earlier.visits.items():
            self.add(visit, is_new=key in earlier.new)
        self.sizes = earlier.sizes | self.sizes


class Recorder:
    """Counts the looks of one process; safe between threads."""

    def __init__(self, database: Database, folder: Path) -> None:
        """Wait for looks; a journal is begun in the folder with the first."""
        self.database = database
        self._folder = folder
        self._lock, self._writing = Lock(), Lock()
        self._waiting = _Group()
        self._journal: Journal | None = None
        self._gone: list[str] = []
        """Journals that are no more, to be forgotten."""
        self._failed_at: float | None = None
        """When no journal could be begun."""
        self._thread: Thread | None = None
        self._pace = _Pace()
        self._has_adopted = False

    def count(self, look: Look, *, is_new: bool) -> Looks:
        """Count a look; return how many consumers of this code come to those on record, and since when.

        `is_new` says that the visitor was not on record when the code was read. Without a journal the look
        is on record when this returns; Busy when that cannot be.
        """
        visit = Visit(look, now := clock.now(), now)
        if not self.database.is_shared:
            self._put(_Group({(look.subject, look.kind, look.visitor): visit}))
            return Looks(1, now) if is_new else UNSEEN
        with self._lock:
            is_safe = self._wrote_down(visit)
            group = self._waiting
            group.add(visit, is_new=is_new)
            beyond = group.beyond.get(look.subject, UNSEEN)
            is_slow = self._pace.is_slow()
            if is_safe and (self._thread is None or not self._thread.is_alive()):
                self._thread = Thread(target=self._write_all, name="looks")
                self._thread.start()
        if not is_safe:
            self.write()
        elif is_slow:
            group.is_written.wait(PATIENCE)
        return beyond

    def write(self) -> None:
        """Put on record what waits; raises what the database refuses, and nothing is lost."""
        with self._writing:
            with self._lock:
                group, self._waiting = self._waiting, _Group()
                full = group.sizes.keys() - {self._journal}
                if self._journal is not None:
                    group.sizes[self._journal] = self._journal.size
            try:
                self._put(group)
            except _FAULTS:
                with self._lock:
                    self._waiting.take_back(group)
                raise
            group.is_written.set()
            for journal in full:
                journal.discard()
                self._gone.append(journal.name)

    def settle(self) -> None:
        """Wait until nothing waits any more."""
        thread = self._thread
        if thread is not None:
            thread.join()

    def adopt(self) -> None:
        """Count what processes that are no more had written down and not counted."""
        for left in left_behind(self._folder):
            with self.database.unit_of_work(NOBODY, durable=False) as uow:
                visits, size = left.visits(scan.counted(uow, left.name))
                group = _Group()
                for visit in visits:
                    group.add(visit, is_new=False)
                scan.count(uow, group.visits.values())
                scan.note_counted(uow, left.name, size)
            left.discard()
            self._gone.append(left.name)

    def _put(self, group: _Group) -> None:
        with self.database.unit_of_work(NOBODY, durable=False) as uow:
            scan.count(uow, group.visits.values())
            for journal, size in group.sizes.items():
                scan.note_counted(uow, journal.name, size)
            scan.forget(uow, self._gone)
        self._gone = []

    def _wrote_down(self, visit: Visit) -> bool:
        """Write a look into the journal, or into a new one when it is full; False when that cannot be."""
        if self._journal is not None:
            if self._journal.append(visit):
                return True
            self._waiting.sizes[self._journal] = self._journal.size
            self._journal = None
        if self._failed_at is not None and monotonic() - self._failed_at < RENEWAL:
            return False
        try:
            self._journal = Journal(self._folder)
        except OSError:
            _log.warning("looks cannot be written down in %s", self._folder, exc_info=True)
            self._failed_at = monotonic()
            return False
        return self._journal.append(visit)

    def _write_all(self) -> None:
        """Put on record what waits, at a measured pace, until nothing does."""
        while not self._is_idle():
            with self._lock:
                pause = self._pace.pause()
            sleep(pause)
            try:
                self.write()
                self._adopt_once()
            except _FAULTS:
                _log.warning("looks could not be put on record", exc_info=True)
                if not main_thread().is_alive():
                    return
                sleep(RETRY)

    def _is_idle(self) -> bool:
        with self._lock:
            is_idle = not self._waiting.visits
            if is_idle:
                self._thread = None
            return is_idle

    def _adopt_once(self) -> None:
        if not self._has_adopted:
            self.adopt()
            self._has_adopted = True


class _Pace:
    """So many writings a second, and some at once after a quiet time."""

    def __init__(self) -> None:
        self._credit, self._since = float(AT_ONCE), monotonic()

    def is_slow(self) -> bool:
        """Tell whether looks come so slowly that each may be put on record at once."""
        now = monotonic()
        self._credit = min(self._credit + (now - self._since) * A_SECOND, AT_ONCE)
        self._since = now
        return self._credit >= 1

    def pause(self) -> float:
        """Return the seconds to wait before the next writing, which is taken into account."""
        is_slow = self.is_slow()
        self._credit -= 1
        return 0.0 if is_slow else -self._credit / A_SECOND


def of(app: Flask) -> Recorder:
    """Return the recorder of an application's database; made when it is first asked for."""
    web = cast(Web, app.extensions[EXTENSION])
    found: Recorder | None = app.extensions.get(_KEY)
    if found is None or found.database is not web.database:
        found = app.extensions[_KEY] = Recorder(web.database, web.settings.data_dir / "looks")
    return found
