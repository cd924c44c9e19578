"""Bonds in the ledger, how far the facts of events are written, and partners' master data."""

from __future__ import annotations

import re

import sqlalchemy as sa
from alembic import op

from supplychain.kernel.db.base import BigId

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

_ENTRY = "traceability_entry"
_CHECK = "ck_traceability_entry_step"
_INDEX = "ix_traceability_entry_biz_step_record_time"
_NEW = ("attach", "detach")


def upgrade() -> None:
    """Make the tables, and let entries tell of bonds."""
    op.create_table(
        "traceability_fact_mark",
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("done_id", sa.BigInteger(), nullable=False),
        sa.Column("until_id", sa.BigInteger(), nullable=False),
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_traceability_fact_mark")),
        sa.UniqueConstraint("version", name=op.f("uq_traceability_fact_mark_version")),
    )
    op.create_table(
        "traceability_master_fact",
        sa.Column("source_id", BigId, nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("attribute", sa.String(length=200), nullable=False),
        sa.Column("text", sa.String(length=200), nullable=False),
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.ForeignKeyConstraint(
            ["source_id"], ["traceability_source.id"], name=op.f("fk_traceability_master_fact_source_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_traceability_master_fact")),
    )
    for columns in (["source_id", "name"], ["attribute", "text"]):
        name = op.f(f"ix_traceability_master_fact_{'_'.join(columns)}")
        op.create_index(name, "traceability_master_fact", columns)
    _say({*_said(), *_NEW})
    op.create_index(_INDEX, _ENTRY, ["biz_step", "record_time"])


def downgrade() -> None:
    """Remove the tables; refused by the database while entries tell of bonds."""
    op.drop_table("traceability_master_fact")
    op.drop_table("traceability_fact_mark")
    op.drop_index(_INDEX, _ENTRY)
    _say(_said() - set(_NEW))


def _said() -> set[str]:
    """Return the steps that entries may tell of now, whatever migrations ran before."""
    found = sa.inspect(op.get_bind()).get_check_constraints(_ENTRY)
    [check] = [item["sqltext"] for item in found if item["name"] == _CHECK]
    return set(re.findall(r"'(\w+)'", check))


def _say(steps: set[str]) -> None:
    listed = ", ".join(f"'{step}'" for step in sorted(steps))
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f"ALTER TABLE {_ENTRY} DROP CONSTRAINT {_CHECK}")
        op.execute(f"ALTER TABLE {_ENTRY} ADD CONSTRAINT {_CHECK} CHECK (step IN ({listed}))")
    else:
        _make_anew(f"CONSTRAINT {_CHECK} CHECK (step IN ({listed}))")


def _make_anew(check: str) -> None:
    """Put the entries into a table that is the same but for the check: SQLite changes no constraint."""
    bind = op.get_bind()
    schema = sa.text(
        "SELECT sql FROM sqlite_master WHERE type = :type AND tbl_name = :name AND sql IS NOT NULL"
    )
    made = bind.execute(schema, {"type": "table", "name": _ENTRY}).scalar_one()
    indexes = list(bind.scalars(schema, {"type": "index", "name": _ENTRY}))
    wider = re.sub(rf"CONSTRAINT {_CHECK} CHECK \(step IN \([^)]*\)\)", check, made)
    op.execute(re.sub(r"^CREATE TABLE \"?\w+\"?", "CREATE TABLE kept_entry", wider))
    op.execute(f"INSERT INTO kept_entry SELECT * FROM {_ENTRY}")  # noqa: S608 - our own names
    op.execute(f"DROP TABLE {_ENTRY}")
    op.execute(f"ALTER TABLE kept_entry RENAME TO {_ENTRY}")
    for index in indexes:
        op.execute(index)
