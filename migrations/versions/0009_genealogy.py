"""The ledger's entries stand in chains and name things of any kind; batches come from batches."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from hashlib import sha256
from itertools import groupby
from typing import Any

import sqlalchemy as sa
from alembic import op

from supplychain.kernel.db.base import BigId
from supplychain.kernel.db.types import Document, Instant

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

STEPS = (
    *("harvest", "release", "hold", "lift_hold", "pack", "unpack", "ship", "receive", "lose", "reject"),
    *("dispose", "temperature", "process", "regroup", "conform", "nonconform", "recall", "sell"),
)
ORIGINS = ("harvest", "slaughter", "purchase", "receipt", "process")
KEPT = ("entry", "entry_batch", "entry_unit", "holding")
CHUNK = 1_000


def upgrade() -> None:
    """Set the old rows aside, make the tables anew, and tell the old entries again in their chains."""
    for name in KEPT:
        op.execute(f"CREATE TABLE kept_{name} AS SELECT * FROM traceability_{name}")  # noqa: S608 - ours
    for name in reversed(KEPT):
        op.drop_table(f"traceability_{name}")
    _widen_batches()
    _make_ledger()
    _make_genealogy()
    _make_covers()
    _tell_again()
    for name in KEPT:
        op.drop_table(f"kept_{name}")


def downgrade() -> None:
    """Go back by restoring a backup: what was recorded is never thrown away."""
    raise NotImplementedError


def _enum(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=32)


def _widen_batches() -> None:
    add = "ALTER TABLE traceability_batch ADD COLUMN "
    origins = ", ".join(f"'{origin}'" for origin in ORIGINS)
    op.execute(f"{add} plot VARCHAR(40) DEFAULT '' NOT NULL")
    op.execute(
        f"{add} origin VARCHAR(32) DEFAULT 'harvest' NOT NULL "
        f"CONSTRAINT ck_traceability_batch_origin CHECK (origin IN ({origins}))"
    )
    op.execute(f"{add} supplier VARCHAR(120) DEFAULT '' NOT NULL")
    op.execute(
        f"{add} harvest_began_on DATE CONSTRAINT ck_traceability_batch_window "
        "CHECK (harvest_began_on IS NULL OR harvest_began_on <= harvested_on)"
    )
    if op.get_bind().dialect.name == "postgresql":
        for column in ("plot", "origin", "supplier"):
            op.execute(f"ALTER TABLE traceability_batch ALTER COLUMN {column} DROP DEFAULT")


def _make_ledger() -> None:
    op.create_table(
        "traceability_source",
        sa.Column("code", sa.String(length=24), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("party_id", BigId, nullable=False),
        sa.Column("trust", _enum("trust", "ignore", "show", "propose", "post"), nullable=False),
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.ForeignKeyConstraint(
            ["party_id"], ["base_party.id"], name=op.f("fk_traceability_source_party_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_traceability_source")),
        sa.UniqueConstraint("code", name=op.f("uq_traceability_source_code")),
        sa.UniqueConstraint("party_id", name=op.f("uq_traceability_source_party_id")),
    )
    op.create_table(
        "traceability_chain",
        sa.Column("party_id", BigId, autoincrement=False, nullable=False),
        sa.Column("length", sa.BigInteger(), nullable=False),
        sa.Column("head", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["party_id"], ["base_party.id"], name=op.f("fk_traceability_chain_party_id")),
        sa.PrimaryKeyConstraint("party_id", name=op.f("pk_traceability_chain")),
    )
    op.create_table(
        "traceability_entry",
        sa.Column("event_id", sa.String(length=160), nullable=False),
        sa.Column("event_type", sa.String(length=24), nullable=False),
        sa.Column("action", sa.String(length=8), nullable=False),
        sa.Column("biz_step", sa.String(length=200), nullable=False),
        sa.Column("disposition", sa.String(length=200), nullable=False),
        sa.Column("read_point", sa.String(length=200), nullable=False),
        sa.Column("biz_location", sa.String(length=200), nullable=False),
        sa.Column("step", _enum("step", *STEPS), nullable=True),
        sa.Column("event_time", Instant(), nullable=False),
        sa.Column("record_time", Instant(), nullable=False),
        sa.Column("site_id", BigId, nullable=True),
        sa.Column("to_site_id", BigId, nullable=True),
        sa.Column("reference", sa.String(length=60), nullable=False),
        sa.Column("recorded_by", sa.String(length=120), nullable=False),
        sa.Column("document", Document(), nullable=False),
        sa.Column("party_id", BigId, nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("link", sa.String(length=64), nullable=False),
        sa.Column("declares_id", BigId, nullable=True),
        sa.Column("source_id", BigId, nullable=True),
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.ForeignKeyConstraint(
            ["declares_id"], ["traceability_entry.id"], name=op.f("fk_traceability_entry_declares_id")
        ),
        sa.ForeignKeyConstraint(["party_id"], ["base_party.id"], name=op.f("fk_traceability_entry_party_id")),
        sa.ForeignKeyConstraint(["site_id"], ["base_site.id"], name=op.f("fk_traceability_entry_site_id")),
        sa.ForeignKeyConstraint(
            ["source_id"], ["traceability_source.id"], name=op.f("fk_traceability_entry_source_id")
        ),
        sa.ForeignKeyConstraint(
            ["to_site_id"], ["base_site.id"], name=op.f("fk_traceability_entry_to_site_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_traceability_entry")),
        sa.UniqueConstraint("declares_id", name=op.f("uq_traceability_entry_declares_id")),
        sa.UniqueConstraint("party_id", "position", name=op.f("uq_traceability_entry_party_id_position")),
    )
    _index("traceability_entry", "event_id")
    _index("traceability_entry", "event_time")
    _index("traceability_entry", "record_time")
    _index("traceability_entry", "site_id", "event_time")
    _index("traceability_entry", "reference")
    _index("traceability_entry", "biz_step", "event_time")
    _index("traceability_entry", "source_id")
    op.create_table(
        "traceability_entry_batch",
        sa.Column("entry_id", BigId, nullable=False),
        sa.Column("batch_id", BigId, nullable=False),
        sa.Column("role", _enum("role", "subject", "input", "output"), nullable=False),
        sa.Column("grams", sa.BigInteger(), nullable=False),
        sa.Column("boxes", sa.Integer(), nullable=False),
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["traceability_batch.id"], name=op.f("fk_traceability_entry_batch_batch_id")
        ),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["traceability_entry.id"], name=op.f("fk_traceability_entry_batch_entry_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_traceability_entry_batch")),
    )
    _index("traceability_entry_batch", "batch_id", "entry_id")
    _index("traceability_entry_batch", "entry_id")
    op.create_table(
        "traceability_entry_thing",
        sa.Column("entry_id", BigId, nullable=False),
        sa.Column("role", _enum("role", "epc", "parent", "child", "input", "output"), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("is_class", sa.Boolean(), nullable=False),
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["traceability_entry.id"], name=op.f("fk_traceability_entry_thing_entry_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_traceability_entry_thing")),
    )
    _index("traceability_entry_thing", "name", "entry_id")
    _index("traceability_entry_thing", "entry_id")
    op.create_table(
        "traceability_holding",
        sa.Column("batch_id", BigId, nullable=False),
        sa.Column("site_id", BigId, nullable=False),
        sa.Column("bucket", _enum("bucket", "on_hand", "in_transit", "rejected"), nullable=False),
        sa.Column("grams", sa.BigInteger(), nullable=False),
        sa.Column("boxes", sa.Integer(), nullable=False),
        sa.Column("arrived_at", Instant(), nullable=False),
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.CheckConstraint("boxes >= 0", name=op.f("ck_traceability_holding_boxes")),
        sa.CheckConstraint("grams >= 0", name=op.f("ck_traceability_holding_grams")),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["traceability_batch.id"], name=op.f("fk_traceability_holding_batch_id")
        ),
        sa.ForeignKeyConstraint(["site_id"], ["base_site.id"], name=op.f("fk_traceability_holding_site_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_traceability_holding")),
        sa.UniqueConstraint(
            "batch_id", "site_id", "bucket", name=op.f("uq_traceability_holding_batch_id_site_id_bucket")
        ),
    )
    _index("traceability_holding", "site_id", "bucket")


def _make_genealogy() -> None:
    op.create_table(
        "traceability_edge",
        sa.Column("entry_id", BigId, nullable=False),
        sa.Column("parent_id", BigId, nullable=False),
        sa.Column("child_id", BigId, nullable=False),
        sa.Column("grams_in", sa.BigInteger(), nullable=False),
        sa.Column("grams_out", sa.BigInteger(), nullable=False),
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.CheckConstraint("grams_in >= 0 AND grams_out >= 0", name=op.f("ck_traceability_edge_grams")),
        sa.CheckConstraint("parent_id <> child_id", name=op.f("ck_traceability_edge_ends")),
        *(
            sa.ForeignKeyConstraint(
                [column], [f"traceability_{table}.id"], name=op.f(f"fk_traceability_edge_{column}")
            )
            for column, table in (("child_id", "batch"), ("entry_id", "entry"), ("parent_id", "batch"))
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_traceability_edge")),
        sa.UniqueConstraint(
            "entry_id",
            "parent_id",
            "child_id",
            name=op.f("uq_traceability_edge_entry_id_parent_id_child_id"),
        ),
    )
    _index("traceability_edge", "parent_id", "child_id")
    _index("traceability_edge", "child_id", "parent_id")
    op.create_table(
        "traceability_process",
        sa.Column("code", sa.String(length=24), nullable=False),
        sa.Column("name_zh", sa.String(length=60), nullable=False),
        sa.Column("name_en", sa.String(length=60), nullable=False),
        sa.Column(
            "kind",
            _enum("kind", "split", "merge", "blend", "regrade", "repack", "transform"),
            nullable=False,
        ),
        sa.Column("min_yield_bp", sa.Integer(), nullable=False),
        sa.Column("max_yield_bp", sa.Integer(), nullable=False),
        sa.Column("tolerance_bp", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.CheckConstraint(
            "0 < min_yield_bp AND min_yield_bp <= max_yield_bp", name=op.f("ck_traceability_process_range")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_traceability_process")),
        sa.UniqueConstraint("code", "valid_from", name=op.f("uq_traceability_process_code_valid_from")),
    )


def _make_covers() -> None:
    op.create_table(
        "traceability_cover",
        sa.Column("certificate_id", BigId, nullable=False),
        sa.Column("batch_id", BigId, nullable=False),
        *(
            sa.ForeignKeyConstraint(
                [f"{name}_id"], [f"traceability_{name}.id"], name=op.f(f"fk_traceability_cover_{name}_id")
            )
            for name in ("certificate", "batch")
        ),
        sa.PrimaryKeyConstraint("certificate_id", "batch_id", name=op.f("pk_traceability_cover")),
    )
    _index("traceability_cover", "batch_id")


def _index(table: str, *columns: str) -> None:
    op.create_index(op.f(f"ix_{table}_{'_'.join(columns)}"), table, list(columns), unique=False)


def _tell_again() -> None:
    """Give the old entries their chains: those of a party in the order in which they were written."""
    bind = op.get_bind()
    positions: dict[int, tuple[int, str]] = {}
    for rows in _chunks(bind):
        amounts = _amounts(bind, [row["id"] for row in rows])
        told = [_told(row, amounts.get(row["id"], []), positions) for row in rows]
        bind.execute(_table("entry", told[0]).insert(), told)
        things = [thing for row in rows for thing in _things(row["id"], row["document"])]
        if things:
            bind.execute(_table("entry_thing", things[0]).insert(), things)
    if positions:
        heads = [{"party_id": party, "length": n, "head": head} for party, (n, head) in positions.items()]
        bind.execute(_table("chain", heads[0]).insert(), heads)
    op.execute(
        "INSERT INTO traceability_entry_batch (id, entry_id, batch_id, role, grams, boxes) "
        "SELECT id, entry_id, batch_id, 'subject', grams, boxes FROM kept_entry_batch"
    )
    op.execute(
        "INSERT INTO traceability_holding (id, batch_id, site_id, bucket, grams, boxes, arrived_at) "
        "SELECT h.id, h.batch_id, h.site_id, h.bucket, h.grams, h.boxes, COALESCE("
        "(SELECT max(e.event_time) FROM kept_entry e JOIN kept_entry_batch b ON b.entry_id = e.id "
        "WHERE b.batch_id = h.batch_id), "
        "(SELECT registered_at FROM traceability_batch WHERE id = h.batch_id)) "
        "FROM kept_holding h"
    )
    if bind.dialect.name == "postgresql":
        for name in ("entry", "entry_batch", "holding"):
            table = f"traceability_{name}"
            op.execute(
                f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), "  # noqa: S608 - ours
                f"COALESCE((SELECT max(id) FROM {table}), 1), EXISTS (SELECT 1 FROM {table}))"
            )


def _table(name: str, row: Mapping[str, Any]) -> sa.TableClause:
    types: dict[str, Any] = {"document": Document(), "event_time": Instant(), "record_time": Instant()}
    return sa.table(f"traceability_{name}", *(sa.column(key, types.get(key)) for key in row))


def _chunks(bind: sa.Connection) -> Iterator[list[dict[str, Any]]]:
    texts = ("id", "event_id", "step", "site_id", "to_site_id", "reference", "recorded_by")
    kept = sa.table(
        "kept_entry",
        *(sa.column(name) for name in texts),
        sa.column("event_time", Instant()),
        sa.column("record_time", Instant()),
        sa.column("document", Document()),
    )
    site = sa.table("base_site", sa.column("id"), sa.column("party_id"))
    ahead = sa.select(kept, site.c.party_id).join(site, site.c.id == kept.c.site_id).order_by(kept.c.id)
    last = 0
    while True:
        rows = [dict(row) for row in bind.execute(ahead.where(kept.c.id > last).limit(CHUNK)).mappings()]
        if not rows:
            return
        yield rows
        last = rows[-1]["id"]


def _amounts(bind: sa.Connection, ids: list[int]) -> dict[int, list[list[Any]]]:
    found = bind.execute(
        sa.text(
            "SELECT k.entry_id, b.gtin, b.number, k.grams, k.boxes FROM kept_entry_batch k "
            "JOIN traceability_batch b ON b.id = k.batch_id "
            "WHERE k.entry_id BETWEEN :first AND :last ORDER BY k.entry_id"
        ),
        {"first": ids[0], "last": ids[-1]},
    )
    return {
        entry: [
            ["subject", f"https://id.gs1.org/01/{gtin}/10/{lot}", grams, boxes]
            for _, gtin, lot, grams, boxes in rows
        ]
        for entry, rows in groupby(found, key=lambda row: row[0])
    }


def _told(
    row: dict[str, Any], amounts: list[list[Any]], positions: dict[int, tuple[int, str]]
) -> dict[str, Any]:
    document, party = row["document"], row["party_id"]
    length, before = positions.get(party, (0, ""))
    facts = {
        "step": row["step"],
        "recordedBy": row["recorded_by"],
        "reference": row["reference"],
        "declares": None,
        "amounts": sorted(amounts),
    }
    link = _digest([before, length + 1, document["eventID"], _digest(document), _digest(facts)])
    positions[party] = (length + 1, link)
    return row | {
        "event_type": document["type"],
        "action": document.get("action", ""),
        "biz_step": document.get("bizStep", ""),
        "disposition": document.get("disposition", ""),
        "read_point": document.get("readPoint", {}).get("id", ""),
        "biz_location": document.get("bizLocation", {}).get("id", ""),
        "position": length + 1,
        "link": link,
        "declares_id": None,
        "source_id": None,
    }


def _digest(value: Any) -> str:
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return sha256(text.encode()).hexdigest()


def _things(entry_id: int, document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    lists = {"epc": "epcList", "child": "childEPCs"}
    classes = {"epc": "quantityList", "child": "childQuantityList"}
    if parent := document.get("parentID"):
        yield {"entry_id": entry_id, "role": "parent", "name": parent, "is_class": False}
    for role, name in lists.items():
        for epc in document.get(name, ()):
            yield {"entry_id": entry_id, "role": role, "name": epc, "is_class": False}
    for role, name in classes.items():
        for item in document.get(name, ()):
            yield {"entry_id": entry_id, "role": role, "name": item["epcClass"], "is_class": True}
