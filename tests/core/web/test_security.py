"""What is refused at the door: foreign forms, foreign targets, too much, too often."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask

from core.accounts.service import create_user
from core.app import create_app
from core.config import Config
from core.db import db
from core.plugin_host import queries as switches
from core.servers import Addresses
from core.testing import world
from core.testing.world import SYSTEM, Browser, District

JSON = {"Accept": "application/json"}
PASSWORD = "correct-horse-1"
HOSTILE = [
    "https://evil.example/",
    "http://evil.example",
    "//evil.example/",
    "///evil.example/",
    "////evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "\\/evil.example",
    "/\t/evil.example",
    "/\n/evil.example",
    "\t//evil.example",
    " //evil.example",
    "javascript:alert(1)",
    "data:text/html,x",
    "evil.example",
    "@evil.example",
    "http:evil.example",
    "http:/evil.example",
    "//[",
    "http://[",
    "http://[::1",
    "//evil.example\\@localhost/",
    "/x\r\nSet-Cookie: a=b",
    "/x\0",
    "?x",
    "",
    " ",
]


@pytest.fixture(scope="module")
def signed_up(app: Flask, unused_codes: Iterator[str]) -> tuple[District, str]:
    """A district with somebody who can sign in, and where that leads."""
    district = world.onboard(app, next(unused_codes))
    district.person("viewer", district.code, login="wangfang", password=PASSWORD)
    return district, f"/{district.code}/-/"


class TestTokens:
    """A post without this browser's token changes nothing."""

    def test_without_one(self, district: District, community: str) -> None:
        admin = district.person("administrator", community)
        for data in ({}, {"csrf_token": ""}, {"csrf_token": "x"}):
            refused = admin.post(f"/{community}/-/apps/volunteer/enable", data=data)
            assert refused.status_code == 400
            assert refused.headers["Content-Type"] == "text/html; charset=utf-8"
        with district.entered():
            assert switches.enabled_at(district.place(community).id) == frozenset()

    def test_with_somebody_elses(self, district: District, community: str) -> None:
        admin = district.person("administrator", community)
        other = district.person("administrator", community)
        with other.session_transaction() as session:
            session["csrf_token"] = "1" * 40
        foreign = {"csrf_token": other.csrf_token()}
        url = f"/{community}/-/apps/volunteer/enable"
        assert admin.post(url, data=foreign).status_code == 400
        assert other.post(url, data=foreign).status_code == 303

    def test_in_the_address_it_does_not_count(self, district: District, community: str) -> None:
        admin = district.person("administrator", community)
        token = admin.csrf_token()
        url = f"/{community}/-/apps/volunteer/enable?csrf_token={token}"
        assert admin.post(url).status_code == 400

    def test_in_the_header_it_does(self, district: District, community: str) -> None:
        admin = district.person("administrator", community)
        headers = {"X-CSRFToken": admin.csrf_token()}
        url = f"/{community}/-/apps/volunteer/enable"
        assert admin.post(url, headers=headers).status_code == 303

    @pytest.mark.parametrize(
        "path",
        ["/-/language", "/{0}/-/sign-in", "/{0}/-/sign-out", "/{0}/-/me/password", "/{0}/-/link/x"],
    )
    def test_visitors_forms_need_one_too(
        self, district: District, visitor: Browser, path: str
    ) -> None:
        assert visitor.post(path.format(district.code)).status_code == 400

    def test_a_program_is_told_in_its_language(self, visitor: Browser) -> None:
        refused = visitor.post("/-/language", headers=JSON)
        assert refused.status_code == 400
        assert refused.headers["Content-Type"] == "application/problem+json"
        assert (refused.json["type"], refused.json["status"]) == ("urn:linli:csrf", 400)

    def test_on_https_a_post_from_another_site_is_refused_even_with_a_token(
        self, district: District, community: str
    ) -> None:
        admin = district.person("administrator", community)
        url = f"/{community}/-/apps/volunteer/enable"
        secure: dict[str, Any] = {"base_url": "https://localhost"}
        with admin.session_transaction(base_url="https://localhost") as session:
            session.update(csrf_token="0" * 40)
        for referrer in ("https://evil.example/", None):
            headers = {"Referer": referrer} if referrer else {}
            assert admin.send(url, headers=headers, **secure).status_code == 400
        ours = {"Referer": f"https://localhost/{community}/-/apps"}
        assert admin.send(url, headers=ours, **secure).status_code == 303


class TestTargets:
    """Whoever sends people on sends them to this site."""

    @pytest.mark.parametrize("target", HOSTILE)
    def test_the_language_leads_back_to_this_site(self, visitor: Browser, target: str) -> None:
        answer = visitor.send("/-/language", {"locale": "en", "next": target})
        assert (answer.status_code, answer.headers["Location"]) == (303, "/")

    @pytest.mark.parametrize("target", HOSTILE)
    def test_so_does_signing_in(
        self, app: Flask, signed_up: tuple[District, str], target: str
    ) -> None:
        district, first = signed_up
        browser = world.browser(app)
        page = browser.get(f"/{district.code}/-/sign-in", query_string={"next": target})
        assert page.status_code == (400 if "\0" in target else 200)
        kept = re.findall(r'name="next" value="([^"]*)"', page.text)
        assert all(path.startswith((f"/{district.code}/-/sign-in", "/")) for path in kept)
        assert not any(path.startswith("//") for path in kept)
        answer = browser.send(
            f"/{district.code}/-/sign-in",
            {"account": "wangfang", "password": PASSWORD, "next": target},
        )
        assert (answer.status_code, answer.headers["Location"]) == (303, first)

    @pytest.mark.parametrize(
        "target",
        ["/", "/510114", "/510114001018/volunteer/?title=清扫&page=2", "/a?next=//b", "/%2f"],
    )
    def test_a_path_of_this_site_is_kept(self, visitor: Browser, target: str) -> None:
        answer = visitor.send("/-/language", {"locale": "en", "next": target})
        location = answer.headers["Location"]
        assert answer.status_code == 303
        assert location.startswith("/")
        assert world.browser(visitor.application).get(location).request.full_path
        if target.isascii():
            assert location == target

    def test_who_must_sign_in_comes_back_to_the_page(
        self, app: Flask, signed_up: tuple[District, str]
    ) -> None:
        district, _first = signed_up
        browser = world.browser(app)
        wanted = f"/{district.code}/-/places?name=%E7%A4%BE%E5%8C%BA&page=2"
        asked = browser.get(wanted)
        assert asked.status_code == 302
        assert asked.headers["Location"].startswith(f"/{district.code}/-/sign-in?next=/")
        form = browser.get(asked.headers["Location"])
        target = form.text.partition('name="next" value="')[2].partition('"')[0]
        answer = browser.send(
            f"/{district.code}/-/sign-in",
            {"account": "wangfang", "password": PASSWORD, "next": target.replace("&amp;", "&")},
        )
        final = browser.get(answer.headers["Location"])
        assert final.status_code == 200
        assert final.request.path == f"/{district.code}/-/places"
        assert final.request.args["name"] == "社区"


class TestAmounts:
    """Nobody sends more than a form can hold."""

    def test_a_body_over_two_megabytes(self, visitor: Browser) -> None:
        body = b"a=" + b"x" * (2 * 1024 * 1024)
        answer = visitor.post(
            "/-/language", data=body, content_type="application/x-www-form-urlencoded"
        )
        assert answer.status_code == 413
        assert "<h1>" in answer.text
        told = visitor.post(
            "/-/language",
            data=body,
            content_type="application/x-www-form-urlencoded",
            headers=JSON,
        )
        assert (told.status_code, told.json["status"]) == (413, 413)

    def test_a_field_over_half_a_megabyte(self, visitor: Browser) -> None:
        for data, status in (("x" * 513 * 1024, 413), ("x" * 500 * 1024, 303)):
            answer = visitor.send("/-/language", {"next": data}, content_type="multipart/form-data")
            assert answer.status_code == status

    def test_more_than_five_hundred_fields(self, visitor: Browser) -> None:
        fields = {f"f{number}": "1" for number in range(600)}
        answer = visitor.send("/-/language", fields, content_type="multipart/form-data")
        assert answer.status_code == 413

    def test_a_text_longer_than_its_field_is_refused_beside_it(
        self, district: District, community: str
    ) -> None:
        admin = district.person("administrator", community)
        answer = admin.send(
            f"/{community}/-/people/new",
            {"name": "长" * 61, "phone": "13812345678", "role": "viewer"},
        )
        assert answer.status_code == 422

    @pytest.mark.parametrize("code", ["1" * 5000, "510114" + "0" * 500])
    def test_an_endless_address_is_nothing(self, visitor: Browser, code: str) -> None:
        assert visitor.get(f"/{code}").status_code == 404

    @pytest.mark.parametrize(
        "query", ["name=%00", "kind=%00", "%00=1", "page=%00", "name=a%00b", "name=%ff%fe"]
    )
    def test_characters_that_no_text_has(
        self, district: District, community: str, query: str
    ) -> None:
        admin = district.person("administrator", community)
        answer = admin.get(f"/{community}/-/places?{query}")
        assert answer.status_code == (200 if "%ff" in query else 400)

    @pytest.mark.parametrize("field", ["account", "password"])
    def test_characters_that_no_text_has_in_a_form(
        self, district: District, visitor: Browser, field: str
    ) -> None:
        data = {"account": "wangfang", "password": "x"} | {field: "a\0b\ud800"}
        answer = visitor.send(
            f"/{district.code}/-/sign-in",
            {name: value.encode("utf-8", "surrogatepass") for name, value in data.items()},
        )
        assert answer.status_code in (400, 401, 422)


class TestOften:
    def test_who_guesses_must_wait(
        self, app: Flask, district: District, visitor: Browser, community: str
    ) -> None:
        with district.entered():
            create_user(
                SYSTEM, district.place(community), name="王芳", login="wangfang", password=PASSWORD
            )
        url = f"/{district.code}/-/sign-in"
        guess = {"account": "wangfang", "password": "wrong-horse-1"}
        statuses = [visitor.send(url, guess).status_code for _ in range(10)]
        assert statuses == [401] * 8 + [429] * 2

        page = visitor.send(url, guess | {"password": PASSWORD})
        assert page.status_code == 429
        assert page.headers["Retry-After"].isdecimal()
        assert 1 <= int(page.headers["Retry-After"]) <= 300
        assert "<h1>" in page.text
        told = visitor.send(url, guess, headers=JSON)
        assert (told.status_code, told.json["type"]) == (429, "urn:linli:too_many_requests")

    def test_looking_at_the_form_is_never_slowed(
        self, district: District, visitor: Browser
    ) -> None:
        url = f"/{district.code}/-/sign-in"
        assert {visitor.get(url).status_code for _ in range(60)} == {200}


class TestHost:
    """What the browser says our name is goes into no page and no redirect."""

    def test_a_foreign_name_is_not_repeated(
        self, app: Flask, signed_up: tuple[District, str]
    ) -> None:
        district, _first = signed_up
        browser = world.browser(app)
        evil: dict[str, Any] = {"base_url": "http://evil.example"}
        for path in ("/", f"/{district.code}", f"/{district.code}/-/sign-in"):
            page = browser.get(path, **evil)
            assert page.status_code == 200
            assert "evil.example" not in page.text
        asked = browser.get(f"/{district.code}/-/", **evil)
        assert asked.headers["Location"].startswith(f"/{district.code}/-/sign-in")

    def test_a_one_time_link_has_the_configured_name(
        self, district: District, community: str
    ) -> None:
        admin = district.person("administrator", community)
        evil = "http://evil.example"
        with admin.session_transaction() as session:
            known = {"csrf_token": "0" * 40, **session}
        with admin.session_transaction(base_url=evil) as session:
            session.update(known)
        answer = admin.send(
            f"/{community}/-/people/new",
            {"name": "王芳", "phone": "13812345678", "role": "viewer"},
            headers={"X-Forwarded-Host": "evil.example"},
            base_url=evil,
        )
        assert answer.status_code == 200
        assert "evil.example" not in answer.text
        assert f"http://localhost/{district.code}/-/link/" in answer.text

    def test_forwarded_headers_count_only_behind_a_proxy_that_is_configured(
        self, app: Flask, config: Config, addresses: Addresses
    ) -> None:
        forwarded = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "1.2.3.4"}
        plain = world.browser(app).get("/healthz", headers=forwarded)
        assert "Strict-Transport-Security" not in plain.headers
        behind = create_app(
            replace(config, proxies=1),
            database_url=addresses.database_url,
            valkey_url=addresses.valkey_url,
        )
        told = behind.test_client().get("/healthz", headers=forwarded)
        assert told.headers["Strict-Transport-Security"] == "max-age=31536000"
        with behind.app_context():
            db.engine.dispose()


class TestCookie:
    def test_scripts_and_other_sites_do_not_get_it(
        self, app: Flask, signed_up: tuple[District, str]
    ) -> None:
        district, _first = signed_up
        answer = world.browser(app).send(
            f"/{district.code}/-/sign-in", {"account": "wangfang", "password": PASSWORD}
        )
        cookie = answer.headers["Set-Cookie"]
        parts = {part.strip().partition("=")[0] for part in cookie.split(";")}
        assert parts == {"linli", "Expires", "HttpOnly", "Path", "SameSite"}
        assert "SameSite=Lax" in cookie

    def test_in_production_it_travels_by_https_alone(
        self, config: Config, addresses: Addresses
    ) -> None:
        app = create_app(
            replace(config, mode="production", base_url="https://linli.example"),
            database_url=addresses.database_url,
            valkey_url=addresses.valkey_url,
        )
        assert app.config["SESSION_COOKIE_SECURE"] is True
        with app.app_context():
            db.engine.dispose()

    def test_signing_in_starts_a_fresh_session(
        self, app: Flask, signed_up: tuple[District, str]
    ) -> None:
        """What somebody planted before is gone (session fixation)."""
        district, _first = signed_up
        browser = world.browser(app)
        with browser.session_transaction() as session:
            session.update(planted="x", csrf_token="1" * 40)
        url = f"/{district.code}/-/sign-in"
        assert browser.send(url, {"account": "wangfang", "password": PASSWORD}).status_code == 303
        with browser.session_transaction() as session:
            assert "planted" not in session
            assert session.get("csrf_token") != "1" * 40

    def test_a_page_for_everybody_sets_none_it_does_not_need(self, visitor: Browser) -> None:
        assert "Set-Cookie" not in visitor.get("/healthz").headers
        assert "Set-Cookie" not in visitor.get("/static/linli.js").headers
