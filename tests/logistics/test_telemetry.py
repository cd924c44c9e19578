"""Readings, logger files and silence: facts are stored once, whenever and however often they come."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from importlib import resources
from itertools import pairwise

import pytest
from sqlalchemy import func, select

from logistics import jobs
from logistics.addon import LOGS
from logistics.gateways import read_logger_file
from logistics.models.shipment import Shipment
from logistics.models.telemetry import Device, Excursion, Reading
from logistics.rules.states import Channel, ExcursionKind, Severity
from logistics.services import logger_file, receipt, telemetry
from logistics.services.receipt import Receive, Weighed
from logistics.services.telemetry import Measured, Readings
from supplychain import demo
from supplychain.base.models.notice import Notice
from supplychain.kernel import clock
from supplychain.kernel.db.uow import Database, UnitOfWork
from supplychain.kernel.errors import Invalid, NotFound
from supplychain.kernel.permissions import SYSTEM
from tests.conftest import NOW
from tests.make.base import make_party
from tests.make.contracts import acting_for
from tests.make.logistics import (
    ARRIVED,
    LEFT,
    acting,
    make_dispatched,
    make_packed,
    make_plan,
    make_trade,
    measured,
    steady,
)

SIXTEEN_HOURS = 16 * 12 + 1


def told(uow: UnitOfWork) -> list[int | None]:
    return list(uow.session.scalars(select(Notice.party_id).where(Notice.key.like("shipment:%"))))


def test_the_same_reading_twice_is_stored_once(uow: UnitOfWork) -> None:
    trade = make_trade(uow)
    readings = measured(trade, [200, 210, 220])
    assert telemetry.record(uow, readings) == 3
    assert telemetry.record(uow, readings) == 0
    assert telemetry.record(uow, Readings(readings.device, readings.rows * 2)) == 0
    assert uow.session.scalar(select(func.count()).select_from(Reading)) == 3


def test_a_fact_that_is_known_is_not_overwritten(uow: UnitOfWork) -> None:
    trade = make_trade(uow)
    telemetry.record(uow, measured(trade, [200]))
    assert telemetry.record(uow, measured(trade, [900])) == 0
    assert uow.session.scalars(select(Reading.value)).one() == 200


def test_a_trip_on_which_nothing_was_measured_is_unknown_and_one_fully_witnessed_is_fine(
    uow: UnitOfWork,
) -> None:
    trade = make_trade(uow)
    gone = make_dispatched(uow, trade)
    telemetry.judge_shipment(uow, gone)
    assert (gone.verdict, gone.coverage_bp) == (Severity.UNKNOWN, 0)
    telemetry.record(uow, measured(trade, [200] * SIXTEEN_HOURS))
    assert (gone.verdict, gone.coverage_bp) == (Severity.FINE, 10_000)
    assert (gone.lowest_centi, gone.highest_centi) == (200, 200)
    assert uow.session.scalar(select(func.count(Excursion.id))) == 0


def test_late_readings_judge_a_trip_anew_even_after_the_gate_took_it_in(uow: UnitOfWork) -> None:
    trade = make_trade(uow)
    gone = make_dispatched(uow, trade)
    line = Weighed(trade.line.id, trade.batch.id, 150_000)
    receipt.receive(uow, Receive(gone.number, trade.deal.gate.code, (line,), ARRIVED))
    assert gone.verdict is Severity.UNKNOWN
    warm = steady()
    warm[60:72] = [900] * 12
    telemetry.record(uow, measured(trade, warm))
    assert (gone.verdict, gone.coverage_bp, gone.highest_centi) == (Severity.MAJOR, 10_000, 900)
    found = uow.session.scalars(select(Excursion)).one()
    assert (found.kind, found.peak_centi) == (ExcursionKind.HIGH, 900)
    assert found.started_at == LEFT + timedelta(hours=5)
    assert found.ended_at == LEFT + timedelta(hours=6)
    assert found.degree_minutes == 5 * 60
    assert sorted(filter(None, told(uow))) == sorted([trade.farm.coop.id, trade.fleet.carrier.id])


def test_a_broken_cold_chain_is_told_once_however_many_readings_follow(uow: UnitOfWork) -> None:
    trade = make_trade(uow)
    make_dispatched(uow, trade)
    telemetry.record(uow, measured(trade, [900] * 24))
    telemetry.record(uow, measured(trade, [900] * 48))
    assert len(told(uow)) == 2


def test_hot_readings_from_before_the_lorry_left_do_not_count(uow: UnitOfWork) -> None:
    trade = make_trade(uow)
    gone = make_dispatched(uow, trade)
    telemetry.record(uow, measured(trade, [2000] * 12, since=LEFT - timedelta(hours=1)))
    telemetry.record(uow, measured(trade, [200] * SIXTEEN_HOURS))
    assert gone.verdict is Severity.FINE


def test_humidity_is_stored_and_judges_nothing(uow: UnitOfWork) -> None:
    trade = make_trade(uow)
    gone = make_dispatched(uow, trade)
    row = Measured(LEFT, Channel.HUMIDITY, 9_000)
    assert telemetry.record(uow, Readings(trade.fleet.device.serial, (row,))) == 1
    assert (gone.verdict, gone.highest_centi) == (Severity.UNKNOWN, None)


def test_a_reading_from_the_future_is_refused_but_a_clock_may_run_a_little_ahead(uow: UnitOfWork) -> None:
    trade = make_trade(uow)
    with pytest.raises(Invalid) as error:
        telemetry.record(uow, measured(trade, [200, 200], since=NOW + timedelta(minutes=9)))
    assert list(error.value.fields) == ["rows.1.at"]
    assert telemetry.record(uow, measured(trade, [200], since=NOW + timedelta(minutes=9))) == 1


def test_only_the_owner_and_who_ships_with_it_hand_in_for_a_logger(uow: UnitOfWork) -> None:
    trade = make_trade(uow)
    with acting(uow, trade.selling), pytest.raises(NotFound):
        telemetry.record(uow, measured(trade, [200]))
    make_plan(uow, trade, make_packed(uow, trade))
    for actor in (trade.selling, trade.fleet.driving):
        with acting(uow, actor):
            telemetry.record(uow, measured(trade, [200]))
    for stranger in (trade.buying, acting_for(make_party(uow))):
        with acting(uow, stranger), pytest.raises(NotFound):
            telemetry.record(uow, measured(trade, [200]))
    with pytest.raises(NotFound):
        telemetry.record(uow, Readings("NO-SUCH", ()))


# --- silence ----------------------------------------------------------------------------------------


def silence_told(db: Database) -> int:
    with db.reading() as session:
        return session.scalar(select(func.count(Notice.id)).where(Notice.key.like("silent:%"))) or 0


def test_a_logger_that_says_nothing_is_told_once_per_silence(db: Database) -> None:
    (job,) = jobs.JOBS
    with db.unit_of_work(SYSTEM) as uow:
        trade = make_trade(uow)
        make_dispatched(uow, trade)
        telemetry.record(uow, measured(trade, [200], since=NOW - timedelta(minutes=15)))
    assert job.run(db).counts == {"loggers on the road": 1, "loggers silent": 0}
    with clock.fixed(NOW + timedelta(minutes=1)):
        assert job.run(db).counts == {"loggers on the road": 1, "loggers silent": 1}
        assert job.run(db).counts == {"loggers on the road": 0, "loggers silent": 0}
    assert silence_told(db) == 2
    with clock.fixed(NOW + timedelta(minutes=2)):
        with db.unit_of_work(SYSTEM) as uow:
            telemetry.record(uow, measured(trade, [200], since=NOW))
        with db.reading() as session:
            assert session.get_one(Device, trade.fleet.device.id).silent_since is None
        assert job.run(db).counts == {"loggers on the road": 1, "loggers silent": 0}
    with clock.fixed(NOW + timedelta(minutes=16)):
        assert job.run(db).counts == {"loggers on the road": 1, "loggers silent": 1}
    assert silence_told(db) == 4


def test_a_logger_that_is_not_under_way_may_be_silent(db: Database) -> None:
    (job,) = jobs.JOBS
    with db.unit_of_work(SYSTEM) as uow:
        trade = make_trade(uow)
        make_plan(uow, trade, make_packed(uow, trade))
    assert job.run(db).counts == {"loggers on the road": 0, "loggers silent": 0}


# --- logger files -----------------------------------------------------------------------------------

HEAD = "精创温湿度记录仪数据报告\n设备序列号,{serial}\n记录间隔,5分钟,时区,UTC+08:00\n\n"
TABLE = "序号,时间,温度(℃),湿度(%RH)\n"


def content(name: str) -> bytes:
    return (resources.files("logistics") / "demo" / name).read_bytes()


@pytest.mark.parametrize("name", LOGS)
def test_every_export_of_the_season_is_read_whole_in_either_encoding(name: str) -> None:
    found = read_logger_file(name, content(name))
    assert found.serial.startswith("EC")
    warm = [item for item in found.values if item.channel is Channel.TEMPERATURE]
    assert len(warm) > 40
    assert all(-2_000 < item.value < 4_000 for item in warm)
    assert all(item.at.tzinfo is UTC for item in warm)


def test_the_season_has_files_in_the_national_encoding_and_in_unicode() -> None:
    def is_unicode(name: str) -> bool:
        try:
            content(name).decode("utf-8")
        except UnicodeDecodeError:
            return False
        return True

    assert {is_unicode(name) for name in LOGS} == {True, False}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_file_says_who_measured_what_when(encoding: str) -> None:
    text = HEAD.format(serial="EC1") + TABLE + "1,2026-11-19 18:00:00,3.5,88.2\n2,2026/11/19 8:05,-0.5,\n"
    found = read_logger_file("a.csv", text.encode(encoding))
    assert found.serial == "EC1"
    assert [(item.at, item.channel, item.value) for item in found.values] == [
        (datetime(2026, 11, 19, 10, 0, tzinfo=UTC), Channel.TEMPERATURE, 350),
        (datetime(2026, 11, 19, 10, 0, tzinfo=UTC), Channel.HUMIDITY, 8_820),
        (datetime(2026, 11, 19, 0, 5, tzinfo=UTC), Channel.TEMPERATURE, -50),
    ]


def test_fahrenheit_becomes_celsius_and_a_named_zone_counts() -> None:
    text = "Serial Number,EC2\nTime Zone,UTC-5\nTime,Temperature(°F)\n2026-11-19 10:00:00,39.2\n"
    (value,) = read_logger_file("a.csv", text.encode()).values
    assert (value.at, value.value) == (datetime(2026, 11, 19, 15, 0, tzinfo=UTC), 400)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (HEAD + "序号,时间,温度,湿度\n1,2026-11-19 18:00:00,3.5,88\n", "℃"),
        (HEAD + TABLE + "1,2026-11-19 18:00:00,3.5,88\n2,昨天,3.5,88\n", "昨天"),
        (HEAD + TABLE + "1,2026-11-19 18:00:00,三度,88\n", "三度"),
        (HEAD + TABLE + "1,0001-01-01 00:00:00,3.5,88\n", "0001"),
        (HEAD + TABLE, ""),
        ("时区,UTC+99\n" + TABLE + "1,2026-11-19 18:00:00,3.5,88\n", "UTC"),
        ("今天天气好\n", ""),
    ],
)
def test_a_file_that_leaves_a_doubt_is_refused_and_says_where(text: str, says: str) -> None:
    with pytest.raises(Invalid) as error:
        read_logger_file("a.csv", text.encode())
    assert says in str(error.value)


def test_a_broken_line_is_named_by_its_number_and_nothing_of_the_file_is_kept(db: Database) -> None:
    with db.unit_of_work(SYSTEM) as uow:
        trade = make_trade(uow)
    text = HEAD.format(serial=trade.fleet.device.serial) + TABLE
    text += "1,2026-11-19 18:00:00,3.5,88\n2,2026-11-19 18:05:00,x,88\n"
    with pytest.raises(Invalid, match="7"), db.unit_of_work(SYSTEM) as uow:
        logger_file.take(uow, "a.csv", text.encode())
    with db.reading() as session:
        assert session.scalar(select(func.count()).select_from(Reading)) == 0


def test_a_file_of_a_logger_whose_clock_is_wrong_is_refused_and_the_line_named(db: Database) -> None:
    with db.unit_of_work(SYSTEM) as uow:
        trade = make_trade(uow)
    text = HEAD.format(serial=trade.fleet.device.serial) + TABLE
    text += "1,2026-11-20 09:55:00,3.5,88\n2,2027-11-20 10:00:00,3.5,88\n"
    with pytest.raises(Invalid, match="7"), db.unit_of_work(SYSTEM) as uow:
        logger_file.take(uow, "a.csv", text.encode())
    with db.reading() as session:
        assert session.scalar(select(func.count()).select_from(Reading)) == 0


@pytest.mark.parametrize("hours", [0, 7, 14, 20, 23.9])
def test_the_trip_under_way_in_the_season_is_witnessed_and_kept_cold_at_every_hour_of_its_day(
    hours: float,
) -> None:
    midnight = clock.day_start(demo.ANCHOR + timedelta(days=30))
    season = demo.Season(30, midnight + timedelta(hours=hours))
    found = read_logger_file("log-HM004129.csv", demo.until_now(content("log-HM004129.csv"), season))
    moments = [item.at + timedelta(days=30) for item in found.values if item.channel is Channel.TEMPERATURE]
    assert timedelta() <= season.until - moments[-1] < timedelta(minutes=15)
    assert {after - before for before, after in pairwise(moments)} == {timedelta(minutes=5)}
    left = datetime(2026, 11, 22, 20, 40, tzinfo=clock.SHANGHAI)
    cold = [item.value for item in found.values if item.channel is Channel.TEMPERATURE and item.at >= left]
    assert 0 <= min(cold) <= max(cold) <= 400


def test_what_loggers_have_measured_by_now_is_loaded_whole_in_either_encoding() -> None:
    season = demo.Season(0, clock.day_start(demo.ANCHOR + timedelta(days=1)))
    for name in LOGS:
        assert demo.until_now(content(name), season) == content(name)


def test_a_logger_file_is_taken_in_once_and_judges_its_trip(uow: UnitOfWork) -> None:
    trade = make_trade(uow)
    gone = make_dispatched(uow, trade)
    head = HEAD.format(serial=trade.fleet.device.serial) + TABLE
    start = LEFT.astimezone(clock.now().tzinfo) + timedelta(hours=8)
    lines = [
        f"{place},{start + timedelta(minutes=5 * place):%Y-%m-%d %H:%M:%S},2.0,88.0"
        for place in range(SIXTEEN_HOURS)
    ]
    file = (head + "\n".join(lines)).encode("gb18030")
    with acting(uow, trade.fleet.driving):
        assert logger_file.take(uow, "a.csv", file) == 2 * SIXTEEN_HOURS
        assert logger_file.take(uow, "a.csv", file) == 0
    assert uow.session.get_one(Shipment, gone.id).verdict is Severity.FINE


def test_a_file_without_a_serial_number_needs_a_logger_to_be_chosen(uow: UnitOfWork) -> None:
    trade = make_trade(uow)
    file = ("时间,温度(℃)\n2026-11-19 18:00:00,3.5\n").encode()
    with pytest.raises(Invalid) as error:
        logger_file.take(uow, "a.csv", file)
    assert list(error.value.fields) == ["device"]
    assert logger_file.take(uow, "a.csv", file, device=trade.fleet.device.serial) == 1
