"""Holds are written down in a spreadsheet too; one that was lifted is not placed again by the same file."""

from __future__ import annotations

from supplychain.kernel.db.uow import UnitOfWork
from supplychain.kernel.sheets.sheet import Outcome
from tests.make.traceability import make_batch, make_farm
from traceability.models.batch import Hold
from traceability.services import hold


def test_the_same_reason_holds_a_batch_once_and_not_again_after_it_was_lifted(uow: UnitOfWork) -> None:
    batch = make_batch(uow, make_farm(uow))
    assert hold.ensure(uow, batch.id, "快检可疑") is Outcome.CREATED
    assert hold.ensure(uow, batch.id, "快检可疑") is Outcome.UNCHANGED
    placed = uow.session.query(Hold).filter_by(batch_id=batch.id).one()
    hold.lift(uow, placed.id, "复检合格")
    assert hold.ensure(uow, batch.id, "快检可疑") is Outcome.UNCHANGED
    assert not batch.is_held
