"""What is asked before a plugin is switched off: the plugin itself, and those that stay."""

from __future__ import annotations

from collections.abc import Mapping

from core.accounts.actor import Actor
from core.places.models import Place
from core.plugin_host import queries
from core.plugin_host.activation import Switches
from core.plugin_host.contract import DisableContext
from core.plugin_host.dispatch import call, implementations, vetoes
from core.plugin_host.health.queries import quarantined
from core.plugin_host.host import PluginHost


def still_open(actor: Actor, host: PluginHost, place: Place, plugin_id: str) -> list[str] | None:
    """Return what is open in a plugin at ``place``, one line each, in the reader's language.

    ``None`` means that it could not be asked: it failed, or is set aside after failures.
    """
    hook = "linli_disable_preview"
    ready = implementations(hook, [host.get(plugin_id)])
    if not ready:
        return []
    if plugin_id in quarantined(place.id):
        return None
    ctx = DisableContext(place.view, actor, plugin_id)
    answers = call(hook, ready, lambda _plugin: ctx, place.id)
    return [line for _plugin, lines in answers.given for line in lines] if answers.given else None


def objections(
    actor: Actor, host: PluginHost, place: Place, plugin_id: str, policies: Mapping[str, str]
) -> list[tuple[str, str]]:
    """Return which of the other plugins active at ``place`` object to switching this one off.

    Call it inside the transaction of the change; who cannot be asked objects.
    """
    active = host.active(place.kind, Switches(queries.enabled_at(place.id), policies))
    others = [host.get(other) for other in sorted(active - {plugin_id})]
    return vetoes(
        "linli_refuse_disable",
        others,
        DisableContext(place.view, actor, plugin_id),
        place_id=place.id,
        quarantined=quarantined(place.id),
    )
