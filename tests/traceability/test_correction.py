"""Corrections: the wrong entry stays and is declared wrong; all that follows from it follows the truth."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from supplychain.kernel.db.uow import UnitOfWork
from supplychain.kernel.errors import Invalid, NotFound, Refused
from tests.make.traceability import REGISTERED_AT, Farm, make_farm
from traceability.models.batch import Batch
from traceability.models.genealogy import Edge
from traceability.models.ledger import Entry, Holding
from traceability.queries import journey
from traceability.rules.batch import BatchState
from traceability.rules.ledger import Bucket, ErrorReason, Step
from traceability.services import batch as batch_services
from traceability.services import correction, ledger, process, transform
from traceability.services.correction import Correct, NewAmount
from traceability.services.draft import RegisterBatch
from traceability.services.ledger import Happening
from traceability.services.transform import Make, Take, Transform


def registered(uow: UnitOfWork, farm: Farm) -> Batch:
    """Register ten crates of fifteen kilograms."""
    command = RegisterBatch(farm.item.sku, farm.base.code, date(2026, 11, 18), 10, 150_000, at=REGISTERED_AT)
    return uow.session.get_one(Batch, batch_services.register(uow, command).batch_id)


def entries(uow: UnitOfWork, batch: Batch) -> list[Entry]:
    """Return the entries that are about a batch and not declarations."""
    ids = [step.entry_id for step in journey.of_batch(uow.session, batch.id)]
    return [uow.session.get_one(Entry, entry_id) for entry_id in ids]


def held(uow: UnitOfWork, batch: Batch) -> dict[tuple[int, Bucket], tuple[int, int]]:
    """Return what is where, less the empty spots."""
    rows = uow.session.execute(
        select(Holding.site_id, Holding.bucket, Holding.grams, Holding.boxes).where(
            Holding.batch_id == batch.id, Holding.grams + Holding.boxes > 0
        )
    )
    return {(site, bucket): (grams, boxes) for site, bucket, grams, boxes in rows}


def test_a_wrong_mass_at_registration_is_told_again(uow: UnitOfWork) -> None:
    farm = make_farm(uow)
    batch = registered(uow, farm)
    wrong = entries(uow, batch)[0]
    new_id = correction.correct(uow, Correct(wrong.id, "称错了", [NewAmount(batch.number, 9, 136_000)]))
    assert held(uow, batch) == {(farm.base.id, Bucket.ON_HAND): (136_000, 9)}
    uow.session.refresh(batch)
    assert (batch.grams, batch.boxes) == (136_000, 9)
    declaration = uow.session.scalars(select(Entry).where(Entry.declares_id == wrong.id)).one()
    assert declaration.event_id == wrong.event_id
    told = declaration.document["errorDeclaration"]
    assert told["reason"] == ErrorReason.INCORRECT_DATA
    assert new_id is not None
    assert told["correctiveEventIDs"] == [uow.session.get_one(Entry, new_id).event_id]
    unchanged = {
        key: value
        for key, value in declaration.document.items()
        if key not in ("errorDeclaration", "recordTime")
    }
    assert unchanged == {key: value for key, value in wrong.document.items() if key != "recordTime"}


def test_a_shipment_that_never_was_is_back_at_the_base(uow: UnitOfWork) -> None:
    farm, market = make_farm(uow), make_farm(uow)
    batch = registered(uow, farm)
    happening = Happening(Step.SHIP, None, farm.base.id, ((batch.id, 30_000, 2),), market.base.id)
    wrong = ledger.record(uow, happening)
    assert correction.correct(uow, Correct(wrong.id, "车没来")) is None
    assert held(uow, batch) == {(farm.base.id, Bucket.ON_HAND): (150_000, 10)}
    steps = journey.of_batch(uow.session, batch.id)
    assert [step.error_reason for step in steps] == [None, ErrorReason.DID_NOT_OCCUR]
    assert [step.step for step in journey.public(uow.session, batch.id)] == [Step.HARVEST]


def test_what_later_acts_rest_on_cannot_be_undone(uow: UnitOfWork) -> None:
    farm, market = make_farm(uow), make_farm(uow)
    batch = registered(uow, farm)
    parcel = ((batch.id, 30_000, 2),)
    sent = ledger.record(uow, Happening(Step.SHIP, None, farm.base.id, parcel, market.base.id))
    ledger.record(uow, Happening(Step.RECEIVE, None, market.base.id, parcel))
    with pytest.raises(Refused) as caught, uow.session.begin_nested():
        correction.correct(uow, Correct(sent.id, "车没来"))
    assert caught.value.text.values["short"] == "30"
    with pytest.raises(Refused), uow.session.begin_nested():
        correction.correct(uow, Correct(sent.id, "少装", [NewAmount(batch.number, 1, 15_000)]))
    more = [NewAmount(batch.number, 3, 45_000)]
    correction.correct(uow, Correct(sent.id, "多装了一箱", more))
    assert held(uow, batch) == {
        (farm.base.id, Bucket.ON_HAND): (105_000, 7),
        (market.base.id, Bucket.IN_TRANSIT): (15_000, 1),
        (market.base.id, Bucket.ON_HAND): (30_000, 2),
    }


def test_a_time_before_its_cause_is_refused_even_when_enough_is_there_now(uow: UnitOfWork) -> None:
    farm, market = make_farm(uow), make_farm(uow)
    batch = registered(uow, farm)
    parcel = ((batch.id, 30_000, 2),)
    sent_at = uow.now - timedelta(hours=2)
    ledger.record(uow, Happening(Step.SHIP, sent_at, farm.base.id, parcel, market.base.id))
    early = Happening(Step.RECEIVE, sent_at - timedelta(minutes=1), market.base.id, parcel)
    with pytest.raises(Refused), uow.session.begin_nested():
        ledger.record(uow, early)
    entry = ledger.record(uow, Happening(Step.RECEIVE, uow.now, market.base.id, parcel))
    with pytest.raises(Refused), uow.session.begin_nested():
        correction.correct(uow, Correct(entry.id, "钟慢了", at=sent_at - timedelta(minutes=1)))
    correction.correct(uow, Correct(entry.id, "钟慢了", at=sent_at))


def test_a_split_that_never_was_leaves_no_edge_and_closes_its_parts(uow: UnitOfWork) -> None:
    process.install(uow)
    farm = make_farm(uow)
    batch = registered(uow, farm)
    done = transform.run(
        uow,
        Transform(
            "SPLIT",
            farm.base.code,
            [Take(batch.number, 4, 60_000)],
            [Make(farm.item.sku, 2, 30_000), Make(farm.item.sku, 2, 30_000)],
        ),
    )
    correction.correct(uow, Correct(done.entry_id, "没有分"))
    assert held(uow, batch) == {(farm.base.id, Bucket.ON_HAND): (150_000, 10)}
    assert uow.session.scalars(select(Edge)).all() == []
    for made in done.made:
        part = uow.session.get_one(Batch, made.id)
        uow.session.refresh(part)
        assert (part.state, held(uow, part)) == (BatchState.CLOSED, {})


def test_a_split_told_otherwise_has_new_edges(uow: UnitOfWork) -> None:
    process.install(uow)
    farm = make_farm(uow)
    batch = registered(uow, farm)
    done = transform.run(
        uow,
        Transform("SPLIT", farm.base.code, [Take(batch.number, 4, 60_000)], [Make(farm.item.sku, 4, 60_000)]),
    )
    part = uow.session.get_one(Batch, done.made[0].id)
    amounts = [NewAmount(batch.number, 5, 75_000), NewAmount(part.number, 5, 75_000)]
    correction.correct(uow, Correct(done.entry_id, "少数了一箱", amounts))
    assert held(uow, batch) == {(farm.base.id, Bucket.ON_HAND): (75_000, 5)}
    assert held(uow, part) == {(farm.base.id, Bucket.ON_HAND): (75_000, 5)}
    edge = uow.session.scalars(select(Edge)).one()
    assert (edge.grams_in, edge.grams_out) == (75_000, 75_000)


def test_nobody_corrects_twice_or_for_others_or_without_saying_why(uow: UnitOfWork) -> None:
    farm, other = make_farm(uow), make_farm(uow)
    batch = registered(uow, farm)
    wrong = entries(uow, batch)[0]
    with pytest.raises(Invalid):
        correction.correct(uow, Correct(wrong.id, " "))
    with pytest.raises(Invalid):
        correction.correct(uow, Correct(wrong.id, "错", [NewAmount("B0000-0000", 1, 1)]))
    system, uow.actor = uow.actor, other.clerk
    with pytest.raises(NotFound):
        correction.correct(uow, Correct(wrong.id, "错"))
    uow.actor = system
    correction.correct(uow, Correct(wrong.id, "错"))
    with pytest.raises(Refused), uow.session.begin_nested():
        correction.correct(uow, Correct(wrong.id, "错"))
    declaration = uow.session.scalars(select(Entry).where(Entry.declares_id == wrong.id)).one()
    with pytest.raises(Refused), uow.session.begin_nested():
        correction.correct(uow, Correct(declaration.id, "错"))
