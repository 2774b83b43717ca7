"""The example schemes that come with Evaluation, to be copied and adapted."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from core.sdk import NotFound

KEYS = ("community_year", "courtyard_quarter", "household_month")


@dataclass(frozen=True)
class Line:
    """One criterion of a template."""

    title: str
    kind: str
    weight: int
    scorers: str | None


@dataclass(frozen=True)
class Template:
    """A shipped example: for people, and as ``said`` by a scheme with its version and criteria."""

    key: str
    title: str
    summary: str
    contestants: str
    cycle: str
    rhythm: str
    criteria: tuple[Line, ...]
    said: Mapping[str, Any]
    criteria_said: Sequence[Mapping[str, Any]]


@cache
def templates() -> tuple[Template, ...]:
    """Return the shipped examples in their order."""
    return tuple(_read(key) for key in KEYS)


def template(key: str) -> Template:
    """Return a shipped example; NotFound when there is none of that name."""
    for one in templates():
        if one.key == key:
            return one
    raise NotFound()


def _read(key: str) -> Template:
    source = files("plugins.evaluation") / "schemes" / f"{key}.json"
    found = json.loads(source.read_text(encoding="utf-8"))
    data = found["scheme"]
    return Template(
        key,
        data["title"],
        found["summary"],
        data["contestants"],
        data["cycle"],
        data["rhythm"],
        tuple(
            Line(one["title"], one["kind"], one.get("weight", 0), one.get("scorers"))
            for one in found["criteria"]
        ),
        data,
        found["criteria"],
    )
