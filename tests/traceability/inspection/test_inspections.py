"""Inspections hold what failed, are tested again in time, and stand behind promises."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import func, select

from supplychain.base.models.notice import Notice
from supplychain.base.rules import PartyKind
from supplychain.kernel.db.uow import Database, UnitOfWork
from supplychain.kernel.errors import Conflict, DomainError, Invalid, NotFound, Refused
from supplychain.kernel.leads import Clue
from supplychain.kernel.permissions import NOBODY, SYSTEM
from supplychain.kernel.sheets.sheet import Outcome
from tests.conftest import NOW, Statements
from tests.make.base import make_party, make_site
from tests.make.inspection import OVER_LIMIT, chlorpyrifos, make_inspection, sample
from tests.make.traceability import Farm, actor_of, make_batch, make_farm, make_holding
from traceability.leads import LEADS
from traceability.models.batch import Batch
from traceability.models.genealogy import Edge
from traceability.models.hold import Hold
from traceability.models.inspection import Inspection, InspectionFinding
from traceability.models.ledger import Entry
from traceability.panels import _failed, _pass_rate
from traceability.queries import inspection as inspections
from traceability.queries import inspection_figures as figures
from traceability.queries.inspection import InspectionFilter
from traceability.rules.batch import BatchState
from traceability.rules.certificate import CertificateKind
from traceability.rules.hold import HoldKind
from traceability.rules.inspection import AmountUnit, Bound, InspectionKind, InspectionResult, Reading
from traceability.rules.ledger import Bucket
from traceability.rules.retest import RetestState
from traceability.services import certificate, inspection, inspection_reference, retest
from traceability.services.certificate import IssueCertificate
from traceability.services.inspection import ReportResult
from traceability.services.inspection_reference import PutDay, PutLimit
from traceability.services.judgement import Found
from traceability.services.retest import AskRetest

FAILED = chlorpyrifos(OVER_LIMIT)
OTHER_LAB = "三明市农产品质量安全检验检测中心"


@pytest.fixture
def farm(uow: UnitOfWork) -> Farm:
    """A vegetable co-operative."""
    return make_farm(uow)


@pytest.fixture
def batch(uow: UnitOfWork, farm: Farm) -> Batch:
    """A batch of it."""
    return make_batch(uow, farm)


def holds(uow: UnitOfWork, batch: Batch) -> list[str]:
    """Return why a batch is held."""
    return list(uow.session.scalars(select(Hold.reason).where(Hold.batch_id == batch.id).order_by(Hold.id)))


def asked(**values: object) -> AskRetest:
    """Return the request for another laboratory."""
    return replace(AskRetest(OTHER_LAB), **values)  # type: ignore[arg-type]  # fields by name


GERMS = Found("菌落总数", Reading.MEASURED, 2_000_000, AmountUnit.CFU_G, 1_000_000, standard="GB 4789.2")
NEVER = Found("克仑特罗", Reading.PRESENT, bound=Bound.ABSENT, standard="农业农村部公告第250号")


@pytest.mark.parametrize(
    ("findings", "kind"),
    [
        ([FAILED], HoldKind.RESIDUE),
        ([FAILED, GERMS], HoldKind.PATHOGEN),
        ([GERMS, NEVER], HoldKind.BANNED),
        ([chlorpyrifos(), GERMS], HoldKind.PATHOGEN),
    ],
)
def test_goods_that_failed_are_held_for_the_strictest_reason_of_the_law(
    uow: UnitOfWork, batch: Batch, findings: list[Found], kind: HoldKind
) -> None:
    make_inspection(uow, batch, *findings)
    assert uow.session.scalars(select(Hold.kind).where(Hold.batch_id == batch.id)).all() == [kind]


def test_a_passed_test_holds_nothing_and_keeps_the_limit_it_was_held_against(
    uow: UnitOfWork, batch: Batch
) -> None:
    row = make_inspection(uow, batch)
    assert (row.number, row.result, row.retest_until) == ("JC2611-0001", InspectionResult.PASS, None)
    (found,) = inspections.findings(uow.session, row.id)
    assert (found.passed, found.limit_micro, found.bound, found.reach) == (True, 20_000, Bound.AT_MOST, 50)
    assert holds(uow, batch) == []


def test_a_failed_test_holds_the_batch_at_once_and_says_what_was_found(uow: UnitOfWork, batch: Batch) -> None:
    row = make_inspection(uow, batch, FAILED, Found("氧乐果", Reading.NOT_DETECTED))
    uow.session.refresh(batch)
    assert batch.is_held
    assert holds(uow, batch) == [
        f"检测单 {row.number} 不合格：毒死蜱 0.15 mg/kg，限量 ≤ 0.02 mg/kg（GB 2763—2021）"
    ]
    assert row.retest_until == datetime(2026, 11, 27, 15, 59, 59, tzinfo=UTC)


def test_what_is_used_up_is_held_too_so_that_a_recall_finds_it(uow: UnitOfWork, farm: Farm) -> None:
    gone = make_batch(uow, farm, state=BatchState.CLOSED)
    make_inspection(uow, gone, FAILED)
    assert len(holds(uow, gone)) == 1


def test_a_hold_of_a_hundred_failed_findings_is_cut_to_what_fits(uow: UnitOfWork, batch: Batch) -> None:
    make_inspection(uow, batch, *(replace(FAILED, analyte=f"农药{n:03d}") for n in range(100)))
    assert len(holds(uow, batch)[0]) == 300


def test_what_a_laboratory_reports_later_has_the_same_consequences(uow: UnitOfWork, batch: Batch) -> None:
    row = inspection.enter(uow, sample(batch))
    assert (row.result, row.known_at) == (InspectionResult.PENDING, None)
    inspection.report(uow, row.id, ReportResult((FAILED,), "W2026-1"))
    assert (row.result, row.known_at, row.report_number) == (InspectionResult.FAIL, NOW, "W2026-1")
    assert len(holds(uow, batch)) == 1
    with pytest.raises(Refused):
        inspection.report(uow, row.id, ReportResult((chlorpyrifos(),)))


def test_the_tables_limit_counts_for_the_day_of_the_sample_when_the_report_gives_none(
    uow: UnitOfWork, farm: Farm, batch: Batch
) -> None:
    limit = PutLimit("吡虫啉", "vegetable", Bound.AT_MOST, date(2026, 1, 1), "GB", 10_000, AmountUnit.MG_KG)
    inspection_reference.put_limit(uow, limit)
    later = replace(limit, valid_from=date(2026, 11, 20), limit_micro=1)
    inspection_reference.put_limit(uow, later)
    found = Found("吡虫啉", Reading.MEASURED, 9_000, AmountUnit.MG_KG)
    assert make_inspection(uow, batch, found).result is InspectionResult.PASS
    fresh = make_inspection(uow, batch, found, sampled_at=NOW - timedelta(hours=2))
    assert fresh.result is InspectionResult.FAIL


def test_wrong_findings_are_refused_each_at_its_own_field(uow: UnitOfWork, batch: Batch) -> None:
    inspection_reference.install(uow)
    wrong = (
        Found("没有的药", Reading.MEASURED, 1, AmountUnit.MG_KG),
        chlorpyrifos(standard=""),
        chlorpyrifos(analyte="甲", unit=None),
        Found("有机磷和氨基甲酸酯类农药", Reading.MEASURED, 60, AmountUnit.PERCENT, 70_000_000, "NY/T 448"),
        chlorpyrifos(),
    )
    with pytest.raises(Invalid) as refused:
        inspection.enter(uow, sample(batch, *wrong))
    assert list(refused.value.fields) == [
        "findings.0.limit_micro",
        "findings.1.standard",
        "findings.2.unit",
        "findings.3.limit_micro",
        "findings.4.analyte",
    ]
    assert holds(uow, batch) == []


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"sampled_at": NOW + timedelta(minutes=1)}, "sampled_at"),
        ({"known_at": NOW + timedelta(minutes=1)}, "known_at"),
        ({"known_at": NOW - timedelta(days=2)}, "known_at"),
        ({"findings": ()}, "known_at"),
        ({"batch": "B0000-0000"}, "batch"),
    ],
)
def test_impossible_times_and_unknown_batches_are_refused(
    uow: UnitOfWork, batch: Batch, values: dict[str, object], field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        inspection.enter(uow, sample(batch, chlorpyrifos(), **values))
    assert list(refused.value.fields) == [field]


def test_the_same_sample_again_is_the_same_inspection_and_another_result_is_a_conflict(
    uow: UnitOfWork, batch: Batch
) -> None:
    command = sample(batch)
    assert inspection.put(uow, command)[1] is Outcome.CREATED
    assert inspection.put(uow, command)[1] is Outcome.UNCHANGED
    known = replace(command, findings=(chlorpyrifos(),))
    assert inspection.put(uow, known)[1] is Outcome.UPDATED
    assert inspection.put(uow, known)[1] is Outcome.UNCHANGED
    with pytest.raises(Conflict):
        inspection.put(uow, replace(command, findings=(FAILED,)))
    with pytest.raises(Conflict):
        inspection.put(uow, replace(command, kind=InspectionKind.SELF))


def test_nobody_tests_what_is_not_theirs(uow: UnitOfWork, batch: Batch) -> None:
    row = inspection.enter(uow, sample(batch))
    failed = make_inspection(uow, batch, FAILED)
    uow.actor = actor_of(make_party(uow))
    acts: list[tuple[type[DomainError], Callable[[], object]]] = [
        (Invalid, lambda: inspection.enter(uow, sample(batch))),
        (NotFound, lambda: inspection.report(uow, row.id, ReportResult((FAILED,)))),
        (NotFound, lambda: retest.ask(uow, failed.id, asked())),
        (NotFound, lambda: inspection.void(uow, row.id, "x")),
        (NotFound, lambda: inspection.attach(uow, row.id, "a.pdf", "application/pdf", b"%PDF-")),
        (NotFound, lambda: inspections.one(uow.session, uow.actor, row.number)),
        (NotFound, lambda: inspection.report(uow, 10**9, ReportResult((FAILED,)))),
    ]
    for error, act in acts:
        with pytest.raises(error):
            act()
    assert inspections.page(uow.session, uow.actor, InspectionFilter()).total == 0
    assert inspections.page(uow.session, NOBODY, InspectionFilter()).total == 0


def test_a_market_enters_spot_tests_of_what_came_to_it_and_a_shop_does_not(
    uow: UnitOfWork, farm: Farm, batch: Batch
) -> None:
    market, shop = make_party(uow, PartyKind.MARKET), make_party(uow, PartyKind.SUPERMARKET)
    spot = sample(batch, FAILED, kind=InspectionKind.OFFICIAL_QUICK, laboratory="沪南鲜蔬快检室")
    uow.actor = actor_of(market)
    with pytest.raises(Invalid) as unseen:
        inspection.enter(uow, spot)
    assert list(unseen.value.fields) == ["batch"]
    make_holding(uow, batch, make_site(uow, market), Bucket.ON_HAND, 1, 1)
    row = inspection.enter(uow, spot)
    assert row.party_id == market.id
    assert len(holds(uow, batch)) == 1
    told = uow.session.scalars(select(Notice).where(Notice.party_id == farm.coop.id)).one()
    assert told.detail["until"] == "2026-11-20 13:00"
    for actor in (actor_of(shop), farm.clerk):
        uow.actor = actor
        with pytest.raises(Invalid) as refused:
            inspection.enter(uow, replace(spot, sample_number="S"))
        assert list(refused.value.fields) == ["kind"]
    with pytest.raises(NotFound):
        inspection.void(uow, row.id, "不是我们的错")


def test_a_re_test_of_another_laboratory_in_time_overturns_and_the_hold_waits_for_a_person(
    uow: UnitOfWork, farm: Farm, batch: Batch
) -> None:
    uow.actor = farm.clerk
    first = make_inspection(uow, batch, FAILED, kind=InspectionKind.QUICK)
    assert first.retest_until == NOW + timedelta(hours=3)
    again = retest.ask(uow, first.id, asked())
    assert (again.kind, again.asked_at, again.sampled_at) == (InspectionKind.COMMISSIONED, NOW, NOW)
    assert again.report_until == datetime(2026, 12, 1, 15, 59, 59, tzinfo=UTC)
    shown = inspections.one(uow.session, uow.actor, first.number)
    assert (shown.retest_state, shown.final) == (RetestState.ASKED, InspectionResult.FAIL)
    with pytest.raises(Refused, match=again.number):
        retest.ask(uow, first.id, asked(laboratory="第三家"))
    inspection.report(uow, again.id, ReportResult((chlorpyrifos(),)))
    shown = inspections.one(uow.session, uow.actor, first.number)
    assert (shown.retest_state, shown.final) == (RetestState.OVERTURNED, InspectionResult.PASS)
    uow.session.refresh(batch)
    assert batch.is_held
    with pytest.raises(Refused):
        retest.ask(uow, again.id, asked(laboratory="第三家"))


def test_a_re_test_that_fails_upholds_and_cannot_be_tested_again(uow: UnitOfWork, batch: Batch) -> None:
    first = make_inspection(uow, batch, FAILED)
    again = retest.ask(uow, first.id, asked())
    inspection.report(uow, again.id, ReportResult((FAILED,)))
    shown = inspections.one(uow.session, SYSTEM, first.number)
    assert (shown.retest_state, shown.final) == (RetestState.UPHELD, InspectionResult.FAIL)
    assert len(holds(uow, batch)) == 2
    with pytest.raises(Refused):
        retest.ask(uow, again.id, asked(laboratory="第三家"))


def test_a_re_test_asked_for_a_second_too_late_is_refused_with_the_deadline(
    uow: UnitOfWork, farm: Farm, batch: Batch
) -> None:
    first = make_inspection(uow, batch, FAILED)
    quick = make_inspection(uow, batch, FAILED, kind=InspectionKind.QUICK)
    uow.actor = farm.clerk
    uow.now = NOW + timedelta(hours=3, seconds=1)
    with pytest.raises(Refused, match="2026-11-20 13:00"):
        retest.ask(uow, quick.id, asked())
    uow.now = datetime(2026, 11, 27, 16, 0, tzinfo=UTC)
    with pytest.raises(Refused, match="2026-11-27 23:59"):
        retest.ask(uow, first.id, asked())
    uow.now -= timedelta(seconds=1)
    assert retest.ask(uow, first.id, asked()).first_id == first.id


def test_a_holiday_moves_the_deadline(uow: UnitOfWork, batch: Batch) -> None:
    inspection_reference.put_day(uow, PutDay(date(2026, 11, 24), False, "试"))
    inspection_reference.put_day(uow, PutDay(date(2026, 11, 28), True, "试"))
    row = make_inspection(uow, batch, FAILED)
    assert row.retest_until == datetime(2026, 11, 28, 15, 59, 59, tzinfo=UTC)


def test_a_clerk_cannot_date_a_request_back_nor_hand_over_a_sample_before_it(
    uow: UnitOfWork, farm: Farm, batch: Batch
) -> None:
    first = make_inspection(uow, batch, FAILED)
    uow.actor = farm.clerk
    for values, field in (
        ({"asked_at": NOW - timedelta(minutes=5)}, "asked_at"),
        ({"sampled_at": NOW - timedelta(minutes=5)}, "sampled_at"),
        ({"sampled_at": NOW + timedelta(minutes=5)}, "sampled_at"),
        ({"laboratory": "大田县农产品质量安全检验检测中心"}, "laboratory"),
        ({"kind": InspectionKind.QUICK}, "kind"),
    ):
        with pytest.raises(Invalid) as refused:
            retest.ask(uow, first.id, asked(**values))
        assert list(refused.value.fields) == [field]
    with pytest.raises(Refused):
        retest.ask(uow, make_inspection(uow, batch).id, asked())


def test_only_the_operator_voids_what_has_a_result_and_a_voided_one_counts_no_more(
    uow: UnitOfWork, farm: Farm, batch: Batch
) -> None:
    first = make_inspection(uow, batch, FAILED, sample_number="S-1")
    pending = inspection.enter(uow, sample(batch))
    uow.actor = farm.clerk
    with pytest.raises(Refused):
        inspection.void(uow, first.id, "不想要")
    inspection.void(uow, pending.id, "录重了")
    uow.actor = SYSTEM
    with pytest.raises(Invalid):
        inspection.void(uow, first.id, " ")
    again = retest.ask(uow, first.id, asked())
    inspection.void(uow, again.id, "送错机构")
    assert retest.ask(uow, first.id, asked(laboratory="第三家")).first_id == first.id
    inspection.void(uow, first.id, "抄错批次")
    acts: list[Callable[[], object]] = [
        lambda: inspection.void(uow, first.id, "x"),
        lambda: retest.ask(uow, first.id, asked()),
        lambda: inspection.report(uow, pending.id, ReportResult((FAILED,))),
    ]
    for act in acts:
        with pytest.raises(Refused):
            act()
    assert inspections.one(uow.session, SYSTEM, first.number).retest_state is None
    assert figures.urgent(uow.session, SYSTEM)[0] == 0
    assert make_inspection(uow, batch, sample_number="S-1").id != first.id


def test_a_promise_on_a_test_needs_that_test_and_the_last_one_counts(
    uow: UnitOfWork, farm: Farm, batch: Batch
) -> None:
    uow.actor = farm.clerk
    promise = IssueCertificate(CertificateKind.COC, batch.number, by_own_test=True)
    with pytest.raises(Invalid) as refused:
        certificate.issue(uow, promise)
    assert list(refused.value.fields) == ["by_own_test"]
    make_inspection(uow, batch, kind=InspectionKind.COMMISSIONED)
    with pytest.raises(Invalid):
        certificate.issue(uow, promise)
    make_inspection(uow, batch, kind=InspectionKind.QUICK, laboratory="自检室")
    assert certificate.issue(uow, promise).basis == "own_test"
    early = replace(promise, by_own_test=False, by_commissioned_test=True, issued_on=date(2026, 11, 19))
    with pytest.raises(Invalid) as not_known:
        certificate.issue(uow, early)
    assert list(not_known.value.fields) == ["by_commissioned_test"]


def test_a_batch_that_was_split_off_rests_on_the_tests_of_all_it_was_made_of(
    uow: UnitOfWork, farm: Farm, batch: Batch
) -> None:
    other, child = make_batch(uow, farm), make_batch(uow, farm)
    assert figures.backing(uow.session, child.id, date(2026, 11, 20)) == [[]]
    make_inspection(uow, batch)
    row = make_inspection(uow, other, FAILED)
    entry_id = uow.session.scalars(select(Entry.id).limit(1)).one()
    uow.session.add_all(
        Edge(entry_id=entry_id, parent_id=one.id, child_id=child.id, grams_in=1, grams_out=1)
        for one in (batch, other)
    )
    uow.flush()
    promise = IssueCertificate(CertificateKind.COC, child.number, by_commissioned_test=True)
    with pytest.raises(Invalid, match=row.number):
        certificate.issue(uow, promise)
    make_inspection(uow, other)
    assert certificate.issue(uow, promise).id


def test_a_recall_starts_from_an_inspection_or_a_laboratorys_report(
    uow: UnitOfWork, farm: Farm, batch: Batch
) -> None:
    other = make_batch(uow, farm)
    row = make_inspection(uow, batch, FAILED, report_number="W-7")
    make_inspection(uow, other, FAILED, report_number="W-7")
    make_inspection(uow, make_batch(uow, farm))
    (lead,) = (lead for lead in LEADS if lead.name == "inspection")
    assert set(lead.find(uow.session, farm.clerk, Clue(row.number))) == {batch.id}
    assert set(lead.find(uow.session, farm.clerk, Clue(" W-7 "))) == {batch.id, other.id}
    for actor, clue in ((farm.clerk, "W-8"), (farm.clerk, ""), (actor_of(make_party(uow)), row.number)):
        with pytest.raises(Invalid):
            lead.find(uow.session, actor, Clue(clue))


def test_the_pass_rate_counts_the_final_result_and_the_desk_tells_what_is_urgent(
    uow: UnitOfWork, farm: Farm
) -> None:
    assert _pass_rate(uow.session, SYSTEM) is None
    batches = [make_batch(uow, farm) for _ in range(4)]
    make_inspection(uow, batches[0])
    make_inspection(uow, batches[1], FAILED)
    overturned = make_inspection(uow, batches[2], FAILED)
    inspection.enter(uow, sample(batches[3]))
    again = retest.ask(uow, overturned.id, asked())
    assert [task.count for task in _failed(uow.session, farm.clerk)] == [1, 1]
    inspection.report(uow, again.id, ReportResult((chlorpyrifos(),)))
    assert figures.pass_rate(uow.session, farm.clerk, NOW - timedelta(days=90)) == (2, 3)
    figure = _pass_rate(uow.session, farm.clerk)
    assert figure is not None
    assert figure.value == "66.7"
    assert [task.count for task in _failed(uow.session, farm.clerk)] == [1]
    assert [task.count for task in _failed(uow.session, actor_of(make_party(uow)))] == []


@pytest.mark.parametrize("state", RetestState)
def test_a_list_filtered_by_re_test_shows_what_its_pages_say(
    uow: UnitOfWork, farm: Farm, state: RetestState
) -> None:
    rows = [make_inspection(uow, make_batch(uow, farm), FAILED) for _ in range(4)]
    past = {"known_at": NOW - timedelta(days=20), "sampled_at": NOW - timedelta(days=21)}
    rows.append(make_inspection(uow, make_batch(uow, farm), FAILED, **past))
    make_inspection(uow, make_batch(uow, farm))
    for first, findings in zip(rows[:3], ((), (chlorpyrifos(),), (FAILED,)), strict=True):
        again = retest.ask(uow, first.id, asked())
        if findings:
            inspection.report(uow, again.id, ReportResult(findings))
    found = inspections.page(uow.session, SYSTEM, InspectionFilter(retest=state))
    assert [row.retest_state for row in found.rows] == [state]


def test_a_list_takes_as_few_statements_for_many_inspections(
    uow: UnitOfWork, farm: Farm, statements: Statements
) -> None:
    counts = []
    for many in (1, 19):
        for _ in range(many):
            make_inspection(uow, make_batch(uow, farm), FAILED)
        before = len(statements)
        assert inspections.page(uow.session, farm.clerk, InspectionFilter()).rows
        counts.append(len(statements) - before)
    assert counts == [2, 2]


def test_the_same_result_twice_at_once_is_kept_once(real_db: Database) -> None:
    with real_db.unit_of_work(SYSTEM) as uow:
        farm = make_farm(uow)
        inspection_id = inspection.enter(uow, sample(make_batch(uow, farm))).id
    with real_db.unit_of_work(farm.clerk) as uow:
        inspection.report(uow, inspection_id, ReportResult((FAILED,)))
    with pytest.raises(Refused), real_db.unit_of_work(farm.clerk) as uow:
        inspection.report(uow, inspection_id, ReportResult((FAILED,)))
    with real_db.reading() as session:
        assert session.scalar(select(func.count(InspectionFinding.id))) == 1
        assert session.scalar(select(func.count(Hold.id))) == 1
        assert session.scalar(select(func.count(Inspection.id))) == 1


def test_the_houses_limits_and_days_are_put_in_once(uow: UnitOfWork) -> None:
    inspection_reference.install(uow)
    inspection_reference.install(uow)
    wrong = PutLimit("铅", "egg", Bound.ABSENT, date(2026, 1, 1), "x", 1, AmountUnit.MG_KG)
    for command, field in (
        (wrong, "limit_micro"),
        (replace(wrong, bound=Bound.BELOW, limit_micro=None), "limit_micro"),
        (replace(wrong, bound=Bound.BELOW, unit=None), "unit"),
        (replace(wrong, bound=Bound.BELOW, valid_to=date(2025, 1, 1)), "valid_to"),
    ):
        with pytest.raises(Invalid) as refused:
            inspection_reference.put_limit(uow, command)
        assert list(refused.value.fields) == [field]
    fine = replace(wrong, bound=Bound.BELOW)
    assert inspection_reference.put_limit(uow, fine) is Outcome.CREATED
    assert inspection_reference.put_limit(uow, fine) is Outcome.UNCHANGED
