"""A street that judges its communities: people, a scheme, and seasons to work with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import count
from typing import Any, cast
from uuid import UUID

from flask import Flask
from sqlalchemy import update

from core.accounts import service as accounts
from core.accounts.actor import Actor, Held
from core.accounts.permissions import Role
from core.clock import today
from core.db import db
from core.places.view import PlaceView
from core.plugin_host.host import plugin_host
from core.testing import world
from core.testing.world import SYSTEM, District
from plugins.evaluation import service
from plugins.evaluation.models import Season

RULES = {
    "title": "社区年度评比",
    "contestants": "community",
    "cycle": "quarter",
    "rhythm": "month",
    "notice_days": 7,
    "objection_days": 5,
    "objections_to": "街道办事处",
    "award_title": "先进社区",
    "award_ranks": 1,
    "award_line": 6000,
}
SCORE = {
    "title": "环境卫生",
    "kind": "score",
    "weight": 6000,
    "full": 1000,
    "scorers": "检查组",
    "tie_order": 1,
}
FEWER = {
    "title": "有效投诉",
    "kind": "count",
    "direction": "fewer",
    "weight": 2500,
    "full": 8,
    "scorers": "街道办",
}
MORE = {"title": "活动", "kind": "count", "weight": 1500, "full": 7, "scorers": "街道办"}
VETO = {"title": "安全事故", "kind": "veto", "scorers": "街道办"}
CRITERIA = (SCORE, FEWER, MORE, VETO)
LAST_QUARTER = date(2025, 7, 1)
_phones = count(13700000000)


@dataclass
class Town:
    """A district whose first street has several communities, with Evaluation at all but the last.

    Call what returns a place, or writes, inside ``district.entered()``.
    """

    district: District
    street_code: str
    codes: Sequence[str]

    @property
    def street(self) -> PlaceView:
        return self.district.place(self.street_code).view

    @property
    def communities(self) -> list[PlaceView]:
        """All communities of the street; Evaluation is off at the last one."""
        return [self.district.place(code).view for code in self.codes]

    def person(self, role: Role, *places: str, name: str = "测试员") -> Actor:
        """Return somebody new who holds a role at places."""
        rows = [self.district.place(code) for code in places]
        user = accounts.create_user(SYSTEM, rows[0], name=name, phone=str(next(_phones)))
        catalogue = plugin_host().catalogue
        for row in rows:
            accounts.grant_role(SYSTEM, catalogue, user, row, role)
        carried = catalogue.of_role(role)
        return Actor(user.id, name, tuple(Held(code, role, carried) for code in places))

    def scheme(
        self, *criteria: Mapping[str, Any], place: PlaceView | None = None, **rules: Any
    ) -> UUID:
        """Publish a scheme with these criteria; return its id."""
        at = place or self.street
        scheme = service.schemes.create(SYSTEM, at, RULES | rules)
        version = service.schemes.new_version(SYSTEM, at, scheme.id)
        for one in criteria or CRITERIA:
            service.schemes.put_criterion(SYSTEM, at, version.id, None, one)
        service.schemes.publish(SYSTEM, at, version.id)
        return scheme.id

    def season(
        self, *criteria: Mapping[str, Any], begins_on: date = LAST_QUARTER, **rules: Any
    ) -> Season:
        """Open a season of a scheme of its own."""
        return service.seasons.open(
            SYSTEM, self.street, self.scheme(*criteria, **rules), begins_on, "第三季度"
        )

    def scorer(
        self, season: Season, *roles: str, place: str | None = None, name: str = "检查员"
    ) -> Actor:
        """Appoint somebody new, who works at the street unless told otherwise."""
        person = self.person("staff", place or self.street_code, name=name)
        for role in roles:
            service.seasons.appoint(SYSTEM, self.street, season.id, cast(UUID, person.id), role)
        return person

    def result(self, season: Season, reason: str = "测试") -> Season:
        """Lock and compute a season."""
        service.seasons.lock(SYSTEM, self.street, season.id, reason)
        return service.seasons.compute(SYSTEM, self.street, season.id)

    def notice_was(self, season_id: UUID, days_ago: int) -> None:
        """Let a season's public notice have begun so many days ago, behind the service's back."""
        db.session.execute(
            update(Season)
            .where(Season.id == season_id)
            .values(
                notice_begins_on=today() - timedelta(days=days_ago),
                notice_ends_on=today() - timedelta(days=days_ago - 7),
                objections_end_on=today() - timedelta(days=days_ago - 5),
            )
        )


def build(app: Flask, unused_codes: Iterator[str], communities: int = 4) -> Town:
    """Take a district on board of several streets, whose first has at least so many communities."""
    while True:
        district = world.onboard(app, next(unused_codes))
        street = district.communities[0][:9]
        codes = [code for code in district.communities if code.startswith(street)]
        if len(codes) >= communities and len(district.streets) > 1:
            break
    for code in codes[: communities - 1]:
        district.enable("evaluation", code)
    return Town(district, street, codes[:communities])
