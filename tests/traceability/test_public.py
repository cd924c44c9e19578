"""The page behind a code: what it tells, what it never tells, how looks are counted."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select, update

from catalog.rules import Family
from supplychain.base.rules import SiteKind
from supplychain.kernel import clock
from supplychain.kernel.db.uow import Database
from supplychain.kernel.permissions import SYSTEM
from tests.conftest import NOW, SignIn, Statements
from tests.make.base import make_party, make_site
from tests.make.traceability import Farm, make_batch, make_farm
from traceability.models.batch import Batch, Certificate
from traceability.models.code import Scan, ScanTotal
from traceability.rules.code import ScanKind
from traceability.rules.ledger import Step
from traceability.services import certificate, hold, ledger
from traceability.services import code as codes
from traceability.services.ledger import Happening

PHONE = {"User-Agent": "WeChat on a phone"}


def arranged(db: Database, *, released: bool = True, **values: object) -> tuple[Farm, Batch, list[str]]:
    """Make a released batch with three codes, two of them activated."""
    with db.unit_of_work(SYSTEM) as uow:
        farm = make_farm(uow)
        farm.base.altitude_m = 870
        batch = make_batch(uow, farm, released=released, **({"member_name": "张桂香"} | values))
        serials = codes.make(uow, batch.id, 3)
        if released:
            codes.activate(uow, batch.id, serials[:2])
    return farm, batch, serials


def link(batch: Batch, serial: str = "") -> str:
    """Return the Digital Link's path of a batch or of one of its items."""
    return f"/01/{batch.gtin}/10/{batch.number}" + (f"/21/{serial}" if serial else "")


def test_the_first_look_at_an_item_says_so_and_tells_its_story(client: FlaskClient, db: Database) -> None:
    farm, batch, serials = arranged(db)
    page = client.get(link(batch, serials[0]), headers=PHONE)
    assert page.status_code == 200
    for text in ("您是第一位查询者", "高山甘蓝", farm.coop.name, "海拔 870 米", "承诺达标合格证", "12月9日"):
        assert text in page.text
    assert "张*" in page.text
    assert "张桂香" not in page.text


def test_a_page_needs_no_script_is_small_and_asks_nobody_else_for_anything(
    client: FlaskClient, db: Database
) -> None:
    _, batch, serials = arranged(db)
    page = client.get(link(batch, serials[0]))
    assert len(page.data) < 60_000
    assert "<script" not in page.text
    assert "style=" not in page.text.replace("<style", "")
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]


def test_the_second_visitor_reads_when_it_was_first_looked_up(client: FlaskClient, db: Database) -> None:
    _, batch, serials = arranged(db)
    client.get(link(batch, serials[0]), headers=PHONE)
    with clock.fixed(NOW + timedelta(hours=3)):
        again = client.get(link(batch, serials[0]), headers=PHONE)
        other = client.get(link(batch, serials[0]), headers={"User-Agent": "another phone"})
    assert "您是第一位查询者" in again.text
    assert "已被查询 2 次，首次查询于 11月20日 10:00" in other.text


def test_a_code_that_many_look_up_carries_a_warning(client: FlaskClient, db: Database) -> None:
    _, batch, serials = arranged(db)
    for number in range(6):
        page = client.get(link(batch, serials[0]), headers={"User-Agent": f"phone {number}"})
    assert "此码被查询的次数偏多" in page.text


def test_staff_never_take_the_first_look_away(client: FlaskClient, db: Database, sign_in: SignIn) -> None:
    farm, batch, serials = arranged(db)
    client.get(link(batch, serials[0]), headers=sign_in("coop_clerk", farm.coop))
    page = client.get(link(batch, serials[0]), headers=PHONE)
    assert "您是第一位查询者" in page.text
    with db.reading() as session:
        kinds = session.scalars(select(Scan.kind)).all()
    assert sorted(kinds) == [ScanKind.CONSUMER, ScanKind.STAFF]


@pytest.mark.parametrize("method", ["HEAD", "prefetch"])
def test_what_nobody_reads_is_not_counted(client: FlaskClient, db: Database, method: str) -> None:
    _, batch, _ = arranged(db)
    if method == "HEAD":
        client.head(link(batch))
    else:
        client.get(link(batch), headers={"Sec-Purpose": "prefetch"})
    with db.reading() as session:
        assert session.scalars(select(Scan)).all() == []


def test_a_code_that_is_not_activated_is_no_fake(client: FlaskClient, db: Database) -> None:
    _, batch, serials = arranged(db)
    assert "此码尚未激活" in client.get(f"/01/{batch.gtin}/21/{serials[2]}").text


def test_a_serial_that_was_never_given_out_gets_no_story(client: FlaskClient, db: Database) -> None:
    farm, batch, _ = arranged(db)
    for path in (link(batch, "MADEUP"), f"/01/{batch.gtin}/21/MADEUP"):
        page = client.get(path)
        assert page.status_code == 200
        assert "此码不是我们发出的" in page.text
        assert "承诺达标合格证" not in page.text
        assert farm.coop.name not in page.text


def test_a_code_of_one_batch_is_not_one_of_another(client: FlaskClient, db: Database) -> None:
    _, _, serials = arranged(db)
    _, other, _ = arranged(db)
    assert "此码不是我们发出的" in client.get(link(other, serials[0])).text


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"best_before_on": date(2026, 11, 19)}, "已过保质期"),
        ({"released": False}, "尚未放行上市"),
    ],
)
def test_what_is_wrong_with_a_batch_comes_first(
    client: FlaskClient, db: Database, change: dict[str, object], words: str
) -> None:
    _, batch, _ = arranged(db, **change)  # type: ignore[arg-type]  # fields by name
    assert words in client.get(link(batch)).text


def test_goods_held_after_their_codes_were_activated_are_told_to_be_off_sale(
    client: FlaskClient, db: Database
) -> None:
    _, batch, _ = arranged(db)
    with db.unit_of_work(SYSTEM) as uow:
        hold.place(uow, batch.id, "途中超温")
    assert "本批次已暂停销售" in client.get(link(batch)).text


def test_why_a_batch_is_held_is_not_for_the_public(client: FlaskClient, db: Database) -> None:
    _, batch, _ = arranged(db)
    with db.unit_of_work(SYSTEM) as uow:
        hold.place(uow, batch.id, "途中超温，怀疑变质")
    page = client.get(link(batch)).text
    assert "本批次已暂停销售" in page
    assert "超温" not in page


def test_a_wrong_check_digit_an_unknown_item_and_an_unknown_lot_are_told_apart(
    client: FlaskClient, db: Database
) -> None:
    _, batch, _ = arranged(db)
    wrong = batch.gtin[:-1] + str((int(batch.gtin[-1]) + 1) % 10)
    assert client.get(f"/01/{wrong}/10/{batch.number}").status_code == 400
    assert client.get("/01/06901234567892").status_code == 404
    lot = client.get(f"/01/{batch.gtin}/10/NOSUCH")
    assert (lot.status_code, "没有找到这个批次" in lot.text) == (200, True)
    product = client.get(f"/01/{batch.gtin}")
    assert (product.status_code, "高山甘蓝" in product.text) == (200, True)


@pytest.mark.parametrize("path", ["/01/", "/01/x", "/01/06901234567892/21/A/10/B", "/01/06901234567892/10/%"])
def test_a_path_that_is_no_digital_link_is_refused_politely(
    client: FlaskClient, db: Database, path: str
) -> None:
    assert client.get(path).status_code in {400, 404}


def test_the_page_speaks_the_phones_language_or_the_chosen_one(client: FlaskClient, db: Database) -> None:
    _, batch, _ = arranged(db)
    english = {"Accept-Language": "en-GB,en;q=0.9"}
    assert "Genuine batch" in client.get(link(batch), headers=english).text
    assert "批次属实" in client.get(link(batch) + "?lang=zh", headers=english).text
    assert "批次属实" in client.get(link(batch), headers={"Accept-Language": "fr"}).text


def test_an_unchanged_page_is_not_sent_again_but_the_look_counts(client: FlaskClient, db: Database) -> None:
    _, batch, _ = arranged(db)
    first = client.get(link(batch), headers=PHONE)
    again = client.get(link(batch), headers=PHONE | {"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    with db.reading() as session:
        assert session.scalars(select(Scan.times)).one() == 2


def test_the_door_answers_as_the_whole_way_does(client: FlaskClient, db: Database) -> None:
    _, batch, serials = arranged(db)
    path = link(batch, serials[0])
    first, again = (client.get(path, headers=PHONE) for _ in range(2))
    assert (first.status_code, first.data) == (again.status_code, again.data)
    assert dict(first.headers) == dict(again.headers)
    kept = client.get(path, headers=PHONE | {"If-None-Match": first.headers["ETag"]})
    assert (kept.status_code, kept.data, kept.headers["ETag"]) == (304, b"", first.headers["ETag"])
    with db.reading() as session:
        assert session.scalars(select(Scan.times)).one() == 3


def test_the_door_lets_staff_pass_and_tells_a_hold_at_once(
    client: FlaskClient, db: Database, sign_in: SignIn
) -> None:
    farm, batch, _ = arranged(db)
    for _ in range(2):
        client.get(link(batch), headers=PHONE)
    assert client.get(link(batch), headers=PHONE | sign_in("coop_clerk", farm.coop)).status_code == 303
    assert "Genuine batch" in client.get(link(batch), headers=PHONE | {"Accept-Language": "en"}).text
    with db.unit_of_work(SYSTEM) as uow:
        hold.place(uow, batch.id, "复检")
    assert "本批次已暂停销售" in client.get(link(batch), headers=PHONE).text


def test_where_a_batch_went_to_several_buyers_nobody_is_named(client: FlaskClient, db: Database) -> None:
    farm, batch, _ = arranged(db)
    with db.unit_of_work(SYSTEM) as uow:
        gates = [
            make_site(uow, make_party(uow), SiteKind.MARKET, name=name, division_code="310115")
            for name in ("甲市场", "乙市场")
        ]
        ledger.record_many(uow, [_sent(farm, batch, gate.id) for gate in gates[:1]])
        ledger.record_many(uow, [Happening(Step.RECEIVE, None, gates[0].id, ((batch.id, 15_000, 1),))])
    assert "甲市场" in client.get(link(batch)).text
    with db.unit_of_work(SYSTEM) as uow:
        ledger.record_many(uow, [_sent(farm, batch, gates[1].id)])
        ledger.record_many(uow, [Happening(Step.RECEIVE, None, gates[1].id, ((batch.id, 15_000, 1),))])
    page = client.get(link(batch)).text
    assert "浦东新区" in page
    assert "市场" not in page
    assert "YD-1" not in page


def _sent(farm: Farm, batch: Batch, to: int) -> Happening:
    return Happening(Step.SHIP, None, farm.base.id, ((batch.id, 15_000, 1),), to, reference="YD-1")


@pytest.mark.parametrize("family", list(Family))
def test_every_kind_of_goods_has_its_page(client: FlaskClient, db: Database, family: Family) -> None:
    with db.unit_of_work(SYSTEM) as uow:
        batch = make_batch(uow, make_farm(uow, family), released=True)
    assert client.get(link(batch) + "?lang=en").status_code == 200


def test_a_look_takes_as_many_statements_however_long_the_story(
    client: FlaskClient, db: Database, statements: Statements
) -> None:
    farm, batch, serials = arranged(db)
    counts = []
    for phone in ("one", "two", "three"):
        before = len(statements)
        client.get(link(batch, serials[0]), headers={"User-Agent": phone})
        counts.append(len(statements) - before)
        with db.unit_of_work(SYSTEM) as uow:
            packs = [Happening(Step.PACK, None, farm.base.id, ((batch.id, n, 0),)) for n in range(1, 20)]
            ledger.record_many(uow, packs)
            uow.session.execute(update(Batch).values(member_name="李四"))
    assert counts[1] == counts[2]


def test_an_item_cannot_be_in_a_hand_while_all_of_its_batch_is_on_the_road(
    client: FlaskClient, db: Database
) -> None:
    farm, batch, serials = arranged(db)
    with db.unit_of_work(SYSTEM) as uow:
        gate = make_site(uow, make_party(uow), SiteKind.MARKET)
        sent = Happening(Step.SHIP, None, farm.base.id, ((batch.id, 150_000, 10),), gate.id)
        ledger.record_many(uow, [sent])
    assert "仍在运输途中" in client.get(link(batch, serials[0])).text
    assert "批次属实" in client.get(link(batch)).text
    with db.unit_of_work(SYSTEM) as uow:
        ledger.record_many(uow, [Happening(Step.RECEIVE, None, gate.id, ((batch.id, 15_000, 1),))])
    assert "仍在运输途中" not in client.get(link(batch, serials[0])).text


def test_what_happens_to_a_batch_and_its_papers_is_told_at_once(client: FlaskClient, db: Database) -> None:
    farm, batch, _ = arranged(db)
    assert "浦东的门" not in client.get(link(batch)).text
    with db.unit_of_work(SYSTEM) as uow:
        gate = make_site(uow, make_party(uow), SiteKind.MARKET, name="浦东的门", division_code="310115")
        ledger.record_many(uow, [_sent(farm, batch, gate.id)])
        ledger.record_many(uow, [Happening(Step.RECEIVE, None, gate.id, ((batch.id, 15_000, 1),))])
        paper = uow.session.scalars(select(Certificate)).one()
        certificate.revoke(uow, paper.id, "抽检不合格")
    page = client.get(link(batch)).text
    assert "浦东的门" in page
    assert paper.number not in page


def test_totals_are_the_visitors_counted(db: Database, client: FlaskClient) -> None:
    _, batch, serials = arranged(db)
    for path in (link(batch), link(batch, serials[0]), link(batch, serials[0])):
        for phone in ("one", "two", "two"):
            client.get(path, headers={"User-Agent": phone})
    with db.reading() as session:
        counted = session.execute(
            select(Scan.subject, func.count(), func.min(Scan.first_at)).group_by(Scan.subject)
        ).all()
        totals = session.execute(select(ScanTotal.subject, ScanTotal.visitors, ScanTotal.first_at)).all()
    assert sorted(totals) == sorted(counted)
    assert [row.visitors for row in totals] == [2, 2]
