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

    A stored value that a newer schema refuses counts as not set. So does, for this place and those
    below it, what a rule over several keys names; where that is locked further up, all that this
    place set is taken back instead. What a lock fixes therefore holds everywhere below it.
    """
    fitting: tuple[Layer, ...] = ()
    values = None
    for layer in layers:
        fitting, values = _joined(schema, fitting, values, layer)
    if values is None:
        values = schema.load({})
    return InForce(values, resolve(schema.load_fields, fitting), fitting)


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


def _joined(
    schema: FormSchema,
    above: tuple[Layer, ...],
    values: Mapping[str, Any] | None,
    layer: Layer,
) -> tuple[tuple[Layer, ...], Mapping[str, Any] | None]:
    """Return ``above``, whose ``values`` the schema accepts, and as much of ``layer`` as fits."""
    tried = (*above, layer)
    while tried[-1].values:
        resolved = resolve(schema.load_fields, tried)
        here = {key for key, found in resolved.items() if found.source == len(above)}
        if not here:
            break
        try:
            return tried, schema.load(stored(resolved, tried))
        except ValidationError as error:
            blamed = {key for key in error.messages_dict if _is_open(resolved.get(key), len(above))}
            tried = tuple(
                each.without({k for k in blamed or here if resolved[k].source == number})
                for number, each in enumerate(tried)
            )
    return (*above, tried[-1]), values


def _is_open(found: Resolved | None, here: int) -> bool:
    """Say whether somebody set the key and nobody above ``here`` locked it."""
    if found is None or found.source is None:
        return False
    return found.lock is None or found.lock >= here


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
