"""The manifest of logistics."""

from __future__ import annotations

from logistics import permissions as may
from logistics.api import blp
from logistics.jobs import JOBS
from logistics.leads import LEADS
from logistics.models.packing import Allocation, LogisticUnit, UnitContent
from logistics.models.shipment import Receipt, ReceiptLine, Route, Shipment, Stop, Vehicle
from logistics.models.telemetry import Device, DeviceRide, Excursion, Reading
from logistics.pages import demand, fleet, receipt, shipment
from logistics.panels import KPIS, PANELS, RECORD_LINKS, TASKS
from logistics.sheets import FILES, SHEETS
from logistics.subscribers import SUBSCRIBERS
from supplychain.kernel.addon import Addon, DemoFile, DocumentKind, NavGroup, NavItem
from supplychain.kernel.i18n import N_
from supplychain.kernel.permissions import Grant

LOGS = (
    "log-MS004101.csv",
    "log-MS004102.csv",
    "log-MS004103.csv",
    "log-MS004104.csv",
    "log-HM004105.csv",
    "log-HM004106.csv",
    "log-MS004107.csv",
    "log-MS004108.csv",
    "log-MS004109.csv",
    "log-MS004110.csv",
    "log-HM004111.csv",
    "log-MS004112.csv",
    "log-MS004113.csv",
    "log-MS004114.csv",
    "log-MS004115.csv",
    "log-HM004116.csv",
    "log-HM004117.csv",
    "log-MS004118.csv",
    "log-MS004119.csv",
    "log-MS004120.csv",
    "log-MS004121.csv",
    "log-HM004122.csv",
    "log-HM004123.csv",
    "log-MS004124.csv",
    "log-MS004125.csv",
    "log-HM004126.csv",
    "log-MS004127.csv",
    "log-MS004128.csv",
    "log-HM004129.csv",
)
"""The loggers' exports of the season, one a trip."""

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
    pages=(demand.bp, shipment.bp, receipt.bp, fleet.bp),
    apis=(blp,),
    nav=(
        NavItem(NavGroup.TRANSPORT, N_("Allocate"), "demand.board", "share", may.ALLOCATE, 30),
        NavItem(NavGroup.TRANSPORT, N_("Boxes and pallets"), "demand.unit_list", "box", may.PACK, 32),
        NavItem(
            NavGroup.TRANSPORT, N_("Shipments"), "shipments.shipment_list", "truck", may.SHIPMENT_READ, 34
        ),
        NavItem(
            NavGroup.TRANSPORT, N_("Receipts"), "receipts.receipt_list", "receipt", may.SHIPMENT_READ, 36
        ),
        NavItem(NavGroup.RECORDS, N_("Lorries"), "fleet.vehicle_list", "snowflake", may.DEVICE_READ, 76),
        NavItem(NavGroup.RECORDS, N_("Routes"), "fleet.route_list", "route", may.DEVICE_READ, 77),
        NavItem(NavGroup.RECORDS, N_("Loggers"), "fleet.device_list", "temperature", may.DEVICE_READ, 78),
    ),
    sheets=SHEETS,
    files=FILES,
    jobs=JOBS,
    subscribers=SUBSCRIBERS,
    record_links=RECORD_LINKS,
    leads=LEADS,
    panels=PANELS,
    kpis=KPIS,
    tasks=TASKS,
    demo=(
        DemoFile("vehicles", "vehicles.xlsx", 50),
        DemoFile("routes", "routes.xlsx", 51),
        DemoFile("devices", "devices.xlsx", 52),
        DemoFile("shipments", "loading.xlsx", 53),
        *(DemoFile("readings", name, 54) for name in LOGS),
        DemoFile("receipts", "receipts.xlsx", 55),
    ),
    documents=(
        DocumentKind(
            "logistics.shipment", N_("Shipments"), (Shipment.id, Shipment.number), "shipments.shipment"
        ),
        DocumentKind(
            "logistics.unit",
            N_("Boxes and pallets"),
            (LogisticUnit.id, LogisticUnit.sscc),
            "demand.unit",
            "sscc",
        ),
        DocumentKind("logistics.receipt", N_("Receipts"), (Receipt.id, Receipt.number)),
        DocumentKind("logistics.vehicle", N_("Lorries"), (Vehicle.id, Vehicle.plate)),
        DocumentKind("logistics.route", N_("Routes"), (Route.id, Route.code)),
        DocumentKind("logistics.device", N_("Loggers"), (Device.id, Device.serial)),
    ),
)
