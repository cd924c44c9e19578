"""Runs of codes: made part by part, moved by range all or nothing, printed from a file, sold at a till."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from datetime import date
from io import StringIO

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select, update

from supplychain.base.gs1 import element, link
from supplychain.kernel.db.uow import Database, UnitOfWork
from supplychain.kernel.errors import Invalid, NotFound, Refused
from supplychain.kernel.permissions import SYSTEM
from supplychain.kernel.sheets.sheet import Outcome
from tests.conftest import SignIn, Statements
from tests.make.base import make_party, make_site
from tests.make.traceability import Farm, make_batch, make_farm, make_holding
from traceability.jobs import make_codes
from traceability.models.batch import Batch
from traceability.models.code import Code, CodeRun
from traceability.papers import code_file
from traceability.queries import code as codes
from traceability.queries import code_run as queries
from traceability.queries.code_run import RunFilter
from traceability.rules.code import AFTER, CODE, CodeAct, CodeState, befores
from traceability.services import code as service
from traceability.services import code_run
from traceability.services.code import RangeAct

DAY = date(2026, 11, 20)


def make_run(uow: UnitOfWork, batch: Batch, count: int = 10) -> CodeRun:
    """Make a run with all its codes."""
    run = code_run.plan(uow, batch.id, count, "Roll 7")
    code_run.make_part(uow, run.id)
    return run


def released(uow: UnitOfWork, farm: Farm | None = None) -> Batch:
    return make_batch(uow, farm or make_farm(uow), released=True)


def states_of(uow: UnitOfWork, run: CodeRun) -> str:
    """Return the first letters of the states along the roll."""
    found = uow.session.scalars(select(Code.state).where(Code.run_id == run.id).order_by(Code.ordinal))
    return "".join(state.value[0] for state in found)


def act(uow: UnitOfWork, run: CodeRun, act: CodeAct, first: int, last: int, *, skip: bool = False) -> int:
    return service.move_range(uow, run.id, RangeAct(act, first, last, skip))


def test_a_broken_off_run_goes_on_where_it_ended_and_nothing_is_doubled(uow: UnitOfWork) -> None:
    run = code_run.plan(uow, released(uow).id, 25, "")
    first = code_run.make_part(uow, run.id, 10)
    broken = uow.session.begin_nested()
    code_run.make_part(uow, run.id, 10)
    broken.rollback()
    second = code_run.make_part(uow, run.id, 10)
    third = code_run.make_part(uow, run.id, 10)
    assert (len(first), len(second), len(third), code_run.make_part(uow, run.id, 10)) == (10, 10, 5, [])
    found = list(queries.serials(uow.session, run.id))
    assert [ordinal for ordinal, _ in found] == list(range(1, 26))
    assert [serial for _, serial in found] == [*first, *second, *third]


def test_the_job_makes_what_is_left_of_every_run(db: Database) -> None:
    with db.unit_of_work(SYSTEM) as uow:
        batch = released(uow)
        big, small = (code_run.plan(uow, batch.id, count).id for count in (30, 20))
        code_run.make_part(uow, big, 7)
    assert make_codes(db).counts == {"codes made": 43}
    assert make_codes(db).counts == {"codes made": 0}
    with db.reading() as session:
        for run_id, count in ((big, 30), (small, 20)):
            made = session.scalar(select(func.count()).where(Code.run_id == run_id))
            assert made == count


@pytest.mark.parametrize("count", [0, code_run.MOST + 1])
def test_a_run_has_one_to_a_million_codes(uow: UnitOfWork, count: int) -> None:
    with pytest.raises(Invalid):
        code_run.plan(uow, released(uow).id, count)


def test_a_range_is_activated_shipped_and_sold(uow: UnitOfWork) -> None:
    run = make_run(uow, released(uow))
    assert act(uow, run, CodeAct.ACTIVATE, 1, 6) == 6
    assert act(uow, run, CodeAct.SHIP, 2, 4) == 3
    assert act(uow, run, CodeAct.SELL, 4, 5) == 2
    assert states_of(uow, run) == "asss" + "sapppp"
    assert (run.printed, run.activated, run.shipped, run.sold) == (4, 2, 2, 2)


def test_a_range_moves_whole_or_not_at_all_and_the_first_code_against_it_is_named(uow: UnitOfWork) -> None:
    run = make_run(uow, released(uow))
    act(uow, run, CodeAct.VOID, 4, 5)
    with pytest.raises(Refused) as caught:
        act(uow, run, CodeAct.ACTIVATE, 2, 8)
    assert caught.value.text.values["ordinal"] == 4
    assert caught.value.text.values["serial"] == dict(queries.serials(uow.session, run.id))[4]
    assert states_of(uow, run) == "pppvvppppp"
    assert act(uow, run, CodeAct.ACTIVATE, 2, 8, skip=True) == 5
    assert states_of(uow, run) == "paavvaaapp"


def test_ranges_that_overlap_are_noticed(uow: UnitOfWork) -> None:
    run = make_run(uow, released(uow))
    act(uow, run, CodeAct.ACTIVATE, 6, 10)
    with pytest.raises(Refused):
        act(uow, run, CodeAct.ACTIVATE, 1, 6)
    assert act(uow, run, CodeAct.ACTIVATE, 1, 5) == 5


@pytest.mark.parametrize(("first", "last"), [(5, 4), (0, 3), (1, 11), (11, 12)])
def test_a_range_that_the_run_does_not_have_is_refused(uow: UnitOfWork, first: int, last: int) -> None:
    run = make_run(uow, released(uow))
    with pytest.raises(Invalid) as caught:
        act(uow, run, CodeAct.ACTIVATE, first, last)
    assert list(caught.value.fields) == ["last"]


def test_a_range_of_one_run_leaves_another_alone(uow: UnitOfWork) -> None:
    batch = released(uow)
    one, two = make_run(uow, batch), make_run(uow, batch)
    act(uow, one, CodeAct.ACTIVATE, 1, 10)
    assert (states_of(uow, one), states_of(uow, two)) == ("a" * 10, "p" * 10)
    assert codes.counts(uow.session, batch.id) == {CodeState.PRINTED: 10, CodeState.ACTIVATED: 10}


def test_frozen_codes_go_back_to_what_each_was_and_void_ones_stay_void(uow: UnitOfWork) -> None:
    run = make_run(uow, released(uow))
    act(uow, run, CodeAct.ACTIVATE, 1, 6)
    act(uow, run, CodeAct.SELL, 1, 2)
    before = states_of(uow, run)
    act(uow, run, CodeAct.FREEZE, 1, 10)
    assert states_of(uow, run) == "f" * 10
    with pytest.raises(Refused):
        act(uow, run, CodeAct.ACTIVATE, 1, 10)
    act(uow, run, CodeAct.THAW, 1, 10)
    assert states_of(uow, run) == before
    act(uow, run, CodeAct.FREEZE, 3, 4)
    act(uow, run, CodeAct.VOID, 1, 10)
    for wanted in CodeAct:
        with pytest.raises(Refused):
            act(uow, run, wanted, 1, 10, skip=True)
    assert uow.session.scalar(select(func.count()).where(Code.frozen_from.is_not(None))) == 0


@given(st.sampled_from(CodeAct))
def test_every_act_goes_by_the_one_table(wanted: CodeAct) -> None:
    for state in befores(wanted):
        afters = set(CodeState) - {CodeState.FROZEN, CodeState.VOID}
        goals = afters if wanted is CodeAct.THAW else {AFTER[wanted]}
        assert all(CODE.allows(state, goal) for goal in goals)
    assert CodeState.VOID not in befores(wanted)


def test_a_range_of_many_takes_as_many_statements_as_a_range_of_few(
    uow: UnitOfWork, statements: Statements
) -> None:
    batch = released(uow)
    few, many = make_run(uow, batch, 3), make_run(uow, batch, 3_000)
    uow.flush()
    begun = len(statements)
    act(uow, few, CodeAct.ACTIVATE, 1, 3)
    between = len(statements)
    act(uow, many, CodeAct.ACTIVATE, 1, 3_000)
    assert len(statements) - between == between - begun


def test_the_counts_of_a_run_are_those_of_its_codes(uow: UnitOfWork) -> None:
    run = make_run(uow, released(uow), 40)
    for wanted, first, last in (
        (CodeAct.ACTIVATE, 1, 30),
        (CodeAct.SHIP, 5, 20),
        (CodeAct.SELL, 1, 9),
        (CodeAct.FREEZE, 3, 35),
        (CodeAct.THAW, 10, 12),
        (CodeAct.VOID, 11, 14),
    ):
        act(uow, run, wanted, first, last, skip=True)
    counted = uow.session.execute(
        select(Code.state, func.count()).where(Code.run_id == run.id).group_by(Code.state)
    )
    found = dict(counted.all())
    assert queries.one(uow.session, SYSTEM, run.number).states == {
        state: found.get(state, 0) for state in CodeState
    }


def test_codes_of_goods_on_hold_are_neither_shipped_nor_sold(uow: UnitOfWork) -> None:
    batch = released(uow)
    run = make_run(uow, batch)
    act(uow, run, CodeAct.ACTIVATE, 1, 10)
    uow.session.execute(update(Batch).where(Batch.id == batch.id).values(is_held=True))
    for wanted in (CodeAct.SHIP, CodeAct.SELL):
        with pytest.raises(Refused):
            act(uow, run, wanted, 1, 10)
    assert act(uow, run, CodeAct.FREEZE, 1, 10) == 10


def test_a_run_is_known_again_by_what_it_is_printed_for(uow: UnitOfWork) -> None:
    batch = released(uow)
    assert code_run.ensure(uow, batch.id, 5, "Order 12") is Outcome.CREATED
    assert code_run.ensure(uow, batch.id, 5, "Order 12") is Outcome.UNCHANGED
    assert code_run.ensure(uow, batch.id, 5, "Order 13") is Outcome.CREATED


def test_runs_are_read_by_their_co_operative(uow: UnitOfWork) -> None:
    farm = make_farm(uow)
    run = make_run(uow, released(uow, farm))
    assert queries.page(uow.session, farm.clerk, RunFilter(q="Roll 7")).total == 1
    assert [row.number for row in queries.every(uow.session, farm.clerk, RunFilter())] == [run.number]
    stranger = make_farm(uow).clerk
    assert queries.page(uow.session, stranger, RunFilter()).total == 0
    with pytest.raises(NotFound):
        queries.one(uow.session, stranger, run.number)


lots = st.text(st.sampled_from("ABC019-./,\"%&()+'_:;<=>?!*"), min_size=1, max_size=20)


@given(lots, st.lists(st.text("0123456789ABCDEFGHJKMNPQRSTVWXYZ", min_size=16, max_size=16), max_size=5))
def test_every_line_for_the_printing_house_reads_back(lot: str, serials: Sequence[str]) -> None:
    text = "".join(code_file.lines("06901234567892", lot, "https://t.example", enumerate(serials, 1)))
    head, *rows = csv.reader(StringIO(text))
    assert tuple(head) == code_file.COLUMNS
    assert [row[3] for row in rows] == list(serials)
    for number, (ordinal, gtin, batch, serial, uri, bracketed) in enumerate(rows, 1):
        pairs = (("01", gtin), ("10", batch), ("21", serial))
        assert (ordinal, batch) == (str(number), lot)
        assert link.parse_uri(uri, DAY).pairs == pairs == element.parse(bracketed, DAY).pairs


def test_people_make_print_and_activate_a_run(client: FlaskClient, sign_in: SignIn, db: Database) -> None:
    with db.unit_of_work(SYSTEM) as uow:
        farm = make_farm(uow)
        batch = released(uow, farm)
        run = make_run(uow, batch, 12)
    headers = sign_in("coop_clerk", farm.coop)
    for path in ("/codes", "/codes/runs", f"/codes/runs/{run.number}", f"/codes/runs/{run.number}/act"):
        assert client.get(path, headers=headers).status_code == 200, path
    assert client.get(f"/batches/{batch.number}/codes/new", headers=headers).status_code == 200
    answer = client.get(f"/codes/runs/{run.number}.csv", headers=headers)
    assert answer.mimetype == "text/csv"
    assert answer.text.count("\r\n") == 13


def test_programs_make_a_run_and_move_its_codes(client: FlaskClient, sign_in: SignIn, db: Database) -> None:
    with db.unit_of_work(SYSTEM) as uow:
        farm = make_farm(uow)
        batch = released(uow, farm)
    headers = sign_in("coop_clerk", farm.coop)
    made = client.post(f"/api/v1/batches/{batch.number}/code-runs", json={"count": 9}, headers=headers)
    assert (made.status_code, made.get_json()["made"]) == (201, 9)
    path = f"/api/v1/code-runs/{made.get_json()['number']}"
    wanted = {"act": "activate", "first": 1, "last": 5}
    assert client.post(f"{path}/acts", json=wanted, headers=headers).get_json() == {"count": 5}
    assert client.post(f"{path}/acts", json=wanted, headers=headers).status_code == 409
    body = client.get(path, headers=headers).get_json()
    assert (body["activated"], body["printed"]) == (5, 4)
    listed = client.get(f"/api/v1/batches/{batch.number}/codes?state=activated", headers=headers).get_json()
    serials = [row["serial"] for row in listed["rows"]][:2]
    moved = client.post(
        f"/api/v1/batches/{batch.number}/codes/acts",
        json={"act": "freeze", "serials": serials},
        headers=headers,
    )
    assert moved.get_json() == {"count": 2}
    one = client.get(f"/api/v1/codes/{batch.gtin}/{serials[0]}", headers=headers).get_json()
    assert one["state"] == "frozen"


def test_a_till_sells_each_item_once(client: FlaskClient, sign_in: SignIn, db: Database) -> None:
    with db.unit_of_work(SYSTEM) as uow:
        batch = released(uow)
        serials = service.make(uow, batch.id, 2)
        service.activate(uow, batch.id, serials[:1])
        shop = make_party(uow)
        make_holding(uow, batch, make_site(uow, shop))
        stranger = make_party(uow)
    till = sign_in("buyer", shop)
    scanned = [f"https://t.example/01/{batch.gtin}/10/{batch.number}/21/{serial}" for serial in serials]
    sold = client.post("/api/v1/codes/sold", json={"code": scanned[0]}, headers=till)
    assert sold.get_json()["state"] == "sold"
    for code in scanned:
        assert client.post("/api/v1/codes/sold", json={"code": code}, headers=till).status_code == 409
    unknown = {"code": scanned[0]}
    elsewhere = client.post("/api/v1/codes/sold", json=unknown, headers=sign_in("buyer", stranger))
    assert elsewhere.status_code == 404
    nothing = client.post("/api/v1/codes/sold", json={"code": "bananas"}, headers=till)
    assert nothing.status_code == 422


def test_a_consumer_is_warned_of_a_frozen_code(client: FlaskClient, db: Database) -> None:
    with db.unit_of_work(SYSTEM) as uow:
        batch = released(uow)
        run = make_run(uow, batch, 2)
        act(uow, run, CodeAct.FREEZE, 1, 1)
        serial = dict(queries.serials(uow.session, run.id))[1]
    page = client.get(f"/01/{batch.gtin}/10/{batch.number}/21/{serial}?lang=en").text
    assert "This code is frozen" in page
