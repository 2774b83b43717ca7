"""Fixtures on real servers: an application, and fresh districts from the real data."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy.engine import make_url

from core import migrate
from core.app import create_app
from core.config import Config
from core.db import Base, db
from core.plugin_host.host import PluginHost
from core.plugin_host.loading import discover
from core.servers import Addresses, hold
from core.testing import statements, world
from core.testing.world import Browser, District

KEY_RING = {"test": bytes(range(32))}


@pytest.fixture(scope="session")
def home() -> Iterator[Path]:
    """LINLI_HOME of this test run."""
    folder = Path(tempfile.mkdtemp(prefix="linli-tests-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def addresses(home: Path) -> Iterator[Addresses]:
    """A real PostgreSQL and a real Valkey, migrated."""
    with hold(home, durable=False) as held:
        at = held.addresses
        app_role = make_url(at.database_url).username or ""
        histories = PluginHost(discover("strict")).histories()
        migrate.upgrade(at.database_owner_url, app_role, histories)
        yield at


@pytest.fixture(scope="session")
def config(home: Path) -> Config:
    """The configuration of the application under test."""
    return Config(
        mode="development",
        home=home,
        secret_key="test-secret-" * 4,
        key_ring=KEY_RING,
        database_url=None,
        database_owner_url=None,
        valkey_url=None,
        plugins="strict",
        base_url="http://localhost",
        proxies=0,
    )


@pytest.fixture(scope="session")
def app(config: Config, addresses: Addresses) -> Iterator[Flask]:
    """The application, refusing every statement that does not name the tenant."""
    made = create_app(config, database_url=addresses.database_url, valkey_url=addresses.valkey_url)
    made.testing = True
    made.config["PROPAGATE_EXCEPTIONS"] = False
    with made.app_context():
        statements.guard(db.engine, tenant_tables(made))
    yield made
    with made.app_context():
        db.engine.dispose()


@pytest.fixture(scope="session")
def unused_codes() -> Iterator[str]:
    """Codes of districts that no test has taken yet."""
    return world.unused_codes()


@pytest.fixture
def new_district(app: Flask, unused_codes: Iterator[str]) -> Callable[[], District]:
    """Take one more district on board."""
    return lambda: world.onboard(app, next(unused_codes))


@pytest.fixture
def district(new_district: Callable[[], District]) -> District:
    """A district of this test's own."""
    return new_district()


@pytest.fixture
def community(district: District) -> str:
    """The code of a community that has a neighbour in its street."""
    return district.communities[0]


@pytest.fixture
def visitor(app: Flask) -> Browser:
    """Somebody who is not signed in."""
    return world.browser(app)


def tenant_tables(app: Flask) -> list[str]:
    """Return the names of all tables that belong to tenants, of core and of plugins."""
    host: PluginHost = app.extensions["linli.plugins"]
    metadata = [Base.metadata, *(h.metadata for h in host.histories())]
    tables = {t.name: t for m in metadata for t in m.tables.values()}
    return sorted(name for name, table in tables.items() if "tenant_id" in table.columns)
