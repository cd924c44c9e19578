"""Holds become documents: scope, kind of reason, what they cover, and the two people who end them."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from alembic import op

from supplychain.kernel.clock import local_day
from supplychain.kernel.db.base import BigId
from supplychain.kernel.db.types import Instant

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

_KINDS = (
    *("banned", "residue", "pathogen", "additive", "carcass", "unsafe"),
    *("recall", "temperature", "papers", "other"),
)
_SCOPES = ("batch", "descendants", "unit")
_STATES = ("held", "proposed", "decided", "settled")
_DISPOSITIONS = ("release", "downgrade", "divert", "destroy")
_STEPS = (
    *("harvest", "release", "hold", "lift_hold", "pack", "unpack", "ship", "receive", "lose", "reject"),
    *("dispose", "destroy", "destroy_rejected", "temperature", "process", "regroup"),
    *("conform", "nonconform", "recall", "sell"),
)
_OLD = (
    "SELECT hold.id, hold.batch_id, hold.reason, hold.placed_at, hold.placed_by, hold.lifted_at, "
    "hold.lifted_by, hold.resolution, batch.producer_id, batch.grams FROM traceability_hold AS hold "
    "JOIN traceability_batch AS batch ON batch.id = hold.batch_id ORDER BY hold.id"
)


def upgrade() -> None:
    """Make the new tables and carry the old holds over; what was lifted was let go by whoever lifted it."""
    _let_ledger_tell_of_destruction()
    old = _read()
    op.drop_table("traceability_hold")
    _make()
    _write(old)


def downgrade() -> None:
    """Go back by restoring a backup: what was recorded is never thrown away."""
    raise NotImplementedError


def _let_ledger_tell_of_destruction() -> None:
    allowed = ", ".join(f"'{step}'" for step in _STEPS)
    name = op.f("ck_traceability_entry_step")
    with op.batch_alter_table("traceability_entry") as entry:
        entry.drop_constraint(name, type_="check")
        entry.create_check_constraint(name, f"step IN ({allowed})")


def _read() -> list[Any]:
    typed = sa.text(_OLD).columns(placed_at=Instant(), lifted_at=Instant())
    return list(op.get_bind().execute(typed))


def _make() -> None:
    op.create_table(
        "traceability_hold",
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("party_id", BigId, nullable=False),
        sa.Column("scope", _choice(_SCOPES, "scope"), nullable=False),
        sa.Column("kind", _choice(_KINDS, "kind"), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("batch_id", BigId, nullable=True),
        sa.Column("sscc", sa.String(length=18), nullable=True),
        sa.Column("grams", sa.BigInteger(), nullable=False),
        sa.Column("placed_at", Instant(), nullable=False),
        sa.Column("placed_by", sa.String(length=120), nullable=False),
        sa.Column("state", _choice(_STATES, "state"), nullable=False),
        sa.Column("disposition", _choice(_DISPOSITIONS, "disposition"), nullable=True),
        sa.Column("finding", sa.String(length=300), nullable=False),
        sa.Column("item_id", BigId, nullable=True),
        sa.Column("buyer_id", BigId, nullable=True),
        sa.Column("diverted_to", sa.String(length=120), nullable=False),
        sa.Column("proposed_at", Instant(), nullable=True),
        sa.Column("proposed_by", sa.String(length=120), nullable=False),
        sa.Column("proposed_by_id", sa.BigInteger(), nullable=True),
        sa.Column("decided_at", Instant(), nullable=True),
        sa.Column("decided_by", sa.String(length=120), nullable=False),
        sa.Column("decided_by_id", sa.BigInteger(), nullable=True),
        sa.Column("lifted_at", Instant(), nullable=True),
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(scope = 'unit') = (sscc IS NOT NULL) AND (scope = 'unit') = (batch_id IS NULL)",
            name=op.f("ck_traceability_hold_subject"),
        ),
        sa.CheckConstraint(
            "proposed_by_id IS NULL OR decided_by_id IS NULL OR proposed_by_id <> decided_by_id",
            name=op.f("ck_traceability_hold_four_eyes"),
        ),
        *_to(
            "hold", party="base_party", batch="traceability_batch", item="base_trade_item", buyer="base_party"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_traceability_hold")),
        sa.UniqueConstraint("number", name=op.f("uq_traceability_hold_number")),
    )
    _index("traceability_hold", "party_id", "state")
    _index("traceability_hold", "batch_id")
    _index("traceability_hold", "sscc", "lifted_at")
    op.create_table(
        "traceability_hold_batch",
        sa.Column("hold_id", BigId, nullable=False),
        sa.Column("batch_id", BigId, nullable=False),
        *_to("hold_batch", hold="traceability_hold", batch="traceability_batch"),
        sa.PrimaryKeyConstraint("hold_id", "batch_id", name=op.f("pk_traceability_hold_batch")),
    )
    _index("traceability_hold_batch", "batch_id")


def _write(old: list[Any]) -> None:
    """Write the old holds with numbers by the month in which each was placed."""
    hold, covers = (_table(name) for name in ("traceability_hold", "traceability_hold_batch"))
    months: Counter[str] = Counter()
    for row in old:
        name = f"ZK{local_day(row.placed_at):%y%m}"
        months[name] += 1
        op.get_bind().execute(hold.insert(), _document(row, f"{name}-{months[name]:04d}"))
        op.get_bind().execute(covers.insert(), {"hold_id": row.id, "batch_id": row.batch_id})
    for name, last in months.items():
        op.get_bind().execute(_table("kernel_sequence").insert(), {"name": name, "last": last})
    if old and op.get_bind().dialect.name == "postgresql":
        op.execute(
            "SELECT setval(pg_get_serial_sequence('traceability_hold', 'id'), "
            "(SELECT max(id) FROM traceability_hold))"
        )


def _document(row: Any, number: str) -> dict[str, Any]:
    lifted: datetime | None = row.lifted_at
    person = row.lifted_by or ""
    return {
        "id": row.id,
        "number": number,
        "party_id": row.producer_id,
        "scope": "batch",
        "kind": "other",
        "reason": row.reason,
        "batch_id": row.batch_id,
        "sscc": None,
        "grams": row.grams,
        "placed_at": row.placed_at,
        "placed_by": row.placed_by,
        "state": "settled" if lifted else "held",
        "disposition": "release" if lifted else None,
        "finding": row.resolution,
        "diverted_to": "",
        "proposed_at": lifted,
        "proposed_by": person,
        "decided_at": lifted,
        "decided_by": person,
        "lifted_at": lifted,
        "version": 1,
    }


def _table(name: str) -> sa.Table:
    """Return a table as it stands now, with instants as instants."""
    found = sa.Table(name, sa.MetaData(), autoload_with=op.get_bind())
    for column in found.columns:
        if column.name.endswith("_at"):
            column.type = Instant()
    return found


def _choice(values: tuple[str, ...], name: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=32)


def _to(table: str, **targets: str) -> list[sa.ForeignKeyConstraint]:
    return [
        sa.ForeignKeyConstraint(
            [f"{name}_id"], [f"{target}.id"], name=op.f(f"fk_traceability_{table}_{name}_id")
        )
        for name, target in targets.items()
    ]


def _index(table: str, *columns: str) -> None:
    op.create_index(op.f(f"ix_{table}_{'_'.join(columns)}"), table, list(columns), unique=False)
