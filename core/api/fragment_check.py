"""What a part of the OpenAPI document must be like before it is shown."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from typing import Any

from flask_babel import LazyString

_TYPES = {"array", "boolean", "integer", "null", "number", "object", "string"}
_METHODS = {"get", "post", "put", "patch", "delete"}


class FragmentRefused(Exception):
    """Why a part is left out of the document; the message is for the plugin's author."""


def plain(value: Any) -> Any:
    """Return ``value`` as JSON has it: lazy texts in this request's language, lists, numbers.

    Raises:
        FragmentRefused: there is something in it that JSON does not have.
    """
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, str | LazyString):
        return str(value)
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, Mapping):
        return {str(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(inner) for inner in value]
    raise FragmentRefused(f"{value!r} is nothing that JSON has")


def check(paths: Mapping[str, Any], schemas: Mapping[str, Any]) -> None:
    """Look at references and at every schema's keywords.

    Raises:
        FragmentRefused: naming what is wrong.
    """
    for where, node in _nodes({"paths": paths, "schemas": schemas}):
        target = node.get("$ref")
        if not isinstance(target, str) or not target.startswith("#/components/schemas/"):
            continue
        if target.rpartition("/")[2] not in schemas:
            raise FragmentRefused(f"{where}: {target} leads nowhere")
    for name, schema in schemas.items():
        _check_schema(f"schemas.{name}", schema)
    for path, methods in paths.items():
        for method in _METHODS & methods.keys():
            for parameter in methods[method].get("parameters", ()):
                where = f"{method.upper()} {path}, {parameter.get('name')}"
                _check_schema(where, parameter.get("schema", {}))


def _check_schema(where: str, schema: Any) -> None:
    if not isinstance(schema, dict):
        if isinstance(schema, bool):
            return
        raise FragmentRefused(f"{where}: {schema!r} is no schema")
    for keyword, fits in _KEYWORDS.items():
        if keyword in schema and not fits(schema[keyword]):
            raise FragmentRefused(f"{where}: {keyword} cannot be {schema[keyword]!r}")
    for name, inner in schema.get("properties", {}).items():
        _check_schema(f"{where}.{name}", inner)
    for keyword in ("items", "additionalProperties"):
        if keyword in schema:
            _check_schema(f"{where}.{keyword}", schema[keyword])
    for keyword in ("anyOf", "oneOf", "allOf"):
        for inner in schema.get(keyword, ()):
            _check_schema(f"{where}.{keyword}", inner)


def _nodes(node: Any, where: str = "") -> Iterator[tuple[str, Mapping[str, Any]]]:
    if isinstance(node, dict):
        yield where, node
        for name, inner in node.items():
            yield from _nodes(inner, f"{where}.{name}".lstrip("."))
    elif isinstance(node, list):
        for inner in node:
            yield from _nodes(inner, where)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_type(value: Any) -> bool:
    named = value if isinstance(value, list) else [value]
    return bool(named) and all(isinstance(name, str) and name in _TYPES for name in named)


def _is_pattern(value: Any) -> bool:
    try:
        return isinstance(value, str) and re.compile(value) is not None
    except re.error:
        return False


def _are_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(text, str) for text in value)


_KEYWORDS: dict[str, Callable[[Any], bool]] = {
    "$ref": _is_text,
    "additionalProperties": lambda value: isinstance(value, dict | bool),
    "allOf": lambda value: isinstance(value, list) and bool(value),
    "anyOf": lambda value: isinstance(value, list) and bool(value),
    "description": _is_text,
    "enum": lambda value: isinstance(value, list),
    "exclusiveMaximum": _is_number,
    "exclusiveMinimum": _is_number,
    "format": _is_text,
    "items": lambda value: isinstance(value, dict | bool),
    "maximum": _is_number,
    "maxItems": _is_count,
    "maxLength": _is_count,
    "minimum": _is_number,
    "minItems": _is_count,
    "minLength": _is_count,
    "multipleOf": lambda value: _is_number(value) and value > 0,
    "oneOf": lambda value: isinstance(value, list) and bool(value),
    "pattern": _is_pattern,
    "properties": lambda value: isinstance(value, dict),
    "readOnly": lambda value: isinstance(value, bool),
    "required": _are_texts,
    "title": _is_text,
    "type": _is_type,
    "uniqueItems": lambda value: isinstance(value, bool),
    "writeOnly": lambda value: isinstance(value, bool),
}
