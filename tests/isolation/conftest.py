"""Two districts and communities that look alike, so that a leak would have something to show."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import text

from core.accounts import service as accounts
from core.accounts.models import UserAccount
from core.accounts.permissions import Role
from core.accounts.queries import actor_of_session
from core.accounts.tickets import Ticket
from core.clock import DISTRICT_ZONE
from core.db import db
from core.places import divisions
from core.plugin_host.host import plugin_host
from core.testing import world
from core.testing.fixtures import tenant_tables
from core.testing.world import SYSTEM, Browser, District
from core.web.gate import SESSION_KEY
from plugins.volunteer import service
from plugins.volunteer.models import SignUp

_phones = itertools.count(15000000000)
ACTIVITY: dict[str, Any] = {
    "title": "清扫楼道",
    "description": "一起清扫楼道。",
    "location": "3 栋门口",
    "starts_at": datetime(2099, 5, 1, 9, tzinfo=DISTRICT_ZONE),
    "ends_at": datetime(2099, 5, 1, 11, tzinfo=DISTRICT_ZONE),
    "capacity": 50,
    "organiser": "居委会",
    "risks": "无",
}
FORM = ACTIVITY | {"starts_at": "2099-05-01T09:00", "ends_at": "2099-05-01T11:00"}


@dataclass
class Spot:
    """A community, and what can be made there."""

    district: District
    code: str

    def draft(self, **changes: Any) -> UUID:
        with self.district.entered():
            place = self.district.place(self.code).view
            return service.create(SYSTEM, place, ACTIVITY | changes).id

    def published(self, **changes: Any) -> UUID:
        activity = self.draft(**changes)
        with self.district.entered():
            service.publish(SYSTEM, self.district.place(self.code).view, activity)
        return activity

    def sign_up(self, activity: UUID, name: str = "王芳", phone: str | None = None) -> UUID:
        with self.district.entered():
            place = self.district.place(self.code).view
            phone = phone or str(next(_phones))
            return service.sign_up(SYSTEM, place, activity, name, phone).id

    def volunteer(self, sign_up: UUID) -> UUID:
        with self.district.entered():
            return db.session.get_one(SignUp, (self.district.tenant, sign_up)).volunteer_id

    def grant(self, role: Role = "viewer", name: str = "王芳") -> UUID:
        with self.district.entered():
            place = self.district.place(self.code)
            user = accounts.create_user(SYSTEM, place, name=name, phone=str(next(_phones)))
            return accounts.grant_role(SYSTEM, plugin_host().catalogue, user, place, role).id

    def link(self) -> str:
        with self.district.entered():
            place = self.district.place(self.code)
            user = accounts.create_user(SYSTEM, place, name="王芳", phone=str(next(_phones)))
            return str(accounts.create_link(SYSTEM, plugin_host().catalogue, place, user))


def everything(app: Flask, district: District) -> dict[str, list[str]]:
    """Every row of a district but its sessions and its log, as text."""
    found = {}
    with district.entered():
        for table in tenant_tables(app):
            if table not in ("audit_entry", "audit_payload", "user_session"):
                rows = db.session.execute(
                    text(f"SELECT t::text FROM {table} AS t WHERE t.tenant_id = :tenant"),
                    {"tenant": district.tenant},
                )
                found[table] = sorted(rows.scalars())
    return found


def person(district: District, role: Role, *places: str) -> Browser:
    """Return the browser of somebody who holds one role at several places."""
    browser = district.person(role, places[0])
    with browser.session_transaction() as session:
        ticket = Ticket.parse(session[SESSION_KEY])
    assert ticket is not None
    with district.entered():
        actor = actor_of_session(ticket, plugin_host().catalogue)
        assert actor is not None
        user = db.session.get_one(UserAccount, (district.tenant, actor.id))
        for place in places[1:]:
            at = district.place(place)
            accounts.grant_role(SYSTEM, plugin_host().catalogue, user, at, role)
    return browser


@dataclass
class Kit:
    """What these tests share."""

    spot = Spot
    person = staticmethod(person)
    everything = staticmethod(everything)
    form = FORM


@pytest.fixture(scope="session")
def kit() -> Kit:
    """Ways to make, to sign in, and to look at everything."""
    return Kit()


@pytest.fixture(scope="module")
def pair(app: Flask, unused_codes: Iterator[str]) -> tuple[District, District]:
    """Two districts of this module's own; in the first one's first street are three communities."""
    codes = (code for code in unused_codes if len(first_street(code)) > 2)
    return world.onboard(app, next(codes)), world.onboard(app, next(codes))


def first_street(district: str) -> list[str]:
    found = [code for code, _name in divisions.places_of(district) if len(code) == 12]
    return [code for code in found if code[:9] == found[0][:9]]
