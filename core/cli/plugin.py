"""``linli plugin``: what is installed, what districts allow, what communities switch on."""

from __future__ import annotations

import click

from core.cli.context import ACTOR, application, in_tenant, json_option, place_at, show, table
from core.plugin_host import service
from core.plugin_host.activation import POLICIES
from core.plugin_host.host import plugin_host


@click.group()
def plugin() -> None:
    """List plugins; allow them in a district; switch them on and off in a community."""


@plugin.command("list")
@json_option
def list_(as_json: bool) -> None:
    """List installed plugins with their state and, if they cannot run, the reason."""
    with application():
        rows = [
            {
                "plugin": p.id,
                "name": plugin_host().name(p.id),
                "version": p.version,
                "state": p.state,
                "reason": p.reason,
            }
            for _, p in sorted(plugin_host().plugins.items())
        ]
    table(rows, as_json, "No plugin is installed.")


@plugin.command()
@click.argument("district")
@click.argument("plugin_id", metavar="PLUGIN")
@click.argument("policy", type=click.Choice(POLICIES))
@json_option
def allow(district: str, plugin_id: str, policy: str, as_json: bool) -> None:
    """Set what DISTRICT decides about PLUGIN."""
    with in_tenant(district):
        service.allow(ACTOR, plugin_host(), place_at(district), plugin_id, policy)
    show(
        {"district": district, "plugin": plugin_id, "policy": policy},
        as_json,
        f"{plugin_id} is {policy} in {district}.",
    )


@plugin.command()
@click.argument("place")
@click.argument("plugin_id", metavar="PLUGIN")
@json_option
def enable(place: str, plugin_id: str, as_json: bool) -> None:
    """Switch PLUGIN on at the community PLACE."""
    with in_tenant(place):
        changed = service.enable(ACTOR, plugin_host(), place_at(place), plugin_id)
    _tell(place, plugin_id, True, changed, as_json)


@plugin.command()
@click.argument("place")
@click.argument("plugin_id", metavar="PLUGIN")
@json_option
def disable(place: str, plugin_id: str, as_json: bool) -> None:
    """Switch PLUGIN off at the community PLACE; its data stays."""
    with in_tenant(place):
        changed = service.disable(ACTOR, plugin_host(), place_at(place), plugin_id)
    _tell(place, plugin_id, False, changed, as_json)


def _tell(place: str, plugin_id: str, enabled: bool, changed: bool, as_json: bool) -> None:
    word = "on" if enabled else "off"
    show(
        {"place": place, "plugin": plugin_id, "enabled": enabled, "changed": changed},
        as_json,
        f"{plugin_id} is {word} at {place}." if changed else f"{plugin_id} was {word} already.",
    )
