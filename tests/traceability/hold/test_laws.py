"""A batch is held exactly while a hold covers it, whatever is placed, proposed, signed and refused."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from supplychain.kernel.db.uow import UnitOfWork
from supplychain.kernel.errors import DomainError
from tests.make.traceability import Farm, make_farm, person_of
from tests.traceability.test_genealogy import registered, run
from traceability.models.batch import Batch
from traceability.models.hold import Hold, HoldBatch
from traceability.queries import genealogy
from traceability.queries.genealogy import Direction
from traceability.rules.hold import Disposition, HoldKind, HoldScope, HoldState
from traceability.services import disposition, hold, process
from traceability.services.check import check_chains, check_holdings
from traceability.services.way_out import Propose

Step = tuple[str, int, int]
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["place", "widen", "release", "destroy", "sign", "sign", "refuse", "split"]),
        st.integers(0, 7),
        st.integers(0, 1),
    ),
    max_size=14,
)


def family(uow: UnitOfWork, farm: Farm, shape: list[bool]) -> list[Batch]:
    """Make batches that stem from one another: split, or merged with a new one."""
    found = [registered(uow, farm, "A", 60)]
    for is_split in shape:
        last = found[-1]
        if is_split:
            whole = last.grams // 1_000
            found += run(uow, farm, "SPLIT", [last], [whole // 2, whole - whole // 2])
        else:
            other = registered(uow, farm, "B", 60)
            found += [other, *run(uow, farm, "MERGE", [last, other], [last.grams // 1_000 + 60])]
    return found


def attempt(uow: UnitOfWork, act: Callable[[], object]) -> None:
    """Do something that may be refused, leaving no trace when it is."""
    try:
        with uow.session.begin_nested():
            act()
    except DomainError:
        uow.session.expire_all()


def step(uow: UnitOfWork, farm: Farm, batches: list[Batch], one: Step) -> None:
    """Take one step of the sequence, as one of two people."""
    act, at, who = one
    uow.actor = person_of(farm.coop, 11 + who)
    batch = batches[at % len(batches)]
    rows = uow.session.scalars(select(Hold.id).order_by(Hold.id)).all()
    hold_id = rows[at % len(rows)] if rows else 10**9
    acts: dict[str, Callable[[], object]] = {
        "place": lambda: hold.place(uow, batch.id, f"为 {at}"),
        "widen": lambda: hold.place(uow, batch.id, f"为 {at}", HoldKind.RESIDUE, HoldScope.DESCENDANTS),
        "release": lambda: disposition.propose(uow, hold_id, Propose(Disposition.RELEASE, "x")),
        "destroy": lambda: disposition.propose(uow, hold_id, Propose(Disposition.DESTROY, "x")),
        "sign": lambda: disposition.sign(uow, hold_id),
        "refuse": lambda: disposition.refuse(uow, hold_id, "x"),
        "split": lambda: batches.extend(run(uow, farm, "SPLIT", [batch], [batch.grams // 1_000])),
    }
    attempt(uow, acts[act])


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(shape=st.lists(st.booleans(), max_size=4), steps=STEPS)
def test_a_batch_is_held_exactly_while_a_hold_covers_it(
    uow: UnitOfWork, shape: list[bool], steps: list[Step]
) -> None:
    outer = uow.session.begin_nested()
    before = uow.actor
    process.install(uow)
    farm = make_farm(uow, is_catch_weight=True)
    batches = family(uow, farm, shape)
    for one in steps:
        step(uow, farm, batches, one)
        _check(uow, batches)
    assert not [*check_holdings(uow.session), *check_chains(uow.session)]
    uow.actor = before
    outer.rollback()
    uow._events.clear()


def _check(uow: UnitOfWork, batches: list[Batch]) -> None:
    uow.session.expire_all()
    covering = select(HoldBatch.batch_id).join(Hold, Hold.id == HoldBatch.hold_id)
    covered = set(uow.session.scalars(covering.where(Hold.lifted_at.is_(None))))
    held = {key for key, is_held in uow.session.execute(select(Batch.id, Batch.is_held)) if is_held}
    assert held == covered
    rows = uow.session.scalars(select(Hold)).all()
    for row in rows:
        two = {row.proposed_by_id, row.decided_by_id} - {None}
        assert row.decided_by_id is None or len(two) == 2
        assert (row.lifted_at is not None) == (
            row.state is HoldState.SETTLED and row.disposition is Disposition.RELEASE
        )
        if row.scope is HoldScope.DESCENDANTS and row.lifted_at is None:
            assert row.batch_id is not None
            below = genealogy.edges(uow.session, row.batch_id, Direction.DOWN)
            assert {link.child_id for link in below} <= covered
