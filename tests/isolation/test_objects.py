"""Things that exist, asked for by everybody: who may, does; who may not, changes nothing.

test_routes.py crosses all routes with addresses of nothing; here every address names something.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from itertools import product
from typing import Any

import pytest
from flask import Flask

from core.testing import world
from core.testing.world import Browser, District

ANYBODY = frozenset({"anybody"})
OFFICE = frozenset({"administrator", "staff", "viewer"})
STAFF = frozenset({"administrator", "staff"})
ADMIN = frozenset({"administrator"})

EDITED = {
    "title": "改了",
    "description": "一起清扫楼道。",
    "location": "3 栋门口",
    "starts_at": "2099-05-01T09:00",
    "ends_at": "2099-05-01T11:00",
    "capacity": "5",
    "organiser": "居委会",
    "risks": "无",
}
PERSON = {"name": "李雷", "phone": "13712345678"}


@dataclass(frozen=True)
class Step:
    """One thing to do to something: where, who may, and the answer to those who may."""

    method: str
    path: str
    roles: frozenset[str]
    answer: int
    data: dict[str, Any] = field(default_factory=dict)

    @property
    def plugin(self) -> bool:
        return self.path.startswith("/volunteer")

    @property
    def needs(self) -> list[str]:
        """Names of the things that the path is about."""
        return re.findall(r"{(\w+)}", self.path)


V, P = "/volunteer", "/-/people"
STEPS = (
    Step("GET", f"{V}/{{draft}}", OFFICE, 200),
    Step("GET", f"{V}/{{draft}}/edit", STAFF, 200),
    Step("POST", f"{V}/{{draft}}/edit", STAFF, 422),
    Step("POST", f"{V}/{{draft}}/edit", STAFF, 303, EDITED),
    Step("POST", f"{V}/{{draft}}/publish", STAFF, 303),
    Step("GET", f"{V}/{{published}}/cancel", STAFF, 200),
    Step("POST", f"{V}/{{published}}/cancel", STAFF, 422),
    Step("POST", f"{V}/{{published}}/cancel", STAFF, 303, {"reason": "下雨"}),
    Step("POST", f"{V}/{{published}}/sign-ups", STAFF, 422),
    Step("POST", f"{V}/{{published}}/sign-ups", STAFF, 303, PERSON),
    Step("GET", f"{V}/{{signed}}/sign-ups/{{sign_up}}/withdraw", STAFF, 200),
    Step("POST", f"{V}/{{signed}}/sign-ups/{{sign_up}}/withdraw", STAFF, 303),
    Step("GET", f"{V}/open/{{published}}", ANYBODY, 200),
    Step("GET", f"{V}/open/{{draft}}", ANYBODY, 404),
    Step("GET", f"{P}/{{grant}}", ADMIN, 200),
    Step("POST", f"{P}/{{grant}}/link", ADMIN, 200),
    Step("POST", f"{P}/{{grant}}/revoke", ADMIN, 303),
    Step("POST", "/-/apps/volunteer/disable", ADMIN, 303),
    Step("POST", "/-/apps/volunteer/enable", ADMIN, 303),
)


@dataclass(frozen=True)
class Actor:
    """Somebody: the role and the situations that it reaches."""

    role: str | None
    reaches: frozenset[str]
    district: str | None = "here"


OWN = frozenset({"own place", "plugin off"})
ACTORS = {
    "visitor": Actor(None, frozenset(), None),
    "viewer": Actor("viewer", OWN),
    "staff": Actor("staff", OWN),
    "auditor": Actor("auditor", OWN),
    "administrator": Actor("administrator", OWN),
    "administrator of the street": Actor("administrator", OWN | {"other place"}),
    "administrator of the district": Actor("administrator", OWN | {"other place"}),
    "administrator of another community": Actor("administrator", frozenset({"other place"})),
    "administrator of another district": Actor(
        "administrator", frozenset({"other tenant"}), "there"
    ),
}
SITUATIONS = ("own place", "other place", "other tenant", "plugin off")


def expected(step: Step, actor: Actor, situation: str) -> int:
    """The status by the rules: the plugin, then the district, then the place, then the role."""
    if step.plugin and situation == "plugin off":
        return 404
    if step.roles == ANYBODY:
        return step.answer
    if actor.district is None:
        return 302
    if (actor.district == "there") is not (situation == "other tenant"):
        return 404
    if situation not in actor.reaches:
        return 404
    return step.answer if actor.role in step.roles else 403


@dataclass
class Stage:
    """Four communities with the same things in them, and a browser for everybody."""

    spots: dict[str, Any]
    browsers: dict[str, Browser]

    def make(self, situation: str, names: Collection[str]) -> dict[str, str]:
        """Make things by name at a place, whether Volunteer is on there or not."""
        spot, made = self.spots[situation], {}
        spot.district.enable("volunteer", spot.code)
        if "draft" in names:
            made["draft"] = spot.draft()
        if "published" in names:
            made["published"] = spot.published()
        if "sign_up" in names:
            made["signed"] = spot.published()
            made["sign_up"] = spot.sign_up(made["signed"])
        if "grant" in names:
            made["grant"] = spot.grant()
        self.switch(situation)
        return {name: str(id_) for name, id_ in made.items()}

    def switch(self, situation: str) -> None:
        """Switch Volunteer on or off, as it should be in this situation."""
        spot = self.spots[situation]
        if situation == "plugin off":
            spot.district.disable("volunteer", spot.code)
        else:
            spot.district.enable("volunteer", spot.code)

    def answer(self, step: Step, name: str, situation: str, things: dict[str, str]) -> int:
        browser, place = self.browsers[name], self.spots[situation].code
        path = f"/{place}{step.path.format(**things)}"
        response = browser.get(path) if step.method == "GET" else browser.send(path, step.data)
        return int(response.status_code)


@pytest.fixture(scope="module")
def stage(app: Flask, pair: tuple[District, District], kit: Any) -> Stage:
    here, there = pair
    own, off, other = here.communities[:3]
    browsers = {
        "visitor": world.browser(app),
        **{role: kit.person(here, role, own, off) for role in ("viewer", "staff", "auditor")},
        "administrator": kit.person(here, "administrator", own, off),
        "administrator of the street": here.person("administrator", own[:9]),
        "administrator of the district": here.person("administrator", here.code),
        "administrator of another community": here.person("administrator", other),
        "administrator of another district": there.person("administrator", there.code),
    }
    spots = {
        "own place": kit.spot(here, own),
        "other place": kit.spot(here, other),
        "other tenant": kit.spot(there, there.communities[0]),
        "plugin off": kit.spot(here, off),
    }
    return Stage(spots, browsers)


def cells() -> Iterator[tuple[Step, str, str, int]]:
    for step, (name, actor), situation in product(STEPS, ACTORS.items(), SITUATIONS):
        yield step, name, situation, expected(step, actor, situation)


def named(step: Step, name: str, situation: str) -> str:
    return f"{step.method} {step.path} {step.data} · {situation} · {name}"


def test_whoever_may_not_is_told_so_and_changes_nothing(
    app: Flask, stage: Stage, pair: tuple[District, District], kit: Any
) -> None:
    names = {name for step in STEPS for name in step.needs}
    things = {situation: stage.make(situation, names) for situation in SITUATIONS}
    before = [kit.everything(app, district) for district in pair]
    denied = [cell for cell in cells() if cell[3] in (302, 403, 404)]

    wrong = []
    for step, name, situation, due in denied:
        status = stage.answer(step, name, situation, things[situation])
        if status != due:
            wrong.append(f"{named(step, name, situation)}: {status}, not {due}")

    assert wrong == []
    assert len(denied) > 500
    assert [kit.everything(app, district) for district in pair] == before


def test_whoever_may_is_answered(stage: Stage) -> None:
    allowed = [cell for cell in cells() if cell[3] not in (302, 403, 404)]

    wrong = []
    for step, name, situation, due in allowed:
        status = stage.answer(step, name, situation, stage.make(situation, step.needs))
        if status != due:
            wrong.append(f"{named(step, name, situation)}: {status}, not {due}")

    assert wrong == []
    assert len(allowed) > 80


METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


def test_no_address_answers_to_a_method_that_it_does_not_have(app: Flask, stage: Stage) -> None:
    """Whoever asks: a page without a form takes none, a form without a page is none."""
    things = {
        "<place_code:": stage.spots["own place"].code,
        "<district_code:": stage.spots["own place"].district.code,
        "<plugin_id:": "volunteer",
        "<int:": "1",
        "ticket": "x",
        "filename": "favicon.svg",
    }
    known: dict[str, set[str]] = {}
    for rule in app.url_map.iter_rules():
        path = re.sub(
            r"(<(?:\w+:)?)(\w+)>",
            lambda m: things.get(m[1], things.get(m[2], "0" * 8 + "-0000" * 3 + "-" + "0" * 12)),
            rule.rule,
        )
        known.setdefault(path, set()).update(rule.methods or ())
    wrong = [
        f"{method} {path} · {name}: {status}"
        for path, methods in known.items()
        for method in METHODS
        if method not in methods
        for name in ("visitor", "administrator")
        if (status := ask(stage.browsers[name], method, path)) != 405
    ]
    assert wrong == []
    assert len(known) > 25


def ask(browser: Browser, method: str, path: str) -> int:
    data = {"csrf_token": browser.csrf_token()} if method != "GET" else None
    return int(browser.open(path, method=method, data=data).status_code)
