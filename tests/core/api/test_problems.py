"""Refusals of the API: problem+json whatever is accepted, each field named, nothing half done."""

from __future__ import annotations

from typing import Any

import pytest

from core.app import LARGEST_REQUEST
from core.testing.world import Browser, District, Program

EN = {"Accept-Language": "en"}
ANY = {"If-Match": "*", **EN}
PROBLEM = "application/problem+json"


@pytest.fixture(scope="module")
def program(here: District) -> Program:
    return here.program("administrator", here.code)


@pytest.fixture(scope="module")
def plugin(here: District) -> str:
    """The address of Volunteer in the first community."""
    return f"/api/v1/places/{here.communities[0]}/plugins/volunteer"


@pytest.mark.parametrize("accept", ["text/html", "*/*", "application/json", "image/png"])
def test_whatever_is_accepted(program: Program, here: District, plugin: str, accept: str) -> None:
    headers = {"Accept": accept, **EN}
    found = {
        what: (answer.status_code, answer.content_type, answer.json["type"])
        for what, answer in {
            "no such path": program.get("/api/nothing", headers=headers),
            "no such version": program.get("/api", headers=headers),
            "no such resource": program.get(f"{plugin}/nothing", headers=headers),
            "no such method": program.delete(plugin, headers=headers),
            "no token": Program(here.app).get(plugin, headers=headers),
            "NUL": program.get(f"{plugin}?x=%00", headers=headers),
        }.items()
    }
    assert found == {
        "no such path": (404, PROBLEM, "urn:linli:not_found"),
        "no such version": (404, PROBLEM, "urn:linli:not_found"),
        "no such resource": (404, PROBLEM, "urn:linli:not_found"),
        "no such method": (405, PROBLEM, "urn:linli:method_not_allowed"),
        "no token": (401, PROBLEM, "urn:linli:token_required"),
        "NUL": (400, PROBLEM, "urn:linli:bad_request"),
    }
    told = program.delete(plugin, headers=headers).json["detail"]
    assert told == "This resource does not have that method. The header Allow names its own."
    allowed = program.delete(plugin, headers=headers).headers["Allow"]
    assert set(allowed.split(", ")) == {"GET", "HEAD", "OPTIONS", "PUT"}


def test_in_the_language_asked_for_and_not_the_cookies(
    here: District, plugin: str, visitor: Browser
) -> None:
    visitor.send("/-/language", {"locale": "zh_Hans", "next": "/"})
    assert visitor.get("/", headers=EN).text.count('lang="zh-CN"') == 1
    assert visitor.get(plugin, headers=EN).json["title"] == "A token is needed"


class TestBodies:
    @pytest.mark.parametrize(
        ("body", "kind", "due"),
        [
            (b"", None, (415, "urn:linli:unsupported_media_type")),
            (b"enabled=true", "application/x-www-form-urlencoded", (415, None)),
            (b'{"enabled": true}', "text/plain", (415, None)),
            (b"[]", "application/json", (415, None)),
            (b"null", "application/json", (415, None)),
            (b"", "application/json", (400, "urn:linli:bad_request")),
            (b"{", "application/json", (400, None)),
            (b'{"enabled": true, "enabled": false}', "application/json", (400, None)),
            (b'{"settings": {"a": {"b": 1, "b": 1}}}', "application/json", (400, None)),
            (b'{"enabled": NaN}', "application/json", (400, None)),
            (b'{"enabled": -Infinity}', "application/json", (400, None)),
            (b'{"enabled": 1e999}', "application/json", (400, None)),
            (b'{"enabled": ' + b"9" * 5000 + b"}", "application/json", (400, None)),
            (b"[" * 100_000, "application/json", (400, None)),
            (b'{"enabled": "\xff"}', "application/json", (400, None)),
            ('{"enabled": true}'.encode("utf-16"), "application/json", (400, None)),
            (b" " * (LARGEST_REQUEST + 1), "application/json", (413, None)),
        ],
    )
    def test_that_are_no_json_object(
        self,
        program: Program,
        plugin: str,
        body: bytes,
        kind: str | None,
        due: tuple[int, str | None],
    ) -> None:
        answer = program.put(plugin, data=body, content_type=kind, headers=ANY)
        status, type_ = due
        assert (answer.status_code, answer.content_type) == (status, PROBLEM)
        assert type_ in (None, answer.json["type"])
        assert answer.json["detail"] not in ("", None)

    @pytest.mark.parametrize("opening", ['{"a": ', "["])
    @pytest.mark.parametrize(
        ("depth", "due"), [(32, 422), (33, 400), (500, 400), (5000, 400), (50_000, 400)]
    )
    def test_that_are_nested(
        self, program: Program, plugin: str, opening: str, depth: int, due: int
    ) -> None:
        within = depth - 2
        closing = "}" if opening.startswith("{") else "]"
        body = '{"settings": {"a": ' + opening * within + "1" + closing * within + "}}"
        answer = program.put(plugin, data=body, content_type="application/json", headers=ANY)
        assert (answer.status_code, answer.content_type) == (due, PROBLEM)
        if due == 422:
            assert answer.json["errors"] == {"settings.a": ["This field is not known."]}
        else:
            assert answer.json["detail"] == "It is nested too deeply: at most 32 levels."

    @pytest.mark.parametrize(
        ("body", "errors"),
        [
            ({"enabled": "true"}, {"enabled": ["Choose yes or no."]}),
            ({"enabled": 1}, {"enabled": ["Choose yes or no."]}),
            ({"enabled": None}, {"enabled": ["Please fill this in."]}),
            ({"settings": []}, {"settings": ["Send an object with names and values."]}),
            (
                {"enable": True, "x": 1},
                {"enable": ["This field is not known."], "x": ["This field is not known."]},
            ),
            (
                {"enabled": False, "settings": {"no_such": 1}},
                {"settings.no_such": ["This field is not known."]},
            ),
            (
                {"settings": {"a\0b": 1}},
                {"settings": ["Send an object with names and values."]},
            ),
            (
                {"settings": {"a": ["\ud800"]}},
                {"settings": ["Send an object with names and values."]},
            ),
        ],
    )
    def test_that_do_not_fit_name_every_field_and_change_nothing(
        self, program: Program, plugin: str, body: dict[str, Any], errors: dict[str, list[str]]
    ) -> None:
        before = program.get(plugin).json
        answer = program.put(plugin, json=body, headers=ANY)
        assert (answer.status_code, answer.json["errors"]) == (422, errors)
        assert answer.json["title"] == "Please check what you entered"
        assert program.get(plugin).json == before


@pytest.mark.parametrize(
    ("query", "errors"),
    [
        ("page=0", {"page": ["Between 1 and 10000."]}),
        ("page=10001", {"page": ["Between 1 and 10000."]}),
        ("size=201", {"size": ["Between 1 and 200."]}),
        ("page=two&size=", {"page": ["Enter a whole number."], "size": ["Enter a whole number."]}),
        ("page=1.0", {"page": ["Enter a whole number."]}),
        ("page=%EF%BC%91", {"page": ["Enter a whole number."]}),
        ("page=1&page=2", {"page": ["Give this only once."]}),
        ("pages=1", {"pages": ["This field is not known."]}),
    ],
)
def test_queries_that_do_not_fit(
    program: Program, here: District, query: str, errors: dict[str, list[str]]
) -> None:
    answer = program.get(f"/api/v1/places/{here.code}/children?{query}", headers=EN)
    assert (answer.status_code, answer.json["errors"]) == (422, errors)


def test_a_read_takes_no_query(program: Program, plugin: str) -> None:
    answer = program.get(f"{plugin}?verbose=1", headers=EN)
    assert (answer.status_code, answer.json["errors"]) == (
        422,
        {"verbose": ["This field is not known."]},
    )
