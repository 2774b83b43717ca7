"""The OpenAPI document as people read it: groups of operations, with fields and an example."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

_DEEPEST = 4
_LONGEST_RULE = 60
_SHOWN = (
    *("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"),
    *("minLength", "maxLength", "minItems", "maxItems", "pattern", "default"),
)
_EXAMPLES = {
    "place_code": "510114001018",
    "uuid": "01a0217e-5a2b-7c3d-8e4f-5a6b7c8d9e0f",
    "date-time": "2026-05-01T09:00:00+08:00",
    "date": "2026-05-01",
}


@dataclass(frozen=True)
class FieldRow:
    """One parameter, or one field of a body or an answer; fields of fields are dotted."""

    name: str
    type: str
    required: bool
    title: str
    about: str
    rules: tuple[str, ...]
    place: str = ""


@dataclass(frozen=True)
class Answer:
    """One status that an operation may answer with."""

    status: str
    meaning: str


@dataclass(frozen=True)
class Described:
    """One operation."""

    id: str
    method: str
    path: str
    summary: str
    permission: str
    also: tuple[tuple[str, str], ...]
    parameters: tuple[FieldRow, ...]
    body: tuple[FieldRow, ...]
    answer: tuple[FieldRow, ...]
    answers: tuple[Answer, ...]
    example: str


@dataclass(frozen=True)
class Group:
    """The operations of core, or of one plugin."""

    id: str
    name: str
    summary: str
    operations: tuple[Described, ...]


@dataclass(frozen=True)
class Reference:
    """The whole page; ``left_out`` names plugins whose resources cannot be described."""

    groups: tuple[Group, ...]
    left_out: tuple[Mapping[str, str], ...]


def reference(document: Mapping[str, Any], base_url: str) -> Reference:
    """Return ``document`` in the order in which it is read.

    Args:
        base_url: where this installation is reached, for the examples.
    """
    root = base_url + document["servers"][0]["url"]
    groups = tuple(
        Group(
            tag["name"],
            tag["x-display-name"],
            tag["description"],
            tuple(
                _described(document, root, path, method, operation)
                for path, methods in document["paths"].items()
                for method, operation in methods.items()
                if tag["name"] in operation["tags"]
            ),
        )
        for tag in document["tags"]
    )
    return Reference(groups, tuple(document["info"]["x-left-out"]))


def _described(
    document: Mapping[str, Any], root: str, path: str, method: str, operation: Mapping[str, Any]
) -> Described:
    body = _json_schema(operation.get("requestBody", {}))
    done = next(iter(operation["responses"].values()))
    return Described(
        id=operation["operationId"],
        method=method.upper(),
        path=document["servers"][0]["url"] + path,
        summary=operation["summary"],
        permission=_always(operation["x-permission"]),
        also=tuple(operation.get("x-permission-for", {}).items()),
        parameters=tuple(_parameter(document, p) for p in operation["parameters"]),
        body=tuple(_rows(document, body)),
        answer=tuple(_rows(document, _json_schema(done))),
        answers=tuple(
            Answer(status, _resolved(document, answer)["description"])
            for status, answer in operation["responses"].items()
        ),
        example=_example(document, root + path, method, operation, body),
    )


def _always(permissions: str | list[str]) -> str:
    """The permission that an operation needs whatever is asked of it."""
    return permissions if isinstance(permissions, str) else permissions[0]


def _json_schema(holder: Mapping[str, Any]) -> Mapping[str, Any]:
    found: Mapping[str, Any] = (
        holder.get("content", {}).get("application/json", {}).get("schema", {})
    )
    return found


def _parameter(document: Mapping[str, Any], parameter: Mapping[str, Any]) -> FieldRow:
    schema = _resolved(document, parameter["schema"])
    return FieldRow(
        parameter["name"],
        _type(document, schema),
        parameter.get("required", False),
        schema.get("title", ""),
        schema.get("description", parameter.get("description", "")),
        tuple(_rules(schema)),
        parameter["in"],
    )


def _rows(
    document: Mapping[str, Any], schema: Mapping[str, Any], above: str = "", depth: int = 0
) -> Iterator[FieldRow]:
    schema = _resolved(document, schema)
    required = schema.get("required", ())
    for name, declared in schema.get("properties", {}).items():
        inner = _resolved(document, declared)
        yield FieldRow(
            above + name,
            _type(document, inner),
            name in required,
            inner.get("title", ""),
            inner.get("description", ""),
            tuple(_rules(inner)),
        )
        if depth < _DEEPEST:
            yield from _rows(document, inner, f"{above}{name}.", depth + 1)
            if "items" in inner:
                yield from _rows(document, inner["items"], f"{above}{name}[].", depth + 1)


def _resolved(document: Mapping[str, Any], schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """Follow a reference; what may also be null is shown as what it is otherwise."""
    for choice in schema.get("anyOf", ()):
        if "$ref" in choice:
            return {**_resolved(document, choice), **{k: schema[k] for k in schema if k != "anyOf"}}
    if "$ref" not in schema:
        return schema
    found: Any = document
    for step in schema["$ref"].removeprefix("#/").split("/"):
        found = found[step]
    told: Mapping[str, Any] = {**found, **{k: v for k, v in schema.items() if k != "$ref"}}
    return told


def _type(document: Mapping[str, Any], schema: Mapping[str, Any]) -> str:
    named = schema.get("type", "any")
    text = " | ".join(named) if isinstance(named, list) else str(named)
    if "items" in schema:
        text += f"<{_type(document, _resolved(document, schema['items']))}>"
    return f"{text} ({schema['format']})" if schema.get("format") else text


def _rules(schema: Mapping[str, Any]) -> Iterator[str]:
    if "enum" in schema:
        yield " | ".join(json.dumps(value, ensure_ascii=False) for value in schema["enum"])
    for name in _SHOWN:
        if name in schema and len(str(schema[name])) <= _LONGEST_RULE:
            value = schema[name]
            yield f"{name} {value if name == 'pattern' else json.dumps(value, ensure_ascii=False)}"


def _example(
    document: Mapping[str, Any],
    address: str,
    method: str,
    operation: Mapping[str, Any],
    body: Mapping[str, Any],
) -> str:
    for parameter in operation["parameters"]:
        if parameter["in"] == "path":
            value = _EXAMPLES.get(parameter["name"]) or _sample(document, parameter["schema"])
            address = address.replace(f"{{{parameter['name']}}}", str(value))
    lines = [f"curl {'' if method == 'get' else f'-X {method.upper()} '}'{address}'"]
    lines.append("-H 'Authorization: Bearer linli_…'")
    if any(parameter["name"] == "If-Match" for parameter in operation["parameters"]):
        lines.append("-H 'If-Match: \"…\"'")
    if body:
        lines.append("-H 'Content-Type: application/json'")
        lines.append(f"-d '{json.dumps(_sample(document, body), ensure_ascii=False)}'")
    return " \\\n  ".join(lines)


def _sample(document: Mapping[str, Any], schema: Mapping[str, Any], depth: int = 0) -> Any:
    """Return a value of the right type, to be filled in by the reader."""
    schema = _resolved(document, schema)
    kind = schema.get("type", "string")
    kind = kind[0] if isinstance(kind, list) else kind
    if "default" in schema:
        return schema["default"]
    if schema.get("enum"):
        return schema["enum"][0]
    if kind == "object":
        inner = schema.get("properties", {}) if depth < _DEEPEST else {}
        return {name: _sample(document, one, depth + 1) for name, one in inner.items()}
    if kind == "array":
        return [_sample(document, schema.get("items", {}), depth + 1)] if depth < _DEEPEST else []
    if kind in ("integer", "number"):
        return schema.get("minimum", 1)
    if kind == "boolean":
        return True
    return _EXAMPLES.get(schema.get("format", ""), "…")
