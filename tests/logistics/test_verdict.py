"""The verdict on a trip, the band that goods share, and the choice of batches: rules that hold always."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logistics.rules.band import Clash, Kept, overlap
from logistics.rules.fefo import Demand, Stock, propose
from logistics.rules.states import ExcursionKind, Severity
from logistics.rules.verdict import ORDER, Band, Verdict, judge

T0 = datetime(2026, 11, 19, 10, 0, tzinfo=UTC)
END = T0 + timedelta(hours=2)
FIVE = timedelta(minutes=5)
BAND = Band(0, 400, -100, 800)

READINGS = st.lists(
    st.tuples(
        st.integers(-30, 150).map(lambda minutes: T0 + timedelta(minutes=minutes)), st.integers(-500, 1500)
    ),
    max_size=60,
)


def at(minute: int) -> datetime:
    return T0 + timedelta(minutes=minute)


def every_five(values: dict[int, int], usual: int = 200, until: int = 120) -> Verdict:
    """Judge two hours with a value every five minutes, some of them other than usual."""
    rows = [(at(minute), values.get(minute, usual)) for minute in range(0, until + 1, 5)]
    return judge(BAND, rows, T0, at(until), FIVE)


@given(readings=READINGS, data=st.data())
def test_order_and_repetition_of_readings_never_change_a_verdict(
    readings: list[tuple[datetime, int]], data: st.DataObject
) -> None:
    again = data.draw(st.lists(st.sampled_from(readings), max_size=20)) if readings else []
    shuffled = data.draw(st.permutations(readings + again))
    assert judge(BAND, shuffled, T0, END, FIVE) == judge(BAND, readings, T0, END, FIVE)


@given(readings=READINGS)
def test_time_that_nobody_witnessed_is_never_fine(readings: list[tuple[datetime, int]]) -> None:
    verdict = judge(BAND, readings, T0, END, FIVE)
    gaps = [stretch for stretch in verdict.stretches if stretch.kind is ExcursionKind.GAP]
    assert (verdict.coverage_bp == 10_000) == (not gaps)
    if gaps:
        assert verdict.severity is not Severity.FINE
    assert 0 <= verdict.coverage_bp <= 10_000


@given(readings=READINGS)
def test_a_verdict_is_as_bad_as_the_worst_of_its_stretches(readings: list[tuple[datetime, int]]) -> None:
    verdict = judge(BAND, readings, T0, END, FIVE)
    worst = max((ORDER.index(item.severity) for item in verdict.stretches), default=0)
    assert verdict.severity is ORDER[worst]
    assert all(T0 <= item.start <= item.end <= END for item in verdict.stretches)
    keys = [(item.kind, item.start) for item in verdict.stretches]
    assert len(set(keys)) == len(keys)


@given(readings=READINGS, late=st.tuples(st.integers(0, 120).map(at), st.integers(801, 2000)))
def test_a_late_reading_beyond_the_critical_limit_makes_any_trip_critical(
    readings: list[tuple[datetime, int]], late: tuple[datetime, int]
) -> None:
    assert judge(BAND, [*readings, late], T0, END, FIVE).severity is Severity.CRITICAL


@pytest.mark.parametrize(
    ("value", "severity"),
    [
        (0, Severity.FINE),
        (400, Severity.FINE),
        (401, Severity.MINOR),
        (-1, Severity.MINOR),
        (-100, Severity.MINOR),
        (-101, Severity.CRITICAL),
        (700, Severity.MINOR),
        (701, Severity.MAJOR),
        (800, Severity.MAJOR),
        (801, Severity.CRITICAL),
    ],
)
def test_the_edges_of_the_band_belong_to_it_and_so_do_those_of_the_critical_limits(
    value: int, severity: Severity
) -> None:
    assert every_five({60: value}).severity is severity


@pytest.mark.parametrize(("minutes", "severity"), [(30, Severity.MINOR), (35, Severity.MAJOR)])
def test_half_an_hour_is_an_open_door_and_longer_is_not(minutes: int, severity: Severity) -> None:
    verdict = every_five(dict.fromkeys(range(60, 60 + minutes, 5), 500))
    (stretch,) = verdict.stretches
    assert (stretch.minutes, stretch.severity, verdict.severity) == (minutes, severity, severity)


def test_an_excursion_is_measured_in_degree_minutes() -> None:
    verdict = every_five({60: 500, 65: 650, 70: 450})
    (stretch,) = verdict.stretches
    assert (stretch.start, stretch.end, stretch.peak) == (at(60), at(75), 650)
    assert stretch.degree_minutes == (100 * 5 + 250 * 5 + 50 * 5) / 100
    assert (verdict.lowest, verdict.highest, verdict.coverage_bp) == (200, 650, 10_000)


def test_too_warm_and_then_too_cold_are_two_excursions() -> None:
    kinds = [(item.kind, item.peak) for item in every_five({60: 500, 65: -50}).stretches]
    assert kinds == [(ExcursionKind.HIGH, 500), (ExcursionKind.LOW, -50)]


def test_an_hour_without_readings_is_half_of_two_hours_unwitnessed() -> None:
    rows = [(at(minute), 200) for minute in (*range(0, 31, 5), *range(90, 121, 5))]
    verdict = judge(BAND, rows, T0, END, FIVE)
    assert (verdict.severity, verdict.coverage_bp) == (Severity.UNKNOWN, 5_000)
    (gap,) = verdict.stretches
    assert (gap.start, gap.end, gap.peak) == (at(30), at(90), None)


@pytest.mark.parametrize(("interval", "pause", "is_gap"), [(5, 10, False), (5, 11, True), (20, 30, False)])
def test_a_pause_of_two_intervals_is_no_gap_and_a_longer_one_is(
    interval: int, pause: int, is_gap: bool
) -> None:
    rows = [(T0, 200), (at(pause), 200)]
    verdict = judge(BAND, rows, T0, at(pause), timedelta(minutes=interval))
    assert bool(verdict.stretches) is is_gap


def test_no_logger_keeps_silent_for_more_than_half_an_hour_unnoticed() -> None:
    rows = [(T0, 200), (at(31), 200)]
    assert judge(BAND, rows, T0, at(31), timedelta(hours=1)).severity is Severity.UNKNOWN


@pytest.mark.parametrize("minutes", [0, 5, 9, 120])
def test_a_trip_without_a_single_reading_is_unknown_however_short(minutes: int) -> None:
    verdict = judge(BAND, [], T0, at(minutes), FIVE)
    assert (verdict.severity, verdict.coverage_bp, verdict.mean) == (Severity.UNKNOWN, 0, None)


def test_of_two_loggers_the_one_farther_from_the_middle_counts() -> None:
    calm = [(at(minute), 200) for minute in range(0, 121, 5)]
    assert judge(BAND, [*calm, (at(60), 900)], T0, END, FIVE).highest == 900


BEANS = Kept("四季豆", Band(700, 1000))
PORK = Kept("冷却猪肉", Band(0, 400, None, 700))
CABBAGE = Kept("高山甘蓝", Band(-50, 200, -150, 800))


def test_beans_and_pork_have_no_temperature_in_common_and_both_are_named() -> None:
    clash = overlap([BEANS, CABBAGE, PORK])
    assert isinstance(clash, Clash)
    assert clash.warmer is BEANS
    assert overlap([BEANS, PORK]) == Clash(PORK, BEANS)


def test_goods_that_go_together_share_the_strictest_limits() -> None:
    assert overlap([CABBAGE, PORK]) == Band(0, 200, -150, 700)


@given(
    st.lists(
        st.tuples(st.integers(-1000, 1500), st.integers(1, 1500)).map(
            lambda pair: Kept("货", Band(pair[0], pair[0] + pair[1]))
        ),
        min_size=1,
        max_size=6,
    )
)
def test_a_shared_band_lies_within_every_band_and_a_clash_is_a_real_one(kept: list[Kept]) -> None:
    found = overlap(kept)
    if isinstance(found, Clash):
        assert found.colder.band.high <= found.warmer.band.low
    else:
        assert found.low < found.high
        assert all(item.band.low <= found.low and found.high <= item.band.high for item in kept)


DAY = date(2026, 11, 22)
STOCK = st.lists(st.tuples(st.integers(0, 40), st.integers(1, 20_000), st.integers(-5, 30)), max_size=12).map(
    lambda rows: [
        Stock(number, f"B{number:03d}", 1, boxes, boxes * each, DAY + timedelta(days=life))
        for number, (boxes, each, life) in enumerate(rows)
    ]
)


@given(stock=STOCK, boxes=st.integers(0, 120), life=st.integers(0, 20))
def test_a_proposal_never_exceeds_demand_or_stock_and_says_what_is_missing(
    stock: list[Stock], boxes: int, life: int
) -> None:
    proposal = propose(Demand(boxes, DAY, life), stock)
    picked = sum(pick.boxes for pick in proposal.picks)
    assert proposal.missing_boxes == boxes - picked >= 0
    assert all(0 < pick.boxes <= pick.stock.boxes for pick in proposal.picks)
    assert all(0 < pick.grams <= pick.stock.grams for pick in proposal.picks)
    fitting = [item for item in stock if (item.best_before_on - DAY).days >= life]
    assert picked == min(boxes, sum(item.boxes for item in fitting))


@given(stock=STOCK, boxes=st.integers(1, 120), life=st.integers(0, 20))
def test_a_proposal_takes_the_soonest_first_nothing_too_old_and_gives_reasons(
    stock: list[Stock], boxes: int, life: int
) -> None:
    proposal = propose(Demand(boxes, DAY, life), stock)
    days = [pick.stock.best_before_on for pick in proposal.picks]
    assert days == sorted(days)
    assert all((day - DAY).days >= life for day in days)
    assert all(pick.reasons and all(str(reason) for reason in pick.reasons) for pick in proposal.picks)
    chosen = {pick.stock.batch_id for pick in proposal.picks}
    passed = {item.batch_id for item, _ in proposal.passed_over}
    assert chosen | passed == {item.batch_id for item in stock if item.boxes}
    assert not chosen & passed


def test_of_batches_that_end_alike_the_one_that_covers_all_comes_first() -> None:
    small = Stock(1, "B001", 1, 5, 75_000, DAY + timedelta(days=9))
    enough = Stock(2, "B002", 1, 30, 450_000, DAY + timedelta(days=9))
    (pick,) = propose(Demand(20, DAY, 5), [small, enough]).picks
    assert (pick.stock.number, pick.boxes, pick.grams) == ("B002", 20, 300_000)
    assert [reason.msgid for reason in pick.reasons] == [
        "Expires first: %(life)s days are left on delivery.",
        "The buyer wants at least %(days)s days.",
        "One batch is enough for the line.",
    ]
