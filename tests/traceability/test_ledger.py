"""The ledger: what happens to goods is written once, holdings follow, nothing appears or vanishes."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from supplychain.base.models.party import Site
from supplychain.kernel.db.uow import Database, UnitOfWork
from supplychain.kernel.errors import DomainError, Invalid, NotFound, Refused
from supplychain.kernel.permissions import SYSTEM
from tests.conftest import Statements
from tests.make.traceability import REGISTERED_AT, actor_of, make_batch, make_farm
from traceability.models.batch import Batch
from traceability.models.ledger import Entry, EntryThing, Holding
from traceability.queries import batch as batches
from traceability.queries import journey
from traceability.rules.ledger import EPCIS, Bucket, Step
from traceability.services import holding, ledger
from traceability.services.epcis import SensorSummary
from traceability.services.ledger import Happening


def shipped(batch: Batch, to: Site, grams: int = 30_000, boxes: int = 2, **values: object) -> Happening:
    """Return a shipment of some crates from the batch's base."""
    return Happening(Step.SHIP, None, batch.site_id, ((batch.id, grams, boxes),), to.id, **values)  # type: ignore[arg-type]  # fields by name


def amounts(uow: UnitOfWork, batch: Batch) -> dict[tuple[int, Bucket], tuple[int, int]]:
    """Return what is where."""
    found = uow.session.execute(
        select(Holding.site_id, Holding.bucket, Holding.grams, Holding.boxes).where(
            Holding.batch_id == batch.id
        )
    )
    return {(site, bucket): (grams, boxes) for site, bucket, grams, boxes in found}


def test_a_parcel_leaves_travels_arrives_and_loses_a_little(uow: UnitOfWork) -> None:
    farm, market = make_farm(uow), make_farm(uow)
    batch, gate = make_batch(uow, farm, released=True), market.base
    ledger.record(uow, shipped(batch, gate, reference="YD2611-0001"))
    assert amounts(uow, batch) == {
        (farm.base.id, Bucket.ON_HAND): (120_000, 8),
        (gate.id, Bucket.IN_TRANSIT): (30_000, 2),
    }
    ledger.record_many(
        uow,
        [
            Happening(Step.RECEIVE, None, gate.id, ((batch.id, 14_500, 1),)),
            Happening(Step.LOSE, None, gate.id, ((batch.id, 500, 0),)),
            Happening(Step.REJECT, None, gate.id, ((batch.id, 15_000, 1),)),
        ],
    )
    assert amounts(uow, batch) == {
        (farm.base.id, Bucket.ON_HAND): (120_000, 8),
        (gate.id, Bucket.IN_TRANSIT): (0, 0),
        (gate.id, Bucket.ON_HAND): (14_500, 1),
        (gate.id, Bucket.REJECTED): (15_000, 1),
    }


def test_more_than_is_there_is_refused_with_the_figures(uow: UnitOfWork) -> None:
    farm = make_farm(uow)
    batch, gate = make_batch(uow, farm), make_farm(uow).base
    with pytest.raises(Refused) as caught:
        ledger.record(uow, shipped(batch, gate, grams=150_001, boxes=10))
    values = caught.value.text.values
    assert (values["batch"], values["needed"], values["there"]) == (batch.number, "150.001", "150")
    with pytest.raises(Refused):
        ledger.record(uow, shipped(batch, gate, grams=15_000, boxes=11))
    with pytest.raises(Refused):
        ledger.record(uow, Happening(Step.RECEIVE, None, gate.id, ((batch.id, 1, 0),)))
    assert uow.session.scalar(select(func.count()).select_from(Entry)) == 0


def test_two_takings_in_one_act_are_added_up_before_they_are_allowed(uow: UnitOfWork) -> None:
    farm = make_farm(uow)
    batch, gate = make_batch(uow, farm), make_farm(uow).base
    with pytest.raises(Refused):
        ledger.record_many(uow, [shipped(batch, gate, 80_000, 5), shipped(batch, gate, 80_000, 5)])


def test_a_time_ahead_or_before_the_batch_is_refused(uow: UnitOfWork) -> None:
    farm = make_farm(uow)
    batch = make_batch(uow, farm)
    for at in (uow.now + timedelta(seconds=1), REGISTERED_AT - timedelta(seconds=1)):
        with pytest.raises(Invalid) as caught:
            ledger.record(uow, Happening(Step.PACK, at, farm.base.id, ((batch.id, 1_000, 1),)))
        assert list(caught.value.fields) == ["at"]
    first = Happening(Step.PACK, REGISTERED_AT, farm.base.id, ((batch.id, 1, 1),))
    assert ledger.record(uow, first).event_time == REGISTERED_AT


def test_unknown_batches_and_places_and_a_missing_destination_are_refused(uow: UnitOfWork) -> None:
    farm = make_farm(uow)
    batch = make_batch(uow, farm)
    for wrong, error in (
        (Happening(Step.PACK, None, farm.base.id, ((10**9, 1, 1),)), NotFound),
        (Happening(Step.PACK, None, 10**9, ((batch.id, 1, 1),)), NotFound),
        (Happening(Step.SHIP, None, farm.base.id, ((batch.id, 1, 1),)), Invalid),
    ):
        with pytest.raises(error):
            ledger.record(uow, wrong)


def test_every_step_is_an_epcis_event_in_cbv_words(uow: UnitOfWork) -> None:
    farm, market = make_farm(uow), make_farm(uow)
    batch = make_batch(uow, farm)
    for step in (Step.PACK, Step.HOLD, Step.SHIP, Step.RECEIVE):
        where = market.base if step is Step.RECEIVE else farm.base
        to = market.base.id if step is Step.SHIP else None
        entry = ledger.record(uow, Happening(step, None, where.id, ((batch.id, 1_500, 1),), to))
        words, document = EPCIS[step], entry.document
        assert (document["type"], document["action"]) == (words.type, words.action)
        assert (document["bizStep"], document["disposition"]) == (words.biz_step, words.disposition)
        assert document["eventTime"] == "2026-11-20T10:00:00.000+08:00"
        assert document["readPoint"] == {"id": f"https://id.gs1.org/414/{where.gln}"}
        assert document["eventID"] == entry.event_id


def test_a_shipment_names_its_units_its_paper_and_both_ends(uow: UnitOfWork) -> None:
    farm, market = make_farm(uow), make_farm(uow)
    batch = make_batch(uow, farm)
    sscc = "069012340000000018"
    entry = ledger.record(uow, shipped(batch, market.base, child_ssccs=(sscc,), reference="YD2611-0001"))
    document = entry.document
    assert document["epcList"] == [f"https://id.gs1.org/00/{sscc}"]
    assert document["quantityList"][0]["quantity"] == 30
    assert document["destinationList"] == [
        {"type": "location", "destination": f"https://id.gs1.org/414/{market.base.gln}"}
    ]
    assert document["bizTransactionList"] == [
        {"type": "desadv", "bizTransaction": f"urn:epcglobal:cbv:bt:{farm.base.gln}:YD2611-0001"}
    ]
    named = uow.session.scalars(select(EntryThing.name).where(~EntryThing.is_class)).all()
    assert named == [f"https://id.gs1.org/00/{sscc}"]


def test_packing_puts_goods_under_the_units_number(uow: UnitOfWork) -> None:
    farm = make_farm(uow)
    batch = make_batch(uow, farm)
    parent, child = "069012340000000018", "069012340000000025"
    happening = Happening(
        Step.PACK,
        None,
        farm.base.id,
        ((batch.id, 12_345, 1),),
        parent_sscc=parent,
        child_ssccs=(child,),
    )
    document = ledger.record(uow, happening).document
    assert document["parentID"] == f"https://id.gs1.org/00/{parent}"
    assert document["childEPCs"] == [f"https://id.gs1.org/00/{child}"]
    assert document["childQuantityList"][0]["quantity"] == 12.345


def test_a_trips_temperature_is_a_summary_with_its_alarm(uow: UnitOfWork) -> None:
    farm = make_farm(uow)
    batch = make_batch(uow, farm)
    sensor = SensorSummary(uow.now - timedelta(hours=9), uow.now, 120, 310, 680, "LOG-7", is_alarm=True)
    happening = Happening(Step.TEMPERATURE, None, farm.base.id, ((batch.id, 1, 1),), sensor=sensor)
    element = ledger.record(uow, happening).document["sensorElementList"][0]
    assert element["sensorReport"][0]["maxValue"] == 6.8
    assert element["sensorReport"][0]["exception"] == "ALARM_CONDITION"
    assert element["sensorMetadata"]["startTime"] == "2026-11-20T01:00:00.000+08:00"


def test_many_entries_take_as_many_statements_as_few(uow: UnitOfWork, statements: Statements) -> None:
    farm, market = make_farm(uow), make_farm(uow)
    made = [make_batch(uow, farm) for _ in range(32)]
    ledger.record(uow, shipped(make_batch(uow, farm), market.base))  # begins the chain
    counts = []
    for many in (made[:2], made[2:]):
        before = len(statements)
        ledger.record_many(uow, [shipped(batch, market.base) for batch in many])
        counts.append(len(statements) - before)
    assert counts[0] == counts[1]


def test_a_third_party_does_not_see_where_else_a_batch_went(uow: UnitOfWork) -> None:
    farm, one, two = make_farm(uow), make_farm(uow), make_farm(uow)
    batch = make_batch(uow, farm)
    ledger.record_many(uow, [shipped(batch, one.base), shipped(batch, two.base)])
    assert len(journey.of_batch(uow.session, batch.id, farm.clerk)) == 2
    buyer = actor_of(one.coop)
    assert [step.to_site_name for step in journey.of_batch(uow.session, batch.id, buyer)] == [one.base.name]
    assert journey.events(uow.session, buyer, batch.id, journey.EventsFilter()).total == 1
    assert {row.site for row in batches.holdings(uow.session, buyer, batch.id)} == {one.base.code}
    assert len(batches.holdings(uow.session, farm.clerk, batch.id)) == 3


def test_what_is_on_hand_is_told_while_it_is_held_still(uow: UnitOfWork) -> None:
    farm = make_farm(uow)
    batch = make_batch(uow, farm)
    spots = [(batch.id, farm.base.id), (batch.id, make_farm(uow).base.id)]
    assert list(holding.lock(uow, spots).values()) == [(150_000, 10), (0, 0)]


STEPS = st.lists(
    st.tuples(
        st.sampled_from([Step.SHIP, Step.RECEIVE, Step.LOSE, Step.REJECT, Step.DISPOSE, Step.PACK]),
        st.integers(0, 2),
        st.integers(0, 90_000),
        st.integers(0, 6),
    ),
    max_size=14,
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_mass_out_of_nothing_or_into_nothing_is_impossible(
    uow: UnitOfWork, steps: list[tuple[Step, int, int, int]]
) -> None:
    """Whatever is tried: what came in = what is somewhere + what was lost or written off."""
    farm = make_farm(uow)
    places = [farm.base, make_farm(uow).base, make_farm(uow).base]
    batch = make_batch(uow, farm)
    gone = [0, 0]
    for step, where, grams, boxes in steps:
        to = places[(where + 1) % 3].id if step is Step.SHIP else None
        happening = Happening(step, None, places[where].id, ((batch.id, grams, boxes),), to)
        try:
            ledger.record(uow, happening)
        except Refused:
            continue
        if step in {Step.LOSE, Step.DISPOSE}:
            gone = [gone[0] + grams, gone[1] + boxes]
    held = amounts(uow, batch).values()
    assert sum(grams for grams, _ in held) + gone[0] == batch.grams
    assert sum(boxes for _, boxes in held) + gone[1] == batch.boxes
    assert all(grams >= 0 and boxes >= 0 for grams, boxes in held)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(splits=st.lists(st.integers(0, 30_000), max_size=4))
def test_one_by_one_and_all_at_once_come_to_the_same(uow: UnitOfWork, splits: list[int]) -> None:
    farm, gate = make_farm(uow), make_farm(uow).base
    one, all_at_once = make_batch(uow, farm), make_batch(uow, farm)
    for grams in splits:
        ledger.record(uow, shipped(one, gate, grams, 1))
    ledger.record_many(uow, [shipped(all_at_once, gate, grams, 1) for grams in splits])
    assert amounts(uow, one) == amounts(uow, all_at_once)


def test_two_lorries_cannot_take_the_same_crates(real_db: Database) -> None:
    with real_db.unit_of_work(SYSTEM) as uow:
        farm, gate = make_farm(uow), make_farm(uow).base
        batch = make_batch(uow, farm)

    def take(_: int) -> bool:
        try:
            with real_db.unit_of_work(SYSTEM) as uow:
                ledger.record(uow, shipped(batch, gate, 45_000, 3))
        except DomainError:
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        taken = list(pool.map(take, range(8)))
    assert sum(taken) == 3
    with real_db.unit_of_work(SYSTEM) as uow:
        assert amounts(uow, batch)[gate.id, Bucket.IN_TRANSIT] == (135_000, 9)
        assert uow.session.scalar(select(func.count()).select_from(Entry)) == 3


def test_entries_keep_the_order_in_which_they_were_written(uow: UnitOfWork) -> None:
    farm = make_farm(uow)
    batch = make_batch(uow, farm)
    ids = ledger.record_many(
        uow, [Happening(Step.PACK, None, farm.base.id, ((batch.id, n, 0),)) for n in range(1, 30)]
    )
    grams = [step.grams for step in journey.of_batch(uow.session, batch.id)]
    assert len(set(ids)) == 29
    assert all(before < after for before, after in pairwise(grams))
