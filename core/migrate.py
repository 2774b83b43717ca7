"""Moves the schema: core's history first, then each plugin's, then the application's rights.

Runs as the owner role, one run at a time, and gives up rather than queue behind long
transactions.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config as AlembicConfig
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, MetaData, create_engine, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError

import core.accounts.models
import core.audit.models
import core.events.models
import core.files.models
import core.indicators.models
import core.jobs.models
import core.organisations.models
import core.places.models
import core.plugin_host.models
import core.tenancy.models  # noqa: F401
from core.db import Base
from core.tenancy.ddl import BATCH_ROLE, DISPATCH_ROLE

ADVISORY_LOCK = 0x11211
LOCK_TIMEOUT = "5s"
STATEMENT_TIMEOUT = "60s"
RIGHTS = {
    "full": "SELECT, INSERT, UPDATE, DELETE",
    "append-only": "SELECT, INSERT",
    "shared": "SELECT, INSERT",
}

_BATCH_RIGHTS = {"full": RIGHTS["full"], "append-only": RIGHTS["full"], "shared": "SELECT"}
_KEPT_RIGHTS = RIGHTS["append-only"]


class MigrationError(Exception):
    """The schema cannot be moved; the message says why."""


@dataclass(frozen=True)
class History:
    """The schema history of core or of one plugin."""

    name: str
    metadata: MetaData
    versions: Path
    version_table: str


CORE = History("core", Base.metadata, Path(str(files("migrations"))) / "versions", "core_version")


@dataclass(frozen=True)
class Position:
    """Where a history stands in the database, and where its code is."""

    name: str
    current: str | None
    head: str | None

    @property
    def up_to_date(self) -> bool:
        return self.current == self.head


def upgrade(owner_url: str, app_role: str, histories: Sequence[History]) -> list[Position]:
    """Bring every history to its head and grant the application what its tables allow.

    Raises:
        MigrationError: another migration is running, the database is newer than the code, or a
            migration failed; then nothing was changed.
    """
    with _owner(owner_url) as connection:
        for history in histories:
            _refuse_unknown_revision(connection, history)
            with _plain_errors(history):
                command.upgrade(_alembic(connection, history), "head")
            _refuse_unprotected(connection, history)
        _grant(connection, app_role, histories)
        return [_position(connection, history) for history in histories]


def downgrade(
    owner_url: str, history: History, revision: str, app_role: str, histories: Sequence[History]
) -> Position:
    """Take one history back to ``revision`` (``base`` for nothing).

    Raises:
        MigrationError: another migration is running, or it cannot be done; nothing was changed.
    """
    with _owner(owner_url) as connection:
        with _plain_errors(history):
            command.downgrade(_alembic(connection, history), revision)
        present = _tables(connection)
        kept = [h for h in histories if set(h.metadata.tables) <= present]
        _grant(connection, app_role, kept)
        return _position(connection, history)


def positions(owner_url: str, histories: Iterable[History]) -> list[Position]:
    """Say where each history stands; changes nothing."""
    with _owner(owner_url) as connection:
        return [_position(connection, history) for history in histories]


def differences(owner_url: str, history: History) -> list[Any]:
    """Return what the models say and the migrated schema does not (empty when they agree)."""
    with _owner(owner_url) as connection:
        context = MigrationContext.configure(
            connection,
            opts={
                "version_table": history.version_table,
                "include_name": lambda name, kind, _: (
                    kind != "table" or name in history.metadata.tables
                ),
            },
        )
        return list(compare_metadata(context, history.metadata))


@contextmanager
def _owner(owner_url: str) -> Iterator[Connection]:
    engine = create_engine(make_url(owner_url))
    try:
        with engine.begin() as connection:
            connection.execute(text(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'"))
            connection.execute(text(f"SET LOCAL statement_timeout = '{STATEMENT_TIMEOUT}'"))
            free = connection.execute(text(f"SELECT pg_try_advisory_xact_lock({ADVISORY_LOCK})"))
            if not free.scalar_one():
                raise MigrationError("Another migration is running. Try again when it is done.")
            yield connection
    finally:
        engine.dispose()


@contextmanager
def _plain_errors(history: History) -> Iterator[None]:
    """Whatever a migration raises, in one line; leaving the transaction undoes what it began."""
    try:
        yield
    except Exception as error:
        if isinstance(error, DBAPIError | CommandError):
            reason = str(getattr(error, "orig", error)).partition("\n")[0]
        else:
            reason = repr(error)
        raise MigrationError(
            f"The migration of {history.name} failed and changed nothing: {reason}"
        ) from error


def _alembic(connection: Connection, history: History) -> AlembicConfig:
    config = AlembicConfig()
    config.set_main_option("script_location", str(files("migrations")))
    config.set_main_option("version_locations", str(history.versions).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes.update(
        connection=connection, version_table=history.version_table, metadata=history.metadata
    )
    return config


def _position(connection: Connection, history: History) -> Position:
    context = MigrationContext.configure(connection, opts={"version_table": history.version_table})
    head = ScriptDirectory.from_config(_alembic(connection, history)).get_current_head()
    return Position(history.name, context.get_current_revision(), head)


def _refuse_unknown_revision(connection: Connection, history: History) -> None:
    current = _position(connection, history).current
    script = ScriptDirectory.from_config(_alembic(connection, history))
    if current and current not in {found.revision for found in script.walk_revisions()}:
        raise MigrationError(
            f"The database of {history.name} stands at {current}, which this version does not"
            " know. Install the version that made it, or a newer one."
        )


def _refuse_unprotected(connection: Connection, history: History) -> None:
    """A forgotten ``protect()`` would show one district's rows to all."""
    bare = connection.execute(
        text(
            "SELECT relname FROM pg_class WHERE relkind = 'r' AND relname = ANY(:tables)"
            " AND NOT (relrowsecurity AND relforcerowsecurity) ORDER BY relname"
        ),
        {"tables": list(history.metadata.tables)},
    ).scalars()
    if names := ", ".join(bare):
        raise MigrationError(f"{history.name}: {names} lack row-level security: call protect().")


def _tables(connection: Connection) -> set[str]:
    rows = connection.execute(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'"))
    return {row.tablename for row in rows}


def _grant(connection: Connection, app_role: str, histories: Iterable[History]) -> None:
    """Give each role exactly what each table's ``info`` allows, and nothing by default.

    ``kept`` marks what not even the batch role changes.
    """
    app = _quote(app_role)
    dispatch = _quote(DISPATCH_ROLE)
    batch = _quote(BATCH_ROLE)
    _refuse_missing_roles(connection)
    for role in (app, dispatch, batch):
        connection.execute(text(f"GRANT USAGE ON SCHEMA public TO {role}"))
        connection.execute(text(f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {role}"))
    for history in histories:
        for table in history.metadata.sorted_tables:
            access = table.info.get("access", "full")
            connection.execute(text(f"GRANT {RIGHTS[access]} ON {table.name} TO {app}"))
            erasing = _KEPT_RIGHTS if table.info.get("kept") else _BATCH_RIGHTS[access]
            connection.execute(text(f"GRANT {erasing} ON {table.name} TO {batch}"))
            if columns := ", ".join(table.info.get("update", ())):
                connection.execute(text(f"GRANT UPDATE ({columns}) ON {table.name} TO {app}"))
            if due := table.info.get("due"):
                columns = ", ".join(("tenant_id", "id", *due))
                connection.execute(text(f"GRANT SELECT ({columns}) ON {table.name} TO {dispatch}"))


def _refuse_missing_roles(connection: Connection) -> None:
    known = set(connection.execute(text("SELECT rolname FROM pg_roles")).scalars())
    if missing := ", ".join(sorted({BATCH_ROLE, DISPATCH_ROLE} - known)):
        raise MigrationError(
            f"The database lacks {missing}: create it (NOLOGIN) and grant it to the application's"
            " role, see docs/operate.md."
        )


def _quote(role: str) -> str:
    return '"' + role.replace('"', '""') + '"'
