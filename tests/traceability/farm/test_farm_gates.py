"""The farm record stops harvest, slaughter and promise until the days on the label are over."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from catalog.rules import Family
from supplychain.kernel.db.uow import UnitOfWork
from supplychain.kernel.errors import Invalid, NotFound, Refused
from supplychain.kernel.leads import Clue
from supplychain.kernel.permissions import NOBODY
from supplychain.kernel.sheets.sheet import Outcome
from tests.conftest import Statements
from tests.make.base import make_party
from tests.make.traceability import Farm, actor_of, make_farm
from traceability.leads import LEADS
from traceability.models.batch import Batch
from traceability.queries import farm as farms
from traceability.rules.batch import Origin
from traceability.rules.certificate import CertificateKind
from traceability.rules.farm import DoseUnit, InputKind
from traceability.services import batch, certificate, farm, farm_reference
from traceability.services.certificate import IssueCertificate
from traceability.services.draft import RegisterBatch
from traceability.services.farm import RecordUse
from traceability.services.farm_reference import PutBan, PutInput, PutRule


@pytest.fixture
def coop(uow: UnitOfWork) -> Farm:
    """A vegetable co-operative with a pesticide that waits seven days and may be used once."""
    made = make_farm(uow)
    sprayed = PutInput("SPRAY", "喷剂", "Spray", InputKind.PESTICIDE, "label", "阿维菌素")
    farm_reference.put_input(uow, sprayed)
    rule = PutRule("SPRAY", "vegetable", 7, date(2020, 1, 1), "label", 1, 50_000, DoseUnit.ML_MU)
    farm_reference.put_rule(uow, rule)
    return made


def use(coop: Farm, applied_on: date = date(2026, 11, 11), **values: object) -> RecordUse:
    """A spraying of the whole base."""
    made = RecordUse(coop.base.code, coop.product.code, "SPRAY", applied_on, 30_000, DoseUnit.ML_MU, "张桂香")
    return replace(made, **values)  # type: ignore[arg-type]  # fields by name


def harvest(coop: Farm, day: date, **values: object) -> RegisterBatch:
    """Ten crates cut on a day."""
    made = RegisterBatch(coop.item.sku, coop.base.code, day, boxes=10, grams=150_000)
    return replace(made, **values)  # type: ignore[arg-type]  # fields by name


def test_harvest_is_refused_the_day_before_the_interval_ends_and_allowed_on_its_last(
    uow: UnitOfWork, coop: Farm
) -> None:
    farm.record(uow, use(coop))
    with pytest.raises(Invalid) as refused:
        batch.register(uow, harvest(coop, date(2026, 11, 17)))
    assert "2026-11-18" in str(refused.value)
    assert list(refused.value.fields) == ["harvested_on"]
    assert batch.register(uow, harvest(coop, date(2026, 11, 18))).is_new


def test_days_count_from_the_last_day_of_use(uow: UnitOfWork, coop: Farm) -> None:
    farm.record(uow, use(coop, date(2026, 11, 9), stopped_on=date(2026, 11, 12)))
    with pytest.raises(Invalid):
        batch.register(uow, harvest(coop, date(2026, 11, 18)))
    assert batch.register(uow, harvest(coop, date(2026, 11, 19))).is_new


def test_a_spraying_half_an_hour_before_midnight_in_greenwich_is_the_next_day_at_the_farm(
    uow: UnitOfWork, coop: Farm
) -> None:
    uow.now = datetime(2026, 11, 10, 15, 59, tzinfo=UTC)
    with pytest.raises(Invalid) as future:
        farm.record(uow, use(coop, date(2026, 11, 11)))
    assert list(future.value.fields) == ["applied_on"]
    uow.now = datetime(2026, 11, 10, 23, 30, tzinfo=UTC)
    assert farm.record(uow, use(coop, date(2026, 11, 11))).applied_on == date(2026, 11, 11)


def test_harvest_that_began_before_the_interval_was_over_is_refused(uow: UnitOfWork, coop: Farm) -> None:
    farm.record(uow, use(coop))
    early = harvest(coop, date(2026, 11, 19), harvest_began_on=date(2026, 11, 17))
    with pytest.raises(Invalid):
        batch.register(uow, early)


def test_a_voided_record_counts_no_more_and_stays(uow: UnitOfWork, coop: Farm) -> None:
    row = farm.record(uow, use(coop))
    with pytest.raises(Invalid):
        farm.void(uow, row.id, " ")
    farm.void(uow, row.id, "记到了别的地块")
    assert batch.register(uow, harvest(coop, date(2026, 11, 12))).is_new
    assert farms.one(uow.session, uow.actor, row.id).void_reason == "记到了别的地块"
    with pytest.raises(Refused):
        farm.void(uow, row.id, "again")


def test_only_the_sprayed_plot_and_household_wait(uow: UnitOfWork, coop: Farm) -> None:
    farm.record(uow, use(coop, plot="东一", member_name="张桂香"))
    day = date(2026, 11, 12)
    assert batch.register(uow, harvest(coop, day, plot="西二")).is_new
    assert batch.register(uow, harvest(coop, day, plot="东一", member_name="李四")).is_new
    for place in ({"plot": "东一"}, {}):
        with pytest.raises(Invalid):
            batch.register(uow, harvest(coop, day, **place))


def test_more_uses_than_the_label_allows_stop_the_harvest(uow: UnitOfWork, coop: Farm) -> None:
    farm.record(uow, use(coop, date(2026, 10, 1)))
    farm.record(uow, use(coop, date(2026, 10, 11)))
    with pytest.raises(Invalid) as refused:
        batch.register(uow, harvest(coop, date(2026, 11, 18)))
    assert "2" in str(refused.value)


def test_too_high_a_dose_stops_the_harvest(uow: UnitOfWork, coop: Farm) -> None:
    farm.record(uow, use(coop, dose_milli=50_001))
    with pytest.raises(Invalid):
        batch.register(uow, harvest(coop, date(2026, 11, 19)))


@pytest.mark.parametrize(
    ("applied_on", "is_banned"), [(date(2026, 10, 31), False), (date(2026, 11, 1), True)]
)
def test_a_ban_counts_from_its_first_day(
    uow: UnitOfWork, coop: Farm, applied_on: date, is_banned: bool
) -> None:
    farm_reference.put_ban(uow, PutBan("阿维菌素", "vegetable", date(2026, 11, 1), "公告"))
    farm.record(uow, use(coop, applied_on))
    if is_banned:
        with pytest.raises(Invalid, match="公告"):
            batch.register(uow, harvest(coop, date(2026, 11, 18)))
    else:
        assert batch.register(uow, harvest(coop, date(2026, 11, 18))).is_new


def test_a_pesticide_that_is_not_registered_for_the_crop_stops_it(uow: UnitOfWork, coop: Farm) -> None:
    farm_reference.put_input(
        uow, PutInput("TEA", "茶药", "Tea spray", InputKind.PESTICIDE, "label", "联苯菊酯")
    )
    farm_reference.put_rule(uow, PutRule("TEA", "tea", 7, date(2020, 1, 1), "label"))
    farm.record(uow, use(coop, date(2026, 8, 1), input="TEA"))
    with pytest.raises(Invalid):
        batch.register(uow, harvest(coop, date(2026, 11, 18)))


def test_slaughter_waits_28_days_after_a_drug_without_a_stated_period(uow: UnitOfWork) -> None:
    coop = make_farm(uow, Family.PORK, life=90)
    farm_reference.put_input(uow, PutInput("DRUG", "兽药", "Drug", InputKind.VETERINARY, "label", "土霉素"))
    farm.record(uow, use(coop, date(2026, 10, 20), input="DRUG", dose_unit=DoseUnit.MG_KG))
    early = harvest(coop, date(2026, 11, 16), origin=Origin.SLAUGHTER)
    with pytest.raises(Invalid, match="2026-11-17"):
        batch.register(uow, early)
    assert batch.register(uow, replace(early, harvested_on=date(2026, 11, 17))).is_new


def test_a_promise_is_refused_when_a_spraying_is_recorded_afterwards(uow: UnitOfWork, coop: Farm) -> None:
    made = batch.register(uow, harvest(coop, date(2026, 11, 17)))
    late = farm.record(uow, use(coop))
    promise = IssueCertificate(CertificateKind.COC, batch=made.number, by_control=True)
    with pytest.raises(Invalid) as refused:
        certificate.issue(uow, promise)
    assert list(refused.value.fields) == ["batch"]
    farm.void(uow, late.id, "记错")
    assert certificate.issue(uow, promise).id
    rows, against = farms.of_batch(uow.session, uow.session.get_one(Batch, made.batch_id).id)
    assert (rows, against) == ([], [])


def test_every_bad_line_of_a_file_keeps_its_own_error_in_few_statements(
    uow: UnitOfWork, coop: Farm, statements: Statements
) -> None:
    farm.record(uow, use(coop, plot="东一"))
    day = date(2026, 11, 17)
    batch.register(uow, harvest(coop, day, plot="西二"))
    counts = []
    for many in (2, 40):
        lines = [
            harvest(coop, day, plot=f"{'东一' if n % 2 else '西二'}", producer_reference=f"{many}-{n}")
            for n in range(many)
        ]
        before = len(statements)
        done = batch.register_many(uow, lines)
        counts.append(len(statements) - before)
        assert [isinstance(one, Invalid) for one in done] == [bool(n % 2) for n in range(many)]
    assert counts[0] == counts[1]


def test_the_same_reference_twice_in_a_refused_file_is_refused_twice(uow: UnitOfWork, coop: Farm) -> None:
    farm.record(uow, use(coop))
    line = harvest(coop, date(2026, 11, 17), producer_reference="A")
    assert all(isinstance(one, Invalid) for one in batch.register_many(uow, [line, line]))


def test_the_same_use_again_changes_nothing_and_somebody_elses_cannot_be_voided(
    uow: UnitOfWork, coop: Farm
) -> None:
    assert farm.put(uow, use(coop)) is Outcome.CREATED
    assert farm.put(uow, use(coop)) is Outcome.UNCHANGED
    row = farm.record(uow, use(coop))
    uow.actor = actor_of(make_party(uow))
    with pytest.raises(NotFound):
        farm.void(uow, row.id, "x")
    with pytest.raises(NotFound):
        farms.one(uow.session, uow.actor, row.id)
    with pytest.raises(Invalid):
        farm.record(uow, use(coop, date(2026, 11, 1)))


def test_the_houses_references_are_put_in_once(uow: UnitOfWork) -> None:
    farm_reference.install(uow)
    farm_reference.install(uow)
    tea = make_farm(uow, Family.TEA, life=300)
    sprayed = use(tea, date(2026, 11, 11), input="BIFENTHRIN-10EC")
    farm.record(uow, sprayed)
    with pytest.raises(Invalid, match="2026-11-18"):
        batch.register(uow, harvest(tea, date(2026, 11, 17)))
    assert farm_reference.put_ban(uow, PutBan("阿维菌素", "*", date(2026, 1, 1), "x")) is Outcome.CREATED
    with pytest.raises(Invalid):
        farm_reference.put_ban(uow, PutBan("阿", "*", date(2026, 1, 2), "x", date(2026, 1, 1)))


def test_a_recall_starts_from_an_input_and_finds_what_it_was_used_on(uow: UnitOfWork, coop: Farm) -> None:
    farm.record(uow, use(coop, plot="东山"))
    done = [
        batch.register(uow, harvest(coop, day, plot=plot)).batch_id
        for plot, day in (("东山", date(2026, 11, 18)), ("西坡", date(2026, 11, 18)))
    ]
    lead = next(lead for lead in LEADS if lead.name == "input")
    code = "SPRAY"
    assert set(lead.find(uow.session, uow.actor, Clue(code))) == {done[0]}
    late = Clue(code, since=datetime(2026, 11, 12, tzinfo=UTC))
    assert set(lead.find(uow.session, uow.actor, late)) == set()
    assert set(lead.find(uow.session, NOBODY, Clue(code))) == set()
