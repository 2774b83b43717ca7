"""What is measured: embedded servers of its own in a temporary folder, and databases on them."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql
from sqlalchemy import Engine, create_engine
from sqlalchemy.engine import URL, make_url

from core import config as configuration
from core import migrate
from core.app import Linli, create_app
from core.db import db
from core.plugin_host.host import PluginHost
from core.plugin_host.loading import discover
from core.servers import Addresses, hold

SECRET = "secret-of-the-benchmarks-" * 2


@dataclass(frozen=True)
class Site:
    """A migrated database, and an application on it in this process.

    ``environ`` configures the same application in other processes.
    """

    app: Linli
    owner: URL
    environ: Mapping[str, str]

    @property
    def url(self) -> str:
        """The database's address for the role that serves."""
        return self.environ["DATABASE_URL"]

    def owner_engine(self) -> Engine:
        """Return an engine of the role that owns the tables."""
        return create_engine(self.owner)

    def analyse(self) -> None:
        """Bring the planner's statistics up to date, as autovacuum does in time."""
        with _autocommit(self.owner) as connection:
            connection.execute("VACUUM ANALYZE")


@contextmanager
def servers() -> Iterator[tuple[Addresses, Path]]:
    """Start PostgreSQL and Valkey, as durable as in service, and delete all at the end."""
    home = Path(tempfile.mkdtemp(prefix="linli-bench-"))
    home.chmod(0o755)
    try:
        with hold(home) as held:
            yield held.addresses, home
    finally:
        shutil.rmtree(home, ignore_errors=True)


@contextmanager
def site(at: Addresses, home: Path, database: str) -> Iterator[Site]:
    """Make a database of this name, migrate it, and put an application on it."""
    owner = make_url(at.database_owner_url)
    with _autocommit(owner) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(database)))
    owner = owner.set(database=database)
    served = make_url(at.database_url).set(database=database)
    migrate.upgrade(_text(owner), served.username or "", PluginHost(discover("strict")).histories())
    environ = {
        "LINLI_HOME": str(home),
        "LINLI_SECRET_KEY": SECRET,
        "LINLI_KEY_RING": configuration.new_ring_key("bench"),
        "LINLI_PLUGINS": "strict",
        "DATABASE_URL": _text(served),
        "VALKEY_URL": at.valkey_url,
    }
    app = create_app(configuration.load(environ))
    try:
        yield Site(app, owner, environ)
    finally:
        with app.app_context():
            db.engine.dispose()


def connect(url: str | URL) -> psycopg.Connection:
    """Connect to an SQLAlchemy address by psycopg alone."""
    at = make_url(url)
    return psycopg.connect(
        dbname=at.database,
        user=at.username,
        host=str(at.query["host"]),
        port=str(at.query["port"]),
    )


@contextmanager
def _autocommit(url: URL) -> Iterator[psycopg.Connection]:
    with connect(url) as connection:
        connection.autocommit = True
        yield connection


def _text(url: URL) -> str:
    return url.render_as_string(hide_password=False)
