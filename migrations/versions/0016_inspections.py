"""Inspections, their findings, and the references behind them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from supplychain.kernel.db.base import BigId
from supplychain.kernel.db.types import Instant

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

_KINDS = ("self", "quick", "commissioned", "official", "official_quick")
_RESULTS = ("pending", "pass", "fail")
_READINGS = ("measured", "not_detected", "below_loq", "negative", "positive", "present")
_UNITS = ("mg_kg", "ug_kg", "percent", "cfu_g", "mpn_g")
_BOUNDS = ("at_most", "below", "absent")


def upgrade() -> None:
    """Make the tables; the references are put in by the installation."""
    _inspection()
    _finding()
    _residue_limit()
    op.create_table(
        "traceability_moved_day",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("is_working", sa.Boolean(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("source", sa.String(length=200), nullable=False),
        *_keys("moved_day"),
        sa.UniqueConstraint("day", name=op.f("uq_traceability_moved_day_day")),
    )


def downgrade() -> None:
    """Go back by restoring a backup: what was found is never thrown away."""
    raise NotImplementedError


def _inspection() -> None:
    table = "traceability_inspection"
    op.create_table(
        table,
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("kind", _enum("kind", _KINDS), nullable=False),
        sa.Column("batch_id", BigId, nullable=False),
        sa.Column("first_id", BigId, nullable=True),
        sa.Column("party_id", BigId, nullable=True),
        sa.Column("sample_number", sa.String(length=40), nullable=False),
        sa.Column("sampled_at", Instant(), nullable=False),
        sa.Column("sampled_by", sa.String(length=120), nullable=False),
        sa.Column("sampled_grams", sa.BigInteger(), nullable=False),
        sa.Column("laboratory", sa.String(length=120), nullable=False),
        sa.Column("qualification", sa.String(length=60), nullable=False),
        sa.Column("method", sa.String(length=120), nullable=False),
        sa.Column("report_number", sa.String(length=60), nullable=False),
        sa.Column("result", _enum("result", _RESULTS), nullable=False),
        sa.Column("known_at", Instant(), nullable=True),
        sa.Column("retest_until", Instant(), nullable=True),
        sa.Column("asked_at", Instant(), nullable=True),
        sa.Column("report_until", Instant(), nullable=True),
        sa.Column("entered_at", Instant(), nullable=False),
        sa.Column("entered_by", sa.String(length=120), nullable=False),
        sa.Column("voided_at", Instant(), nullable=True),
        sa.Column("voided_by", sa.String(length=120), nullable=True),
        sa.Column("void_reason", sa.String(length=300), nullable=False),
        *_keys("inspection"),
        _check("inspection", "sample", "sampled_grams >= 0"),
        _check("inspection", "known", "(result = 'pending') = (known_at IS NULL)"),
        _check("inspection", "retest", "first_id IS NULL OR asked_at IS NOT NULL"),
        sa.ForeignKeyConstraint(["batch_id"], ["traceability_batch.id"], name=op.f(f"fk_{table}_batch_id")),
        sa.ForeignKeyConstraint(["party_id"], ["base_party.id"], name=op.f(f"fk_{table}_party_id")),
        sa.ForeignKeyConstraint(["first_id"], [f"{table}.id"], name=op.f(f"fk_{table}_first_id")),
        sa.UniqueConstraint("number", name=op.f(f"uq_{table}_number")),
        sa.UniqueConstraint("first_id", name=op.f(f"uq_{table}_first_id")),
        sa.UniqueConstraint(
            "batch_id",
            "laboratory",
            "sample_number",
            name=op.f(f"uq_{table}_batch_id_laboratory_sample_number"),
        ),
    )
    for columns in (["sampled_at"], ["result", "retest_until"], ["report_number"]):
        op.create_index(op.f(f"ix_{table}_{'_'.join(columns)}"), table, columns)


def _finding() -> None:
    table = "traceability_inspection_finding"
    op.create_table(
        table,
        sa.Column("inspection_id", BigId, nullable=False),
        sa.Column("analyte", sa.String(length=80), nullable=False),
        sa.Column("reading", _enum("reading", _READINGS), nullable=False),
        sa.Column("amount_micro", sa.BigInteger(), nullable=True),
        sa.Column("unit", _enum("unit", _UNITS), nullable=True),
        sa.Column("bound", _enum("bound", _BOUNDS), nullable=True),
        sa.Column("limit_micro", sa.BigInteger(), nullable=True),
        sa.Column("limit_unit", _enum("limit_unit", _UNITS), nullable=True),
        sa.Column("standard", sa.String(length=200), nullable=False),
        sa.Column("passed", sa.Boolean(), nullable=False),
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.ForeignKeyConstraint(
            ["inspection_id"], ["traceability_inspection.id"], name=op.f(f"fk_{table}_inspection_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        sa.UniqueConstraint("inspection_id", "analyte", name=op.f(f"uq_{table}_inspection_id_analyte")),
    )


def _residue_limit() -> None:
    op.create_table(
        "traceability_residue_limit",
        sa.Column("analyte", sa.String(length=80), nullable=False),
        sa.Column("scope", sa.String(length=80), nullable=False),
        sa.Column("bound", _enum("bound", _BOUNDS), nullable=False),
        sa.Column("limit_micro", sa.BigInteger(), nullable=True),
        sa.Column("unit", _enum("unit", _UNITS), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.Column("note", sa.String(length=200), nullable=False),
        *_keys("residue_limit"),
        _check("residue_limit", "amount", "(bound = 'absent') = (limit_micro IS NULL)"),
        _check("residue_limit", "unit_given", "(limit_micro IS NULL) = (unit IS NULL)"),
        _check("residue_limit", "positive", "limit_micro IS NULL OR limit_micro > 0"),
        _check("residue_limit", "validity", "valid_to IS NULL OR valid_from <= valid_to"),
        sa.UniqueConstraint(
            "analyte",
            "scope",
            "valid_from",
            name=op.f("uq_traceability_residue_limit_analyte_scope_valid_from"),
        ),
    )


def _keys(table: str) -> tuple[sa.schema.SchemaItem, ...]:
    return (
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_traceability_{table}")),
    )


def _enum(name: str, values: tuple[str, ...]) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=32)


def _check(table: str, name: str, condition: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(condition, name=op.f(f"ck_traceability_{table}_{name}"))
