"""Holds of before become documents: what was lifted was let go by whoever lifted it, the rest stays held."""

from __future__ import annotations

from itertools import count
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import Connection, select, text

from supplychain.kernel.db import migrate
from supplychain.kernel.db.engine import make_engine
from supplychain.kernel.documents.models import Sequence
from traceability.models.hold import Hold, HoldBatch
from traceability.rules.hold import Disposition, HoldKind, HoldScope, HoldState

_numbers = count(1)


@pytest.fixture
def empty(backend: str, tmp_path: Path, request: pytest.FixtureRequest) -> str:
    """The address of a database with nothing in it."""
    if backend == "sqlite":
        return f"sqlite:///{tmp_path / 'old.db'}"
    address: str = request.getfixturevalue("cluster").create_database(f"test_old_{next(_numbers)}")
    return address


def test_old_holds_get_numbers_and_keep_who_lifted_them(empty: str) -> None:
    engine = make_engine(empty)
    config = migrate._config()
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0015")
        _held(connection)
    migrate.upgrade(empty)
    assert migrate.is_current(empty)
    with engine.begin() as connection:
        rows = connection.execute(select(Hold.__table__).order_by(Hold.id)).all()
        assert [row.number for row in rows] == ["ZK2610-0001", "ZK2611-0001", "ZK2611-0002"]
        assert {(row.scope, row.kind, row.grams, row.party_id) for row in rows} == {
            (HoldScope.BATCH, HoldKind.OTHER, 9_000, 1)
        }
        lifted, open_ = rows[0], rows[2]
        assert (lifted.state, lifted.disposition) == (HoldState.SETTLED, Disposition.RELEASE)
        assert (lifted.finding, lifted.proposed_by, lifted.decided_by) == ("复检合格", "陈建国", "陈建国")
        assert lifted.lifted_at is not None
        assert (open_.state, open_.disposition, open_.lifted_at) == (HoldState.HELD, None, None)
        assert connection.execute(select(HoldBatch.hold_id, HoldBatch.batch_id)).all() == [
            (1, 1),
            (2, 1),
            (3, 1),
        ]
        last = connection.execute(select(Sequence.name, Sequence.last).order_by(Sequence.name))
        assert last.all() == [("ZK2610", 1), ("ZK2611", 2)]
    engine.dispose()


def _held(connection: Connection) -> None:
    """Put in a batch that was held three times, twice to this day."""
    for table, row in _ROWS.items():
        names = ", ".join(row)
        places = ", ".join(f":{name}" for name in row)
        connection.execute(text(f"INSERT INTO {table} (id, {names}) VALUES (1, {places})"), row)
    held = (
        "INSERT INTO traceability_hold (id, batch_id, reason, placed_at, placed_by, lifted_at, lifted_by, "
        "resolution) VALUES (:id, 1, :why, :at, '陈阿月', :lifted, :by, :found)"
    )
    for key, at, lifted in (
        (1, "2026-10-31 15:59:59.000000", "2026-11-02 01:00:00.000000"),
        (2, "2026-10-31 16:00:00.000000", None),
        (3, "2026-11-03 01:00:00.000000", None),
    ):
        said = {"by": "陈建国", "found": "复检合格"} if lifted else {"by": None, "found": ""}
        connection.execute(text(held), {"id": key, "why": f"原因{key}", "at": at, "lifted": lifted} | said)


_ROWS: dict[str, dict[str, object]] = {
    "base_party": {
        "code": "P",
        "name": "P",
        "short_name": "P",
        "kind": "coop",
        "address": "",
        "contact_name": "",
        "contact_phone": "",
        "is_demo": False,
        "is_active": True,
        "version": 1,
    },
    "base_site": {
        "code": "S",
        "party_id": 1,
        "name": "S",
        "kind": "base",
        "address": "",
        "is_active": True,
        "version": 1,
    },
    "base_trade_item": {
        "sku": "I",
        "gtin": "06999000000017",
        "brand_party_id": 1,
        "name_zh": "I",
        "name_en": "I",
        "grade": "",
        "grade_standard": "",
        "unit": "crate",
        "net_grams": 15_000,
        "is_catch_weight": False,
        "is_active": True,
        "version": 1,
    },
    "traceability_batch": {
        "number": "B1",
        "gtin": "06999000000017",
        "trade_item_id": 1,
        "producer_id": 1,
        "site_id": 1,
        "member_name": "",
        "plot": "",
        "origin": "harvest",
        "supplier": "",
        "harvested_on": "2026-10-01",
        "best_before_on": "2026-12-01",
        "boxes": 1,
        "grams": 9_000,
        "registered_at": "2026-10-01 00:00:00.000000",
        "registered_by": "x",
        "is_held": True,
        "is_recalled": False,
        "state": "registered",
        "version": 1,
    },
}
