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
from sqlalchemy import MetaData
from sqlalchemy.orm.mapper import _all_registries

from core.accounts.permissions import Catalogue
from core.config import PluginMode
from core.db import Base
from core.migrate import RIGHTS, History
from core.plugin_host.contract import Contribution, Manifest
from core.plugin_host.speaking import plugin_domain
from core.plugin_host.spec import ENTRY_POINTS, PROJECT, Spec
from core.web.assets import ICONS

log = logging.getLogger(__name__)

State = Literal["ready", "failed", "incompatible", "skipped"]
PUBLISHED_TABLES = frozenset({"place", "user_account"})
OTHER_VERSIONS = "linli.plugins.v"


class About(TypedDict):
    """Where a plugin comes from."""

    entry: str
    distribution: str
    version: str
    author: str


class PluginRefused(Exception):
    """Why a plugin cannot run; the message is for its author and the operator."""


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
    _check_tables(manifest, contribution)
    _check_pages(manifest, contribution)
    _check_texts(manifest, contribution)
    catalogue.declare(manifest.id, contribution.permissions)
    folder = Path(inspect.getfile(sys.modules[type(plugin).__module__])).parent
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
    ):
        if results := call():
            parts[name] = results[0]
    for name, call in (
        ("navigation", hook.linli_navigation),
        ("permissions", hook.linli_permissions),
    ):
        parts[name] = tuple(item for items in call() for item in items)
    panels = hook.linli_public_panel.get_hookimpls()
    parts["public_panel"] = panels[0].function if panels else None
    return Contribution(**parts)


def _check_tables(manifest: Manifest, contribution: Contribution) -> None:
    if contribution.tables is None:
        return
    metadata = contribution.tables.metadata
    for table in metadata.tables.values():
        if table.info.get("access", "full") not in RIGHTS:
            raise PluginRefused(f"{table.name!r} has an unknown access {table.info['access']!r}")
    if metadata is Base.metadata:
        raise PluginRefused("its tables must be in a registry of its own")
    for table in metadata.tables.values():
        if not table.name.startswith(manifest.table_prefix):
            raise PluginRefused(f"table {table.name!r} does not begin with {manifest.table_prefix}")
        if [column.name for column in table.primary_key][:1] != ["tenant_id"]:
            raise PluginRefused(f"the primary key of {table.name!r} does not begin with tenant_id")
        for key in table.foreign_key_constraints:
            if key.column_keys[0] != "tenant_id":
                raise PluginRefused(f"a foreign key of {table.name!r} does not name the tenant")
            other = key.referred_table.name
            if other not in metadata.tables and other not in PUBLISHED_TABLES:
                raise PluginRefused(f"{table.name!r} refers to {other!r}, which is not published")
    _configure_mappers(metadata)


def _configure_mappers(metadata: MetaData) -> None:
    """Resolve the plugin's relationships now, not in the middle of somebody's first request.

    SQLAlchemy has no public list of its registries; tests/core/plugin_host covers the private one.
    """
    tables = set(metadata.tables.values())
    for registry in _all_registries():
        if any(mapper.local_table in tables for mapper in registry.mappers):
            registry.configure()


def _check_texts(manifest: Manifest, contribution: Contribution) -> None:
    for name in contribution.actions:
        if not name.startswith(f"{manifest.id}."):
            raise PluginRefused(f"the act {name!r} does not begin with {manifest.id}.")
    for icon in (manifest.icon, *(item.icon for item in contribution.navigation)):
        if icon not in ICONS:
            raise PluginRefused(f"there is no icon {icon!r}; see core.web.assets.ICONS")


def _check_pages(manifest: Manifest, contribution: Contribution) -> None:
    declared = {permission.name for permission in contribution.permissions}
    endpoints = {route.endpoint for route in contribution.pages.routes}
    if len(endpoints) != len(contribution.pages.routes):
        raise PluginRefused("two pages have functions of the same name")
    for route in contribution.pages.routes:
        if not route.rule.startswith("/"):
            raise PluginRefused(f"the page {route.rule!r} does not begin with /")
        if route.permission is not None and route.permission not in declared:
            raise PluginRefused(f"the page {route.rule!r} needs an undeclared {route.permission!r}")
        if route.levels is not None and set(route.levels) - set(manifest.levels):
            raise PluginRefused(f"the page {route.rule!r} has levels that the manifest lacks")
    for item in contribution.navigation:
        if item.endpoint not in endpoints:
            raise PluginRefused(f"a menu entry leads to the unknown page {item.endpoint!r}")
        if item.permission is not None and item.permission not in declared:
            raise PluginRefused(f"a menu entry needs an undeclared {item.permission!r}")


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
