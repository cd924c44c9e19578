"""Farm records and the reference tables behind their gates."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from supplychain.kernel.db.base import BigId
from supplychain.kernel.db.types import Instant

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_UNITS = ("ml_mu", "g_mu", "kg_mu", "mg_kg", "ml_head", "g_head", "kg_head")


def upgrade() -> None:
    """Make the tables; the references are put in by the installation."""
    op.create_table(
        "traceability_farm_input",
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("registration", sa.String(length=40), nullable=False),
        sa.Column("name_zh", sa.String(length=80), nullable=False),
        sa.Column("name_en", sa.String(length=80), nullable=False),
        sa.Column(
            "kind", _enum("kind", "pesticide", "fertiliser", "veterinary", "feed", "other"), nullable=False
        ),
        sa.Column("substance", sa.String(length=120), nullable=False),
        sa.Column("manufacturer", sa.String(length=120), nullable=False),
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_traceability_farm_input")),
        sa.UniqueConstraint("code", name=op.f("uq_traceability_farm_input_code")),
    )
    op.create_table(
        "traceability_farm_rule",
        sa.Column("input_id", BigId, nullable=False),
        sa.Column("scope", sa.String(length=80), nullable=False),
        sa.Column("interval_days", sa.Integer(), nullable=False),
        sa.Column("max_applications", sa.Integer(), nullable=True),
        sa.Column("max_dose_milli", sa.Integer(), nullable=True),
        sa.Column("dose_unit", _enum("dose_unit", *_UNITS), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        _check("rule", "interval", "interval_days >= 0"),
        _check("rule", "applications", "max_applications IS NULL OR max_applications > 0"),
        _check("rule", "validity", "valid_to IS NULL OR valid_from <= valid_to"),
        *_to("rule", input="traceability_farm_input"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_traceability_farm_rule")),
        sa.UniqueConstraint(
            "input_id",
            "scope",
            "valid_from",
            name=op.f("uq_traceability_farm_rule_input_id_scope_valid_from"),
        ),
    )
    op.create_table(
        "traceability_farm_ban",
        sa.Column("substance", sa.String(length=60), nullable=False),
        sa.Column("scope", sa.String(length=80), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        _check("ban", "validity", "valid_to IS NULL OR valid_from <= valid_to"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_traceability_farm_ban")),
        sa.UniqueConstraint(
            "substance",
            "scope",
            "valid_from",
            name=op.f("uq_traceability_farm_ban_substance_scope_valid_from"),
        ),
    )
    op.create_table(
        "traceability_farm_record",
        sa.Column("party_id", BigId, nullable=False),
        sa.Column("site_id", BigId, nullable=False),
        sa.Column("product_id", BigId, nullable=False),
        sa.Column("input_id", BigId, nullable=False),
        sa.Column("plot", sa.String(length=40), nullable=False),
        sa.Column("member_name", sa.String(length=60), nullable=False),
        sa.Column("dose_milli", sa.Integer(), nullable=False),
        sa.Column("dose_unit", _enum("dose_unit", *_UNITS), nullable=False),
        sa.Column("area_mu_e2", sa.Integer(), nullable=False),
        sa.Column("target", sa.String(length=80), nullable=False),
        sa.Column("applied_on", sa.Date(), nullable=False),
        sa.Column("stopped_on", sa.Date(), nullable=True),
        sa.Column("season", sa.String(length=20), nullable=False),
        sa.Column("operator_name", sa.String(length=60), nullable=False),
        sa.Column("recorded_at", Instant(), nullable=False),
        sa.Column("recorded_by", sa.String(length=120), nullable=False),
        sa.Column("voided_at", Instant(), nullable=True),
        sa.Column("voided_by", sa.String(length=120), nullable=True),
        sa.Column("void_reason", sa.String(length=300), nullable=False),
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        _check("record", "dose", "dose_milli > 0"),
        _check("record", "area", "area_mu_e2 >= 0"),
        _check("record", "days", "stopped_on IS NULL OR applied_on <= stopped_on"),
        *_to(
            "record",
            party="base_party",
            site="base_site",
            product="catalog_product",
            input="traceability_farm_input",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_traceability_farm_record")),
    )
    for column in ("site_id", "party_id"):
        op.create_index(
            op.f(f"ix_traceability_farm_record_{column}_applied_on"),
            "traceability_farm_record",
            [column, "applied_on"],
            unique=False,
        )


def downgrade() -> None:
    """Go back by restoring a backup: what was recorded is never thrown away."""
    raise NotImplementedError


def _enum(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=32)


def _check(table: str, name: str, condition: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(condition, name=op.f(f"ck_traceability_farm_{table}_{name}"))


def _to(table: str, **targets: str) -> list[sa.ForeignKeyConstraint]:
    return [
        sa.ForeignKeyConstraint(
            [f"{name}_id"], [f"{target}.id"], name=op.f(f"fk_traceability_farm_{table}_{name}_id")
        )
        for name, target in targets.items()
    ]
