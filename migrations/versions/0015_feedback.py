"""What consumers tell."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from supplychain.kernel.db.base import BigId
from supplychain.kernel.db.types import Instant

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_TABLE = "traceability_feedback"
_KINDS = ("quality", "mismatch", "forgery", "illness", "praise", "other")
_STATES = ("new", "looking", "answered", "closed")


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        _TABLE,
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("token", sa.String(length=32), nullable=False),
        sa.Column("batch_id", BigId, nullable=False),
        sa.Column("code_id", BigId, nullable=True),
        sa.Column("kind", _choice(_KINDS, "kind"), nullable=False),
        sa.Column("text", sa.String(length=1000), nullable=False),
        sa.Column("contact", sa.String(length=100), nullable=False),
        sa.Column("visitor", sa.String(length=32), nullable=False),
        sa.Column("state", _choice(_STATES, "state"), nullable=False),
        sa.Column("answer", sa.String(length=1000), nullable=False),
        sa.Column("made_at", Instant(), nullable=False),
        sa.Column("answered_at", Instant(), nullable=True),
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["traceability_batch.id"], name=op.f("fk_traceability_feedback_batch_id")
        ),
        sa.ForeignKeyConstraint(
            ["code_id"], ["traceability_code.id"], name=op.f("fk_traceability_feedback_code_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_traceability_feedback")),
        sa.UniqueConstraint("number", name=op.f("uq_traceability_feedback_number")),
        sa.UniqueConstraint("token", name=op.f("uq_traceability_feedback_token")),
    )
    for columns in (["batch_id"], ["state", "made_at"], ["visitor"]):
        op.create_index(op.f(f"ix_{_TABLE}_{'_'.join(columns)}"), _TABLE, columns)


def downgrade() -> None:
    """Remove the table."""
    op.drop_table(_TABLE)


def _choice(values: tuple[str, ...], name: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=32)
