"""What logistics announces."""

from __future__ import annotations

from dataclasses import dataclass

from supplychain.kernel.events import Event


@dataclass(frozen=True, slots=True)
class ShipmentDispatched(Event):
    """A lorry has left. Nobody vetoes it: whatever forbids it is asked before."""

    shipment_id: int


@dataclass(frozen=True, slots=True)
class ShipmentReceived(Event):
    """Every gate of a shipment has taken in its goods."""

    shipment_id: int


@dataclass(frozen=True, slots=True)
class ExcursionFound(Event):
    """Readings say that a trip left its band by more than an open door explains."""

    shipment_id: int
    severity: str
