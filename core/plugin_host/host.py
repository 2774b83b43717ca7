"""The plugins of this installation, held by the application."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from flask import current_app
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from psycopg.pq import TransactionStatus

from core.accounts.permissions import Catalogue
from core.db import db
from core.errors import NotFound
from core.migrate import CORE, History
from core.places.codes import Kind
from core.plugin_host.activation import Switches, active_ids
from core.plugin_host.contract import NavItem, Panel
from core.plugin_host.loading import Installed
from core.plugin_host.speaking import speaking

if TYPE_CHECKING:
    from core.plugin_host.page import PageContext

log = logging.getLogger(__name__)
_EXTENSION = "linli.plugins"


class PluginHost:
    """All installed plugins by id, ready or not, and the permissions they brought."""

    def __init__(self, installed: Sequence[Installed]) -> None:
        best = sorted(installed, key=lambda plugin: plugin.ready)
        self.plugins: Mapping[str, Installed] = {plugin.id: plugin for plugin in best}
        self.catalogue = Catalogue()
        for plugin in self.ready():
            assert plugin.contribution is not None
            self.catalogue.declare(plugin.id, plugin.contribution.permissions)
        self._in_order = lru_cache(maxsize=1024)(self._sorted)

    def get(self, plugin_id: str) -> Installed:
        """Return an installed plugin, whether it can run or not.

        Raises:
            NotFound: none has this id (field ``plugin``).
        """
        if plugin_id not in self.plugins:
            raise NotFound(
                _("No application of that name is installed: %(plugin)s", plugin=plugin_id[:40]),
                field="plugin",
            )
        return self.plugins[plugin_id]

    def ready(self) -> Iterator[Installed]:
        """Yield the plugins that can run, in the order of their ids."""
        return (p for _, p in sorted(self.plugins.items()) if p.ready)

    def active(self, kind: Kind, switches: Switches) -> frozenset[str]:
        """Return the ids of the plugins that are active at a place."""
        return active_ids(self.plugins, kind, switches)

    def name(self, plugin_id: str) -> str:
        manifest = self.plugins[plugin_id].manifest if plugin_id in self.plugins else None
        return str(manifest.name) if manifest else plugin_id

    def listed(self, plugin_ids: Sequence[str]) -> str:
        """Return the names of plugins as an enumeration in the reader's language."""
        return str(gettext(", ")).join(self.name(plugin_id) for plugin_id in plugin_ids)

    def requires(self, plugin_id: str) -> tuple[str, ...]:
        manifest = self.plugins[plugin_id].manifest
        return manifest.requires if manifest else ()

    def histories(self) -> list[History]:
        """Return core's schema history and every runnable plugin's."""
        return [CORE, *(p.history for p in self.ready() if p.history is not None)]

    def action_names(self) -> dict[str, Any]:
        """Return the plugins' names for acts and objects of the audit log."""
        names: dict[str, Any] = {}
        for plugin in self.ready():
            names |= plugin.contribution.actions if plugin.contribution else {}
        return names

    def navigation(self, active: frozenset[str]) -> Iterator[tuple[Installed, NavItem]]:
        """Yield the menu entries of the active plugins."""
        for plugin in self._in_order(active):
            for item in plugin.contribution.navigation if plugin.contribution else ():
                yield plugin, item

    def panels(
        self, active: frozenset[str], context_of: Callable[[str], PageContext]
    ) -> list[tuple[str, Panel]]:
        """Return the public page's boxes; one that fails is left out and logged by name.

        Args:
            context_of: gives a plugin's id the context of this page.
        """
        found = []
        for plugin in self._in_order(active):
            show = (
                plugin.contribution.hooks.get("linli_public_panel") if plugin.contribution else None
            )
            panel = _panel(plugin, show, context_of(plugin.id)) if show else None
            if panel is not None:
                found.append((plugin.id, panel))
        return found

    def _sorted(self, active: frozenset[str]) -> tuple[Installed, ...]:
        return tuple(self.plugins[id_] for id_ in sorted(active))


def _panel(
    plugin: Installed, show: Callable[[PageContext], Panel | None], ctx: PageContext
) -> Panel | None:
    """Ask for a box in a savepoint: whatever the plugin does there, the page goes on."""
    try:
        with speaking(plugin.domain), db.session.begin_nested():
            panel = show(ctx)
            _refuse_aborted()
            if panel is None:
                return None
            if not isinstance(panel, Panel):
                raise TypeError(f"returned {type(panel).__name__}, not a Panel")
            return replace(panel, title=str(panel.title))
    except Exception:
        log.exception("plugin %s failed in a slot of %s", plugin.id, ctx.place.code)
        return None


def _refuse_aborted() -> None:
    """Notice, without a round trip, a failed statement that the plugin kept to itself.

    Releasing the savepoint would fail then, and leave the page's transaction unusable.
    """
    raw: Any = db.session.connection().connection.dbapi_connection
    if raw.info.transaction_status == TransactionStatus.INERROR:
        raise RuntimeError("a statement failed and its error was swallowed")


def install(extensions: dict[str, Any], host: PluginHost) -> None:
    """Give the application its plugins."""
    extensions[_EXTENSION] = host


def plugin_host() -> PluginHost:
    """Return the application's plugins."""
    found: PluginHost = current_app.extensions[_EXTENSION]
    return found
