"""Slots: boxes that plugins put into pages of core, and what stands there when one failed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from core.accounts.permissions import PLUGIN_OPERATE
from core.plugin_host.contract import Panel
from core.plugin_host.host import plugin_host
from core.plugin_host.page import contexts
from core.web.gate import required_gate


@dataclass(frozen=True)
class Slot:
    """A plugin's box; without a panel it failed, and is left out ``until`` then, if a time is set.

    ``health_url`` is where those who look after applications see why.
    """

    plugin: str
    name: str
    health_url: str
    panel: Panel | None = None
    until: datetime | None = None


def shown(hook: str) -> list[Slot]:
    """Ask the plugins active here for their boxes in the page of the present request.

    Failed ones are there only for visitors who may look into them.
    """
    gate, host = required_gate(), plugin_host()
    context_of = contexts(gate.place, gate.trail, gate.visitor)
    answers = host.slots(hook, gate.place.id, gate.active, gate.switches, context_of)

    def slot(plugin: str, panel: Panel | None = None, until: datetime | None = None) -> Slot:
        url = f"{gate.place.url}apps/{plugin}/health"
        return Slot(plugin, host.name(plugin), url, panel, until)

    found = [slot(plugin, panel) for plugin, panel in answers.given if panel is not None]
    if gate.visitor.can(PLUGIN_OPERATE, gate.place):
        found += [slot(plugin) for plugin in answers.failed]
        found += [slot(plugin, until=until) for plugin, until in answers.aside]
    return sorted(found, key=lambda slot: slot.plugin)
