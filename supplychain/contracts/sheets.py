"""The spreadsheets of contracts: contracts, prices and orders in and out, deliveries and settlements out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy.orm import Session

from supplychain.contracts.permissions import (
    CONTRACT_READ,
    CONTRACT_WRITE,
    ORDER_PLACE,
    ORDER_READ,
    SETTLEMENT_ISSUE,
    SETTLEMENT_READ,
)
from supplychain.contracts.queries import sheet as rows
from supplychain.contracts.schemas.contract import ContractFilterIn, ContractSheetIn
from supplychain.contracts.schemas.delivery import DeliveryFilterIn, DeliveryOut
from supplychain.contracts.schemas.order import OrderFilterIn, OrderSheetIn
from supplychain.contracts.schemas.price import PriceFilterIn, PriceSheetIn
from supplychain.contracts.schemas.settlement import SettlementFilterIn, SettlementSheetOut
from supplychain.contracts.services import contract_sheet, order_sheet, price
from supplychain.kernel.i18n import N_
from supplychain.kernel.permissions import Actor
from supplychain.kernel.schema.base import filter_of
from supplychain.kernel.sheets.sheet import Sheet, each, grouped


def _contracts(session: Session, actor: Actor, asked: Mapping[str, str]) -> Iterable[Any]:
    return rows.contracts(session, actor, filter_of(ContractFilterIn(), asked))


def _prices(session: Session, actor: Actor, asked: Mapping[str, str]) -> Iterable[Any]:
    return rows.prices(session, actor, filter_of(PriceFilterIn(), asked))


def _orders(session: Session, actor: Actor, asked: Mapping[str, str]) -> Iterable[Any]:
    return rows.orders(session, actor, filter_of(OrderFilterIn(), asked))


def _deliveries(session: Session, actor: Actor, asked: Mapping[str, str]) -> Iterable[Any]:
    return rows.deliveries(session, actor, filter_of(DeliveryFilterIn(), asked))


def _settlements(session: Session, actor: Actor, asked: Mapping[str, str]) -> Iterable[Any]:
    return rows.settlements(session, actor, filter_of(SettlementFilterIn(), asked))


SHEETS = (
    Sheet(
        "contracts",
        N_("Contracts"),
        ContractSheetIn,
        grouped(lambda row: row.number, contract_sheet.take),
        _contracts,
        CONTRACT_WRITE,
        CONTRACT_READ,
    ),
    Sheet("prices", N_("Prices"), PriceSheetIn, each(price.schedule), _prices, CONTRACT_WRITE, CONTRACT_READ),
    Sheet(
        "orders",
        N_("Orders"),
        OrderSheetIn,
        grouped(order_sheet.key, order_sheet.take),
        _orders,
        ORDER_PLACE,
        ORDER_READ,
    ),
    Sheet("deliveries", N_("Delivery records"), DeliveryOut, None, _deliveries, ORDER_READ, ORDER_READ),
    Sheet(
        "settlements",
        N_("Settlements"),
        SettlementSheetOut,
        None,
        _settlements,
        SETTLEMENT_ISSUE,
        SETTLEMENT_READ,
    ),
)
