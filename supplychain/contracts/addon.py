"""The manifest of the addon contracts."""

from __future__ import annotations

from supplychain.contracts.models.contract import Channel, Contract, ContractLine, Price
from supplychain.contracts.models.order import Delivery, DeliveryLine, Order, OrderLine
from supplychain.contracts.models.settlement import Settlement, SettlementLine
from supplychain.kernel.addon import Addon
from supplychain.kernel.i18n import N_

ADDON = Addon(
    name="contracts",
    title=N_("Contracts"),
    summary="",
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
)
