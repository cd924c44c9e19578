"""The manifest of contracts: channels, contracts, prices, orders, deliveries, settlements."""

from __future__ import annotations

from supplychain.contracts import permissions as may
from supplychain.contracts.api import blp
from supplychain.contracts.jobs import JOBS
from supplychain.contracts.models.contract import Channel, Contract, ContractLine, Price
from supplychain.contracts.models.order import Delivery, DeliveryLine, Order, OrderLine
from supplychain.contracts.models.settlement import Settlement, SettlementLine
from supplychain.contracts.pages import contract, order, paper, settlement
from supplychain.contracts.panels import KPIS, RECORD_LINKS, TASKS
from supplychain.contracts.services import channel
from supplychain.contracts.sheets import SHEETS
from supplychain.kernel.addon import Addon, DemoFile, DocumentKind, NavGroup, NavItem
from supplychain.kernel.i18n import N_
from supplychain.kernel.permissions import Grant

READER = (may.CONTRACT_READ, may.ORDER_READ, may.SETTLEMENT_READ)
CLERK = (*READER, may.CONTRACT_WRITE, may.ORDER_CONFIRM)

ADDON = Addon(
    name="contracts",
    title=N_("Contracts"),
    summary=N_("Contracts over four channels, prices, orders, what was delivered and what is paid for it."),
    package="supplychain.contracts",
    depends=("base",),
    models=(
        Channel,
        Contract,
        ContractLine,
        Price,
        Delivery,
        DeliveryLine,
        Order,
        OrderLine,
        Settlement,
        SettlementLine,
    ),
    permissions=may.ALL,
    grants=(
        Grant("coop_clerk", CLERK),
        Grant("coop_manager", (*CLERK, may.CONTRACT_DECIDE, may.ORDER_CANCEL, may.SETTLEMENT_ISSUE)),
        Grant("buyer", (*READER, may.ORDER_PLACE, may.ORDER_CANCEL, may.SETTLEMENT_CONFIRM)),
        Grant("officer", READER),
        Grant("operator", may.ALL),
    ),
    pages=(paper.bp, contract.bp, order.bp, settlement.bp),
    apis=(blp,),
    nav=(
        NavItem(NavGroup.TRADE, N_("Orders"), "orders.order_list", "clipboard-check", may.ORDER_READ, 10),
        NavItem(
            NavGroup.TRADE, N_("Contracts"), "contracts.contract_list", "file-text", may.CONTRACT_READ, 12
        ),
        NavItem(NavGroup.TRADE, N_("Prices"), "contracts.price_list", "tag", may.CONTRACT_READ, 14),
        NavItem(
            NavGroup.ACCOUNTS, N_("Delivery records"), "orders.delivery_list", "scale", may.ORDER_READ, 50
        ),
        NavItem(
            NavGroup.ACCOUNTS,
            N_("Settlements"),
            "settlements.settlement_list",
            "file-invoice",
            may.SETTLEMENT_READ,
            52,
        ),
    ),
    sheets=SHEETS,
    jobs=JOBS,
    record_links=RECORD_LINKS,
    kpis=KPIS,
    tasks=TASKS,
    demo=(
        DemoFile("contracts", "contracts.xlsx", 30),
        DemoFile("prices", "prices.xlsx", 31),
        DemoFile("orders", "orders.xlsx", 32),
    ),
    install=channel.install,
    documents=(
        DocumentKind(
            "contracts.contract", N_("Contracts"), (Contract.id, Contract.number), "contracts.contract"
        ),
        DocumentKind("contracts.order", N_("Orders"), (Order.id, Order.number), "orders.order"),
        DocumentKind("contracts.delivery", N_("Delivery records"), (Delivery.id, Delivery.number)),
        DocumentKind(
            "contracts.settlement",
            N_("Settlements"),
            (Settlement.id, Settlement.number),
            "settlements.settlement",
        ),
    ),
)
