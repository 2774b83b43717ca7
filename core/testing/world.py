"""Districts and people for tests: every test that writes takes a district of its own."""

from __future__ import annotations

import itertools
import random
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from itsdangerous import URLSafeTimedSerializer

from core import tenancy
from core.accounts import service, tokens
from core.accounts.actor import Actor
from core.accounts.permissions import Role
from core.accounts.tickets import Ticket
from core.audit import attempt
from core.db import db, transaction
from core.places import divisions
from core.places import queries as places
from core.places.models import Place
from core.plugin_host import service as plugins
from core.plugin_host.host import plugin_host
from core.tenancy import onboarding
from core.web.gate import SESSION_KEY

SYSTEM = Actor.system("tests")
LARGEST = 90
_phones = itertools.count(13900000000)


def english(day: date) -> str:
    """A day as English pages and messages show it."""
    return f"{day.day} {day:%b} {day.year}"


class Browser(FlaskClient):
    """A test client that sends CSRF tokens and comes from an address of its own."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        numbers = (str(random.randint(1, 250)) for _ in range(3))
        self.environ_base["REMOTE_ADDR"] = ".".join(("10", *numbers))

    def send(self, url: str, data: dict[str, Any] | None = None, **kwargs: Any) -> Any:
        """Post a form as the page would, token included."""
        return self.post(url, data={**(data or {}), "csrf_token": self.csrf_token()}, **kwargs)

    def csrf_token(self) -> str:
        """Return a token that fits this browser's session."""
        with self.session_transaction() as session:
            raw = session.setdefault("csrf_token", "0" * 40)
        secret = self.application.secret_key
        return str(URLSafeTimedSerializer(secret, salt="wtf-csrf-token").dumps(raw))  # type: ignore[arg-type]


class Program(FlaskClient):
    """A client of the API that sends a token, if it has one, and keeps no cookies."""

    def __init__(self, app: Flask, token: str | None = None) -> None:
        super().__init__(app, response_wrapper=app.response_class, use_cookies=False)
        self.token = token
        if token is not None:
            self.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {token}"


@dataclass
class District:
    """An onboarded district, its places by code, and helpers that act in it."""

    app: Flask
    tenant: int
    code: str
    name: str
    streets: list[str]
    communities: list[str]
    link: Ticket

    @contextmanager
    def entered(self) -> Iterator[None]:
        """One transaction in this tenant."""
        with self.app.app_context(), tenancy.enter(self.tenant):
            with transaction():
                yield
            db.session.remove()

    def place(self, code: str) -> Place:
        """Return a place; call it inside :meth:`entered`."""
        found = places.by_code(code)
        assert found is not None, code
        return found

    def neighbour(self, community: str) -> str:
        """Return another community of the same street."""
        return next(c for c in self.communities if c[:9] == community[:9] and c != community)

    def person(
        self,
        role: Role,
        place: str,
        *,
        name: str = "测试员",
        login: str | None = None,
        password: str | None = None,
    ) -> Browser:
        """Add a person with a role at ``place`` and return their signed-in browser."""
        with self.entered():
            at = self.place(place)
            user = service.create_user(
                SYSTEM, at, name=name, phone=str(next(_phones)), login=login, password=password
            )
            service.grant_role(SYSTEM, plugin_host().catalogue, user, at, role)
            with attempt(
                SYSTEM,
                "core.session.open",
                object_type="user_account",
                object_id=user.id,
                place_code=self.code,
            ):
                ticket = service.open_session(user)
        return browser(self.app, ticket)

    def program(
        self, role: Role, place: str, *permissions: str, name: str = "测试员", days: int = 30
    ) -> Program:
        """Add a person with a role at ``place`` and return a program with a token of theirs.

        Args:
            permissions: what the token holds; by default all that the role carries.
        """
        with self.entered():
            at = self.place(place)
            catalogue = plugin_host().catalogue
            user = service.create_user(SYSTEM, at, name=name, phone=str(next(_phones)))
            service.grant_role(SYSTEM, catalogue, user, at, role)
            ticket = tokens.create(
                SYSTEM,
                catalogue,
                at,
                user,
                name="测试程序",
                permissions=permissions or catalogue.of_role(role),
                days=days,
            )
        return Program(self.app, tokens.written(ticket))

    def enable(self, plugin: str, place: str) -> None:
        """Switch a plugin on."""
        with self.entered():
            plugins.enable(SYSTEM, plugin_host(), self.place(place), plugin)

    def disable(self, plugin: str, place: str) -> None:
        """Switch a plugin off."""
        with self.entered():
            plugins.disable(SYSTEM, plugin_host(), self.place(place), plugin)

    def allow(self, plugin: str, policy: str) -> None:
        """Set the district's policy on a plugin."""
        with self.entered():
            plugins.allow(SYSTEM, plugin_host(), self.place(self.code), plugin, policy)


def browser(app: Flask, ticket: Ticket | None = None) -> Browser:
    """Return a browser, signed in with ``ticket`` if there is one."""
    client = Browser(app, response_wrapper=app.response_class)
    if ticket is not None:
        with client.session_transaction() as session:
            session[SESSION_KEY] = str(ticket)
    return client


def unused_codes() -> Iterator[str]:
    """Yield codes of small districts in which tests find what they count on.

    They have streets of different sizes, at least four communities, and two in the first street.
    """
    for code in divisions.codes():
        found = [c for c, _ in divisions.places_of(code)]
        if len(found) > LARGEST:
            continue
        communities = [c for c in found if len(c) == 12]
        sizes = Counter(c[:9] for c in communities)
        if len(communities) > 3 and len(set(sizes.values())) > 1 and sizes[communities[0][:9]] > 1:
            yield code


def onboard(app: Flask, code: str) -> District:
    """Take the district ``code`` on board."""
    with app.app_context(), tenancy.enter(int(code)):
        with transaction():
            district = onboarding.district_to_onboard(code)
            made = onboarding.onboard(
                SYSTEM,
                plugin_host().catalogue,
                district,
                admin_name="区管理员",
                admin_phone="13800000000",
                status="active",
            )
        db.session.remove()
    every = [c for c, _ in divisions.places_of(code)]
    return District(
        app,
        int(code),
        code,
        made.name,
        [c for c in every if len(c) == 9],
        [c for c in every if len(c) == 12],
        made.link,
    )
