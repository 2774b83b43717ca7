"""The audit log as a page."""

from __future__ import annotations

from flask import render_template, request
from flask_babel import lazy_gettext as _

from core.accounts.permissions import AUDIT_VIEW
from core.audit import names, queries
from core.plugin_host.host import plugin_host
from core.web.access import Area
from core.web.gate import required_gate
from core.web.listing import Paging

area = Area("audit", __name__, template_folder="templates")

OUTCOMES = (("done", _("Done")), ("refused", _("Refused")))


@area.page("/<place_code:place_code>/-/audit", permission=AUDIT_VIEW)
def index(place_code: str) -> str:
    """Who did what in this place and below, newest first."""
    paging = Paging.asked()
    outcome = request.args.get("outcome", "")
    outcome = outcome if outcome in dict(OUTCOMES) else ""
    rows, total = queries.entries(place_code, outcome=outcome, page=paging.page, size=paging.size)
    return render_template(
        "audit/index.html",
        gate=required_gate(),
        rows=rows,
        total=total,
        paging=paging,
        outcome=outcome,
        outcomes=OUTCOMES,
        names=names.ACTS | names.OBJECTS | plugin_host().action_names(),
        actors=names.ACTORS,
        plugin_name=plugin_host().name,
    )
