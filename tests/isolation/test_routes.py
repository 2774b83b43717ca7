"""Every route × every kind of visitor × every situation, with the exact status.

``specification`` says who may use a route and how it answers them. A route that is missing there
fails.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask

from core.testing import world
from core.testing.world import Browser, District
from tests.isolation.specification import (
    ENDING,
    PLUGINS,
    PUBLIC,
    SIGNED_IN,
    SPECIFICATION,
    P,
    Spec,
)


@dataclass(frozen=True)
class Visitor:
    """Somebody with at most one role, at a place of one of the two districts."""

    role: str | None
    at: str | None
    tenant: str | None

    def reaches(self, place: str) -> bool:
        return self.at is not None and place.startswith(self.at)


@dataclass
class World:
    """Two districts and everybody who visits them."""

    here: District
    there: District
    visitors: dict[str, Visitor]
    browsers: dict[str, Browser]
    tokens: dict[str, str]

    def restore(self) -> None:
        """Undo what a route did to the switches."""
        own = self.here.communities[0]
        self.here.enable("volunteer", own)
        self.here.disable("volunteer", self.here.neighbour(own))
        self.there.enable("volunteer", self.there.communities[0])

    def situations(self) -> Iterator[tuple[str, str, bool]]:
        """Yield a name, the place's code, and whether plugins that have pages there answer."""
        own = self.here.communities[0]
        yield "own place", own, True
        yield "plugin off", self.here.neighbour(own), False
        yield "the street", own[:9], True
        yield "the district", self.here.code, True
        yield "other tenant", self.there.communities[0], True


@pytest.fixture(scope="module")
def crossing(app: Flask, unused_codes: Iterator[str]) -> World:
    here = world.onboard(app, next(unused_codes))
    there = world.onboard(app, next(unused_codes))
    own, foreign = here.communities[0], there.communities[0]
    for plugin in PLUGINS:
        here.enable(plugin, own)
        there.enable(plugin, foreign)
    visitors = {
        "nobody": Visitor(None, None, None),
        "viewer": Visitor("viewer", own, here.code),
        "staff": Visitor("staff", own, here.code),
        "auditor": Visitor("auditor", own, here.code),
        "administrator": Visitor("administrator", own, here.code),
        "administrator next door": Visitor("administrator", here.neighbour(own), here.code),
        "administrator of the street": Visitor("administrator", own[:9], here.code),
        "administrator of the district": Visitor("administrator", here.code, here.code),
        "administrator elsewhere": Visitor("administrator", there.code, there.code),
    }
    browsers = {
        name: (
            world.browser(app)
            if v.role is None or v.at is None
            else (here if v.tenant == here.code else there).person(v.role, v.at)  # type: ignore[arg-type]
        )
        for name, v in visitors.items()
    }
    tokens = {name: browser.csrf_token() for name, browser in browsers.items()}
    return World(here, there, visitors, browsers, tokens)


def expected(spec: Spec, visitor: Visitor, place: str, on: bool) -> int:
    """The status by the rules of the product: plugin and level, then who one is, then the role."""
    level = {6: "district", 9: "street", 12: "community"}[len(place)]
    if level not in spec.levels or (spec.plugin and not on):
        return 404
    if spec.roles == PUBLIC:
        return spec.answer
    if visitor.tenant is None:
        return 302
    if visitor.tenant != place[:6]:
        return 404
    if spec.roles == SIGNED_IN:
        return spec.answer
    if not visitor.reaches(place):
        return 404
    return spec.answer if visitor.role in spec.roles else 403


def fill(rule: str, place: str) -> str:
    """Put real values into a rule."""
    path = rule.replace("<place_code:place_code>", place)
    path = path.replace("<district_code:district_code>", place[:6])
    path = path.replace("<plugin_id:plugin_id>", "volunteer").replace(
        "<ticket>", f"{place[:6]}.0.x"
    )
    path = path.replace("<path:filename>", "no-such-file.css").replace("<string:key>", "none")
    path = path.replace("<place_code:contestant>", place).replace("<int:number>", "1")
    return re.sub(r"<uuid:\w+>", str(uuid4()), path)


def send(browser: Browser, token: str, method: str, path: str) -> Any:
    """Send nothing but the path, and an account of nobody, since sign-ins are counted by it."""
    if method == "GET":
        return browser.get(path)
    return browser.post(path, data={"account": uuid4().hex, "csrf_token": token})


def test_the_specification_names_every_route(app: Flask) -> None:
    routes = {
        (method, rule.rule)
        for rule in app.url_map.iter_rules()
        for method in rule.methods or ()
        if method in ("GET", "POST", "PUT", "PATCH", "DELETE")
        and not rule.rule.startswith("/api/v1/places")  # these are in test_api_routes
    }
    assert routes == SPECIFICATION.keys() | ENDING


@pytest.mark.parametrize("part", ["core", *PLUGINS])
def test_every_route_answers_everybody_as_specified(crossing: World, part: str) -> None:
    wrong = []
    crossing.restore()
    for (method, rule), spec in SPECIFICATION.items():
        plugin = rule.removeprefix(f"{P}/").partition("/")[0]
        if part != (plugin if plugin in PLUGINS else "core"):
            continue
        switches = rule.endswith(("/enable", "/disable"))
        for situation, place, on in situations(crossing, rule):
            for name, browser in crossing.browsers.items():
                if rule.endswith("/sign-in") and method == "GET":
                    signed_in = crossing.visitors[name].tenant == place[:6]
                    due = 303 if signed_in else 200
                else:
                    due = expected(spec, crossing.visitors[name], place, on)
                token = crossing.tokens[name]
                status = send(browser, token, method, fill(rule, place)).status_code
                if status != due:
                    wrong.append(f"{method} {rule} · {situation} · {name}: {status}, not {due}")
                if switches and status == 303:
                    crossing.restore()
    assert wrong == []


def situations(crossing: World, rule: str) -> Iterator[tuple[str, str, bool]]:
    """Yield the situations that differ for a rule: those of its district, or one without place."""
    seen = set()
    for situation, place, on in crossing.situations():
        place = place[:6] if "<district_code" in rule else place
        asked = place if "code" in rule else ""
        if asked not in seen:
            seen.add(asked)
            yield situation, place, on


def test_what_is_not_yours_answers_exactly_like_what_is_not_there(crossing: World) -> None:
    browser = crossing.browsers["administrator"]
    own, foreign = crossing.here.communities[0], crossing.there.communities[0]
    answers = {
        path: browser.get(path, headers={"Accept": "application/json"})
        for path in (
            f"/{own[:9]}999/-/",
            f"/{crossing.here.neighbour(own)}/-/",
            f"/{foreign}/-/",
            f"/{foreign[:9]}999/-/",
            "/990101001001/-/",
            f"/{own}/no_such_plugin/",
            f"/{crossing.here.neighbour(own)}/volunteer/open",
        )
    }
    assert {a.status_code for a in answers.values()} == {404}
    assert len({a.text for a in answers.values()}) == 1


@pytest.mark.parametrize("path", sorted(rule for _, rule in ENDING))
def test_ending_a_session_ends_it(
    path: str, district: District, visitor: Browser, new_district: Callable[[], District]
) -> None:
    browser = district.person("viewer", district.communities[0])
    target = fill(path, district.code)
    assert visitor.send(target).status_code == 302
    elsewhere = new_district()
    assert elsewhere.person("viewer", elsewhere.code).send(target).status_code == 404
    assert browser.send(target).status_code == 303
    assert browser.get(f"/{district.communities[0]}/-/").status_code == 302
