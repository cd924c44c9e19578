"""What logistics does when contracts or traceability announce something."""

from __future__ import annotations

from logistics.services import allocation, write_off
from supplychain.contracts.events import OrderCancelled
from supplychain.kernel.db.uow import UnitOfWork
from supplychain.kernel.events import Subscription
from traceability.events import BatchDestroyed, UnitDestroyed


def _release(uow: UnitOfWork, event: OrderCancelled) -> None:
    allocation.cancel_order(uow, event.order_id)


def _batch_destroyed(uow: UnitOfWork, event: BatchDestroyed) -> None:
    write_off.batch_destroyed(uow, event.batch_id)


def _unit_destroyed(uow: UnitOfWork, event: UnitDestroyed) -> None:
    write_off.unit_destroyed(uow, event.sscc)


SUBSCRIBERS = (
    Subscription(OrderCancelled, _release),
    Subscription(BatchDestroyed, _batch_destroyed),
    Subscription(UnitDestroyed, _unit_destroyed),
)
