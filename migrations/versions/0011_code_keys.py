"""Company prefixes, key pools and runs of codes.

The prefix of each party becomes a row of its own with its pools; SSCCs go on after the last that was given.
Codes made before belong to one run for each batch, in the order in which they were made.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from supplychain.kernel.db.base import BigId
from supplychain.kernel.db.types import Instant

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

STATES = ("printed", "activated", "shipped", "sold", "frozen", "void")


def upgrade() -> None:
    """Make the tables, give every prefix its pools and every code its run."""
    _make_prefixes()
    _make_pools()
    _move_prefixes()
    op.execute("CREATE TABLE kept_code AS SELECT * FROM traceability_code")
    op.drop_table("traceability_code")
    _make_runs()
    _make_codes()
    _move_codes()
    op.drop_table("kept_code")


def downgrade() -> None:
    """Go back by restoring a backup: what was recorded is never thrown away."""
    raise NotImplementedError


def _enum(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=32)


def _make_prefixes() -> None:
    op.create_table(
        "base_company_prefix",
        sa.Column("digits", sa.String(length=12), nullable=False),
        sa.Column("party_id", BigId, nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "valid_until IS NULL OR valid_from <= valid_until", name=op.f("ck_base_company_prefix_validity")
        ),
        sa.ForeignKeyConstraint(
            ["party_id"], ["base_party.id"], name=op.f("fk_base_company_prefix_party_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_base_company_prefix")),
        sa.UniqueConstraint("digits", name=op.f("uq_base_company_prefix_digits")),
    )
    op.create_index(op.f("ix_base_company_prefix_party_id"), "base_company_prefix", ["party_id"])


def _make_pools() -> None:
    op.create_table(
        "base_key_pool",
        sa.Column("prefix_id", BigId, nullable=False),
        sa.Column("kind", _enum("kind", "item", "location", "logistic"), nullable=False),
        sa.Column("extension", sa.Integer(), nullable=False),
        sa.Column("next_number", sa.BigInteger(), nullable=False),
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.CheckConstraint("extension BETWEEN 0 AND 9", name=op.f("ck_base_key_pool_extension")),
        sa.CheckConstraint("next_number > 0", name=op.f("ck_base_key_pool_next_number")),
        sa.ForeignKeyConstraint(
            ["prefix_id"], ["base_company_prefix.id"], name=op.f("fk_base_key_pool_prefix_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_base_key_pool")),
        sa.UniqueConstraint(
            "prefix_id", "kind", "extension", name=op.f("uq_base_key_pool_prefix_id_kind_extension")
        ),
    )
    op.create_table(
        "base_key_reservation",
        sa.Column("pool_id", BigId, nullable=False),
        sa.Column("first_number", sa.BigInteger(), nullable=False),
        sa.Column("last_number", sa.BigInteger(), nullable=False),
        sa.Column("state", _enum("state", "reserved", "committed", "dropped"), nullable=False),
        sa.Column("purpose", sa.String(length=120), nullable=False),
        sa.Column("reserved_at", Instant(), nullable=False),
        sa.Column("reserved_by", sa.String(length=120), nullable=False),
        sa.Column("settled_at", Instant(), nullable=True),
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.CheckConstraint(
            "0 <= first_number AND first_number <= last_number", name=op.f("ck_base_key_reservation_range")
        ),
        sa.ForeignKeyConstraint(
            ["pool_id"], ["base_key_pool.id"], name=op.f("fk_base_key_reservation_pool_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_base_key_reservation")),
        sa.UniqueConstraint(
            "pool_id", "first_number", name=op.f("uq_base_key_reservation_pool_id_first_number")
        ),
    )


def _move_prefixes() -> None:
    """Give every prefix its row and its pools; numbers that were given out by hand are passed over."""
    op.execute(
        "INSERT INTO base_company_prefix (digits, party_id, valid_from, version) "
        "SELECT gs1_prefix, min(id), DATE '2020-01-01', 1 FROM base_party "
        "WHERE gs1_prefix IS NOT NULL GROUP BY gs1_prefix"
        if op.get_bind().dialect.name == "postgresql"
        else "INSERT INTO base_company_prefix (digits, party_id, valid_from, version) "
        "SELECT gs1_prefix, min(id), '2020-01-01', 1 FROM base_party "
        "WHERE gs1_prefix IS NOT NULL GROUP BY gs1_prefix"
    )
    op.execute("ALTER TABLE base_party DROP COLUMN gs1_prefix")
    op.execute(
        "INSERT INTO base_key_pool (prefix_id, kind, extension, next_number) "
        "SELECT p.id, 'logistic', 0, COALESCE((SELECT s.last FROM kernel_sequence s "
        "WHERE s.name = 'sscc:' || p.digits), 0) + 1 FROM base_company_prefix p"
    )
    for extension in range(1, 10):
        op.execute(
            "INSERT INTO base_key_pool (prefix_id, kind, extension, next_number) "  # noqa: S608 - ours
            f"SELECT id, 'logistic', {extension}, 1 FROM base_company_prefix"
        )
    for kind in ("item", "location"):
        op.execute(
            "INSERT INTO base_key_pool (prefix_id, kind, extension, next_number) "  # noqa: S608 - ours
            f"SELECT id, '{kind}', 0, 1 FROM base_company_prefix WHERE length(digits) < 12"
        )
    op.execute("DELETE FROM kernel_sequence WHERE name LIKE 'sscc:%'")
    _claim("item", "base_trade_item", "gtin", "substr(k.gtin, 2)", "k.sku")
    for table in ("base_party", "base_site"):
        _claim("location", table, "gln", "k.gln", "k.code")


def _claim(kind: str, table: str, column: str, body: str, purpose: str) -> None:
    """Mark the keys that records carry already as in use, so that no pool gives them."""
    length = "length(p.digits)"
    number = f"CAST(substr({body}, {length} + 1, 12 - {length}) AS BIGINT)"
    op.execute(
        "INSERT INTO base_key_reservation "  # noqa: S608 - ours
        "(pool_id, first_number, last_number, state, purpose, reserved_at, reserved_by, settled_at) "
        f"SELECT o.id, {number}, {number}, 'committed', min({purpose}), "
        "CURRENT_TIMESTAMP, '', CURRENT_TIMESTAMP "
        f"FROM {table} k JOIN base_company_prefix p ON substr({body}, 1, {length}) = p.digits "
        f"JOIN base_key_pool o ON o.prefix_id = p.id AND o.kind = '{kind}' "
        f"WHERE k.{column} IS NOT NULL AND NOT EXISTS (SELECT 1 FROM base_key_reservation r "
        f"WHERE r.pool_id = o.id AND r.first_number = {number}) GROUP BY o.id, {number}"
    )


def _make_runs() -> None:
    states = " AND ".join(f"{state} >= 0" for state in STATES)
    op.create_table(
        "traceability_code_run",
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("batch_id", BigId, nullable=False),
        sa.Column("gtin", sa.String(length=14), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        *(sa.Column(state, sa.Integer(), nullable=False) for state in STATES),
        sa.Column("note", sa.String(length=120), nullable=False),
        sa.Column("made_at", Instant(), nullable=False),
        sa.Column("made_by", sa.String(length=120), nullable=False),
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.CheckConstraint(
            f"{states} AND {' + '.join(STATES)} <= count", name=op.f("ck_traceability_code_run_counts")
        ),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["traceability_batch.id"], name=op.f("fk_traceability_code_run_batch_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_traceability_code_run")),
        sa.UniqueConstraint("number", name=op.f("uq_traceability_code_run_number")),
    )
    op.create_index(op.f("ix_traceability_code_run_batch_id"), "traceability_code_run", ["batch_id"])


def _make_codes() -> None:
    op.create_table(
        "traceability_code",
        sa.Column("gtin", sa.String(length=14), nullable=False),
        sa.Column("serial", sa.String(length=20), nullable=False),
        sa.Column("batch_id", BigId, nullable=False),
        sa.Column("run_id", BigId, nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("state", _enum("state", *STATES), nullable=False),
        sa.Column("frozen_from", _enum("frozen_from", *STATES), nullable=True),
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["traceability_batch.id"], name=op.f("fk_traceability_code_batch_id")
        ),
        sa.ForeignKeyConstraint(
            ["run_id"], ["traceability_code_run.id"], name=op.f("fk_traceability_code_run_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_traceability_code")),
        sa.UniqueConstraint("gtin", "serial", name=op.f("uq_traceability_code_gtin_serial")),
        sa.UniqueConstraint("run_id", "ordinal", name=op.f("uq_traceability_code_run_id_ordinal")),
    )


def _move_codes() -> None:
    """Put the codes of each batch into one run; a state stays what it was."""
    of_state = ", ".join(
        f"sum(CASE WHEN c.state = '{state}' THEN 1 ELSE 0 END)" for state in ("printed", "activated", "void")
    )
    op.execute(
        "INSERT INTO traceability_code_run (number, batch_id, gtin, count, "  # noqa: S608 - ours
        "printed, activated, void, shipped, sold, frozen, note, made_at, made_by) "
        f"SELECT 'CR' || CAST(c.batch_id AS VARCHAR(18)), c.batch_id, min(c.gtin), count(*), {of_state}, "
        "0, 0, 0, '', min(c.made_at), '' FROM kept_code c GROUP BY c.batch_id"
    )
    op.execute(
        "INSERT INTO traceability_code (id, gtin, serial, batch_id, run_id, ordinal, state) "
        "SELECT c.id, c.gtin, c.serial, c.batch_id, r.id, "
        "row_number() OVER (PARTITION BY c.batch_id ORDER BY c.id), c.state "
        "FROM kept_code c JOIN traceability_code_run r ON r.batch_id = c.batch_id"
    )
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "SELECT setval(pg_get_serial_sequence('traceability_code', 'id'), "
            "COALESCE((SELECT max(id) FROM traceability_code), 1), "
            "EXISTS (SELECT 1 FROM traceability_code))"
        )
