"""Documents taken for changing: found and locked for the party that may, or refused."""

from __future__ import annotations

from typing import TypeVar

from sqlalchemy import select

from supplychain.contracts.models.contract import Contract
from supplychain.contracts.models.order import Order
from supplychain.contracts.models.settlement import Settlement
from supplychain.contracts.queries.visibility import visible
from supplychain.kernel.db.uow import UnitOfWork
from supplychain.kernel.errors import Forbidden, NotFound
from supplychain.kernel.i18n import N_
from supplychain.kernel.permissions import Actor

D = TypeVar("D", Contract, Order, Settlement)


def locked(uow: UnitOfWork, model: type[D], number: str, *, shared: bool = False) -> D:
    """Return a document under lock; NotFound when there is none that the actor may see.

    `shared` only keeps it from changing: several orders may be placed under one contract at once.
    """
    found = uow.session.scalar(
        select(model)
        .where(model.number == number, visible(uow.actor, model))
        .with_for_update(read=shared, key_share=not shared)
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise NotFound(N_("There is nothing with the number %(number)s here."), number=number)
    return found


def require_seller(actor: Actor, document: Contract | Order | Settlement) -> None:
    """Raise Forbidden unless the actor acts for the seller, or for the suite."""
    if not actor.sees_all and actor.party_id != document.seller_id:
        raise Forbidden(N_("Only the seller may do this."))


def require_buyer(actor: Actor, document: Contract | Order | Settlement) -> None:
    """Raise Forbidden unless the actor acts for the buyer, or for the suite."""
    if not actor.sees_all and actor.party_id != document.buyer_id:
        raise Forbidden(N_("Only the buyer may do this."))
