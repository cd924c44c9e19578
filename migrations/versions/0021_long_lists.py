"""What lists of a million rows are read by."""

from __future__ import annotations

from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

_INDEXES = (
    ("traceability_batch", ["registered_at", "id"]),
    ("traceability_batch", ["producer_id", "registered_at", "id"]),
    ("traceability_batch", ["state", "registered_at", "id"]),
    ("traceability_batch", ["is_held", "registered_at", "id"]),
    ("traceability_batch", ["released_at"]),
    ("traceability_farm_record", ["applied_on"]),
    ("traceability_recall_place", ["recall_id", "acknowledged_at"]),
)


def upgrade() -> None:
    """Make the indexes."""
    for table, columns in _INDEXES:
        op.create_index(op.f(f"ix_{table}_{'_'.join(columns)}"), table, columns)


def downgrade() -> None:
    """Drop them."""
    for table, columns in _INDEXES:
        op.drop_index(op.f(f"ix_{table}_{'_'.join(columns)}"), table)
