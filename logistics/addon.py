"""The manifest of logistics."""

from __future__ import annotations

from logistics import permissions as may
from logistics.api import blp
from logistics.jobs import JOBS
from logistics.models.packing import Allocation, LogisticUnit, UnitContent
from logistics.models.shipment import Receipt, ReceiptLine, Route, Shipment, Stop, Vehicle
from logistics.models.telemetry import Device, DeviceRide, Excursion, Reading
from logistics.pages import demand, fleet, shipment
from logistics.panels import KPIS, PANELS, RECORD_LINKS, TASKS
from logistics.sheets import FILES, SHEETS
from logistics.subscribers import SUBSCRIBERS
from supplychain.kernel.addon import Addon, NavItem
from supplychain.kernel.i18n import N_
from supplychain.kernel.permissions import Grant

COOP = (
    may.ALLOCATE,
    may.PACK,
    may.SHIPMENT_READ,
    may.SHIPMENT_PLAN,
    may.READING_WRITE,
    may.DEVICE_READ,
)

ADDON = Addon(
    name="logistics",
    title=N_("Logistics"),
    summary=N_("How goods travel: allocation, packing, shipments, temperatures, receipts."),
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
    permissions=may.ALL,
    grants=(
        Grant("coop_clerk", COOP),
        Grant("coop_manager", COOP),
        Grant("buyer", (may.SHIPMENT_READ, may.RECEIVE)),
        Grant(
            "carrier",
            (may.SHIPMENT_READ, may.SHIPMENT_ARRIVE, may.READING_WRITE, may.DEVICE_READ, may.DEVICE_WRITE),
        ),
        Grant("officer", (may.SHIPMENT_READ, may.DEVICE_READ)),
        Grant("operator", may.ALL),
    ),
    pages=(demand.bp, shipment.bp, fleet.bp),
    apis=(blp,),
    nav=(
        NavItem(N_("Allocate"), "demand.board", "share", may.ALLOCATE, 30),
        NavItem(N_("Boxes and pallets"), "demand.unit_list", "box", may.PACK, 32),
        NavItem(N_("Shipments"), "shipments.shipment_list", "truck", may.SHIPMENT_READ, 34),
        NavItem(N_("Lorries"), "fleet.vehicle_list", "truck", may.DEVICE_READ, 76),
        NavItem(N_("Routes"), "fleet.route_list", "route", may.DEVICE_READ, 77),
        NavItem(N_("Loggers"), "fleet.device_list", "temperature", may.DEVICE_READ, 78),
    ),
    sheets=SHEETS,
    files=FILES,
    jobs=JOBS,
    subscribers=SUBSCRIBERS,
    record_links=RECORD_LINKS,
    panels=PANELS,
    kpis=KPIS,
    tasks=TASKS,
)
