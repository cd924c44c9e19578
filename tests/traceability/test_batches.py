"""Batches are registered at a base, released with their papers, and closed."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import func, select, update

from catalog.rules import Family
from supplychain.kernel.db.uow import UnitOfWork
from supplychain.kernel.documents import audit
from supplychain.kernel.errors import Conflict, Invalid, NotFound, Refused
from supplychain.kernel.permissions import SYSTEM
from tests.conftest import Statements
from tests.make.traceability import (
    Farm,
    actor_of,
    make_batch,
    make_certificate,
    make_farm,
    make_holding,
    make_papers,
    make_profile,
)
from traceability.events import BatchClosed, BatchRegistered, BatchReleased
from traceability.models.batch import Batch
from traceability.models.ledger import Entry, Holding
from traceability.queries import batch as batches
from traceability.rules.batch import BatchState
from traceability.rules.certificate import CertificateKind
from traceability.rules.ledger import Bucket, Step
from traceability.services import batch as service
from traceability.services.batch import CloseBatch, Registration
from traceability.services.draft import RegisterBatch


def cabbage(farm: Farm, **values: object) -> RegisterBatch:
    """Ten crates that were cut two days ago."""
    command = RegisterBatch(farm.item.sku, farm.base.code, date(2026, 11, 18), boxes=10, grams=150_000)
    return replace(command, **values)  # type: ignore[arg-type]  # fields by name


def registered(uow: UnitOfWork, command: RegisterBatch) -> Batch:
    """Register a batch and return its row."""
    return uow.session.get_one(Batch, service.register(uow, command).batch_id)


def heard(uow: UnitOfWork) -> list[object]:
    """Return what was announced."""
    return list(uow._events)


def test_a_registered_batch_has_a_number_dates_and_goods_on_hand(uow: UnitOfWork) -> None:
    farm = make_farm(uow, life=21)
    uow.actor = farm.clerk
    batch = registered(uow, cabbage(farm, member_name="张桂香"))
    assert batch.number == "B2611-0001"
    assert batch.gtin == farm.item.gtin
    assert batch.best_before_on == date(2026, 12, 9)
    assert (batch.state, batch.producer_id) == (BatchState.REGISTERED, farm.coop.id)
    held = uow.session.scalars(select(Holding).where(Holding.batch_id == batch.id)).one()
    assert (held.site_id, held.bucket, held.grams, held.boxes) == (farm.base.id, Bucket.ON_HAND, 150_000, 10)
    assert heard(uow) == [BatchRegistered(batch.id)]
    assert [line.actor_name for line in audit.timeline(uow.session, "traceability.batch", batch.id)] == [
        "郑秀兰"
    ]


def test_the_first_entry_of_a_batch_is_its_harvest(uow: UnitOfWork) -> None:
    farm = make_farm(uow)
    batch = registered(uow, cabbage(farm))
    entry = uow.session.scalars(select(Entry)).one()
    assert (entry.step, entry.event_time, entry.site_id) == (Step.HARVEST, uow.now, farm.base.id)
    assert entry.document["quantityList"] == [
        {"epcClass": f"https://id.gs1.org/01/{batch.gtin}/10/{batch.number}", "quantity": 150, "uom": "KGM"}
    ]
    assert entry.document["ilmd"]["cbvmda:harvestEndDate"] == "2026-11-18"


def test_the_shelf_life_is_the_one_that_counted_on_the_harvest_day(uow: UnitOfWork) -> None:
    farm = make_farm(uow, life=21)
    make_profile(uow, farm.product, date(2026, 11, 19), life=30)
    before = registered(uow, cabbage(farm, harvested_on=date(2026, 11, 18)))
    after = registered(uow, cabbage(farm, harvested_on=date(2026, 11, 19)))
    assert before.best_before_on == date(2026, 12, 9)
    assert after.best_before_on == date(2026, 12, 19)


def test_a_batch_registered_late_gets_a_number_of_its_own_month(uow: UnitOfWork) -> None:
    farm = make_farm(uow)
    batch = registered(
        uow, cabbage(farm, harvested_on=date(2026, 10, 30), at=datetime(2026, 10, 31, 3, tzinfo=UTC))
    )
    assert batch.number == "B2610-0001"


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("sku", {"sku": "NO-SUCH"}),
        ("site", {"site": "NO-SUCH"}),
        ("boxes", {"boxes": 0}),
        ("grams", {"grams": -1}),
        ("harvested_on", {"harvested_on": date(2026, 11, 21)}),
        ("harvested_on", {"harvested_on": date(2025, 11, 18)}),
        ("at", {"at": datetime(2026, 11, 20, 2, 1, tzinfo=UTC)}),
    ],
)
def test_a_registration_that_cannot_be_true_is_refused_at_its_field(
    uow: UnitOfWork, field: str, values: dict[str, object]
) -> None:
    farm = make_farm(uow)
    with pytest.raises(Invalid) as caught:
        service.register(uow, cabbage(farm, **values))
    assert list(caught.value.fields) == [field]


def test_somebody_elses_base_and_item_are_refused(uow: UnitOfWork) -> None:
    own, other = make_farm(uow), make_farm(uow)
    uow.actor = own.clerk
    with pytest.raises(Invalid) as at_base:
        service.register(uow, cabbage(own, site=other.base.code))
    with pytest.raises(Invalid) as at_item:
        service.register(uow, cabbage(own, sku=other.item.sku))
    assert list(at_base.value.fields) == ["site"]
    assert list(at_item.value.fields) == ["sku"]


def test_a_mass_that_does_not_fit_the_boxes_names_both_figures(uow: UnitOfWork) -> None:
    farm = make_farm(uow)
    with pytest.raises(Invalid) as caught:
        service.register(uow, cabbage(farm, grams=15_000))
    assert list(caught.value.fields) == ["grams"]
    assert caught.value.text.values["expected"] == "150"
    assert caught.value.text.values["given"] == "15"
    assert registered(uow, cabbage(farm, grams=120_000)).grams == 120_000


def test_goods_that_are_weighed_one_by_one_may_weigh_what_they_weigh(uow: UnitOfWork) -> None:
    farm = make_farm(uow, Family.PORK, is_catch_weight=True)
    assert registered(uow, cabbage(farm, grams=15_000)).grams == 15_000


def test_the_same_reference_again_is_the_same_batch(uow: UnitOfWork) -> None:
    farm = make_farm(uow)
    first = service.register(uow, cabbage(farm, producer_reference="棚3-1118"))
    again = service.register(uow, cabbage(farm, producer_reference="棚3-1118"))
    assert again.batch_id == first.batch_id
    assert uow.session.scalar(select(func.count()).select_from(Entry)) == 1


def test_a_batchs_own_number_names_it_as_well_as_a_reference_does(uow: UnitOfWork) -> None:
    farm = make_farm(uow)
    first = service.register(uow, cabbage(farm))
    assert service.register(uow, cabbage(farm, producer_reference=first.number)).batch_id == first.batch_id
    assert batches.named(uow.session, farm.clerk, first.number) == first.batch_id
    with pytest.raises(Invalid):
        batches.named(uow.session, make_farm(uow).clerk, first.number)


def test_equal_references_are_told_apart_by_their_producer(uow: UnitOfWork) -> None:
    one, two = make_farm(uow), make_farm(uow)
    first = make_batch(uow, one, producer_reference="1")
    make_batch(uow, two, producer_reference="1")
    with pytest.raises(Invalid):
        batches.named(uow.session, SYSTEM, "1")
    assert batches.named(uow.session, SYSTEM, "1", one.coop.code) == first.id


def test_the_same_reference_for_other_goods_is_a_conflict(uow: UnitOfWork) -> None:
    farm = make_farm(uow)
    service.register(uow, cabbage(farm, producer_reference="棚3-1118"))
    with pytest.raises(Conflict):
        service.register(uow, cabbage(farm, producer_reference="棚3-1118", boxes=9))


def test_two_co_operatives_may_use_the_same_reference(uow: UnitOfWork) -> None:
    one, two = make_farm(uow), make_farm(uow)
    first = service.register(uow, cabbage(one, producer_reference="1"))
    second = service.register(uow, cabbage(two, producer_reference="1"))
    assert first.batch_id != second.batch_id


def test_of_many_registrations_the_bad_ones_fail_alone(uow: UnitOfWork) -> None:
    farm = make_farm(uow)
    good, bad = cabbage(farm, producer_reference="a"), cabbage(farm, boxes=0)
    done = service.register_many(uow, [good, bad, good, replace(good, boxes=11)])
    first, wrong, same, other = done
    assert isinstance(first, Registration)
    assert first.is_new
    assert same == replace(first, is_new=False)
    assert isinstance(wrong, Invalid)
    assert isinstance(other, Conflict)
    assert uow.session.scalar(select(func.count()).select_from(Batch)) == 1


def test_many_registrations_take_as_many_statements_as_few(uow: UnitOfWork, statements: Statements) -> None:
    farm = make_farm(uow)
    service.register(uow, cabbage(farm))
    counts = []
    for many in (2, 60):
        before = len(statements)
        service.register_many(uow, [cabbage(farm, producer_reference=f"{many}-{n}") for n in range(many)])
        counts.append(len(statements) - before)
    assert counts[0] == counts[1]


def test_one_registration_takes_few_statements(uow: UnitOfWork, statements: Statements) -> None:
    farm = make_farm(uow)
    service.register(uow, cabbage(farm))
    before = len(statements)
    service.register(uow, cabbage(farm))
    assert len(statements) - before <= 13


def test_numbers_run_on_without_a_gap(uow: UnitOfWork) -> None:
    farm = make_farm(uow)
    service.register_many(uow, [cabbage(farm) for _ in range(3)])
    service.register(uow, cabbage(farm))
    numbers = uow.session.scalars(select(Batch.number).order_by(Batch.id)).all()
    assert numbers == ["B2611-0001", "B2611-0002", "B2611-0003", "B2611-0004"]


@pytest.mark.parametrize("family", list(Family))
def test_a_batch_is_released_once_its_familys_papers_are_there(uow: UnitOfWork, family: Family) -> None:
    farm = make_farm(uow, family)
    batch = make_batch(uow, farm)
    with pytest.raises(Refused) as caught:
        service.release(uow, batch.id)
    assert caught.value.text.values["batch"] == batch.number
    make_papers(uow, batch, family)
    service.release(uow, batch.id)
    assert (batch.state, batch.released_at) == (BatchState.RELEASED, uow.now)
    assert BatchReleased(batch.id) in heard(uow)
    assert uow.session.scalars(select(Entry.step)).all() == [Step.RELEASE]


def test_a_paper_that_has_ended_or_was_revoked_does_not_count(uow: UnitOfWork) -> None:
    farm = make_farm(uow)
    ended, revoked = make_batch(uow, farm), make_batch(uow, farm)
    make_certificate(uow, ended, valid_until=date(2026, 11, 19))
    make_certificate(uow, revoked, revoked_at=uow.now)
    for batch in (ended, revoked):
        with pytest.raises(Refused):
            service.release(uow, batch.id)


def test_a_paper_counts_on_its_last_day(uow: UnitOfWork) -> None:
    farm = make_farm(uow)
    batch = make_batch(uow, farm)
    make_certificate(uow, batch, valid_until=date(2026, 11, 20))
    assert service.release(uow, batch.id).state is BatchState.RELEASED


def test_held_expired_and_closed_batches_are_not_released(uow: UnitOfWork) -> None:
    farm = make_farm(uow)
    refused = [
        make_batch(uow, farm, is_held=True),
        make_batch(uow, farm, best_before_on=date(2026, 11, 19)),
        make_batch(uow, farm, state=BatchState.CLOSED),
    ]
    for batch in refused:
        make_certificate(uow, batch)
        with pytest.raises(Refused):
            service.release(uow, batch.id)


def test_closing_writes_off_what_is_left_and_says_why(uow: UnitOfWork) -> None:
    farm = make_farm(uow)
    batch = make_batch(uow, farm, released=True)
    with pytest.raises(Invalid) as caught:
        service.close(uow, CloseBatch(batch.id))
    assert caught.value.text.values["kg"] == "150"
    service.close(uow, CloseBatch(batch.id, "霜冻，全部还田"))
    assert batch.state is BatchState.CLOSED
    assert heard(uow) == [BatchClosed(batch.id)]
    assert uow.session.scalars(select(Holding.grams)).all() == [0]
    assert uow.session.scalars(select(Entry.step)).all() == [Step.DISPOSE]


def test_a_batch_is_not_closed_while_goods_are_on_the_way(uow: UnitOfWork) -> None:
    farm = make_farm(uow)
    batch = make_batch(uow, farm, released=True)
    make_holding(uow, batch, make_farm(uow).base, Bucket.IN_TRANSIT, grams=15_000, boxes=1)
    with pytest.raises(Refused):
        service.close(uow, CloseBatch(batch.id, "x"))


def test_only_goods_in_order_are_offered_for_sale(uow: UnitOfWork) -> None:
    farm = make_farm(uow)
    good = make_batch(uow, farm, released=True)
    sooner = make_batch(uow, farm, released=True, best_before_on=date(2026, 11, 25))
    make_batch(uow, farm)
    make_batch(uow, farm, released=True, is_held=True)
    make_batch(uow, farm, released=True, best_before_on=date(2026, 11, 19))
    gone = make_batch(uow, farm, released=True)
    uow.session.execute(update(Holding).where(Holding.batch_id == gone.id).values(grams=0, boxes=0))
    make_certificate(uow, make_batch(uow, farm, state=BatchState.RELEASED), revoked_at=uow.now)
    offered = batches.sellable(uow.session, [farm.item.id], [farm.coop.id])
    assert [row.batch_id for row in offered] == [sooner.id, good.id]
    assert (offered[0].grams, offered[0].boxes, offered[0].site_id) == (150_000, 10, farm.base.id)


def test_goods_whose_paper_ends_before_the_day_are_not_offered(uow: UnitOfWork) -> None:
    farm = make_farm(uow)
    batch = make_batch(uow, farm, state=BatchState.RELEASED, released_at=uow.now)
    make_certificate(uow, batch, CertificateKind.COC, valid_until=date(2026, 11, 22))
    assert batches.sellable(uow.session, [farm.item.id], [farm.coop.id], date(2026, 11, 22))
    assert not batches.sellable(uow.session, [farm.item.id], [farm.coop.id], date(2026, 11, 23))


def test_a_buyer_sees_only_what_comes_to_its_places(uow: UnitOfWork) -> None:
    farm, market, stranger = make_farm(uow), make_farm(uow), make_farm(uow)
    coming, kept = make_batch(uow, farm, member_name="张桂香"), make_batch(uow, farm)
    make_holding(uow, coming, market.base, Bucket.IN_TRANSIT, grams=0, boxes=0)
    wanted = batches.BatchFilter()
    buyer = actor_of(market.coop)
    seen = batches.page(uow.session, buyer, wanted)
    assert [row.number for row in seen.rows] == [coming.number]
    assert seen.rows[0].member_name == "张*"
    assert batches.one(uow.session, farm.clerk, coming.number).member_name == "张桂香"
    assert batches.page(uow.session, actor_of(stranger.coop), wanted).total == 0
    assert batches.page(uow.session, farm.clerk, wanted).totals == {"boxes": 20, "grams": 300_000}
    with pytest.raises(NotFound):
        batches.one(uow.session, buyer, kept.number)


def test_batches_are_found_by_state_hold_item_day_and_text(uow: UnitOfWork) -> None:
    farm = make_farm(uow)
    batch = make_batch(uow, farm, is_held=True, producer_reference="棚3")
    make_batch(uow, farm, released=True, harvested_on=date(2026, 11, 1))
    for wanted in (
        batches.BatchFilter(state=BatchState.REGISTERED),
        batches.BatchFilter(held=True),
        batches.BatchFilter(harvested_from=date(2026, 11, 10)),
        batches.BatchFilter(q="棚3"),
    ):
        assert [row.id for row in batches.page(uow.session, farm.clerk, wanted).rows] == [batch.id]
    assert batches.page(uow.session, farm.clerk, batches.BatchFilter(sku=farm.item.sku)).total == 2
    assert batches.page(uow.session, farm.clerk, batches.BatchFilter(producer="NO-SUCH")).total == 0


def test_a_list_of_batches_takes_the_same_statements_for_many(
    uow: UnitOfWork, statements: Statements
) -> None:
    farm = make_farm(uow)
    counts = []
    for many in (1, 20):
        for _ in range(many):
            make_batch(uow, farm)
        before = len(statements)
        batches.page(uow.session, farm.clerk, batches.BatchFilter())
        counts.append(len(statements) - before)
    assert counts == [2, 2]


def test_of_a_long_list_only_so_many_are_counted_and_none_added_up(uow: UnitOfWork) -> None:
    farm = make_farm(uow)
    for _ in range(5):
        make_batch(uow, farm)
    asked = batches.BatchFilter(producer=farm.coop.code, per_page=1, count_most=2)
    first = batches.page(uow.session, SYSTEM, asked)
    assert (first.total, first.is_more, first.totals, len(first.rows)) == (2, True, {}, 1)
    third = batches.page(uow.session, SYSTEM, replace(asked, page=3))
    assert (third.total, third.is_more, len(third.rows)) == (3, True, 1)
    last = batches.page(uow.session, SYSTEM, replace(asked, page=5))
    assert (last.total, last.is_more, last.totals) == (5, False, {"boxes": 50, "grams": 750_000})
    every = batches.page(uow.session, SYSTEM, replace(asked, count_most=None))
    assert (every.total, every.is_more) == (5, False)


def test_the_next_form_starts_from_the_last_registration(uow: UnitOfWork) -> None:
    farm = make_farm(uow)
    assert batches.last_registered(uow.session, farm.clerk) is None
    make_batch(uow, farm)
    last = make_batch(uow, farm)
    found = batches.last_registered(uow.session, farm.clerk)
    assert found is not None
    assert found.number == last.number


def test_what_was_released_is_counted_by_day(uow: UnitOfWork) -> None:
    farm = make_farm(uow)
    make_batch(uow, farm, released=True)
    make_batch(uow, farm, released=True)
    released = batches.released_grams(uow.session, farm.clerk, uow.now - timedelta(days=7), uow.now)
    assert released == {date(2026, 11, 19): 300_000}
    assert batches.waiting(uow.session, farm.clerk) == (0, 0)
