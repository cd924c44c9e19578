"""Processing and corrections by page, API and spreadsheet, by those who may and those who may not."""

from __future__ import annotations

from datetime import date

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from supplychain.kernel.db.uow import Database, UnitOfWork
from supplychain.kernel.loader import Suite
from supplychain.kernel.permissions import SYSTEM
from supplychain.kernel.schema.base import load
from supplychain.kernel.sheets.sheet import Outcome, Row
from tests.conftest import SignIn
from tests.make.traceability import REGISTERED_AT, Farm, make_farm
from traceability.models.batch import Batch
from traceability.models.ledger import Entry, Holding
from traceability.rules.ledger import Step
from traceability.services import batch as batch_services
from traceability.services import process
from traceability.services.draft import RegisterBatch


@pytest.fixture
def farm(db: Database) -> Farm:
    """A co-operative that may process."""
    with db.unit_of_work(SYSTEM) as uow:
        process.install(uow)
        return make_farm(uow)


def registered(db: Database, farm: Farm, reference: str = "TY-1") -> Batch:
    """Register ten crates of fifteen kilograms."""
    with db.unit_of_work(SYSTEM) as uow:
        command = RegisterBatch(
            farm.item.sku, farm.base.code, date(2026, 11, 18), 10, 150_000, reference, at=REGISTERED_AT
        )
        return uow.session.get_one(Batch, batch_services.register(uow, command).batch_id)


def split(farm: Farm, batch: Batch, **values: object) -> dict[str, object]:
    """Return what a program sends to split a batch in two."""
    return {
        "process": "SPLIT",
        "site": farm.base.code,
        "inputs": [{"batch": batch.number, "boxes": 4, "grams": "60"}],
        "outputs": [
            {"sku": farm.item.sku, "boxes": 3, "grams": "45"},
            {"sku": farm.item.sku, "boxes": 1, "grams": "15"},
        ],
    } | values


def test_a_program_splits_a_batch_and_is_told_what_does_not_add_up(
    client: FlaskClient, db: Database, sign_in: SignIn, farm: Farm
) -> None:
    batch, who = registered(db, farm), sign_in("coop_clerk", farm.coop)
    made = client.post("/api/v1/runs", json=split(farm, batch), headers=who)
    assert made.status_code == 201
    assert len(made.get_json()["made"]) == 2
    lossy = split(farm, batch, outputs=[{"sku": farm.item.sku, "boxes": 3, "grams": "45"}])
    refused = client.post("/api/v1/runs", json=lossy, headers=who)
    assert refused.status_code == 409
    assert "15" in refused.get_json()["detail"]
    known = client.get("/api/v1/processes?per_page=50", headers=who).get_json()
    assert {"SPLIT", "TEA-MAKE"} <= {row["code"] for row in known["rows"]}


def test_a_clerk_splits_a_batch_by_form_from_its_page(
    client: FlaskClient, db: Database, sign_in: SignIn, farm: Farm
) -> None:
    batch, who = registered(db, farm), sign_in("coop_clerk", farm.coop)
    assert f"/runs/new?batch={batch.number}" in client.get(f"/batches/{batch.number}", headers=who).text
    form = client.get(f"/runs/new?batch={batch.number}", headers=who).text
    assert "分批" in form
    assert batch.number in form
    typed = {
        "process": "SPLIT",
        "site": farm.base.code,
        "inputs.0.batch": batch.number,
        "inputs.0.boxes": "10",
        "inputs.0.grams": "150",
        "outputs.0.sku": farm.item.sku,
        "outputs.0.boxes": "9",
        "outputs.0.grams": "143",
        "loss_grams": "7",
    }
    sent = client.post("/runs/new", data=typed, headers=who)
    assert sent.status_code == 303
    page = client.get(sent.headers["Location"], headers=who).text
    assert "由其他批次加工" in page
    assert "分批、并批或改级" in page


def test_a_wrong_entry_is_declared_void_or_told_otherwise_by_the_manager_only(
    client: FlaskClient, db: Database, sign_in: SignIn, farm: Farm
) -> None:
    batch = registered(db, farm)
    with db.reading() as session:
        entry = session.scalars(select(Entry)).one()
    clerk, manager = sign_in("coop_clerk", farm.coop), sign_in("coop_manager", farm.coop)
    with db.unit_of_work(SYSTEM) as uow:
        stranger_farm = make_farm(uow)
    stranger = sign_in("coop_manager", stranger_farm.coop)
    path = f"/entries/{entry.id}/correct"
    assert client.get(path, headers=clerk).status_code == 403
    assert client.get(path, headers=stranger).status_code == 404
    assert batch.number in client.get(path, headers=manager).text
    typed = {
        "note": "磅秤没有归零",
        "amounts.0.batch": batch.number,
        "amounts.0.boxes": "10",
        "amounts.0.grams": "148.5",
    }
    assert client.post(path, data=typed, headers=manager).status_code == 303
    page = client.get(f"/batches/{batch.number}", headers=manager).text
    assert "148.5" in page
    assert "磅秤没有归零" in page
    assert client.post(path, data=typed, headers=manager).status_code == 409
    with db.reading() as session:
        last = session.scalars(
            select(Entry).where(Entry.declares_id.is_(None)).order_by(Entry.id.desc())
        ).first()
        assert last is not None
        assert last.step is Step.HARVEST
    said = client.post(f"/api/v1/entries/{last.id}/corrections", json={"note": "没有采"}, headers=manager)
    assert (said.status_code, said.get_json()) == (201, {"corrective_id": None})
    with db.reading() as session:
        assert session.scalars(select(Holding.grams)).all() == [0]


def test_runs_come_from_a_spreadsheet_and_go_back_into_one(uow: UnitOfWork, suite: Suite) -> None:
    process.install(uow)
    farm = make_farm(uow)
    command = RegisterBatch(
        farm.item.sku, farm.base.code, date(2026, 11, 18), 10, 150_000, "TY-1", at=REGISTERED_AT
    )
    batch_services.register(uow, command)
    sheet = suite.sheets["runs"]
    common = {
        "reference": "R-1",
        "producer": farm.coop.code,
        "process": "SPLIT",
        "site": farm.base.code,
        "at": "2026-11-19 10:00",
    }
    lines = [
        {"direction": "in", "batch": "TY-1", "boxes": "10", "grams": "150"},
        {"direction": "out", "batch": "TY-2", "sku": farm.item.sku, "boxes": "4", "grams": "60"},
        {"direction": "out", "batch": "TY-3", "sku": farm.item.sku, "boxes": "6", "grams": "90"},
    ]
    rows = [Row(place, load(sheet.shape(), common | line, text=True)) for place, line in enumerate(lines)]
    assert sheet.load is not None
    assert set(sheet.load(uow, rows).outcomes.values()) == {Outcome.CREATED}
    assert set(sheet.load(uow, rows).outcomes.values()) == {Outcome.UNCHANGED}
    assert sheet.rows is not None
    out = list(sheet.rows(uow.session, SYSTEM, {}))
    assert [(row.process, row.direction, row.boxes) for row in out] == [
        ("SPLIT", "in", 10),
        ("SPLIT", "out", 4),
        ("SPLIT", "out", 6),
    ]
    again = [Row(place, load(sheet.shape(), sheet.shape().dump(row))) for place, row in enumerate(out)]
    assert set(sheet.load(uow, again).outcomes.values()) == {Outcome.UNCHANGED}
