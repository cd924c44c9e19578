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
from logistics.queries import packing as packings
from logistics.queries import sheet as rows
from logistics.schemas import (
    DeviceIn,
    LoadingIn,
    ReceiptFilterIn,
    ReceiptRowIn,
    RouteIn,
    ShipmentFilterIn,
    UnitFilterIn,
    UnitOut,
    VehicleIn,
)
from logistics.services import fleet, loading, logger_file, receipt_sheet
from supplychain.kernel.i18n import N_
from supplychain.kernel.permissions import Actor
from supplychain.kernel.schema.base import filter_of
from supplychain.kernel.sheets.sheet import FileKind, Sheet, each, grouped


def _loaded(session: Session, actor: Actor, asked: Mapping[str, str]) -> Iterable[Any]:
    return rows.loaded(session, actor, filter_of(ShipmentFilterIn(), asked))


def _received(session: Session, actor: Actor, asked: Mapping[str, str]) -> Iterable[Any]:
    return rows.received(session, actor, filter_of(ReceiptFilterIn(), asked))


def _packed(session: Session, actor: Actor, asked: Mapping[str, str]) -> Iterable[Any]:
    return packings.every(session, actor, filter_of(UnitFilterIn(), asked))


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
    Sheet("units", N_("Boxes and pallets"), UnitOut, None, _packed, SHIPMENT_READ, SHIPMENT_READ),
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
