"""Pieces of pages that are the same for everybody, kept for a short while.

Nothing that depends on who looks belongs here, and nothing that must be true to the second.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from datetime import datetime, timedelta
from threading import Lock
from typing import Any, TypeVar

from supplychain.kernel import clock

SECONDS = 60
"""How old a piece may become when its key does not tell that it changed."""
PIECES = 512
"""How many are kept: some 10 MB of pages."""

_T = TypeVar("_T")
_AGE = timedelta(seconds=SECONDS)


class Kept:
    """The pieces of one application; safe between threads. What was asked for last is kept longest."""

    def __init__(self) -> None:
        """Start with none."""
        self._pieces: OrderedDict[Hashable, tuple[datetime, Any]] = OrderedDict()
        self._lock = Lock()

    def get(self, key: Hashable) -> Any:
        """Return the piece of a key, or None when there is none or it is too old."""
        with self._lock:
            made_at, found = self._pieces.get(key, (None, None))
            if made_at is None or made_at <= clock.now() - _AGE:
                return None
            self._pieces.move_to_end(key)
            return found

    def piece(self, key: Hashable, make: Callable[[], _T]) -> _T:
        """Return the piece of a key; made when there is none or it is too old. `key` names what it shows."""
        found: _T | None = self.get(key)
        if found is None:
            found = make()
            with self._lock:
                self._pieces[key] = clock.now(), found
                self._pieces.move_to_end(key)
                if len(self._pieces) > PIECES:
                    self._pieces.popitem(last=False)
        return found
