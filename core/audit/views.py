"""The audit log as a page."""

from __future__ import annotations

from flask import render_template
from flask_babel import lazy_gettext as _

from core.accounts.permissions import AUDIT_VIEW
from core.audit import names, queries
from core.plugin_host.host import plugin_host
from core.web.access import Area
from core.web.gate import required_gate
from core.web.listing import asked_page, choice

area = Area("audit", __name__, template_folder="templates")

OUTCOMES = (("done", _("Done")), ("refused", _("Refused")))


@area.page("/<place_code:place_code>/-/audit", permission=AUDIT_VIEW)
def index(place_code: str) -> str:
    """Who did what in this place and below, newest first."""
    outcome = choice("outcome", dict(OUTCOMES))
    return render_template(
        "audit/index.html",
        gate=required_gate(),
        page=queries.entries(place_code, asked_page(), outcome=outcome),
        outcome=outcome,
        outcomes=OUTCOMES,
        names=names.ACTS | names.OBJECTS | plugin_host().action_names(),
        actors=names.ACTORS,
        plugin_name=plugin_host().name,
    )
