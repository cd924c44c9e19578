"""Doors of EPCIS: what events are found by, capture jobs, proposals, named queries."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from supplychain.kernel.db.base import BigId
from supplychain.kernel.db.types import Document, Instant

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    _entry_facts()
    _capture()
    op.create_table(
        "traceability_named_query",
        sa.Column("party_id", BigId, nullable=True),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("query", Document(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.ForeignKeyConstraint(
            ["party_id"], ["base_party.id"], name=op.f("fk_traceability_named_query_party_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_traceability_named_query")),
        sa.UniqueConstraint("party_id", "name", name=op.f("uq_traceability_named_query_party_id_name")),
    )
    op.create_table(
        "traceability_event_subscription",
        sa.Column("code", sa.String(length=36), nullable=False),
        sa.Column("query_id", BigId, nullable=False),
        sa.Column("dest", sa.String(length=300), nullable=False),
        sa.Column("token", sa.String(length=200), nullable=False),
        sa.Column("timetable", Document(), nullable=False),
        sa.Column("reports_nothing", sa.Boolean(), nullable=False),
        sa.Column("last_id", sa.BigInteger(), nullable=False),
        sa.Column("looked_at", Instant(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.ForeignKeyConstraint(
            ["query_id"],
            ["traceability_named_query.id"],
            name=op.f("fk_traceability_event_subscription_query_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_traceability_event_subscription")),
        sa.UniqueConstraint("code", name=op.f("uq_traceability_event_subscription_code")),
    )
    _index("traceability_event_subscription", "query_id")


def downgrade() -> None:
    """Remove the tables."""
    for name in ("event_subscription", "named_query", "proposal", "capture_job", "entry_fact"):
        op.drop_table(f"traceability_{name}")


def _entry_facts() -> None:
    op.create_table(
        "traceability_entry_fact",
        sa.Column("entry_id", BigId, nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("text", sa.String(length=200), nullable=False),
        sa.Column("number", sa.Float(), nullable=True),
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["traceability_entry.id"], name=op.f("fk_traceability_entry_fact_entry_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_traceability_entry_fact")),
    )
    _index("traceability_entry_fact", "name", "text", "entry_id")
    _index("traceability_entry_fact", "name", "number", "entry_id")
    _index("traceability_entry_fact", "entry_id")


def _capture() -> None:
    op.create_table(
        "traceability_capture_job",
        sa.Column("code", sa.String(length=36), nullable=False),
        sa.Column("source_id", BigId, nullable=False),
        sa.Column("behaviour", _enum("behaviour", "rollback", "proceed"), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("finished_at", Instant(), nullable=True),
        sa.Column("running", sa.Boolean(), nullable=False),
        sa.Column("success", sa.Boolean(), nullable=False),
        sa.Column("report", Document(), nullable=False),
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.ForeignKeyConstraint(
            ["source_id"], ["traceability_source.id"], name=op.f("fk_traceability_capture_job_source_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_traceability_capture_job")),
        sa.UniqueConstraint("code", name=op.f("uq_traceability_capture_job_code")),
    )
    _index("traceability_capture_job", "source_id")
    op.create_table(
        "traceability_proposal",
        sa.Column("entry_id", BigId, nullable=False),
        sa.Column("state", _enum("state", "open", "accepted", "refused"), nullable=False),
        sa.Column("decided_at", Instant(), nullable=True),
        sa.Column("decided_by", sa.String(length=120), nullable=False),
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["traceability_entry.id"], name=op.f("fk_traceability_proposal_entry_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_traceability_proposal")),
        sa.UniqueConstraint("entry_id", name=op.f("uq_traceability_proposal_entry_id")),
    )
    _index("traceability_proposal", "state")


def _enum(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=32)


def _index(table: str, *columns: str) -> None:
    op.create_index(op.f(f"ix_{table}_{'_'.join(columns)}"), table, list(columns), unique=False)
