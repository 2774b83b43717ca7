"""Asking plugins to hand out or erase what they hold; one that fails is named."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from flask_babel import lazy_gettext as _
from sqlalchemy import text

from core.db import db
from core.errors import LinliError
from core.plugin_host.host import PluginHost
from core.plugin_host.loading import Installed
from core.plugin_host.speaking import speaking
from core.privacy.contract import Counts, PersonalDataHandlers, Section

log = logging.getLogger(__name__)
T = TypeVar("T")


class HandlerFailed(LinliError):
    """A plugin could not hand out or erase; nothing was done."""

    status = 500
    code = "plugin_failed"
    title = _("An application failed")


def keeping(host: PluginHost) -> Iterator[tuple[Installed, PersonalDataHandlers]]:
    """Yield the plugins that run and keep personal data, in the order of their ids."""
    for plugin in host.ready():
        if plugin.contribution is not None and plugin.contribution.personal_data is not None:
            yield plugin, plugin.contribution.personal_data


def sections(
    host: PluginHost, plugin: Installed, find: Callable[[], Sequence[Section]]
) -> list[Section]:
    """Return what a plugin found, its titles in the reader's language.

    Raises:
        HandlerFailed: the plugin raised, or what it returned is not what the contract says.
    """

    def checked() -> list[Section]:
        found = [
            Section(section.key, str(section.title), [dict(row) for row in section.rows])
            for section in find()
        ]
        for section in found:
            _check_key(plugin, section.key)
            json.dumps(section.rows)
        return found

    return _asked(host, plugin, checked)


def counts(host: PluginHost, plugin: Installed, erase: Callable[[], Counts]) -> Counts:
    """Return how much a plugin erased.

    Raises:
        HandlerFailed: the plugin raised, or what it returned is not what the contract says.
    """

    def checked() -> Counts:
        found: Mapping[str, Any] = dict(erase())
        for key, count in found.items():
            _check_key(plugin, key)
            if isinstance(count, bool) or not isinstance(count, int) or count < 0:
                raise TypeError(f"the count of {key} is {count!r}")
        return found

    return _asked(host, plugin, checked)


def _asked(host: PluginHost, plugin: Installed, ask: Callable[[], T]) -> T:
    try:
        with speaking(plugin.domain):
            answer = ask()
            # A failed statement whose error the plugin swallowed is this plugin's failure too.
            db.session.execute(text("SELECT 1"))
            return answer
    except Exception as error:
        log.exception("plugin %s failed with personal data", plugin.id)
        raise HandlerFailed(
            _("%(name)s failed, so nothing was done.", name=host.name(plugin.id)), field="plugin"
        ) from error


def _check_key(plugin: Installed, key: str) -> None:
    if not key.startswith(f"{plugin.id}."):
        raise ValueError(f"the key {key!r} does not begin with {plugin.id}.")
