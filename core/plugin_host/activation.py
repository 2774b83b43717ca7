"""Whether a plugin is active at a place: the one predicate that gate, menus and slots share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from core.places.codes import Kind
from core.plugin_host.loading import Installed

Policy = Literal["available", "mandatory", "forbidden"]
POLICIES: tuple[Policy, ...] = ("available", "mandatory", "forbidden")
Why = Literal["enabled", "off", "mandatory", "forbidden", "level", "other_level", "broken"]


@dataclass(frozen=True)
class Quarantine:
    """A plugin whose boxes are set aside at a place, because of one hook, until then."""

    plugin: str
    hook: str
    until: datetime


@dataclass(frozen=True)
class Switches:
    """What the database says about one place: what it enabled, what its district decided.

    ``quarantined`` also holds what may be tried again: who is set aside at a moment is
    :meth:`aside`.
    """

    enabled: frozenset[str] = frozenset()
    policies: Mapping[str, str] = field(default_factory=dict)
    quarantined: tuple[Quarantine, ...] = ()

    def policy(self, plugin: str) -> str:
        return self.policies.get(plugin, "available")

    def aside(self, at: datetime) -> dict[str, datetime]:
        """Return the plugins whose boxes are left out at a moment, each with the end of it."""
        found: dict[str, datetime] = {}
        for one in self.quarantined:
            if one.until > at:
                found[one.plugin] = max(one.until, found.get(one.plugin, one.until))
        return found


@dataclass(frozen=True)
class Activation:
    """Whether a plugin is active at a place, and why."""

    active: bool
    why: Why


def activation(plugin: Installed, kind: Kind, switches: Switches) -> Activation:
    """Decide about one plugin at one place, leaving aside what it requires."""
    if not plugin.ready or plugin.manifest is None:
        return Activation(False, "broken")
    if kind not in plugin.manifest.levels:
        return Activation(False, "other_level")
    policy = switches.policy(plugin.id)
    if policy == "forbidden":
        return Activation(False, "forbidden")
    if kind != "community":
        return Activation(True, "level")
    if policy == "mandatory":
        return Activation(True, "mandatory")
    on = plugin.id in switches.enabled
    return Activation(on, "enabled" if on else "off")


def active_ids(plugins: Mapping[str, Installed], kind: Kind, switches: Switches) -> frozenset[str]:
    """Return the ids of the plugins that are active at a place, requirements included."""
    met = met_requirements(plugins, kind, switches)
    return frozenset(id_ for id_ in met if activation(plugins[id_], kind, switches).active)


def met_requirements(
    plugins: Mapping[str, Installed], kind: Kind, switches: Switches
) -> frozenset[str]:
    """Return the ids of the plugins that satisfy whoever requires them at a place."""
    met = {id_ for id_, p in plugins.items() if meets(p, kind, switches)}
    while True:
        kept = {id_ for id_ in met if set(_requires(plugins[id_])) <= met}
        if kept == met:
            return frozenset(met)
        met = kept


def meets(plugin: Installed, kind: Kind, switches: Switches) -> bool:
    """Whether one plugin satisfies another that requires it, leaving aside what it requires itself.

    At a kind of place that it declares, it must be active there. At any other kind it can be
    switched on nowhere, so it is enough that it runs and that the district does not forbid it.
    """
    found = activation(plugin, kind, switches)
    if found.why == "other_level":
        return switches.policy(plugin.id) != "forbidden"
    return found.active


def _requires(plugin: Installed) -> tuple[str, ...]:
    return plugin.manifest.requires if plugin.manifest else ()
