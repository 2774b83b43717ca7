"""A plugin's texts: its own gettext domain, with core's behind it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from core.plugin_host.speaking import plugin_domain


class Texts:
    """The translations of one plugin.

    Args:
        plugin: the plugin's id, which is also the name of its catalogues.
        folder: the folder that holds ``translations``; usually ``Path(__file__).parent``.

    Use ``_ = Texts("volunteer", Path(__file__).parent).lazy`` in Python; in templates of the
    plugin's pages ``_()`` finds both catalogues by itself. Core's texts win where both have one.
    """

    def __init__(self, plugin: str, folder: Path) -> None:
        self._domain = plugin_domain(plugin, folder)

    def plural(self, one: str, many: str, num: int, **values: Any) -> Any:
        """Return the lazy text for ``num`` things; both msgids may use ``%(num)s``."""
        return self._domain.lazy_ngettext(one, many, num, **values)

    def context(self, context: str, msgid: str, **values: Any) -> Any:
        """Return a lazy text that means something special in ``context``."""
        return self._domain.lazy_pgettext(context, msgid, **values)

    def lazy(self, msgid: str, **values: Any) -> Any:
        """Return a text that is translated when it is shown."""
        return self._domain.lazy_gettext(msgid, **values)
