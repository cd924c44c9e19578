"""Pages, API, spreadsheets and the job of traceability, each by those who may and those who may not."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from supplychain.base.models.notice import Notice
from supplychain.base.models.party import Party
from supplychain.kernel import clock
from supplychain.kernel.db.uow import Database, UnitOfWork
from supplychain.kernel.loader import Suite
from supplychain.kernel.permissions import SYSTEM
from supplychain.kernel.schema.base import load
from supplychain.kernel.sheets.sheet import Outcome, Row
from tests.conftest import SignIn, Statements
from tests.make.inspection import make_inspection
from tests.make.traceability import (
    Farm,
    actor_of,
    make_batch,
    make_certificate,
    make_farm,
    make_holding,
    make_papers,
)
from traceability import panels
from traceability.jobs import tell_of_ending
from traceability.models.batch import Batch, Certificate
from traceability.models.code import Code
from traceability.models.hold import Hold
from traceability.rules.batch import PRINTED_AT_HOME, BatchState
from traceability.rules.certificate import CertificateKind
from traceability.rules.inspection import InspectionKind
from traceability.rules.ledger import Bucket
from traceability.services import hold


def farm_in(db: Database) -> Farm:
    """Make a co-operative with a base and an item."""
    with db.unit_of_work(SYSTEM) as uow:
        return make_farm(uow)


def batch_of(db: Database, farm: Farm, **values: Any) -> Batch:
    """Make a batch of it."""
    with db.unit_of_work(SYSTEM) as uow:
        return make_batch(uow, farm, **values)


def data(response: Any) -> Any:
    """Return what a program gets."""
    return response.get_json()


def typed(farm: Farm, **values: str) -> dict[str, str]:
    """Return what a clerk types or sends."""
    given = {
        "sku": farm.item.sku,
        "site": farm.base.code,
        "harvested_on": "2026-11-18",
        "boxes": "10",
        "grams": "150",
    }
    return given | values


def test_a_clerk_registers_a_batch_by_form_and_sees_it(
    client: FlaskClient, db: Database, sign_in: SignIn
) -> None:
    farm = farm_in(db)
    who = sign_in("coop_clerk", farm.coop)
    assert farm.item.sku in client.get("/batches/new", headers=who).text
    sent = client.post("/batches/new", data=typed(farm), headers=who)
    assert (sent.status_code, sent.headers["Location"]) == (303, "/batches/B2611-0001")
    page = client.get("/batches/B2611-0001", headers=who)
    for words in ("B2611-0001", "高山甘蓝", "150", "采收登记", "承诺达标合格证", farm.base.name):
        assert words in page.text
    assert "B2611-0001" in client.get("/batches", headers=who).text


def test_the_form_starts_from_last_time_and_keeps_what_was_typed(
    client: FlaskClient, db: Database, sign_in: SignIn
) -> None:
    farm = farm_in(db)
    who = sign_in("coop_clerk", farm.coop)
    batch_of(db, farm, member_name="林金水")
    assert "林金水" in client.get("/batches/new", headers=who).text
    sent = client.post("/batches/new", data=typed(farm, grams="15", member_name="陈阿妹"), headers=who)
    assert sent.status_code == 422
    assert "应为 150 kg，却填了 15 kg" in sent.text
    assert "陈阿妹" in sent.text


def test_a_program_registers_certifies_releases_and_reads_the_events(
    client: FlaskClient, db: Database, sign_in: SignIn
) -> None:
    farm = farm_in(db)
    who = sign_in("coop_manager", farm.coop)
    body = typed(farm) | {"boxes": 10, "grams": "150.000"}
    made = client.post("/api/v1/batches", json=body, headers=who)
    assert (made.status_code, data(made)["number"], data(made)["grams"]) == (201, "B2611-0001", "150.000")
    early = client.post("/api/v1/batches/B2611-0001/release", json={}, headers=who)
    assert early.status_code == 409
    assert early.mimetype == "application/problem+json"
    paper = client.post(
        "/api/v1/certificates",
        json={"kind": "coc", "batch": "B2611-0001", "by_control": True},
        headers=who,
    )
    assert (paper.status_code, data(paper)["number"]) == (201, "HG2611-0001")
    released = client.post("/api/v1/batches/B2611-0001/release", json={}, headers=who)
    assert (released.status_code, data(released)["state"]) == (200, "released")
    events = client.get("/api/v1/batches/B2611-0001/events?per_page=1", headers=who)
    assert data(events)["type"] == "EPCISQueryDocument"
    (event,) = data(events)["epcisBody"]["queryResults"]["resultsBody"]["eventList"]
    assert event["bizStep"] == "commissioning"
    assert 'rel="next"' in events.headers["Link"]


def test_a_program_makes_activates_and_voids_codes(
    client: FlaskClient, db: Database, sign_in: SignIn
) -> None:
    farm = farm_in(db)
    batch = batch_of(db, farm, released=True)
    who = sign_in("coop_clerk", farm.coop)
    base = f"/api/v1/batches/{batch.number}/codes"
    serials = data(client.post(base, json={"count": 3}, headers=who))["serials"]
    assert client.post(f"{base}/activate", json={}, headers=who).json == {"count": 3}
    assert client.post(f"{base}/void", json={"serials": serials[:1]}, headers=who).json == {"count": 1}
    found = data(client.get(f"{base}?state=void", headers=who))
    assert [row["serial"] for row in found["rows"]] == serials[:1]


def test_a_program_holds_lifts_and_closes(client: FlaskClient, db: Database, sign_in: SignIn) -> None:
    farm = farm_in(db)
    batch = batch_of(db, farm, released=True)
    who, clerk = sign_in("coop_manager", farm.coop), sign_in("coop_clerk", farm.coop)
    base = f"/api/v1/batches/{batch.number}"
    placed = client.post(f"{base}/holds", json={"reason": "农残复检"}, headers=who)
    assert placed.status_code == 201
    assert data(client.get(base, headers=who))["is_held"] is True
    assert [row["reason"] for row in data(client.get(f"{base}/holds", headers=who))] == ["农残复检"]
    url = f"/api/v1/holds/{data(placed)['number']}"
    said = {"disposition": "release", "finding": "合格"}
    assert data(client.post(f"{url}/proposal", json=said, headers=clerk))["state"] == "proposed"
    assert data(client.post(f"{url}/signature", headers=who))["resolution"] == "合格"
    assert client.post(f"{url}/signature", headers=who).status_code == 409
    assert data(client.get(f"{base}/holdings", headers=who))["rows"][0]["grams"] == "150.000"
    closed = client.post(f"{base}/close", json={"reason": "还田"}, headers=who)
    assert data(closed)["state"] == "closed"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"grams": "-1"}, "grams"),
        ({"grams": "1.2345"}, "grams"),
        ({"harvested_on": "2026-02-30"}, "harvested_on"),
        ({"boxes": 0}, "boxes"),
        ({"colour": "green"}, "colour"),
        ({"site": "NO-SUCH"}, "site"),
    ],
)
def test_bad_input_names_its_field(
    client: FlaskClient, db: Database, sign_in: SignIn, body: dict[str, Any], field: str
) -> None:
    farm = farm_in(db)
    who = sign_in("coop_clerk", farm.coop)
    sent = client.post("/api/v1/batches", json=typed(farm) | {"boxes": 10} | body, headers=who)
    assert sent.status_code == 422
    assert list(data(sent)["errors"]) == [field]


PAGES = (
    "/batches",
    "/batches/{number}",
    "/certificates",
    "/certificates/{certificate}",
    "/api/v1/batches",
    "/api/v1/batches/{number}",
    "/api/v1/batches/{number}/holdings",
    "/api/v1/batches/{number}/events",
    "/api/v1/certificates",
)
ACTS = (
    "/batches/{number}/release",
    "/batches/{number}/hold",
    "/batches/{number}/close",
    "/batches/{number}/codes/new",
    "/certificates/{certificate}/revoke",
    "/api/v1/batches/{number}/release",
    "/api/v1/batches/{number}/holds",
    "/api/v1/batches/{number}/codes",
    "/api/v1/certificates/{certificate}/revoke",
)


@pytest.mark.parametrize("path", PAGES)
def test_officers_see_what_strangers_do_not(
    client: FlaskClient, db: Database, sign_in: SignIn, path: str
) -> None:
    farm, other = farm_in(db), farm_in(db)
    batch = batch_of(db, farm)
    with db.unit_of_work(SYSTEM) as uow:
        paper = make_certificate(uow, batch)
    url = path.format(number=batch.number, certificate=paper.id)
    assert client.get(url, headers=sign_in("officer", None)).status_code == 200
    stranger = client.get(url, headers=sign_in("coop_manager", other.coop))
    is_list = "{" not in path
    assert stranger.status_code == (200 if is_list else 404)
    assert batch.number not in stranger.text or not is_list
    assert client.get(url).status_code in {303, 401}


@pytest.mark.parametrize("path", ACTS)
def test_nobody_changes_what_is_somebody_elses_and_officers_change_nothing(
    client: FlaskClient, db: Database, sign_in: SignIn, path: str
) -> None:
    farm, other = farm_in(db), farm_in(db)
    batch = batch_of(db, farm, released=True)
    with db.unit_of_work(SYSTEM) as uow:
        paper = make_certificate(uow, batch)
    url = path.format(number=batch.number, certificate=paper.id)
    body: dict[str, Any] = {"json": {"reason": "x"}} if path.startswith("/api") else {"data": {"reason": "x"}}
    if path.endswith("/codes"):
        body = {"json": {"count": 1}}
    if path.endswith("/release") and path.startswith("/api"):
        body = {"json": {}}
    assert client.post(url, headers=sign_in("officer", None), **body).status_code == 403
    assert client.post(url, headers=sign_in("coop_manager", other.coop), **body).status_code == 404
    with db.reading() as session:
        assert session.scalar(select(func.count()).select_from(Hold)) == 0
        assert session.scalar(select(func.count()).select_from(Code)) == 0
        assert session.scalars(select(Batch.state)).all() == [BatchState.RELEASED]


def test_a_manager_works_a_batch_from_hold_to_close_by_page(
    client: FlaskClient, db: Database, sign_in: SignIn
) -> None:
    farm = farm_in(db)
    batch = batch_of(db, farm)
    with db.unit_of_work(SYSTEM) as uow:
        make_papers(uow, batch, farm.product.family)
    who = sign_in("coop_manager", farm.coop)
    base = f"/batches/{batch.number}"
    for path, form in (
        ("/release", {}),
        ("/codes/new", {"count": "4"}),
        ("/codes/activate", {}),
        ("/hold", {"reason": "途中超温"}),
    ):
        assert client.post(base + path, data=form, headers=who).status_code == 303
    page = client.get(base, headers=who).text
    assert "本批次被暂扣，不得移动：途中超温" in page
    assert "已激活" in page
    with db.reading() as session:
        number = session.scalars(select(Hold.number)).one()
    clerk, said = sign_in("coop_clerk", farm.coop), {"disposition": "release", "finding": "合格"}
    assert client.post(f"/holds/{number}/propose", data=said, headers=clerk).status_code == 303
    assert client.post(f"/holds/{number}/sign", headers=who).status_code == 303
    assert client.post(f"{base}/close", data={}, headers=who).status_code == 422
    assert client.post(f"{base}/close", data={"reason": "卖完"}, headers=who).status_code == 303
    assert client.get("/codes", headers=who).status_code == 200
    assert client.get("/scans", headers=who).status_code == 200
    with db.reading() as session:
        assert session.scalars(select(Batch.state)).one() is BatchState.CLOSED


def test_a_clerk_puts_a_paper_on_record_and_revokes_it_by_page(
    client: FlaskClient, db: Database, sign_in: SignIn
) -> None:
    farm = farm_in(db)
    batch = batch_of(db, farm)
    who = sign_in("coop_clerk", farm.coop)
    assert batch.number in client.get(f"/certificates/new?batch={batch.number}&kind=coc", headers=who).text
    form = {"kind": "coc", "batch": batch.number, "by_own_test": "true"}
    refused = client.post("/certificates/new", data=form, headers=who)
    assert refused.status_code == 422
    assert "没有这种合格的检测记录" in refused.text
    with db.unit_of_work(SYSTEM) as uow:
        make_inspection(uow, batch, kind=InspectionKind.QUICK)
    sent = client.post("/certificates/new", data=form, headers=who)
    assert sent.status_code == 303
    page = client.get(sent.headers["Location"], headers=who)
    assert "自行检测合格" in page.text
    printed = client.get(sent.headers["Location"] + ".pdf", headers=who)
    assert (printed.mimetype, printed.data[:5]) == ("application/pdf", b"%PDF-")
    revoked = client.post(sent.headers["Location"] + "/revoke", data={"reason": "重开"}, headers=who)
    assert revoked.status_code == 303
    assert "已撤销" in client.get(sent.headers["Location"], headers=who).text


def test_a_list_takes_as_few_statements_for_many_batches(
    client: FlaskClient, db: Database, sign_in: SignIn, statements: Statements
) -> None:
    farm = farm_in(db)
    who = sign_in("coop_clerk", farm.coop)
    client.get("/batches", headers=who)  # the first use of a token is written down
    counts = []
    for many in (1, 19):
        for _ in range(many):
            batch_of(db, farm)
        before = len(statements)
        client.get("/batches", headers=who)
        counts.append(len(statements) - before)
    assert counts[0] == counts[1]


def sheet_rows(suite: Suite, kind: str, lines: list[dict[str, str]]) -> list[Row]:
    """Return spreadsheet lines as rows of the right shape."""
    shape = suite.sheets[kind].shape()
    return [Row(number, load(shape, line, text=True)) for number, line in enumerate(lines, 2)]


def imported(uow: UnitOfWork, suite: Suite, kind: str, lines: list[dict[str, str]]) -> list[Outcome | str]:
    """Load lines of a kind and return what became of each."""
    sheet = suite.sheets[kind]
    assert sheet.load is not None
    done = sheet.load(uow, sheet_rows(suite, kind, lines))
    assert not done.errors, [str(error) for error in done.errors.values()]
    return [done.outcomes[number] for number in sorted(done.outcomes)]


def test_the_season_is_read_from_spreadsheets_and_a_second_time_changes_nothing(
    uow: UnitOfWork, suite: Suite
) -> None:
    farm = make_farm(uow)
    own, coop = "棚3-1118", farm.coop.code
    told = [
        ("batches", [typed(farm, producer_reference=own, at="2026-11-18 17:00")], Outcome.CREATED),
        ("certificates", [{"kind": "coc", "batch": own, "party": coop, "by_control": "是"}], Outcome.CREATED),
        ("releases", [{"batch": own, "producer": coop}], Outcome.UPDATED),
        ("codes", [{"batch": own, "producer": coop, "count": "5", "activated": "是"}], Outcome.CREATED),
    ]
    for kind, lines, outcome in told:
        assert imported(uow, suite, kind, lines) == [outcome]
    for kind, lines, _ in told:
        assert imported(uow, suite, kind, lines) == [Outcome.UNCHANGED]


@pytest.mark.parametrize("kind", ["batches", "certificates", "releases", "codes"])
def test_what_is_exported_can_be_read_back_unchanged(uow: UnitOfWork, suite: Suite, kind: str) -> None:
    farm = make_farm(uow)
    batch = make_batch(uow, farm, released=True)
    imported(uow, suite, "codes", [{"batch": batch.number, "count": "2", "activated": "是"}])
    sheet = suite.sheets[kind]
    assert sheet.rows is not None
    dumped = sheet.shape(many=True).dump(list(sheet.rows(uow.session, farm.clerk, {})))
    known = {name for name, field in sheet.shape().fields.items() if not field.dump_only}
    lines = [
        {name: str(text) for name, text in row.items() if name in known and text is not None}
        for row in dumped
    ]
    assert lines
    assert set(imported(uow, suite, kind, lines)) == {Outcome.UNCHANGED}


def test_of_a_spreadsheet_of_batches_each_bad_line_says_why(uow: UnitOfWork, suite: Suite) -> None:
    farm = make_farm(uow)
    sheet = suite.sheets["batches"]
    assert sheet.load is not None
    lines = [typed(farm, producer_reference="1"), typed(farm, producer_reference="2", site="NO-SUCH")]
    done = sheet.load(uow, sheet_rows(suite, "batches", lines))
    assert (list(done.outcomes), list(done.errors)) == ([2], [3])


def ending(db: Database, farm: Farm, day: date, kind: CertificateKind = CertificateKind.FOOD_LICENCE) -> None:
    """Put a paper on record that ends on a day."""
    with db.unit_of_work(SYSTEM) as uow:
        batch = make_batch(uow, farm)
        batch_id = None if kind is CertificateKind.FOOD_LICENCE else batch.id
        make_certificate(uow, batch, kind, batch_id=batch_id, valid_until=day)


def notices(db: Database) -> list[tuple[str, int | None]]:
    """Return what was told to whom."""
    with db.reading() as session:
        found = session.execute(select(Notice.key, Notice.party_id).order_by(Notice.id))
        return [(key.rpartition(":")[2], party) for key, party in found]


def test_a_paper_that_ends_is_told_of_once_at_each_threshold(db: Database) -> None:
    farm = farm_in(db)
    ending(db, farm, date(2026, 11, 26))
    for day, told in ((20, 1), (20, 0), (22, 0), (25, 1), (26, 0), (27, 0)):
        with clock.fixed(clock.day_start(date(2026, 11, day))):
            assert tell_of_ending(db).counts["notices"] == told
    assert notices(db) == [("7", farm.coop.id), ("1", farm.coop.id)]


def test_a_paper_of_seven_days_is_not_told_of_on_its_first(db: Database) -> None:
    farm = farm_in(db)
    ending(db, farm, date(2026, 11, 26), CertificateKind.QUARANTINE_A)
    assert tell_of_ending(db).counts["notices"] == 0
    with clock.fixed(clock.day_start(date(2026, 11, 25))):
        assert tell_of_ending(db).counts["notices"] == 1


def test_the_board_says_what_waits_and_what_was_released(uow: UnitOfWork) -> None:
    farm = make_farm(uow)
    make_batch(uow, farm)
    held = make_batch(uow, farm)
    hold.place(uow, held.id, "x")
    make_batch(uow, farm, released=True)
    uow.session.add(_licence(uow, farm.coop))
    uow.session.flush()
    who = farm.clerk
    figures = {kpi.name: kpi.compute(uow.session, who) for kpi in panels.KPIS}
    shown = {name: figure.value for name, figure in figures.items() if figure is not None}
    assert shown == {"traceability.waiting": "1", "traceability.released": "150"}
    tasks = [task for source in panels.TASKS for task in source.find(uow.session, who)]
    assert [(task.count, task.urgent) for task in tasks] == [(1, False), (1, True), (1, False)]
    stranger = actor_of(make_farm(uow).coop)
    assert not [task for source in panels.TASKS for task in source.find(uow.session, stranger)]


def _licence(uow: UnitOfWork, party: Party) -> Certificate:
    return Certificate(
        kind=CertificateKind.FOOD_LICENCE,
        number="SC1",
        party_id=party.id,
        issuer="x",
        issued_on=date(2021, 11, 22),
        valid_until=date(2026, 11, 22),
    )


def test_items_parties_and_products_lead_to_their_batches(uow: UnitOfWork) -> None:
    farm, market = make_farm(uow), make_farm(uow)
    batch = make_batch(uow, farm)
    make_holding(uow, batch, market.base, Bucket.IN_TRANSIT, grams=0, boxes=0)
    links = {links.document: links.find for links in panels.RECORD_LINKS}
    for document, key in (("base.trade_item", farm.item.id), ("base.party", farm.coop.id)):
        (found,) = links[document](uow.session, farm.clerk, key)
        assert found.label == "1 个批次，150 kg"
    assert not links["base.party"](uow.session, farm.clerk, market.coop.id)
    (panel,) = [panel for panel in panels.PANELS if panel.slot == "catalog.product"]
    rows = panel.rows(uow.session, farm.clerk, farm.product.id)
    assert rows is not None
    assert [row.number for row in rows["batches"]] == [batch.number]
    assert panel.rows(uow.session, market.clerk, farm.product.id) is None


def test_labels_of_boxes_and_items_are_printed(client: FlaskClient, db: Database, sign_in: SignIn) -> None:
    farm = farm_in(db)
    batch = batch_of(db, farm, released=True, boxes=12, grams=180_000)
    who = sign_in("coop_clerk", farm.coop)
    boxes = client.get(f"/batches/{batch.number}/labels.pdf?skip=1", headers=who)
    assert boxes.data[:5] == b"%PDF-"
    assert client.get(f"/batches/{batch.number}/labels.pdf?part=2", headers=who).status_code == 404
    items = f"/batches/{batch.number}/item-labels.pdf"
    assert client.get(items, headers=who).status_code == 409
    client.post(f"/api/v1/batches/{batch.number}/codes", json={"count": 3}, headers=who)
    assert client.get(items, headers=who).data[:5] == b"%PDF-"
    assert "labels?of=items" in client.get(f"/batches/{batch.number}", headers=who).text
    client.post(f"/api/v1/batches/{batch.number}/codes", json={"count": PRINTED_AT_HOME}, headers=who)
    assert "labels?of=items" not in client.get(f"/batches/{batch.number}", headers=who).text
    assert client.get(items, headers=sign_in("coop_clerk", farm_in(db).coop)).status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/certificates/99999999999999999999999",
        "/certificates/99999999999999999999999.pdf",
        "/api/v1/batches/a%00b",
        "/api/v1/batches/%F0%9F%90%87/events",
        "/api/v1/batches?q=%00",
        "/api/v1/batches?harvested_from=0001-01-01",
        "/api/v1/batches?page=100000",
        "/batches/new?sku=%00",
        "/certificates/new?batch=%27",
        "/01/06901234567892/10/a%00b",
    ],
)
def test_odd_addresses_get_an_answer(client: FlaskClient, db: Database, sign_in: SignIn, path: str) -> None:
    farm = farm_in(db)
    assert client.get(path, headers=sign_in("coop_manager", farm.coop)).status_code in {200, 400, 404, 422}
