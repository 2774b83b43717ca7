"""A plugin's texts: its own gettext domain, with core's behind it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from flask_babel import Domain

import core

_CORE = Path(core.__file__).parent / "translations"


class Texts:
    """The translations of one plugin.

    Args:
        plugin: the plugin's id, which is also the name of its catalogues.
        folder: the folder that holds ``translations``; usually ``Path(__file__).parent``.

    Use ``_ = Texts("volunteer", Path(__file__).parent).lazy`` in Python; in templates of the
    plugin's pages ``_()`` finds both catalogues by itself.
    """

    def __init__(self, plugin: str, folder: Path) -> None:
        self.domain = Domain([str(_CORE), str(folder / "translations")], f"messages;{plugin}")

    def lazy(self, msgid: str, **values: Any) -> Any:
        """Return a text that is translated when it is shown."""
        return self.domain.lazy_gettext(msgid, **values)

    def now(self, msgid: str, **values: Any) -> str:
        """Return a text in the language of this request."""
        return str(self.domain.gettext(msgid, **values))
