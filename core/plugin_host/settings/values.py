"""Settings as values: stored JSON as a plugin's schema loads it, and back."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any

from marshmallow import ValidationError, fields

from core.plugin_host.settings.resolution import Layer, Resolved, resolve
from core.web.form_messages import texts
from core.web.forms import FormSchema

LARGEST_NUMBER = 2**63 - 1
_REFUSED = object()
"""Stands for a value of the wrong type: no field accepts it, each says so in its own words."""
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")


@dataclass(frozen=True)
class InForce:
    """What holds at the last of ``layers``, which are left with what the schema accepts."""

    values: Mapping[str, Any]
    resolved: Mapping[str, Resolved]
    layers: tuple[Layer, ...]


@lru_cache(maxsize=256)
def schema_of(kind: type[FormSchema]) -> FormSchema:
    """Return the schema, made once: making one costs more than loading with it."""
    return kind()


def in_force(schema: FormSchema, layers: Sequence[Layer]) -> InForce:
    """Return the settings that hold at the last of ``layers``, loaded.

    A stored value that a newer schema refuses counts as not set; the refusal of a whole
    combination takes back what the nearest place set.
    """
    fitting = tuple(layers)
    while True:
        resolved = resolve(schema.load_fields, fitting)
        chosen = stored(resolved, fitting)
        try:
            return InForce(schema.load(chosen), resolved, fitting)
        except ValidationError as error:
            if not chosen:
                raise
            fitting = _without_refused(error.messages_dict, resolved, fitting)


def stored(resolved: Mapping[str, Resolved], layers: Sequence[Layer]) -> dict[str, Any]:
    """Return the JSON values in force that some place set; the others have their default."""
    return {
        key: layers[found.source].values[key]
        for key, found in resolved.items()
        if found.source is not None
    }


def as_json(schema: FormSchema, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return loaded settings as JSON values; a decimal number becomes text."""
    dumped: dict[str, Any] = schema.dump(values)
    return {key: _plain(value) for key, value in dumped.items()}


def strict(schema: FormSchema, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return ``values`` so that the schema refuses whatever has not the field's own JSON type.

    By itself it would read ``"3"`` as 3 and ``1`` as true. What PostgreSQL cannot keep as JSON
    is refused too.
    """
    known = schema.load_fields
    return {k: _strict(known[k], v) if k in known else v for k, v in values.items()}


def messages_by_key(error: ValidationError) -> dict[str, list[str]]:
    """Return a schema's refusals as flat lists by key."""
    return {str(key): texts(messages) for key, messages in error.messages_dict.items()}


def _without_refused(
    refused: Mapping[Any, Any], resolved: Mapping[str, Resolved], layers: tuple[Layer, ...]
) -> tuple[Layer, ...]:
    sources = {key: r.source for key, r in resolved.items() if r.source is not None}
    nearest = max(sources.values())
    blamed = refused.keys() & sources.keys() or {k for k, s in sources.items() if s == nearest}
    return tuple(
        layer.without({key for key in blamed if sources[key] == number})
        for number, layer in enumerate(layers)
    )


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return format(value, "f") if isinstance(value, Decimal) else value


def _strict(field: fields.Field[Any], value: Any) -> Any:
    if isinstance(field, fields.List) and isinstance(value, list):
        return [_strict(field.inner, each) for each in value]
    return value if value is None or _fits(field, value) else _REFUSED


def _fits(field: fields.Field[Any], value: Any) -> bool:
    if isinstance(value, bool):
        return isinstance(field, fields.Boolean)
    if isinstance(value, str):
        wrong = isinstance(field, fields.Boolean | fields.Integer | fields.Float)
        return not wrong and not _UNSTORABLE.search(value)
    if isinstance(value, int):
        wrong = isinstance(field, fields.Boolean | fields.String)
        return not wrong and abs(value) <= LARGEST_NUMBER
    return isinstance(value, float) and isinstance(field, fields.Float | fields.Decimal)
