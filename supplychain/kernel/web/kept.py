"""Pieces of pages that are the same for everybody, kept for a short while.

Nothing that depends on who looks belongs here, and nothing that must be true to the second.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from threading import Lock

from cachetools import TTLCache
from markupsafe import Markup

from supplychain.kernel import clock

SECONDS = 60
"""How old a piece may become when its key does not tell that it changed."""
PIECES = 512
"""How many are kept: some 10 MB of pages."""


class Kept:
    """The pieces of one application; safe between threads."""

    def __init__(self) -> None:
        """Start with none."""
        self._pieces: TTLCache[Hashable, Markup] = TTLCache(PIECES, SECONDS, lambda: clock.now().timestamp())
        self._lock = Lock()

    def get(self, key: Hashable) -> Markup | None:
        """Return the piece of a key, or None when there is none or it is too old."""
        with self._lock:
            return self._pieces.get(key)

    def piece(self, key: Hashable, make: Callable[[], Markup]) -> Markup:
        """Return the piece of a key; made when there is none or it is too old. `key` names what it shows."""
        with self._lock:
            found = self._pieces.get(key)
        if found is None:
            found = make()
            with self._lock:
                self._pieces[key] = found
        return found
