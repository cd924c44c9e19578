"""Holds are written down in a spreadsheet too; one that has ended is not placed again by the same file."""

from __future__ import annotations

from supplychain.kernel.db.uow import UnitOfWork
from supplychain.kernel.sheets.sheet import Outcome
from tests.make.traceability import let_go, make_batch, make_farm
from traceability.models.hold import Hold
from traceability.services import hold_slip
from traceability.services.hold_slip import HoldSlip


def test_the_same_reason_holds_a_batch_once_and_not_again_after_it_was_lifted(uow: UnitOfWork) -> None:
    batch = make_batch(uow, make_farm(uow))
    slip = HoldSlip(batch.number, "快检可疑")
    assert hold_slip.put(uow, slip) is Outcome.CREATED
    assert hold_slip.put(uow, slip) is Outcome.UNCHANGED
    placed = uow.session.query(Hold).filter_by(batch_id=batch.id).one()
    let_go(uow, placed.id)
    assert hold_slip.put(uow, slip) is Outcome.UNCHANGED
    assert not batch.is_held
