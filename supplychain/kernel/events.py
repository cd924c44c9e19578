"""Events: what an addon announces to those above it, and the table of who hears it.

An event is a frozen dataclass of ids and plain values; it asks nothing and carries no answer.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Event:
    """Base of every announcement; each subclass names in its docstring who may veto it."""


@dataclass(frozen=True, slots=True)
class Subscription:
    """One addon's wish to hear one kind of event: `handler(uow, event)`."""

    event: type[Event]
    handler: Callable[[Any, Any], None]


class Subscriptions:
    """Who hears what, in the order in which the addons were installed."""

    def __init__(self, subscriptions: Iterable[Subscription] = ()) -> None:
        """Index the subscriptions by event type."""
        self._handlers: dict[type[Event], list[Callable[[Any, Any], None]]] = defaultdict(list)
        for subscription in subscriptions:
            self._handlers[subscription.event].append(subscription.handler)

    def of(self, event: Event) -> tuple[Callable[[Any, Any], None], ...]:
        """Return the handlers of an event."""
        return tuple(self._handlers.get(type(event), ()))
