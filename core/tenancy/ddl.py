"""DDL that every tenant-owned table needs, for migrations of core and of plugins."""

from __future__ import annotations

from alembic import op

_CURRENT = "nullif(current_setting('linli.tenant', true), '')::int"
DISPATCH_ROLE = "linli_dispatch"
BATCH_ROLE = "linli_batch"


def protect(table: str, *, key: str = "tenant_id") -> None:
    """Put ``table`` under forced row-level security: rows of the entered tenant, or none.

    The bare comparison matters: a sub-select around it is refused by Citus, a cast of the column
    loses the index.
    """
    _force(table)
    op.execute(
        f"CREATE POLICY {table}_tenant ON {table}"
        f" USING ({key} = {_CURRENT}) WITH CHECK ({key} = {_CURRENT})"
    )


def protect_shared(table: str, *, key: str) -> None:
    """Let everyone read ``table``, and a tenant write only the row that is about itself."""
    _force(table)
    op.execute(f"CREATE POLICY {table}_read ON {table} FOR SELECT USING (true)")
    for verb, clause in (("INSERT", "WITH CHECK"), ("UPDATE", "USING")):
        op.execute(
            f"CREATE POLICY {table}_{verb.lower()} ON {table} FOR {verb}"
            f" {clause} ({key} = {_CURRENT})"
        )


def show_due_work(table: str) -> None:
    """Let the dispatch role see rows of ``table`` of every tenant; columns are granted apart."""
    op.execute(
        f"CREATE POLICY {table}_dispatch ON {table} FOR SELECT TO {DISPATCH_ROLE} USING (true)"
    )


def update_once(table: str, column: str) -> None:
    """Refuse any update of a row whose ``column`` is filled."""
    op.execute(
        f"CREATE POLICY {table}_once ON {table} AS RESTRICTIVE FOR UPDATE"
        f" USING ({column} IS NULL) WITH CHECK (true)"
    )


def _force(table: str) -> None:
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
