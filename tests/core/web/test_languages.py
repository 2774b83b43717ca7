"""Chinese unless asked otherwise; a choice is kept for as long as the browser is open."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask

from core.errors import NotFound
from core.testing import world
from core.testing.world import Browser, District

PASSWORD = "correct-horse-1"
CHINESE = re.compile("[\u4e00-\u9fff]")


@pytest.fixture(scope="module")
def place(app: Flask, unused_codes: Iterator[str]) -> District:
    """A district with somebody who can sign in and a plugin that is on."""
    district = world.onboard(app, next(unused_codes))
    district.person("administrator", district.code, login="wangfang", password=PASSWORD)
    district.enable("volunteer", district.communities[0])
    return district


def language(browser: Browser, path: str = "/", **kwargs: Any) -> str:
    """Return the language that a page says it is in."""
    page = browser.get(path, **kwargs)
    return page.text.partition('<html lang="')[2].partition('"')[0]


def choose(browser: Browser, locale: str, path: str = "/") -> str:
    answer = browser.send("/-/language", {"locale": locale, "next": path})
    assert answer.status_code == 303
    return str(answer.headers["Location"])


@pytest.mark.parametrize(
    ("asked", "answered"),
    [
        (None, "zh-CN"),
        ("", "zh-CN"),
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh-CN"),
        ("zh-TW", "zh-CN"),
        ("zh-Hant-HK", "zh-CN"),
        ("en", "en"),
        ("en-GB,en;q=0.9", "en"),
        ("EN-us", "en"),
        ("fr", "zh-CN"),
        ("fr,en;q=0.5", "en"),
        ("en;q=0.1,zh;q=0.9", "zh-CN"),
        ("zh;q=0.1,en;q=0.9", "en"),
        ("de-DE,de;q=0.9,fr;q=0.8", "zh-CN"),
        ("*", "zh-CN"),
        ("x" * 3000, "zh-CN"),
        ("en;q=nonsense,,;;", "en"),
    ],
)
def test_the_browser_is_heard_and_chinese_is_the_rest(
    visitor: Browser, asked: str | None, answered: str
) -> None:
    headers = {} if asked is None else {"Accept-Language": asked}
    found = language(visitor, headers=headers)
    assert found == answered or (asked is not None and "nonsense" in asked)


def test_a_choice_wins_over_the_browser_and_lasts(visitor: Browser, place: District) -> None:
    headers = {"Accept-Language": "zh-CN"}
    assert choose(visitor, "en", f"/{place.code}") == f"/{place.code}"
    for path in ("/", f"/{place.code}", f"/{place.code}/-/sign-in", "/nothing"):
        assert language(visitor, path, headers=headers) == "en", path
    choose(visitor, "zh_Hans")
    assert language(visitor, headers={"Accept-Language": "en"}) == "zh-CN"


@pytest.mark.parametrize("unknown", ["", "fr", "zh", "EN", "../en", "en\0", "zh_Hans " * 99])
def test_what_we_do_not_speak_changes_nothing(visitor: Browser, unknown: str) -> None:
    choose(visitor, "en")
    choose(visitor, unknown)
    assert language(visitor) == "en"


def test_a_choice_is_this_browsers_alone(app: Flask) -> None:
    one, other = world.browser(app), world.browser(app)
    choose(one, "en")
    assert (language(one), language(other)) == ("en", "zh-CN")


def test_it_is_kept_when_one_signs_in_and_out(app: Flask, place: District) -> None:
    browser = world.browser(app)
    choose(browser, "en")
    account = {"account": "wangfang", "password": PASSWORD}
    desk = f"/{place.code}/-/"

    for way_out in ("sign-out", "me/sign-out-everywhere"):
        assert browser.send(f"{desk}sign-in", account).headers["Location"] == desk
        assert language(browser, desk) == "en"
        assert browser.send(f"{desk}{way_out}").status_code == 303
        assert language(browser, f"/{place.code}") == "en"


def test_it_is_kept_when_one_uses_a_link(district: District, visitor: Browser) -> None:
    choose(visitor, "en")
    url = f"/{district.code}/-/link/{district.link}"
    assert visitor.send(url, {"password": PASSWORD}).status_code == 303
    assert language(visitor, f"/{district.code}/-/") == "en"


def test_core_and_plugins_speak_the_same_language_on_a_page(place: District) -> None:
    community = place.communities[0]
    admin = place.person("administrator", community)
    paths = (f"/{community}/-/", f"/{community}/volunteer/", f"/{community}/volunteer/new")
    for path in paths:
        assert CHINESE.search(headings(admin, path))
    choose(admin, "en")
    for path in paths[1:]:
        text = admin.get(path).text
        menu = text.partition('<nav id="menu"')[2].partition("</nav>")[0]
        labels = re.findall(r'class="menu-label">([^<]+)<', menu)
        assert labels
        assert not [label for label in labels if CHINESE.search(label)]
        assert headings(admin, path).isascii()


def headings(browser: Browser, path: str) -> str:
    page = browser.get(path)
    assert page.status_code == 200
    return str(page.text.partition("<h1>")[2].partition("</h1>")[0])


def test_the_language_in_use_is_marked(visitor: Browser) -> None:
    for locale, label in (("en", "English"), ("zh_Hans", "中文")):
        choose(visitor, locale)
        marked = re.findall(r'aria-current="true">([^<]+)</button>', visitor.get("/").text)
        assert marked == [label]


def test_refusals_are_in_the_readers_language(place: District, visitor: Browser) -> None:
    url = f"/{place.code}/-/sign-in"
    wrong = {"account": "nobody-here", "password": "wrong"}
    chinese = visitor.send(url, wrong, headers={"Accept": "text/html"}).text
    choose(visitor, "en")
    english = visitor.send(url, wrong).text
    assert "The account or the password is not right." in english
    assert "The account or the password is not right." not in chinese


def test_commands_and_jobs_speak_english(app: Flask) -> None:
    with app.app_context():
        assert str(NotFound()) == "There is nothing at this address, or it is not open to you."
