"""How far the files of looks are counted."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

_TABLE = "traceability_scan_journal"


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        _TABLE,
        sa.Column("name", sa.String(length=32), nullable=False),
        sa.Column("counted", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("counted >= 0", name=op.f(f"ck_{_TABLE}_counted")),
        sa.PrimaryKeyConstraint("name", name=op.f(f"pk_{_TABLE}")),
    )


def downgrade() -> None:
    """Remove the table."""
    op.drop_table(_TABLE)
