"""The manifest of the addon contracts."""

from __future__ import annotations

from supplychain.contracts.models.contract import Channel, Contract, ContractLine, Price
from supplychain.contracts.models.order import Delivery, DeliveryLine, Order, OrderLine
from supplychain.contracts.models.settlement import Settlement, SettlementLine
from supplychain.contracts.services import channel
from supplychain.kernel.addon import Addon
from supplychain.kernel.i18n import N_

ADDON = Addon(
    name="contracts",
    title=N_("Contracts"),
    summary=N_("Channels, contracts, prices, orders, delivery records and settlements"),
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
    install=channel.install,
)
