"""The farm record by page, API and spreadsheet, by those who may and those who may not."""

from __future__ import annotations

from datetime import date

import pytest
from flask.testing import FlaskClient

from supplychain.kernel.db.uow import Database
from supplychain.kernel.loader import Suite
from supplychain.kernel.permissions import SYSTEM
from supplychain.kernel.schema.base import load
from supplychain.kernel.sheets.sheet import Outcome, Row
from tests.conftest import SignIn
from tests.make.base import make_party
from tests.make.traceability import Farm, make_farm
from traceability.services import batch as batch_services
from traceability.services import farm_reference
from traceability.services.draft import RegisterBatch


@pytest.fixture
def farm(db: Database) -> Farm:
    """A co-operative where the house's references are known."""
    with db.unit_of_work(SYSTEM) as uow:
        farm_reference.install(uow)
        return make_farm(uow)


def used(farm: Farm, **values: object) -> dict[str, object]:
    """Return what a program sends to record a use."""
    return {
        "site": farm.base.code,
        "product": farm.product.code,
        "input": "COMPOUND-FERT",
        "applied_on": "2026-11-11",
        "dose_milli": "30",
        "dose_unit": "kg_mu",
        "operator_name": "张桂香",
    } | values


def test_a_clerk_records_and_voids_a_use_and_nobody_else_sees_it(
    client: FlaskClient, db: Database, sign_in: SignIn, farm: Farm
) -> None:
    who = sign_in("coop_clerk", farm.coop)
    made = client.post("/api/v1/farm-records", json=used(farm), headers=who)
    assert made.status_code == 201
    address = f"/api/v1/farm-records/{made.get_json()['id']}"
    assert client.get(address, headers=who).get_json()["season"] == "2026"
    with db.unit_of_work(SYSTEM) as uow:
        neighbour = make_party(uow)
    other = sign_in("coop_clerk", neighbour)
    assert client.get(address, headers=other).status_code == 404
    assert client.post(f"{address}/void", json={"reason": "x"}, headers=other).status_code == 404
    assert client.get("/api/v1/farm-records", headers=other).get_json()["rows"] == []
    who = sign_in("coop_clerk", farm.coop)
    done = client.post(f"{address}/void", json={"reason": "记错"}, headers=who)
    assert done.get_json()["void_reason"] == "记错"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("input", "NO-SUCH"),
        ("product", "NO-SUCH"),
        ("site", "NO-SUCH"),
        ("applied_on", "2999-01-01"),
        ("stopped_on", "2026-11-10"),
        ("dose_milli", "0"),
        ("dose_unit", "barrels"),
    ],
)
def test_a_wrong_use_is_refused_at_its_field(
    client: FlaskClient, sign_in: SignIn, farm: Farm, field: str, value: str
) -> None:
    who = sign_in("coop_clerk", farm.coop)
    refused = client.post("/api/v1/farm-records", json=used(farm, **{field: value}), headers=who)
    assert refused.status_code == 422
    assert field in refused.get_json()["errors"]


def test_references_are_read_by_many_and_kept_by_the_operator(
    client: FlaskClient, sign_in: SignIn, farm: Farm
) -> None:
    who = sign_in("coop_clerk", farm.coop)
    for name in ("inputs", "rules", "bans"):
        assert client.get(f"/api/v1/farm-{name}", headers=who).get_json()["rows"]
        assert client.get(f"/farm-{name}", headers=who).status_code == 200
        assert client.get(f"/farm-{name}/new", headers=who).status_code == 403
    who = sign_in("operator", None)
    for name in ("inputs", "rules", "bans"):
        assert client.get(f"/farm-{name}/new", headers=who).status_code == 200
    who = sign_in("buyer", farm.coop)
    assert client.get("/farm-records/new", headers=who).status_code == 403


def test_pages_show_the_record_and_what_counts_for_a_batch(
    client: FlaskClient, db: Database, sign_in: SignIn, farm: Farm
) -> None:
    who = sign_in("coop_clerk", farm.coop)
    made = client.post("/api/v1/farm-records", json=used(farm), headers=who).get_json()["id"]
    with db.unit_of_work(SYSTEM) as uow:
        command = RegisterBatch(farm.item.sku, farm.base.code, date(2026, 11, 18), 10, 150_000)
        number = batch_services.register(uow, command).number
    for path in ("/farm-records", "/farm-records/new", f"/farm-records/{made}", f"/farm-records/{made}/void"):
        assert client.get(path, headers=who).status_code == 200, path
    page = client.get(f"/batches/{number}", headers=who).get_data(as_text=True)
    assert "生产记录" in page
    assert "复合肥" in page
    banned = used(farm, input="ABAMECTIN-18EC", applied_on="2026-11-17")
    client.post("/api/v1/farm-records", json=banned, headers=who)
    assert "超范围用药" in client.get(f"/batches/{number}", headers=who).get_data(as_text=True)


@pytest.mark.parametrize("kind", ["farm_inputs", "farm_rules", "farm_bans", "farm_records"])
def test_what_is_exported_is_imported_without_a_change(
    client: FlaskClient, db: Database, suite: Suite, sign_in: SignIn, farm: Farm, kind: str
) -> None:
    who = sign_in("coop_clerk", farm.coop)
    client.post("/api/v1/farm-records", json=used(farm), headers=who)
    sheet = suite.sheets[kind]
    assert sheet.rows is not None
    assert sheet.load is not None
    with db.unit_of_work(SYSTEM) as uow:
        shape = sheet.shape()
        rows = [shape.dump(row) for row in sheet.rows(uow.session, uow.actor, {})]
        lines = [
            Row(number, load(shape, {key: value for key, value in row.items() if value is not None}))
            for number, row in enumerate(rows, 3)
        ]
        done = sheet.load(uow, lines)
    assert rows
    assert done.errors == {}
    assert set(done.outcomes.values()) == {Outcome.UNCHANGED}
