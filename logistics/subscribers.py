"""What logistics does when contracts announce something."""

from __future__ import annotations

from logistics.services import allocation
from supplychain.contracts.events import OrderCancelled
from supplychain.kernel.db.uow import UnitOfWork
from supplychain.kernel.events import Subscription


def _release(uow: UnitOfWork, event: OrderCancelled) -> None:
    allocation.cancel_order(uow, event.order_id)


SUBSCRIBERS = (Subscription(OrderCancelled, _release),)
