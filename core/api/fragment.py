"""One part of the OpenAPI document: resources of core or of a plugin, built and checked alone.

apispec turns schemas into JSON Schema; what it cannot turn, or what is no OpenAPI afterwards, is
told as :class:`FragmentRefused`, and the rest of the document goes without this part.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin
from apispec.ext.marshmallow.common import resolve_schema_cls
from flask_babel import lazy_gettext as _
from marshmallow import Schema, fields

from core.api.contract import Operation
from core.api.fragment_check import FragmentRefused, check, plain
from core.api.published import Published
from core.api.reading import PageQuery, prepared
from core.places import codes
from core.plugin_host.contract import LONGEST_ID, PLUGIN_ID
from core.web.programs import API

OPENAPI = "3.1.0"
PROBLEM = "#/components/schemas/Problem"
PROBLEMS = {
    400: "BadRequest",
    401: "Unauthorized",
    403: "Forbidden",
    404: "NotFound",
    409: "Conflict",
    412: "Stale",
    413: "TooLarge",
    415: "NotJson",
    422: "Invalid",
    428: "ConditionRequired",
    503: "Unavailable",
}
_LEVELS: dict[str, str] = {kind: f"[0-9]{{{length}}}" for length, kind in codes.OFFICIAL.items()}
_ARGUMENT = re.compile(r"<(?:(?P<kind>[a-z_]+)(?:\([^)]*\))?:)?(?P<name>\w+)>")
_ETAG = {"type": "string", "pattern": '^"[0-9a-f]{32}"$'}
_KINDS: dict[str, dict[str, Any]] = {
    "plugin_id": {"type": "string", "pattern": f"^{PLUGIN_ID}$", "maxLength": LONGEST_ID},
    "uuid": {"type": "string", "format": "uuid"},
    "int": {"type": "integer", "minimum": 0},
    "string": {"type": "string", "pattern": "^[^/]+$"},
}


@dataclass(frozen=True)
class Fragment:
    """Paths and schemas of one part, as plain JSON."""

    paths: Mapping[str, Mapping[str, Any]]
    schemas: Mapping[str, Any]


def build(part: Published, levels: Sequence[str] | None) -> Fragment:
    """Describe the resources of ``part`` in the language of this request.

    Args:
        levels: the kinds of place that have them; ``None`` for every kind.

    Raises:
        FragmentRefused: they cannot be described.
    """
    try:
        described = plain(_described(part, levels))
    except FragmentRefused:
        raise
    except Exception as error:
        raise FragmentRefused(f"{type(error).__name__}: {error}") from error
    fragment = Fragment(described["paths"], described.get("components", {}).get("schemas", {}))
    check(fragment.paths, fragment.schemas)
    return fragment


def _described(part: Published, levels: Sequence[str] | None) -> dict[str, Any]:
    def named(schema: Any) -> str:
        return f"{part.id}.{resolve_schema_cls(schema).__name__}"  # type: ignore[union-attr]

    marshmallow = MarshmallowPlugin(schema_name_resolver=named)
    spec = APISpec(part.id, "1", OPENAPI, plugins=[marshmallow])
    assert marshmallow.converter is not None, "the specification gave it one"
    marshmallow.converter.add_attribute_function(_words)  # type: ignore[no-untyped-call]
    for operation in part.operations:
        path = _path(part.prefix + operation.rule)
        spec.path(
            path=path.removeprefix(API),
            operations={operation.method.lower(): _operation(part, operation, levels)},
        )
    described: dict[str, Any] = spec.to_dict()
    return described


def _words(self: Any, field: fields.Field[Any], **_kwargs: Any) -> dict[str, Any]:
    """Take title and description from what forms call label and help."""
    told = {"title": field.metadata.get("label"), "description": field.metadata.get("help")}
    return {name: text for name, text in told.items() if text}


def _operation(
    part: Published, operation: Operation, levels: Sequence[str] | None
) -> dict[str, Any]:
    described: dict[str, Any] = {
        "operationId": f"{part.id}.{operation.endpoint}",
        "tags": [part.id],
        "summary": operation.summary,
        "x-permission": [operation.permission, *operation.also]
        if operation.also
        else operation.permission,
        "parameters": _parameters(part, operation, operation.levels or levels),
        "responses": _responses(operation),
    }
    if operation.also:
        described["x-permission-for"] = operation.also
    if operation.body is not None:
        described["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": prepared(operation.body)}},
        }
    return described


def _path(rule: str) -> str:
    return _ARGUMENT.sub(r"{\g<name>}", rule)


def _parameters(
    part: Published, operation: Operation, levels: Sequence[str] | None
) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = [
        {
            "in": "path",
            "name": argument["name"],
            "required": True,
            "schema": _place(levels)
            if argument["kind"] == "place_code"
            else _KINDS.get(argument["kind"] or "string", _KINDS["string"]),
        }
        for argument in _ARGUMENT.finditer(part.prefix + operation.rule)
    ]
    queries: list[type[Schema]] = [operation.query] if operation.query else []
    queries += [PageQuery] if operation.paged else []
    found += [{"in": "query", "schema": prepared(query)} for query in queries]
    if operation.current is not None:
        told = _("ETag of what you read")
        found.append(_header("If-Match", {"type": "string", "title": told}, required=True))
    elif operation.method == "GET" and not operation.paged:
        told = _("ETag of what you have; when it is still the same, the answer is 304")
        found.append(_header("If-None-Match", {"type": "string", "title": told}, required=False))
    return found


def _header(name: str, schema: dict[str, Any], *, required: bool) -> dict[str, Any]:
    return {"in": "header", "name": name, "required": required, "schema": schema}


def _place(levels: Sequence[str] | None) -> dict[str, Any]:
    pattern = codes.PATTERN if levels is None else "|".join(_LEVELS[level] for level in levels)
    return {"type": "string", "pattern": f"^(?:{pattern})$", "title": _("Code of the place")}


def _responses(operation: Operation) -> dict[str, Any]:
    done: dict[str, Any] = {"description": operation.summary}
    if operation.answer is not None:
        schema: Any = operation.answer
        done["content"] = {
            "application/json": {"schema": _listed(schema) if operation.paged else schema}
        }
    if operation.paged:
        done["headers"] = {"Link": {"schema": {"type": "string"}}}
    elif operation.method == "GET" or operation.method == "PUT":
        done["headers"] = {"ETag": {"schema": _ETAG}}
    found: dict[str, Any] = {str(operation.status): done}
    if operation.method == "GET" and not operation.paged:
        found["304"] = {"description": "Not Modified"}
    for status in _refusals(operation):
        found[str(status)] = {"$ref": f"#/components/responses/{PROBLEMS[status]}"}
    return found


def _refusals(operation: Operation) -> list[int]:
    found = [400, 401, 403, 404, 422, 503]
    found += [409] if operation.method != "GET" else []
    found += [413, 415] if operation.body is not None else []
    found += [412, 428] if operation.current is not None else []
    return sorted(found)


def _listed(answer: type[Schema]) -> dict[str, Any]:
    whole = {"type": "integer", "minimum": 1}
    return {
        "type": "object",
        "required": ["items", "page", "pages", "total"],
        "additionalProperties": False,
        "properties": {
            "items": {"type": "array", "items": answer},
            "page": whole,
            "pages": whole,
            "total": {"type": "integer", "minimum": 0},
        },
    }
