"""Reads of settings: one statement, in the transaction under way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import zip_longest
from types import MappingProxyType
from typing import Any

from sqlalchemy import BindParameter, Select, bindparam, select

from core.db import db
from core.places.codes import OFFICIAL, ancestry
from core.places.models import Place
from core.places.view import PlaceView
from core.plugin_host.host import plugin_host
from core.plugin_host.models import PluginSetting
from core.plugin_host.settings.resolution import Layer
from core.plugin_host.settings.values import InForce, as_json, in_force, schema_of
from core.tenancy import required
from core.web.forms import FormSchema

NOTHING: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True)
class Setting:
    """One setting at one place.

    Args:
        value: what is in force, as the schema loads it; ``json`` is the same as a JSON value.
        source: the place that set it; ``None`` for the plugin's default.
        inherited, inherited_from: what would be in force if this place had set nothing.
        set_here: this place set it and that is in force.
        unfit: this place has a value stored that the plugin no longer accepts.
        locked_by: the place further up that locked it; it cannot be changed here.
        locked_here: this place locked it for those below.
    """

    key: str
    value: Any
    json: Any
    source: PlaceView | None
    inherited: Any
    inherited_from: PlaceView | None
    set_here: bool
    unfit: bool
    locked_by: PlaceView | None
    locked_here: bool


@dataclass(frozen=True)
class Settings:
    """All settings of a plugin at a place, and where each one comes from.

    Args:
        items: by key, in the schema's order.
        own: the JSON values that this place set, those of keys locked further up included. Sent
            back to ``service.change`` they change nothing.
        locked: the keys that this place locked.
        version: changes whenever this place or one above it changes a setting or a lock.
    """

    items: Mapping[str, Setting] = field(default_factory=dict)
    own: Mapping[str, Any] = field(default_factory=dict)
    locked: frozenset[str] = frozenset()
    version: str = ""

    @property
    def values(self) -> dict[str, Any]:
        """What is in force, as the schema loads it."""
        return {key: item.value for key, item in self.items.items()}

    @property
    def json(self) -> dict[str, Any]:
        """What is in force, as JSON values."""
        return {key: item.json for key, item in self.items.items()}


def settings_of(plugin: str, place: PlaceView) -> Mapping[str, Any]:
    """Return the settings in force at ``place``, as the plugin's schema loads them.

    Read in the transaction under way, so that a change takes effect with the next one everywhere.
    A place below a community has its community's settings.

    Raises:
        NotFound: no plugin of that id is installed.
    """
    schema = _schema(plugin)
    if schema is None:
        return NOTHING
    _places, layers = layers_of(plugin, place)
    return MappingProxyType(dict(in_force(schema, layers).values))


def state(plugin: str, place: PlaceView) -> Settings:
    """Return every setting at ``place`` with its source and its locks.

    Raises:
        NotFound: no plugin of that id is installed.
    """
    schema = _schema(plugin)
    if schema is None:
        return Settings()
    places, layers = layers_of(plugin, place)
    return described(schema, places, layers)


def described(
    schema: FormSchema, places: tuple[PlaceView, ...], layers: tuple[Layer, ...]
) -> Settings:
    """Return the settings at the last of ``places``, of which ``layers`` are what each set."""
    here = len(layers) - 1
    now, above = in_force(schema, layers), in_force(schema, layers[:-1])
    json = as_json(schema, now.values)
    items = {}
    for key, found in now.resolved.items():
        lock = above.resolved[key].lock
        items[key] = Setting(
            key,
            now.values[key],
            json[key],
            _source(places, now, key),
            above.values[key],
            _source(places, above, key),
            set_here=found.source == here,
            unfit=lock is None and key in layers[-1].values and found.source != here,
            locked_by=None if lock is None else places[lock],
            locked_here=key in layers[-1].locked,
        )
    stored = layers[-1].values
    own = {key: stored[key] for key, item in items.items() if key in stored and not item.unfit}
    version = ".".join(str(layer.version) for layer in layers)
    return Settings(items, own, layers[-1].locked & items.keys(), version)


def layers_of(plugin: str, place: PlaceView) -> tuple[tuple[PlaceView, ...], tuple[Layer, ...]]:
    """Return the places from the district down to ``place``, and what each set for ``plugin``."""
    codes = ancestry(place.code)[: len(OFFICIAL)]
    asked = dict(zip_longest(OFFICIAL.values(), codes, fillvalue=codes[-1]))
    rows = (
        db.session.connection()
        .execute(_LAYERS, {"tenant": required(), "plugin": plugin, **asked})
        .all()
    )
    places = [PlaceView(*row[:6]) for row in rows]
    layers = [Layer(row[6] or {}, frozenset(row[7] or ()), row[8] or 0) for row in rows]
    if place.code not in codes:
        places.append(place)
        layers.append(Layer({}))
    return tuple(places), tuple(layers)


def _source(places: tuple[PlaceView, ...], found: InForce, key: str) -> PlaceView | None:
    source = found.resolved[key].source
    return None if source is None else places[source]


def _schema(plugin: str) -> FormSchema | None:
    manifest = plugin_host().get(plugin).manifest
    return None if manifest is None or manifest.settings is None else schema_of(manifest.settings)


def _layers_statement() -> Select[Any]:
    place, setting = Place.__table__, PluginSetting.__table__
    this: BindParameter[int] = bindparam("tenant")
    return (
        select(
            place.c.id,
            place.c.code,
            place.c.grid_code,
            place.c.kind,
            place.c.name,
            place.c.official_name,
            setting.c.chosen,
            setting.c.locked,
            setting.c.version,
        )
        .select_from(
            place.outerjoin(
                setting,
                (setting.c.tenant_id == this)
                & (setting.c.place_id == place.c.id)
                & (setting.c.plugin == bindparam("plugin")),
            )
        )
        .where(
            place.c.tenant_id == this,
            place.c.code.in_([bindparam(kind) for kind in OFFICIAL.values()]),
        )
        .order_by(place.c.code)
    )


_LAYERS = _layers_statement()
