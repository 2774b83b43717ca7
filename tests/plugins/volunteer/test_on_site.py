"""The code on site: who has it may check in and out; who guesses learns nothing and is stopped."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select, update

from core.clock import now
from core.db import db
from core.testing import world
from core.testing.world import Browser, District
from plugins.volunteer.models import Activity, Attendance

ENGLISH = {"Accept-Language": "en"}
PHONE = "13812345678"
REFUSED = "The code is wrong, or nobody signed up with this number. Please ask the staff."
LEFT = "You have checked out already. Please ask the staff if that was a mistake."
CLOSED = "Checking in by code is not open now. Please ask the staff."


@pytest.fixture
def page(staff: Browser, running: Callable[..., str]) -> str:
    """An activity under way for which 王芳 signed up."""
    made = running()
    person = {"name": "王芳", "phone": PHONE}
    assert staff.send(f"{made}/sign-ups", person).status_code == 303
    return made


@pytest.fixture
def link(staff: Browser, page: str) -> str:
    """What the code on site leads to, without the host."""
    address = re.search(
        r"https?://[^/]+(/\d+/volunteer/check-in/[^<\s]+)", staff.get(f"{page}/code").text
    )
    assert address is not None
    return address[1]


def door(link: str) -> str:
    return link.partition("?")[0]


def code_of(link: str) -> str:
    return link.partition("code=")[2]


def there(district: District) -> list[tuple[str, bool]]:
    """How each one was checked in, and whether they left."""
    with district.entered():
        rows = db.session.execute(select(Attendance.how, Attendance.checked_out_at))
        return [(how, left is not None) for how, left in rows]


def test_the_sheet_shows_the_code_and_the_phone_checks_in_and_out_with_it(
    district: District, staff: Browser, visitor: Browser, page: str, link: str
) -> None:
    code = code_of(link)
    assert re.fullmatch(r"\d{6}", code)
    assert "<svg" in staff.get(f"{page}/code").text
    form = visitor.get(link, headers=ENGLISH)
    assert (form.status_code, f'value="{code}"' in form.text) == (200, True)
    assert "王芳" not in form.text
    assert "Your number is used to find your sign-up and to record your hours." in form.text

    came = visitor.send(
        door(link), {"phone": "138 1234 5678", "code": code, "in": "1"}, follow_redirects=True
    )
    assert (came.status_code, there(district)) == (200, [("code", False)])
    left = visitor.send(
        door(link),
        {"phone": PHONE, "code": code, "out": "1"},
        headers=ENGLISH,
        follow_redirects=True,
    )
    assert "You are checked out. Thank you for your help." in left.text
    assert there(district) == [("code", True)]
    for answer in (came, left):
        assert "王芳" not in answer.text
        assert PHONE[-4:] not in answer.text


def test_staff_and_the_plugin_s_page_say_alike_what_the_number_is_for(
    district: District, staff: Browser, community: str, page: str
) -> None:
    beside = staff.get(page, headers=ENGLISH).text
    said = "to reach the person about activities and to know whose hours and points they are."
    assert f"Kept encrypted, {said}" in beside
    administrator = district.person("administrator", community)
    about = administrator.get(f"/{community}/-/apps/volunteer", headers=ENGLISH).text
    assert "To reach them about activities and to know whose hours and points they are" in about


def test_a_wrong_code_and_an_unknown_number_are_answered_alike(
    district: District, visitor: Browser, link: str
) -> None:
    code = code_of(link)
    wrong = f"{(int(code) + 1) % 10**6:06}"
    answers = []
    for phone, typed in ((PHONE, wrong), ("13900000001", code), ("13900000001", wrong)):
        entry = {"phone": phone, "code": typed, "in": "1"}
        answer = visitor.send(door(link), entry, headers=ENGLISH)
        assert (answer.status_code, REFUSED in answer.text) == (422, True)
        text = re.sub(r'nonce="[^"]+"|name="csrf_token" value="[^"]+"', "", answer.text)
        answers.append(text.replace(phone, "").replace(typed, ""))
    assert len(set(answers)) == 1
    assert there(district) == []


def test_out_before_in_twice_in_and_no_number_are_refused(
    district: District, visitor: Browser, link: str, refusals: Callable[[str], dict[str, list[str]]]
) -> None:
    entry = {"phone": PHONE, "code": code_of(link)}
    for button, status, said in (
        ("out", 409, "You have not checked in yet, so you cannot check out."),
        ("in", 303, ""),
        ("in", 409, "You have checked in already."),
        ("out", 303, ""),
        ("out", 409, LEFT),
        ("in", 409, LEFT),
    ):
        answer = visitor.send(door(link), entry | {button: "1"}, headers=ENGLISH)
        assert (answer.status_code, said in answer.text) == (status, True)
    bad = visitor.send(door(link), {"phone": "1", "code": "1", "in": "1"}, headers=ENGLISH)
    assert bad.status_code == 422
    assert refusals(bad.text) == {"phone": ["Enter a mobile number of 11 digits."]}
    assert there(district) == [("code", True)]


def test_a_clock_that_is_behind_tells_helpers_themselves_to_try_again(
    district: District, visitor: Browser, link: str
) -> None:
    entry = {"phone": PHONE, "code": code_of(link)}
    assert visitor.send(door(link), entry | {"in": "1"}).status_code == 303
    with district.entered():
        table: Any = Attendance.__table__
        later = now() + timedelta(seconds=30)
        db.session.connection().execute(
            update(table).where(table.c.tenant_id == district.tenant).values(checked_in_at=later)
        )
    answer = visitor.send(door(link), entry | {"out": "1"}, headers=ENGLISH)
    said = "You checked in only just now. Please try again."
    assert (answer.status_code, said in answer.text) == (409, True)


def test_guessing_is_stopped_and_others_go_on(
    app: Flask, district: District, visitor: Browser, link: str
) -> None:
    guesses = [
        visitor.send(door(link), {"phone": PHONE, "code": f"{n:06}", "in": "1"}).status_code
        for n in range(25)
        if f"{n:06}" != code_of(link)
    ]
    assert guesses[:20] == [422] * 20
    assert set(guesses[20:]) == {429}
    entry = {"phone": PHONE, "code": code_of(link), "in": "1"}
    assert visitor.send(door(link), entry).status_code == 429
    assert world.browser(app).send(door(link), entry).status_code == 303


def test_many_addresses_together_guess_no_more_than_two_hundred_times_an_hour(
    app: Flask, district: District, running: Callable[..., str], visitor: Browser, link: str
) -> None:
    guess = {"phone": PHONE, "code": "1", "in": "1"}
    for waits in (5, *[0] * 9):
        stranger = world.browser(app)
        statuses = [stranger.send(door(link), guess).status_code for _ in range(20 + waits)]
        assert statuses == [422] * 20 + [429] * waits
    entry = {"phone": PHONE, "code": code_of(link), "in": "1"}
    stopped = visitor.send(door(link), entry, headers=ENGLISH)
    assert (stopped.status_code, "Too many attempts" in stopped.text) == (429, True)
    place, _slash, activity = door(link).rpartition("/")
    assert visitor.send(f"{place}/{activity.upper()}", entry).status_code == 429
    assert there(district) == []
    another = running().replace("/volunteer/", "/volunteer/check-in/")
    assert visitor.send(another, guess).status_code == 422


@pytest.mark.parametrize(
    ("starts", "ends", "status"),
    [(-1, 1, 303), (1.9, 3, 303), (2.1, 3, 409), (-9, -5.9, 303), (-9, -6.1, 409)],
)
def test_it_is_open_from_two_hours_before_to_six_hours_after(
    district: District,
    visitor: Browser,
    page: str,
    link: str,
    starts: float,
    ends: float,
    status: int,
) -> None:
    with district.entered():
        table: Any = Activity.__table__
        db.session.connection().execute(
            update(table)
            .where(
                table.c.tenant_id == district.tenant,
                table.c.id == UUID(page.rpartition("/")[2]),
            )
            .values(
                starts_at=now() + timedelta(hours=starts), ends_at=now() + timedelta(hours=ends)
            )
        )
    entry = {"phone": PHONE, "code": code_of(link), "in": "1"}
    answer = visitor.send(door(link), entry, headers=ENGLISH)
    assert (answer.status_code, CLOSED in answer.text) == (status, status == 409)


def test_a_new_code_ends_the_one_before_and_the_setting_ends_all(
    district: District,
    staff: Browser,
    visitor: Browser,
    page: str,
    link: str,
    set_rule: Callable[..., None],
) -> None:
    assert f'<a class="btn" href="{page}/code/new">' in staff.get(f"{page}/code").text
    asked = staff.get(f"{page}/code/new", headers=ENGLISH).text
    assert "Printed sheets and links with the old code stop working at once." in asked
    assert f'action="{page}/code"' in asked
    assert f"code={code_of(link)}" in staff.get(f"{page}/code").text
    assert staff.send(f"{page}/code").location == f"{page}/code"
    entry = {"phone": PHONE, "code": code_of(link), "in": "1"}
    renewed = code_of(staff.get(f"{page}/code").text.partition("check-in/")[2].partition("<")[0])
    if renewed != code_of(link):
        assert visitor.send(door(link), entry).status_code == 422
    set_rule(check_in_by_code=False)
    closed = visitor.send(door(link), entry | {"code": renewed}, headers=ENGLISH)
    assert (closed.status_code, CLOSED in closed.text) == (409, True)
    set_rule(check_in_by_code=True)
    assert visitor.send(door(link), entry | {"code": renewed}).status_code == 303


def test_drafts_and_cancelled_ones_have_no_door(
    district: District,
    staff: Browser,
    visitor: Browser,
    community: str,
    write: Callable[..., str],
    page: str,
    link: str,
) -> None:
    draft = write().replace("/volunteer/", "/volunteer/check-in/")
    assert visitor.get(draft).status_code == 404
    assert visitor.send(draft, {"phone": PHONE, "code": "000000"}).status_code == 404
    assert staff.send(f"{page}/cancel", {"reason": "下雨"}).status_code == 303
    entry = {"phone": PHONE, "code": code_of(link), "in": "1"}
    assert visitor.send(door(link), entry).status_code == 409
    assert staff.get(f"{page}/code/new").location == f"{page}/code"
    neighbour = district.neighbour(community)
    district.enable("volunteer", neighbour)
    assert visitor.get(link.replace(community, neighbour)).status_code == 404
    viewer = district.person("viewer", community)
    assert viewer.get(f"{page}/code").status_code == 403
