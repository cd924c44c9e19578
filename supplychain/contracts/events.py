"""What contracts announces to those above it."""

from __future__ import annotations

from dataclasses import dataclass

from supplychain.kernel.events import Event


@dataclass(frozen=True, slots=True)
class ContractActivated(Event):
    """Orders may be placed under a contract. Nobody may veto."""

    contract_id: int
    seller_id: int
    buyer_id: int


@dataclass(frozen=True, slots=True)
class OrderConfirmed(Event):
    """An order counts: the goods can be allocated. Nobody may veto."""

    order_id: int
    seller_id: int
    buyer_id: int


@dataclass(frozen=True, slots=True)
class OrderCancelled(Event):
    """An order is off. Logistics may veto when its goods are packed already."""

    order_id: int


@dataclass(frozen=True, slots=True)
class SettlementIssued(Event):
    """A month under a contract was settled. Nobody may veto."""

    settlement_id: int
    seller_id: int
    buyer_id: int
