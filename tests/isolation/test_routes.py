"""Every route × every kind of visitor × every situation, with the exact status.

``SPECIFICATION`` is written by hand and says who may use a route and how it answers them; the
application's own declarations are not consulted. A route that is missing here fails.
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

PUBLIC = frozenset({"anybody"})
SIGNED_IN = frozenset({"signed in"})
DESK = frozenset({"administrator", "staff", "viewer", "auditor"})
OFFICE = frozenset({"administrator", "staff", "viewer"})
STAFF = frozenset({"administrator", "staff"})
OVERSIGHT = frozenset({"administrator", "auditor"})
ADMIN = frozenset({"administrator"})


@dataclass(frozen=True)
class Spec:
    """Who may use a route, and what it answers when nothing but the path and a token is sent."""

    roles: frozenset[str]
    answer: int
    levels: frozenset[str] = frozenset({"community", "street", "district"})
    plugin: bool = False


COMMUNITY = frozenset({"community"})
DISTRICT = frozenset({"district"})
ABOVE = frozenset({"street", "district"})
P, D = "/<place_code:place_code>", "/<district_code:district_code>"
V = f"{P}/volunteer"
R = f"{P}/red_property"
E = f"{P}/evaluation"
SCHEME, SEASON = f"{E}/schemes/<uuid:scheme_id>", f"{E}/seasons/<uuid:season_id>"
CRITERION = f"{SCHEME}/criteria/<uuid:criterion_id>"
CONTESTANT = f"{SEASON}/places/<place_code:contestant>"
CORRECTION = f"{CONTESTANT}/correct/<uuid:criterion_id>/<int:number>/<uuid:scorer_id>"
ROUND = f"{E}/scoring/<uuid:season_id>/<int:number>"
ORGANISATION = f"{P}/-/organisations/<uuid:organisation_id>"
SPECIFICATION: dict[tuple[str, str], Spec] = {
    ("GET", "/"): Spec(PUBLIC, 200),
    ("GET", "/healthz"): Spec(PUBLIC, 200),
    ("GET", "/static/<path:filename>"): Spec(PUBLIC, 404),
    ("POST", "/-/language"): Spec(PUBLIC, 303),
    ("GET", "/api/v1/"): Spec(PUBLIC, 200),
    ("GET", "/api/v1/openapi.json"): Spec(PUBLIC, 200),
    ("GET", P): Spec(PUBLIC, 200),
    ("GET", f"{P}/-/"): Spec(DESK, 200),
    ("GET", f"{P}/-/places"): Spec(DESK, 200),
    ("GET", f"{P}/-/organisations"): Spec(DESK, 200),
    ("GET", f"{P}/-/organisations/new"): Spec(STAFF, 200),
    ("POST", f"{P}/-/organisations/new"): Spec(STAFF, 422),
    ("GET", f"{P}/-/organisations/serving"): Spec(STAFF, 200),
    ("POST", f"{P}/-/organisations/serving"): Spec(STAFF, 422),
    ("GET", ORGANISATION): Spec(DESK, 404),
    ("GET", f"{ORGANISATION}/edit"): Spec(STAFF, 404),
    ("POST", f"{ORGANISATION}/edit"): Spec(STAFF, 404),
    ("GET", f"{ORGANISATION}/areas/new"): Spec(STAFF, 404),
    ("POST", f"{ORGANISATION}/areas/new"): Spec(STAFF, 404),
    ("GET", f"{ORGANISATION}/areas/<uuid:area_id>"): Spec(STAFF, 404),
    ("POST", f"{ORGANISATION}/areas/<uuid:area_id>"): Spec(STAFF, 404),
    ("GET", f"{P}/-/apps"): Spec(DESK, 200),
    ("GET", f"{P}/-/apps/<plugin_id:plugin_id>"): Spec(DESK, 200),
    ("GET", f"{P}/-/apps/<plugin_id:plugin_id>/communities"): Spec(DESK, 200, ABOVE),
    ("POST", f"{P}/-/apps/<plugin_id:plugin_id>/enable"): Spec(ADMIN, 303, COMMUNITY),
    ("GET", f"{P}/-/apps/<plugin_id:plugin_id>/disable"): Spec(ADMIN, 200, COMMUNITY),
    ("POST", f"{P}/-/apps/<plugin_id:plugin_id>/disable"): Spec(ADMIN, 303, COMMUNITY),
    ("GET", f"{P}/-/apps/<plugin_id:plugin_id>/health"): Spec(ADMIN, 200),
    ("POST", f"{P}/-/apps/<plugin_id:plugin_id>/health/retry"): Spec(ADMIN, 303),
    ("POST", f"{P}/-/apps/<plugin_id:plugin_id>/policy"): Spec(ADMIN, 422, DISTRICT),
    ("GET", f"{P}/-/apps/<plugin_id:plugin_id>/settings"): Spec(ADMIN, 200),
    ("POST", f"{P}/-/apps/<plugin_id:plugin_id>/settings"): Spec(ADMIN, 409),
    ("GET", f"{P}/-/people"): Spec(OVERSIGHT, 200),
    ("GET", f"{P}/-/people/new"): Spec(ADMIN, 200),
    ("POST", f"{P}/-/people/new"): Spec(ADMIN, 422),
    ("GET", f"{P}/-/people/<uuid:grant_id>"): Spec(ADMIN, 404),
    ("POST", f"{P}/-/people/<uuid:grant_id>/link"): Spec(ADMIN, 404),
    ("POST", f"{P}/-/people/<uuid:grant_id>/revoke"): Spec(ADMIN, 404),
    ("GET", f"{P}/-/audit"): Spec(OVERSIGHT, 200),
    ("GET", f"{P}/-/indicators"): Spec(DESK, 200),
    ("GET", f"{P}/-/indicators/<indicator_id>"): Spec(DESK, 404),
    ("GET", f"{P}/-/personal-data"): Spec(ADMIN, 200, DISTRICT),
    ("POST", f"{P}/-/personal-data"): Spec(ADMIN, 422, DISTRICT),
    ("POST", f"{P}/-/personal-data/export"): Spec(ADMIN, 422, DISTRICT),
    ("POST", f"{P}/-/personal-data/erase"): Spec(ADMIN, 422, DISTRICT),
    ("GET", f"{P}/-/jobs"): Spec(STAFF, 200),
    ("GET", f"{P}/-/jobs/<uuid:job_id>"): Spec(STAFF, 404),
    ("POST", f"{P}/-/jobs/<uuid:job_id>/cancel"): Spec(STAFF, 404),
    ("GET", f"{P}/-/events"): Spec(ADMIN, 200),
    ("POST", f"{P}/-/events/replay"): Spec(ADMIN, 303),
    ("POST", f"{P}/-/events/<uuid:delivery_id>/replay"): Spec(ADMIN, 404),
    ("GET", f"{D}/-/sign-in"): Spec(PUBLIC, 200),
    ("POST", f"{D}/-/sign-in"): Spec(PUBLIC, 422),
    ("GET", f"{D}/-/link/<ticket>"): Spec(PUBLIC, 404),
    ("POST", f"{D}/-/link/<ticket>"): Spec(PUBLIC, 404),
    ("GET", f"{P}/-/me"): Spec(SIGNED_IN, 200),
    ("POST", f"{P}/-/me/password"): Spec(SIGNED_IN, 422),
    ("GET", f"{P}/-/me/tokens/new"): Spec(SIGNED_IN, 200),
    ("POST", f"{P}/-/me/tokens/new"): Spec(SIGNED_IN, 422),
    ("POST", f"{P}/-/me/tokens/<uuid:token_id>/revoke"): Spec(SIGNED_IN, 404),
    ("GET", f"{V}/"): Spec(OFFICE, 200, COMMUNITY, plugin=True),
    ("GET", f"{V}/new"): Spec(STAFF, 200, COMMUNITY, plugin=True),
    ("POST", f"{V}/new"): Spec(STAFF, 422, COMMUNITY, plugin=True),
    ("GET", f"{V}/<uuid:activity_id>"): Spec(OFFICE, 404, COMMUNITY, plugin=True),
    ("GET", f"{V}/<uuid:activity_id>/edit"): Spec(STAFF, 404, COMMUNITY, plugin=True),
    ("POST", f"{V}/<uuid:activity_id>/edit"): Spec(STAFF, 422, COMMUNITY, plugin=True),
    ("POST", f"{V}/<uuid:activity_id>/publish"): Spec(STAFF, 404, COMMUNITY, plugin=True),
    ("GET", f"{V}/<uuid:activity_id>/cancel"): Spec(STAFF, 404, COMMUNITY, plugin=True),
    ("POST", f"{V}/<uuid:activity_id>/cancel"): Spec(STAFF, 404, COMMUNITY, plugin=True),
    ("POST", f"{V}/<uuid:activity_id>/sign-ups"): Spec(STAFF, 404, COMMUNITY, plugin=True),
    ("GET", f"{V}/<uuid:activity_id>/sign-ups/<uuid:sign_up_id>/withdraw"): Spec(
        STAFF, 404, COMMUNITY, plugin=True
    ),
    ("POST", f"{V}/<uuid:activity_id>/sign-ups/<uuid:sign_up_id>/withdraw"): Spec(
        STAFF, 404, COMMUNITY, plugin=True
    ),
    ("GET", f"{V}/<uuid:activity_id>/attendance"): Spec(STAFF, 404, COMMUNITY, plugin=True),
    ("POST", f"{V}/<uuid:activity_id>/attendance/walk-in"): Spec(
        STAFF, 404, COMMUNITY, plugin=True
    ),
    ("POST", f"{V}/<uuid:activity_id>/sign-ups/<uuid:sign_up_id>/check-in"): Spec(
        STAFF, 404, COMMUNITY, plugin=True
    ),
    ("POST", f"{V}/<uuid:activity_id>/sign-ups/<uuid:sign_up_id>/check-out"): Spec(
        STAFF, 404, COMMUNITY, plugin=True
    ),
    ("POST", f"{V}/<uuid:activity_id>/hours"): Spec(STAFF, 404, COMMUNITY, plugin=True),
    ("GET", f"{V}/<uuid:activity_id>/hours/all"): Spec(STAFF, 404, COMMUNITY, plugin=True),
    ("POST", f"{V}/<uuid:activity_id>/hours/all"): Spec(STAFF, 404, COMMUNITY, plugin=True),
    ("GET", f"{V}/<uuid:activity_id>/code"): Spec(STAFF, 404, COMMUNITY, plugin=True),
    ("POST", f"{V}/<uuid:activity_id>/code"): Spec(STAFF, 404, COMMUNITY, plugin=True),
    ("GET", f"{V}/<uuid:activity_id>/code/new"): Spec(STAFF, 404, COMMUNITY, plugin=True),
    ("GET", f"{V}/check-in/<uuid:activity_id>"): Spec(PUBLIC, 404, COMMUNITY, plugin=True),
    ("POST", f"{V}/check-in/<uuid:activity_id>"): Spec(PUBLIC, 404, COMMUNITY, plugin=True),
    ("GET", f"{V}/people"): Spec(STAFF, 200, COMMUNITY, plugin=True),
    ("GET", f"{V}/people/<uuid:volunteer_id>"): Spec(STAFF, 404, COMMUNITY, plugin=True),
    ("POST", f"{V}/people/<uuid:volunteer_id>/name"): Spec(STAFF, 404, COMMUNITY, plugin=True),
    ("GET", f"{V}/open"): Spec(PUBLIC, 200, COMMUNITY, plugin=True),
    ("GET", f"{V}/open/<uuid:activity_id>"): Spec(PUBLIC, 404, COMMUNITY, plugin=True),
    ("GET", f"{R}/"): Spec(OFFICE, 200, plugin=True),
    ("GET", f"{R}/companies/<uuid:organisation_id>"): Spec(OFFICE, 404, plugin=True),
    ("GET", f"{R}/companies/<uuid:organisation_id>/items"): Spec(
        OFFICE, 404, DISTRICT, plugin=True
    ),
    ("GET", f"{R}/companies/<uuid:organisation_id>/items/new"): Spec(
        STAFF, 404, DISTRICT, plugin=True
    ),
    ("GET", f"{R}/companies/<uuid:organisation_id>/items/new/<uuid:item_id>"): Spec(
        STAFF, 404, DISTRICT, plugin=True
    ),
    ("POST", f"{R}/companies/<uuid:organisation_id>/items/new/<uuid:item_id>"): Spec(
        STAFF, 404, DISTRICT, plugin=True
    ),
    ("GET", f"{R}/items/<uuid:entry_id>"): Spec(OFFICE, 404, DISTRICT, plugin=True),
    ("GET", f"{R}/items/<uuid:entry_id>/evidence"): Spec(STAFF, 404, DISTRICT, plugin=True),
    ("GET", f"{R}/items/<uuid:entry_id>/end"): Spec(STAFF, 404, DISTRICT, plugin=True),
    ("POST", f"{R}/items/<uuid:entry_id>/end"): Spec(STAFF, 404, DISTRICT, plugin=True),
    ("GET", f"{R}/proposals"): Spec(STAFF, 200, DISTRICT, plugin=True),
    ("GET", f"{R}/proposals/<uuid:proposal_id>"): Spec(STAFF, 404, DISTRICT, plugin=True),
    ("POST", f"{R}/proposals/<uuid:proposal_id>/accept"): Spec(STAFF, 404, DISTRICT, plugin=True),
    ("POST", f"{R}/proposals/<uuid:proposal_id>/decline"): Spec(STAFF, 404, DISTRICT, plugin=True),
    ("GET", f"{R}/methods"): Spec(OFFICE, 200, DISTRICT, plugin=True),
    ("GET", f"{R}/methods/<uuid:method_id>"): Spec(OFFICE, 404, DISTRICT, plugin=True),
    ("GET", f"{R}/methods/<uuid:method_id>/document"): Spec(OFFICE, 404, DISTRICT, plugin=True),
    ("GET", f"{R}/methods/shipped/<string:key>"): Spec(ADMIN, 404, DISTRICT, plugin=True),
    ("GET", f"{R}/methods/new"): Spec(ADMIN, 200, DISTRICT, plugin=True),
    ("POST", f"{R}/methods/new"): Spec(ADMIN, 422, DISTRICT, plugin=True),
    ("POST", f"{R}/methods/adopt"): Spec(ADMIN, 422, DISTRICT, plugin=True),
    ("GET", f"{R}/open"): Spec(PUBLIC, 200, plugin=True),
    ("GET", f"{R}/open/method"): Spec(PUBLIC, 200, plugin=True),
    ("GET", f"{R}/open/<uuid:organisation_id>"): Spec(PUBLIC, 404, plugin=True),
    ("GET", f"{E}/"): Spec(OFFICE, 200, plugin=True),
    ("GET", f"{E}/awards"): Spec(OFFICE, 200, plugin=True),
    ("GET", f"{E}/schemes"): Spec(OFFICE, 200, plugin=True),
    ("GET", f"{E}/schemes/templates"): Spec(ADMIN, 200, plugin=True),
    ("POST", f"{E}/schemes/templates"): Spec(ADMIN, 422, plugin=True),
    ("GET", f"{E}/schemes/new"): Spec(ADMIN, 200, plugin=True),
    ("POST", f"{E}/schemes/new"): Spec(ADMIN, 422, plugin=True),
    ("GET", SCHEME): Spec(OFFICE, 404, plugin=True),
    ("GET", f"{SCHEME}/rules"): Spec(ADMIN, 404, plugin=True),
    ("POST", f"{SCHEME}/rules"): Spec(ADMIN, 404, plugin=True),
    ("POST", f"{SCHEME}/publish"): Spec(ADMIN, 404, plugin=True),
    ("POST", f"{SCHEME}/versions"): Spec(ADMIN, 404, plugin=True),
    ("GET", f"{SCHEME}/criteria/new"): Spec(ADMIN, 404, plugin=True),
    ("POST", f"{SCHEME}/criteria/new"): Spec(ADMIN, 404, plugin=True),
    ("GET", CRITERION): Spec(ADMIN, 404, plugin=True),
    ("POST", CRITERION): Spec(ADMIN, 404, plugin=True),
    ("GET", f"{CRITERION}/remove"): Spec(ADMIN, 404, plugin=True),
    ("POST", f"{CRITERION}/remove"): Spec(ADMIN, 404, plugin=True),
    ("GET", f"{SCHEME}/open"): Spec(ADMIN, 404, plugin=True),
    ("POST", f"{SCHEME}/open"): Spec(ADMIN, 404, plugin=True),
    ("GET", SEASON): Spec(OFFICE, 404, plugin=True),
    ("POST", f"{SEASON}/scorers"): Spec(ADMIN, 404, plugin=True),
    ("POST", f"{SEASON}/scorers/<uuid:scorer_id>/dismiss"): Spec(ADMIN, 404, plugin=True),
    ("GET", f"{SEASON}/lock"): Spec(ADMIN, 404, plugin=True),
    ("POST", f"{SEASON}/lock"): Spec(ADMIN, 404, plugin=True),
    ("POST", f"{SEASON}/compute"): Spec(ADMIN, 404, plugin=True),
    ("GET", f"{SEASON}/notice"): Spec(ADMIN, 404, plugin=True),
    ("POST", f"{SEASON}/notice"): Spec(ADMIN, 404, plugin=True),
    ("GET", f"{SEASON}/award"): Spec(ADMIN, 404, plugin=True),
    ("POST", f"{SEASON}/award"): Spec(ADMIN, 404, plugin=True),
    ("GET", f"{SEASON}/league"): Spec(OFFICE, 404, plugin=True),
    ("GET", CONTESTANT): Spec(OFFICE, 404, plugin=True),
    ("GET", CORRECTION): Spec(ADMIN, 404, plugin=True),
    ("POST", CORRECTION): Spec(ADMIN, 404, plugin=True),
    ("GET", f"{SEASON}/objections"): Spec(OFFICE, 404, plugin=True),
    ("GET", f"{CONTESTANT}/objection"): Spec(STAFF, 404, plugin=True),
    ("POST", f"{CONTESTANT}/objection"): Spec(STAFF, 404, plugin=True),
    ("GET", f"{SEASON}/objections/<uuid:objection_id>"): Spec(ADMIN, 404, plugin=True),
    ("POST", f"{SEASON}/objections/<uuid:objection_id>"): Spec(ADMIN, 404, plugin=True),
    ("GET", f"{E}/scoring"): Spec(STAFF, 200, plugin=True),
    ("GET", f"{E}/scoring/<uuid:season_id>"): Spec(STAFF, 404, plugin=True),
    ("GET", ROUND): Spec(STAFF, 404, plugin=True),
    ("GET", f"{ROUND}/sheet"): Spec(STAFF, 404, plugin=True),
    ("POST", f"{ROUND}/sheet"): Spec(STAFF, 404, plugin=True),
    ("GET", f"{ROUND}/<place_code:contestant>"): Spec(STAFF, 404, plugin=True),
    ("POST", f"{ROUND}/<place_code:contestant>"): Spec(STAFF, 404, plugin=True),
    ("GET", f"{E}/open"): Spec(PUBLIC, 200, plugin=True),
    ("GET", f"{E}/open/awards"): Spec(PUBLIC, 200, plugin=True),
    ("GET", f"{E}/open/<uuid:season_id>"): Spec(PUBLIC, 404, plugin=True),
    ("GET", f"{E}/open/<uuid:season_id>/<place_code:contestant>"): Spec(PUBLIC, 404, plugin=True),
}
PLUGINS = ("volunteer", "red_property", "evaluation")
# These end the visitor's own session, so each visitor tries them last, in tests of their own.
ENDING = {("POST", f"{D}/-/sign-out"), ("POST", f"{P}/-/me/sign-out-everywhere")}


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

    def restore(self) -> None:
        """Undo what the route before did to the switches."""
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
    return World(here, there, visitors, browsers)


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


def send(browser: Browser, method: str, path: str) -> Any:
    """Send nothing but the path, and an account of nobody, since sign-ins are counted by it."""
    if method == "GET":
        return browser.get(path)
    return browser.send(path, {"account": uuid4().hex})


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
    for (method, rule), spec in SPECIFICATION.items():
        plugin = rule.removeprefix(f"{P}/").partition("/")[0]
        if part != (plugin if plugin in PLUGINS else "core"):
            continue
        crossing.restore()
        for situation, place, on in crossing.situations():
            if "code" in rule and "<district_code" in rule:
                place = place[:6]
            for name, browser in crossing.browsers.items():
                if rule.endswith(("/enable", "/disable")):
                    crossing.restore()
                if rule.endswith("/sign-in") and method == "GET":
                    signed_in = crossing.visitors[name].tenant == place[:6]
                    due = 303 if signed_in else 200
                else:
                    due = expected(spec, crossing.visitors[name], place, on)
                status = send(browser, method, fill(rule, place)).status_code
                if status != due:
                    wrong.append(f"{method} {rule} · {situation} · {name}: {status}, not {due}")
    assert wrong == []


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
