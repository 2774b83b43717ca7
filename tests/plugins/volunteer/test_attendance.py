"""Checking in and out by staff: those who signed up, and those who just came."""

from __future__ import annotations

import html
import re
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update

from core.clock import now
from core.db import db
from core.testing.world import Browser, District
from plugins.volunteer.models import Attendance, SignUp, Volunteer

ENGLISH = {"Accept-Language": "en"}
ALREADY_IN = "This person has been checked in already."
NOT_IN = "This person has not been checked in, so cannot be checked out."
ALREADY_OUT = "This person has been checked out already."


def sign_up(staff: Browser, page: str, number: int = 1) -> str:
    """Sign somebody up; return the address of their line."""
    person = {"name": f"志愿者{number:02}", "phone": f"138000001{number:02}"}
    before = lines(staff, page)
    assert staff.send(f"{page}/sign-ups", person).status_code == 303
    (line,) = lines(staff, page) - before
    return line


def lines(staff: Browser, page: str) -> set[str]:
    found = re.findall(r'href="([^"]+/sign-ups/[^"]+)/withdraw"', staff.get(page).text)
    return set(found)


def test_somebody_comes_and_leaves(
    district: District, staff: Browser, running: Callable[..., str]
) -> None:
    page = running()
    line = sign_up(staff, page)
    shown = staff.get(f"{page}/attendance").text
    assert (f"{line}/check-in" in shown, f"{line}/check-out" in shown) == (True, False)

    came = staff.send(f"{line}/check-in").location
    shown = staff.get(f"{page}/attendance").text
    assert (f"{line}/check-in" in shown, f"{line}/check-out" in shown) == (False, True)

    assert staff.send(f"{line}/check-out").location == came
    shown = staff.get(f"{page}/attendance").text
    assert (f"{line}/check-in" in shown, f"{line}/check-out" in shown) == (False, False)
    with district.entered():
        (there,) = db.session.execute(select(Attendance)).scalars()
        assert came == f"{page}/attendance#line-{there.id}"
        assert f'id="line-{there.id}"' in shown
        assert there.checked_out_at is not None
        assert there.checked_in_at < there.checked_out_at
        assert (there.how, there.minutes_confirmed) == ("staff", None)


def test_twice_in_out_before_in_and_twice_out_are_refused_and_change_nothing(
    district: District, staff: Browser, running: Callable[..., str]
) -> None:
    page = running()
    line = sign_up(staff, page)
    for door, status, said in (
        ("check-out", 409, NOT_IN),
        ("check-in", 303, ""),
        ("check-in", 409, ALREADY_IN),
        ("check-out", 303, ""),
        ("check-out", 409, ALREADY_OUT),
        ("check-in", 409, ALREADY_OUT),
    ):
        answer = staff.send(f"{line}/{door}", headers=ENGLISH)
        assert (answer.status_code, said in answer.text) == (status, True), door
    with district.entered():
        assert db.session.execute(select(func.count(Attendance.id))).scalar_one() == 1


def test_the_list_keeps_its_place_and_finds_a_name(
    district: District, staff: Browser, running: Callable[..., str]
) -> None:
    page = running()
    people = [sign_up(staff, page, number) for number in range(21)]
    part = f"{page}/attendance?page=2&size=20"
    shown = html.unescape(staff.get(part).text)
    assert re.findall(r"志愿者\d\d", shown)[:1] == ["志愿者20"]
    (door,) = re.findall(r'action="([^"]+/check-in[^"]*)"', shown)
    assert door == f"{people[20]}/check-in?page=2&size=20"
    came = staff.send(door)
    with district.entered():
        (there,) = db.session.execute(select(Attendance.id)).scalars()
    assert came.location == f"{part}#line-{there}"
    again = staff.send(door)
    assert (again.status_code, "志愿者20" in again.text, "志愿者19" in again.text) == (
        409,
        True,
        False,
    )
    odd = staff.send(f"{people[20]}/check-out?page=-3&size=7&next=//elsewhere")
    assert odd.location == f"{page}/attendance#line-{there}"

    walked = {"name": "100%_王芳", "phone": "13900000001"}
    assert staff.send(f"{page}/attendance/walk-in?size=20", walked).location.startswith(
        f"{page}/attendance?size=20#line-"
    )
    for name, found in (("王", ["100%_王芳"]), ("%_", ["100%_王芳"]), ("者07", ["志愿者07"])):
        shown = staff.get(f"{page}/attendance", query_string={"name": name}).text
        table = shown.partition("<tbody")[2].partition("</tbody>")[0]
        assert sorted(set(re.findall(r"志愿者\d\d|100%_王芳", table))) == found, name
    none = staff.get(f"{page}/attendance?name=nobody", headers=ENGLISH).text
    assert "No volunteer fits this filter" in none


def test_whoever_just_comes_is_signed_up_with_it_even_when_all_places_are_taken(
    district: District, staff: Browser, running: Callable[..., str]
) -> None:
    page = running(capacity="1")
    sign_up(staff, page)
    entry = {"name": "王芳", "phone": "+86 139-0000-0001"}
    assert staff.send(f"{page}/attendance/walk-in", entry).status_code == 303
    again = staff.send(f"{page}/attendance/walk-in", entry, headers=ENGLISH)
    assert (again.status_code, ALREADY_IN in again.text) == (409, True)
    other = staff.send(f"{page}/attendance/walk-in", entry | {"name": "李雷"}, headers=ENGLISH)
    assert other.status_code == 409
    assert "This number is known here under another name." in other.text
    with district.entered():
        assert db.session.execute(select(func.count(SignUp.id))).scalar_one() == 2
        assert db.session.execute(select(func.count(Volunteer.id))).scalar_one() == 2
    edit = staff.get(f"{page}/edit").text
    kept = dict(re.findall(r'name="(starts_at|ends_at)"[^>]* value="([^"]+)"', edit))
    changed = {"title": "清扫车棚", "description": "x", "location": "y", "organiser": "z"}
    whole = changed | kept | {"risks": "无", "capacity": "1"}
    assert staff.send(f"{page}/edit", whole).status_code == 303


@pytest.mark.parametrize(
    "wrong", [{"name": "", "phone": "13900000001"}, {"name": "x", "phone": "1"}]
)
def test_somebody_without_name_or_number_is_not_checked_in(
    district: District, staff: Browser, running: Callable[..., str], wrong: dict[str, str]
) -> None:
    answer = staff.send(f"{running()}/attendance/walk-in", wrong)
    assert (answer.status_code, "field-errors" in answer.text) == (422, True)
    with district.entered():
        assert db.session.execute(select(Volunteer.id)).all() == []


def test_the_door_opens_two_hours_before_and_only_for_what_is_published(
    staff: Browser, write: Callable[..., str], publish: Callable[..., str]
) -> None:
    later, draft = publish(), write()
    line = sign_up(staff, later)
    early = staff.send(f"{line}/check-in", headers=ENGLISH)
    assert early.status_code == 409
    assert "Checking in opens 2 hours before the activity begins." in early.text
    entry = {"name": "王芳", "phone": "13900000001"}
    refused = staff.send(f"{draft}/attendance/walk-in", entry, headers=ENGLISH)
    assert refused.status_code == 409
    assert "People are checked in at published activities." in refused.text


def test_what_people_came_to_keeps_its_day_its_sign_ups_and_is_not_cancelled(
    staff: Browser, running: Callable[..., str], shown: Callable[[str, str], str]
) -> None:
    page = running()
    line = sign_up(staff, page)
    assert staff.send(f"{line}/check-in").status_code == 303
    edit = staff.get(f"{page}/edit").text
    names = ("title", "description", "location", "organiser", "risks", "capacity")
    entries = {name: shown(edit, name) for name in names}
    moved = entries | {"starts_at": "2099-05-01T09:00", "ends_at": "2099-05-01T11:00"}
    for path, data in (
        (f"{page}/edit", moved),
        (f"{page}/cancel", {"reason": "下雨"}),
        (f"{line}/withdraw", {}),
    ):
        assert staff.send(path, data).status_code == 409, path


def test_twenty_at_the_door_at_once(
    district: District,
    staff: Browser,
    twin: Callable[[Browser], Browser],
    running: Callable[..., str],
) -> None:
    page = running()
    people = [sign_up(staff, page, number) for number in range(10)]
    barrier = threading.Barrier(20)

    def send(path: str) -> int:
        browser = twin(staff)
        barrier.wait()
        return int(browser.send(path).status_code)

    with ThreadPoolExecutor(20) as pool:
        answers = sorted(pool.map(send, [f"{line}/check-in" for line in people * 2]))
    assert answers == [303] * 10 + [409] * 10
    with district.entered():
        assert db.session.execute(select(func.count(Attendance.id))).scalar_one() == 10


def test_who_may_check_in_and_nobody_elsewhere(
    district: District, staff: Browser, community: str, running: Callable[..., str]
) -> None:
    page = running()
    line = sign_up(staff, page)
    neighbour = district.neighbour(community)
    district.enable("volunteer", neighbour)
    viewer, stranger = district.person("viewer", community), district.person("staff", neighbour)
    attendance = f"{page}/attendance"
    assert viewer.get(attendance).status_code == 403
    assert stranger.get(attendance).status_code == 404
    for path in (f"{line}/check-in", f"{line}/check-out", f"{attendance}/walk-in", f"{page}/hours"):
        data: dict[str, Any] = {"name": "王芳", "phone": "13900000001"}
        assert viewer.send(path, data).status_code == 403, path
        assert stranger.send(path, data).status_code == 404, path
        assert stranger.send(path.replace(community, neighbour), data).status_code == 404, path
    with district.entered():
        assert db.session.execute(select(Attendance.id)).all() == []


def test_two_check_outs_at_once_are_one(
    district: District, staff: Browser, community: str, running: Callable[..., str]
) -> None:
    page = running()
    assert staff.send(f"{sign_up(staff, page)}/check-in").status_code == 303
    with district.entered():
        (there,) = db.session.execute(select(Attendance.id)).scalars()
    programs = [district.program("staff", community) for _ in range(2)]
    url = f"/api/v1/places/{community}/plugins/volunteer/attendances/{there}/check-out"
    with ThreadPoolExecutor(2) as pool:
        with district.entered():
            db.session.execute(select(Attendance).filter_by(id=there).with_for_update())
            sent = [pool.submit(program.post, url) for program in programs]
            time.sleep(1)
            assert [answer.done() for answer in sent] == [False, False]
        assert sorted(answer.result().status_code for answer in sent) == [200, 409]


def test_a_clock_that_is_behind_is_asked_to_try_again(
    district: District, staff: Browser, running: Callable[..., str]
) -> None:
    page = running()
    line = sign_up(staff, page)
    assert staff.send(f"{line}/check-in").status_code == 303
    with district.entered():
        table: Any = Attendance.__table__
        later = now() + timedelta(seconds=5)
        db.session.connection().execute(
            update(table).where(table.c.tenant_id == district.tenant).values(checked_in_at=later)
        )
    refused = staff.send(f"{line}/check-out", headers=ENGLISH)
    said = "This person was checked in only just now. Please try again."
    assert (refused.status_code, said in refused.text) == (409, True)
    with district.entered():
        (there,) = db.session.execute(select(Attendance)).scalars()
        assert there.checked_out_at is None
