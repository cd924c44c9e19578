"""States of allocations, units, shipments and receipts, and the kinds of trouble on the way; pure."""

from __future__ import annotations

from enum import StrEnum

from supplychain.kernel.i18n import N_
from supplychain.kernel.state import StateTable


class AllocationState(StrEnum):
    """How far a promise of goods has come."""

    PROMISED = "promised"
    PACKED = "packed"
    SHIPPED = "shipped"
    CANCELLED = "cancelled"


ALLOCATION = StateTable(
    initial=AllocationState.PROMISED,
    flow=(AllocationState.PROMISED, AllocationState.PACKED, AllocationState.SHIPPED),
    moves={
        AllocationState.PROMISED: frozenset({AllocationState.PACKED, AllocationState.CANCELLED}),
        AllocationState.PACKED: frozenset({AllocationState.SHIPPED, AllocationState.PROMISED}),
        AllocationState.SHIPPED: frozenset(),
        AllocationState.CANCELLED: frozenset(),
    },
    labels={
        AllocationState.PROMISED: N_("Promised"),
        AllocationState.PACKED: N_("Packed, waiting"),
        AllocationState.SHIPPED: N_("Shipped"),
        AllocationState.CANCELLED: N_("Cancelled"),
    },
)


class UnitKind(StrEnum):
    """What a logistic unit is."""

    BOX = "box"
    PALLET = "pallet"


UNIT_KINDS = {UnitKind.BOX: N_("Box"), UnitKind.PALLET: N_("Pallet")}


class UnitState(StrEnum):
    """Where a logistic unit stands."""

    PACKED = "packed"
    UNPACKED = "unpacked"
    SHIPPED = "shipped"
    RECEIVED = "received"


UNIT = StateTable(
    initial=UnitState.PACKED,
    flow=(UnitState.PACKED, UnitState.SHIPPED, UnitState.RECEIVED),
    moves={
        UnitState.PACKED: frozenset({UnitState.UNPACKED, UnitState.SHIPPED}),
        UnitState.UNPACKED: frozenset(),
        UnitState.SHIPPED: frozenset({UnitState.RECEIVED}),
        UnitState.RECEIVED: frozenset(),
    },
    labels={
        UnitState.PACKED: N_("Packed, waiting"),
        UnitState.UNPACKED: N_("Taken apart"),
        UnitState.SHIPPED: N_("Under way"),
        UnitState.RECEIVED: N_("Received at the gate"),
    },
)


class ShipmentState(StrEnum):
    """Where a shipment stands."""

    PLANNED = "planned"
    IN_TRANSIT = "in_transit"
    ARRIVED = "arrived"
    RECEIVED = "received"
    CANCELLED = "cancelled"


SHIPMENT = StateTable(
    initial=ShipmentState.PLANNED,
    flow=(
        ShipmentState.PLANNED,
        ShipmentState.IN_TRANSIT,
        ShipmentState.ARRIVED,
        ShipmentState.RECEIVED,
    ),
    moves={
        ShipmentState.PLANNED: frozenset({ShipmentState.IN_TRANSIT, ShipmentState.CANCELLED}),
        ShipmentState.IN_TRANSIT: frozenset({ShipmentState.ARRIVED, ShipmentState.RECEIVED}),
        ShipmentState.ARRIVED: frozenset({ShipmentState.RECEIVED}),
        ShipmentState.RECEIVED: frozenset(),
        ShipmentState.CANCELLED: frozenset(),
    },
    labels={
        ShipmentState.PLANNED: N_("Planned"),
        ShipmentState.IN_TRANSIT: N_("On the road"),
        ShipmentState.ARRIVED: N_("At the gate"),
        ShipmentState.RECEIVED: N_("Received at all gates"),
        ShipmentState.CANCELLED: N_("Cancelled"),
    },
)


class Channel(StrEnum):
    """What a logger measures."""

    TEMPERATURE = "temperature"
    HUMIDITY = "humidity"


class ExcursionKind(StrEnum):
    """What went wrong on the way."""

    HIGH = "high"
    LOW = "low"
    GAP = "gap"


EXCURSION_KINDS = {
    ExcursionKind.HIGH: N_("Too warm"),
    ExcursionKind.LOW: N_("Too cold"),
    ExcursionKind.GAP: N_("No readings"),
}


class Severity(StrEnum):
    """How bad it is; missing data is unknown, never fine."""

    FINE = "fine"
    UNKNOWN = "unknown"
    MINOR = "minor"
    MAJOR = "major"
    CRITICAL = "critical"


SEVERITIES = {
    Severity.FINE: N_("Within the band"),
    Severity.UNKNOWN: N_("Not fully witnessed"),
    Severity.MINOR: N_("Minor excursion"),
    Severity.MAJOR: N_("Major excursion"),
    Severity.CRITICAL: N_("Critical excursion"),
}


class RejectReason(StrEnum):
    """Why goods are refused at the gate."""

    TEMPERATURE = "temperature"
    QUALITY = "quality"
    DAMAGE = "damage"
    PAPERS = "papers"
    WRONG_ITEM = "wrong_item"


REJECT_REASONS = {
    RejectReason.TEMPERATURE: N_("Cold chain broken"),
    RejectReason.QUALITY: N_("Below the agreed grade"),
    RejectReason.DAMAGE: N_("Damaged packing"),
    RejectReason.PAPERS: N_("Papers missing"),
    RejectReason.WRONG_ITEM: N_("Not what was ordered"),
}


CHANNELS = {Channel.TEMPERATURE: N_("Temperature"), Channel.HUMIDITY: N_("Humidity")}
