"""``linli plugin``: what is installed, what districts allow, what communities switch on."""

from __future__ import annotations

from dataclasses import asdict

import click

from core import tenancy
from core.api.document import left_out
from core.cli.context import (
    ACTOR,
    application,
    in_tenant,
    json_option,
    place_at,
    show,
    table,
    tenant_of,
)
from core.db import db, transaction
from core.plugin_host import service
from core.plugin_host.activation import POLICIES
from core.plugin_host.health.report import report
from core.plugin_host.host import plugin_host
from core.tenancy import queries as tenants


@click.group()
def plugin() -> None:
    """List plugins; allow them in a district; switch them on and off in a community."""


@plugin.command("list")
@json_option
def list_(as_json: bool) -> None:
    """List installed plugins with their state and what is wrong with them."""
    with application():
        undescribed = {
            id_: f"left out of the API document: {reason}"
            for id_, reason in left_out(plugin_host()).items()
        }
        rows = [
            {
                "plugin": p.id,
                "name": plugin_host().name(p.id),
                "version": p.version,
                "state": p.state,
                "reason": p.reason or undescribed.get(p.id, ""),
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
@click.argument("district", required=False)
@json_option
def health(district: str | None, as_json: bool) -> None:
    """Print what failed in plugins, and today's calls, in DISTRICT or in all."""
    with application():
        ids = [tenant_of(district)] if district else [one.id for one in tenants.all_tenants()]
        db.session.rollback()
        rows = []
        for tenant_id in ids:
            with tenancy.enter(tenant_id), transaction():
                rows += [asdict(line) for line in report()]
    table(rows, as_json, "No hook of a plugin was called today, and none failed.")


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
