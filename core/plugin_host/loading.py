"""From entry points to loaded plugins. A bad plugin is set aside with its reason, never fatal."""

from __future__ import annotations

import inspect
import logging
import sys
from collections.abc import Iterable
from dataclasses import dataclass, replace
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Any, Literal, TypedDict

import pluggy
from flask_babel import Domain

from core.accounts.permissions import Catalogue
from core.config import PluginMode
from core.migrate import History
from core.plugin_host.checking import PluginRefused, check
from core.plugin_host.contract import Contribution, Manifest
from core.plugin_host.speaking import plugin_domain
from core.plugin_host.spec import ENTRY_POINTS, PROJECT, RUNTIME, Spec

log = logging.getLogger(__name__)

State = Literal["ready", "failed", "incompatible", "skipped"]
OTHER_VERSIONS = "linli.plugins.v"


class About(TypedDict):
    """Where a plugin comes from."""

    entry: str
    distribution: str
    version: str
    author: str


@dataclass(frozen=True)
class Installed:
    """An installed plugin and what became of it."""

    id: str
    entry: str
    distribution: str
    version: str
    author: str
    state: State
    reason: str = ""
    plugin: Any = None
    manifest: Manifest | None = None
    contribution: Contribution | None = None
    folder: Path | None = None
    domain: Domain | None = None

    @property
    def ready(self) -> bool:
        return self.state == "ready"

    @property
    def history(self) -> History | None:
        """The plugin's schema history, if it has tables."""
        if self.contribution is None or self.contribution.tables is None:
            return None
        tables = self.contribution.tables
        return History(self.id, tables.metadata, tables.versions, f"p_{self.id}__version")


def discover(mode: PluginMode, found: Iterable[EntryPoint] | None = None) -> list[Installed]:
    """Load every installed plugin, or say why not.

    Args:
        mode: ``strict`` makes a bad plugin fatal (``PluginRefused``), ``safe`` loads none.
        found: entry points to use instead of the installed ones.
    """
    every = _installed() if found is None else found
    catalogue = Catalogue()
    plugins: list[Installed] = []
    for entry in sorted(every, key=lambda e: (e.name, e.group, e.value)):
        if entry.group.startswith(OTHER_VERSIONS):
            ready = {plugin.id: plugin for plugin in plugins if plugin.ready}
            plugins.append(_load_or_explain(entry, mode, catalogue, ready))
    plugins = _with_requirements(plugins)
    bad = next((plugin for plugin in plugins if plugin.state == "failed"), None)
    if mode == "strict" and bad is not None:
        raise PluginRefused(f"{bad.id}: {bad.reason}")
    return plugins


def _installed() -> list[EntryPoint]:
    every = entry_points()
    groups = [group for group in every.groups if group.startswith(OTHER_VERSIONS)]
    return [entry for group in groups for entry in every.select(group=group)]


def _load_or_explain(
    entry: EntryPoint, mode: PluginMode, catalogue: Catalogue, others: dict[str, Installed]
) -> Installed:
    dist = entry.dist
    about: About = {
        "entry": entry.value,
        "distribution": dist.name if dist else "",
        "version": dist.version if dist else "",
        "author": (dist.metadata["Author"] or dist.name) if dist else "",
    }
    if entry.group != ENTRY_POINTS:
        reason = f"written for {entry.group}, this is {ENTRY_POINTS}"
        return Installed(entry.name, state="incompatible", reason=reason, **about)
    if mode == "safe":
        return Installed(entry.name, state="skipped", reason="LINLI_PLUGINS=safe", **about)
    try:
        return _load(entry, catalogue, others, about)
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        log.warning("plugin %s failed to load", entry.name, exc_info=error)
        reason = str(error) if isinstance(error, PluginRefused) else repr(error)
        return Installed(entry.name, state="failed", reason=reason, **about)


def _load(
    entry: EntryPoint, catalogue: Catalogue, others: dict[str, Installed], about: About
) -> Installed:
    plugin = entry.load()
    manifest = getattr(plugin, "manifest", None)
    if not isinstance(manifest, Manifest):
        raise PluginRefused("the plugin object has no manifest")
    if manifest.id != entry.name:
        raise PluginRefused(f"its manifest says {manifest.id!r}, its entry point {entry.name!r}")
    if manifest.id in others:
        raise PluginRefused(f"the id {manifest.id!r} is taken by {others[manifest.id].entry}")
    hooks = _hooks(plugin)
    contribution = _gather(hooks)
    check(manifest, contribution)
    catalogue.declare(manifest.id, contribution.permissions)
    folder = Path(inspect.getfile(sys.modules[module_name(plugin)])).parent
    return Installed(
        manifest.id,
        state="ready",
        plugin=plugin,
        manifest=manifest,
        contribution=contribution,
        folder=folder,
        domain=plugin_domain(manifest.id, folder),
        **about,
    )


def module_name(plugin: Any) -> str:
    """Return the name of the module that a plugin is, or that its class stands in."""
    return str(plugin.__name__ if inspect.ismodule(plugin) else type(plugin).__module__)


def _hooks(plugin: Any) -> pluggy.PluginManager:
    """Register into a manager of its own, so that an unknown hook is this plugin's fault alone."""
    for name in dir(plugin):
        if name.startswith("linli_") and not hasattr(getattr(plugin, name), f"{PROJECT}_impl"):
            raise PluginRefused(f"{name} is not marked @hookimpl")
    manager = pluggy.PluginManager(PROJECT)
    manager.add_hookspecs(Spec)
    manager.register(plugin)
    manager.check_pending()
    return manager


def _gather(manager: pluggy.PluginManager) -> Contribution:
    hook = manager.hook
    parts: dict[str, Any] = {}
    for name, call in (
        ("pages", hook.linli_pages),
        ("tables", hook.linli_tables),
        ("actions", hook.linli_actions),
        ("resources", hook.linli_resources),
        ("personal_data", hook.linli_personal_data),
    ):
        if results := call():
            parts[name] = results[0]
    for name, call in (
        ("navigation", hook.linli_navigation),
        ("permissions", hook.linli_permissions),
        ("events", hook.linli_events),
        ("subscriptions", hook.linli_subscriptions),
        ("jobs", hook.linli_jobs),
        ("indicators", hook.linli_indicators),
    ):
        parts[name] = tuple(item for items in call() for item in items)
    if demo := hook.linli_demo_data.get_hookimpls():
        parts["demo_data"] = demo[0].function
    implemented = {name: getattr(hook, name).get_hookimpls() for name in RUNTIME}
    parts["hooks"] = {name: found[0].function for name, found in implemented.items() if found}
    return Contribution(**parts)


def _with_requirements(plugins: list[Installed]) -> list[Installed]:
    """Set aside, with its reason, a plugin whose requirements cannot run, and who requires that."""
    while True:
        ready = {plugin.id for plugin in plugins if plugin.ready}
        checked = [_without(plugin, ready) for plugin in plugins]
        if checked == plugins:
            return plugins
        plugins = checked


def _without(plugin: Installed, ready: set[str]) -> Installed:
    required = plugin.manifest.requires if plugin.manifest else ()
    missing = [other for other in required if other not in ready]
    if not plugin.ready or not missing:
        return plugin
    reason = f"requires {', '.join(missing)}"
    return replace(plugin, state="failed", reason=reason, contribution=None)
