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
    try:
        return _as_json(value)
    except _Unfit as unfit:
        raise TypeError(f"{what}{''.join(reversed(unfit.path))} {unfit.reason}") from None


def as_json_object(values: Mapping[str, Any], what: str) -> dict[str, Any]:
    """Return a mapping as JSON holds it.

    Raises:
        TypeError: it is no mapping, or JSON cannot hold a value.
    """
    if not isinstance(values, Mapping):
        raise TypeError(f"{what} is a {type(values).__name__}, not a mapping")
    found: dict[str, Any] = as_json(values, what)
    return found


class _Unfit(Exception):
    """What is wrong with a value; where it stands is added, inmost first, on the way out."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.path: list[str] = []


def _as_json(value: Any) -> Any:
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, str):
        if "\0" in value:
            raise _Unfit("has a NUL character")
        return value
    if isinstance(value, float):
        if not math.isfinite(value):
            raise _Unfit(f"is {value}, which is no JSON number")
        return value
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise _Unfit("is a time without its zone")
        return value.isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, list | tuple):
        return _list(value)
    if isinstance(value, Mapping):
        return _object(value)
    raise _Unfit(f"is a {type(value).__name__}, which JSON cannot hold")


def _list(items: list[Any] | tuple[Any, ...]) -> list[Any]:
    found: list[Any] = []
    try:
        for item in items:
            found.append(_as_json(item))
    except _Unfit as unfit:
        unfit.path.append(f"[{len(found)}]")
        raise
    return found


def _object(values: Mapping[Any, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, item in values.items():
        if not isinstance(key, str) or "\0" in key:
            raise _Unfit(f"has the key {key!r}, which is no text")
        try:
            found[key] = _as_json(item)
        except _Unfit as unfit:
            unfit.path.append(f".{key}")
            raise
    return found
