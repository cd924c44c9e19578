"""Two people at once, each on a connection of their own, on both databases."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from sqlalchemy import func, select

from logistics.models.packing import Allocation
from logistics.services import allocation
from supplychain.kernel.db.uow import Database, UnitOfWork
from supplychain.kernel.errors import DomainError
from supplychain.kernel.permissions import SYSTEM, Actor
from tests.make.logistics import make_trade
from tests.make.traceability import make_batch, make_farm, person_of
from tests.traceability.test_genealogy import registered, run
from traceability.models.batch import Batch
from traceability.models.hold import Hold, HoldBatch
from traceability.models.ledger import Entry
from traceability.rules.hold import Disposition, HoldScope
from traceability.rules.ledger import Step
from traceability.services import disposition, hold, process
from traceability.services.way_out import Propose

Act = tuple[Actor, Callable[[UnitOfWork], object]]


def together(database: Database, acts: Sequence[Act]) -> list[str]:
    """Do things at the same moment and return how each went."""
    start = Barrier(len(acts), timeout=30)

    def do(act: Act) -> str:
        start.wait()
        try:
            with database.unit_of_work(act[0]) as uow:
                act[1](uow)
        except DomainError as error:
            return error.code
        return "done"

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(do, acts))


def test_two_who_sign_at_once_sign_once(real_db: Database) -> None:
    with real_db.unit_of_work(SYSTEM) as uow:
        farm = make_farm(uow)
        row = hold.place(uow, make_batch(uow, farm).id, "快检可疑")
        disposition.propose(uow, row.id, Propose(Disposition.RELEASE, "复检合格"))
        hold_id, coop = row.id, farm.coop
    acts = [(person_of(coop, user), lambda uow: disposition.sign(uow, hold_id)) for user in (1, 2, 3)]
    assert sorted(together(real_db, acts)) == ["done", "refused", "refused"]
    with real_db.reading() as session:
        lifted = select(func.count()).select_from(Entry).where(Entry.step == Step.LIFT_HOLD)
        assert session.scalar(lifted) == 1


def test_one_who_signs_and_one_who_refuses_at_once_do_one_of_both(real_db: Database) -> None:
    with real_db.unit_of_work(SYSTEM) as uow:
        farm = make_farm(uow)
        row = hold.place(uow, make_batch(uow, farm).id, "快检可疑")
        disposition.propose(uow, row.id, Propose(Disposition.RELEASE, "复检合格"))
        hold_id, coop = row.id, farm.coop
    acts: list[Act] = [
        (person_of(coop, 1), lambda uow: disposition.sign(uow, hold_id)),
        (person_of(coop, 2), lambda uow: disposition.refuse(uow, hold_id, "先复检")),
    ]
    assert sorted(together(real_db, acts)) == ["done", "refused"]
    with real_db.reading() as session:
        found = session.scalars(select(Hold)).one()
        is_held = session.scalars(select(Batch.is_held)).one()
        assert is_held is (found.lifted_at is None)


def test_goods_are_not_promised_while_somebody_holds_them_unseen(real_db: Database) -> None:
    with real_db.unit_of_work(SYSTEM) as uow:
        trade = make_trade(uow)
    acts: list[Act] = [
        (trade.selling, lambda uow: allocation.promise_order(uow, trade.order.number)),
        (SYSTEM, lambda uow: hold.place(uow, trade.batch.id, "快检可疑")),
    ]
    promised, placed = together(real_db, acts)
    assert placed == "done"
    with real_db.reading() as session:
        first = session.scalar(select(func.count()).select_from(Allocation))
        assert first == (1 if promised == "done" else 0)
        assert session.scalars(select(Batch.is_held)).one()


def test_what_is_made_while_its_parent_is_held_is_held_or_not_made(real_db: Database) -> None:
    with real_db.unit_of_work(SYSTEM) as uow:
        process.install(uow)
        farm = make_farm(uow, is_catch_weight=True)
        leaf = registered(uow, farm, "东山", 60)
        part = run(uow, farm, "SPLIT", [leaf], [60])[0]
        leaf_id = leaf.id
    acts: list[Act] = [
        (SYSTEM, lambda uow: run(uow, farm, "SPLIT", [part], [20, 20, 20])),
        (SYSTEM, lambda uow: hold.place(uow, leaf_id, "残留复检", scope=HoldScope.DESCENDANTS)),
    ]
    made, placed = together(real_db, acts)
    assert placed == "done"
    with real_db.reading() as session:
        batches = session.scalars(select(Batch.is_held)).all()
        assert all(batches)
        assert len(batches) == (5 if made == "done" else 2)
        assert session.scalar(select(func.count()).select_from(HoldBatch)) == len(batches)


def test_two_who_place_the_same_hold_at_once_place_one(real_db: Database) -> None:
    with real_db.unit_of_work(SYSTEM) as uow:
        batch_id = make_batch(uow, make_farm(uow)).id
    acts: list[Act] = [(SYSTEM, lambda uow: hold.place(uow, batch_id, "快检可疑")) for _ in range(3)]
    assert together(real_db, acts) == ["done"] * 3
    with real_db.reading() as session:
        assert session.scalar(select(func.count()).select_from(Hold)) == 1
