"""Tables of the kernel."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from supplychain.kernel.db.base import BigId
from supplychain.kernel.db.types import Document, Instant

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "kernel_audit",
        sa.Column("at", Instant(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=True),
        sa.Column("party_id", sa.BigInteger(), nullable=True),
        sa.Column("actor_name", sa.String(length=120), nullable=False),
        sa.Column("document", sa.String(length=48), nullable=False),
        sa.Column("document_id", sa.BigInteger(), nullable=False),
        sa.Column("act", sa.String(length=160), nullable=False),
        sa.Column("detail", Document(), nullable=False),
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kernel_audit")),
    )
    op.create_index(op.f("ix_kernel_audit_at"), "kernel_audit", ["at"], unique=False)
    op.create_index(
        op.f("ix_kernel_audit_document_document_id"),
        "kernel_audit",
        ["document", "document_id"],
        unique=False,
    )
    op.create_table(
        "kernel_form_token",
        sa.Column("token", sa.String(length=64), nullable=False),
        sa.Column("location", sa.String(length=300), nullable=False),
        sa.Column("used_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("token", name=op.f("pk_kernel_form_token")),
    )
    op.create_table(
        "kernel_import_draft",
        sa.Column("token", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=48), nullable=False),
        sa.Column("filename", sa.String(length=200), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("created_by", sa.BigInteger(), nullable=True),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kernel_import_draft")),
        sa.UniqueConstraint("token", name=op.f("uq_kernel_import_draft_token")),
    )
    op.create_table(
        "kernel_job",
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("schedule", sa.String(length=60), nullable=False),
        sa.Column("next_slot_at", Instant(), nullable=False),
        sa.Column("is_paused", sa.Boolean(), nullable=False),
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kernel_job")),
        sa.UniqueConstraint("name", name=op.f("uq_kernel_job_name")),
    )
    op.create_table(
        "kernel_job_run",
        sa.Column("job", sa.String(length=60), nullable=False),
        sa.Column("slot_at", Instant(), nullable=False),
        sa.Column("started_by", sa.String(length=120), nullable=False),
        sa.Column("started_at", Instant(), nullable=False),
        sa.Column("finished_at", Instant(), nullable=True),
        sa.Column("lease_until", Instant(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column(
            "outcome",
            sa.Enum(
                "running",
                "done",
                "partly",
                "failed",
                name="outcome",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("counts", Document(), nullable=False),
        sa.Column("failures", Document(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kernel_job_run")),
        sa.UniqueConstraint("job", "slot_at", name=op.f("uq_kernel_job_run_job_slot_at")),
    )
    op.create_index(
        op.f("ix_kernel_job_run_outcome_lease_until"),
        "kernel_job_run",
        ["outcome", "lease_until"],
        unique=False,
    )
    op.create_table(
        "kernel_outbox",
        sa.Column("channel", sa.String(length=20), nullable=False),
        sa.Column("destination", sa.String(length=300), nullable=False),
        sa.Column("subject", sa.String(length=60), nullable=False),
        sa.Column("payload", Document(), nullable=False),
        sa.Column("idempotency_key", sa.String(length=120), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("next_attempt_at", Instant(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("delivered_at", Instant(), nullable=True),
        sa.Column("abandoned_at", Instant(), nullable=True),
        sa.Column("last_error", sa.String(length=300), nullable=False),
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kernel_outbox")),
        sa.UniqueConstraint("idempotency_key", name=op.f("uq_kernel_outbox_idempotency_key")),
    )
    op.create_index(
        op.f("ix_kernel_outbox_delivered_at_abandoned_at_next_attempt_at"),
        "kernel_outbox",
        ["delivered_at", "abandoned_at", "next_attempt_at"],
        unique=False,
    )
    op.create_table(
        "kernel_sequence",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kernel_sequence")),
        sa.UniqueConstraint("name", name=op.f("uq_kernel_sequence_name")),
    )
    op.create_table(
        "kernel_sign_in_failure",
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("window_start", Instant(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kernel_sign_in_failure")),
        sa.UniqueConstraint("key", name=op.f("uq_kernel_sign_in_failure_key")),
    )
    op.create_table(
        "kernel_user",
        sa.Column("username", sa.String(length=40), nullable=False),
        sa.Column("display_name", sa.String(length=60), nullable=False),
        sa.Column("password_hash", sa.String(length=200), nullable=False),
        sa.Column("locale", sa.String(length=16), nullable=False),
        sa.Column("session_epoch", sa.Integer(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kernel_user")),
        sa.UniqueConstraint("username", name=op.f("uq_kernel_user_username")),
    )
    op.create_table(
        "kernel_grant",
        sa.Column("user_id", BigId, nullable=False),
        sa.Column("role", sa.String(length=40), nullable=False),
        sa.Column("party_id", sa.BigInteger(), nullable=True),
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["kernel_user.id"], name=op.f("fk_kernel_grant_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kernel_grant")),
        sa.UniqueConstraint(
            "user_id", "role", "party_id", name=op.f("uq_kernel_grant_user_id_role_party_id")
        ),
    )
    op.create_table(
        "kernel_token",
        sa.Column("user_id", BigId, nullable=False),
        sa.Column("grant_id", BigId, nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("scopes", sa.JSON(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("expires_at", Instant(), nullable=True),
        sa.Column("revoked_at", Instant(), nullable=True),
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.ForeignKeyConstraint(["grant_id"], ["kernel_grant.id"], name=op.f("fk_kernel_token_grant_id")),
        sa.ForeignKeyConstraint(["user_id"], ["kernel_user.id"], name=op.f("fk_kernel_token_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kernel_token")),
        sa.UniqueConstraint("digest", name=op.f("uq_kernel_token_digest")),
    )
    op.create_index(op.f("ix_kernel_token_user_id"), "kernel_token", ["user_id"], unique=False)


def downgrade() -> None:
    """Go back by restoring a backup: what was recorded is never thrown away."""
    raise NotImplementedError
