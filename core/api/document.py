"""The OpenAPI document of everything that answers below ``/api/v1``, in the reader's language."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from flask import current_app
from flask_babel import gettext as _
from flask_babel import lazy_gettext

from core.api.fragment import OPENAPI, PROBLEM, PROBLEMS, Fragment, build
from core.api.fragment_check import FragmentRefused
from core.api.published import Published, published
from core.plugin_host.host import PluginHost
from core.web import i18n
from core.web.programs import API

_EXTENSION = "linli.api_fragments"
_MEANINGS: dict[int, Any] = {
    400: lazy_gettext("The request was not understood."),
    401: lazy_gettext("No token, or one that is not good."),
    403: lazy_gettext("The token lacks the permission, which is named."),
    404: lazy_gettext("Not there, switched off there, or out of the token's reach."),
    409: lazy_gettext("It contradicts what is already there."),
    412: lazy_gettext("It was changed since you read it."),
    413: lazy_gettext("The body is too large."),
    415: lazy_gettext("The body is no JSON object."),
    422: lazy_gettext("Entries that cannot be accepted, each named under errors."),
    428: lazy_gettext("If-Match is missing."),
    503: lazy_gettext("Busy, or the district's service is suspended."),
}


def document(host: PluginHost, plugins: Collection[str] | None = None) -> dict[str, Any]:
    """Return the document.

    Args:
        plugins: keep only these plugins' resources; ``None`` for all.
    """
    paths: dict[str, Any] = {}
    schemas: dict[str, Any] = {"Problem": _problem()}
    tags = []
    for part in published(host):
        found = _fragment(host, part)
        chosen = part.plugin is None or plugins is None or part.plugin in plugins
        if isinstance(found, Fragment) and chosen:
            tags.append(
                {
                    "name": part.id,
                    "description": str(part.summary),
                    "x-display-name": str(part.name),
                }
            )
            paths |= found.paths
            schemas |= found.schemas
    return {
        "openapi": OPENAPI,
        "info": {
            "title": _("Linli API"),
            "version": "1",
            "description": _(
                "For other systems: places, their applications, and what the applications keep."
            ),
            "x-left-out": [
                {"plugin": id_, "reason": reason} for id_, reason in left_out(host).items()
            ],
        },
        "servers": [{"url": API}],
        "security": [{"token": []}],
        "tags": tags,
        "paths": paths,
        "components": {
            "schemas": schemas,
            "responses": {name: _refusal(status) for status, name in PROBLEMS.items()},
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


def left_out(host: PluginHost) -> dict[str, str]:
    """Return the plugins whose resources could not be described, with the reason.

    They answer all the same; only the document goes without them.
    """
    found = {part.id: _fragment(host, part) for part in published(host)}
    return {id_: reason for id_, reason in found.items() if isinstance(reason, str)}


def _fragment(host: PluginHost, part: Published) -> Fragment | str:
    """Return a part's fragment, or why there is none; made once for each language."""
    known: dict[tuple[str, str], Fragment | str] = current_app.extensions.setdefault(_EXTENSION, {})
    key = (part.id, i18n.current())
    if key not in known:
        manifest = host.plugins[part.plugin].manifest if part.plugin else None
        try:
            known[key] = build(part, manifest.levels if manifest else None)
        except FragmentRefused as refused:
            known[key] = str(refused)
    return known[key]


def _problem() -> dict[str, Any]:
    texts = {"type": "array", "items": {"type": "string"}}
    return {
        "type": "object",
        "description": _("What went wrong (RFC 9457)."),
        "required": ["type", "title", "status", "detail"],
        "properties": {
            "type": {"type": "string"},
            "title": {"type": "string"},
            "status": {"type": "integer"},
            "detail": {"type": "string"},
            "field": {"type": "string"},
            "errors": {"type": "object", "additionalProperties": texts},
            "permission": {"type": "string"},
            "permissions": texts,
        },
    }


def _refusal(status: int) -> dict[str, Any]:
    return {
        "description": str(_MEANINGS[status]),
        "content": {"application/problem+json": {"schema": {"$ref": PROBLEM}}},
    }
