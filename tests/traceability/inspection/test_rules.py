"""What a reading says against its limit, how days are counted, when a re-test may be asked for."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supplychain.kernel.clock import SHANGHAI, local_day
from supplychain.kernel.errors import Invalid, Refused
from traceability.rules.certificate import CocBasis
from traceability.rules.farm import Crop
from traceability.rules.inspection import (
    Amount,
    AmountUnit,
    Bound,
    InspectionKind,
    InspectionResult,
    KeptLimit,
    Limit,
    Reading,
    Test,
    final,
    is_laxer,
    limit_for,
    passes,
    reach_percent,
    unbacked,
    verdict,
)
from traceability.rules.retest import (
    RetestState,
    ask_until,
    check_asked,
    check_laboratory,
    report_until,
    state_of,
)
from traceability.rules.workday import Calendar

MG, UG, PERCENT = AmountUnit.MG_KG, AmountUnit.UG_KG, AmountUnit.PERCENT
CHLORPYRIFOS = Limit(Bound.AT_MOST, 20_000, MG, "GB 2763—2021")
INHIBITION = Limit(Bound.BELOW, 50_000_000, PERCENT, "GB/T 5009.199—2003")
NONE_AT_ALL = Limit(Bound.ABSENT, None, None, "公告第250号")
CABBAGE = Crop("GANLAN", "vegetable", "Brassica oleracea var. capitata")
PASS, FAIL, PENDING = InspectionResult.PASS, InspectionResult.FAIL, InspectionResult.PENDING

days = st.dates(date(2026, 1, 1), date(2027, 12, 31))
calendars = st.dictionaries(days, st.booleans(), max_size=60).map(Calendar)
counts = st.integers(1, 30)
instants = st.timedeltas(timedelta(), timedelta(days=540)).map(
    lambda since: datetime(2026, 1, 1, tzinfo=UTC) + since
)
lab_kinds = st.sampled_from([InspectionKind.SELF, InspectionKind.COMMISSIONED, InspectionKind.OFFICIAL])


@pytest.mark.parametrize(
    ("amount", "limit", "is_fine"),
    [
        (Amount(Reading.MEASURED, 20_000, MG), CHLORPYRIFOS, True),
        (Amount(Reading.MEASURED, 20_001, MG), CHLORPYRIFOS, False),
        (Amount(Reading.MEASURED, 20_000_000, UG), CHLORPYRIFOS, True),
        (Amount(Reading.MEASURED, 20_000_001, UG), CHLORPYRIFOS, False),
        (Amount(Reading.MEASURED, 49_999_999, PERCENT), INHIBITION, True),
        (Amount(Reading.MEASURED, 50_000_000, PERCENT), INHIBITION, False),
        (Amount(Reading.MEASURED, -3_200_000, PERCENT), INHIBITION, True),
        (Amount(Reading.MEASURED, 1, UG), NONE_AT_ALL, False),
        (Amount(Reading.NOT_DETECTED), NONE_AT_ALL, True),
        (Amount(Reading.NOT_DETECTED), None, True),
        (Amount(Reading.NOT_DETECTED, 10_000, MG), CHLORPYRIFOS, True),
        (Amount(Reading.BELOW_LOQ, 20_000, MG), CHLORPYRIFOS, True),
        (Amount(Reading.NEGATIVE), None, True),
        (Amount(Reading.POSITIVE), None, False),
        (Amount(Reading.PRESENT), NONE_AT_ALL, False),
    ],
)
def test_a_reading_is_judged_against_its_limit(amount: Amount, limit: Limit | None, is_fine: bool) -> None:
    assert passes(amount, limit) is is_fine


@pytest.mark.parametrize(
    ("amount", "limit", "field"),
    [
        (Amount(Reading.MEASURED, 1, MG), None, "limit_micro"),
        (Amount(Reading.MEASURED), CHLORPYRIFOS, "amount_micro"),
        (Amount(Reading.MEASURED, 1), CHLORPYRIFOS, "unit"),
        (Amount(Reading.MEASURED, 1, PERCENT), CHLORPYRIFOS, "unit"),
        (Amount(Reading.MEASURED, -1, MG), CHLORPYRIFOS, "amount_micro"),
        (Amount(Reading.BELOW_LOQ), CHLORPYRIFOS, "amount_micro"),
        (Amount(Reading.BELOW_LOQ, 20_001, MG), CHLORPYRIFOS, "amount_micro"),
        (Amount(Reading.NOT_DETECTED, 50_000, MG), CHLORPYRIFOS, "amount_micro"),
    ],
)
def test_what_cannot_be_judged_is_refused_at_the_field_to_blame(
    amount: Amount, limit: Limit | None, field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        passes(amount, limit)
    assert list(refused.value.fields) == [field]


@given(st.integers(0, 10**9), st.integers(1, 10**9))
def test_more_of_something_never_turns_a_fail_into_a_pass(amount: int, limit: int) -> None:
    kept = Limit(Bound.AT_MOST, limit, MG, "x")
    assert passes(Amount(Reading.MEASURED, amount, MG), kept) == (amount <= limit)
    if not passes(Amount(Reading.MEASURED, amount, MG), kept):
        assert not passes(Amount(Reading.MEASURED, amount + 1, MG), kept)


@given(st.lists(st.booleans()))
def test_an_inspection_passes_when_each_finding_does_and_is_awaited_without_any(passed: list[bool]) -> None:
    assert verdict(passed) is (PENDING if not passed else PASS if all(passed) else FAIL)


def test_the_narrowest_limit_counts_then_the_newest_and_only_in_its_time() -> None:
    def kept(scope: str, micro: int, since: int, until: date | None = None) -> KeptLimit:
        return KeptLimit("铅", scope, Limit(Bound.AT_MOST, micro, MG, str(micro)), date(since, 1, 1), until)

    table = [
        kept("*", 1, 2020),
        kept("vegetable", 2, 2020),
        kept(CABBAGE.species, 3, 2020, date(2024, 12, 31)),
        kept(CABBAGE.species, 4, 2023),
        kept("tea", 5, 2020),
    ]
    for day, expected in ((date(2019, 12, 31), None), (date(2022, 6, 1), 3), (date(2024, 6, 1), 4)):
        found = limit_for("铅", CABBAGE, table, day)
        assert (found.micro if found else None) == expected
    assert limit_for("镉", CABBAGE, table, date(2024, 1, 1)) is None


def test_a_typed_limit_may_be_stricter_than_the_tables_but_not_laxer() -> None:
    assert not is_laxer(Limit(Bound.AT_MOST, 10_000, MG, ""), CHLORPYRIFOS)
    assert not is_laxer(Limit(Bound.AT_MOST, 20_000_000, UG, ""), CHLORPYRIFOS)
    assert is_laxer(Limit(Bound.AT_MOST, 20_001, MG, ""), CHLORPYRIFOS)
    assert is_laxer(Limit(Bound.AT_MOST, 50_000_000, PERCENT, ""), INHIBITION)
    assert is_laxer(Limit(Bound.AT_MOST, 1, UG, ""), NONE_AT_ALL)
    assert not is_laxer(NONE_AT_ALL, CHLORPYRIFOS)


@pytest.mark.parametrize(
    ("first", "retest", "counts"),
    [(FAIL, None, FAIL), (FAIL, PENDING, FAIL), (FAIL, PASS, PASS), (FAIL, FAIL, FAIL), (PASS, None, PASS)],
)
def test_the_re_test_decides_once_it_is_there(
    first: InspectionResult, retest: InspectionResult | None, counts: InspectionResult
) -> None:
    assert final(first, retest) is counts


def test_a_ticked_box_needs_the_last_test_of_its_kind_to_have_passed() -> None:
    own, lab = CocBasis.OWN_TEST, CocBasis.COMMISSIONED_TEST
    quick = Test("A", InspectionKind.QUICK, PASS)
    failed = Test("B", InspectionKind.SELF, FAIL)
    assert unbacked([own], []) == (own, None)
    assert unbacked([own], [quick]) is None
    assert unbacked([own], [quick, failed]) == (own, failed)
    assert unbacked([own], [failed, quick]) is None
    assert unbacked([own, lab], [quick]) == (lab, None)
    assert unbacked([lab], [Test("C", InspectionKind.OFFICIAL, PASS)]) == (lab, None)
    assert unbacked([CocBasis.CONTROL], []) is None


@given(calendars, days, counts)
def test_a_deadline_is_a_working_day_with_just_so_many_between(
    calendar: Calendar, day: date, count: int
) -> None:
    end = calendar.after(day, count)
    between = [day + timedelta(days=n) for n in range(1, (end - day).days + 1)]
    assert sum(calendar.is_working(one) for one in between) == count
    assert calendar.is_working(end)


@given(calendars, days, counts, days)
def test_a_day_off_more_never_brings_a_deadline_forward(
    calendar: Calendar, day: date, count: int, off: date
) -> None:
    freer = Calendar(dict(calendar.moved) | {off: False})
    assert freer.after(day, count) >= calendar.after(day, count)


@given(calendars, days, days, counts)
def test_what_is_known_later_may_be_disputed_no_shorter(
    calendar: Calendar, one: date, other: date, count: int
) -> None:
    early, late = sorted((one, other))
    assert calendar.after(early, count) <= calendar.after(late, count)


def test_the_national_day_week_is_no_working_week_and_its_saturday_is() -> None:
    off = {date(2026, 10, day): False for day in (1, 2, 5, 6, 7)}
    calendar = Calendar(off | {date(2026, 9, 20): True, date(2026, 10, 10): True})
    assert calendar.after(date(2026, 9, 30), 3) == date(2026, 10, 10)
    assert Calendar().after(date(2026, 9, 30), 3) == date(2026, 10, 5)


@given(instants, calendars)
def test_a_quick_test_is_disputed_within_four_hours_whatever_the_calendar(
    known_at: datetime, calendar: Calendar
) -> None:
    for kind in (InspectionKind.QUICK, InspectionKind.OFFICIAL_QUICK):
        assert ask_until(kind, known_at, calendar) == known_at + timedelta(hours=4)


@given(instants, calendars, lab_kinds)
def test_a_laboratorys_test_is_disputed_to_the_end_of_the_fifth_working_day_in_shanghai(
    known_at: datetime, calendar: Calendar, kind: InspectionKind
) -> None:
    until = ask_until(kind, known_at, calendar)
    assert local_day(until) == calendar.after(local_day(known_at), 5)
    assert local_day(until + timedelta(seconds=1)) == local_day(until) + timedelta(days=1)
    check_asked(until, until, "")
    with pytest.raises(Refused):
        check_asked(until + timedelta(seconds=1), until, "")


def test_a_result_half_an_hour_after_midnight_in_shanghai_counts_from_that_day() -> None:
    before = datetime(2026, 11, 20, 23, 59, tzinfo=SHANGHAI)
    after = datetime(2026, 11, 21, 0, 30, tzinfo=SHANGHAI)
    calendar = Calendar({date(2026, 11, 21): True})
    assert local_day(ask_until(InspectionKind.OFFICIAL, before, calendar)) == date(2026, 11, 26)
    assert local_day(ask_until(InspectionKind.OFFICIAL, after, calendar)) == date(2026, 11, 27)
    assert local_day(report_until(after, Calendar())) == date(2026, 12, 1)


@pytest.mark.parametrize(
    ("kind", "laboratory", "field"),
    [
        (InspectionKind.QUICK, "另一家", "kind"),
        (InspectionKind.OFFICIAL_QUICK, "另一家", "kind"),
        (InspectionKind.SELF, "另一家", "kind"),
        (InspectionKind.COMMISSIONED, " 县检测中心（ CATL ）", "laboratory"),
    ],
)
def test_a_re_test_is_by_another_laboratory_and_not_quick(
    kind: InspectionKind, laboratory: str, field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        check_laboratory(kind, laboratory, "县检测中心(catl)")
    assert list(refused.value.fields) == [field]


def test_where_a_re_test_stands() -> None:
    now = datetime(2026, 11, 20, tzinfo=UTC)
    later, earlier = now + timedelta(hours=1), now - timedelta(hours=1)
    assert state_of(PASS, None, None, now) is None
    assert state_of(FAIL, None, None, now) is None
    assert state_of(FAIL, later, None, now) is RetestState.OPEN
    assert state_of(FAIL, earlier, None, now) is RetestState.LAPSED
    assert state_of(FAIL, earlier, PENDING, now) is RetestState.ASKED
    assert state_of(FAIL, earlier, PASS, now) is RetestState.OVERTURNED
    assert state_of(FAIL, earlier, FAIL, now) is RetestState.UPHELD


def test_the_bar_stops_at_half_as_much_again() -> None:
    assert reach_percent(None, 5) is None
    assert reach_percent(5, None) is None
    assert [reach_percent(n, 100) for n in (-5, 0, 50, 100, 149, 10**9)] == [0, 0, 50, 100, 149, 150]
