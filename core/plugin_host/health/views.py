"""The operator's view: what failed in a plugin here and below, and trying it again."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from werkzeug.wrappers import Response

from core.accounts.permissions import PLUGIN_OPERATE
from core.clock import now
from core.db import db
from core.places.models import Place
from core.plugin_host.health import counts, queries, service
from core.plugin_host.host import plugin_host
from core.plugin_host.spec import RUNTIME
from core.tenancy import required
from core.web.access import Area
from core.web.gate import required_gate
from core.web.listing import asked_page

area = Area("plugin_health", __name__)

HOOKS: dict[str, Any] = {
    "linli_public_panel": lazy_gettext("Box on the public page"),
    "linli_desk_panel": lazy_gettext("Box on the desk's first page"),
    "linli_disable_preview": lazy_gettext("What is open before switching off"),
    "linli_refuse_disable": lazy_gettext("Objection to switching another one off"),
    "linli_refuse_erasure": lazy_gettext("Objection to erasing a person"),
}


@area.page(
    "/<place_code:place_code>/-/apps/<plugin_id:plugin_id>/health", permission=PLUGIN_OPERATE
)
def show(place_code: str, plugin_id: str) -> str:
    """What failed here and below, what is set aside, and today's counts and times."""
    gate, plugin = required_gate(), plugin_host().get(plugin_id)
    return render_template(
        "plugin_host/health.html",
        gate=gate,
        plugin=plugin,
        name=plugin_host().name(plugin_id),
        until=gate.switches.aside(now()).get(plugin_id),
        failures=queries.at_place(plugin_id, gate.place.id),
        counts=counts.of_place(plugin_id, gate.place.id, RUNTIME),
        below=queries.below(plugin_id, gate.place.code, asked_page())
        if gate.place.kind in ("district", "street")
        else None,
        hooks=HOOKS,
        now=now(),
    )


@area.page(
    "/<place_code:place_code>/-/apps/<plugin_id:plugin_id>/health/retry",
    permission=PLUGIN_OPERATE,
    methods=["POST"],
)
def retry(place_code: str, plugin_id: str) -> Response:
    """Try the plugin's boxes here again from now on."""
    gate = required_gate()
    place = db.session.get_one(Place, (required(), gate.place.id))
    service.release(gate.visitor, plugin_host(), place, plugin_id)
    flash(_("%(name)s is tried again from now on.", name=plugin_host().name(plugin_id)), "success")
    return redirect(f"{gate.place.url}apps/{plugin_id}/health", 303)
