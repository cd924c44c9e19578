"""What follows for promises and units when goods are destroyed: nobody waits for what is no more."""

from __future__ import annotations

from sqlalchemy import ColumnElement, select

from logistics.models.packing import Allocation, LogisticUnit, UnitContent
from logistics.rules.states import ALLOCATION, AllocationState, UnitState
from logistics.services import packing
from supplychain.kernel.db.uow import UnitOfWork
from supplychain.kernel.documents import audit
from supplychain.kernel.i18n import N_

_LIVE = (AllocationState.PROMISED, AllocationState.PACKED)


def batch_destroyed(uow: UnitOfWork, batch_id: int) -> None:
    """Take apart the units that held some of a batch and have not left, and take its promises back.

    What else was in those units is promised as before.
    """
    within = select(UnitContent.unit_id).where(UnitContent.batch_id == batch_id)
    for unit in _packed(uow, LogisticUnit.id.in_(within)):
        _take_apart(uow, unit)
    _cancel(uow, Allocation.batch_id == batch_id)


def unit_destroyed(uow: UnitOfWork, sscc: str) -> None:
    """Take a unit that was destroyed off its shipment, and take back the promises that it was packed for."""
    for unit in _packed(uow, LogisticUnit.sscc == sscc):
        within = select(UnitContent.allocation_id).where(UnitContent.unit_id == unit.id)
        unit.shipment_id, unit.state = None, UnitState.UNPACKED
        uow.flush()
        audit.record(uow, packing.DOCUMENT, unit.id, N_("Destroyed with all that was in it"))
        _cancel(uow, Allocation.id.in_(within))


def _packed(uow: UnitOfWork, which: ColumnElement[bool]) -> list[LogisticUnit]:
    found = select(LogisticUnit).where(which, LogisticUnit.state == UnitState.PACKED)
    return list(uow.session.scalars(found.order_by(LogisticUnit.id).with_for_update()))


def _take_apart(uow: UnitOfWork, unit: LogisticUnit) -> None:
    unit.shipment_id = None
    packing.open_up(uow, unit)


def _cancel(uow: UnitOfWork, which: ColumnElement[bool]) -> None:
    found = select(Allocation).where(which, Allocation.state.in_(_LIVE)).order_by(Allocation.id)
    for row in uow.session.scalars(found.with_for_update()):
        if row.state is AllocationState.PACKED:
            row.state = AllocationState.PROMISED
        ALLOCATION.check(row.state, AllocationState.CANCELLED)
        row.state = AllocationState.CANCELLED
    uow.flush()
