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
from supplychain.kernel.addon import Addon, DemoFile, NavItem
from supplychain.kernel.i18n import N_
from supplychain.kernel.permissions import Grant

LOGS = (
    "log-HM260914005.csv",
    "log-HM260916006.csv",
    "log-HM261006011.csv",
    "log-HM261020016.csv",
    "log-HM261022017.csv",
    "log-HM261106022.csv",
    "log-HM261109023.csv",
    "log-HM261116026.csv",
    "log-HM261122029.csv",
    "log-MS260902001.csv",
    "log-MS260907002.csv",
    "log-MS260909003.csv",
    "log-MS260911004.csv",
    "log-MS260918007.csv",
    "log-MS260922008.csv",
    "log-MS260925009.csv",
    "log-MS260928010.csv",
    "log-MS261008012.csv",
    "log-MS261010013.csv",
    "log-MS261013014.csv",
    "log-MS261015015.csv",
    "log-MS261024018.csv",
    "log-MS261027019.csv",
    "log-MS261029020.csv",
    "log-MS261104021.csv",
    "log-MS261110024.csv",
    "log-MS261112025.csv",
    "log-MS261119027.csv",
    "log-MS261122028.csv",
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
    demo=(
        DemoFile("vehicles", "vehicles.xlsx", 50),
        DemoFile("routes", "routes.xlsx", 51),
        DemoFile("devices", "devices.xlsx", 52),
        DemoFile("shipments", "loading.xlsx", 53),
        *(DemoFile("readings", name, 54) for name in LOGS),
        DemoFile("receipts", "receipts.xlsx", 55),
    ),
)
