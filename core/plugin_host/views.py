"""The application centre 应用: what each plugin does, its state here, and the switch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import flash, redirect, render_template, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from werkzeug.wrappers import Response

from core.accounts.permissions import (
    PLACE_VIEW,
    PLUGIN_ALLOW,
    PLUGIN_CONFIGURE,
    PLUGIN_ENABLE,
    PLUGIN_OPERATE,
)
from core.clock import now
from core.db import db
from core.errors import NotFound
from core.places.models import Place
from core.places.view import KINDS
from core.plugin_host import coverage, queries, service
from core.plugin_host.activation import POLICIES, Activation, activation
from core.plugin_host.contract import Level
from core.plugin_host.disabling import objections, still_open
from core.plugin_host.host import plugin_host
from core.plugin_host.loading import Installed
from core.plugin_host.settings.service import is_configurable
from core.tenancy import required
from core.web.access import Area
from core.web.gate import Gate, required_gate
from core.web.listing import asked_page, choice
from core.web.shell import plugin_links

area = Area("apps", __name__, template_folder="templates")

ABOVE = ("district", "street")
"""The kinds of place that have communities below them."""
POLICY_LABELS: dict[str, Any] = {
    "available": lazy_gettext("Available: each community decides"),
    "mandatory": lazy_gettext("Mandatory: on everywhere"),
    "forbidden": lazy_gettext("Forbidden: off everywhere"),
}


@dataclass(frozen=True)
class Card:
    """One plugin as the application centre shows it at a place."""

    plugin: Installed
    activation: Activation
    active: bool
    policy: str
    first_page: str
    settings_page: str
    health_page: str
    is_aside: bool

    @property
    def levels(self) -> tuple[Level, ...]:
        return self.plugin.manifest.levels if self.plugin.manifest else ()

    @property
    def switchable(self) -> bool:
        return self.activation.why in ("enabled", "off")


@area.page("/<place_code:place_code>/-/apps", permission=PLACE_VIEW)
def index(place_code: str) -> str:
    """All installed plugins with their state here."""
    gate = required_gate()
    host = plugin_host()
    cards = [_card(gate, plugin) for _, plugin in sorted(host.plugins.items())]
    counts: Mapping[str, int] = {}
    places = 0
    if gate.place.kind in ABOVE:
        counts, places = coverage.counts(host, gate.place, gate.switches.policies)
    return render_template(
        "plugin_host/index.html", gate=gate, cards=cards, counts=counts, places=places
    )


@area.page("/<place_code:place_code>/-/apps/<plugin_id:plugin_id>", permission=PLACE_VIEW)
def detail(place_code: str, plugin_id: str) -> str:
    """One plugin: everything one should know before switching it on."""
    gate = required_gate()
    card = _card(gate, plugin_host().get(plugin_id))
    users = queries.count_communities_with(plugin_id) if gate.place.kind == "district" else 0
    below = None
    if gate.place.kind in ABOVE and "community" in card.levels and card.plugin.ready:
        below = coverage.coverage(plugin_id, gate.place)
    return render_template(
        "plugin_host/detail.html",
        gate=gate,
        card=card,
        levels=[KINDS[level] for level in card.levels],
        policies=[(policy, POLICY_LABELS[policy]) for policy in POLICIES],
        policy_label=POLICY_LABELS[card.policy],
        users=users,
        below=below,
        requires=[plugin_host().name(id_) for id_ in plugin_host().requires(plugin_id)],
    )


@area.page(
    "/<place_code:place_code>/-/apps/<plugin_id:plugin_id>/communities",
    permission=PLACE_VIEW,
    levels=ABOVE,
)
def communities(place_code: str, plugin_id: str) -> str:
    """The communities below, with the plugin and without it."""
    gate = required_gate()
    card, show = _card(gate, plugin_host().get(plugin_id)), choice("show", ("active", "missing"))
    if "community" not in card.levels:
        raise NotFound()
    return render_template(
        "plugin_host/communities.html",
        gate=gate,
        name=plugin_host().name(plugin_id),
        here=f"{gate.place.url}apps/{plugin_id}",
        path=f"/-/apps/{plugin_id}",
        page=coverage.communities(plugin_id, gate.place, asked_page(), show),
        show=show,
    )


@area.page(
    "/<place_code:place_code>/-/apps/<plugin_id:plugin_id>/enable",
    permission=PLUGIN_ENABLE,
    levels=("community",),
    methods=["POST"],
)
def enable(place_code: str, plugin_id: str) -> Response:
    """Switch the plugin on for this community."""
    gate = required_gate()
    service.enable(gate.visitor, plugin_host(), _place(gate), plugin_id)
    flash(_("%(name)s is switched on.", name=plugin_host().name(plugin_id)), "success")
    return redirect(f"{gate.place.url}apps", 303)


@area.page(
    "/<place_code:place_code>/-/apps/<plugin_id:plugin_id>/disable",
    permission=PLUGIN_ENABLE,
    levels=("community",),
)
def ask_disable(place_code: str, plugin_id: str) -> str:
    """What is open in the plugin and who objects, before it is switched off."""
    gate, host = required_gate(), plugin_host()
    card, place = _card(gate, host.get(plugin_id)), _place(gate)
    lines: list[str] | None = []
    found: list[tuple[str, str]] = []
    if card.activation.why == "enabled":
        lines = still_open(gate.visitor, host, place, plugin_id)
        found = objections(gate.visitor, host, place, plugin_id, gate.switches.policies)
    return render_template(
        "plugin_host/disable.html",
        gate=gate,
        card=card,
        name=host.name(plugin_id),
        lines=lines,
        objections=[(host.name(other), reason) for other, reason in found],
    )


@area.page(
    "/<place_code:place_code>/-/apps/<plugin_id:plugin_id>/disable",
    permission=PLUGIN_ENABLE,
    levels=("community",),
    methods=["POST"],
)
def disable(place_code: str, plugin_id: str) -> Response:
    """Switch the plugin off for this community; its data stays."""
    gate = required_gate()
    service.disable(gate.visitor, plugin_host(), _place(gate), plugin_id)
    name = plugin_host().name(plugin_id)
    flash(_("%(name)s is switched off. Its data is kept.", name=name), "success")
    return redirect(f"{gate.place.url}apps", 303)


@area.page(
    "/<place_code:place_code>/-/apps/<plugin_id:plugin_id>/policy",
    permission=PLUGIN_ALLOW,
    levels=("district",),
    methods=["POST"],
)
def policy(place_code: str, plugin_id: str) -> Response:
    """Set the district's policy on the plugin."""
    gate = required_gate()
    chosen = request.form.get("policy", "")
    service.allow(gate.visitor, plugin_host(), _place(gate), plugin_id, chosen)
    flash(_("The district's decision is in force from now on."), "success")
    return redirect(f"{gate.place.url}apps/{plugin_id}", 303)


def _card(gate: Gate, plugin: Installed) -> Card:
    return Card(
        plugin,
        activation(plugin, gate.place.kind, gate.switches),
        plugin.id in gate.active,
        gate.switches.policy(plugin.id),
        next((link.url for link in plugin_links(gate, public=False, only=plugin.id)), ""),
        _settings_page(gate, plugin),
        f"{gate.place.url}apps/{plugin.id}/health"
        if gate.visitor.can(PLUGIN_OPERATE, gate.place)
        else "",
        plugin.id in gate.active and plugin.id in gate.switches.aside(now()),
    )


def _settings_page(gate: Gate, plugin: Installed) -> str:
    """Return the address of the plugin's settings here, if the visitor may change them."""
    usable = plugin.ready and gate.switches.policy(plugin.id) != "forbidden"
    if not usable or not is_configurable(plugin.manifest, gate.place.kind):
        return ""
    if not gate.visitor.can(PLUGIN_CONFIGURE, gate.place):
        return ""
    return f"{gate.place.url}apps/{plugin.id}/settings"


def _place(gate: Gate) -> Place:
    return db.session.get_one(Place, (required(), gate.place.id))
