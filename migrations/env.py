"""How a migration runs: on the connection that the kernel opened, in its transaction."""

from __future__ import annotations

from alembic import context

from supplychain.kernel.db.base import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,
    transactional_ddl=False,
)
context.run_migrations()
