"""Which resources there are: core's, and those of every plugin that can run."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from flask_babel import Domain
from flask_babel import lazy_gettext as _

from core.api.contract import Operation, Resources
from core.indicators.api import resources as indicators
from core.jobs.api import resources as jobs
from core.organisations.api import resources as organisations
from core.places.api import resources as places
from core.plugin_host.api import resources as plugins
from core.plugin_host.host import PluginHost
from core.web.programs import API

PLACE = f"{API}/places/<place_code:place_code>"
CORE: tuple[Resources, ...] = (places, organisations, plugins, indicators, jobs)
"""Core's own resources, in the order of the document."""


@dataclass(frozen=True)
class Published:
    """The resources of core, or of one plugin."""

    plugin: str | None
    name: Any
    summary: Any
    prefix: str
    operations: tuple[Operation, ...]
    domain: Domain | None = None

    @property
    def id(self) -> str:
        """``core`` or the plugin's id, which begins the names of its operations and schemas."""
        return self.plugin or "core"

    @property
    def blueprint(self) -> str:
        """Name of the blueprint that serves them."""
        return f"api-{self.id}"


def published(host: PluginHost) -> Iterator[Published]:
    """Yield core's resources, then those of the plugins that have any, by id."""
    every = tuple(operation for part in CORE for operation in part.operations)
    yield Published(None, _("Places and applications"), _("What core itself knows."), PLACE, every)
    for plugin in host.ready():
        assert plugin.contribution is not None and plugin.manifest is not None
        if plugin.contribution.resources is not None:
            yield Published(
                plugin.id,
                plugin.manifest.name,
                plugin.manifest.summary,
                f"{PLACE}/plugins/{plugin.id}",
                tuple(plugin.contribution.resources.operations),
                plugin.domain,
            )
