"""Core's own resources: places, their children, and the plugins there."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from core.audit import attempt
from core.db import db
from core.places.models import Place
from core.testing.statements import recorded
from core.testing.world import SYSTEM, District, Program

EN = {"Accept-Language": "en"}


def add_courtyards(district: District, community: str, count: int) -> None:
    with (
        district.entered(),
        attempt(SYSTEM, "core.place.create", object_type="place", object_id="", place_code=""),
    ):
        parent = district.place(community)
        for number in range(1, count + 1):
            name = f"幸福里 {number} 号院"
            code = f"{community}C{number:03}"
            db.session.add(
                Place(
                    code=code,
                    kind="courtyard",
                    parent_id=parent.id,
                    name=name,
                    official_name=name,
                )
            )


@pytest.fixture(scope="module")
def program(here: District) -> Program:
    return here.program("administrator", here.code)


def test_a_place(here: District, program: Program) -> None:
    code = here.communities[0]
    with here.entered():
        place = here.place(code)
        known = {"id": str(place.id), "name": place.name, "official_name": place.official_name}
    assert program.get(f"/api/v1/places/{code}").json == {
        **known,
        "code": code,
        "parent": code[:9],
        "kind": "community",
    }
    top = program.get(f"/api/v1/places/{here.code}").json
    assert (top["parent"], top["kind"], top["name"]) == (None, "district", here.name)


def test_children_are_this_places_own(here: District, there: District, program: Program) -> None:
    codes = [row["code"] for row in children(program, here.code)["items"]]
    assert codes == here.streets
    street = here.streets[0]
    codes = [row["code"] for row in children(program, street)["items"]]
    assert codes == [c for c in here.communities if c.startswith(street)]


def test_pages_lead_from_one_to_the_next(app: Flask, district: District) -> None:
    community = district.communities[0]
    add_courtyards(district, community, 30)
    program = district.program("viewer", community)
    url = f"/api/v1/places/{community}/children"
    seen, visited, following = [], [], f"{url}?page=1&size=7"
    while following:
        answer = program.get(following)
        visited.append((answer.json["page"], len(answer.json["items"])))
        assert (answer.json["pages"], answer.json["total"]) == (5, 30)
        seen += [row["code"] for row in answer.json["items"]]
        following = links(answer).get("next", "")
    assert seen == [f"{community}C{number:03}" for number in range(1, 31)]
    assert visited == [(1, 7), (2, 7), (3, 7), (4, 7), (5, 2)]
    last = program.get(f"{url}?page=5&size=7")
    assert links(last) == {
        "first": f"{url}?page=1&size=7",
        "prev": f"{url}?page=4&size=7",
        "last": f"{url}?page=5&size=7",
    }
    beyond = program.get(f"{url}?page=9&size=7")
    assert (beyond.json["items"], beyond.json["page"], beyond.json["pages"]) == ([], 9, 5)
    assert links(beyond)["prev"] == f"{url}?page=5&size=7"


def test_thirty_rows_cost_as_many_statements_as_one(app: Flask, district: District) -> None:
    costs = {}
    for community, count in zip(district.communities, (1, 30), strict=False):
        add_courtyards(district, community, count)
        program = district.program("viewer", community)
        program.get(f"/api/v1/places/{community}/children")
        with app.app_context():
            engine = db.engine
        with recorded(engine) as statements:
            found = children(program, community)
        assert found["total"] == count
        costs[count] = len(statements)
    assert costs == {1: 3, 30: 3}


def test_plugins_with_their_state(district: District) -> None:
    community = district.communities[0]
    neighbour = district.neighbour(community)
    district.enable("volunteer", community)
    program = district.program("viewer", district.code)

    def state(place: str) -> Any:
        found = program.get(f"/api/v1/places/{place}/plugins", headers=EN).json
        row = next(row for row in found["items"] if row["id"] == "volunteer")
        return row["active"], row["reason"], row["policy"], row["name"]

    assert state(community) == (True, "enabled", "available", "Volunteer")
    assert state(neighbour) == (False, "off", "available", "Volunteer")
    assert state(district.code)[:2] == (False, "other_level")
    district.allow("volunteer", "forbidden")
    assert state(community)[:3] == (False, "forbidden", "forbidden")
    assert program.get(f"/api/v1/places/{community}/plugins/nothing").status_code == 404


def children(program: Program, code: str) -> Any:
    answer = program.get(f"/api/v1/places/{code}/children?size=200")
    assert answer.status_code == 200
    return answer.json


def links(answer: Any) -> dict[str, str]:
    """Read the header Link (RFC 8288)."""
    parts = [part.split("; ") for part in answer.headers["Link"].split(", ")]
    return {rel.removeprefix('rel="').rstrip('"'): url.strip("<>") for url, rel in parts}
