"""Events that did not arrive: the list, and having them delivered again."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template
from flask_babel import gettext as _
from flask_babel import lazy_gettext, ngettext
from werkzeug.wrappers import Response

from core.accounts.permissions import EVENT_MANAGE
from core.events import queries, service
from core.plugin_host.host import plugin_host
from core.web.access import Area
from core.web.gate import required_gate
from core.web.listing import asked_page, choice

area = Area("events", __name__, template_folder="templates")

STATE_LABELS: dict[str, tuple[str, Any]] = {
    "dead": ("overdue", lazy_gettext("Given up")),
    "waiting": ("due", lazy_gettext("Will be tried")),
}


@area.page("/<place_code:place_code>/-/events", permission=EVENT_MANAGE)
def index(place_code: str) -> str:
    """What happened here and below that an application has not heard."""
    state = choice("state", STATE_LABELS)
    return render_template(
        "events/index.html",
        gate=required_gate(),
        page=queries.undelivered(place_code, asked_page(), state=state),
        state=state,
        states=STATE_LABELS,
        plugin_name=plugin_host().name,
    )


@area.page("/<place_code:place_code>/-/events/replay", permission=EVENT_MANAGE, methods=["POST"])
def replay_dead(place_code: str) -> Response:
    """Have everything that was given up here and below delivered again."""
    gate = required_gate()
    number = service.replay_dead(gate.visitor, gate.place)
    message = ngettext(
        "%(num)s delivery is tried again.", "%(num)s deliveries are tried again.", number
    )
    flash(message, "success" if number else "info")
    return redirect(f"{gate.place.url}events", 303)


@area.page(
    "/<place_code:place_code>/-/events/<uuid:delivery_id>/replay",
    permission=EVENT_MANAGE,
    methods=["POST"],
)
def replay(place_code: str, delivery_id: UUID) -> Response:
    """Have one event delivered again."""
    gate = required_gate()
    service.replay(gate.visitor, gate.place, delivery_id)
    flash(_("The event is delivered again now."), "success")
    return redirect(f"{gate.place.url}events", 303)
