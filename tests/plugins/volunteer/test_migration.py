"""Sign-ups of the first version become volunteers, and back, with every number still to be read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from flask import Flask
from sqlalchemy.engine import make_url

from core import migrate
from core.app import create_app
from core.config import Config
from core.db import db
from core.migrate import History
from core.plugin_host.host import PluginHost
from core.servers import Addresses
from core.tenancy.keys import cipher
from core.testing import world
from core.testing.world import District
from plugins.volunteer.service.people import PHONE

NAME = "volunteer_history"
_ACTIVITY = (
    "INSERT INTO p_volunteer__activity (tenant_id, id, place_id, title, description, location,"
    " organiser, risks, starts_at, ends_at, capacity, status, created_at)"
    " VALUES (%s, %s, %s, 't', 'd', 'l', 'o', 'r', %s, '2100-01-01', 9, 'published', now())"
)
_SIGN_UP = (
    "INSERT INTO p_volunteer__sign_up"
    " (tenant_id, id, activity_id, name, phone_sealed, phone_index, created_at)"
    " VALUES (%s, %s, %s, %s, %s, %s, %s)"
)


@pytest.fixture
def database(addresses: Addresses) -> Iterator[Callable[[str], str]]:
    """A database of this test's own: its address for a role's address."""

    def run(statement: str) -> None:
        url = make_url(addresses.database_owner_url).set(drivername="postgresql")
        with psycopg.connect(url.render_as_string(), autocommit=True) as connection:
            connection.execute(statement)

    run(f"CREATE DATABASE {NAME}")
    yield lambda url: make_url(url).set(database=NAME).render_as_string()
    superuser = make_url(addresses.database_owner_url).set(
        drivername="postgresql", username="postgres"
    )
    with psycopg.connect(superuser.render_as_string(), autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {NAME} WITH (FORCE)")


class Versions:
    """The application on that database, and its owner."""

    def __init__(self, app: Flask, owner: str, histories: list[History]) -> None:
        self.app, self.owner, self.histories = app, owner, histories
        self.volunteer = next(h for h in histories if h.name == "volunteer")

    def up(self) -> None:
        migrate.upgrade(self.owner, "linli_app", self.histories)

    def down(self) -> None:
        migrate.downgrade(self.owner, self.volunteer, "0001", "linli_app", self.histories)

    def rows(self, district: District, statement: str, *values: Any) -> list[Any]:
        """Run a statement as the owner, in the tenant."""
        with psycopg.connect(self.owner.replace("+psycopg", "")) as connection:
            connection.execute(f"SET LOCAL linli.tenant = '{district.tenant}'")
            done = connection.execute(statement, values)
            return done.fetchall() if done.description else []


@pytest.fixture
def versions(
    config: Config, addresses: Addresses, database: Callable[[str], str]
) -> Iterator[Versions]:
    app = create_app(
        config,
        database_url=database(addresses.database_url),
        valkey_url=addresses.valkey_url,
    )
    host: PluginHost = app.extensions["linli.plugins"]
    yield Versions(app, database(addresses.database_owner_url), host.histories())
    with app.app_context():
        db.engine.dispose()


def test_up_down_and_up_again(versions: Versions) -> None:
    versions.up()
    codes = world.unused_codes()
    one, other = (world.onboard(versions.app, next(codes)) for _ in range(2))
    versions.down()
    for district in (one, other):
        _fill(versions, district)

    versions.up()
    for district in (one, other):
        assert _people(versions, district) == [
            ("here", "李雷", "13800000002", 1),
            ("here", "王芳", "13800000001", 2),
            ("there", "王芳", "13800000001", 1),
        ]
        assert versions.rows(
            district,
            "SELECT kind, count(*) FROM p_volunteer__account GROUP BY kind ORDER BY kind",
        ) == [("issue", 2), ("volunteer", 3)]

    versions.down()
    for district in (one, other):
        found = versions.rows(
            district,
            "SELECT s.id, s.name, s.phone_sealed, a.starts_at FROM p_volunteer__sign_up AS s"
            " JOIN p_volunteer__activity AS a USING (tenant_id) WHERE a.id = s.activity_id"
            " ORDER BY s.name, a.starts_at",
        )
        opened = [
            (name, _open(district, sealed, id_), begins.year) for id_, name, sealed, begins in found
        ]
        assert opened == [
            ("李雷", "13800000002", 2098),
            ("王芳", "13800000001", 2097),
            ("王芳", "13800000001", 2099),
        ]

    versions.up()
    for district in (one, other):
        assert _people(versions, district) == [
            ("here", "李雷", "13800000002", 1),
            ("here", "王芳", "13800000001", 1),
            ("there", "王芳", "13800000001", 1),
        ]


def _fill(versions: Versions, district: District) -> None:
    """Two activities here and one next door; 王芳 comes to all, first under that name."""
    with district.entered():
        here = district.place(district.communities[0]).id
        there = district.place(district.communities[1]).id
    activities = {}
    for year, place in ((2098, here), (2099, here), (2097, there)):
        activities[year] = uuid4()
        versions.rows(
            district, _ACTIVITY, district.tenant, activities[year], place, f"{year}-01-01"
        )
    for year, name, phone, at in (
        (2098, "王芳", "13800000001", "2026-01-01"),
        (2099, "王小芳", "13800000001", "2026-01-02"),
        (2097, "王芳", "13800000001", "2026-01-03"),
        (2098, "李雷", "13800000002", "2026-01-01"),
    ):
        id_ = uuid4()
        with district.entered():
            sealed = cipher().seal(phone, PHONE, id_)
            index = cipher().blind_index(phone, PHONE)
        versions.rows(
            district, _SIGN_UP, district.tenant, id_, activities[year], name, sealed, index, at
        )


def _people(versions: Versions, district: District) -> list[tuple[str, str, str, int]]:
    """Volunteers: where, name, number, and how many sign-ups."""
    with district.entered():
        here = district.place(district.communities[0]).id
    found = versions.rows(
        district,
        "SELECT v.id, v.place_id, v.name, v.phone_sealed, (SELECT count(*)"
        " FROM p_volunteer__sign_up AS s WHERE s.tenant_id = v.tenant_id AND s.volunteer_id = v.id)"
        " FROM p_volunteer__volunteer AS v",
    )
    return sorted(
        ("here" if place == here else "there", name, _open(district, sealed, id_), count)
        for id_, place, name, sealed, count in found
    )


def _open(district: District, sealed: bytes, id_: UUID) -> str:
    with district.entered():
        return cipher().open(sealed, PHONE, id_)
