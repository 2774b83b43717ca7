"""The plugins of this installation, held by the application."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any
from uuid import UUID

from flask import current_app
from flask_babel import gettext
from flask_babel import lazy_gettext as _

from core.accounts.permissions import Catalogue
from core.clock import now
from core.errors import NotFound
from core.migrate import CORE, History
from core.places.codes import Kind
from core.plugin_host.activation import Switches, active_ids, met_requirements
from core.plugin_host.contract import NavItem
from core.plugin_host.dispatch import Answers, Implementation, call, implementations
from core.plugin_host.health import outcomes
from core.plugin_host.loading import Installed
from core.tenancy import required

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
        self._page_levels = {
            (plugin.id, route.endpoint): route.levels
            for plugin in self.ready()
            for route in (plugin.contribution.pages.routes if plugin.contribution else ())
        }
        self._in_order = lru_cache(maxsize=1024)(self._sorted)
        self._implementations = lru_cache(maxsize=4096)(self._implementing)

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

    def met_requirements(self, kind: Kind, switches: Switches) -> frozenset[str]:
        """Return the ids of the plugins that satisfy whoever requires them at a place."""
        return met_requirements(self.plugins, kind, switches)

    def name(self, plugin_id: str) -> str:
        manifest = self.plugins[plugin_id].manifest if plugin_id in self.plugins else None
        return str(manifest.name) if manifest else plugin_id

    def listed(self, plugin_ids: Sequence[str]) -> str:
        """Return the names of plugins as an enumeration in the reader's language."""
        return str(gettext(", ")).join(self.name(plugin_id) for plugin_id in plugin_ids)

    def requires(self, plugin_id: str) -> tuple[str, ...]:
        manifest = self.plugins[plugin_id].manifest
        return manifest.requires if manifest else ()

    def with_requirements(self, plugin_id: str) -> list[str]:
        """Return a plugin's id, and the ids of all that it requires, however far."""
        found = [plugin_id]
        for id_ in found:
            found += [other for other in self.requires(id_) if other not in found]
        return found

    def histories(self) -> list[History]:
        """Return core's schema history and every runnable plugin's."""
        return [CORE, *(p.history for p in self.ready() if p.history is not None)]

    def action_names(self) -> dict[str, Any]:
        """Return the plugins' names for acts and objects of the audit log."""
        names: dict[str, Any] = {}
        for plugin in self.ready():
            names |= plugin.contribution.actions if plugin.contribution else {}
        return names

    def objections(self, found: Sequence[tuple[str, str]]) -> str:
        """Return the vetoes of :func:`core.plugin_host.dispatch.vetoes` as one line for people."""
        each = (
            str(_("%(name)s: %(reason)s", name=self.name(plugin), reason=reason.rstrip(".。")))
            for plugin, reason in found
        )
        return str(gettext("; ")).join(each)

    def navigation(self, active: frozenset[str], kind: Kind) -> Iterator[tuple[Installed, NavItem]]:
        """Yield the menu entries of the active plugins whose pages a kind of place has."""
        for plugin in self._in_order(active):
            for item in plugin.contribution.navigation if plugin.contribution else ():
                levels = self._page_levels[plugin.id, item.endpoint]
                if levels is None or kind in levels:
                    yield plugin, item

    def slots(
        self,
        hook: str,
        place_id: UUID,
        active: frozenset[str],
        switches: Switches,
        context_of: Callable[[str], Any],
    ) -> Answers:
        """Ask the active plugins for what they put into a page.

        Only for pages that change nothing: a plugin that ends the transaction takes what was
        changed before with it.

        Args:
            context_of: gives a plugin's id the context of this page.
        """
        if not switches.quarantined:
            return call(hook, self._implementations(hook, active), context_of, place_id)
        aside = switches.aside(now())
        present = self._implementations(hook, active.difference(aside))
        answers = call(hook, present, context_of, place_id)
        for one in switches.quarantined:
            if one.hook == hook and one.plugin in dict(answers.given):
                outcomes.note(outcomes.Recovery(required(), place_id, one.plugin, hook))
        absent = self._implementations(hook, active.intersection(aside))
        left_out = [(one.plugin, aside[one.plugin]) for one in absent]
        return Answers(answers.given, answers.failed, left_out)

    def _sorted(self, active: frozenset[str]) -> tuple[Installed, ...]:
        return tuple(self.plugins[id_] for id_ in sorted(active))

    def _implementing(self, hook: str, active: frozenset[str]) -> tuple[Implementation, ...]:
        return implementations(hook, self._in_order(active))


def install(extensions: dict[str, Any], host: PluginHost) -> None:
    """Give the application its plugins."""
    extensions[_EXTENSION] = host


def plugin_host() -> PluginHost:
    """Return the application's plugins."""
    found: PluginHost = current_app.extensions[_EXTENSION]
    return found
