"""Roles beside the application's, and an installation that nobody else changes."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import dataclass

import psycopg
import pytest
from flask import Flask
from psycopg import sql
from sqlalchemy.engine import URL, make_url

from core import migrate
from core.app import create_app
from core.config import Config
from core.db import db
from core.plugin_host.host import PluginHost
from core.plugin_host.loading import discover
from core.servers import Addresses


@dataclass
class Installation:
    """A database of its own on the suite's server, migrated and empty, with an application."""

    app: Flask
    app_url: str
    owner_url: str
    superuser: psycopg.Connection


@pytest.fixture(scope="module")
def installation(config: Config, addresses: Addresses) -> Iterator[Installation]:
    """Nobody is on board there yet, so districts with known figures can be."""
    owner, app = make_url(addresses.database_owner_url), make_url(addresses.database_url)
    name = f"linli_{secrets.token_hex(4)}"
    with connected(owner) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    at = {
        role: url.set(database=name).render_as_string()
        for role, url in (("owner", owner), ("app", app))
    }
    migrate.upgrade(at["owner"], app.username or "", PluginHost(discover("strict")).histories())
    made = create_app(config, database_url=at["app"], valkey_url=addresses.valkey_url)
    with connected(owner.set(database=name, username="postgres")) as superuser:
        yield Installation(made, at["app"], at["owner"], superuser)
    with made.app_context():
        db.engine.dispose()
    with connected(owner.set(username="postgres")) as connection:
        statement = sql.SQL("DROP DATABASE {} WITH (FORCE)")
        connection.execute(statement.format(sql.Identifier(name)))


@pytest.fixture
def superuser(addresses: Addresses) -> Iterator[psycopg.Connection]:
    """A role that row-level security does not hold, to look behind it."""
    with connected(make_url(addresses.database_owner_url).set(username="postgres")) as connection:
        yield connection


def connected(url: URL) -> psycopg.Connection:
    return psycopg.connect(url.set(drivername="postgresql").render_as_string(), autocommit=True)
