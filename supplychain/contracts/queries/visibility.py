"""Who may see a contract and what hangs on it: its seller, its buyer, and those who see everything."""

from __future__ import annotations

from sqlalchemy import ColumnElement, or_, true

from supplychain.contracts.models.contract import Contract
from supplychain.contracts.models.order import Order
from supplychain.contracts.models.settlement import Settlement
from supplychain.kernel.permissions import Actor


def visible(
    actor: Actor, document: type[Contract] | type[Order] | type[Settlement] = Contract
) -> ColumnElement[bool]:
    """Return the condition on a document: the actor's party sells or buys."""
    if actor.sees_all:
        return true()
    return or_(document.seller_id == actor.party_id, document.buyer_id == actor.party_id)
