"""An application with the sample plugins, which hear events and do long work."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from importlib.metadata import EntryPoint
from pathlib import Path
from types import ModuleType

import pytest
from flask import Flask

from core.app import create_app
from core.config import Config
from core.db import db
from core.plugin_host.loading import Installed, discover
from core.servers import Addresses
from core.testing import statements, world
from core.testing.fixtures import tenant_tables
from core.testing.world import District

SAMPLES = Path(__file__).parents[1] / "sample_plugin"


@pytest.fixture(scope="session")
def samples() -> Iterator[list[Installed]]:
    """The plugins ``sample``, ``neighbour``, which requires it, and ``officer`` above both."""
    sys.path.insert(0, str(SAMPLES))
    names = ("neighbour", "officer", "sample")
    entries = [EntryPoint(name, f"linli_sample:{name}", "linli.plugins.v1") for name in names]
    yield discover("strict", entries)
    sys.path.remove(str(SAMPLES))


@pytest.fixture
def sample(samples: Sequence[Installed]) -> Iterator[ModuleType]:
    """The sample plugins' module, with nothing heard and nothing spoilt."""
    module = sys.modules["linli_sample"]
    yield module
    module.HOOKS.clear()
    for plugin in (module.sample, module.neighbour, module.officer):
        plugin.heard.clear()
        plugin.spoilt.clear()


@pytest.fixture(scope="session")
def app_with(
    config: Config, addresses: Addresses
) -> Iterator[Callable[[Sequence[Installed]], Flask]]:
    """Build an application with these plugins on the servers of this run."""
    with ExitStack() as stack:

        def make(installed: Sequence[Installed]) -> Flask:
            app = create_app(
                config,
                database_url=addresses.database_url,
                valkey_url=addresses.valkey_url,
                installed=list(installed),
            )
            app.testing = True
            app.config["PROPAGATE_EXCEPTIONS"] = False
            with app.app_context():
                statements.guard(db.engine, tenant_tables(app))
            stack.callback(_dispose, app)
            return app

        yield make


@pytest.fixture(scope="session")
def sample_app(app_with: Callable[..., Flask], samples: Sequence[Installed]) -> Flask:
    """An application with the sample plugins."""
    return app_with(samples)


@pytest.fixture
def new_sampled(
    sample_app: Flask, sample: ModuleType, unused_codes: Iterator[str]
) -> Callable[[], District]:
    """Take one more district on board whose first community has both sample plugins on."""

    def make() -> District:
        made = world.onboard(sample_app, next(unused_codes))
        made.enable("sample", made.communities[0])
        made.enable("neighbour", made.communities[0])
        return made

    return make


@pytest.fixture
def sampled(new_sampled: Callable[[], District]) -> District:
    """A district whose first community has both sample plugins switched on."""
    return new_sampled()


def _dispose(app: Flask) -> None:
    with app.app_context():
        db.engine.dispose()
