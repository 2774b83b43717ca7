"""An application with two plugins that keep papers, and two districts that use them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
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

PLUGINS = ("cabinet", "drawer")


@pytest.fixture(scope="module")
def filing(config: Config, addresses: Addresses) -> Iterator[Flask]:
    """The application with both plugins."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(Path(__file__).parent))
        points = [EntryPoint(name, f"cabinet:{name}", "linli.plugins.v1") for name in PLUGINS]
        app = create_app(
            config,
            database_url=addresses.database_url,
            valkey_url=addresses.valkey_url,
            installed=discover("strict", points),
        )
        app.testing = True
        app.config["PROPAGATE_EXCEPTIONS"] = False
        with app.app_context():
            statements.guard(db.engine, tenant_tables(app))
        yield app
        with app.app_context():
            db.engine.dispose()


@dataclass(frozen=True)
class Filing:
    """A district whose first two communities use both plugins, and another district alike."""

    district: District
    elsewhere: District
    community: str
    neighbour: str


@pytest.fixture(scope="module")
def used(filing: Flask, unused_codes: Iterator[str]) -> Filing:
    district, elsewhere = (world.onboard(filing, next(unused_codes)) for _ in range(2))
    community = district.communities[0]
    neighbour = district.neighbour(community)
    for at, code in (
        (district, community),
        (district, neighbour),
        (elsewhere, elsewhere.communities[0]),
    ):
        for plugin in PLUGINS:
            at.enable(plugin, code)
    return Filing(district, elsewhere, community, neighbour)
