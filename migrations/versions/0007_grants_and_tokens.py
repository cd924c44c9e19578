"""A role for no party is given once, roles can be withdrawn, tokens tell how they begin and were used."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from supplychain.kernel.db.base import BigId

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_FIRST = "SELECT min(id) FROM kernel_grant WHERE party_id IS NULL GROUP BY user_id, role"


def upgrade() -> None:
    """Fold grants given twice into the first, then let the database refuse a second."""
    op.execute(
        "UPDATE kernel_token SET grant_id = ("
        "SELECT min(first.id) FROM kernel_grant AS given JOIN kernel_grant AS first "
        "ON first.user_id = given.user_id AND first.role = given.role AND first.party_id IS NULL "
        "WHERE given.id = kernel_token.grant_id"
        ") WHERE grant_id IN (SELECT id FROM kernel_grant WHERE party_id IS NULL)"
    )
    op.execute(f"DELETE FROM kernel_grant WHERE party_id IS NULL AND id NOT IN ({_FIRST})")  # noqa: S608 - ours
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    with op.batch_alter_table(
        "kernel_grant",
        recreate="always" if is_sqlite else "never",
        table_kwargs={"sqlite_autoincrement": True},
    ) as grant:
        grant.create_index(
            op.f("ix_kernel_grant_user_id_role"),
            ["user_id", "role"],
            unique=True,
            sqlite_where=sa.text("party_id IS NULL"),
            postgresql_where=sa.text("party_id IS NULL"),
        )
    with op.batch_alter_table("kernel_token") as token:
        token.alter_column("grant_id", existing_type=BigId, nullable=True)
        token.add_column(sa.Column("prefix", sa.String(length=12), nullable=True))
        token.add_column(sa.Column("last_used_on", sa.Date(), nullable=True))


def downgrade() -> None:
    """Go back by restoring a backup: what was recorded is never thrown away."""
    raise NotImplementedError
