"""What visits announce to those above them."""

from __future__ import annotations

from dataclasses import dataclass

from supplychain.kernel.events import Event


@dataclass(frozen=True, slots=True)
class VisitPlanned(Event):
    """Somebody will come to a place. Nobody may veto."""

    visit_id: int
