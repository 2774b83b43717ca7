"""Alembic environment of core and of all plugins.

The caller passes the connection, the version table and the metadata (``core.migrate``); this file
runs inside the caller's transaction.
"""

from typing import Any

from alembic import context

attributes = context.config.attributes
metadata = attributes["metadata"]


def owned(name: str | None, kind: str, parents: Any) -> bool:
    """Compare only tables of this history, never those of core or of another plugin."""
    return kind != "table" or name in metadata.tables


context.configure(
    connection=attributes["connection"],
    target_metadata=metadata,
    version_table=attributes["version_table"],
    include_name=owned,
    compare_server_default=True,
    transaction_per_migration=False,
)
with context.begin_transaction():
    context.run_migrations()
