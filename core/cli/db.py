"""``linli db``: the schema of core and of all plugins."""

from __future__ import annotations

import click

from core import config as configuration
from core import migrate
from core.cli.context import json_option, servers, show, table
from core.config import ConfigError
from core.migrate import History, Position
from core.plugin_host.host import PluginHost
from core.plugin_host.loading import discover


@click.group()
def db() -> None:
    """Migrate the database, and say where it stands."""


@db.command()
@json_option
def upgrade(as_json: bool) -> None:
    """Bring core and every plugin to the newest schema, and set the application's rights."""
    config = configuration.load()
    with servers(config) as at:
        found = migrate.upgrade(at.required_owner(), at.app_role, histories())
    table([_row(p) for p in found], as_json, "Nothing to migrate.")


@db.command()
@click.argument("history")
@click.argument("revision")
@json_option
def downgrade(history: str, revision: str, as_json: bool) -> None:
    """Take HISTORY (core or a plugin's id) back to REVISION; `base` removes its tables."""
    config, every = configuration.load(), histories()
    chosen = next((h for h in every if h.name == history), None)
    if chosen is None:
        raise ConfigError(f"There is no schema history called {history!r}.")
    with servers(config) as at:
        row = _row(migrate.downgrade(at.required_owner(), chosen, revision, at.app_role, every))
    show(row, as_json, f"{history} stands at {row['current'] or 'nothing'}.")


@db.command()
@json_option
def current(as_json: bool) -> None:
    """Say where each history stands; the status is 1 when one is behind."""
    config = configuration.load()
    with servers(config) as at:
        found = migrate.positions(at.required_owner(), histories())
    table([_row(p) for p in found], as_json, "")
    if not all(p.up_to_date for p in found):
        raise click.exceptions.Exit(1)


@db.command()
@click.option("--owner", is_flag=True, help="The owner role's address instead.")
def url(owner: bool) -> None:
    """Print the database's address, for psql and other tools."""
    config = configuration.load()
    with servers(config) as at:
        address = at.required_owner() if owner else at.database_url
    click.echo(address.replace("postgresql+psycopg://", "postgresql://", 1))


def histories() -> list[History]:
    """Return the histories of core and of the plugins that can run."""
    return PluginHost(discover(configuration.load().plugins)).histories()


def _row(position: Position) -> dict[str, str | bool]:
    return {
        "history": position.name,
        "current": position.current or "",
        "head": position.head or "",
        "up_to_date": position.up_to_date,
    }
