"""Things that exist, asked for by everybody: who may, does; who may not, changes nothing.

test_routes.py crosses all routes with addresses of nothing; here every address names something.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from flask import Flask

from core.accounts import service as accounts
from core.accounts.permissions import Role
from core.accounts.queries import actor_of_session
from core.accounts.tickets import Ticket
from core.db import db
from core.plugin_host.host import plugin_host
from core.testing import world
from core.testing.world import SYSTEM, Browser, District
from core.web.gate import SESSION_KEY

ANYBODY = frozenset({"anybody"})
OFFICE = frozenset({"administrator", "staff", "viewer"})
STAFF = frozenset({"administrator", "staff"})
ADMIN = frozenset({"administrator"})

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


V, P = "/volunteer", "/-/people"
STEPS = (
    Step("GET", f"{V}/{{draft}}", OFFICE, 200),
    Step("GET", f"{V}/{{draft}}/edit", STAFF, 200),
    Step("POST", f"{V}/{{draft}}/edit", STAFF, 422),
    Step("POST", f"{V}/{{draft}}/edit", STAFF, 303, {"title": "改了"}),
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
    """The status by the rules: is the plugin on, whose district is it, is it one's place, may one."""
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

    here: District
    there: District
    spots: dict[str, Any]
    browsers: dict[str, Browser]

    def things(self, situation: str) -> dict[str, Any]:
        """Make one of everything at a place, switched on or not."""
        spot = self.spots[situation]
        off = situation == "plugin off"
        if off:
            spot.district.enable("volunteer", spot.code)
        made = {"draft": spot.draft(), "published": spot.published(), "grant": spot.grant()}
        made["signed"] = spot.published()
        made["sign_up"] = spot.sign_up(made["signed"])
        if off:
            spot.district.disable("volunteer", spot.code)
        return made

    def restore(self) -> None:
        for situation, spot in self.spots.items():
            switch = spot.district.disable if situation == "plugin off" else spot.district.enable
            switch("volunteer", spot.code)


@pytest.fixture(scope="module")
def stage(app: Flask, pair: tuple[District, District], spot: Any) -> Stage:
    here, there = pair
    street = here.communities[0][:9]
    own, other = (c for c in here.communities if c[:9] == street)
    return Stage(here, there, {}, {})


def add_role(district: District, browser: Browser, role: Role, place: str) -> None:
    """Give the person behind a browser another role."""
    with browser.session_transaction() as session:
        ticket = Ticket.parse(session[SESSION_KEY])
    assert ticket is not None
    with district.entered():
        actor = actor_of_session(ticket, plugin_host().catalogue)
        assert actor is not None
        user = db.session.get_one(accounts.UserAccount, (district.tenant, actor.id))
        at = district.place(place)
        accounts.grant_role(SYSTEM, plugin_host().catalogue, user, at, role)
