"""Moving the schema: on databases of their own, beside the one of the other tests."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
import pytest
from flask import Flask
from sqlalchemy import Column, Integer, MetaData, Table, Text, create_engine
from sqlalchemy.engine import make_url

from core import migrate
from core.app import create_app
from core.config import Config
from core.db import db
from core.migrate import ADVISORY_LOCK, RIGHTS, History, MigrationError, Position
from core.plugin_host.host import PluginHost
from core.plugin_host.loading import discover
from core.servers import Addresses
from core.testing import world
from tests.filling import fill as fill_tables

APP = "linli_app"
HISTORIES = PluginHost(discover("strict")).histories()
CORE, PLUGINS = HISTORIES[0], HISTORIES[1:]
TABLES = {name for history in HISTORIES for name in history.metadata.tables}
VERSIONS = {history.version_table for history in HISTORIES}
MIGRATION = """
import sqlalchemy as sa
from alembic import op

from core.sdk.migrations import protect

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade():
    op.create_table(
        "p_notes__note",
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
    )
    {protect}("p_notes__note")
    {then}


def downgrade():
    op.drop_table("p_notes__note")
"""
_numbers = count(1)


@dataclass(frozen=True)
class Scratch:
    """A database of a test's own and its two addresses."""

    owner_url: str
    app_url: str

    def upgrade(self, *more: History) -> list[Position]:
        return migrate.upgrade(self.owner_url, APP, [*HISTORIES, *more])

    def downgrade(self, history: History, revision: str = "base") -> Position:
        return migrate.downgrade(self.owner_url, history, revision, APP, HISTORIES)

    def positions(self, *more: History) -> list[Position]:
        return migrate.positions(self.owner_url, [*HISTORIES, *more])

    def connect(self) -> psycopg.Connection[Any]:
        return psycopg.connect(self.owner_url.replace("+psycopg", ""))

    def query(self, statement: str) -> list[Any]:
        with self.connect() as connection:
            cursor = connection.execute(statement)
            return cursor.fetchall() if cursor.description else []

    @property
    def tables(self) -> set[str]:
        found = self.query("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        return {name for (name,) in found}

    @property
    def rows(self) -> dict[str, int]:
        """How many rows each table has, past row-level security."""
        found = {}
        with self.connect() as connection:
            for table in sorted(self.tables):
                connection.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
                (number,) = connection.execute(f"SELECT count(*) FROM {table}").fetchone() or (0,)
                found[table] = number
            connection.rollback()
        return found

    def catalogue(self, tables: set[str]) -> list[Any]:
        """All constraints and indexes of these tables, as PostgreSQL spells them."""
        names = ", ".join(f"'{name}'" for name in tables)
        return self.query(
            "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid)"
            f" FROM pg_constraint WHERE conrelid::regclass::text IN ({names})"
            " UNION ALL SELECT indrelid::regclass::text, indexrelid::regclass::text,"
            " pg_get_indexdef(indexrelid)"
            f" FROM pg_index WHERE indrelid::regclass::text IN ({names})"
            " ORDER BY 1, 2, 3"
        )


@pytest.fixture
def new_scratch(addresses: Addresses) -> Iterator[Callable[[], Scratch]]:
    """Make an empty database; drop it afterwards."""
    owner = make_url(addresses.database_owner_url)
    app = make_url(addresses.database_url)
    made: list[str] = []

    def run(role: str, statement: str) -> None:
        url = owner.set(drivername="postgresql", username=role).render_as_string()
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(statement)

    def make() -> Scratch:
        name = f"migrate_{next(_numbers)}"
        run("linli_owner", f"CREATE DATABASE {name}")
        made.append(name)
        return Scratch(
            owner.set(database=name).render_as_string(), app.set(database=name).render_as_string()
        )

    yield make
    for name in made:
        run("postgres", f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def scratch(new_scratch: Callable[[], Scratch]) -> Scratch:
    return new_scratch()


@pytest.fixture
def fill(scratch: Scratch, config: Config, addresses: Addresses) -> Iterator[Callable[[], None]]:
    """Leave something in every table, through the application."""
    apps: list[Flask] = []

    def run() -> None:
        app = create_app(config, database_url=scratch.app_url, valkey_url=addresses.valkey_url)
        app.testing = True
        apps.append(app)
        fill_tables(world.onboard(app, next(world.unused_codes())))

    yield run
    for app in apps:
        with app.app_context():
            db.engine.dispose()


@pytest.fixture
def notes(tmp_path: Path) -> Callable[[str], History]:
    """A plugin's history with one migration that makes a table and then does something more."""

    def make(then: str, protect: str = "protect") -> History:
        text = MIGRATION.format(then=then, protect=protect)
        (tmp_path / "notes_0001.py").write_text(text, "utf-8")
        metadata = MetaData()
        Table("p_notes__note", metadata, Column("tenant_id", Integer), Column("text", Text))
        return History("notes", metadata, tmp_path, "p_notes__version")

    return make


def test_up_down_and_up_again_with_filled_tables(
    scratch: Scratch, fill: Callable[[], None]
) -> None:
    scratch.upgrade()
    fill()
    before, schema = scratch.rows, scratch.catalogue(TABLES)
    assert before.keys() == TABLES | VERSIONS
    assert [table for table, number in before.items() if not number] == []

    left = before
    for plugin in PLUGINS:
        own = set(plugin.metadata.tables)
        kept = {table: n for table, n in left.items() if table not in own}
        assert scratch.downgrade(plugin).current is None
        assert scratch.rows == kept | {plugin.version_table: 0}
        scratch.upgrade()
        left = left | dict.fromkeys(own, 0)
        assert scratch.rows == left

    for history in reversed(HISTORIES):
        scratch.downgrade(history)
    assert scratch.rows == dict.fromkeys(VERSIONS, 0)
    assert all(position.up_to_date for position in scratch.upgrade())
    assert scratch.catalogue(TABLES) == schema
    fill()
    assert scratch.rows == before


def test_a_district_keeps_its_present_word_when_the_spans_are_taken_back(
    scratch: Scratch, fill: Callable[[], None]
) -> None:
    scratch.upgrade()
    fill()
    before, schema = scratch.rows, scratch.catalogue(TABLES)
    assert before["plugin_policy"] == 2
    for plugin in PLUGINS:
        scratch.downgrade(plugin)
    assert scratch.downgrade(CORE, "0007").current == "0007"
    assert scratch.rows["plugin_policy"] == 1
    scratch.upgrade()
    assert scratch.rows["plugin_policy"] == 1
    assert scratch.catalogue(TABLES) == schema


def test_upgrading_again_changes_nothing(scratch: Scratch) -> None:
    nothing = scratch.positions()
    assert [(p.name, p.current, p.up_to_date) for p in nothing] == [
        (history.name, None, False) for history in HISTORIES
    ]
    assert scratch.tables == set()
    first = scratch.upgrade()
    assert [(p.name, p.up_to_date) for p in first] == [(h.name, True) for h in HISTORIES]
    assert scratch.upgrade() == first == scratch.positions()


@pytest.mark.parametrize("history", HISTORIES, ids=lambda history: history.name)
def test_models_and_schema_agree_down_to_the_names_of_constraints(
    new_scratch: Callable[[], Scratch], history: History
) -> None:
    migrated, modelled = new_scratch(), new_scratch()
    migrated.upgrade()
    assert migrate.differences(migrated.owner_url, history) == []

    engine = create_engine(modelled.owner_url)
    for each in HISTORIES:
        each.metadata.create_all(engine)
    engine.dispose()
    tables = set(history.metadata.tables)
    assert migrated.catalogue(tables) == modelled.catalogue(tables)


def test_the_application_may_do_what_each_table_allows_and_no_more(scratch: Scratch) -> None:
    scratch.upgrade()
    tables = [table for history in HISTORIES for table in history.metadata.tables.values()]
    granted: dict[str, set[str]] = {}
    for name, right in scratch.query(
        "SELECT table_name, privilege_type FROM information_schema.role_table_grants"
        f" WHERE grantee = '{APP}'"
    ):
        granted.setdefault(name, set()).add(right)
    assert granted == {
        table.name: set(RIGHTS[table.info.get("access", "full")].split(", ")) for table in tables
    }
    updatable = scratch.query(
        "SELECT table_name, column_name FROM information_schema.role_column_grants"
        f" WHERE grantee = '{APP}' AND privilege_type = 'UPDATE'"
    )
    assert sorted(updatable) == sorted(
        (table.name, column.name)
        for table in tables
        for column in table.columns
        if table.info.get("access", "full") == "full" or column.name in table.info.get("update", ())
    )
    protected = scratch.query(
        "SELECT relname FROM pg_class WHERE relrowsecurity AND relforcerowsecurity"
    )
    assert {name for (name,) in protected} == TABLES


def test_a_table_that_was_not_protected_is_refused(
    scratch: Scratch, notes: Callable[..., History]
) -> None:
    with pytest.raises(MigrationError) as caught:
        scratch.upgrade(notes("pass", protect="str"))
    assert str(caught.value) == ("notes: p_notes__note lack row-level security: call protect().")
    assert scratch.tables == set()


def test_of_two_upgrades_at_once_one_does_it_and_the_other_says_so(
    scratch: Scratch, notes: Callable[[str], History]
) -> None:
    history = notes("op.execute('SELECT pg_sleep(1)')")
    done: list[Position] = []
    first = threading.Thread(target=lambda: done.extend(scratch.upgrade(history)))
    first.start()
    locked = f"SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND objid = {ADVISORY_LOCK}"
    while not scratch.query(locked):
        time.sleep(0.01)

    with pytest.raises(MigrationError) as caught:
        scratch.upgrade(history)
    assert str(caught.value) == "Another migration is running. Try again when it is done."
    assert scratch.tables == set()

    first.join()
    assert [(p.name, p.up_to_date) for p in done] == [
        (name, True) for name in (*(h.name for h in HISTORIES), "notes")
    ]
    assert scratch.upgrade(history) == done


@pytest.mark.parametrize("history", HISTORIES, ids=lambda history: history.name)
def test_a_database_newer_than_the_code_is_refused(scratch: Scratch, history: History) -> None:
    scratch.upgrade()
    scratch.query(f"UPDATE {history.version_table} SET version_num = '9999'")
    before = scratch.catalogue(TABLES)
    with pytest.raises(MigrationError) as caught:
        scratch.upgrade()
    assert str(caught.value) == (
        f"The database of {history.name} stands at 9999, which this version does not know."
        " Install the version that made it, or a newer one."
    )
    found = {position.name: position for position in scratch.positions()}[history.name]
    assert (found.current, found.up_to_date) == ("9999", False)
    assert scratch.catalogue(TABLES) == before


def test_migrations_do_not_queue_behind_long_transactions(
    scratch: Scratch, notes: Callable[[str], History]
) -> None:
    keep = "INSERT INTO p_notes__note SELECT 1, current_setting('{}')"
    enter = "SET LOCAL linli.tenant = 1"
    statements = [enter] + [keep.format(name) for name in ("lock_timeout", "statement_timeout")]
    scratch.upgrade(notes(f"[op.execute(s) for s in {statements!r}]"))
    with scratch.connect() as connection:
        connection.execute(enter)
        kept = connection.execute("SELECT text FROM p_notes__note").fetchall()
    assert kept == [("5s",), ("1min",)]


def test_a_lock_that_is_not_to_be_had_is_one_line(
    scratch: Scratch, notes: Callable[[str], History]
) -> None:
    scratch.upgrade()
    history = notes("op.execute('SET LOCAL lock_timeout = 50'), op.execute('LOCK TABLE place')")
    with scratch.connect() as busy:
        busy.execute("SELECT FROM place")
        with pytest.raises(MigrationError) as caught:
            scratch.upgrade(history)
    assert str(caught.value) == (
        "The migration of notes failed and changed nothing: canceling statement due to lock timeout"
    )


@pytest.mark.parametrize(
    ("then", "reason"),
    [
        ("op.execute('SELECT 1 / 0')", "division by zero"),
        ("raise LookupError('no such thing')", "LookupError('no such thing')"),
    ],
)
def test_a_migration_that_fails_half_way_leaves_nothing(
    scratch: Scratch, notes: Callable[[str], History], then: str, reason: str
) -> None:
    history = notes(then)
    with pytest.raises(MigrationError) as caught:
        scratch.upgrade(history)
    assert str(caught.value) == f"The migration of notes failed and changed nothing: {reason}"
    assert scratch.tables == set()

    before = scratch.upgrade()
    with pytest.raises(MigrationError):
        scratch.upgrade(history)
    assert scratch.tables == TABLES | VERSIONS
    assert scratch.positions(history) == [*before, Position("notes", None, "0001")]


def test_a_downgrade_that_cannot_be_done_is_one_line_and_changes_nothing(scratch: Scratch) -> None:
    before = scratch.upgrade()
    for revision, reason in (
        ("base", "cannot drop table stored_file because other objects depend on it"),
        ("9999", "Can't locate revision identified by '9999'"),
    ):
        with pytest.raises(MigrationError) as caught:
            scratch.downgrade(CORE, revision)
        assert str(caught.value) == (f"The migration of core failed and changed nothing: {reason}")
        assert scratch.positions() == before
        assert scratch.tables == TABLES | VERSIONS
