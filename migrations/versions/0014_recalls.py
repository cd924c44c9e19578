"""Recalls."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from supplychain.kernel.db.base import BigId
from supplychain.kernel.db.types import Instant

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables; no batch is recalled yet."""
    op.execute("ALTER TABLE traceability_batch ADD COLUMN is_recalled BOOLEAN DEFAULT FALSE NOT NULL")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE traceability_batch ALTER COLUMN is_recalled DROP DEFAULT")
    op.create_table(
        "traceability_recall",
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("party_id", BigId, nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("start_kind", sa.String(length=40), nullable=False),
        sa.Column("start", sa.String(length=300), nullable=False),
        sa.Column("is_drill", sa.Boolean(), nullable=False),
        sa.Column("state", _enum("state", "open", "closed"), nullable=False),
        sa.Column("opened_at", Instant(), nullable=False),
        sa.Column("opened_by", sa.String(length=120), nullable=False),
        sa.Column("found_ms", sa.Integer(), nullable=False),
        sa.Column("closed_at", Instant(), nullable=True),
        sa.Column("closed_by", sa.String(length=120), nullable=True),
        sa.Column("closing_note", sa.String(length=300), nullable=False),
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        *_to("recall", party="base_party"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_traceability_recall")),
        sa.UniqueConstraint("number", name=op.f("uq_traceability_recall_number")),
    )
    _index("traceability_recall", "party_id", "opened_at")
    op.create_table(
        "traceability_recall_batch",
        sa.Column("recall_id", BigId, nullable=False),
        sa.Column("batch_id", BigId, nullable=False),
        sa.Column("grams", sa.BigInteger(), nullable=False),
        sa.Column("stem_grams", sa.BigInteger(), nullable=False),
        sa.Column("made_grams", sa.BigInteger(), nullable=False),
        sa.Column("gone_grams", sa.BigInteger(), nullable=False),
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        *_to("recall_batch", recall="traceability_recall", batch="traceability_batch"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_traceability_recall_batch")),
        sa.UniqueConstraint(
            "recall_id", "batch_id", name=op.f("uq_traceability_recall_batch_recall_id_batch_id")
        ),
    )
    _index("traceability_recall_batch", "batch_id")
    op.create_table(
        "traceability_recall_place",
        sa.Column("recall_id", BigId, nullable=False),
        sa.Column("batch_id", BigId, nullable=False),
        sa.Column("site_id", BigId, nullable=False),
        sa.Column("party_id", BigId, nullable=False),
        sa.Column("bucket", _enum("bucket", "on_hand", "in_transit", "rejected"), nullable=False),
        sa.Column("found_grams", sa.BigInteger(), nullable=False),
        sa.Column("found_boxes", sa.Integer(), nullable=False),
        sa.Column("acknowledged_at", Instant(), nullable=True),
        sa.Column("acknowledged_by", sa.String(length=120), nullable=True),
        sa.Column("held_grams", sa.BigInteger(), nullable=False),
        sa.Column("returned_grams", sa.BigInteger(), nullable=False),
        sa.Column("destroyed_grams", sa.BigInteger(), nullable=False),
        sa.Column("sold_grams", sa.BigInteger(), nullable=False),
        sa.Column("note", sa.String(length=300), nullable=False),
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "held_grams + returned_grams + destroyed_grams + sold_grams <= found_grams",
            name=op.f("ck_traceability_recall_place_balance"),
        ),
        sa.CheckConstraint(
            "held_grams >= 0 AND returned_grams >= 0 AND destroyed_grams >= 0 AND sold_grams >= 0",
            name=op.f("ck_traceability_recall_place_grams"),
        ),
        *_to(
            "recall_place",
            recall="traceability_recall",
            batch="traceability_batch",
            site="base_site",
            party="base_party",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_traceability_recall_place")),
        sa.UniqueConstraint(
            "recall_id",
            "batch_id",
            "site_id",
            "bucket",
            name=op.f("uq_traceability_recall_place_recall_id_batch_id_site_id_bucket"),
        ),
    )
    _index("traceability_recall_place", "party_id", "recall_id")


def downgrade() -> None:
    """Go back by restoring a backup: what was recorded is never thrown away."""
    raise NotImplementedError


def _enum(name: str, *values: str) -> sa.Enum:
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
