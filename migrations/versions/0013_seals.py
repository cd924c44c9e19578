"""Seals over the ledger."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from supplychain.kernel.db.base import BigId
from supplychain.kernel.db.types import Document, Instant

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "traceability_seal",
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("sealed_at", Instant(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("root", sa.String(length=64), nullable=False),
        sa.Column("blocks", Document(), nullable=False),
        sa.Column("before", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.CheckConstraint("size > 0", name=op.f("ck_traceability_seal_size")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_traceability_seal")),
        sa.UniqueConstraint("number", name=op.f("uq_traceability_seal_number")),
    )
    op.create_table(
        "traceability_seal_range",
        sa.Column("seal_id", BigId, nullable=False),
        sa.Column("party_id", BigId, nullable=False),
        sa.Column("first_position", sa.BigInteger(), nullable=False),
        sa.Column("last_position", sa.BigInteger(), nullable=False),
        sa.Column("first_leaf", sa.BigInteger(), nullable=False),
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.ForeignKeyConstraint(
            ["party_id"], ["base_party.id"], name=op.f("fk_traceability_seal_range_party_id")
        ),
        sa.ForeignKeyConstraint(
            ["seal_id"], ["traceability_seal.id"], name=op.f("fk_traceability_seal_range_seal_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_traceability_seal_range")),
        sa.UniqueConstraint(
            "party_id", "first_position", name=op.f("uq_traceability_seal_range_party_id_first_position")
        ),
    )
    op.create_index(
        op.f("ix_traceability_seal_range_seal_id_first_leaf"),
        "traceability_seal_range",
        ["seal_id", "first_leaf"],
        unique=False,
    )


def downgrade() -> None:
    """Go back by restoring a backup: what was recorded is never thrown away."""
    raise NotImplementedError
