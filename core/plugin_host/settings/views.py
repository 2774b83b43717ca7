"""The page of a plugin's settings at one place."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from core.accounts.permissions import PLUGIN_CONFIGURE
from core.errors import Conflict, Invalid, NotFound
from core.plugin_host.contract import Manifest
from core.plugin_host.host import plugin_host
from core.plugin_host.loading import Installed
from core.plugin_host.settings.form import SettingsForm
from core.plugin_host.settings.queries import state
from core.plugin_host.settings.service import change, is_configurable, may_lock
from core.plugin_host.speaking import speaking
from core.web.access import Area
from core.web.gate import Gate, required_gate
from core.web.refusals import record_refusal, refuse

area = Area("app_settings", __name__)

_RULE = "/<place_code:place_code>/-/apps/<plugin_id:plugin_id>/settings"
_LEVELS = ("district", "street", "community")
VERSION = "settings-version"


@area.page(_RULE, permission=PLUGIN_CONFIGURE, levels=_LEVELS)
def edit(place_code: str, plugin_id: str) -> Any:
    """What is in force here, where it comes from, and the form to change it."""
    gate = required_gate()
    plugin, manifest = _configurable(gate, plugin_id)
    with speaking(plugin.domain):
        return _page(gate, plugin, manifest, _form(gate, plugin, manifest))


@area.page(_RULE, permission=PLUGIN_CONFIGURE, levels=_LEVELS, methods=["POST"])
def save(place_code: str, plugin_id: str) -> Any:
    """Set what was typed and inherit the rest, from the next request on."""
    gate = required_gate()
    plugin, manifest = _configurable(gate, plugin_id)
    with speaking(plugin.domain):
        return _save(gate, plugin, manifest)


def _save(gate: Gate, plugin: Installed, manifest: Manifest) -> Response | tuple[str, int]:
    form, version = _form(gate, plugin, manifest), request.form.get(VERSION, "")
    loaded = form.load(request.form)
    if loaded is None and version == form.state.version:
        return _page(gate, plugin, manifest, form), Invalid.status
    values, locked = loaded or ({}, set())
    locks = locked if may_lock(manifest, gate.place.kind) else None
    try:
        change(
            gate.visitor,
            plugin_host(),
            gate.place,
            plugin.id,
            values,
            locked=locks,
            expected=version,
        )
    except Conflict as error:
        record_refusal(error)
        form = _form(gate, plugin, manifest)
        form.rebase(request.form)
        form.form.add_errors({error.field or "": [error.message]})
        return _page(gate, plugin, manifest, form), error.status
    except Invalid as error:
        refuse(form.form, error)
        return _page(gate, plugin, manifest, form), error.status
    flash(_("The settings are saved and in force from now on."), "success")
    return redirect(f"{gate.place.url}apps/{plugin.id}/settings", 303)


def _configurable(gate: Gate, plugin_id: str) -> tuple[Installed, Manifest]:
    plugin = plugin_host().get(plugin_id)
    manifest = plugin.manifest
    if not plugin.ready or manifest is None or not is_configurable(manifest, gate.place.kind):
        raise NotFound()
    if gate.switches.policy(plugin_id) == "forbidden":
        raise NotFound()
    return plugin, manifest


def _form(gate: Gate, plugin: Installed, manifest: Manifest) -> SettingsForm:
    assert manifest.settings is not None
    return SettingsForm(manifest.settings, state(plugin.id, gate.place))


def _page(gate: Gate, plugin: Installed, manifest: Manifest, form: SettingsForm) -> str:
    return render_template(
        "plugin_host/settings.html",
        gate=gate,
        plugin=plugin,
        manifest=manifest,
        form=form,
        may_lock=may_lock(manifest, gate.place.kind),
        version_field=VERSION,
    )
