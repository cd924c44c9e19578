"""Recalls: all is found, held and told at once; each kilogram is accounted for; drills touch nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from supplychain.base.models.notice import Notice
from supplychain.kernel.db.uow import Database, UnitOfWork
from supplychain.kernel.errors import Invalid, NotFound, Refused
from supplychain.kernel.loader import Suite
from supplychain.kernel.permissions import SYSTEM, Actor
from supplychain.kernel.schema.base import load
from supplychain.kernel.sheets.sheet import Outcome, Row
from tests.conftest import NOW, SignIn, Statements
from tests.make.traceability import Farm, actor_of, make_batch, make_farm
from tests.traceability.test_genealogy import registered, run
from traceability.leads import LEADS
from traceability.models.batch import Batch
from traceability.models.hold import Hold, HoldBatch
from traceability.models.ledger import Entry
from traceability.models.recall import Recall, RecallBatch, RecallPlace
from traceability.pages import recall as pages
from traceability.queries import recall as recalls
from traceability.rules.ledger import Step
from traceability.rules.recall import RecallState
from traceability.services import hold, ledger, process, recall
from traceability.services.ledger import Happening
from traceability.services.recall import Became, OpenRecall

REASON = "抽检不合格"


@dataclass(frozen=True, slots=True)
class Case:
    """Leaf that was merged and split; a third of one part went to a market."""

    farm: Farm
    market: Farm
    leaf: Batch
    merged: Batch
    parts: list[Batch]
    buyer: Actor


def make_case(uow: UnitOfWork) -> Case:
    """Make 60 and 40 kg into 100, these into 70 and 30, and send 20 of the 70 to a market."""
    process.install(uow)
    farm, market = make_farm(uow, is_catch_weight=True), make_farm(uow)
    leaf, other = registered(uow, farm, "东山", 60), registered(uow, farm, "西坡", 40)
    merged = run(uow, farm, "MERGE", [leaf, other], [100])[0]
    parts = run(uow, farm, "SPLIT", [merged], [70, 30])
    sent = ((parts[0].id, 20_000, 1),)
    ledger.record(uow, Happening(Step.SHIP, None, farm.base.id, sent, market.base.id))
    ledger.record(uow, Happening(Step.RECEIVE, None, market.base.id, sent))
    return Case(farm, market, leaf, merged, parts, actor_of(market.coop))


@pytest.fixture
def case(uow: UnitOfWork) -> Case:
    """Goods of which some are at a market."""
    return make_case(uow)


def opened(uow: UnitOfWork, clue: str, start: str = "batch", **values: object) -> Recall:
    """Open a recall."""
    return recall.open_(uow, OpenRecall(REASON, start, clue, **values), LEADS)  # type: ignore[arg-type]  # plain values


def count(uow: UnitOfWork, model: type, *conditions: object) -> int:
    """Return how many rows there are."""
    return uow.session.execute(select(func.count()).select_from(model).where(*conditions)).scalar_one()  # type: ignore[arg-type]  # conditions of the tests


def test_a_recall_finds_all_that_came_of_the_goods_and_stops_it(uow: UnitOfWork, case: Case) -> None:
    row = opened(uow, case.leaf.number)
    lots = {lot.batch: lot for lot in recalls.lots(uow.session, row.id)}
    assert set(lots) == {case.leaf.number, case.merged.number, *(part.number for part in case.parts)}
    assert all(lot.grams == lot.made_grams + lot.gone_grams + lot.found_grams for lot in lots.values())
    assert [lots[part.number].stem_grams for part in case.parts] == [42_000, 18_000]
    places = recalls.places(uow.session, SYSTEM, row.number)
    found = {(place.batch, place.site): place.found_grams for place in places}
    assert found == {
        (case.parts[0].number, case.farm.base.code): 50_000,
        (case.parts[0].number, case.market.base.code): 20_000,
        (case.parts[1].number, case.farm.base.code): 30_000,
    }
    for part in (case.leaf, case.merged, *case.parts):
        uow.session.refresh(part)
        assert (part.is_held, part.is_recalled) == (True, True)
    assert count(uow, Entry, Entry.step == Step.RECALL, Entry.reference == row.number) == 1
    told = uow.session.scalars(select(Notice.party_id).where(Notice.key.startswith("recall:"))).all()
    assert set(told) == {case.farm.coop.id, case.market.coop.id}


def test_what_was_sold_before_is_told_apart_from_what_is_still_somewhere(uow: UnitOfWork, case: Case) -> None:
    ledger.record(uow, Happening(Step.SELL, None, case.market.base.id, ((case.parts[0].id, 5_000, 0),)))
    row = opened(uow, case.parts[0].number)
    lot = recalls.lots(uow.session, row.id)[0]
    assert (lot.grams, lot.made_grams, lot.gone_grams, lot.found_grams) == (70_000, 0, 5_000, 65_000)


def test_a_drill_finds_the_same_and_touches_nothing(uow: UnitOfWork, case: Case) -> None:
    before = [count(uow, model) for model in (Hold, Entry, Notice)]
    row = opened(uow, case.leaf.number, is_drill=True)
    assert len(recalls.places(uow.session, SYSTEM, row.number)) == 3
    assert [count(uow, model) for model in (Hold, Entry, Notice)] == before
    assert not any(batch.is_recalled or batch.is_held for batch in uow.session.scalars(select(Batch)))
    with pytest.raises(NotFound):
        recalls.one(uow.session, case.buyer, row.number)
    assert recalls.waiting(uow.session, case.buyer) == 0
    recall.close(uow, row.id)
    shown = recalls.one(uow.session, SYSTEM, row.number)
    assert shown.took == timedelta(0)


def test_a_plot_a_household_and_a_time_are_ways_to_start(uow: UnitOfWork, case: Case) -> None:
    row = opened(uow, f"{case.farm.base.code} 东山", "plot", is_drill=True)
    assert {lot.batch for lot in recalls.lots(uow.session, row.id)} >= {case.leaf.number, case.merged.number}
    case.leaf.member_name = "陈阿水"
    uow.flush()
    row = opened(uow, f"{case.farm.base.code} 陈阿水", "household", is_drill=True)
    assert count(uow, RecallBatch, RecallBatch.recall_id == row.id) == 4
    for start, clue, hours, blamed in (
        ("plot", f"{case.farm.base.code} 南岭", {}, "clue"),
        ("plot", f"{case.farm.base.code} 东山", {"since": NOW}, "clue"),
        ("batch", "B0000-0000", {}, "clue"),
        ("batch", " ", {}, "clue"),
        ("moon", case.leaf.number, {}, "start"),
        ("batch", case.leaf.number, {"since": NOW, "until": NOW}, "until"),
    ):
        with pytest.raises(Invalid) as refused:
            opened(uow, clue, start, is_drill=True, **hours)
        assert list(refused.value.fields) == [blamed]


def test_nobody_calls_back_what_is_not_theirs(uow: UnitOfWork, case: Case) -> None:
    uow.actor = case.buyer
    with pytest.raises(Invalid):
        opened(uow, case.leaf.number)


def test_goods_of_several_producers_need_a_recall_each(uow: UnitOfWork, case: Case) -> None:
    other = make_batch(uow, case.market)
    with pytest.raises(Invalid, match="多个生产者"):
        opened(uow, f"{case.leaf.number}, {other.number}")


def test_a_consignee_answers_for_its_own_place_only(uow: UnitOfWork, case: Case) -> None:
    row = opened(uow, case.leaf.number)
    home = recalls.places(uow.session, SYSTEM, row.number)[0]
    uow.actor = case.buyer
    (mine,) = recalls.places(uow.session, uow.actor, row.number)
    assert recalls.one(uow.session, uow.actor, row.number).found_grams == 20_000
    assert recall.acknowledge(uow, row.id) == 1
    assert recall.acknowledge(uow, row.id) == 0
    recall.say(uow, mine.id, Became(held_grams=4_000, returned_grams=1_000, sold_grams=15_000))
    assert recalls.place(uow.session, uow.actor, mine.id).unaccounted_grams == 0
    with pytest.raises(Invalid, match="20"):
        recall.say(uow, mine.id, Became(held_grams=20_001))
    with pytest.raises(NotFound):
        recall.say(uow, home.id, Became())
    with pytest.raises(NotFound):
        recall.close(uow, row.id, "gone")


def test_a_recall_is_closed_when_the_balance_adds_up_or_somebody_says_why(
    uow: UnitOfWork, case: Case
) -> None:
    row = opened(uow, case.leaf.number)
    for place in recalls.places(uow.session, SYSTEM, row.number)[1:]:
        recall.say(uow, place.id, Became(destroyed_grams=place.found_grams))
    with pytest.raises(Invalid) as refused:
        recall.close(uow, row.id)
    assert list(refused.value.fields) == ["note"]
    recall.close(uow, row.id, "仓库进水，已报损")
    assert (row.state, row.closing_note) == (RecallState.CLOSED, "仓库进水，已报损")
    uow.session.refresh(case.leaf)
    assert (case.leaf.is_recalled, case.leaf.is_held) == (False, True)
    for act in (lambda: recall.close(uow, row.id), lambda: recall.acknowledge(uow, row.id)):
        with pytest.raises(Refused):
            act()


def test_the_mark_stays_while_another_recall_is_open(uow: UnitOfWork, case: Case) -> None:
    first, second = opened(uow, case.leaf.number), opened(uow, case.merged.number)
    recall.close(uow, first.id, "并入另一次召回")
    uow.session.refresh(case.merged)
    uow.session.refresh(case.leaf)
    assert (case.merged.is_recalled, case.leaf.is_recalled) == (True, False)
    recall.close(uow, second.id, "结束")
    uow.session.refresh(case.merged)
    assert not case.merged.is_recalled


def test_a_hundred_batches_take_as_many_statements_as_ten(
    uow: UnitOfWork, case: Case, statements: Statements
) -> None:
    taken = []
    for plot, many in enumerate((1, 10, 100)):
        found = [registered(uow, case.farm, f"P{plot}", 15) for _ in range(many)]
        before = len(statements)
        row = opened(uow, f"{case.farm.base.code} P{plot}", "plot")
        taken.append(len(statements) - before)
        assert count(uow, RecallPlace, RecallPlace.recall_id == row.id) == len(found)
    assert taken[1] == taken[2]


def test_a_batch_is_held_once_for_one_reason_however_often_it_is_asked(uow: UnitOfWork, case: Case) -> None:
    assert hold.place_many(uow, [part.id for part in case.parts], REASON) == [part.id for part in case.parts]
    assert hold.place_many(uow, [part.id for part in case.parts], REASON) == []
    assert (count(uow, Hold), count(uow, HoldBatch)) == (1, 2)


def test_whoever_scans_is_told_first_of_all_that_it_is_called_back(client: FlaskClient, db: Database) -> None:
    with db.unit_of_work(SYSTEM) as uow:
        case = make_case(uow)
        part = case.parts[0]
    address = f"/01/{part.gtin}/10/{part.number}"
    assert "召回" not in client.get(address).text
    with db.unit_of_work(SYSTEM) as uow:
        number = opened(uow, case.leaf.number).number
    page = client.get(address).text
    assert "本批次正在召回" in page
    assert number in page
    assert REASON in page
    links = client.get(address, headers={"Accept": "application/linkset+json"}).text
    assert "recallStatus" in links
    with db.unit_of_work(SYSTEM) as uow:
        recall.close(uow, uow.session.scalars(select(Recall.id)).one(), "结束")
    assert "本批次正在召回" not in client.get(address).text


def test_programs_open_answer_and_close_a_recall_each_in_their_role(
    client: FlaskClient, db: Database, sign_in: SignIn
) -> None:
    with db.unit_of_work(SYSTEM) as uow:
        case = make_case(uow)
    boss, clerk = sign_in("coop_manager", case.farm.coop), sign_in("coop_clerk", case.farm.coop)
    buyer, stranger = sign_in("buyer", case.market.coop), sign_in("buyer", None)
    sent = {"reason": REASON, "start": "batch", "clue": case.leaf.number}
    assert client.post("/api/v1/recalls", json=sent, headers=clerk).status_code == 403
    made = client.post("/api/v1/recalls", json=sent, headers=boss)
    assert made.status_code == 201
    number = made.get_json()["number"]
    assert (made.get_json()["found_grams"], made.get_json()["unaccounted_grams"]) == ("100.000", "100.000")
    wrong = client.post("/api/v1/recalls", json=sent | {"start": "moon"}, headers=boss)
    assert (wrong.status_code, list(wrong.get_json()["errors"])) == (422, ["start"])
    assert client.get(f"/api/v1/recalls/{number}", headers=stranger).status_code == 404
    assert client.get(f"/api/v1/recalls/{number}/batches", headers=buyer).status_code == 403
    (place,) = client.get(f"/api/v1/recalls/{number}/places", headers=buyer).get_json()
    assert client.post(f"/api/v1/recalls/{number}/acknowledge", headers=buyer).get_json()["acknowledged"] == 1
    path = f"/api/v1/recalls/places/{place['id']}"
    told = client.put(path, json={"sold_grams": "20"}, headers=buyer)
    assert told.get_json()["unaccounted_grams"] == "0.000"
    assert client.put(path, json={"sold_grams": "21"}, headers=buyer).status_code == 422
    assert client.put(path, json={"sold_grams": "1"}, headers=clerk).status_code == 404
    assert client.post(f"/api/v1/recalls/{number}/close", json={}, headers=boss).status_code == 422
    closed = client.post(f"/api/v1/recalls/{number}/close", json={"note": "剩余已核销"}, headers=boss)
    assert closed.get_json()["state"] == "closed"


def test_people_see_the_recall_its_balance_and_its_papers(
    client: FlaskClient, db: Database, sign_in: SignIn
) -> None:
    with db.unit_of_work(SYSTEM) as uow:
        case = make_case(uow)
        number = opened(uow, case.leaf.number).number
        market, gate, base = case.market.coop.short_name, case.market.base.name, case.farm.base.name
        merged = case.merged.number
    boss, buyer = sign_in("coop_manager", case.farm.coop), sign_in("buyer", case.market.coop)
    page = client.get(f"/recalls/{number}", headers=boss).text
    for words in (REASON, merged, market, "去向平衡", "召回报告"):
        assert words in page
    seen = client.get(f"/recalls/{number}", headers=buyer).text
    assert gate in seen
    assert base not in seen
    assert "召回通知书" in seen
    assert number in client.get("/recalls", headers=buyer).text
    assert "召回" in client.get("/", headers=buyer).text
    for path, who, status in (
        (f"/recalls/{number}/report.pdf", boss, 200),
        (f"/recalls/{number}/report.pdf", buyer, 403),
        (f"/recalls/{number}/letters/{case.market.coop.id}.pdf", boss, 200),
        (f"/recalls/{number}/letters/{case.market.coop.id}.pdf", buyer, 200),
        (f"/recalls/{number}/letters/{case.farm.coop.id}.pdf", buyer, 404),
    ):
        answer = client.get(path, headers=who)
        assert answer.status_code == status
        assert status != 200 or answer.data.startswith(b"%PDF")


def test_answers_come_by_spreadsheet_too_and_the_same_file_changes_nothing(
    db: Database, suite: Suite
) -> None:
    with db.unit_of_work(SYSTEM) as uow:
        case = make_case(uow)
        opened(uow, case.leaf.number)
    sheet = suite.sheets["recall_places"]
    assert sheet.rows is not None
    assert sheet.load is not None
    with db.unit_of_work(case.buyer) as uow:
        (place,) = [sheet.shape().dump(row) for row in sheet.rows(uow.session, uow.actor, {})]
        del place["found_grams"]  # as the importer leaves out what is only told
        line = load(sheet.shape(), place | {"sold_grams": "12.5", "held_grams": "7.5"})
        assert sheet.load(uow, [Row(2, line)]).outcomes == {2: Outcome.UPDATED}
        assert sheet.load(uow, [Row(2, line)]).outcomes == {2: Outcome.UNCHANGED}
    with db.reading() as session:
        assert [place.unaccounted_grams for place in recalls.places(session, case.buyer)] == [0]


def test_the_page_of_a_long_recall_shows_a_part_at_a_time(
    client: FlaskClient, db: Database, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "PER_PAGE", 2)
    with db.unit_of_work(SYSTEM) as uow:
        case = make_case(uow)
        number = opened(uow, case.leaf.number).number
        part = case.parts[1].number
    boss = sign_in("coop_manager", case.farm.coop)
    first = client.get(f"/recalls/{number}", headers=boss).text
    assert f"/recalls/{number}?places=2#places" in first
    assert f"/recalls/{number}?lots=2#lots" in first
    assert part not in first
    assert part in client.get(f"/recalls/{number}?places=2&lots=x", headers=boss).text
    for far in ("99", "-1", "9" * 40):
        assert client.get(f"/recalls/{number}?lots={far}", headers=boss).status_code == 200
