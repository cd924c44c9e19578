"""What a hold covers: a batch, all that was made from it, one box or pallet; and nothing else."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from supplychain.kernel.db.uow import UnitOfWork
from supplychain.kernel.errors import Invalid, NotFound, Refused
from supplychain.kernel.permissions import SYSTEM
from tests.conftest import Statements
from tests.make.traceability import Farm, actor_of, let_go, make_farm
from tests.traceability.test_genealogy import registered, run
from traceability.events import BatchHeld, HoldLifted
from traceability.models.batch import Batch
from traceability.models.ledger import Entry, EntryThing
from traceability.queries import hold as holds
from traceability.rules.event_hash import namespaces_of
from traceability.rules.hold import HoldKind, HoldScope
from traceability.rules.ledger import Step
from traceability.schemas.epcis import errors_of
from traceability.services import epcis, hold, hold_slip, ledger, process, unit_hold
from traceability.services.check import check_chains, check_holdings
from traceability.services.hold_slip import HoldSlip
from traceability.services.ledger import Happening

SSCC = "069990011000000014"
WRONG = "5"
OTHER = "069990011000000021"


@pytest.fixture
def farm(uow: UnitOfWork) -> Farm:
    """A co-operative that may process, its goods weighed each."""
    process.install(uow)
    return make_farm(uow, is_catch_weight=True)


def packed(uow: UnitOfWork, farm: Farm, batch: Batch, sscc: str = SSCC, grams: int = 30_000) -> None:
    """Tell the ledger that some of a batch was packed into a unit."""
    happening = Happening(Step.PACK, None, farm.base.id, ((batch.id, grams, 2),), parent_sscc=sscc)
    ledger.record(uow, happening)


def test_all_that_was_made_from_a_batch_is_held_and_let_go_together(uow: UnitOfWork, farm: Farm) -> None:
    leaf, other = registered(uow, farm, "东山", 60), registered(uow, farm, "西坡", 40)
    merged = run(uow, farm, "MERGE", [leaf, other], [100])[0]
    parts = run(uow, farm, "SPLIT", [merged], [70, 30])
    uow._events.clear()
    row = hold.place(uow, leaf.id, "残留复检", HoldKind.RESIDUE, HoldScope.DESCENDANTS)
    family = [leaf, merged, *parts]
    assert [batch.is_held for batch in (*family, other)] == [True, True, True, True, False]
    assert list(uow._events) == [BatchHeld(batch.id, "残留复检") for batch in family]
    shown = holds.one(uow.session, SYSTEM, row.number)
    assert (shown.batches, shown.grams, shown.what) == (4, 100_000, leaf.number)
    where = holds.covered(uow.session, SYSTEM, row.id)
    assert [(place.batch, place.grams) for place in where if place.site] == [
        (parts[0].number, 70_000),
        (parts[1].number, 30_000),
    ]
    uow._events.clear()
    let_go(uow, row.id)
    assert not any(batch.is_held for batch in family)
    assert list(uow._events) == [HoldLifted(batch.id) for batch in family]
    assert not [*check_holdings(uow.session), *check_chains(uow.session)]


def test_of_a_held_batch_nothing_is_made_later(uow: UnitOfWork, farm: Farm) -> None:
    leaf = registered(uow, farm, "东山", 60)
    parts = run(uow, farm, "SPLIT", [leaf], [40, 20])
    hold.place(uow, leaf.id, "残留复检", scope=HoldScope.DESCENDANTS)
    with pytest.raises(Refused, match=f"{parts[0].number}.*残留复检"):
        run(uow, farm, "SPLIT", [parts[0]], [20, 20])


def test_a_batch_under_two_holds_is_free_after_the_second(uow: UnitOfWork, farm: Farm) -> None:
    leaf = registered(uow, farm, "东山", 60)
    part = run(uow, farm, "SPLIT", [leaf], [40, 20])[0]
    wide = hold.place(uow, leaf.id, "残留复检", scope=HoldScope.DESCENDANTS)
    narrow = hold.place(uow, part.id, "标签错贴")
    let_go(uow, wide.id)
    assert (leaf.is_held, part.is_held) == (False, True)
    with pytest.raises(Refused, match="标签错贴"):
        hold.check_free(uow, [part.id])
    let_go(uow, narrow.id)
    assert not part.is_held


def test_the_same_hold_again_changes_nothing_but_another_scope_is_another_hold(
    uow: UnitOfWork, farm: Farm
) -> None:
    leaf = registered(uow, farm, "东山", 60)
    run(uow, farm, "SPLIT", [leaf], [40, 20])
    first = hold.place(uow, leaf.id, "残留复检")
    assert hold.place(uow, leaf.id, "残留复检").id == first.id
    wider = hold.place(uow, leaf.id, "残留复检", scope=HoldScope.DESCENDANTS)
    assert wider.id != first.id
    assert wider.number != first.number


def test_a_hundred_descendants_are_held_in_as_many_statements_as_ten(
    uow: UnitOfWork, farm: Farm, statements: Statements
) -> None:
    taken = []
    for many in (2, 10, 100):
        leaf = registered(uow, farm, "东山", many * 15)
        run(uow, farm, "SPLIT", [leaf], [15] * many)
        before = len(statements)
        row = hold.place(uow, leaf.id, "残留复检", scope=HoldScope.DESCENDANTS)
        placed = len(statements)
        let_go(uow, row.id)
        taken.append((placed - before, len(statements) - placed))
    assert taken[1] == taken[2]


def test_a_hold_on_a_unit_leaves_the_rest_of_its_batch_alone(uow: UnitOfWork, farm: Farm) -> None:
    batch = registered(uow, farm, "东山", 60)
    packed(uow, farm, batch)
    row = unit_hold.place(uow, f"(00){SSCC}", "托盘破损", HoldKind.OTHER)
    assert (row.sscc, row.grams, row.party_id, batch.is_held) == (SSCC, 30_000, farm.coop.id, False)
    hold.check_free(uow, [batch.id])
    unit_hold.check_units_free(uow, [OTHER])
    with pytest.raises(Refused, match=f"{SSCC}.*托盘破损"):
        unit_hold.check_units_free(uow, [OTHER, SSCC])
    assert unit_hold.place(uow, SSCC, "托盘破损").id == row.id
    assert [item.batch for item in holds.contents(uow.session, SSCC)] == [batch.number]
    second = unit_hold.place(uow, SSCC, "标签错贴")
    let_go(uow, row.id)
    with pytest.raises(Refused, match="标签错贴"):
        unit_hold.check_units_free(uow, [SSCC])
    let_go(uow, second.id)
    unit_hold.check_units_free(uow, [SSCC])
    told = (
        select(Entry.step, EntryThing.name)
        .join(EntryThing)
        .where(Entry.step.in_((Step.HOLD, Step.LIFT_HOLD)))
    )
    name = f"https://id.gs1.org/00/{SSCC}"
    assert uow.session.execute(told.order_by(Entry.id)).all() == [
        (Step.HOLD, name),
        (Step.HOLD, name),
        (Step.LIFT_HOLD, name),
    ]
    namespaces = namespaces_of(list(epcis.CONTEXT))
    events = uow.session.scalars(select(Entry.document).where(Entry.biz_step == "holding"))
    assert [errors_of(dict(event), namespaces) for event in events] == [{}, {}]
    assert not [*check_holdings(uow.session), *check_chains(uow.session)]


@pytest.mark.parametrize("text", ["B2611-0001", SSCC[:-1] + WRONG, OTHER, "(00)1", "", " "])
def test_what_is_no_sscc_or_nobody_packed_is_not_held(uow: UnitOfWork, farm: Farm, text: str) -> None:
    with pytest.raises(Invalid) as refused:
        unit_hold.place(uow, text, "托盘破损")
    assert list(refused.value.fields) == ["what"]


def test_a_unit_that_was_taken_apart_or_is_somebody_elses_is_not_held(uow: UnitOfWork, farm: Farm) -> None:
    batch = registered(uow, farm, "东山", 60)
    packed(uow, farm, batch)
    uow.actor = actor_of(make_farm(uow).coop)
    with pytest.raises(Invalid, match=SSCC):
        unit_hold.place(uow, SSCC, "托盘破损")
    uow.actor = SYSTEM
    unpacked = Happening(Step.UNPACK, None, farm.base.id, ((batch.id, 30_000, 2),), parent_sscc=SSCC)
    ledger.record(uow, unpacked)
    with pytest.raises(Invalid, match=SSCC):
        unit_hold.place(uow, SSCC, "托盘破损")


def test_a_batch_is_no_unit_and_needs_to_be_there(uow: UnitOfWork, farm: Farm) -> None:
    batch = registered(uow, farm, "东山", 60)
    with pytest.raises(Invalid) as refused:
        hold.place(uow, batch.id, "x", scope=HoldScope.UNIT)
    assert list(refused.value.fields) == ["scope"]
    for scope in (HoldScope.BATCH, HoldScope.DESCENDANTS):
        with pytest.raises(NotFound):
            hold.place(uow, 10**9, "x", scope=scope)


def test_a_slip_names_a_batch_or_a_unit_by_what_is_scanned(uow: UnitOfWork, farm: Farm) -> None:
    batch = registered(uow, farm, "东山", 60)
    packed(uow, farm, batch)
    uow.actor = farm.clerk
    assert hold_slip.place(uow, HoldSlip(batch.producer_reference or "", "残留复检")).batch_id == batch.id
    label = f"https://x.example/01/{batch.gtin}/10/{batch.number}"
    assert hold_slip.place(uow, HoldSlip(label, "标签错贴")).batch_id == batch.id
    assert hold_slip.place(uow, HoldSlip(SSCC, "托盘破损")).sscc == SSCC
    for slip in (
        HoldSlip("B0000", "x"),
        HoldSlip(OTHER, "x"),
        HoldSlip(batch.number, "x", scope=HoldScope.UNIT),
    ):
        with pytest.raises(Invalid) as refused:
            hold_slip.place(uow, slip)
        assert list(refused.value.fields) == ["what"]
