"""The document about the API: for programs, and as a page for those who write them."""

from __future__ import annotations

from flask import Response, current_app, render_template, request

from core.api import answering
from core.api.document import document
from core.api.reference import reference as made_readable
from core.errors import NotFound, Suspended
from core.places.codes import is_code
from core.plugin_host.host import plugin_host
from core.web.access import Area
from core.web.gate import enter_place
from core.web.programs import API

area = Area("api_document", __name__, template_folder="templates")


@area.page(f"{API}/openapi.json", public=True)
def openapi() -> Response:
    """The OpenAPI document; with ``?place=`` only of the plugins that are active there."""
    plugins = _active_at(request.args["place"]) if "place" in request.args else None
    found = document(plugin_host(), plugins)
    return answering.one(found, tag=answering.etag(found))


@area.page(f"{API}/", public=True)
def reference() -> str:
    """The same document to be read by people."""
    base_url = current_app.extensions["linli.config"].base_url
    return render_template(
        "api/reference.html", reference=made_readable(document(plugin_host()), base_url)
    )


def _active_at(code: str) -> frozenset[str]:
    if not is_code(code):
        raise NotFound()
    tenant, _trail, _switches, active = enter_place(code)
    if tenant.status == "suspended":
        raise Suspended()
    return active
