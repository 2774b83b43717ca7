"""An installation of its own with two plugins that keep personal data, and two districts."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.engine import URL, make_url

from core import migrate
from core.accounts import service as accounts
from core.app import create_app
from core.config import Config
from core.db import db
from core.files.aside import put_aside
from core.files.uploads import Upload
from core.plugin_host.host import PluginHost, plugin_host
from core.plugin_host.loading import Installed, discover
from core.servers import Addresses
from core.testing import statements, world
from core.testing.fixtures import tenant_tables
from core.testing.world import SYSTEM, District

PHONE, OTHER_PHONE = "13600000001", "13600000002"
NAME = "王芳芳"


@pytest.fixture(scope="module")
def notebooks() -> Iterator[Any]:
    """The module of the two plugins."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(Path(__file__).parent))
        yield import_module("notebook")


@pytest.fixture(scope="module")
def keeping(notebooks: Any, config: Config, addresses: Addresses) -> Iterator[Flask]:
    """The application with both plugins, on a database of its own, since they have tables."""
    installed = discover(
        "strict",
        [EntryPoint(n, f"notebook:{n}", "linli.plugins.v1") for n in ("diary", "letters")],
    )
    owner = make_url(addresses.database_owner_url)
    app_role = make_url(addresses.database_url).set(database=f"linli_{secrets.token_hex(4)}")
    with _connected(owner) as connection:
        connection.execute(f"CREATE DATABASE {app_role.database}")
    app = _migrated(installed, owner.set(database=app_role.database), app_role, config, addresses)
    yield app
    with app.app_context():
        db.engine.dispose()
    with _connected(owner.set(username="postgres")) as connection:
        connection.execute(f"DROP DATABASE {app_role.database} WITH (FORCE)")


def _migrated(
    installed: list[Installed], owner: URL, app_role: URL, config: Config, addresses: Addresses
) -> Flask:
    histories = PluginHost(installed).histories()
    migrate.upgrade(owner.render_as_string(), app_role.username or "", histories)
    app = create_app(
        config,
        database_url=app_role.render_as_string(),
        valkey_url=addresses.valkey_url,
        installed=installed,
    )
    app.testing = True
    app.config["PROPAGATE_EXCEPTIONS"] = False
    with app.app_context():
        statements.guard(db.engine, tenant_tables(app))
    return app


def _connected(url: URL) -> psycopg.Connection:
    return psycopg.connect(url.set(drivername="postgresql").render_as_string(), autocommit=True)


@pytest.fixture(scope="module")
def codes() -> Iterator[str]:
    """Codes of districts that are not on board here."""
    return world.unused_codes()


@dataclass
class Held:
    """Two people of one name, in two communities of one district and in another district."""

    district: District
    elsewhere: District
    community: str
    neighbour: str
    account: UUID
    other_account: UUID
    notebook: Any

    def rows(self, district: District) -> dict[str, list[str]]:
        """Every row but those of the log, as text."""
        found = {}
        with district.entered():
            for table in tenant_tables(district.app):
                if not table.startswith("audit_"):
                    rows = db.session.execute(
                        text(f"SELECT t::text FROM {table} AS t WHERE t.tenant_id = :tenant"),
                        {"tenant": district.tenant},
                    )
                    found[table] = sorted(rows.scalars())
        return found


@pytest.fixture
def held(keeping: Flask, notebooks: Any, codes: Iterator[str]) -> Held:
    district, elsewhere = (world.onboard(keeping, next(codes)) for _ in range(2))
    community = district.communities[0]
    accounts_of: dict[str, UUID] = {}
    for at, code in (
        (district, community),
        (district, district.neighbour(community)),
        (elsewhere, elsewhere.communities[0]),
    ):
        with at.entered():
            place = at.place(code).view
            for plugin in (notebooks.diary, notebooks.letters):
                plugin.write(place, NAME, PHONE, 3, 4)
                plugin.write(place, NAME, OTHER_PHONE, 5)
    for at in (district, elsewhere):
        for phone in (PHONE, OTHER_PHONE):
            made = _person(at, at.communities[0], phone)
            accounts_of.setdefault(phone, made)
    neighbour = district.neighbour(community)
    return Held(
        district,
        elsewhere,
        community,
        neighbour,
        accounts_of[PHONE],
        accounts_of[OTHER_PHONE],
        notebooks.diary,
    )


def _person(district: District, code: str, phone: str) -> UUID:
    with district.entered():
        place = district.place(code)
        user = accounts.create_user(SYSTEM, place, name=NAME, phone=phone)
        accounts.grant_role(SYSTEM, plugin_host().catalogue, user, place, "staff")
        accounts.create_link(SYSTEM, plugin_host().catalogue, place, user)
        upload = Upload(f"{phone}.pdf", "application/pdf", b"%PDF-1.7")
        put_aside(user.id, place.view, "letters", upload)
        return user.id
