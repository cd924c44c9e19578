"""Parties, sites, trade items, files, notices."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from supplychain.kernel.db.base import BigId
from supplychain.kernel.db.types import Document, Instant

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "base_attachment",
        sa.Column("document", sa.String(length=48), nullable=False),
        sa.Column("document_id", sa.BigInteger(), nullable=False),
        sa.Column("filename", sa.String(length=200), nullable=False),
        sa.Column("media_type", sa.String(length=100), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("created_by", sa.String(length=120), nullable=False),
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_base_attachment")),
    )
    op.create_index(
        op.f("ix_base_attachment_document_document_id"),
        "base_attachment",
        ["document", "document_id"],
        unique=False,
    )
    op.create_table(
        "base_division",
        sa.Column("code", sa.String(length=9), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("parent_code", sa.String(length=9), nullable=True),
        sa.ForeignKeyConstraint(
            ["parent_code"], ["base_division.code"], name=op.f("fk_base_division_parent_code")
        ),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_base_division")),
    )
    op.create_table(
        "base_party",
        sa.Column("code", sa.String(length=24), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("short_name", sa.String(length=40), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "coop",
                "market",
                "supermarket",
                "community",
                "enterprise",
                "carrier",
                "authority",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("uscc", sa.String(length=18), nullable=True),
        sa.Column("gln", sa.String(length=13), nullable=True),
        sa.Column("gs1_prefix", sa.String(length=12), nullable=True),
        sa.Column("division_code", sa.String(length=9), nullable=True),
        sa.Column("address", sa.String(length=200), nullable=False),
        sa.Column("contact_name", sa.String(length=60), nullable=False),
        sa.Column("contact_phone", sa.String(length=30), nullable=False),
        sa.Column("webhook_url", sa.String(length=300), nullable=True),
        sa.Column("is_demo", sa.Boolean(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["division_code"], ["base_division.code"], name=op.f("fk_base_party_division_code")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_base_party")),
        sa.UniqueConstraint("code", name=op.f("uq_base_party_code")),
        sa.UniqueConstraint("gln", name=op.f("uq_base_party_gln")),
        sa.UniqueConstraint("uscc", name=op.f("uq_base_party_uscc")),
    )
    op.create_table(
        "base_notice",
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("party_id", BigId, nullable=True),
        sa.Column("message", sa.String(length=300), nullable=False),
        sa.Column("detail", Document(), nullable=False),
        sa.Column("path", sa.String(length=200), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("read_at", Instant(), nullable=True),
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.ForeignKeyConstraint(["party_id"], ["base_party.id"], name=op.f("fk_base_notice_party_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_base_notice")),
        sa.UniqueConstraint("key", name=op.f("uq_base_notice_key")),
    )
    op.create_index(
        op.f("ix_base_notice_party_id_read_at"), "base_notice", ["party_id", "read_at"], unique=False
    )
    op.create_table(
        "base_site",
        sa.Column("code", sa.String(length=24), nullable=False),
        sa.Column("party_id", BigId, nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "base",
                "packhouse",
                "slaughterhouse",
                "factory",
                "market",
                "depot",
                "pickup",
                "canteen",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("gln", sa.String(length=13), nullable=True),
        sa.Column("division_code", sa.String(length=9), nullable=True),
        sa.Column("address", sa.String(length=200), nullable=False),
        sa.Column("altitude_m", sa.Integer(), nullable=True),
        sa.Column("latitude_e6", sa.Integer(), nullable=True),
        sa.Column("longitude_e6", sa.Integer(), nullable=True),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("altitude_m BETWEEN -100 AND 9000", name=op.f("ck_base_site_altitude")),
        sa.ForeignKeyConstraint(
            ["division_code"], ["base_division.code"], name=op.f("fk_base_site_division_code")
        ),
        sa.ForeignKeyConstraint(["party_id"], ["base_party.id"], name=op.f("fk_base_site_party_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_base_site")),
        sa.UniqueConstraint("code", name=op.f("uq_base_site_code")),
        sa.UniqueConstraint("gln", name=op.f("uq_base_site_gln")),
    )
    op.create_index(op.f("ix_base_site_party_id"), "base_site", ["party_id"], unique=False)
    op.create_table(
        "base_trade_item",
        sa.Column("sku", sa.String(length=24), nullable=False),
        sa.Column("gtin", sa.String(length=14), nullable=False),
        sa.Column("brand_party_id", BigId, nullable=False),
        sa.Column("name_zh", sa.String(length=80), nullable=False),
        sa.Column("name_en", sa.String(length=80), nullable=False),
        sa.Column("grade", sa.String(length=20), nullable=False),
        sa.Column("grade_standard", sa.String(length=40), nullable=False),
        sa.Column(
            "unit",
            sa.Enum(
                "box",
                "crate",
                "bag",
                "tin",
                "tray",
                "piece",
                name="unit",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("net_grams", sa.BigInteger(), nullable=False),
        sa.Column("is_catch_weight", sa.Boolean(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "grade = '' OR grade_standard <> ''", name=op.f("ck_base_trade_item_grade_has_standard")
        ),
        sa.CheckConstraint("net_grams > 0", name=op.f("ck_base_trade_item_net_grams")),
        sa.ForeignKeyConstraint(
            ["brand_party_id"], ["base_party.id"], name=op.f("fk_base_trade_item_brand_party_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_base_trade_item")),
        sa.UniqueConstraint("gtin", name=op.f("uq_base_trade_item_gtin")),
        sa.UniqueConstraint("sku", name=op.f("uq_base_trade_item_sku")),
    )


def downgrade() -> None:
    """Go back by restoring a backup: what was recorded is never thrown away."""
    raise NotImplementedError
