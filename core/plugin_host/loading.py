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
from core.db import Base
from core.migrate import History
from core.plugin_host.contract import Contribution, Manifest
from core.plugin_host.speaking import plugin_domain
from core.plugin_host.spec import ENTRY_POINTS, PROJECT, Spec

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
    plugins: dict[str, Installed] = {}
    for entry in sorted(every, key=lambda e: (e.name, e.value)):
        if not entry.group.startswith(OTHER_VERSIONS):
            continue
        installed = _one(entry, mode, catalogue, plugins)
        if mode == "strict" and installed.state == "failed":
            raise PluginRefused(f"{installed.id}: {installed.reason}")
        key = installed.id if installed.id not in plugins else f"{installed.id}@{entry.value}"
        plugins[key] = installed
    return _with_requirements(list(plugins.values()))


def _installed() -> list[EntryPoint]:
    every = entry_points()
    groups = [group for group in every.groups if group.startswith(OTHER_VERSIONS)]
    return [entry for group in groups for entry in every.select(group=group)]


def _one(
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
    return Contribution(**parts)


def _check_tables(manifest: Manifest, contribution: Contribution) -> None:
    if contribution.tables is None:
        return
    metadata = contribution.tables.metadata
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
    """Set aside, with its reason, a plugin whose requirements cannot run."""
    ready = {p.id for p in plugins if p.ready}
    result = []
    for plugin in plugins:
        missing = [
            r for r in (plugin.manifest.requires if plugin.manifest else ()) if r not in ready
        ]
        if plugin.ready and missing:
            reason = f"requires {', '.join(missing)}"
            broken = replace(plugin, state="failed", reason=reason, contribution=None)
            result.append(broken)
        else:
            result.append(plugin)
    return result
