"""Plugins written for one test, and applications made of them."""

import itertools
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest
from flask import Flask

from core.app import create_app
from core.config import Config
from core.db import db
from core.places import divisions
from core.plugin_host.loading import Installed
from core.servers import Addresses
from core.testing import world
from core.testing.world import District

_numbers = itertools.count()
_HEAD = """
from pathlib import Path
from uuid import UUID
from sqlalchemy import ForeignKey, Text, func, select, text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship
from core.sdk import *
pages = Pages()
"""
_PLUGIN = """
class Plugin:
    manifest = Manifest(id={id!r}, name="名 {id}", summary="简介"{manifest})
    def __repr__(self):
        return "the plugin"
{hooks}
plugin = Plugin()
"""
Shelf = Callable[..., EntryPoint]


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shelf:
    """Write a plugin's module, by default a good one, and return its entry point."""
    monkeypatch.syspath_prepend(str(tmp_path))
    return writer(tmp_path)


def writer(folder: Path) -> Shelf:
    """Return what writes plugins' modules into a folder on Python's path."""

    def write(
        id_: str,
        body: str = "",
        hooks: str = "",
        *,
        manifest: str = "",
        entry: str | None = None,
        source: str | None = None,
        group: str = "linli.plugins.v1",
    ) -> EntryPoint:
        module = f"shelf_{next(_numbers)}_{id_.lower().replace('-', '_')}"
        lines = "".join(f"    {line}\n" for line in hooks.splitlines())
        good = _HEAD + body + _PLUGIN.format(id=id_, manifest=manifest, hooks=lines)
        (folder / f"{module}.py").write_text(good if source is None else source, "utf-8")
        return EntryPoint(entry or id_, f"{module}:plugin", group)

    return write


@pytest.fixture(scope="module")
def module_shelf(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shelf]:
    """As ``shelf``, for an application that a whole module shares."""
    folder = tmp_path_factory.mktemp("shelf")
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(folder))
        yield writer(folder)


@pytest.fixture(scope="module")
def make_module_app(
    config: Config, addresses: Addresses
) -> Iterator[Callable[[list[Installed]], Flask]]:
    """As ``make_app``, for a whole module."""
    with making(config, addresses) as make:
        yield make


@pytest.fixture
def make_app(config: Config, addresses: Addresses) -> Iterator[Callable[[list[Installed]], Flask]]:
    """Build one more application on the same servers."""
    with making(config, addresses) as make:
        yield make


@contextmanager
def making(config: Config, addresses: Addresses) -> Iterator[Callable[[list[Installed]], Flask]]:
    """Build applications of these plugins, and close their connections in the end."""
    with ExitStack() as stack:

        def make(installed: list[Installed]) -> Flask:
            app = create_app(
                config,
                database_url=addresses.database_url,
                valkey_url=addresses.valkey_url,
                installed=installed,
            )
            app.config["PROPAGATE_EXCEPTIONS"] = False
            stack.callback(_dispose, app)
            return app

        yield make


@pytest.fixture(scope="module")
def roomy_district(unused_codes: Iterator[str]) -> Callable[[Flask, int], District]:
    """Take a district with at least so many communities on board."""

    def find(app: Flask, communities: int) -> District:
        for code in unused_codes:
            places = [place for place, _name in divisions.places_of(code)]
            if sum(len(place) == 12 for place in places) >= communities:
                break
        return world.onboard(app, code)

    return find


@pytest.fixture
def in_app(district: District) -> Callable[[Flask], District]:
    """Return this test's district as another application serves it."""
    return lambda app: replace(district, app=app)


def _dispose(app: Flask) -> None:
    with app.app_context():
        db.engine.dispose()
