"""Every page, whoever sees it: headers, scripts only from us, nothing inline."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

import pytest
from flask import Flask

from core.testing import world
from core.testing.world import Browser, District

ACTIVITY = {
    "title": "清扫楼道",
    "description": "一起清扫楼道。",
    "location": "3 栋门口",
    "starts_at": "2099-05-01T09:00",
    "ends_at": "2099-05-01T11:00",
    "capacity": "9",
    "organiser": "居委会",
    "risks": "无",
}
NAMES = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}
OUTSIDE = ("http:", "https:", "//", "data:", "javascript:", "vbscript:")


@dataclass
class Page(HTMLParser):
    """What a page contains that a content security policy is about."""

    text: str
    scripts: list[dict[str, str | None]] = field(default_factory=list)
    inline: list[str] = field(default_factory=list)
    targets: list[str] = field(default_factory=list)
    forms: list[dict[str, str | None]] = field(default_factory=list)
    tokens: int = 0
    styles: int = 0

    def __post_init__(self) -> None:
        super().__init__()
        self._in_script = False
        self.feed(self.text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self._in_script = tag == "script"
        if tag == "script":
            self.scripts.append(given)
        if tag == "form":
            self.forms.append(given)
        self.styles += tag == "style"
        self.tokens += given.get("name") == "csrf_token"
        for name, value in attrs:
            if name == "style" or name.startswith(("on", "hx-on", "hx-vals", "hx-vars")):
                self.inline.append(f"{tag} {name}={value}")
            if name in ("href", "src", "action", "formaction", "hx-get", "hx-post", "data"):
                self.targets.append(value or "")

    def handle_data(self, data: str) -> None:
        if self._in_script and data.strip():
            self.inline.append(f"script: {data.strip()[:40]}")
        self._in_script = False


@dataclass
class Site:
    """A district with something on every page."""

    district: District
    community: str
    activity: str
    sign_up: str
    grant: str
    admin: Browser
    head: Browser
    visitor: Browser

    def pages(self) -> Iterator[tuple[Browser, str, int]]:
        """Every page there is, and every kind of error page."""
        here, code = f"/{self.community}", f"/{self.district.code}"
        for path in (
            "/",
            code,
            here,
            f"{here}/volunteer/open",
            self.activity.replace("/volunteer/", "/volunteer/open/"),
            f"{code}/-/sign-in",
            f"{code}/-/sign-in?next=/x",
            f"{code}/-/link/{self.district.link}",
        ):
            yield self.visitor, path, 200
        for path in (
            f"{here}/-/",
            f"{here}/-/places",
            f"{here}/-/apps",
            f"{here}/-/apps/volunteer",
            f"{here}/-/people",
            f"{here}/-/people/new",
            f"{here}/-/people/{self.grant}",
            f"{here}/-/audit",
            f"{code}/-/me",
            here,
            f"{here}/volunteer/",
            f"{here}/volunteer/?title=x",
            f"{here}/volunteer/new",
            self.activity,
            f"{self.activity}/edit",
            f"{self.activity}/cancel",
            f"{self.activity}/sign-ups/{self.sign_up}/withdraw",
        ):
            yield self.admin, path, 200
        for path in (f"{code}/-/", f"{code}/-/places", f"{code}/-/apps/volunteer", "/"):
            yield self.head, path, 200
        yield self.admin, f"{code}/-/", 404
        yield self.visitor, "/nothing", 404
        yield self.visitor, f"{code}/-/sign-out", 405


@pytest.fixture(scope="module")
def site(app: Flask, unused_codes: Iterator[str]) -> Site:
    district = world.onboard(app, next(unused_codes))
    community = district.communities[0]
    district.enable("volunteer", community)
    admin = district.person("administrator", community)
    activity = admin.send(f"/{community}/volunteer/new", ACTIVITY).location
    admin.send(f"{activity}/publish")
    admin.send(f"{activity}/sign-ups", {"name": "王芳", "phone": "13812345678"})
    sign_up = admin.get(activity).text.partition("/sign-ups/")[2][:36]
    for part in admin.get(activity).text.split("/sign-ups/")[1:]:
        sign_up = part[:36] if part[36:].startswith("/withdraw") else sign_up
    grant = admin.get(f"/{community}/-/people").text.partition("/-/people/")[2]
    grants = admin.get(f"/{community}/-/people").text.split("/-/people/")
    grant = next(part[:36] for part in grants[1:] if part[8:9] == "-")
    return Site(
        district,
        community,
        activity,
        sign_up,
        grant,
        admin,
        district.person("administrator", district.code),
        world.browser(app),
    )


def read(browser: Browser, path: str, status: int) -> Any:
    response = browser.get(path)
    assert (path, response.status_code) == (path, status)
    return response


def test_every_page_carries_the_headers(site: Site) -> None:
    for browser, path, status in site.pages():
        response = read(browser, path, status)
        assert {name: response.headers.get(name) for name in NAMES} == NAMES, path
        assert len(response.headers["X-Request-ID"]) == 16
        assert response.headers["Content-Type"] == "text/html; charset=utf-8"


def test_every_page_has_a_policy_with_a_nonce_of_its_own(site: Site) -> None:
    nonces = []
    for browser, path, status in site.pages():
        response = read(browser, path, status)
        policy = response.headers["Content-Security-Policy"].split("; ")
        (nonce,) = re.findall(r"'nonce-([^']+)'", "; ".join(policy))
        nonces.append(nonce)
        assert sorted(policy) == [
            "base-uri 'self'",
            "default-src 'self'",
            "form-action 'self'",
            "frame-ancestors 'none'",
            "img-src 'self' data:",
            "object-src 'none'",
            f"script-src 'nonce-{nonce}'",
        ], path
        for script in Page(response.text).scripts:
            assert script["nonce"] == nonce, path
            assert (script["src"] or "").startswith("/static/"), path
    assert len(set(nonces)) == len(nonces) > 30
    assert min(map(len, nonces)) >= 20


def test_no_page_has_anything_inline(site: Site) -> None:
    for browser, path, status in site.pages():
        page = Page(read(browser, path, status).text)
        assert (path, page.inline, page.styles) == (path, [], 0)


def test_no_page_loads_or_leads_anywhere_else(site: Site) -> None:
    for browser, path, status in site.pages():
        page = Page(read(browser, path, status).text)
        assert [t for t in page.targets if t.lower().startswith(OUTSIDE)] == [], path


def test_every_form_that_posts_has_a_token_and_stays_here(site: Site) -> None:
    seen = 0
    for browser, path, status in site.pages():
        page = Page(read(browser, path, status).text)
        posting = [form for form in page.forms if form.get("method") == "post"]
        assert page.tokens == len(posting), path
        assert {form.get("method") for form in page.forms} <= {"post", "get"}, path
        seen += len(posting)
    assert seen > 50


def test_what_is_typed_comes_back_as_text(site: Site) -> None:
    nasty = "\"><script>alert(1)</script>'{{7*7}}"
    for browser, path, data in (
        (site.admin, f"/{site.community}/volunteer/new", {"title": nasty}),
        (site.admin, f"/{site.community}/-/people/new", {"name": nasty, "phone": nasty}),
        (site.visitor, f"/{site.district.code}/-/sign-in", {"account": nasty}),
    ):
        response = browser.send(path, data)
        assert response.status_code == 422
        assert "<script>alert" not in response.text
        assert "{{7*7}}" in response.text
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in response.text


def test_files_are_kept_by_browsers_and_never_run_as_something_else(
    app: Flask, visitor: Browser
) -> None:
    for path, kind in (("linli.js", "text/javascript"), ("css/tokens.css", "text/css")):
        response = visitor.get(f"/static/{path}")
        assert response.status_code == 200
        assert response.headers["Content-Type"].startswith(kind)
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert "max-age=31536000" in response.headers["Cache-Control"]
        assert "Set-Cookie" not in response.headers
    for path in ("../app.py", "%2e%2e/app.py", "..%2fapp.py", "css/../../app.py"):
        assert visitor.get(f"/static/{path}").status_code == 404, path


def test_an_address_changes_when_its_file_does(site: Site) -> None:
    page = Page(read(site.admin, f"/{site.community}/-/", 200).text)
    files = [target for target in page.targets if target.startswith("/static/")]
    assert files
    for target in files:
        assert "?v=" in target.partition("#")[0], target
        if "/vendor/" not in target:
            assert "v=missing" not in target


def test_on_https_browsers_are_told_to_stay_there(site: Site) -> None:
    secure = site.visitor.get("/", base_url="https://localhost")
    assert secure.headers["Strict-Transport-Security"] == "max-age=31536000"
    assert "Strict-Transport-Security" not in site.visitor.get("/").headers


def test_pages_for_everybody_need_no_script(site: Site) -> None:
    for path in (f"/{site.community}", f"/{site.community}/volunteer/open", "/"):
        assert Page(read(site.visitor, path, 200).text).scripts == []
