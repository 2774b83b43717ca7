"""What commands need: servers, an application, a tenant, and a way to print."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import click
from flask import Flask, current_app
from sqlalchemy.engine import make_url

from core import config as configuration
from core import tenancy
from core.accounts.actor import Actor
from core.accounts.tickets import Ticket, link_address
from core.app import create_app
from core.config import Config, ConfigError
from core.db import db, transaction
from core.errors import LinliError, NotFound
from core.places import queries as places
from core.places.codes import is_code, route_code
from core.places.models import Place
from core.servers import hold
from core.tenancy import queries as tenants
from core.tenancy.models import Tenant
from core.web.refusals import record_refusal

ACTOR = Actor.system("command line")

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON for scripts.")


@dataclass(frozen=True)
class Servers:
    """Where the database and Valkey of this command are; ``check`` revives embedded ones."""

    database_url: str
    owner_url: str | None
    valkey_url: str
    check: Callable[[], None]

    @property
    def app_role(self) -> str:
        """The role that serves; migrations grant it what the tables allow."""
        return make_url(self.database_url).username or ""

    def required_owner(self) -> str:
        """Return the owner's address.

        Raises:
            ConfigError: DATABASE_OWNER_URL is missing.
        """
        if self.owner_url is None:
            raise ConfigError("DATABASE_OWNER_URL is missing: migrations need the owner role.")
        return self.owner_url


@contextmanager
def servers(config: Config) -> Iterator[Servers]:
    """Use the configured servers, or hold the embedded ones for the time of the command."""
    if config.database_url is not None and config.valkey_url is not None:
        yield Servers(
            config.database_url, config.database_owner_url, config.valkey_url, lambda: None
        )
        return
    with hold(config.home) as held:
        at = held.addresses
        yield Servers(at.database_url, at.database_owner_url, at.valkey_url, held.check)


@contextmanager
def application() -> Iterator[Flask]:
    """An application in its context, for one command."""
    config = configuration.load()
    with servers(config) as at:
        app = create_app(config, database_url=at.database_url, valkey_url=at.valkey_url)
        with app.app_context():
            try:
                yield app
            finally:
                db.session.remove()
                db.engine.dispose()


@contextmanager
def in_tenant(code: str) -> Iterator[Tenant]:
    """One transaction in the tenant that ``code``, a district's or place's code, names.

    Raises:
        NotFound: no such tenant is on board (field ``code``).
    """
    with application():
        tenant_id = tenant_of(code)
        with tenancy.enter(tenant_id), recorded():
            yield tenants.get(tenant_id)


def tenant_of(code: str) -> int:
    """Return the id of the tenant that ``code``, a district's or place's code, names.

    Raises:
        NotFound: no such tenant is on board (field ``code``).
    """
    tenant_id = tenants.id_of_route(route_code(code))
    db.session.rollback()
    if tenant_id is None:
        raise NotFound(f"No district with the code {code[:20]} is on board.", field="code")
    return tenant_id


@contextmanager
def recorded() -> Iterator[None]:
    """One transaction whose refusal is recorded."""
    try:
        with transaction():
            yield
    except LinliError as error:
        record_refusal(error)
        raise


def place_at(code: str) -> Place:
    """Return the place at this code in the entered tenant.

    Raises:
        NotFound: there is none (field ``place``).
    """
    place = places.by_code(code) if is_code(code) else None
    if place is None:
        raise NotFound(f"There is no place with the code {code[:70]}.", field="place")
    return place


def show(value: Any, as_json: bool, line: str) -> None:
    """Print ``value`` as JSON, or the ``line`` for people."""
    click.echo(json.dumps(value, ensure_ascii=False, default=str) if as_json else line)


def table(rows: list[dict[str, Any]], as_json: bool, empty: str) -> None:
    """Print rows as JSON or in columns."""
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False, default=str))
    elif not rows:
        click.echo(empty)
    else:
        names = list(rows[0])
        for cells in [names, *[[str(row[name]) for name in names] for row in rows]]:
            click.echo("\t".join(cells))


def link_to(ticket: Ticket, route_code: str) -> str:
    """Return the full address of a one-time link."""
    return link_address(current_app.extensions["linli.config"].base_url, route_code, ticket)
