"""How many visits each code has had, counted once more where they are read."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from supplychain.kernel.db.types import Instant

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table, and count what was looked at so far."""
    op.create_table(
        "traceability_scan_total",
        sa.Column("subject", sa.String(length=48), nullable=False),
        sa.Column("visitors", sa.Integer(), nullable=False),
        sa.Column("first_at", Instant(), nullable=False),
        sa.CheckConstraint("visitors > 0", name=op.f("ck_traceability_scan_total_visitors")),
        sa.PrimaryKeyConstraint("subject", name=op.f("pk_traceability_scan_total")),
    )
    op.execute(
        "INSERT INTO traceability_scan_total (subject, visitors, first_at) "
        "SELECT subject, count(*), min(first_at) FROM traceability_scan "
        "WHERE kind = 'consumer' GROUP BY subject"
    )


def downgrade() -> None:
    """Forget the totals; the visitors' rows keep them."""
    op.drop_table("traceability_scan_total")
