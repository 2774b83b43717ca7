"""Plugins at a place as resources of the API: their state, the switch, the settings."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any, get_args

from flask_babel import lazy_gettext as _
from marshmallow import Schema, fields, validate
from sqlalchemy import select

from core.accounts.permissions import PLACE_VIEW, PLUGIN_CONFIGURE, PLUGIN_ENABLE
from core.api.contract import ApiContext, Resources
from core.audit import attempt
from core.db import db
from core.errors import Invalid, LinliError
from core.paging import Page
from core.places.models import Place
from core.plugin_host import queries, service
from core.plugin_host.activation import POLICIES, Switches, Why, activation
from core.plugin_host.host import plugin_host
from core.plugin_host.loading import Installed
from core.plugin_host.models import PluginEnablement
from core.plugin_host.settings import state
from core.plugin_host.settings.service import change, lock
from core.tenancy import required

resources = Resources()
REASONS: tuple[str, ...] = get_args(Why)


class PluginState(Schema):
    """Whether a plugin is active at a place, and why."""

    id = fields.String(required=True, metadata={"label": _("Id")})
    active = fields.Boolean(
        required=True,
        metadata={"label": _("Active here"), "help": _("Its pages and resources answer here.")},
    )
    reason = fields.String(
        required=True,
        validate=validate.OneOf(REASONS),
        metadata={
            "label": _("Reason"),
            "help": _(
                "enabled, off: as the community switched it; mandatory, forbidden: as the district"
                " decided; level: always there at this kind of place; other_level: never there;"
                " broken: it cannot run at present."
            ),
        },
    )
    policy = fields.String(
        required=True,
        validate=validate.OneOf(POLICIES),
        metadata={"label": _("Decision of the district")},
    )


class PluginListed(PluginState):
    """A plugin in the list of a place."""

    name = fields.String(required=True, metadata={"label": _("Name of the application")})
    version = fields.String(required=True, metadata={"label": _("Version")})


class PluginOut(PluginState):
    """A plugin at a place, with its switch and its settings."""

    enabled = fields.Boolean(
        required=True,
        allow_none=True,
        metadata={
            "label": _("Switched on"),
            "help": _("null at streets and districts, which have no switch."),
        },
    )
    settings = fields.Dict(
        required=True,
        allow_none=True,
        keys=fields.String(),
        metadata={
            "label": _("Settings of this place"),
            "help": _(
                "What is not set here is inherited from above. null without the permission"
                " core.plugin.configure."
            ),
        },
    )
    in_force = fields.Dict(
        required=True,
        allow_none=True,
        keys=fields.String(),
        metadata={
            "label": _("Settings in force"),
            "help": _(
                "Inherited ones included. null without the permission core.plugin.configure."
            ),
        },
    )
    locked = fields.List(
        fields.String(),
        required=True,
        allow_none=True,
        metadata={
            "label": _("Locked settings"),
            "help": _(
                "Settings that this place locked for those below. null without the permission"
                " core.plugin.configure."
            ),
        },
    )


class PluginChange(Schema):
    """What is to change; what is left out stays."""

    enabled = fields.Boolean(
        metadata={
            "label": _("Switched on"),
            "help": _("Only at communities. Needs the permission core.plugin.enable."),
        }
    )
    settings = fields.Dict(
        keys=fields.String(),
        metadata={
            "label": _("Settings of this place"),
            "help": _(
                "Takes the place of all settings that were set here; those left out are inherited"
                " again. Needs the permission core.plugin.configure."
            ),
        },
    )


@resources.get(
    "/plugins",
    permission=PLACE_VIEW,
    answer=PluginListed,
    paged=True,
    summary=_("List the applications with their state at a place"),
)
def plugins(ctx: ApiContext) -> Page[dict[str, Any]]:
    """All installed plugins, by id."""
    switches = _switches(ctx)
    every = [plugin for _id, plugin in sorted(plugin_host().plugins.items())]
    first = (ctx.paging.number - 1) * ctx.paging.size
    rows = [
        {
            **_state(ctx, plugin, switches),
            "name": plugin_host().name(plugin.id),
            "version": plugin.version,
        }
        for plugin in every[first : first + ctx.paging.size]
    ]
    return Page(rows, len(every), ctx.paging.number, ctx.paging.size)


@resources.get(
    "/plugins/<plugin_id:plugin_id>",
    permission=PLACE_VIEW,
    answer=PluginOut,
    summary=_("Read an application's switch and settings at a place"),
)
def plugin(ctx: ApiContext, plugin_id: str) -> dict[str, Any]:
    """One plugin at this place; its settings for those who may set them, as on the page."""
    found = plugin_host().get(plugin_id)
    if ctx.for_change:
        _lock(ctx, plugin_id)
    switches = _switches(ctx)
    settings = state(plugin_id, ctx.place) if ctx.can(PLUGIN_CONFIGURE) else None
    return {
        **_state(ctx, found, switches),
        "enabled": plugin_id in switches.enabled if ctx.place.kind == "community" else None,
        "settings": settings and settings.own,
        "in_force": settings and settings.json,
        "locked": settings and sorted(settings.locked),
    }


@resources.put(
    "/plugins/<plugin_id:plugin_id>",
    permission=PLACE_VIEW,
    also={
        PLUGIN_ENABLE: _("To switch it on or off (enabled)."),
        PLUGIN_CONFIGURE: _("To set its settings (settings)."),
    },
    body=PluginChange,
    answer=PluginOut,
    current="plugin",
    summary=_("Switch an application on or off at a place, and set its settings"),
)
def change_plugin(ctx: ApiContext, plugin_id: str) -> dict[str, Any]:
    """Switch and set in one transaction, or nothing of both."""
    host = plugin_host()
    place = db.session.get_one(Place, (required(), ctx.place.id))
    # Switching off asks other plugins, which must find nothing changed that they could commit.
    if "enabled" in ctx.body:
        if ctx.place.kind != "community":
            raise Invalid(_("Applications are switched on by communities."), field="enabled")
        _require_all(ctx, plugin_id)
        switch = service.enable if ctx.body["enabled"] else service.disable
        switch(ctx.actor, host, place, plugin_id)
    if "settings" in ctx.body:
        _set(ctx, plugin_id)
    changed: dict[str, Any] = plugin(ctx, plugin_id)
    return changed


def _require_all(ctx: ApiContext, plugin_id: str) -> None:
    """Name at once every permission that is missing; each try is recorded as its own act.

    What is missing alone is told by the service that needs it.
    """
    wanted = {PLUGIN_ENABLE: PLUGIN_ENABLE if ctx.body["enabled"] else service.DISABLED}
    if "settings" in ctx.body:
        wanted[PLUGIN_CONFIGURE] = PLUGIN_CONFIGURE
    missing = [permission for permission in wanted if not ctx.can(permission)]
    if len(missing) < 2:
        return
    with ExitStack() as tries:
        for permission in missing:
            tries.enter_context(
                attempt(
                    ctx.actor,
                    wanted[permission],
                    object_type="plugin",
                    object_id=plugin_id,
                    place_code=ctx.place.code,
                )
            )
        raise ctx.actor.lacks(*missing)


def _set(ctx: ApiContext, plugin_id: str) -> None:
    """Name the settings that are refused as the body does: ``settings.step``."""
    try:
        change(ctx.actor, plugin_host(), ctx.place, plugin_id, ctx.body["settings"])
    except Invalid as error:
        if error.field is None:
            error.fields = {f"settings.{key}": told for key, told in error.fields.items()}
        raise
    except LinliError as error:
        if error.field in ctx.body["settings"]:
            error.field = f"settings.{error.field}"
        raise


def _state(ctx: ApiContext, found: Installed, switches: Switches) -> dict[str, Any]:
    host = plugin_host()
    return {
        "id": found.id,
        "active": found.id in host.active(ctx.place.kind, switches),
        "reason": activation(found, ctx.place.kind, switches).why,
        "policy": switches.policy(found.id),
    }


def _switches(ctx: ApiContext) -> Switches:
    """Read afresh: a change may have come before."""
    return Switches(queries.enabled_at(ctx.place.id), queries.policies())


def _lock(ctx: ApiContext, plugin_id: str) -> None:
    lock(ctx.place)
    db.session.execute(
        select(PluginEnablement.id)
        .filter_by(place_id=ctx.place.id, plugin=plugin_id, disabled_at=None)
        .with_for_update()
    )
