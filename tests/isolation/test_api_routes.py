"""Every resource of the API × every kind of token × every situation, with the exact status.

Written by hand like the table of pages in ``test_routes``; a resource that is missing here fails.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from uuid import uuid4

import pytest
from flask import Flask

from core.testing import world
from core.testing.world import Browser, District, Program

A = "/api/v1/places/<place_code:place_code>"
V = f"{A}/plugins/volunteer"
R = f"{A}/plugins/red_property"
SEASONS = f"{A}/plugins/evaluation/seasons"
SEASON = f"{SEASONS}/<uuid:season_id>"
SCORES = f"{SEASON}/rounds/<int:number>/scores/<place_code:contestant>"
DESK = frozenset({"administrator", "staff", "viewer", "auditor"})
OFFICE = frozenset({"administrator", "staff", "viewer"})
STAFF = frozenset({"administrator", "staff"})
EVERY_LEVEL = frozenset({"community", "street", "district"})


@dataclass(frozen=True)
class Spec:
    """Whose tokens may use a resource, and what it answers when nothing else is sent.

    ``levels`` are the kinds of place at which a plugin's resource is.
    """

    roles: frozenset[str]
    answer: int
    plugin: bool = False
    levels: frozenset[str] = frozenset({"community"})


SPECIFICATION: dict[tuple[str, str], Spec] = {
    ("GET", A): Spec(DESK, 200),
    ("GET", f"{A}/children"): Spec(DESK, 200),
    ("GET", f"{A}/organisations"): Spec(DESK, 200),
    ("GET", f"{A}/organisations/<uuid:organisation_id>"): Spec(DESK, 404),
    ("GET", f"{A}/organisations/<uuid:organisation_id>/areas"): Spec(DESK, 404),
    ("GET", f"{A}/plugins"): Spec(DESK, 200),
    ("GET", f"{A}/plugins/<plugin_id:plugin_id>"): Spec(DESK, 200),
    ("PUT", f"{A}/plugins/<plugin_id:plugin_id>"): Spec(DESK, 415),
    ("GET", f"{A}/indicators"): Spec(DESK, 200),
    ("GET", f"{A}/indicators/<string:indicator_id>"): Spec(DESK, 404),
    ("GET", f"{A}/indicators/<string:indicator_id>/values"): Spec(DESK, 404),
    ("GET", f"{A}/jobs/<uuid:job_id>"): Spec(STAFF, 404),
    ("GET", f"{V}/activities"): Spec(OFFICE, 200, plugin=True),
    ("POST", f"{V}/activities"): Spec(STAFF, 415, plugin=True),
    ("GET", f"{V}/activities/<uuid:activity_id>"): Spec(OFFICE, 404, plugin=True),
    ("PUT", f"{V}/activities/<uuid:activity_id>"): Spec(STAFF, 415, plugin=True),
    ("GET", f"{V}/activities/<uuid:activity_id>/attendances"): Spec(STAFF, 404, plugin=True),
    ("POST", f"{V}/activities/<uuid:activity_id>/check-ins"): Spec(STAFF, 415, plugin=True),
    ("POST", f"{V}/activities/<uuid:activity_id>/confirmation"): Spec(STAFF, 404, plugin=True),
    ("POST", f"{V}/attendances/<uuid:attendance_id>/check-out"): Spec(STAFF, 404, plugin=True),
    ("GET", f"{V}/volunteers"): Spec(STAFF, 200, plugin=True),
    ("GET", f"{V}/volunteers/<uuid:volunteer_id>/statement"): Spec(STAFF, 404, plugin=True),
    ("GET", f"{R}/companies"): Spec(OFFICE, 200, True, EVERY_LEVEL),
    ("GET", f"{R}/companies/<uuid:organisation_id>"): Spec(OFFICE, 404, True, EVERY_LEVEL),
    ("POST", f"{R}/companies/<uuid:organisation_id>/items"): Spec(
        STAFF, 415, True, frozenset({"district"})
    ),
    ("GET", f"{R}/methods"): Spec(OFFICE, 200, True, EVERY_LEVEL),
    ("GET", f"{R}/methods/<uuid:method_id>"): Spec(OFFICE, 404, True, EVERY_LEVEL),
    ("GET", SEASONS): Spec(OFFICE, 200, True, EVERY_LEVEL),
    ("GET", SEASON): Spec(OFFICE, 404, True, EVERY_LEVEL),
    ("GET", f"{SEASON}/standings"): Spec(OFFICE, 404, True, EVERY_LEVEL),
    ("GET", f"{SEASON}/standings/<place_code:contestant>"): Spec(OFFICE, 404, True, EVERY_LEVEL),
    ("GET", SCORES): Spec(STAFF, 404, True, EVERY_LEVEL),
    ("PUT", SCORES): Spec(STAFF, 415, True, EVERY_LEVEL),
}


@dataclass(frozen=True)
class Holder:
    """A program with the token of somebody who has one role, or with none."""

    program: Program
    role: str = ""
    at: str = ""
    permissions: tuple[str, ...] = ()


@dataclass(frozen=True)
class World:
    """Two districts, and programs with tokens of both."""

    here: District
    there: District
    holders: dict[str, Holder]

    def situations(self) -> Iterator[tuple[str, str, bool]]:
        """Yield a name, the place's code, and whether plugins that have resources there answer."""
        own = self.here.communities[0]
        yield "own place", own, True
        yield "plugin off", self.here.neighbour(own), False
        yield "no such place", f"{own[:9]}999", False
        yield "the street", own[:9], True
        yield "the district", self.here.code, True
        yield "other tenant", self.there.communities[0], True
        yield "no such tenant", "990101001001", False


@pytest.fixture(scope="module")
def crossing(app: Flask, unused_codes: Iterator[str]) -> World:
    here = world.onboard(app, next(unused_codes))
    there = world.onboard(app, next(unused_codes))
    own = here.communities[0]
    for plugin in ("volunteer", "red_property", "evaluation"):
        here.enable(plugin, own)
        there.enable(plugin, there.communities[0])

    def holder(role: world.Role, at: str, *permissions: str) -> Holder:
        district = here if at.startswith(here.code) else there
        return Holder(district.program(role, at, *permissions), role, at, permissions)

    holders = {
        "nobody": Holder(Program(app)),
        "viewer": holder("viewer", own),
        "staff": holder("staff", own),
        "auditor": holder("auditor", own),
        "administrator": holder("administrator", own),
        "administrator next door": holder("administrator", here.neighbour(own)),
        "administrator of the street": holder("administrator", own[:9]),
        "administrator of the district": holder("administrator", here.code),
        "administrator elsewhere": holder("administrator", there.code),
        "administrator with little": holder("administrator", own, "core.account.view"),
    }
    return World(here, there, holders)


def expected(spec: Spec, holder: Holder, place: str, *, on: bool, exists: bool) -> int:
    """The status by the rules: token, then place and plugin, then reach, then permission."""
    if not holder.at or holder.at[:6] != place[:6]:
        return 401
    level = {6: "district", 9: "street", 12: "community"}[len(place)]
    answers = not spec.plugin or (on and level in spec.levels)
    if not exists or not answers or not place.startswith(holder.at):
        return 404
    return 403 if holder.permissions or holder.role not in spec.roles else spec.answer


def fill(rule: str, place: str) -> str:
    """Put real values into a rule."""
    path = rule.replace("<place_code:place_code>", place)
    path = path.replace("<plugin_id:plugin_id>", "volunteer")
    path = path.replace("<string:indicator_id>", "nobody.counts").replace("<int:number>", "1")
    path = path.replace("<place_code:contestant>", place)
    return re.sub(r"<uuid:\w+>", str(uuid4()), path)


def test_the_specification_names_every_resource(app: Flask) -> None:
    resources = {
        (method, rule.rule)
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if rule.rule.startswith("/api/v1/places")
    }
    assert resources == SPECIFICATION.keys()


def test_every_resource_answers_every_token_as_specified(crossing: World) -> None:
    wrong = []
    for (method, rule), spec in SPECIFICATION.items():
        for situation, place, on in crossing.situations():
            for name, holder in crossing.holders.items():
                exists = not situation.startswith("no such")
                due = expected(spec, holder, place, on=on, exists=exists)
                answer = holder.program.open(fill(rule, place), method=method)
                if answer.status_code != due:
                    wrong.append(
                        f"{method} {rule} · {situation} · {name}: {answer.status_code}, not {due}"
                    )
                if due >= 400 and answer.content_type != "application/problem+json":
                    wrong.append(f"{method} {rule} · {situation} · {name}: {answer.content_type}")
    assert wrong == []


def test_a_cookie_opens_no_resource_and_a_token_no_page(crossing: World) -> None:
    own = crossing.here.communities[0]
    signed_in = crossing.here.person("administrator", own)
    program = crossing.holders["administrator"].program
    assert signed_in.get(f"/{own}/-/").status_code == 200
    assert program.get(f"/api/v1/places/{own}").status_code == 200
    for method, rule in SPECIFICATION:
        answer = send(signed_in, method, fill(rule, own))
        assert (answer, method, rule) == (401, method, rule)
    assert program.get(f"/{own}/-/").status_code == 302


def test_what_is_not_yours_answers_exactly_like_what_is_not_there(crossing: World) -> None:
    own, foreign = crossing.here.communities[0], crossing.there.communities[0]
    neighbour = crossing.here.neighbour(own)
    program = crossing.holders["administrator"].program
    hidden = [
        program.get(f"/api/v1/places/{path}")
        for path in (
            f"{own[:9]}999",
            neighbour,
            f"{neighbour}/children",
            f"{neighbour}/plugins/volunteer/activities",
            f"{own}/nothing",
            f"{own}/plugins/volunteer/nothing",
        )
    ]
    assert [(a.status_code, a.text) for a in hidden] == [(404, hidden[0].text)] * len(hidden)
    unknown = [
        program.get(f"/api/v1/places/{code}")
        for code in (foreign, f"{foreign[:9]}999", "990101001001")
    ]
    assert [(a.status_code, a.text) for a in unknown] == [(401, unknown[0].text)] * 3


def send(browser: Browser, method: str, path: str) -> int:
    """Send what a signed-in page could send, CSRF token included."""
    headers = {"X-CSRFToken": browser.csrf_token()}
    status: int = browser.open(path, method=method, headers=headers, json={}).status_code
    return status
