"""Logistics' spreadsheets and files: fleet, loading and receiving lists, logger exports."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy.orm import Session

from logistics.permissions import (
    DEVICE_READ,
    DEVICE_WRITE,
    READING_WRITE,
    RECEIVE,
    SHIPMENT_PLAN,
    SHIPMENT_READ,
)
from logistics.queries import fleet as fleets
from logistics.queries import sheet as rows
from logistics.schemas import (
    DeviceIn,
    LoadingIn,
    ReceiptFilterIn,
    ReceiptRowIn,
    RouteIn,
    ShipmentFilterIn,
    VehicleIn,
)
from logistics.services import fleet, loading, logger_file, receipt_sheet
from supplychain.kernel.i18n import N_
from supplychain.kernel.permissions import Actor
from supplychain.kernel.schema.base import load
from supplychain.kernel.sheets.sheet import FileKind, Sheet, each, grouped
from supplychain.kernel.web.openapi import PageIn


def _wanted(shape: PageIn, asked: Mapping[str, str]) -> Any:
    """Return the filter that the list's page was showing; what it does not know is left out."""
    return load(shape, {name: text for name, text in asked.items() if name in shape.fields}, text=True)


def _loaded(session: Session, actor: Actor, asked: Mapping[str, str]) -> Iterable[Any]:
    return rows.loaded(session, actor, _wanted(ShipmentFilterIn(), asked))


def _received(session: Session, actor: Actor, asked: Mapping[str, str]) -> Iterable[Any]:
    return rows.received(session, actor, _wanted(ReceiptFilterIn(), asked))


SHEETS = (
    Sheet(
        "vehicles",
        N_("Lorries"),
        VehicleIn,
        each(fleet.put_vehicle),
        lambda session, actor, filters: fleets.every_vehicle(session),
        DEVICE_WRITE,
        DEVICE_READ,
    ),
    Sheet(
        "routes",
        N_("Routes"),
        RouteIn,
        each(fleet.put_route),
        lambda session, actor, filters: fleets.every_route(session),
        DEVICE_WRITE,
        DEVICE_READ,
    ),
    Sheet(
        "devices",
        N_("Loggers"),
        DeviceIn,
        each(fleet.put_device),
        lambda session, actor, filters: fleets.every_device(session),
        DEVICE_WRITE,
        DEVICE_READ,
    ),
    Sheet(
        "shipments",
        N_("Loading list"),
        LoadingIn,
        grouped(lambda line: (line.plate, line.waybill), loading.load),
        _loaded,
        SHIPMENT_PLAN,
        SHIPMENT_READ,
    ),
    Sheet(
        "receipts",
        N_("Receiving list"),
        ReceiptRowIn,
        grouped(lambda row: (row.waybill, row.gate), receipt_sheet.receive),
        _received,
        RECEIVE,
        SHIPMENT_READ,
    ),
)


FILES = (FileKind("readings", N_("Logger export"), logger_file.take, READING_WRITE),)
