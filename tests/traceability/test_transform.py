"""Batches become batches: the mass adds up, the papers follow, the past cannot be bent."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from catalog.models.product import ItemProduct
from catalog.rules import Family
from supplychain.base.models.trade_item import TradeItem
from supplychain.kernel.db.uow import UnitOfWork
from supplychain.kernel.errors import Invalid, Refused
from tests.make.base import make_item
from tests.make.traceability import Farm, make_batch, make_farm
from traceability.models.batch import Batch, Certificate
from traceability.models.genealogy import Edge
from traceability.models.ledger import Entry, Holding
from traceability.queries import certificate as certificates
from traceability.rules.batch import BatchState, Origin
from traceability.rules.genealogy import apportion, flows
from traceability.rules.ledger import Bucket, Step
from traceability.services import process, transform
from traceability.services.transform import Make, Take, Transform


@pytest.fixture(autouse=True)
def processes(uow: UnitOfWork) -> None:
    """Put the house's processes on record."""
    process.install(uow)


def on_hand(uow: UnitOfWork, batch_id: int) -> tuple[int, int]:
    """Return grams and boxes of a batch on hand, wherever."""
    found = select(func.sum(Holding.grams), func.sum(Holding.boxes)).where(
        Holding.batch_id == batch_id, Holding.bucket == Bucket.ON_HAND
    )
    grams, boxes = uow.session.execute(found).one()
    return grams, boxes


def another_item(uow: UnitOfWork, farm: Farm) -> TradeItem:
    """Return a second item of the farm's product."""
    item = make_item(uow, farm.coop)
    uow.session.add(ItemProduct(trade_item_id=item.id, product_id=farm.product.id))
    uow.session.flush()
    return item


def test_a_batch_is_split_and_both_parts_keep_its_days_and_papers(uow: UnitOfWork) -> None:
    farm = make_farm(uow)
    parent = make_batch(uow, farm, released=True, plot="东山 3 号", member_name="林大山")
    done = transform.run(
        uow,
        Transform(
            "SPLIT",
            farm.base.code,
            [Take(parent.number, 10, 150_000)],
            [Make(farm.item.sku, 6, 90_000), Make(farm.item.sku, 4, 59_500)],
            loss_grams=500,
        ),
    )
    first, second = (uow.session.get_one(Batch, made.id) for made in done.made)
    assert on_hand(uow, parent.id) == (0, 0)
    assert (on_hand(uow, first.id), on_hand(uow, second.id)) == ((90_000, 6), (59_500, 4))
    assert {batch.state for batch in (first, second)} == {BatchState.RELEASED}
    assert {batch.origin for batch in (first, second)} == {Origin.PROCESS}
    assert {batch.plot for batch in (first, second)} == {"东山 3 号"}
    assert (first.harvested_on, first.best_before_on) == (parent.harvested_on, parent.best_before_on)
    day = date(2026, 11, 20)
    kinds = certificates.valid_kinds(uow.session, [parent.id, first.id, second.id], day)
    assert kinds[first.id] == kinds[second.id] == kinds[parent.id]


def test_a_paper_taken_back_takes_what_was_split_along(uow: UnitOfWork) -> None:
    farm = make_farm(uow)
    one, two = make_batch(uow, farm, released=True), make_batch(uow, farm, released=True)
    done = transform.run(
        uow,
        Transform(
            "MERGE",
            farm.base.code,
            [Take(one.number, 10, 150_000), Take(two.number, 10, 150_000)],
            [Make(farm.item.sku, 20, 300_000)],
        ),
    )
    child = done.made[0].id
    day = date(2026, 11, 20)
    assert certificates.valid_kinds(uow.session, [child], day)[child]
    paper = certificates.of_batch(uow.session, two.id)[0]
    row = uow.session.get_one(Certificate, paper.id)
    row.revoked_at = uow.now
    uow.flush()
    assert not certificates.valid_kinds(uow.session, [child], day)[child]


def test_a_merged_batch_keeps_the_shares_of_its_parents(uow: UnitOfWork) -> None:
    farm = make_farm(uow)
    one, two = make_batch(uow, farm, plot="A"), make_batch(uow, farm, plot="B")
    done = transform.run(
        uow,
        Transform(
            "MERGE",
            farm.base.code,
            [Take(one.number, 8, 124_000), Take(two.number, 5, 76_000)],
            [Make(farm.item.sku, 13, 199_000)],
            loss_grams=1_000,
        ),
    )
    edges = uow.session.execute(
        select(Edge.parent_id, Edge.grams_in, Edge.grams_out).where(Edge.child_id == done.made[0].id)
    ).all()
    shares = {parent: grams for parent, _, grams in edges}
    assert sum(shares.values()) == 199_000
    assert round(shares[one.id] / 1_990) == 62
    assert {parent: grams for parent, grams, _ in edges} == {one.id: 124_000, two.id: 76_000}
    child = uow.session.get_one(Batch, done.made[0].id)
    assert (child.plot, child.state) == ("", BatchState.REGISTERED)


def test_leaf_becomes_tea_with_a_yield_that_can_be(uow: UnitOfWork) -> None:
    farm = make_farm(uow, Family.TEA, 540, is_catch_weight=True)
    leaf = make_batch(uow, farm)
    tea = another_item(uow, farm)
    wanted = Transform(
        "TEA-MAKE",
        farm.base.code,
        [Take(leaf.number, 10, 150_000)],
        [Make(tea.sku, 2, 33_000)],
        loss_grams=117_000,
    )
    done = transform.run(uow, wanted)
    entry = uow.session.get_one(Entry, done.entry_id)
    assert (entry.step, entry.event_type, entry.action) == (Step.PROCESS, "TransformationEvent", "")
    assert entry.document["inputQuantityList"][0]["quantity"] == 150
    assert entry.document["outputQuantityList"][0]["quantity"] == 33
    assert entry.document["ilmd"]["cbvmda:lotNumber"] == done.made[0].number
    made = uow.session.get_one(Batch, done.made[0].id)
    assert made.harvested_on == date(2026, 11, 20)
    assert made.best_before_on == date(2026, 11, 20) + timedelta(days=540)


@pytest.mark.parametrize(
    ("made", "loss", "rest"), [(33_000, 100_000, "17"), (20_000, 130_000, ""), (60_000, 90_000, "")]
)
def test_mass_that_does_not_add_up_is_refused_with_the_figures(
    uow: UnitOfWork, made: int, loss: int, rest: str
) -> None:
    farm = make_farm(uow, Family.TEA, 540, is_catch_weight=True)
    leaf, tea = make_batch(uow, farm), another_item(uow, farm)
    wanted = Transform(
        "TEA-MAKE",
        farm.base.code,
        [Take(leaf.number, 10, 150_000)],
        [Make(tea.sku, 2, made)],
        loss_grams=loss,
    )
    with pytest.raises(Refused) as caught:
        transform.run(uow, wanted)
    assert caught.value.text.values.get("rest", "") == rest
    assert on_hand(uow, leaf.id) == (150_000, 10)


def test_what_is_on_hold_or_not_there_or_twice_does_not_go_in(uow: UnitOfWork) -> None:
    farm, other = make_farm(uow), make_farm(uow)
    batch = make_batch(uow, farm)
    held = make_batch(uow, farm, is_held=True)
    closed = make_batch(uow, farm, state=BatchState.CLOSED)
    whole = Take(batch.number, 10, 150_000)
    cases = [
        ([Take(held.number, 10, 150_000)], Refused),
        ([Take(closed.number, 10, 150_000)], Refused),
        ([Take(batch.number, 11, 160_000)], Refused),
        ([Take("B0000-0000", 10, 150_000)], Invalid),
        ([whole, whole], Invalid),
        ([], Invalid),
        ([Take(batch.number, 10, 0)], Invalid),
    ]
    for inputs, error in cases:
        grams = sum(take.grams for take in inputs) or 150_000
        made = [Make(farm.item.sku, grams // 15_000, grams)]
        with pytest.raises(error):
            transform.run(uow, Transform("SPLIT", farm.base.code, inputs, made))
    uow.actor = other.clerk
    with pytest.raises(Invalid):
        transform.run(uow, Transform("SPLIT", other.base.code, [whole], [Make(other.item.sku, 10, 150_000)]))


def test_each_kind_of_process_says_what_may_go_in_and_come_out(uow: UnitOfWork) -> None:
    farm = make_farm(uow)
    one, two = make_batch(uow, farm), make_batch(uow, farm)
    other = another_item(uow, farm)
    takes = [Take(one.number, 10, 150_000), Take(two.number, 10, 150_000)]
    same, different = Make(farm.item.sku, 10, 150_000), Make(other.sku, 10, 150_000)
    wrong = [
        ("SPLIT", takes, [same, same], "inputs"),
        ("MERGE", takes[:1], [same], "inputs"),
        ("MERGE", takes, [same, same], "outputs"),
        ("SPLIT", takes[:1], [different], "outputs"),
        ("REGRADE", takes[:1], [same], "outputs"),
        ("NONE", takes[:1], [same], "process"),
        ("SPLIT", takes[:1], [], "outputs"),
    ]
    for code, inputs, outputs, field in wrong:
        with pytest.raises((Invalid, Refused)) as caught:
            transform.run(uow, Transform(code, farm.base.code, inputs, outputs))
        if isinstance(caught.value, Invalid):
            assert list(caught.value.fields) == [field]
    transform.run(uow, Transform("REGRADE", farm.base.code, takes[:1], [different]))


@given(
    total=st.integers(0, 10**9),
    weights=st.lists(st.integers(0, 10**9), min_size=1, max_size=12),
)
def test_parts_add_up_to_the_whole(total: int, weights: list[int]) -> None:
    parts = apportion(total, weights)
    assert sum(parts) == (total if sum(weights) else 0)
    assert all(part >= 0 for part in parts)
    whole = sum(weights)
    assert all(
        abs(part * whole - total * weight) <= whole for part, weight in zip(parts, weights, strict=True)
    )


@given(
    inputs=st.lists(st.integers(1, 10**7), min_size=1, max_size=6),
    outputs=st.lists(st.integers(1, 10**7), min_size=1, max_size=6),
)
def test_edges_carry_every_gram_once(inputs: list[int], outputs: list[int]) -> None:
    found = flows(inputs, outputs)
    for place, grams in enumerate(inputs):
        assert sum(flow.grams_in for flow in found if flow.source == place) == grams
    for place, grams in enumerate(outputs):
        assert sum(flow.grams_out for flow in found if flow.target == place) == grams


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(parts=st.lists(st.integers(1, 40), min_size=1, max_size=5), loss=st.integers(0, 3))
def test_mass_in_is_mass_out_and_loss(uow: UnitOfWork, parts: list[int], loss: int) -> None:
    farm = make_farm(uow, is_catch_weight=True)
    kilograms = sum(parts) + loss
    parent = make_batch(uow, farm, grams=kilograms * 1_000, boxes=kilograms)
    wanted = Transform(
        "SPLIT",
        farm.base.code,
        [Take(parent.number, kilograms, kilograms * 1_000)],
        [Make(farm.item.sku, part, part * 1_000) for part in parts],
        loss_grams=loss * 1_000,
    )
    is_believable = sum(parts) * 10_000 >= kilograms * 9_450
    if not is_believable:
        with pytest.raises(Refused):
            transform.run(uow, wanted)
        return
    done = transform.run(uow, wanted)
    out = sum(on_hand(uow, made.id)[0] for made in done.made)
    assert out + loss * 1_000 + on_hand(uow, parent.id)[0] == kilograms * 1_000
