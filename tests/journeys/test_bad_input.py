"""Whatever comes in wrong is named in the reader's language, and nothing is half done."""

from __future__ import annotations

import zipfile
from io import BytesIO
from typing import Any

import pytest
from flask.testing import FlaskClient
from openpyxl import Workbook
from sqlalchemy import func, select

from supplychain.base.rules import PartyKind
from supplychain.kernel.db.uow import Database
from supplychain.kernel.permissions import SYSTEM
from tests.conftest import SignIn
from tests.make.base import make_party, make_site
from tests.make.traceability import Farm, make_farm
from traceability.models.batch import Batch

GOOD = {"harvested_on": "2026-11-19", "boxes": 10, "grams": "150"}


@pytest.fixture
def farm(real_db: Database) -> Farm:
    """A co-operative with a base and an item."""
    with real_db.unit_of_work(SYSTEM) as uow:
        return make_farm(uow)


@pytest.fixture
def clerk(farm: Farm, sign_in: SignIn) -> dict[str, str]:
    """Somebody who registers that co-operative's batches."""
    return sign_in("coop_clerk", farm.coop)


def batches(database: Database) -> int:
    with database.reading() as session:
        return session.scalar(select(func.count(Batch.id))) or 0


@pytest.mark.parametrize(
    ("change", "field", "says"),
    [
        ({"colour": "green"}, "colour", "没有"),
        ({"grams": "-5"}, "grams", "不能少于"),
        ({"grams": "150.1234"}, "grams", "小数"),
        ({"grams": "a lot"}, "grams", "数字"),
        ({"grams": 150}, "grams", ""),
        ({"harvested_on": "2026-02-30"}, "harvested_on", "没有"),
        ({"harvested_on": "yesterday"}, "harvested_on", "日期"),
        ({"boxes": 0}, "boxes", ""),
        ({"boxes": True}, "boxes", "整数"),
        ({"sku": "NO-SUCH"}, "sku", "NO-SUCH"),
        ({"grams": "15000"}, "grams", "150"),
        ({"at": "2027-01-01T00:00:00Z"}, "at", ""),
    ],
)
def test_a_wrong_field_is_named_in_chinese(
    client: FlaskClient,
    real_db: Database,
    farm: Farm,
    clerk: dict[str, str],
    change: dict[str, Any],
    field: str,
    says: str,
) -> None:
    body = GOOD | {"sku": farm.item.sku, "site": farm.base.code} | change
    answer = client.post("/api/v1/batches", headers=clerk, json=body)
    assert answer.status_code == 422
    problem = answer.get_json()
    assert answer.mimetype == "application/problem+json"
    assert says in "".join(problem["errors"][field])
    assert batches(real_db) == 0


def test_somebody_elses_base_and_batch_are_not_ones_own(
    client: FlaskClient, real_db: Database, farm: Farm, clerk: dict[str, str], sign_in: SignIn
) -> None:
    with real_db.unit_of_work(SYSTEM) as uow:
        other = make_party(uow, PartyKind.COOP)
        foreign = make_site(uow, other).code
    body = GOOD | {"sku": farm.item.sku, "site": foreign}
    assert client.post("/api/v1/batches", headers=clerk, json=body).status_code == 422
    made = client.post("/api/v1/batches", headers=clerk, json=body | {"site": farm.base.code}).get_json()
    stranger = sign_in("coop_manager", other)
    assert client.get(f"/api/v1/batches/{made['number']}", headers=stranger).status_code == 404
    released = client.post(f"/api/v1/batches/{made['number']}/release", headers=stranger, json={})
    assert released.status_code == 404


def test_a_state_that_does_not_allow_the_act_is_said(
    client: FlaskClient, farm: Farm, clerk: dict[str, str], sign_in: SignIn
) -> None:
    body = GOOD | {"sku": farm.item.sku, "site": farm.base.code}
    number = client.post("/api/v1/batches", headers=clerk, json=body).get_json()["number"]
    manager = sign_in("coop_manager", farm.coop)
    answer = client.post(f"/api/v1/batches/{number}/release", headers=manager, json={})
    assert answer.status_code == 409
    assert "合格证" in answer.get_json()["detail"]


@pytest.mark.parametrize("body", [b"{", b"[]", b"null", b'"text"', b"\xff\xfe"])
def test_what_is_no_json_object_is_refused(client: FlaskClient, clerk: dict[str, str], body: bytes) -> None:
    headers = clerk | {"Content-Type": "application/json"}
    answer = client.post("/api/v1/batches", headers=headers, data=body)
    assert answer.status_code in {400, 422}
    assert answer.mimetype == "application/problem+json"


def test_fifty_megabytes_are_too_many(client: FlaskClient, clerk: dict[str, str]) -> None:
    answer = client.post("/api/v1/sheets/batches", headers=clerk, data=b"x" * 50 * 1024 * 1024)
    assert answer.status_code == 413


def test_a_zip_bomb_is_not_unpacked(client: FlaskClient, clerk: dict[str, str]) -> None:
    bomb = BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * 300 * 1024 * 1024)
    answer = client.post("/api/v1/sheets/batches", headers=clerk, data=bomb.getvalue())
    assert answer.status_code == 413
    assert "表格" in answer.get_json()["detail"]


@pytest.mark.parametrize(
    "content", [b"", b"\x00\x01\x02", b"PK\x03\x04broken", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"]
)
def test_what_is_no_spreadsheet_is_said_to_be_none(
    client: FlaskClient, clerk: dict[str, str], content: bytes
) -> None:
    answer = client.post("/api/v1/sheets/batches", headers=clerk, data=content)
    assert answer.status_code == 422


def test_a_gbk_file_with_headers_in_another_order_is_taken_in_whole_or_not_at_all(
    client: FlaskClient, real_db: Database, farm: Farm, clerk: dict[str, str]
) -> None:
    header = "净重（kg）,箱数,采收日期,基地,商品,自编号"
    good = f"150,10,2026/11/19,{farm.base.code},{farm.item.sku},A-1"
    bad = f"很多,10,2026/11/19,{farm.base.code},{farm.item.sku},A-2"
    content = f"十一月采收登记\n{header}\n{good}\n{bad}".encode("gbk")
    path = "/api/v1/sheets/batches?apply=true"
    report = client.post(path, headers=clerk, data=content).get_json()
    assert not report["applied"]
    assert [row["number"] for row in report["bad"]] == [4]
    assert "数字" in report["bad"][0]["reasons"]
    assert batches(real_db) == 0
    report = client.post(f"{path}&good_rows_only=true", headers=clerk, data=content).get_json()
    assert (report["applied"], report["created"]) == (True, 1)
    report = client.post(f"{path}&good_rows_only=true", headers=clerk, data=content).get_json()
    assert report["unchanged"] == 1
    assert batches(real_db) == 1


def test_a_sheet_with_merged_cells_is_read_as_people_see_it(
    client: FlaskClient, real_db: Database, farm: Farm, clerk: dict[str, str]
) -> None:
    book = Workbook()
    page = book.worksheets[0]
    page.append(["采收登记（十一月）"])
    page.merge_cells("A1:F1")
    page.append(["自编号", "商品", "基地", "采收日期", "箱数", "净重（kg）"])
    page.append(["M-1", farm.item.sku, farm.base.code, "2026-11-19", 10, 150])
    page.append(["M-2", None, None, "2026-11-19", 10, 150.5])
    page.merge_cells("B3:B4")
    page.merge_cells("C3:C4")
    target = BytesIO()
    book.save(target)
    report = client.post(
        "/api/v1/sheets/batches?apply=true", headers=clerk, data=target.getvalue()
    ).get_json()
    assert (report["applied"], report["created"]) == (True, 2)
    assert batches(real_db) == 2


def test_nobody_gets_in_without_a_token_or_with_a_made_up_one(client: FlaskClient) -> None:
    assert client.get("/api/v1/batches").status_code == 401
    assert client.get("/api/v1/batches", headers={"Authorization": "Bearer sc_made_up"}).status_code == 401
    assert client.post("/api/v1/batches", json={}).status_code == 401
