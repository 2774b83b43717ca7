"""What goes into a JSON column: checked when it is handed over, not when it is read."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID


def as_json(value: Any, what: str) -> Any:
    """Return ``value`` as JSON holds it; UUIDs, dates and aware times become texts.

    Args:
        what: names the value in an error.

    Raises:
        TypeError: JSON cannot hold it.
    """
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, str):
        if "\0" in value:
            raise TypeError(f"{what} has a NUL character")
        return value
    if isinstance(value, float):
        if not math.isfinite(value):
            raise TypeError(f"{what} is {value}, which is no JSON number")
        return value
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise TypeError(f"{what} is a time without its zone")
        return value.isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, list | tuple):
        return [as_json(item, f"{what}[{number}]") for number, item in enumerate(value)]
    if isinstance(value, Mapping):
        return {_key(key, what): as_json(item, f"{what}.{key}") for key, item in value.items()}
    raise TypeError(f"{what} is a {type(value).__name__}, which JSON cannot hold")


def as_json_object(values: Mapping[str, Any], what: str) -> dict[str, Any]:
    """Return a mapping as JSON holds it.

    Raises:
        TypeError: it is no mapping, or JSON cannot hold a value.
    """
    if not isinstance(values, Mapping):
        raise TypeError(f"{what} is a {type(values).__name__}, not a mapping")
    found: dict[str, Any] = as_json(values, what)
    return found


def _key(key: object, what: str) -> str:
    if not isinstance(key, str) or "\0" in key:
        raise TypeError(f"{what} has the key {key!r}, which is no text")
    return key
