"""An application with plugins that measure, and districts in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest
from flask import Flask

from core.app import create_app
from core.config import Config
from core.db import db
from core.plugin_host.loading import discover
from core.servers import Addresses
from core.testing import statements, world
from core.testing.fixtures import tenant_tables
from core.testing.world import District

GROUP = "linli.plugins.v1"


@pytest.fixture(scope="session")
def measuring(config: Config, addresses: Addresses) -> Iterator[Flask]:
    """Linli with plugins that measure, and no others."""
    with serving(config, addresses, "garden", "pond") as app:
        yield app


@pytest.fixture
def failing(config: Config, addresses: Addresses) -> Iterator[Flask]:
    """Linli with a plugin whose measures fail."""
    with serving(config, addresses, "weeds") as app:
        yield app


@contextmanager
def serving(config: Config, addresses: Addresses, *plugins: str) -> Iterator[Flask]:
    """An application with these plugins of ``garden.py``."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(Path(__file__).parent))
        entries = [EntryPoint(name, f"garden:{name}", GROUP) for name in plugins]
        installed = discover("strict", entries)
    urls = {"database_url": addresses.database_url, "valkey_url": addresses.valkey_url}
    app = create_app(config, **urls, installed=installed)
    app.testing = True
    app.config["PROPAGATE_EXCEPTIONS"] = False
    with app.app_context():
        statements.guard(db.engine, tenant_tables(app))
    yield app
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def new_garden(measuring: Flask, app: Flask, unused_codes: Iterator[str]) -> Callable[[], District]:
    """Take one more district on board, served by the application that measures."""
    return lambda: replace(world.onboard(app, next(unused_codes)), app=measuring)


@pytest.fixture
def district(new_garden: Callable[[], District]) -> District:
    """A district of this test's own."""
    return new_garden()
