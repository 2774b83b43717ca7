"""The indicators of the plugins that run."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast

from flask_babel import lazy_gettext as _

from core.errors import NotFound
from core.indicators.contract import Indicator
from core.places.codes import Kind
from core.plugin_host.host import PluginHost
from core.plugin_host.loading import Installed
from core.plugin_host.speaking import speaking


@dataclass(frozen=True)
class Declared:
    """An indicator with the plugin that contributed it."""

    plugin: Installed
    indicator: Indicator

    @property
    def id(self) -> str:
        return self.indicator.id

    @property
    def level(self) -> Kind:
        return cast(Kind, self.indicator.level)

    @property
    def source(self) -> str:
        """What a value says about where it comes from."""
        return f"{self.plugin.id} {self.plugin.version}".strip()

    @property
    def name(self) -> str:
        """The name in the reader's language."""
        with speaking(self.plugin.domain):
            return str(self.indicator.name)

    @property
    def unit(self) -> str:
        """The unit in the reader's language."""
        with speaking(self.plugin.domain):
            return str(self.indicator.unit)


def every(host: PluginHost) -> Iterator[Declared]:
    """Yield the indicators of all plugins that run, by plugin and in the plugin's order."""
    for plugin in host.ready():
        for indicator in plugin.contribution.indicators if plugin.contribution else ():
            yield Declared(plugin, indicator)


def one(host: PluginHost, indicator_id: str) -> Declared:
    """Return an indicator by its id.

    Raises:
        NotFound: no plugin that runs has one of that name (field ``indicator``).
    """
    for declared in every(host):
        if declared.id == indicator_id:
            return declared
    raise NotFound(
        _("There is no indicator of that name: %(id)s", id=indicator_id[:60]), field="indicator"
    )
