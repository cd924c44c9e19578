"""Designs of labels."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from supplychain.kernel.db.base import BigId
from supplychain.kernel.db.types import Document, Instant

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

_TABLE = "traceability_label_design"


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        _TABLE,
        sa.Column("owner_id", BigId, nullable=True),
        sa.Column("key", sa.String(length=40), nullable=True),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("document", Document(), nullable=False),
        sa.Column("for_boxes", sa.Boolean(), nullable=False),
        sa.Column("for_items", sa.Boolean(), nullable=False),
        sa.Column("changed_at", Instant(), nullable=False),
        sa.Column("changed_by", sa.String(length=120), nullable=False),
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["owner_id"], ["base_party.id"], name=op.f(f"fk_{_TABLE}_owner_id")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{_TABLE}")),
        sa.UniqueConstraint("key", name=op.f(f"uq_{_TABLE}_key")),
        sa.UniqueConstraint("owner_id", "name", name=op.f(f"uq_{_TABLE}_owner_id_name")),
    )
    op.create_index(op.f(f"ix_{_TABLE}_owner_id"), _TABLE, ["owner_id"])


def downgrade() -> None:
    """Remove the table."""
    op.drop_table(_TABLE)
