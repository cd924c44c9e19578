"""Inspections by page, API and spreadsheet, their reports, and what a consumer reads of them."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from supplychain.base.models.attachment import Attachment
from supplychain.base.models.party import Party
from supplychain.base.rules import PartyKind
from supplychain.kernel.db.uow import Database
from supplychain.kernel.errors import Refused
from supplychain.kernel.loader import Suite
from supplychain.kernel.permissions import SYSTEM
from supplychain.kernel.schema.base import load
from supplychain.kernel.schema.upload import MOST_BYTES
from supplychain.kernel.sheets import importing
from supplychain.kernel.sheets.sheet import Outcome, Row
from tests.conftest import NOW, SignIn, Statements
from tests.make.base import make_party, make_site
from tests.make.inspection import OVER_LIMIT, chlorpyrifos, make_inspection
from tests.make.traceability import Farm, make_batch, make_farm, make_holding
from traceability.models.batch import Batch
from traceability.models.hold import Hold
from traceability.models.inspection import Inspection
from traceability.rules.ledger import Bucket
from traceability.services import inspection, inspection_reference, retest
from traceability.services.inspection import ReportResult
from traceability.services.retest import AskRetest

PDF = b"%PDF-1.7 a report"
CHLORPYRIFOS = {
    "analyte": "毒死蜱",
    "reading": "measured",
    "amount_micro": "0.15",
    "unit": "mg_kg",
    "limit_micro": "0.02",
    "standard": "GB 2763—2021",
}


@pytest.fixture
def farm(db: Database) -> Farm:
    """A co-operative where the house's limits are known."""
    with db.unit_of_work(SYSTEM) as uow:
        inspection_reference.install(uow)
        return make_farm(uow)


@pytest.fixture
def batch(db: Database, farm: Farm) -> Batch:
    """A batch of it."""
    with db.unit_of_work(SYSTEM) as uow:
        return make_batch(uow, farm)


@pytest.fixture
def market(db: Database, batch: Batch) -> Party:
    """A wholesale market that some of the batch came to."""
    with db.unit_of_work(SYSTEM) as uow:
        found = make_party(uow, PartyKind.MARKET)
        make_holding(uow, batch, make_site(uow, found), Bucket.ON_HAND, 1_000, 1)
        return found


def sent(batch: Batch, *findings: dict[str, str], **values: object) -> dict[str, object]:
    """Return what a program sends to enter a test."""
    return {
        "kind": "commissioned",
        "batch": batch.number,
        "laboratory": "县检测中心",
        "sampled_at": "2026-11-19T02:00:00Z",
        "findings": list(findings),
    } | values


def held(db: Database) -> int:
    """Return how many holds there are."""
    with db.reading() as session:
        return session.scalar(select(func.count(Hold.id))) or 0


def test_a_program_enters_a_test_its_result_and_a_re_test(
    client: FlaskClient, db: Database, sign_in: SignIn, batch: Batch, farm: Farm
) -> None:
    who = sign_in("coop_clerk", farm.coop)
    made = client.post("/api/v1/inspections", json=sent(batch), headers=who)
    assert (made.status_code, made.get_json()["result"]) == (201, "pending")
    path = f"/api/v1/inspections/{made.get_json()['number']}"
    told = client.post(f"{path}/result", json={"findings": [CHLORPYRIFOS]}, headers=who).get_json()
    assert (told["result"], told["retest_state"], told["findings"][0]["passed"]) == ("fail", "open", False)
    assert held(db) == 1
    assert client.post(f"{path}/result", json={"findings": [CHLORPYRIFOS]}, headers=who).status_code == 409
    same = client.post(f"{path}/retest", json={"laboratory": "县检测中心"}, headers=who)
    assert list(same.get_json()["errors"]) == ["laboratory"]
    again = client.post(f"{path}/retest", json={"laboratory": "市检测中心"}, headers=who).get_json()
    assert (again["first"], again["report_until"]) == (told["number"], "2026-12-01T15:59:59Z")
    fine = CHLORPYRIFOS | {"amount_micro": "0.01"}
    client.post(f"/api/v1/inspections/{again['number']}/result", json={"findings": [fine]}, headers=who)
    shown = client.get(path, headers=who).get_json()
    assert (shown["result"], shown["final"], shown["retest_state"]) == ("fail", "pass", "overturned")
    listed = client.get("/api/v1/inspections?retest=overturned", headers=who).get_json()
    assert [row["number"] for row in listed["rows"]] == [told["number"]]


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"findings": [CHLORPYRIFOS | {"amount_micro": "-1"}]}, "findings.0.amount_micro"),
        ({"findings": [CHLORPYRIFOS | {"amount_micro": "1e9"}]}, "findings.0.amount_micro"),
        ({"findings": [CHLORPYRIFOS | {"amount_micro": "9" * 40}]}, "findings.0.amount_micro"),
        ({"findings": [CHLORPYRIFOS | {"amount_micro": "0.00000001"}]}, "findings.0.amount_micro"),
        ({"findings": [CHLORPYRIFOS | {"passed": True}]}, "findings.0.passed"),
        ({"findings": [CHLORPYRIFOS | {"limit_micro": "0"}]}, "findings.0.limit_micro"),
        ({"findings": [CHLORPYRIFOS] * 101}, "findings"),
        ({"findings": [CHLORPYRIFOS] * 2}, "findings.1.analyte"),
        ({"result": "pass"}, "result"),
        ({"kind": "official"}, "kind"),
        ({"kind": "rumour"}, "kind"),
        ({"laboratory": " "}, "laboratory"),
        ({"sampled_at": "2026-11-21T00:00:00Z"}, "sampled_at"),
        ({"sampled_grams": "-1"}, "sampled_grams"),
    ],
)
def test_wrong_and_huge_input_is_refused_at_its_field(
    client: FlaskClient,
    db: Database,
    sign_in: SignIn,
    batch: Batch,
    farm: Farm,
    values: dict[str, object],
    field: str,
) -> None:
    refused = client.post(
        "/api/v1/inspections", json=sent(batch) | values, headers=sign_in("coop_clerk", farm.coop)
    )
    assert (refused.status_code, list(refused.get_json()["errors"])) == (422, [field])
    assert held(db) == 0


def test_roles_write_and_read_as_far_as_they_may(
    client: FlaskClient, sign_in: SignIn, batch: Batch, farm: Farm, market: Party
) -> None:
    body = sent(batch, CHLORPYRIFOS, kind="official_quick")
    for role, party, own, spot in (
        ("coop_clerk", farm.coop, 422, 403),
        ("officer", None, 403, 403),
        ("buyer", market, 403, 201),
    ):
        who = sign_in(role, party)
        assert client.post("/api/v1/inspections", json=body, headers=who).status_code == own
        assert client.post("/api/v1/spot-tests", json=body, headers=who).status_code == spot
    who = sign_in("coop_manager", farm.coop)
    (row,) = client.get("/api/v1/inspections", headers=who).get_json()["rows"]
    number = row["number"]
    for path in ("void", "retest"):
        stranger = sign_in("coop_clerk", market)
        answer = client.post(
            f"/api/v1/inspections/{number}/{path}",
            json={"reason": "x"} if path == "void" else {"laboratory": "x"},
            headers=stranger,
        )
        assert answer.status_code == (404 if path == "retest" else 409), path
    assert client.get(f"/inspections/{number}", headers=sign_in("buyer", market)).status_code == 200
    assert client.get(f"/inspections/{number}", headers=sign_in("buyer", farm.coop)).status_code == 200
    other = sign_in("buyer", None)
    assert client.get(f"/inspections/{number}", headers=other).status_code == 404


def test_a_clerk_enters_findings_on_one_form_and_sees_what_may_be_done_until_when(
    client: FlaskClient, sign_in: SignIn, batch: Batch, farm: Farm
) -> None:
    who = sign_in("coop_clerk", farm.coop)
    assert batch.number in client.get(f"/inspections/new?batch={batch.number}", headers=who).text
    form = {
        "kind": "quick",
        "batch": batch.number,
        "laboratory": "自检室",
        "sampled_at": "2026-11-20T09:00",
        "findings.0.analyte": "有机磷和氨基甲酸酯类农药",
        "findings.0.reading": "有数值",
        "findings.0.amount_micro": "62.5",
        "findings.0.unit": "percent",
        "findings.1.analyte": "没有的药",
        "findings.1.reading": "measured",
        "findings.1.amount_micro": "1",
        "findings.1.unit": "mg_kg",
        "findings.2.analyte": "",
    }
    refused = client.post("/inspections/new", data=form, headers=who)
    assert refused.status_code == 422
    assert "限量表里没有这一项" in refused.text
    form = {name: text for name, text in form.items() if not name.startswith("findings.1")}
    done = client.post("/inspections/new", data=form | {"_form": "once"}, headers=who)
    twice = client.post("/inspections/new", data=form | {"_form": "once"}, headers=who)
    assert done.headers["Location"] == twice.headers["Location"]
    page = client.get(done.headers["Location"], headers=who).text
    for words in ("62.5 %", "&lt; 50 %", "不合格", "可申请复检", "11月20日 14:00", "批次已暂扣"):
        assert words in page
    asked = client.post(done.headers["Location"] + "/retest", data={"laboratory": "市检测中心"}, headers=who)
    assert asked.status_code == 303
    assert "复检中" in client.get(done.headers["Location"], headers=who).text
    entered = client.post(
        asked.headers["Location"] + "/result",
        data={
            "findings.0.analyte": "毒死蜱",
            "findings.0.reading": "not_detected",
        },
        headers=who,
    )
    assert entered.status_code == 303
    assert "复检合格" in client.get(done.headers["Location"], headers=who).text
    listed = client.get(f"/batches/{batch.number}", headers=who).text
    assert "复检推翻" in listed
    for path in ("/inspections", "/inspections?retest=open&kind=quick&result=fail&voided=false", "/"):
        assert client.get(path, headers=who).status_code == 200
    for path in ("/residue-limits", "/working-days"):
        assert client.get(path, headers=who).status_code == 200
        assert client.get(f"{path}/new", headers=who).status_code == 403
        assert client.get(f"{path}/new", headers=sign_in("operator", None)).status_code == 200


def test_a_report_is_attached_once_and_kept_from_strangers(
    client: FlaskClient, db: Database, sign_in: SignIn, batch: Batch, farm: Farm
) -> None:
    with db.unit_of_work(SYSTEM) as uow:
        number = make_inspection(uow, batch).number
        stranger = make_party(uow)
    who = sign_in("coop_clerk", farm.coop)
    path = f"/inspections/{number}"
    assert 'enctype="multipart/form-data"' in client.get(f"{path}/report", headers=who).text
    for name, content, words in (
        ("x.pdf", b"<html><script>alert(1)</script>", "PDF、JPEG"),
        ("x.pdf", b"", "文件是空的"),
        ("", b"", "必填"),
    ):
        answer = client.post(f"{path}/report", data={"file": (BytesIO(content), name)}, headers=who)
        assert answer.status_code == 422
        assert words in answer.text
    plain = client.post(f"{path}/report", data={"file": "a text"}, headers=who)
    assert plain.status_code == 422
    for _ in range(2):
        file = (BytesIO(PDF), "../../evil<报告>.html")
        assert client.post(f"{path}/report", data={"file": file}, headers=who).status_code == 303
    with db.reading() as session:
        row = session.scalars(select(Attachment)).one()
        assert (row.filename, row.media_type) == ("evil报告.html.pdf", "application/pdf")
        address = f"{path}/files/{row.id}"
    got = client.get(address, headers=who)
    assert (got.data, got.mimetype) == (PDF, "application/pdf")
    assert got.headers["Content-Disposition"].startswith("attachment; filename*=UTF-8''evil")
    assert got.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in got.headers["Content-Security-Policy"]
    other = sign_in("coop_clerk", stranger)
    assert client.get(address, headers=other).status_code == 404
    who = sign_in("coop_clerk", farm.coop)
    with db.unit_of_work(SYSTEM) as uow:
        second = make_inspection(uow, batch).number
    assert client.get(f"/inspections/{second}/files/{row.id}", headers=who).status_code == 404
    api = f"/api/v1/inspections/{second}/report?filename=a.png"
    assert client.put(api, data=b"GIF89a", headers=who).status_code == 422
    huge = client.put(api, data=b"%PDF-" + b"x" * MOST_BYTES, headers=who)
    assert (huge.status_code, list(huge.get_json()["errors"])) == (422, ["file"])
    assert client.put(api, data=b"x" * 17 * 1024 * 1024, headers=who).status_code == 413
    assert client.put(api, data=b"\x89PNG\r\n\x1a\nrest", headers=who).status_code == 200


def test_an_inspection_takes_ten_files_and_no_more(db: Database, batch: Batch) -> None:
    with db.unit_of_work(SYSTEM) as uow:
        row = make_inspection(uow, batch)
        for place in range(inspection.MOST_FILES):
            inspection.attach(uow, row.id, "a.pdf", "application/pdf", PDF + str(place).encode())
        inspection.attach(uow, row.id, "again.pdf", "application/pdf", PDF + b"0")
        with pytest.raises(Refused):
            inspection.attach(uow, row.id, "b.pdf", "application/pdf", PDF)


def test_a_consumer_reads_of_passed_tests_unless_a_failed_one_stands(
    client: FlaskClient, db: Database, farm: Farm, statements: Statements
) -> None:
    with db.unit_of_work(SYSTEM) as uow:
        batch = make_batch(uow, farm, released=True)
    address = f"/01/{batch.gtin}/10/{batch.number}"
    before = len(statements)
    assert "县检测中心" not in client.get(f"{address}?lang=zh").text
    bare = len(statements) - before
    with db.unit_of_work(SYSTEM) as uow:
        for place in range(3):
            make_inspection(uow, batch, laboratory=f"县检测中心{place}", report_number=f"W-{place}")
    before = len(statements)
    page = client.get(f"{address}?lang=zh").text
    assert len(statements) - before <= bare
    assert "委托检测 · 合格" in page
    assert "W-2" in page
    assert "县检测中心1" in page
    links = client.get(address, headers={"Accept": "application/linkset+json"}).text
    assert "W-0" in links
    with db.unit_of_work(SYSTEM) as uow:
        first = make_inspection(uow, batch, chlorpyrifos(OVER_LIMIT))
    assert "W-2" not in client.get(f"{address}?lang=zh").text
    with db.unit_of_work(SYSTEM) as uow:
        again = retest.ask(uow, first.id, AskRetest("市检测中心", sampled_at=NOW))
        inspection.report(uow, again.id, ReportResult((chlorpyrifos(),)))
    page = client.get(f"{address}?lang=zh").text
    assert "W-2" in page
    assert "市检测中心" in page


def test_what_is_exported_is_imported_without_a_change(
    client: FlaskClient, db: Database, suite: Suite, batch: Batch
) -> None:
    with db.unit_of_work(SYSTEM) as uow:
        first = make_inspection(uow, batch, chlorpyrifos(OVER_LIMIT), chlorpyrifos(analyte="乙"))
        retest.ask(uow, first.id, AskRetest("市检测中心"))
    for kind in ("inspections", "residue_limits", "moved_days"):
        sheet = suite.sheets[kind]
        assert sheet.rows is not None
        assert sheet.load is not None
        with db.unit_of_work(SYSTEM) as uow:
            shape = sheet.shape()
            derived = {name for name, field in shape.fields.items() if field.dump_only}
            rows = [shape.dump(row) for row in sheet.rows(uow.session, uow.actor, {})]
            lines = [
                Row(
                    number,
                    load(shape, {k: v for k, v in row.items() if v is not None and k not in derived}),
                )
                for number, row in enumerate(rows, 3)
            ]
            done = sheet.load(uow, lines)
        assert done.errors == {}
        assert set(done.outcomes.values()) == {Outcome.UNCHANGED}, kind


def test_a_spreadsheet_of_tests_is_taken_in_and_bad_lines_keep_their_reasons(
    db: Database, suite: Suite, batch: Batch, farm: Farm
) -> None:
    header = "批次,样品编号,检测方式,检测机构,取样时间,结果告知时间,复检的原单,申请时间,"
    at = "2026-11-20 09:00"
    head = f"{batch.number},S1,快检,自检室,{at},2026-11-20 09:20,,"
    again = f"{batch.number},S1B,委托检测,市检测中心,2026-11-20 09:30,,S1,2026-11-20 09:30"
    file = "\n".join(
        (
            f"{header}检测项目,检测结果,检测值,检测值单位",
            f"{head},有机磷和氨基甲酸酯类农药,有数值,70,%（抑制率）",
            f"{again},毒死蜱,未检出,,",
            f"{batch.number},S2,快检,自检室,{at},,,,没有的药,有数值,1,mg/kg",
            f"{batch.number},S3,快检,自检室,{at},,,,毒死蜱,,,",
            f"{batch.number},S4,监督快检,自检室,{at},,NO,,毒死蜱,阴性,,",
        )
    ).encode()
    sheet = suite.sheets["inspections"]
    report = importing.run(db, sheet, SYSTEM, "x.csv", file, apply=True, good_rows_only=True)
    assert dict(report.counts) == {Outcome.CREATED: 2}
    assert [[str(reason) for _, reason in row.reasons] for row in report.bad] == [
        ["限量表里没有这一项，请填限量和依据的标准。"],
        ["报告上写的是什么？"],
        ["没有检测单 NO。"],
    ]
    twice = importing.run(db, sheet, SYSTEM, "x.csv", file, apply=True, good_rows_only=True)
    assert dict(twice.counts) == {Outcome.UNCHANGED: 2}
    clerk = farm.clerk
    dated_back = importing.run(
        db, sheet, clerk, "x.csv", file.replace(b"S1", b"S9"), apply=True, good_rows_only=True
    )
    assert "只有平台运营可以补录申请时间。" in [
        str(reason) for row in dated_back.bad for _, reason in row.reasons
    ]
    with db.reading() as session:
        assert session.scalar(select(func.count(Inspection.id))) == 3


def test_pages_take_as_few_statements_for_many_findings(
    client: FlaskClient, db: Database, sign_in: SignIn, batch: Batch, farm: Farm, statements: Statements
) -> None:
    who = sign_in("coop_clerk", farm.coop)
    client.get("/inspections", headers=who)
    counts = []
    for many in (1, 30):
        with db.unit_of_work(SYSTEM) as uow:
            findings = [chlorpyrifos(analyte=f"{many}-{place}") for place in range(many)]
            number = make_inspection(uow, batch, *findings, known_at=NOW - timedelta(minutes=1)).number
        taken = []
        for path in (f"/inspections/{number}", "/inspections", f"/batches/{batch.number}"):
            before = len(statements)
            assert client.get(path, headers=who).status_code == 200
            taken.append(len(statements) - before)
        counts.append(taken)
    assert counts[0] == counts[1]
