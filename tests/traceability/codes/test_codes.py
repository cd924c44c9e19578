"""Codes of single items cannot be guessed; looks at them are counted once for a visitor and day."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from supplychain.kernel.db.uow import Database, UnitOfWork
from supplychain.kernel.errors import Invalid, Refused
from supplychain.kernel.permissions import SYSTEM
from supplychain.kernel.sheets import writer
from tests.conftest import NOW, Statements
from tests.make.traceability import make_batch, make_farm
from traceability.models.code import Code, Scan, ScanTotal
from traceability.queries import code as codes
from traceability.queries import scan as scans
from traceability.queries.scan import UNSEEN, Looks
from traceability.rules.batch import BatchState, masked
from traceability.rules.code import (
    CODE_OFTEN,
    SERIAL_ALPHABET,
    SERIAL_BITS,
    CodeState,
    ScanKind,
    serials_of,
    subject_of,
    visitor_of,
)
from traceability.rules.look import Sighting, Verdict, verdict_of
from traceability.services import code as service
from traceability.services import scan
from traceability.services.scan import Look, Visit
from traceability.sheets import SHEETS

CSET82 = set("!\"%&'()*+,-./0123456789:;<=>?ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz")


def visit(
    batch_id: int,
    visitor: str,
    code_id: int | None = None,
    kind: ScanKind = ScanKind.CONSUMER,
    at: datetime = NOW,
    times: int = 1,
) -> Visit:
    """Return looks of one visitor."""
    return Visit(Look(batch_id, code_id, kind, visitor), at, at, times)


def total(uow: UnitOfWork, batch_id: int) -> Looks:
    """Return how often consumers looked at the code of a batch."""
    found = uow.session.get(ScanTotal, subject_of(batch_id, None), populate_existing=True)
    return UNSEEN if found is None else Looks(found.visitors, found.first_at)


@given(st.lists(st.binary(min_size=SERIAL_BITS // 8, max_size=SERIAL_BITS // 8), max_size=9))
def test_a_serial_carries_all_its_chance_in_allowed_characters(chances: list[bytes]) -> None:
    serials = serials_of(b"".join(chances))
    assert SERIAL_BITS >= 64
    assert set("".join(serials)) <= CSET82 & set(SERIAL_ALPHABET)
    assert [len(serial) for serial in serials] == [16] * len(chances)
    assert len(set(serials)) == len(set(chances))


def test_many_codes_take_as_many_statements_as_few_and_none_is_like_another(
    uow: UnitOfWork, statements: Statements
) -> None:
    batch = make_batch(uow, make_farm(uow))
    service.make(uow, batch.id, 1)
    begun = len(statements)
    service.make(uow, batch.id, 5)
    few = len(statements) - begun
    serials = service.make(uow, batch.id, 500)
    assert len(statements) - begun == 2 * few
    assert len(set(serials)) == 500
    assert set("".join(serials)) <= set(SERIAL_ALPHABET)
    assert codes.counts(uow.session, batch.id) == {CodeState.PRINTED: 506}


@pytest.mark.parametrize("count", [0, -1, service.MOST + 1])
def test_no_code_and_too_many_codes_are_refused(uow: UnitOfWork, count: int) -> None:
    batch = make_batch(uow, make_farm(uow))
    with pytest.raises(Invalid) as caught:
        service.make(uow, batch.id, count)
    assert list(caught.value.fields) == ["count"]


def test_codes_are_activated_for_a_released_batch_only(uow: UnitOfWork) -> None:
    farm = make_farm(uow)
    batch, waiting = make_batch(uow, farm, released=True), make_batch(uow, farm)
    serials = service.make(uow, batch.id, 5)
    service.make(uow, waiting.id, 5)
    with pytest.raises(Refused):
        service.activate(uow, waiting.id)
    assert service.activate(uow, batch.id, serials[:2]) == 2
    assert service.activate(uow, batch.id) == 3
    with pytest.raises(Refused):
        service.activate(uow, batch.id)
    assert codes.counts(uow.session, batch.id) == {CodeState.ACTIVATED: 5}


def test_only_codes_of_the_batch_are_moved_and_all_or_none(uow: UnitOfWork) -> None:
    farm = make_farm(uow)
    batch, other = make_batch(uow, farm, released=True), make_batch(uow, farm, released=True)
    own, foreign = service.make(uow, batch.id, 2), service.make(uow, other.id, 1)
    with pytest.raises(Invalid) as caught:
        service.activate(uow, batch.id, [*own, *foreign])
    assert list(caught.value.fields) == ["serials"]
    assert service.void(uow, batch.id, own[:1]) == 1
    with pytest.raises(Invalid):
        service.void(uow, batch.id, own[:1])
    with pytest.raises(Invalid):
        service.void(uow, batch.id, [])
    assert codes.counts(uow.session, batch.id) == {CodeState.PRINTED: 1, CodeState.VOID: 1}


def test_a_closed_batch_gets_no_codes(uow: UnitOfWork) -> None:
    batch = make_batch(uow, make_farm(uow), state=BatchState.CLOSED)
    with pytest.raises(Refused):
        service.make(uow, batch.id, 1)


def test_codes_are_read_by_their_co_operative(uow: UnitOfWork) -> None:
    farm = make_farm(uow)
    batch = make_batch(uow, farm)
    serials = service.make(uow, batch.id, 3)
    wanted = codes.CodeFilter(batch=batch.number, state=CodeState.PRINTED)
    rows = list(codes.every(uow.session, farm.clerk, wanted))
    assert [row.serial for row in rows] == serials
    assert rows[0].path == f"/01/{batch.gtin}/10/{batch.number}/21/{serials[0]}"
    assert codes.page(uow.session, farm.clerk, wanted).total == 3
    assert codes.page(uow.session, make_farm(uow).clerk, wanted).total == 0
    for sort in ("made_at", "-made_at", "serial", "ordinal", "-ordinal"):
        of_batch = codes.CodeFilter(batch=batch.number, sort=sort)
        shown = codes.page(uow.session, farm.clerk, of_batch)
        assert len(shown.rows) == shown.total == len({row.serial for row in shown.rows})
        begun = shown.rows[0].serial[:6]
        found = codes.page(uow.session, farm.clerk, codes.CodeFilter(q=begun.lower(), sort=sort))
        assert shown.rows[0].serial in {row.serial for row in found.rows}
        assert all(row.serial.startswith(begun) for row in found.rows)


def test_a_visitor_counts_once_a_day_and_staff_never(uow: UnitOfWork) -> None:
    batch = make_batch(uow, make_farm(uow))
    first, later = NOW + timedelta(minutes=5), NOW + timedelta(minutes=9)
    scan.count(uow, [visit(batch.id, "inspector", kind=ScanKind.STAFF)])
    assert total(uow, batch.id) == UNSEEN
    for _ in range(2):
        scan.count(uow, [visit(batch.id, "one", at=first)])
    assert total(uow, batch.id) == Looks(1, first)
    scan.count(uow, [visit(batch.id, "two", at=later), visit(batch.id, "one", at=later, times=3)])
    assert total(uow, batch.id) == Looks(2, first)
    assert sorted(uow.session.scalars(select(Scan.times))) == [1, 1, 5]


def test_looks_that_are_counted_late_move_the_first_look_back(uow: UnitOfWork) -> None:
    batch = make_batch(uow, make_farm(uow))
    for hour in (2, 1, 3):
        scan.count(uow, [visit(batch.id, "one", at=NOW + timedelta(hours=hour))])
        scan.count(uow, [visit(batch.id, f"at {hour}", at=NOW + timedelta(hours=hour))])
    assert total(uow, batch.id) == Looks(4, NOW + timedelta(hours=1))
    row = uow.session.execute(select(Scan.first_at, Scan.last_at).where(Scan.visitor == "one")).one()
    assert tuple(row) == (NOW + timedelta(hours=1), NOW + timedelta(hours=3))


def test_looks_at_a_batch_that_is_no_more_are_left_out(uow: UnitOfWork) -> None:
    batch = make_batch(uow, make_farm(uow))
    scan.count(uow, [visit(999_999, "one"), visit(batch.id, "one")])
    scan.count(uow, [visit(999_999, "two")])
    assert uow.session.scalars(select(Scan.batch_id)).all() == [batch.id]


def test_item_codes_and_the_batchs_code_are_counted_apart_and_reported_together(uow: UnitOfWork) -> None:
    farm = make_farm(uow)
    batch = make_batch(uow, farm)
    service.make(uow, batch.id, 1)
    code_id = uow.session.scalars(select(Code.id)).one()
    for _ in range(2):
        scan.count(uow, [visit(batch.id, "one", code_id=code_id), visit(batch.id, "one")])
    assert scans.of_batch(uow.session, batch.id).count == 2
    row = scans.page(uow.session, farm.clerk, scans.ScanFilter()).rows[0]
    assert (row.batch, row.visitors, row.looks, row.codes) == (batch.number, 2, 4, 2)


def test_no_look_is_lost_when_many_look_at_once(real_db: Database) -> None:
    with real_db.unit_of_work(SYSTEM) as uow:
        batch = make_batch(uow, make_farm(uow))

    def look(number: int) -> None:
        visits = [visit(batch.id, str((number + shift) % 5)) for shift in (0, 2, 1)]
        with real_db.unit_of_work(SYSTEM) as uow:
            scan.count(uow, visits)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(look, range(10)))
    with real_db.unit_of_work(SYSTEM) as uow:
        assert total(uow, batch.id) == Looks(5, NOW)
        assert sum(uow.session.scalars(select(Scan.times))) == 30


def test_a_visitors_name_means_nothing_tomorrow() -> None:
    day = date(2026, 11, 20)
    name = visitor_of("secret", day, "203.0.113.7", "WeChat")
    assert len(name) == 32
    assert name == visitor_of("secret", day, "203.0.113.7", "WeChat")
    assert (
        len({name, *(visitor_of("secret", day + timedelta(days=n), "203.0.113.7", "WeChat") for n in (1, 2))})
        == 3
    )


def test_a_household_is_masked() -> None:
    assert (masked("张桂香"), masked(""), masked(" 李 ")) == ("张*", "", "李*")


@pytest.mark.parametrize(
    ("values", "verdict"),
    [
        ({}, Verdict.FIRST),
        ({"looks": 2}, Verdict.SEEN),
        ({"looks": CODE_OFTEN + 1}, Verdict.OFTEN),
        ({"has_serial": False, "code": None, "looks": 99}, Verdict.BATCH),
        ({"code": None}, Verdict.NOT_ISSUED),
        ({"code": CodeState.PRINTED}, Verdict.NOT_ACTIVATED),
        ({"code": CodeState.VOID}, Verdict.VOID),
        ({"state": BatchState.REGISTERED}, Verdict.NOT_RELEASED),
        ({"is_expired": True, "looks": 2}, Verdict.EXPIRED),
        ({"is_held": True, "code": CodeState.VOID}, Verdict.HELD),
    ],
)
def test_a_consumer_is_told_the_gravest_thing_first(values: dict[str, object], verdict: Verdict) -> None:
    given: dict[str, object] = {
        "state": BatchState.RELEASED,
        "is_held": False,
        "is_expired": False,
        "has_serial": True,
        "code": CodeState.ACTIVATED,
        "looks": 1,
    }
    assert verdict_of(Sighting(**(given | values))) is verdict  # type: ignore[arg-type]  # fields by name


def test_how_often_people_looked_goes_into_a_spreadsheet(uow: UnitOfWork) -> None:
    farm = make_farm(uow)
    seen, unseen = make_batch(uow, farm), make_batch(uow, farm)
    scan.count(uow, [visit(seen.id, "one")])
    sheet = next(sheet for sheet in SHEETS if sheet.kind == "scans")
    assert sheet.rows is not None
    text = writer.csv_text(
        sheet, sheet.rows(uow.session, farm.clerk, {"q": seen.number, "page": "7"})
    ).decode()
    assert seen.number in text
    assert unseen.number not in text
    assert list(sheet.rows(uow.session, make_farm(uow).clerk, {})) == []
