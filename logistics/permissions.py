"""What may be done with goods on the way."""

from __future__ import annotations

from supplychain.kernel.i18n import N_
from supplychain.kernel.permissions import Permission

ALLOCATE = Permission("logistics.allocate", N_("Allocate batches to orders"))
PACK = Permission("logistics.pack", N_("Pack and unpack"))
SHIPMENT_READ = Permission("logistics.shipment.read", N_("See shipments and their temperatures"))
SHIPMENT_PLAN = Permission("logistics.shipment.plan", N_("Plan and dispatch shipments"))
SHIPMENT_ARRIVE = Permission("logistics.shipment.arrive", N_("Report arrivals"))
RECEIVE = Permission("logistics.receive", N_("Receive goods at the gate"))
READING_WRITE = Permission("logistics.reading.write", N_("Hand in temperature readings"))
DEVICE_READ = Permission("logistics.device.read", N_("See vehicles, routes and loggers"))
DEVICE_WRITE = Permission("logistics.device.write", N_("Change vehicles, routes and loggers"))

ALL = (
    ALLOCATE,
    PACK,
    SHIPMENT_READ,
    SHIPMENT_PLAN,
    SHIPMENT_ARRIVE,
    RECEIVE,
    READING_WRITE,
    DEVICE_READ,
    DEVICE_WRITE,
)
