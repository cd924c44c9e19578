"""Batches, ledger, certificates, holds, codes, scans."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from supplychain.kernel.db.base import BigId
from supplychain.kernel.db.types import Document, Instant

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "traceability_batch",
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("gtin", sa.String(length=14), nullable=False),
        sa.Column("trade_item_id", BigId, nullable=False),
        sa.Column("producer_id", BigId, nullable=False),
        sa.Column("site_id", BigId, nullable=False),
        sa.Column("producer_reference", sa.String(length=40), nullable=True),
        sa.Column("member_name", sa.String(length=60), nullable=False),
        sa.Column("harvested_on", sa.Date(), nullable=False),
        sa.Column("best_before_on", sa.Date(), nullable=False),
        sa.Column("boxes", sa.Integer(), nullable=False),
        sa.Column("grams", sa.BigInteger(), nullable=False),
        sa.Column("registered_at", Instant(), nullable=False),
        sa.Column("registered_by", sa.String(length=120), nullable=False),
        sa.Column("released_at", Instant(), nullable=True),
        sa.Column("is_held", sa.Boolean(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "registered",
                "released",
                "closed",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("boxes > 0", name=op.f("ck_traceability_batch_boxes")),
        sa.CheckConstraint("grams > 0", name=op.f("ck_traceability_batch_grams")),
        sa.CheckConstraint("harvested_on <= best_before_on", name=op.f("ck_traceability_batch_dates")),
        sa.ForeignKeyConstraint(
            ["producer_id"], ["base_party.id"], name=op.f("fk_traceability_batch_producer_id")
        ),
        sa.ForeignKeyConstraint(["site_id"], ["base_site.id"], name=op.f("fk_traceability_batch_site_id")),
        sa.ForeignKeyConstraint(
            ["trade_item_id"], ["base_trade_item.id"], name=op.f("fk_traceability_batch_trade_item_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_traceability_batch")),
        sa.UniqueConstraint("gtin", "number", name=op.f("uq_traceability_batch_gtin_number")),
        sa.UniqueConstraint("number", name=op.f("uq_traceability_batch_number")),
        sa.UniqueConstraint(
            "producer_id",
            "producer_reference",
            name=op.f("uq_traceability_batch_producer_id_producer_reference"),
        ),
    )
    op.create_index(
        op.f("ix_traceability_batch_harvested_on"), "traceability_batch", ["harvested_on"], unique=False
    )
    op.create_index(
        op.f("ix_traceability_batch_producer_id_state"),
        "traceability_batch",
        ["producer_id", "state"],
        unique=False,
    )
    op.create_index(op.f("ix_traceability_batch_site_id"), "traceability_batch", ["site_id"], unique=False)
    op.create_index(
        op.f("ix_traceability_batch_trade_item_id_state_best_before_on"),
        "traceability_batch",
        ["trade_item_id", "state", "best_before_on"],
        unique=False,
    )
    op.create_table(
        "traceability_entry",
        sa.Column("event_id", sa.String(length=120), nullable=False),
        sa.Column(
            "step",
            sa.Enum(
                "harvest",
                "release",
                "hold",
                "lift_hold",
                "pack",
                "unpack",
                "ship",
                "receive",
                "lose",
                "reject",
                "dispose",
                "temperature",
                name="step",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("event_time", Instant(), nullable=False),
        sa.Column("record_time", Instant(), nullable=False),
        sa.Column("site_id", BigId, nullable=False),
        sa.Column("to_site_id", BigId, nullable=True),
        sa.Column("reference", sa.String(length=60), nullable=False),
        sa.Column("recorded_by", sa.String(length=120), nullable=False),
        sa.Column("document", Document(), nullable=False),
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["base_site.id"], name=op.f("fk_traceability_entry_site_id")),
        sa.ForeignKeyConstraint(
            ["to_site_id"], ["base_site.id"], name=op.f("fk_traceability_entry_to_site_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_traceability_entry")),
        sa.UniqueConstraint("event_id", name=op.f("uq_traceability_entry_event_id")),
    )
    op.create_index(
        op.f("ix_traceability_entry_event_time"), "traceability_entry", ["event_time"], unique=False
    )
    op.create_index(
        op.f("ix_traceability_entry_reference"), "traceability_entry", ["reference"], unique=False
    )
    op.create_index(
        op.f("ix_traceability_entry_site_id_event_time"),
        "traceability_entry",
        ["site_id", "event_time"],
        unique=False,
    )
    op.create_table(
        "traceability_certificate",
        sa.Column(
            "kind",
            sa.Enum(
                "coc",
                "quarantine_a",
                "meat_quality",
                "asf_report",
                "factory_test",
                "food_licence",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("party_id", BigId, nullable=False),
        sa.Column("batch_id", BigId, nullable=True),
        sa.Column("issuer", sa.String(length=120), nullable=False),
        sa.Column("basis", sa.String(length=200), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("revoked_at", Instant(), nullable=True),
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "valid_until IS NULL OR issued_on <= valid_until",
            name=op.f("ck_traceability_certificate_validity"),
        ),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["traceability_batch.id"], name=op.f("fk_traceability_certificate_batch_id")
        ),
        sa.ForeignKeyConstraint(
            ["party_id"], ["base_party.id"], name=op.f("fk_traceability_certificate_party_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_traceability_certificate")),
        sa.UniqueConstraint("kind", "number", name=op.f("uq_traceability_certificate_kind_number")),
    )
    op.create_index(
        op.f("ix_traceability_certificate_batch_id"), "traceability_certificate", ["batch_id"], unique=False
    )
    op.create_index(
        op.f("ix_traceability_certificate_party_id"), "traceability_certificate", ["party_id"], unique=False
    )
    op.create_index(
        op.f("ix_traceability_certificate_valid_until"),
        "traceability_certificate",
        ["valid_until"],
        unique=False,
    )
    op.create_table(
        "traceability_code",
        sa.Column("gtin", sa.String(length=14), nullable=False),
        sa.Column("serial", sa.String(length=20), nullable=False),
        sa.Column("batch_id", BigId, nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "printed",
                "activated",
                "void",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("made_at", Instant(), nullable=False),
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["traceability_batch.id"], name=op.f("fk_traceability_code_batch_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_traceability_code")),
        sa.UniqueConstraint("gtin", "serial", name=op.f("uq_traceability_code_gtin_serial")),
    )
    op.create_index(op.f("ix_traceability_code_batch_id"), "traceability_code", ["batch_id"], unique=False)
    op.create_table(
        "traceability_entry_batch",
        sa.Column("entry_id", BigId, nullable=False),
        sa.Column("batch_id", BigId, nullable=False),
        sa.Column("grams", sa.BigInteger(), nullable=False),
        sa.Column("boxes", sa.Integer(), nullable=False),
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["traceability_batch.id"], name=op.f("fk_traceability_entry_batch_batch_id")
        ),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["traceability_entry.id"], name=op.f("fk_traceability_entry_batch_entry_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_traceability_entry_batch")),
    )
    op.create_index(
        op.f("ix_traceability_entry_batch_batch_id_entry_id"),
        "traceability_entry_batch",
        ["batch_id", "entry_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_traceability_entry_batch_entry_id"), "traceability_entry_batch", ["entry_id"], unique=False
    )
    op.create_table(
        "traceability_entry_unit",
        sa.Column("entry_id", BigId, nullable=False),
        sa.Column("sscc", sa.String(length=18), nullable=False),
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["traceability_entry.id"], name=op.f("fk_traceability_entry_unit_entry_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_traceability_entry_unit")),
    )
    op.create_index(
        op.f("ix_traceability_entry_unit_entry_id"), "traceability_entry_unit", ["entry_id"], unique=False
    )
    op.create_index(
        op.f("ix_traceability_entry_unit_sscc"), "traceability_entry_unit", ["sscc"], unique=False
    )
    op.create_table(
        "traceability_hold",
        sa.Column("batch_id", BigId, nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("placed_at", Instant(), nullable=False),
        sa.Column("placed_by", sa.String(length=120), nullable=False),
        sa.Column("lifted_at", Instant(), nullable=True),
        sa.Column("lifted_by", sa.String(length=120), nullable=True),
        sa.Column("resolution", sa.String(length=300), nullable=False),
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["traceability_batch.id"], name=op.f("fk_traceability_hold_batch_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_traceability_hold")),
    )
    op.create_index(
        op.f("ix_traceability_hold_batch_id_lifted_at"),
        "traceability_hold",
        ["batch_id", "lifted_at"],
        unique=False,
    )
    op.create_table(
        "traceability_holding",
        sa.Column("batch_id", BigId, nullable=False),
        sa.Column("site_id", BigId, nullable=False),
        sa.Column(
            "bucket",
            sa.Enum(
                "on_hand",
                "in_transit",
                "rejected",
                name="bucket",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("grams", sa.BigInteger(), nullable=False),
        sa.Column("boxes", sa.Integer(), nullable=False),
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.CheckConstraint("boxes >= 0", name=op.f("ck_traceability_holding_boxes")),
        sa.CheckConstraint("grams >= 0", name=op.f("ck_traceability_holding_grams")),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["traceability_batch.id"], name=op.f("fk_traceability_holding_batch_id")
        ),
        sa.ForeignKeyConstraint(["site_id"], ["base_site.id"], name=op.f("fk_traceability_holding_site_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_traceability_holding")),
        sa.UniqueConstraint(
            "batch_id", "site_id", "bucket", name=op.f("uq_traceability_holding_batch_id_site_id_bucket")
        ),
    )
    op.create_index(
        op.f("ix_traceability_holding_site_id_bucket"),
        "traceability_holding",
        ["site_id", "bucket"],
        unique=False,
    )
    op.create_table(
        "traceability_scan",
        sa.Column("subject", sa.String(length=48), nullable=False),
        sa.Column("batch_id", BigId, nullable=False),
        sa.Column("first_at", Instant(), nullable=False),
        sa.Column("last_at", Instant(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("consumer", "staff", name="kind", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("visitor", sa.String(length=32), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["traceability_batch.id"], name=op.f("fk_traceability_scan_batch_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_traceability_scan")),
        sa.UniqueConstraint(
            "subject", "kind", "visitor", name=op.f("uq_traceability_scan_subject_kind_visitor")
        ),
    )
    op.create_index(
        op.f("ix_traceability_scan_batch_id_kind_first_at"),
        "traceability_scan",
        ["batch_id", "kind", "first_at"],
        unique=False,
    )


def downgrade() -> None:
    """Go back by restoring a backup: what was recorded is never thrown away."""
    raise NotImplementedError
