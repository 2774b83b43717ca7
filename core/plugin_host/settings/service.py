"""The verb of settings: a place sets some, inherits the rest, and locks what must stay."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import Any

from flask_babel import lazy_gettext as _
from marshmallow import RAISE, ValidationError
from sqlalchemy import select

from core.accounts.actor import Actor
from core.accounts.permissions import PLUGIN_CONFIGURE
from core.audit import attempt
from core.clock import now
from core.db import db
from core.errors import Conflict, Invalid
from core.places.codes import ancestry
from core.places.models import Place
from core.places.view import PlaceView
from core.plugin_host import queries as switches
from core.plugin_host.contract import Manifest
from core.plugin_host.host import PluginHost
from core.plugin_host.loading import Installed
from core.plugin_host.models import PluginSetting
from core.plugin_host.settings.queries import Settings, described, layers_of
from core.plugin_host.settings.resolution import Layer
from core.plugin_host.settings.values import (
    as_json,
    in_force,
    messages_by_key,
    schema_of,
    stored,
    strict,
)
from core.web.forms import FormSchema

LARGEST = 16 * 1024
_DOWNWARDS = ("district", "street", "community")


def change(
    actor: Actor,
    host: PluginHost,
    place: PlaceView,
    plugin_id: str,
    values: Mapping[str, Any],
    *,
    locked: Collection[str] | None = None,
    expected: str | None = None,
) -> Settings:
    """Set a plugin's settings at ``place``; in force on the next request everywhere.

    Args:
        values: JSON values of all keys that the place sets itself. A key that is left out is
            inherited again; one that a place further up locked keeps what is stored for it.
        locked: keys that nobody below may change; ``None`` leaves the locks as they are.
        expected: the ``Settings.version`` that the change is based on, if that matters.

    Returns the settings as they are now.

    Raises:
        NotFound: no such plugin is installed (field ``plugin``).
        Forbidden: the actor may not configure applications there.
        Conflict: the plugin cannot run or is forbidden (field ``plugin``); the settings changed
            since ``expected``; or a place further up locked the key (field is the key).
        Invalid: unknown keys, wrong types or refused values (``fields`` by key), nothing to set
            for such a place (field ``place``), no settings, or too much text.
    """
    with attempt(
        actor,
        PLUGIN_CONFIGURE,
        object_type="plugin",
        object_id=plugin_id,
        place_code=place.code,
    ) as act:
        plugin = host.get(plugin_id)
        actor.require(PLUGIN_CONFIGURE, place)
        schema, lowest = _configurable(plugin, place)
        lock(place)
        places, layers = layers_of(plugin_id, place)
        found = described(schema, places, layers)
        act.before = _summary(layers[-1])
        if expected is not None and expected != found.version:
            raise Conflict(
                _(
                    "Somebody changed these settings after you opened them. Compare with what is"
                    " in force now, and save again."
                )
            )
        locks = found.locked if locked is None else frozenset(locked)
        _refuse_locked(found, values, locks)
        wrong = _wrong_locks(schema, locks, lowest=lowest)
        wanted = _accepted(schema, found, layers, values, locks, wrong)
        act.after = _summary(wanted)
        if _same(act.before, act.after):
            return found
        _store(place, plugin_id, wanted)
        return described(schema, places, (*layers[:-1], wanted))


def lock(place: PlaceView) -> None:
    """Let nobody else change settings at ``place`` or above it until this transaction ends.

    From the district down, so that two changes wait for each other but never in a circle; what
    merely refers to the places goes on.
    """
    if above := ancestry(place.code)[:-1]:
        rows = select(Place.id).where(Place.code.in_(above)).order_by(Place.code)
        db.session.execute(rows.with_for_update(read=True))
    db.session.execute(select(Place.id).filter_by(id=place.id).with_for_update(key_share=True))


def is_configurable(manifest: Manifest | None, kind: str) -> bool:
    """Say whether a plugin has settings that a place of this ``kind`` may set."""
    if manifest is None or manifest.settings is None or kind not in _DOWNWARDS:
        return False
    return _DOWNWARDS.index(kind) <= _lowest(manifest)


def may_lock(manifest: Manifest, kind: str) -> bool:
    """Say whether settings are inherited from places of this ``kind``, so that a lock has sense."""
    return kind in _DOWNWARDS and _DOWNWARDS.index(kind) < _lowest(manifest)


def _lowest(manifest: Manifest) -> int:
    return max(_DOWNWARDS.index(level) for level in manifest.levels)


def _configurable(plugin: Installed, place: PlaceView) -> tuple[FormSchema, bool]:
    """Return the plugin's schema, and whether ``place`` is of the lowest kind that sets it."""
    if not plugin.ready or plugin.manifest is None:
        raise Conflict(_("This application cannot run at present."), field="plugin")
    if switches.policies().get(plugin.id) == "forbidden":
        raise Conflict(_("The district has forbidden this application."), field="plugin")
    if plugin.manifest.settings is None:
        raise Invalid(_("This application has no settings."), field="settings")
    if not is_configurable(plugin.manifest, place.kind):
        raise Invalid(_("This application has no settings at places of this kind."), field="place")
    return schema_of(plugin.manifest.settings), not may_lock(plugin.manifest, place.kind)


def _refuse_locked(found: Settings, values: Mapping[str, Any], locks: frozenset[str]) -> None:
    for key, item in found.items.items():
        touched = key in values and not (key in found.own and _same(found.own[key], values[key]))
        if item.locked_by is not None and (touched or key in locks - found.locked):
            raise Conflict(
                _("%(place)s has locked this setting.", place=item.locked_by.name), field=key
            )


def _wrong_locks(
    schema: FormSchema, locks: frozenset[str], *, lowest: bool
) -> dict[str, list[str]]:
    known = locks & schema.load_fields.keys() if lowest else frozenset()
    nothing_below = str(_("There is no place below this one that could change it."))
    wrong = {key: [nothing_below] for key in sorted(known)}
    unknown = str(schema.error_messages["unknown"])
    return wrong | {key: [unknown] for key in sorted(locks - schema.load_fields.keys())}


def _accepted(
    schema: FormSchema,
    found: Settings,
    layers: tuple[Layer, ...],
    values: Mapping[str, Any],
    locks: frozenset[str],
    wrong: dict[str, list[str]],
) -> Layer:
    """Return what is to be stored, in the schema's own writing.

    The schema judges everything that would be in force, so that its rules over several keys hold.
    """
    closed = {key for key, item in found.items.items() if item.locked_by is not None}
    own = {key: value for key, value in values.items() if key not in closed}
    above = in_force(schema, layers[:-1])
    judged = stored(above.resolved, above.layers) | strict(schema, own)
    loaded: dict[str, Any] = {}
    try:
        loaded = schema.load(judged, unknown=RAISE)
    except ValidationError as error:
        for key, messages in messages_by_key(error).items():
            wrong.setdefault(key, []).extend(messages)
    if wrong:
        raise _invalid(wrong)
    written = as_json(schema, loaded)
    chosen = {key: written[key] for key in own}
    if len(json.dumps(chosen)) > LARGEST:
        raise Invalid(_("These settings are too long to be kept."), field="settings")
    kept = {key: value for key, value in found.own.items() if key in closed}
    return Layer(
        chosen | kept,
        (locks - closed) | (found.locked & closed),
        layers[-1].version + 1,
    )


def _invalid(wrong: dict[str, list[str]]) -> Invalid:
    """Return the refusal; what is wrong with no single key is the message itself."""
    whole = wrong.pop("_schema", [])
    if not wrong:
        return Invalid(" ".join(whole))
    return Invalid(fields=wrong)


def _store(place: PlaceView, plugin_id: str, wanted: Layer) -> None:
    row = db.session.execute(
        select(PluginSetting).filter_by(place_id=place.id, plugin=plugin_id)
    ).scalar_one_or_none()
    if row is None:
        row = PluginSetting(place_id=place.id, plugin=plugin_id)
        db.session.add(row)
    row.chosen, row.locked = dict(wanted.values), sorted(wanted.locked)
    row.version, row.changed_at = wanted.version, now()
    db.session.flush()


def _summary(layer: Layer) -> dict[str, Any]:
    return {"settings": dict(layer.values), "locked": sorted(layer.locked)}


def _same(one: Any, other: Any) -> bool:
    """Compare as JSON, where true is not 1."""
    return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)
