"""Verbs: a district allows plugins, a community switches them on and off."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from flask_babel import lazy_gettext as _
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from core.accounts.actor import Actor
from core.accounts.permissions import PLUGIN_ALLOW, PLUGIN_ENABLE
from core.audit import Attempt, attempt
from core.clock import now
from core.db import db
from core.errors import Conflict, Invalid
from core.places.models import Place
from core.plugin_host import queries
from core.plugin_host.activation import POLICIES, Switches
from core.plugin_host.disabling import objections
from core.plugin_host.host import PluginHost
from core.plugin_host.loading import Installed
from core.plugin_host.models import PluginEnablement, PluginPolicy

DISABLED = "core.plugin.disable"


def allow(actor: Actor, host: PluginHost, district: Place, plugin_id: str, policy: str) -> None:
    """Set the district's policy on a plugin; it takes effect on the next request everywhere.

    The word that stands already changes nothing. Communities keep what they had switched on, so
    that taking a ban back restores it.

    Raises:
        NotFound: no such plugin is installed (field ``plugin``).
        Invalid: no such policy (field ``policy``), or ``district`` is none (field ``place``).
        Forbidden: the actor may not decide this there.
    """
    with attempt(
        actor,
        PLUGIN_ALLOW,
        object_type="plugin",
        object_id=plugin_id,
        place_code=district.code,
    ) as act:
        plugin = host.get(plugin_id)
        if policy not in POLICIES:
            raise Invalid(_("Choose available, mandatory or forbidden."), field="policy")
        if district.kind != "district":
            raise Invalid(_("Only the district decides this."), field="place")
        actor.require(PLUGIN_ALLOW, district)
        db.session.execute(select(Place.id).filter_by(id=district.id).with_for_update())
        row = db.session.execute(
            select(PluginPolicy).filter_by(plugin=plugin.id, ended_at=None)
        ).scalar_one_or_none()
        before = row.policy if row else "available"
        act.before, act.after = {"policy": before}, {"policy": policy}
        if policy == before:
            return
        at = now()
        if row is not None:
            row.ended_at = at
            db.session.flush()
        db.session.add(PluginPolicy(plugin=plugin.id, policy=policy, changed_at=at))
        db.session.flush()


def enable(actor: Actor, host: PluginHost, place: Place, plugin_id: str) -> bool:
    """Switch a plugin on at a community; return whether anything changed.

    Raises:
        NotFound: no such plugin is installed (field ``plugin``).
        Invalid: ``place`` is not a community (field ``place``).
        Conflict: forbidden by the district, cannot run, or requires one that is off.
        Forbidden: the actor may not switch plugins there.
    """
    with _switching(actor, PLUGIN_ENABLE, host, place, plugin_id) as (plugin, act, row, policies):
        if not plugin.ready:
            raise Conflict(_("This application cannot run at present."), field="plugin")
        if policies.get(plugin_id) == "forbidden":
            raise Conflict(_("The district has forbidden this application."), field="plugin")
        _refuse_missing_requirements(host, plugin, place, policies)
        act.before, act.after = {"enabled": row is not None}, {"enabled": True}
        if row is not None:
            return False
        try:
            with db.session.begin_nested():
                db.session.add(PluginEnablement(place_id=place.id, plugin=plugin_id))
        except IntegrityError:
            return False
        return True


def disable(actor: Actor, host: PluginHost, place: Place, plugin_id: str) -> bool:
    """Switch a plugin off at a community; its data stays. Return whether anything changed.

    Raises:
        NotFound: no such plugin is installed (field ``plugin``).
        Invalid: ``place`` is not a community (field ``place``).
        Conflict: made mandatory by the district, or another active plugin requires it or objects.
        Forbidden: the actor may not switch plugins there.
    """
    with _switching(actor, DISABLED, host, place, plugin_id) as (plugin, act, row, policies):
        if policies.get(plugin_id) == "mandatory":
            raise Conflict(_("The district has made this application mandatory."), field="plugin")
        _refuse_dependants(host, plugin, place, policies)
        act.before, act.after = {"enabled": row is not None}, {"enabled": False}
        if row is None:
            return False
        if found := objections(actor, host, place, plugin_id, policies):
            raise Conflict(
                _("Others object. %(objections)s", objections=host.objections(found)),
                field="plugin",
            )
        row.disabled_at = now()
        db.session.flush()
        return True


@contextmanager
def _switching(
    actor: Actor, action: str, host: PluginHost, place: Place, plugin_id: str
) -> Iterator[tuple[Installed, Attempt, PluginEnablement | None, dict[str, str]]]:
    with attempt(
        actor, action, object_type="plugin", object_id=plugin_id, place_code=place.code
    ) as act:
        plugin = host.get(plugin_id)
        if place.kind != "community":
            raise Invalid(_("Applications are switched on by communities."), field="place")
        actor.require(PLUGIN_ENABLE, place)
        row = db.session.execute(
            select(PluginEnablement)
            .filter_by(place_id=place.id, plugin=plugin_id, disabled_at=None)
            .with_for_update()
        ).scalar_one_or_none()
        yield plugin, act, row, queries.policies()


def _refuse_missing_requirements(
    host: PluginHost, plugin: Installed, place: Place, policies: dict[str, str]
) -> None:
    met = host.met_requirements(place.kind, Switches(queries.enabled_at(place.id), policies))
    if missing := [other for other in host.requires(plugin.id) if other not in met]:
        raise Conflict(
            _("Switch on first what it requires: %(names)s.", names=host.listed(missing)),
            field="plugin",
        )


def _refuse_dependants(
    host: PluginHost, plugin: Installed, place: Place, policies: dict[str, str]
) -> None:
    enabled = queries.enabled_at(place.id)
    active = host.active(place.kind, Switches(enabled, policies))
    left = host.active(place.kind, Switches(enabled - {plugin.id}, policies))
    if needing := sorted(active - left - {plugin.id}):
        raise Conflict(
            _("Switch off first what requires it: %(names)s.", names=host.listed(needing)),
            field="plugin",
        )
