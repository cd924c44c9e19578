"""What may be done with contracts, prices, orders, deliveries and settlements."""

from __future__ import annotations

from supplychain.kernel.i18n import N_
from supplychain.kernel.permissions import Permission

CONTRACT_READ = Permission("contracts.contract.read", N_("See contracts and prices"))
CONTRACT_WRITE = Permission("contracts.contract.write", N_("Draft contracts and set prices"))
CONTRACT_DECIDE = Permission("contracts.contract.decide", N_("Activate, suspend and end contracts"))
ORDER_READ = Permission("contracts.order.read", N_("See orders and deliveries"))
ORDER_PLACE = Permission("contracts.order.place", N_("Place orders"))
ORDER_CONFIRM = Permission("contracts.order.confirm", N_("Confirm orders"))
ORDER_CANCEL = Permission("contracts.order.cancel", N_("Cancel orders"))
SETTLEMENT_READ = Permission("contracts.settlement.read", N_("See settlements"))
SETTLEMENT_ISSUE = Permission("contracts.settlement.issue", N_("Issue settlements and mark them paid"))
SETTLEMENT_CONFIRM = Permission("contracts.settlement.confirm", N_("Confirm settlements"))

ALL = (
    CONTRACT_READ,
    CONTRACT_WRITE,
    CONTRACT_DECIDE,
    ORDER_READ,
    ORDER_PLACE,
    ORDER_CONFIRM,
    ORDER_CANCEL,
    SETTLEMENT_READ,
    SETTLEMENT_ISSUE,
    SETTLEMENT_CONFIRM,
)
