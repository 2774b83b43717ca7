"""Red property as other systems see it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from core.clock import now
from core.testing.world import District, Program


@pytest.fixture(scope="module")
def office(take_office: Any) -> Any:
    return take_office()


@pytest.fixture(scope="module")
def district(office: Any) -> District:
    found: District = office.district
    return found


@pytest.fixture(scope="module")
def method(office: Any) -> UUID:
    adopted: UUID = office.adopt("yantai_2022")
    return adopted


@pytest.fixture(scope="module")
def company(office: Any, district: District, method: UUID) -> UUID:
    made: UUID = office.company("安居物业", district.communities[0])
    office.company("邻家物业", district.neighbour(district.communities[0]))
    for code, points in (("B1", "30"), ("B2", "20"), ("B3", "30"), ("G9", "2.5")):
        office.enter(made, code, points)
    return made


@pytest.fixture(scope="module")
def program(district: District) -> Program:
    return district.program("staff", district.code)


def base(code: str) -> str:
    return f"/api/v1/places/{code}/plugins/red_property"


def test_grades_are_listed_for_a_place_at_a_moment(
    company: UUID, district: District, program: Program
) -> None:
    address = f"{base(district.code)}/companies"
    listed = program.get(address).json
    first = listed["items"][0]
    assert first.pop("credit_code").startswith("91510100MA")
    assert first == {
        "company": str(company),
        "name": "安居物业",
        "graded": True,
        "score": "82.50",
        "vetoed": False,
        "level": "aa",
        "level_title": "AA 良好",
    }
    assert [one["name"] for one in listed["items"]] == ["安居物业", "邻家物业"]
    below = program.get(f"{base(district.communities[0])}/companies").json
    assert [one["name"] for one in below["items"]] == ["安居物业"]
    none = program.get(address, query_string={"level": "none"}).json
    assert [(one["name"], one["level"]) for one in none["items"]] == [("邻家物业", None)]
    before = program.get(address, query_string={"as_of": "2020-01-01T00:00:00+08:00"}).json
    assert before["items"] == []
    later = (now() + timedelta(days=1)).isoformat()
    refused = program.get(address, query_string={"as_of": later})
    assert (refused.status_code, list(refused.json["errors"])) == (422, ["as_of"])


def test_a_receipt_adds_up_exactly(company: UUID, district: District, program: Program) -> None:
    answer = program.get(f"{base(district.code)}/companies/{company}")
    receipt = answer.json
    assert (answer.status_code, receipt["grade"]["score"]) == (200, "82.50")
    assert [(one["key"], one["sign"], one["counted"]) for one in receipt["sections"]] == [
        ("base", 1, "80.00"),
        ("good", 1, "2.50"),
        ("bad", -1, "0.00"),
    ]
    (good,) = receipt["sections"][1]["items"]
    assert (good["code"], good["points"], good["why_not"]) == ("G9", "2.50", None)
    assert "basis" not in answer.text
    neighbour = district.neighbour(district.communities[0])
    district.enable("red_property", neighbour)
    assert program.get(f"{base(neighbour)}/companies/{company}").status_code == 404
    own = program.get(f"{base(district.communities[0])}/companies/{company}")
    assert own.headers["ETag"] == answer.headers["ETag"]


def test_methods_are_read_with_their_items(
    method: UUID, district: District, program: Program
) -> None:
    (listed,) = program.get(f"{base(district.code)}/methods").json["items"]
    assert (listed["id"], listed["key"], listed["version"]) == (str(method), "yantai_2022", 1)
    read = program.get(f"{base(district.code)}/methods/{method}").json
    assert read["document"]["key"] == "yantai_2022"
    least_most = {item["code"]: (item["least"], item["most"]) for item in read["items"]}
    assert (least_most["G9"], least_most["D3"]) == (("1.00", "10.00"), ("5.00", "5.00"))


def test_an_item_is_entered_and_refused_by_field(
    office: Any, district: District, method: UUID, program: Program
) -> None:
    company = office.company("天府物业", district.communities[0])
    detail = program.get(f"{base(district.code)}/methods/{method}").json
    ids = {item["code"]: item["id"] for item in detail["items"]}
    address = f"{base(district.code)}/companies/{company}/items"
    item = {"item": ids["G9"], "points": 2.5, "occurred_on": "2026-01-05", "basis": "来函"}
    made = program.post(address, json=item)
    assert made.status_code == 201, made.text
    assert (made.json["code"], made.json["points"], made.json["place"]) == ("G9", "2.50", None)
    for wrong, fields in (
        ({"points": 11}, ["points"]),
        ({"points": 2.505}, ["points"]),
        ({"points": "1e-999999999999999999"}, ["points"]),
        ({"points": "1e999999999999999999"}, ["points"]),
        ({"id": "nonsense"}, ["id"]),
        ({"occurred_on": "2999-01-01"}, ["occurred_on"]),
        ({"item": str(company)}, ["item"]),
        ({"item": ids["G3"], "points": 5}, ["evidence"]),
    ):
        refused = program.post(address, json=item | wrong)
        assert (refused.status_code, list(refused.json["errors"])) == (422, fields)
    viewer = district.program("viewer", district.code)
    assert viewer.post(address, json=item).status_code == 403
    below = program.post(address.replace(district.code, district.communities[0], 1), json=item)
    assert below.status_code == 404
    receipt = program.get(f"{base(district.code)}/companies/{company}").json
    assert receipt["grade"]["graded"] is False
    assert [len(section["items"]) for section in receipt["sections"]] == [0, 1, 0]


def test_an_item_sent_twice_is_entered_once(
    office: Any, district: District, method: UUID, program: Program
) -> None:
    company = office.company("蜀光物业", district.communities[0])
    detail = program.get(f"{base(district.code)}/methods/{method}").json
    ids = {item["code"]: item["id"] for item in detail["items"]}
    address = f"{base(district.code)}/companies/{company}/items"
    item = {
        "id": str(uuid4()),
        "item": ids["G9"],
        "points": 2.5,
        "occurred_on": "2026-01-05",
        "basis": "来函",
    }
    made, again = program.post(address, json=item), program.post(address, json=item)
    assert (made.status_code, made.json["id"]) == (201, item["id"])
    assert (again.status_code, again.json) == (201, made.json)
    taken = program.post(address, json=item | {"item": ids["G7"], "points": 2})
    assert taken.status_code == 409
    unnamed = program.post(address, json={**item, "id": None})
    assert (unnamed.status_code, unnamed.json["number"]) == (201, made.json["number"] + 1)
    receipt = program.get(f"{base(district.code)}/companies/{company}").json
    assert [len(section["items"]) for section in receipt["sections"]] == [0, 2, 0]


def test_moments_are_read_with_their_zone(district: District, program: Program) -> None:
    naive = datetime(2026, 1, 1, tzinfo=UTC).replace(tzinfo=None).isoformat()
    refused = program.get(f"{base(district.code)}/companies", query_string={"as_of": naive})
    assert (refused.status_code, list(refused.json["errors"])) == (422, ["as_of"])
