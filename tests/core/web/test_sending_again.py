"""A form that arrives without a good session or token: what was typed can be sent again."""

from __future__ import annotations

import html
import re
from io import BytesIO
from typing import Any

import pytest
from flask import Flask

from core.testing.world import Browser, District

OURS = {"Origin": "http://localhost", "Accept-Language": "en"}
TYPED = {"kind": "other", "name": '"><b>第一\r\n小组', "credit_code": ""}


def kept(page: str) -> dict[str, str]:
    """The fields that the page would send again."""
    form = page.partition('<form class="form"')[2].partition("</form>")[0]
    found = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', form)
    return {name: html.unescape(value) for name, value in found}


def without_token(page: str) -> dict[str, str]:
    fields = kept(page)
    fields.pop("csrf_token")
    return fields


def organisations(district: District) -> str:
    return f"/{district.communities[0]}/-/organisations"


def test_a_token_that_ended_costs_one_press(district: District) -> None:
    clerk = district.person("staff", district.communities[0])
    path = organisations(district)
    late = clerk.post(f"{path}/new", data=TYPED | {"csrf_token": "old"}, headers=OURS)
    assert late.status_code == 400
    assert "<h1>The page was open too long</h1>" in late.text
    assert without_token(late.text) == TYPED
    assert "小组" not in clerk.get(path).text
    assert clerk.post(f"{path}/new", data=kept(late.text), headers=OURS).status_code == 303
    assert "第一" in clerk.get(path).text


@pytest.mark.parametrize("how", ["the cookie is gone", "the session was ended"])
def test_who_was_signed_out_signs_in_beside_it_and_goes_on(
    app: Flask, district: District, how: str
) -> None:
    own, path = district.communities[0], organisations(district)
    clerk = district.person("staff", own, login="wangfang", password="correct-horse-1")
    token = clerk.csrf_token()
    if how == "the cookie is gone":
        clerk.delete_cookie(app.config["SESSION_COOKIE_NAME"])
    else:
        with clerk.session_transaction() as session:
            session["ticket"] = session["ticket"][:-4] + "AAAA"
    page = clerk.post(f"{path}/new", data=TYPED | {"csrf_token": token}, headers=OURS)
    assert page.status_code == 401
    assert "<h1>You are signed out</h1>" in page.text
    assert without_token(page.text) == TYPED
    (sign_in,) = re.findall(r'<a class="btn" href="([^"]+)" target="_blank"', page.text)
    assert sign_in == f"/{district.code}/-/sign-in?next=/{own}/-/"
    still = clerk.post(f"{path}/new", data=kept(page.text), headers=OURS)
    assert (still.status_code, without_token(still.text)) == (401, TYPED)
    known = {"account": "wangfang", "password": "correct-horse-1"}
    assert clerk.send(sign_in, known).status_code == 303
    again = clerk.post(f"{path}/new", data=kept(still.text), headers=OURS)
    assert (again.status_code, without_token(again.text)) == (400, TYPED)
    assert clerk.post(f"{path}/new", data=kept(again.text), headers=OURS).status_code == 303


def test_nothing_is_kept_for_another_site(district: District) -> None:
    clerk = district.person("staff", district.communities[0])
    path = f"{organisations(district)}/new"
    for sender in (
        {},
        {"Origin": "null"},
        {"Origin": "http://evil.example"},
        {"Origin": "https://localhost"},
        {"Origin": "http://["},
        {"Referer": "http://evil.example/localhost"},
        {"Origin": "http://evil.example", "Referer": "http://localhost/"},
    ):
        refused = clerk.post(path, data=TYPED | {"csrf_token": "old"}, headers=sender)
        assert (refused.status_code, kept(refused.text)) == (400, {}), sender
    fitting: dict[str, Any] = {"Referer": "http://localhost/x"}
    assert clerk.post(path, data=TYPED, headers=fitting).text.count("小组") == 1


def test_nothing_is_kept_where_passwords_are_typed_or_one_has_no_business(
    district: District, visitor: Browser
) -> None:
    own = district.communities[0]
    clerk = district.person("staff", own)
    next_door = f"/{district.neighbour(own)}/-/organisations/new"
    for who, path in (
        (clerk, f"/{own}/-/me/password"),
        (visitor, f"/{own}/-/me/password"),
        (visitor, f"/{district.code}/-/sign-in"),
        (clerk, next_door),
    ):
        typed = {"password": "correct-horse-1", "csrf_token": "old"}
        refused = who.post(path, data=typed, headers=OURS)
        assert (refused.status_code, kept(refused.text)) == (400, {}), path
        assert "correct-horse-1" not in refused.text


def test_files_are_said_to_be_missing(district: District) -> None:
    clerk = district.person("staff", district.communities[0])
    sent = TYPED | {"paper": (BytesIO(b"%PDF-"), "a.pdf")}
    page = clerk.post(
        f"{organisations(district)}/new",
        data=sent,
        headers=OURS,
        content_type="multipart/form-data",
    )
    assert page.status_code == 400
    assert "Files are not kept: you will be asked to choose them again." in page.text
