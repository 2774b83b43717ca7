"""ETag and If-Match: nobody overwrites what another did meanwhile."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from core.testing.world import District, Program


@pytest.fixture
def url(district: District, community: str) -> str:
    return f"/api/v1/places/{community}/plugins/volunteer"


@pytest.fixture
def program(district: District, community: str) -> Program:
    return district.program("administrator", community)


def put(program: Program, url: str, enabled: bool, tag: str | None) -> tuple[int, str | None]:
    headers = {} if tag is None else {"If-Match": tag}
    answer = program.put(url, json={"enabled": enabled}, headers=headers)
    return answer.status_code, answer.headers.get("ETag")


def test_what_is_unchanged_is_not_sent_again(program: Program, url: str) -> None:
    tag = program.get(url).headers["ETag"]
    for sent in (tag, f'"x", {tag}', f"W/{tag}", "*"):
        again = program.get(url, headers={"If-None-Match": sent})
        assert (again.status_code, again.data, again.headers["ETag"]) == (304, b"", tag), sent
    assert program.get(url, headers={"If-None-Match": '"x"'}).status_code == 200
    assert put(program, url, True, "*")[0] == 200
    assert program.get(url, headers={"If-None-Match": tag}).status_code == 200


def test_a_change_needs_the_tag_of_what_it_changes(program: Program, url: str) -> None:
    off = program.get(url).headers["ETag"]
    assert put(program, url, True, None) == (428, None)
    for wrong in ('"x"', f"W/{off}", "", "x"):
        assert put(program, url, True, wrong) == (412, None), wrong
    assert program.get(url).headers["ETag"] == off

    status, on = put(program, url, True, off)
    assert (status, on) == (200, program.get(url).headers["ETag"])
    assert on != off
    assert put(program, url, False, off) == (412, None)
    assert program.get(url).json["enabled"] is True
    assert put(program, url, False, on) == (200, off)
    assert put(program, url, True, f'"x", {off}') == (200, on)
    assert put(program, url, True, "*") == (200, on)


def test_what_is_wrong_otherwise_is_said_before(program: Program, url: str) -> None:
    statuses = [
        program.put(url, data="x", headers={"If-Match": '"x"'}).status_code,
        program.put(url, json={"x": 1}).status_code,
        program.put(f"{url}x", json={}, headers={"If-Match": "*"}).status_code,
    ]
    assert statuses == [415, 422, 404]


def test_of_two_at_once_one_wins(district: District, program: Program, url: str) -> None:
    for enabled in (True, False, True):
        tag = program.get(url).headers["ETag"]
        barrier = Barrier(2)

        def change(
            enabled: bool = enabled, tag: str = tag, barrier: Barrier = barrier
        ) -> tuple[int, str | None]:
            other = Program(district.app, program.token)
            barrier.wait()
            return put(other, url, enabled, tag)

        with ThreadPoolExecutor(2) as pool:
            answers = [pool.submit(change) for _ in range(2)]
        statuses = sorted(answer.result()[0] for answer in answers)
        assert statuses == [200, 412]
        assert program.get(url).json["enabled"] is enabled


@pytest.mark.parametrize("place", ["street", "district"])
def test_only_communities_switch(district: District, community: str, place: str) -> None:
    code = {"street": community[:9], "district": district.code}[place]
    program = district.program("administrator", district.code)
    url = f"/api/v1/places/{code}/plugins/volunteer"
    assert program.get(url).json["enabled"] is None
    answer = program.put(
        url, json={"enabled": True}, headers={"If-Match": "*", "Accept-Language": "en"}
    )
    assert (answer.status_code, answer.json["errors"]) == (
        422,
        {"enabled": ["Applications are switched on by communities."]},
    )
