"""Errors are answers: a page for people, problem+json for programs, never a trace."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from importlib.metadata import EntryPoint
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text

from core.accounts.models import UserAccount
from core.app import create_app
from core.config import Config
from core.db import db
from core.plugin_host.loading import discover
from core.sdk import Manifest, PageContext, Pages, Panel, attempt, hookimpl
from core.servers import Addresses
from core.tenancy import onboarding
from core.testing import world
from core.testing.world import SYSTEM, Browser, District

JSON = {"Accept": "application/json"}
PROBLEM = {"Accept": "application/problem+json"}
SECRET = "the secret of the trace"
pages = Pages()


@pages.page("/raises", public=True)
def raises(ctx: PageContext) -> str:
    raise RuntimeError(SECRET)


@pages.page("/sql", public=True)
def sql(ctx: PageContext) -> str:
    db.session.execute(text(f"SELECT '{SECRET}' FROM nowhere"))
    return ""


@pages.page("/template", public=True)
def template(ctx: PageContext) -> str:
    return ctx.render("missing.html")


@pages.page("/writes", public=True, methods=["POST"])
def writes(ctx: PageContext) -> str:
    with attempt(
        SYSTEM, "broken.thing.write", object_type="x", object_id="", place_code=ctx.place.code
    ):
        db.session.add(UserAccount(name="新人", login="newcomer"))
        db.session.flush()
    raise RuntimeError(SECRET)


@pages.page("/unaudited", public=True, methods=["POST"])
def unaudited(ctx: PageContext) -> str:
    db.session.add(UserAccount(name="新人", login="newcomer"))
    return "ok"


@pages.page("/late", public=True, methods=["GET", "POST"])
def late(ctx: PageContext) -> Any:
    """Fails when everything is done, for what it returns is no answer."""
    if ctx.method == "POST":
        with attempt(
            SYSTEM, "broken.thing.write", object_type="x", object_id="", place_code=ctx.place.code
        ):
            db.session.add(UserAccount(name="新人", login="newcomer"))
    return object()


class Broken:
    manifest = Manifest(id="broken", name="坏插件", summary="出错")

    @hookimpl
    def linli_pages(self) -> Pages:
        return pages

    @hookimpl
    def linli_public_panel(self, ctx: PageContext) -> Panel:
        raise RuntimeError(SECRET)


plugin = Broken()


@dataclass
class Shop:
    """A district served by an application with a plugin that fails in every way."""

    district: District
    community: str
    browser: Browser


@pytest.fixture(scope="module")
def shop(
    app: Flask, config: Config, addresses: Addresses, unused_codes: Iterator[str]
) -> Iterator[Shop]:
    entry = EntryPoint("broken", f"{__name__}:plugin", "linli.plugins.v1")
    made = create_app(
        config,
        database_url=addresses.database_url,
        valkey_url=addresses.valkey_url,
        installed=discover("strict", [entry]),
    )
    district = replace(world.onboard(app, next(unused_codes)), app=made)
    community = district.communities[0]
    district.enable("broken", community)
    yield Shop(district, community, world.browser(made))
    with made.app_context():
        db.engine.dispose()


class TestOurOwn:
    """What goes wrong on our side says so, with a number, and nothing else."""

    @pytest.mark.parametrize("path", ["raises", "sql", "template", "late"])
    def test_a_page_without_a_trace(
        self, shop: Shop, path: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        answer = shop.browser.get(f"/{shop.community}/broken/{path}")
        assert answer.status_code == 500
        assert answer.headers["X-Request-ID"] in answer.text
        assert answer.headers["Content-Security-Policy"]
        for told in (SECRET, "Traceback", "RuntimeError", "core/", "sqlalchemy", "nowhere", ".py"):
            assert told not in answer.text
        assert answer.headers["X-Request-ID"] in caplog.text

    def test_a_problem_without_a_trace(self, shop: Shop) -> None:
        answer = shop.browser.get(f"/{shop.community}/broken/raises", headers=JSON)
        assert (answer.status_code, answer.content_type) == (500, "application/problem+json")
        assert set(answer.json) == {"type", "title", "status", "detail"}
        assert (answer.json["type"], answer.json["status"]) == ("urn:linli:internal", 500)
        assert SECRET not in answer.text

    @pytest.mark.parametrize("path", ["writes", "unaudited", "late"])
    def test_nothing_of_it_stays(self, shop: Shop, path: str) -> None:
        def accounts() -> int:
            with shop.district.entered():
                return db.session.query(UserAccount).count()

        before = accounts()
        assert shop.browser.send(f"/{shop.community}/broken/{path}").status_code == 500
        assert accounts() == before
        with shop.district.entered():
            noted = db.session.execute(
                text(
                    "SELECT count(*) FROM audit_entry AS e WHERE e.tenant_id = :tenant"
                    " AND e.action LIKE 'broken%'"
                ),
                {"tenant": shop.district.tenant},
            )
            assert noted.scalar_one() == 0

    def test_the_next_request_is_served(self, shop: Shop) -> None:
        for _ in range(20):
            assert shop.browser.get(f"/{shop.community}/broken/sql").status_code == 500
        assert shop.browser.get(f"/{shop.district.code}").status_code == 200

    def test_a_box_that_fails_is_missing_and_the_page_is_whole(
        self, shop: Shop, caplog: pytest.LogCaptureFixture
    ) -> None:
        answer = shop.browser.get(f"/{shop.community}")
        assert answer.status_code == 200
        assert SECRET not in answer.text
        assert "broken" in caplog.text

    def test_without_a_database_it_is_said_when_to_try_again(
        self, config: Config, addresses: Addresses, caplog: pytest.LogCaptureFixture
    ) -> None:
        app = create_app(
            config,
            database_url="postgresql+psycopg://linli_app@/linli?host=/nowhere",
            valkey_url=addresses.valkey_url,
        )
        browser = world.browser(app)
        for path in ("/", "/510114", "/510114001018/-/"):
            answer = browser.get(path)
            assert (answer.status_code, answer.headers["Retry-After"]) == (503, "10"), path
            assert "/nowhere" not in answer.text
            assert "psycopg" not in answer.text
        told = browser.get("/510114", headers=JSON)
        assert (told.status_code, told.json["type"]) == (503, "urn:linli:unavailable")
        assert browser.get("/healthz").status_code == 200


class TestTheirs:
    """What cannot be done is said by status, in words, and to programs by type."""

    @pytest.fixture(scope="class")
    @classmethod
    def asked(cls, app: Flask, unused_codes: Iterator[str]) -> Any:
        """Every kind of refusal: name → (browser, method, path, form, status, type)."""
        district = world.onboard(app, next(unused_codes))
        community = district.communities[0]
        admin = district.person("administrator", community)
        viewer = district.person("viewer", community)
        head = district.person("administrator", district.code)
        visitor = world.browser(app)
        district.allow("volunteer", "forbidden")
        here = f"/{community}/-"
        return {
            "not signed in": (visitor, "GET", f"{here}/", {}, 401, "sign_in_required"),
            "form, not signed in": (
                visitor,
                "POST",
                f"{here}/apps/volunteer/enable",
                {},
                401,
                "sign_in_required",
            ),
            "not permitted": (viewer, "GET", f"{here}/people", {}, 403, "forbidden"),
            "not there": (admin, "GET", "/nothing/at/all", {}, 404, "not_found"),
            "no such place": (admin, "GET", f"/{community[:9]}999", {}, 404, "not_found"),
            "no such district": (admin, "GET", "/990101", {}, 404, "not_found"),
            "not one's own": (
                admin,
                "GET",
                f"/{district.neighbour(community)}/-/",
                {},
                404,
                "not_found",
            ),
            "no such id": (
                admin,
                "GET",
                f"{here}/people/00000000-0000-0000-0000-000000000000",
                {},
                404,
                "not_found",
            ),
            "not that way": (admin, "POST", f"{here}/places", {}, 405, "method_not_allowed"),
            "contradiction": (
                admin,
                "POST",
                f"{here}/apps/volunteer/enable",
                {},
                409,
                "conflict",
            ),
            "wrong value": (
                head,
                "POST",
                f"/{district.code}/-/apps/volunteer/policy",
                {"policy": "x"},
                422,
                "invalid",
            ),
        }

    NAMES = (
        "not signed in",
        "form, not signed in",
        "not permitted",
        "not there",
        "no such place",
        "no such district",
        "not one's own",
        "no such id",
        "not that way",
        "contradiction",
        "wrong value",
    )

    @pytest.mark.parametrize("name", NAMES)
    @pytest.mark.parametrize("accept", [JSON, PROBLEM])
    def test_a_program_gets_a_problem(self, asked: Any, name: str, accept: dict[str, str]) -> None:
        browser, method, path, form, status, kind = asked[name]
        answer = ask(browser, method, path, form, headers=accept)
        assert (answer.status_code, answer.content_type) == (status, "application/problem+json")
        told = answer.json
        assert (
            {"type", "title", "status", "detail"}
            <= set(told)
            <= {
                "type",
                "title",
                "status",
                "detail",
                "field",
                "errors",
                "permission",
            }
        )
        assert (told["type"], told["status"]) == (f"urn:linli:{kind}", status)
        assert told["title"]
        assert told["detail"]

    @pytest.mark.parametrize("name", NAMES)
    @pytest.mark.parametrize("accept", ["text/html", "*/*", "", "text/html,*/*;q=0.1"])
    def test_a_person_gets_a_page(self, asked: Any, name: str, accept: str) -> None:
        browser, method, path, form, status, _kind = asked[name]
        answer = ask(browser, method, path, form, headers={"Accept": accept})
        if status == 401:
            assert answer.status_code == 302
            return
        assert answer.status_code == status
        assert answer.content_type == "text/html; charset=utf-8"
        assert answer.text.count("<h1>") == 1
        assert answer.headers["X-Request-ID"] not in answer.text

    def test_what_was_refused_names_the_field(self, asked: Any) -> None:
        browser, method, path, form, _status, _kind = asked["wrong value"]
        assert ask(browser, method, path, form, headers=JSON).json["field"] == "policy"

    def test_the_ways_that_are_open_are_named(self, asked: Any) -> None:
        browser, method, path, form, _status, _kind = asked["not that way"]
        answer = ask(browser, method, path, form)
        assert set(answer.headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS"}

    @pytest.mark.parametrize(
        ("language", "heading"), [("zh-CN", "没有找到"), ("en", "Page not found")]
    )
    def test_in_the_readers_language(self, visitor: Browser, language: str, heading: str) -> None:
        answer = visitor.get("/nothing", headers={"Accept-Language": language})
        title = answer.text.partition("<h1>")[2].partition("</h1>")[0]
        told = visitor.get("/nothing", headers={**JSON, "Accept-Language": language}).json
        assert told["title"] == title
        if language == "en":
            assert title == heading
        else:
            assert not title.isascii()

    def test_a_suspended_district_says_so(self, app: Flask, district: District) -> None:
        with district.entered():
            onboarding.suspend(SYSTEM, district.tenant)
        visitor = world.browser(app)
        assert visitor.get(f"/{district.code}").status_code == 503
        told = visitor.get(f"/{district.code}", headers=JSON)
        assert (told.status_code, told.json["type"]) == (503, "urn:linli:suspended")
        assert f"/{district.code}/-/sign-in" not in visitor.get("/").text


def ask(browser: Browser, method: str, path: str, form: dict[str, str], **kwargs: Any) -> Any:
    return browser.get(path, **kwargs) if method == "GET" else browser.send(path, form, **kwargs)
