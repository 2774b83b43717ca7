"""Texts of plugins: a catalogue each, behind core's, so that the page around them stays."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from flask import g
from flask_babel import Domain, get_domain

import core

CORE_TRANSLATIONS = Path(str(core.__file__)).parent / "translations"


def plugin_domain(plugin: str, folder: Path) -> Domain:
    """Return the texts of a plugin whose catalogues are in ``folder/translations``.

    Core's texts come last and win: a plugin that means something else by the same English words
    gives them a context (``pgettext``).
    """
    return Domain([str(folder / "translations"), str(CORE_TRANSLATIONS)], f"{plugin};messages")


@contextmanager
def speaking(domain: Domain | None) -> Iterator[None]:
    """Translate with ``domain`` for as long as a plugin's view or slot runs."""
    before = get_domain()
    (domain or before).as_default()
    try:
        yield
    finally:
        before.as_default()


def speaker() -> Any:
    """Return what holds the present texts as ``babel_domain``, to be set many times cheaply.

    :func:`speaking` does the same once. Flask-Babel finds the holder anew at every call, which
    takes as long as a whole hook may; its private name is covered by tests/core/plugin_host.
    """
    holder = getattr(g._get_current_object(), "_flask_babel", None)
    if holder is None or not hasattr(holder, "babel_domain"):
        get_domain()
        holder = g._flask_babel
    return holder
