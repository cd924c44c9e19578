"""The manifest of the addon logistics."""

from __future__ import annotations

from logistics.models.packing import Allocation, LogisticUnit, UnitContent
from logistics.models.shipment import Receipt, ReceiptLine, Route, Shipment, Stop, Vehicle
from logistics.models.telemetry import Device, DeviceRide, Excursion, Reading
from supplychain.kernel.addon import Addon
from supplychain.kernel.i18n import N_

ADDON = Addon(
    name="logistics",
    title=N_("Logistics"),
    summary="",
    package="logistics",
    depends=("contracts", "traceability"),
    models=(
        Allocation,
        LogisticUnit,
        UnitContent,
        Receipt,
        ReceiptLine,
        Route,
        Shipment,
        Stop,
        Vehicle,
        Device,
        DeviceRide,
        Excursion,
        Reading,
    ),
)
