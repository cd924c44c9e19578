"""Holds by page, API and spreadsheet: placed, proposed, signed, refused, each by those who may."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from supplychain.kernel.db.uow import Database, UnitOfWork
from supplychain.kernel.loader import Suite
from supplychain.kernel.permissions import SYSTEM
from supplychain.kernel.schema.base import load
from supplychain.kernel.sheets.sheet import Outcome, Row
from tests.conftest import SignIn, Statements
from tests.make.traceability import Farm, actor_of, let_go, make_batch, make_farm, make_holding
from tests.traceability.test_genealogy import registered, run
from traceability import panels
from traceability.models.batch import Batch
from traceability.models.hold import Hold
from traceability.queries import hold as holds
from traceability.queries.hold import HoldFilter
from traceability.rules.hold import Disposition, HoldScope, HoldState
from traceability.services import disposition, hold, process
from traceability.services.way_out import Propose

LET_GO = {"disposition": "release", "finding": "复检合格"}


def farm_with(db: Database) -> tuple[Farm, Batch]:
    """Make a co-operative with a released batch."""
    with db.unit_of_work(SYSTEM) as uow:
        farm = make_farm(uow)
        return farm, make_batch(uow, farm, released=True)


def held_in(db: Database, batch: Batch, reason: str = "快检可疑") -> str:
    """Put a batch on hold and return the hold's number."""
    with db.unit_of_work(SYSTEM) as uow:
        return hold.place(uow, batch.id, reason).number


def proposed_in(db: Database, number: str, disposed: Disposition = Disposition.RELEASE) -> None:
    """Let the suite itself propose."""
    with db.unit_of_work(SYSTEM) as uow:
        row = holds.one(uow.session, SYSTEM, number)
        disposition.propose(uow, row.id, Propose(disposed, "复检合格"))


def test_two_people_end_a_hold_by_page(client: FlaskClient, db: Database, sign_in: SignIn) -> None:
    farm, batch = farm_with(db)
    clerk, boss = sign_in("coop_clerk", farm.coop), sign_in("coop_manager", farm.coop)
    form = client.get(f"/batches/{batch.number}/hold", headers=clerk).text
    for words in ("本批次及由它做成的全部货", "农兽药残留或重金属超标", "仅本批次"):
        assert words in form
    said = {"scope": "descendants", "kind": "residue", "reason": "毒死蜱超标待复检"}
    placed = client.post(f"/batches/{batch.number}/hold", data=said, headers=clerk)
    assert placed.status_code == 303
    url = placed.headers["Location"]
    page = client.get(url, headers=clerk).text
    for words in ("这批货不得移动：毒死蜱超标待复检", "暂扣待查", batch.number, farm.base.name, "提出处置"):
        assert words in page
    assert url in client.get(f"/batches/{batch.number}", headers=clerk).text
    offered = client.get(f"{url}/propose", headers=clerk).text
    assert ("放行" in offered, "改派" in offered, 'value="downgrade"' in offered) == (True, True, False)
    assert client.post(f"{url}/propose", data=LET_GO, headers=clerk).status_code == 303
    assert "待另一人签字或退回" in client.get(url, headers=clerk).text
    assert client.post(f"{url}/sign", headers=clerk).status_code == 403
    assert "件处置待你签字" in client.get("/", headers=boss).text
    assert client.post(f"{url}/refuse", data={"reason": "证据不足"}, headers=boss).status_code == 303
    assert client.post(f"{url}/propose", data=LET_GO, headers=boss).status_code == 303
    own = client.post(f"{url}/sign", headers=boss, follow_redirects=True).text
    assert "这是你提出的" in own
    second = sign_in("coop_manager", farm.coop)
    assert "已签字" in client.post(f"{url}/sign", headers=second, follow_redirects=True).text
    with db.reading() as session:
        assert session.get_one(Batch, batch.id).is_held is False
    closed = client.get(url, headers=boss).text
    for words in ("退回处置建议：证据不足", "建议放行：复检合格", "已了结"):
        assert words in closed


def test_a_program_places_proposes_signs_and_refuses(
    client: FlaskClient, db: Database, sign_in: SignIn
) -> None:
    farm, batch = farm_with(db)
    clerk, boss = sign_in("coop_clerk", farm.coop), sign_in("coop_manager", farm.coop)
    sent = {"what": batch.number, "reason": "冷库断电", "kind": "temperature", "scope": "descendants"}
    made = client.post("/api/v1/holds", json=sent, headers=clerk)
    assert (made.status_code, made.get_json()["state"], made.get_json()["batches"]) == (201, "held", 1)
    url = f"/api/v1/holds/{made.get_json()['number']}"
    (row,) = client.get(f"{url}/batches", headers=boss).get_json()
    assert (row["batch"], row["site"], row["grams"]) == (batch.number, farm.base.code, "150.000")
    assert client.post(f"{url}/proposal", json=LET_GO, headers=clerk).get_json()["state"] == "proposed"
    assert client.post(f"{url}/signature", headers=clerk).status_code == 403
    refused = client.post(f"{url}/refusal", json={"reason": "再测一次"}, headers=boss)
    assert (refused.get_json()["state"], refused.get_json()["disposition"]) == ("held", None)
    client.post(f"{url}/proposal", json=LET_GO, headers=boss)
    same = client.post(f"{url}/signature", headers=boss)
    assert (same.status_code, same.mimetype) == (409, "application/problem+json")
    signed = client.post(f"{url}/signature", headers=sign_in("operator", None)).get_json()
    assert (signed["state"], signed["resolution"]) == ("settled", "复检合格")
    found = client.get("/api/v1/holds?state=settled", headers=boss).get_json()
    assert [one["number"] for one in found["rows"]] == [made.get_json()["number"]]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"reason": ""}, "reason"),
        ({"reason": "x" * 301}, "reason"),
        ({"kind": "bad luck"}, "kind"),
        ({"scope": "everything"}, "scope"),
        ({"what": "B0000-0000"}, "what"),
        ({"what": "(00)069990011000000015"}, "what"),
        ({"what": "069990011000000014", "scope": "unit"}, "what"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_what_is_wrong_with_a_slip_stands_at_its_field(
    client: FlaskClient, db: Database, sign_in: SignIn, body: dict[str, Any], field: str
) -> None:
    farm, batch = farm_with(db)
    who = sign_in("coop_clerk", farm.coop)
    sent = client.post("/api/v1/holds", json={"what": batch.number, "reason": "x"} | body, headers=who)
    assert (sent.status_code, list(sent.get_json()["errors"])) == (422, [field])
    with db.reading() as session:
        assert session.scalar(select(func.count()).select_from(Hold)) == 0


ACTS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("/holds/{number}/propose", {"data": LET_GO}),
    ("/holds/{number}/sign", {}),
    ("/holds/{number}/refuse", {"data": {"reason": "x"}}),
    ("/api/v1/holds/{number}/proposal", {"json": LET_GO}),
    ("/api/v1/holds/{number}/signature", {}),
    ("/api/v1/holds/{number}/refusal", {"json": {"reason": "x"}}),
)


@pytest.mark.parametrize(("path", "body"), ACTS)
@pytest.mark.parametrize("state", [HoldState.HELD, HoldState.PROPOSED])
def test_nobody_decides_on_what_is_somebody_elses(
    client: FlaskClient, db: Database, sign_in: SignIn, path: str, body: dict[str, Any], state: HoldState
) -> None:
    farm, batch = farm_with(db)
    other, _ = farm_with(db)
    number = held_in(db, batch)
    if state is HoldState.PROPOSED:
        proposed_in(db, number)
    url = path.format(number=number)
    assert client.post(url, **body).status_code in {303, 401, 409}
    assert client.post(url, headers=sign_in("officer", None), **body).status_code == 403
    assert client.post(url, headers=sign_in("buyer", other.coop), **body).status_code == 403
    assert client.post(url, headers=sign_in("coop_manager", other.coop), **body).status_code == 404
    gone = path.format(number="ZK9999-0001")
    assert client.post(gone, headers=sign_in("coop_manager", farm.coop), **body).status_code == 404
    with db.reading() as session:
        assert session.scalars(select(Hold.state)).all() == [state]


def test_a_stranger_sees_no_hold_and_a_consignee_only_what_is_at_own_places(
    client: FlaskClient, db: Database, sign_in: SignIn
) -> None:
    farm, batch = farm_with(db)
    market, _ = farm_with(db)
    third, _ = farm_with(db)
    with db.unit_of_work(SYSTEM) as uow:
        make_holding(uow, batch, market.base, grams=20_000, boxes=1)
    number = held_in(db, batch)
    buyer = sign_in("buyer", market.coop)
    page = client.get(f"/holds/{number}", headers=buyer).text
    assert (market.base.name in page, farm.base.name in page, "/propose" in page) == (True, False, False)
    assert number in client.get("/holds", headers=buyer).text
    for path in (f"/holds/{number}", f"/api/v1/holds/{number}", f"/api/v1/holds/{number}/batches"):
        assert client.get(path, headers=sign_in("coop_manager", third.coop)).status_code == 404
        assert client.get(path, headers=sign_in("officer", None)).status_code == 200
    assert number not in client.get("/holds", headers=sign_in("coop_manager", third.coop)).text


def test_a_consignee_writes_off_what_is_to_be_destroyed_by_page(
    client: FlaskClient, db: Database, sign_in: SignIn
) -> None:
    farm, batch = farm_with(db)
    market, _ = farm_with(db)
    with db.unit_of_work(SYSTEM) as uow:
        make_holding(uow, batch, market.base, grams=20_000, boxes=1)
    number = held_in(db, batch, "霉变")
    proposed_in(db, number, Disposition.DESTROY)
    boss, buyer = sign_in("coop_manager", farm.coop), sign_in("buyer", market.coop)
    assert client.post(f"/holds/{number}/sign", headers=boss).status_code == 303
    assert "件暂扣货待销毁" in client.get("/", headers=buyer).text
    page = client.get(f"/holds/{number}", headers=buyer).text
    assert ("此处已销毁" in page, "你处待销毁" in page) == (True, True)
    where = {"site": market.base.code}
    for site in ("", "NO-SUCH", farm.base.code):
        client.post(f"/holds/{number}/destroyed", data={"site": site}, headers=buyer)
    with db.reading() as session:
        assert session.scalars(select(Hold.state)).one() is HoldState.DECIDED
    assert client.post(f"/holds/{number}/destroyed", data=where, headers=buyer).status_code == 303
    again = client.post(f"/api/v1/holds/{number}/destruction", json=where, headers=buyer)
    assert again.status_code == 409
    with db.reading() as session:
        assert session.scalars(select(Hold.state)).one() is HoldState.SETTLED


def test_a_stale_page_signs_nothing(client: FlaskClient, db: Database, sign_in: SignIn) -> None:
    farm, batch = farm_with(db)
    number = held_in(db, batch)
    proposed_in(db, number)
    boss = sign_in("coop_manager", farm.coop)
    page = client.get(f"/holds/{number}", headers=boss).text
    seen = page.split('name="_seen" value="')[1].split('"')[0]
    other = sign_in("operator", None)
    client.post(f"/holds/{number}/refuse", data={"reason": "先复检"}, headers=other)
    proposed_in(db, number, Disposition.DESTROY)
    client.post(f"/holds/{number}/sign", data={"_seen": seen}, headers=boss)
    with db.reading() as session:
        assert session.scalars(select(Hold.state)).one() is HoldState.PROPOSED


def test_the_list_takes_as_many_statements_for_many_holds_as_for_one(
    uow: UnitOfWork, statements: Statements
) -> None:
    farm = make_farm(uow)
    taken = []
    for many in (1, 19):
        for _ in range(many):
            hold.place(uow, make_batch(uow, farm).id, "快检可疑")
        before = len(statements)
        page = holds.page(uow.session, farm.clerk, HoldFilter())
        taken.append(len(statements) - before)
    assert (page.total, page.totals["grams"]) == (20, 20 * 150_000)
    assert taken[0] == taken[1]


def test_what_waits_for_a_signature_stands_first_and_what_has_ended_last(uow: UnitOfWork) -> None:
    farm = make_farm(uow)
    ended, waits, open_ = (hold.place(uow, make_batch(uow, farm).id, reason) for reason in ("a", "b", "c"))
    disposition.propose(uow, waits.id, Propose(Disposition.RELEASE, "x"))
    let_go(uow, ended.id)
    rows = holds.page(uow.session, farm.clerk, HoldFilter()).rows
    assert [row.number for row in rows] == [waits.number, open_.number, ended.number]
    assert holds.page(uow.session, actor_of(make_farm(uow).coop), HoldFilter()).total == 0
    for wanted, count in (
        (HoldFilter(q=waits.number), 1),
        (HoldFilter(state=HoldState.SETTLED), 1),
        (HoldFilter(scope=HoldScope.UNIT), 0),
        (HoldFilter(q="%"), 0),
    ):
        assert holds.page(uow.session, farm.clerk, wanted).total == count
    boss = replace(farm.clerk, user_id=5)
    tasks = [task for source in panels.TASKS for task in source.find(uow.session, boss)]
    assert ("holds_pages.hold_list", 1) in [(task.endpoint, task.count) for task in tasks]


def test_a_spreadsheet_places_holds_and_lists_them_all(db: Database, suite: Suite) -> None:
    with db.unit_of_work(SYSTEM) as uow:
        process.install(uow)
        farm = make_farm(uow, is_catch_weight=True)
        leaf = registered(uow, farm, "东山", 60)
        run(uow, farm, "SPLIT", [leaf], [40, 20])
    sheet = suite.sheets["holds"]
    assert sheet.load is not None
    assert sheet.rows is not None
    typed = {"what": leaf.producer_reference or "", "scope": "本批次及由它做成的全部货", "kind": "冷链断链"}
    with db.unit_of_work(farm.clerk) as uow:
        line = load(sheet.shape(), typed | {"reason": "冷库断电"}, text=True)
        assert sheet.load(uow, [Row(2, line)]).outcomes == {2: Outcome.CREATED}
        assert sheet.load(uow, [Row(2, line)]).outcomes == {2: Outcome.UNCHANGED}
        wrong = load(sheet.shape(), typed | {"what": "NO-SUCH", "reason": "x"}, text=True)
        assert list(sheet.load(uow, [Row(3, wrong)]).errors) == [3]
    with db.reading() as session:
        (row,) = [sheet.shape().dump(row) for row in sheet.rows(session, farm.clerk, {})]
        told = tuple(row[name] for name in ("what", "scope", "batches", "state"))
        assert told == (leaf.number, "descendants", 3, "held")
        assert not list(sheet.rows(session, actor_of(make_holder(db)), {}))


def make_holder(db: Database) -> Any:
    """Return another co-operative."""
    with db.unit_of_work(SYSTEM) as uow:
        return make_farm(uow).coop
