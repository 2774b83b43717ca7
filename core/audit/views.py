"""The audit log as a page."""

from __future__ import annotations

import json
from typing import Any

from flask import render_template
from flask_babel import lazy_gettext as _

from core.accounts.permissions import AUDIT_VIEW
from core.audit import names, queries
from core.audit.models import AuditPayload
from core.plugin_host.host import plugin_host
from core.web.access import Area
from core.web.gate import required_gate
from core.web.listing import asked_page, choice

area = Area("audit", __name__, template_folder="templates")

OUTCOMES = (("done", _("Done")), ("refused", _("Refused")))
REASONS: dict[str, Any] = {
    "conflict": _("It contradicted what was already there."),
    "forbidden": _("The permission was missing."),
    "invalid": _("The entries could not be accepted."),
    "not_found": _("There was no such thing, or it was out of reach."),
}


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
        reasons=REASONS,
        changes=_changes,
    )


def _changes(payload: AuditPayload) -> list[tuple[str, str, str]]:
    """What an act found and what it left, key by key, each as text; empty where there is none."""
    before, after = payload.before or {}, payload.after or {}
    return [(key, _shown(before, key), _shown(after, key)) for key in {**before, **after}]


def _shown(values: dict[str, Any], key: str) -> str:
    value = values.get(key)
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
