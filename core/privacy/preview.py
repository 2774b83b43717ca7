"""What an erasure would take away and what it would leave, before anybody asks for it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from core.plugin_host.host import PluginHost
from core.privacy import account, handlers
from core.privacy.contract import Section


@dataclass(frozen=True)
class Preview:
    """The sections with rows, by what an erasure does to them; the audit log is in none.

    Args:
        goes: erased or made nameless.
        stays: kept, and the name that they lead to is gone.
        unsaid: one or the other; their plugin does not say which.
    """

    goes: tuple[Section, ...]
    stays: tuple[Section, ...]
    unsaid: tuple[Section, ...]

    def __bool__(self) -> bool:
        return bool(self.goes or self.stays or self.unsaid)


def preview(host: PluginHost, found: Iterable[Section]) -> Preview:
    """Say what an erasure of the person would do to what was found."""
    erased = {"core": account.ERASED}
    erased |= {plugin.id: handler.erased for plugin, handler in handlers.keeping(host)}
    held = [section for section in found if section.rows and section.key != account.AUDIT]
    declared = {section.key: erased.get(section.key.partition(".")[0], ()) for section in held}
    return Preview(
        tuple(section for section in held if section.key in declared[section.key]),
        tuple(s for s in held if declared[s.key] and s.key not in declared[s.key]),
        tuple(section for section in held if not declared[section.key]),
    )
