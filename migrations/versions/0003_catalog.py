"""Products, storage, seasons, supply."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from supplychain.kernel.db.base import BigId

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "catalog_grade_standard",
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("grades", sa.String(length=80), nullable=False),
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_catalog_grade_standard")),
        sa.UniqueConstraint("code", name=op.f("uq_catalog_grade_standard_code")),
    )
    op.create_table(
        "catalog_product",
        sa.Column("code", sa.String(length=24), nullable=False),
        sa.Column("name_zh", sa.String(length=60), nullable=False),
        sa.Column("name_en", sa.String(length=60), nullable=False),
        sa.Column(
            "family",
            sa.Enum(
                "tea",
                "vegetable",
                "pork",
                "rabbit",
                "egg",
                name="family",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("species", sa.String(length=80), nullable=False),
        sa.Column("variety", sa.String(length=60), nullable=False),
        sa.Column("geographical_indication", sa.String(length=80), nullable=False),
        sa.Column("story_zh", sa.Text(), nullable=False),
        sa.Column("story_en", sa.Text(), nullable=False),
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_catalog_product")),
        sa.UniqueConstraint("code", name=op.f("uq_catalog_product_code")),
    )
    op.create_table(
        "catalog_season",
        sa.Column("product_id", BigId, nullable=False),
        sa.Column("first_month", sa.Integer(), nullable=False),
        sa.Column("last_month", sa.Integer(), nullable=False),
        sa.Column("note", sa.String(length=120), nullable=False),
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.CheckConstraint(
            "first_month BETWEEN 1 AND 12 AND last_month BETWEEN 1 AND 12",
            name=op.f("ck_catalog_season_months"),
        ),
        sa.ForeignKeyConstraint(
            ["product_id"], ["catalog_product.id"], name=op.f("fk_catalog_season_product_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_catalog_season")),
        sa.UniqueConstraint(
            "product_id", "first_month", name=op.f("uq_catalog_season_product_id_first_month")
        ),
    )
    op.create_table(
        "catalog_storage_profile",
        sa.Column("product_id", BigId, nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("min_centi_celsius", sa.Integer(), nullable=False),
        sa.Column("max_centi_celsius", sa.Integer(), nullable=False),
        sa.Column("critical_max_centi_celsius", sa.Integer(), nullable=True),
        sa.Column("critical_min_centi_celsius", sa.Integer(), nullable=True),
        sa.Column("min_humidity_bp", sa.Integer(), nullable=True),
        sa.Column("max_humidity_bp", sa.Integer(), nullable=True),
        sa.Column("shelf_life_days", sa.Integer(), nullable=False),
        sa.Column(
            "shelf_life_model",
            sa.Enum(
                "calendar",
                "q10",
                "square_root",
                name="shelf_life_model",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("source", sa.String(length=120), nullable=False),
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.CheckConstraint(
            "min_centi_celsius < max_centi_celsius", name=op.f("ck_catalog_storage_profile_band")
        ),
        sa.CheckConstraint("shelf_life_days > 0", name=op.f("ck_catalog_storage_profile_shelf_life")),
        sa.ForeignKeyConstraint(
            ["product_id"], ["catalog_product.id"], name=op.f("fk_catalog_storage_profile_product_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_catalog_storage_profile")),
        sa.UniqueConstraint(
            "product_id", "valid_from", name=op.f("uq_catalog_storage_profile_product_id_valid_from")
        ),
    )
    op.create_table(
        "catalog_item_product",
        sa.Column("trade_item_id", BigId, nullable=False),
        sa.Column("product_id", BigId, nullable=False),
        sa.ForeignKeyConstraint(
            ["product_id"], ["catalog_product.id"], name=op.f("fk_catalog_item_product_product_id")
        ),
        sa.ForeignKeyConstraint(
            ["trade_item_id"], ["base_trade_item.id"], name=op.f("fk_catalog_item_product_trade_item_id")
        ),
        sa.PrimaryKeyConstraint("trade_item_id", name=op.f("pk_catalog_item_product")),
    )
    op.create_index(
        op.f("ix_catalog_item_product_product_id"), "catalog_item_product", ["product_id"], unique=False
    )
    op.create_table(
        "catalog_supply_base",
        sa.Column("site_id", BigId, nullable=False),
        sa.Column("product_id", BigId, nullable=False),
        sa.Column("area_mu_e2", sa.Integer(), nullable=False),
        sa.Column("households", sa.Integer(), nullable=False),
        sa.Column("sponsor", sa.String(length=120), nullable=False),
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("area_mu_e2 >= 0", name=op.f("ck_catalog_supply_base_area")),
        sa.ForeignKeyConstraint(
            ["product_id"], ["catalog_product.id"], name=op.f("fk_catalog_supply_base_product_id")
        ),
        sa.ForeignKeyConstraint(["site_id"], ["base_site.id"], name=op.f("fk_catalog_supply_base_site_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_catalog_supply_base")),
        sa.UniqueConstraint("site_id", "product_id", name=op.f("uq_catalog_supply_base_site_id_product_id")),
    )
    op.create_index(
        op.f("ix_catalog_supply_base_product_id"), "catalog_supply_base", ["product_id"], unique=False
    )
    op.create_table(
        "catalog_supply_plan",
        sa.Column("supply_base_id", BigId, nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("month", sa.Integer(), nullable=False),
        sa.Column("grams", sa.BigInteger(), nullable=False),
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.CheckConstraint("grams >= 0", name=op.f("ck_catalog_supply_plan_grams")),
        sa.CheckConstraint("month BETWEEN 1 AND 12", name=op.f("ck_catalog_supply_plan_month")),
        sa.ForeignKeyConstraint(
            ["supply_base_id"], ["catalog_supply_base.id"], name=op.f("fk_catalog_supply_plan_supply_base_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_catalog_supply_plan")),
        sa.UniqueConstraint(
            "supply_base_id", "year", "month", name=op.f("uq_catalog_supply_plan_supply_base_id_year_month")
        ),
    )


def downgrade() -> None:
    """Go back by restoring a backup: what was recorded is never thrown away."""
    raise NotImplementedError
