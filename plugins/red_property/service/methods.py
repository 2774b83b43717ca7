"""Verbs about rating methods: look at a document, and adopt it as the district's."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import func, insert, select

from core.sdk import Actor, Invalid, PlaceView, db, new_id, now, tenant_id
from plugins.red_property import documents
from plugins.red_property import permissions as may
from plugins.red_property.models import Method, MethodItem, MethodLevel, MethodSection
from plugins.red_property.service.acts import act, one_at_a_time
from plugins.red_property.texts import _

_FOLDER = Path(__file__).parents[1] / "methods"


@dataclass(frozen=True)
class ShippedMethod:
    """A method that comes with the plugin, to be adopted as it is or adapted first."""

    key: str
    title: str
    source: str
    document: Mapping[str, Any]


@cache
def shipped() -> Sequence[ShippedMethod]:
    """Return the methods that come with the plugin, by key."""
    found = []
    for path in sorted(_FOLDER.glob("*.json")):
        document = json.loads(path.read_text(encoding="utf-8"))
        found.append(
            ShippedMethod(document["key"], document["title"], document["source"], document)
        )
    return tuple(found)


def check(document: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what a method document says, with points in hundredths, without adopting it.

    Raises:
        Invalid: with every mistake, by its path, such as ``items.3.points``.
    """
    return documents.read(document)


def adopt(actor: Actor, place: PlaceView, document: Mapping[str, Any], in_force_on: date) -> Method:
    """Adopt a method document as the next version of its key; return the method.

    It grades from the beginning of ``in_force_on`` by the district's calendar, a past day included,
    but never what was asked before it was adopted.

    Args:
        place: the district.

    Raises:
        Forbidden: the actor may not adopt methods there.
        Invalid: with every mistake of the document, by its path; or ``place`` is no district.
    """
    method_id = new_id()
    with act(actor, may.METHOD_ADOPT, place, "red_property.method", method_id) as entry:
        actor.require(may.METHOD_ADOPT, place)
        if place.kind != "district":
            raise Invalid(_("A method is adopted by a district."), field="place")
        found = documents.read(document)
        one_at_a_time(place)
        version = db.session.execute(
            select(func.coalesce(func.max(Method.version), 0) + 1).where(
                Method.place_id == place.id, Method.key == found["key"]
            )
        ).scalar_one()
        method = Method(
            id=method_id,
            place_id=place.id,
            version=version,
            in_force_on=in_force_on,
            document=dict(document),
            adopted_at=now(),
            **{name: found[name] for name in _COLUMNS},
        )
        db.session.add(method)
        db.session.flush()
        _write_parts(method_id, found)
        entry.after = {
            "key": method.key,
            "version": version,
            "in_force_on": in_force_on.isoformat(),
        }
    return method


_COLUMNS = (
    "key",
    "title",
    "source",
    "start",
    "valid_months",
    "needs_section",
    "veto_level",
)


def _write_parts(method_id: Any, found: Mapping[str, Any]) -> None:
    sections = {section["key"]: new_id() for section in found["sections"]}
    _insert(
        MethodSection,
        [
            {"id": sections[section["key"]], "method_id": method_id, "position": position} | section
            for position, section in enumerate(found["sections"], 1)
        ],
    )
    _insert(
        MethodLevel,
        [
            {"id": new_id(), "method_id": method_id, "position": position} | level
            for position, level in enumerate(found["levels"], 1)
        ],
    )
    _insert(
        MethodItem,
        [
            {
                "id": new_id(),
                "method_id": method_id,
                "section_id": sections[item["section"]],
                "code": item["code"],
                "position": position,
                "text": item["text"],
                "least": item["points"][0],
                "most": item["points"][1],
                "veto": item["veto"],
                "valid_months": item["valid_months"],
                "until_rectified": item["until_rectified"],
                "evidence_needed": item["evidence"],
                "article": item["article"],
                "example": item["example"],
                "offered_on": item["offered"] and item["offered"]["event"],
                "offered_to_rank": item["offered"] and item["offered"]["to_rank"],
            }
            for position, item in enumerate(found["items"], 1)
        ],
    )


def _insert(model: Any, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows at once; a method may have some hundred items."""
    tenant = tenant_id()
    db.session.execute(insert(model), [{"tenant_id": tenant, **row} for row in rows])
