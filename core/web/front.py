"""Pages that belong to no district: the front page, the language, the process's health."""

from __future__ import annotations

from flask import redirect, render_template, request, session
from werkzeug.wrappers import Response

from core.tenancy import queries
from core.web import i18n
from core.web.access import Area
from core.web.returning import local_target

area = Area("front", __name__, template_folder="templates")


@area.page("/", public=True)
def index() -> str:
    """Say what Linli is and lead to the districts that are on board."""
    open_ones = [t for t in queries.all_tenants() if t.status != "suspended"]
    return render_template("front.html", tenants=open_ones)


@area.page("/healthz", public=True)
def healthz() -> Response:
    """Answer as long as this process does; touches nothing else."""
    return Response("ok\n", content_type="text/plain; charset=utf-8")


@area.page("/-/language", public=True, methods=["POST"])
def language() -> Response:
    """Keep the visitor's choice of language and go back to the page."""
    chosen = request.form.get("locale", "")
    if chosen in dict(i18n.LANGUAGES):
        session[i18n.SESSION_KEY] = chosen
    return redirect(local_target(request.form.get("next"), "/"), 303)
