"""Volunteer as other systems see it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from core.clock import now
from core.jobs import tasks
from core.testing.world import District, Program

GOOD = {
    "title": "清扫楼道",
    "description": "一起清扫楼道。",
    "location": "3 栋门口",
    "starts_at": "2099-05-01T09:00:00+08:00",
    "ends_at": "2099-05-01T11:00:00+08:00",
    "capacity": 2,
    "organiser": "居委会",
    "risks": "无",
}
PERSON = {"name": "王芳", "phone": "13812345678"}


@pytest.fixture
def base(community: str) -> str:
    return f"/api/v1/places/{community}/plugins/volunteer"


@pytest.fixture
def program(district: District, community: str) -> Program:
    """A program that may do what staff of the community may."""
    district.enable("volunteer", community)
    return district.program("staff", community)


@pytest.fixture
def running(program: Program, base: str, district: District, community: str) -> str:
    """The address of an activity that is under way."""
    hour = timedelta(hours=1)
    times = {"starts_at": (now() - hour).isoformat(), "ends_at": (now() + hour).isoformat()}
    made = program.post(f"{base}/activities", json=GOOD | times | {"capacity": 50})
    assert made.status_code == 201, made.text
    id_ = made.json["id"]
    staff = district.person("staff", community)
    assert staff.send(f"/{community}/volunteer/{id_}/publish").status_code == 303
    return f"{base}/activities/{id_}"


def test_an_activity_is_written_read_and_changed(program: Program, base: str) -> None:
    made = program.post(f"{base}/activities", json=GOOD)
    assert made.status_code == 201
    address = f"{base}/activities/{made.json['id']}"
    read = program.get(address)
    assert (read.status_code, read.json) == (200, made.json)
    assert read.json["status"] == "draft"
    assert read.json["signed_up"] == 0
    changed = GOOD | {"title": "清扫车棚"}
    assert program.put(address, json=changed).status_code == 428
    stale = program.put(address, json=changed, headers={"If-Match": '"x"'})
    assert stale.status_code == 412
    tag = {"If-Match": read.headers["ETag"]}
    done = program.put(address, json=changed, headers=tag)
    assert (done.status_code, done.json["title"]) == (200, "清扫车棚")
    assert program.put(address, json=changed, headers=tag).status_code == 412
    listed = program.get(f"{base}/activities", query_string={"title": "车棚"}).json
    assert [one["id"] for one in listed["items"]] == [made.json["id"]]
    none = program.get(f"{base}/activities", query_string={"status": "cancelled"}).json
    assert none["items"] == []


def test_from_the_door_to_the_points(
    program: Program, base: str, running: str, district: District
) -> None:
    came = program.post(f"{running}/check-ins", json=PERSON)
    assert (came.status_code, came.json["how"]) == (201, "staff")
    volunteer, attendance = came.json["volunteer"], came.json["id"]
    again = program.post(f"{running}/check-ins", json={"volunteer": volunteer})
    assert (again.status_code, again.json["type"]) == (409, "urn:linli:conflict")
    left = program.post(f"{base}/attendances/{attendance}/check-out")
    assert left.status_code == 200
    assert left.json["checked_out_at"] is not None
    assert program.post(f"{base}/attendances/{attendance}/check-out").status_code == 409

    begun = program.post(f"{running}/confirmation")
    assert begun.status_code == 202
    with district.app.app_context():
        tasks.run_job(district.tenant, begun.json["job"])
    (there,) = program.get(f"{running}/attendances").json["items"]
    assert there["minutes_confirmed"] == 0
    assert program.post(f"{running}/confirmation").status_code == 409
    (person,) = program.get(f"{base}/volunteers", query_string={"name": "王"}).json["items"]
    assert person == {
        "id": volunteer,
        "name": "王芳",
        "phone": "138****5678",
        "minutes": 0,
        "points": 0,
    }
    statement = program.get(f"{base}/volunteers/{volunteer}/statement").json
    assert (statement["items"], statement["total"]) == ([], 0)


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, {"name", "phone"}),
        ({"name": "王芳"}, {"phone"}),
        ({"volunteer": str(uuid4()), "name": "王芳"}, {"name"}),
        ({"volunteer": "x"}, {"volunteer"}),
        (PERSON | {"phone": "1"}, {"phone"}),
        (PERSON | {"sex": "f"}, {"sex"}),
    ],
)
def test_a_check_in_that_names_nobody_names_its_fields(
    program: Program, running: str, body: dict[str, Any], fields: set[str]
) -> None:
    answer = program.post(f"{running}/check-ins", json=body)
    assert (answer.status_code, set(answer.json["errors"])) == (422, fields)


def test_twenty_programs_at_the_door_at_once(program: Program, running: str) -> None:
    people = [{"name": f"志愿者{n}", "phone": f"138000001{n:02}"} for n in range(10)] * 2
    barrier = threading.Barrier(20)

    def send(person: dict[str, str]) -> int:
        client = Program(program.application, program.token)
        barrier.wait()
        return int(client.post(f"{running}/check-ins", json=person).status_code)

    with ThreadPoolExecutor(20) as pool:
        assert sorted(pool.map(send, people)) == [201] * 10 + [409] * 10
    assert program.get(f"{running}/attendances").json["total"] == 10


def test_what_is_next_door_or_not_held_is_not_there(
    program: Program, base: str, running: str, district: District, community: str
) -> None:
    came = program.post(f"{running}/check-ins", json=PERSON).json
    neighbour = district.neighbour(community)
    district.enable("volunteer", neighbour)
    stranger = district.program("staff", neighbour)
    there = base.replace(community, neighbour)
    for method, path in (
        ("GET", f"/activities/{came['activity']}"),
        ("GET", f"/activities/{came['activity']}/attendances"),
        ("POST", f"/activities/{came['activity']}/confirmation"),
        ("POST", f"/attendances/{came['id']}/check-out"),
        ("GET", f"/volunteers/{came['volunteer']}/statement"),
    ):
        for address in (f"{base}{path}", f"{there}{path}"):
            assert stranger.open(address, method=method).status_code == 404, address
    assert stranger.get(f"{there}/volunteers").json["items"] == []
    poor = district.program("viewer", community)
    assert poor.get(f"{base}/activities").status_code == 200
    assert poor.get(f"{base}/volunteers").status_code == 403
    assert poor.post(f"{running}/check-ins", json=PERSON).status_code == 403


def test_one_row_and_thirty_cost_the_same_number_of_queries(
    program: Program,
    base: str,
    running: str,
    count_statements: Callable[[Callable[[], Any]], int],
) -> None:
    def come(number: int) -> None:
        person = {"name": f"志愿者{number}", "phone": f"138000001{number:02}"}
        assert program.post(f"{running}/check-ins", json=person).status_code == 201

    def costs() -> list[int]:
        paths = (f"{base}/volunteers", f"{running}/attendances", f"{base}/activities")
        return [count_statements(lambda path=path: program.get(path)) for path in paths]  # type: ignore[misc]

    come(0)
    costs()
    one = costs()
    for number in range(1, 30):
        come(number)
    assert program.get(f"{base}/volunteers").json["total"] == 30
    assert costs() == one
