"""The kinds of long work that plugins contributed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from core.jobs.contract import JobType
from core.places.codes import Kind
from core.plugin_host.host import PluginHost
from core.plugin_host.loading import Installed


@dataclass(frozen=True)
class Declared:
    """A kind of long work and the plugin that it is of."""

    plugin: Installed
    type: JobType

    @property
    def levels(self) -> tuple[Kind, ...]:
        """The kinds of place at which core starts it every period."""
        everywhere = self.plugin.manifest.levels if self.plugin.manifest else ()
        wanted = self.type.levels
        return everywhere if wanted is None else tuple(k for k in everywhere if k in wanted)


def declared(host: PluginHost, name: str) -> Declared | None:
    """Return the kind of job with this name, if a running plugin contributed it."""
    return next((found for found in every(host) if found.type.name == name), None)


def periodic(host: PluginHost) -> Iterator[Declared]:
    """Yield the kinds of jobs that core starts by itself."""
    return (found for found in every(host) if found.type.every is not None)


def every(host: PluginHost) -> Iterator[Declared]:
    """Yield the kinds of jobs of all plugins that run."""
    for plugin in host.ready():
        for kind in plugin.contribution.jobs if plugin.contribution else ():
            yield Declared(plugin, kind)


def label_of(host: PluginHost, name: str) -> str:
    """Return what people call this kind of job; its name, when its plugin does not run."""
    found = declared(host, name)
    return str(found.type.label) if found else name
