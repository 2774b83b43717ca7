"""Confirming hours: what counts by the rule, once and only once, whoever confirms at once."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select, update

from core.clock import local, now
from core.db import db
from core.jobs import tasks
from core.testing.world import Browser, District
from plugins.volunteer.models import Activity, Attendance, PointsRule, Transfer
from plugins.volunteer.rules import hours

ENGLISH = {"Accept-Language": "en"}
Come = Callable[..., dict[str, UUID]]
Confirm = Callable[..., Any]
HAILIN = {"step_minutes": 30, "activity_cap_hours": 2, "day_cap_hours": 3, "points_per_hour": 1}


def counted(district: District) -> dict[UUID, int | None]:
    """The confirmed minutes of every attendance."""
    with district.entered():
        rows = db.session.execute(select(Attendance.id, Attendance.minutes_confirmed))
        return {row[0]: row[1] for row in rows}


def posted(district: District) -> dict[UUID, int]:
    """The points given for every attendance."""
    with district.entered():
        rows = db.session.execute(select(Transfer.cause_id, Transfer.points))
        found = [(row[0], row[1]) for row in rows]
    assert len(dict(found)) == len(found)
    return dict(found)


def run_job(district: District, answer: Any) -> None:
    """Do what a worker does with the job that a page began."""
    assert answer.status_code == 303, answer.text
    with district.app.app_context():
        tasks.run_job(district.tenant, answer.location.rpartition("/")[2])


def test_presence_becomes_hours_and_hours_become_points(
    district: District,
    staff: Browser,
    running: Callable[..., str],
    come: Come,
    confirm: Confirm,
    set_rule: Callable[..., None],
) -> None:
    set_rule(**HAILIN)
    page = running()
    there = come(page, {"王芳": 95, "李雷": 180, "韩梅": 29, "周敏": None})
    shown = staff.get(f"{page}/attendance").text
    for name, most in (("王芳", "1.5"), ("李雷", "2"), ("韩梅", "0")):
        assert f'name="hours-{there[name]}"' in shown
        assert f'value="{most}"' in shown.partition(f'name="hours-{there[name]}"')[2][:400], name

    done = confirm(page, {there["王芳"]: "1.5", there["李雷"]: "１", there["韩梅"]: "0"})

    assert done.location == f"{page}/attendance#line-{there['王芳']}"
    assert "<dd>2.5 h</dd>" in staff.get(f"{page}/attendance", headers=ENGLISH).text
    assert counted(district) == {
        there["王芳"]: 90,
        there["李雷"]: 60,
        there["韩梅"]: 0,
        there["周敏"]: None,
    }
    assert posted(district) == {there["王芳"]: 1, there["李雷"]: 1}


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("25", "At most 24 h count for one activity."),
        ("-1", "Hours cannot be negative."),
        ("1.25", "Hours go in steps of 30 minutes."),
        ("", "Enter hours as a number, such as 1.5."),
        ("two", "Enter hours as a number, such as 1.5."),
        ("1e999", "Enter hours as a number, such as 1.5."),
        ("NaN", "Enter hours as a number, such as 1.5."),
    ],
)
def test_hours_that_cannot_be_are_refused_beside_their_field_and_none_are_confirmed(
    district: District,
    running: Callable[..., str],
    come: Come,
    confirm: Confirm,
    refusals: Callable[[str], dict[str, list[str]]],
    typed: str,
    said: str,
) -> None:
    page = running()
    there = come(page, {"王芳": 95, "李雷": 60})
    answer = confirm(page, {there["王芳"]: "1", there["李雷"]: typed})
    assert (answer.status_code, f'id="hours-{there["李雷"]}-errors"' in answer.text) == (422, True)
    assert f"李雷: {said}" in answer.text
    assert f'value="{typed}"' in answer.text
    assert counted(district) == {there["王芳"]: None, there["李雷"]: None}
    assert posted(district) == {}


def test_lines_that_are_not_there_not_out_or_confirmed_are_refused(
    district: District, staff: Browser, running: Callable[..., str], come: Come, confirm: Confirm
) -> None:
    page, other = running(), running()
    there = come(page, {"王芳": 60, "李雷": None})
    foreign = come(other, {"韩梅": 60})
    nothing = staff.send(f"{page}/hours", headers=ENGLISH)
    assert (nothing.status_code, "Choose at least one line." in nothing.text) == (422, True)
    assert confirm(page, {uuid4(): "1"}).status_code == 404
    assert confirm(page, {foreign["韩梅"]: "1"}).status_code == 404
    present = confirm(page, {there["王芳"]: "1", there["李雷"]: "1"})
    assert (present.status_code, "This person has not been checked out." in present.text) == (
        409,
        True,
    )
    assert confirm(page, {there["王芳"]: "1"}).status_code == 303
    again = confirm(page, {there["王芳"]: "1"})
    assert (again.status_code, "These hours are confirmed already." in again.text) == (409, True)
    assert posted(district) == {there["王芳"]: 1}


def test_a_day_never_counts_more_than_its_cap(
    district: District,
    staff: Browser,
    running: Callable[..., str],
    come: Come,
    confirm: Confirm,
    set_rule: Callable[..., None],
) -> None:
    set_rule(**HAILIN)
    first, second, third = running(), running(), running()
    one = come(first, {"王芳": 120})["王芳"]
    two = come(second, {"王芳": 120})["王芳"]
    three = come(third, {"王芳": 120})["王芳"]
    assert confirm(first, {one: "2"}).status_code == 303
    over = confirm(second, {two: "2"})
    assert over.status_code == 422
    assert "At most 3 h count for one day, and 2 h are confirmed already." in over.text
    run_job(district, staff.send(f"{second}/hours/all"))
    run_job(district, staff.send(f"{third}/hours/all"))
    assert counted(district) == {one: 120, two: 60, three: 0}
    assert posted(district) == {one: 2, two: 1}


def test_two_activities_of_a_day_confirmed_at_once_keep_to_the_cap(
    district: District,
    staff: Browser,
    twin: Callable[[Browser], Browser],
    running: Callable[..., str],
    come: Come,
    confirm: Confirm,
    set_rule: Callable[..., None],
) -> None:
    set_rule(**HAILIN | {"day_cap_hours": 2})
    names = [f"志愿者{number}" for number in range(6)]
    pages = [running(), running()]
    lines = [come(page, dict.fromkeys(names, 120)) for page in pages]
    barrier = threading.Barrier(2)

    def send(page: str, there: Mapping[str, UUID]) -> int:
        browser = twin(staff)
        barrier.wait()
        return int(confirm(page, dict.fromkeys(there.values(), "2"), browser).status_code)

    with ThreadPoolExecutor(2) as pool:
        answers = sorted(pool.map(send, pages, lines))
    assert answers == [303, 422]
    assert sorted(posted(district).values()) == [2] * 6


def test_one_line_confirmed_at_once_is_confirmed_once(
    district: District,
    staff: Browser,
    twin: Callable[[Browser], Browser],
    running: Callable[..., str],
    come: Come,
    confirm: Confirm,
) -> None:
    page = running()
    there = come(page, {"王芳": 60})
    barrier = threading.Barrier(8)

    def send(_number: int) -> int:
        browser = twin(staff)
        barrier.wait()
        return int(confirm(page, {there["王芳"]: "1"}, browser).status_code)

    with ThreadPoolExecutor(8) as pool:
        answers = sorted(pool.map(send, range(8)))
    assert answers == [303] + [409] * 7
    assert posted(district) == {there["王芳"]: 1}


def test_the_job_confirms_what_waits_and_nothing_twice(
    district: District, staff: Browser, running: Callable[..., str], come: Come, confirm: Confirm
) -> None:
    page = running()
    there = come(page, {"王芳": 60, "李雷": 90, "韩梅": None})
    assert confirm(page, {there["王芳"]: "0.5"}).status_code == 303
    begun = staff.send(f"{page}/hours/all")
    assert staff.send(f"{page}/hours/all").location == begun.location
    run_job(district, begun)
    run_job(district, begun)
    assert counted(district) == {there["王芳"]: 30, there["李雷"]: 90, there["韩梅"]: None}
    assert posted(district) == {there["李雷"]: 1}
    none = staff.send(f"{page}/hours/all", headers=ENGLISH)
    assert (none.status_code, "No hours wait for confirmation." in none.text) == (409, True)


def test_before_all_are_confirmed_a_page_says_in_figures_what_that_does(
    district: District,
    staff: Browser,
    community: str,
    running: Callable[..., str],
    come: Come,
    confirm: Confirm,
    set_rule: Callable[..., None],
) -> None:
    set_rule(**HAILIN)
    page = running()
    there = come(page, {"王芳": 95, "李雷": 180, "韩梅": 29, "周敏": None, "赵云": 60})
    come(running(), {"孙武": 60})
    assert confirm(page, {there["赵云"]: "1"}).status_code == 303
    shown = staff.get(f"{page}/attendance").text
    assert f'<a class="btn" href="{page}/hours/all">' in shown

    asked = staff.get(f"{page}/hours/all", headers=ENGLISH).text
    for said in (
        "The hours of 3 people will be confirmed, at most 3.5 h in all.",
        "At least 1 of them gets 0 hours.",
        "Confirmed hours cannot be changed afterwards.",
        "Hours typed on the page before are not taken over.",
    ):
        assert said in asked, said
    assert f'action="{page}/hours/all"' in asked
    assert set(counted(district).values()) == {None, 60}
    assert district.person("viewer", community).get(f"{page}/hours/all").status_code == 403

    run_job(district, staff.send(f"{page}/hours/all"))
    assert counted(district)[there["王芳"]] == 90
    none = staff.get(f"{page}/hours/all", headers=ENGLISH, follow_redirects=True)
    assert none.request.path == f"{page}/attendance"
    assert "No hours wait for confirmation." in none.text


def test_another_rule_is_another_version_and_what_was_given_keeps_its_own(
    district: District,
    running: Callable[..., str],
    come: Come,
    confirm: Confirm,
    set_rule: Callable[..., None],
) -> None:
    set_rule(**HAILIN)
    page = running()
    there = come(page, {"王芳": 120, "李雷": 120, "韩梅": 120})
    assert confirm(page, {there["王芳"]: "2"}).status_code == 303
    set_rule(**HAILIN | {"points_per_hour": 3})
    assert confirm(page, {there["李雷"]: "2"}).status_code == 303
    set_rule(**HAILIN)
    assert confirm(page, {there["韩梅"]: "2"}).status_code == 303
    with district.entered():
        rules = db.session.execute(
            select(PointsRule.number, PointsRule.points_per_hour).order_by(PointsRule.number)
        ).all()
        given = db.session.execute(
            select(Transfer.cause_id, Transfer.points, PointsRule.number).join(
                PointsRule, PointsRule.id == Transfer.rule_id
            )
        ).all()
    assert [tuple(row) for row in rules] == [(1, 1), (2, 3), (3, 1)]
    assert {tuple(row) for row in given} == {
        (there["王芳"], 2, 1),
        (there["李雷"], 6, 2),
        (there["韩梅"], 2, 3),
    }


def test_a_day_is_the_district_s_by_the_beginning_of_the_activity(
    district: District, running: Callable[..., str], come: Come
) -> None:
    today = local(now()).date()
    come(running(), {"王芳": 60})
    with district.entered():
        days = db.session.execute(select(Attendance.served_on)).scalars().all()
    assert days == [today]


@pytest.mark.parametrize(
    ("came", "left", "counted_as"),
    [(-60, 30, 30), (30, 100, 60), (-60, -10, 0), (100, 200, 0), (-30, 600, 90), (10, 40, 30)],
)
def test_time_outside_the_activity_is_not_suggested(
    came: int,
    left: int,
    counted_as: int,
    district: District,
    staff: Browser,
    running: Callable[..., str],
    come: Come,
) -> None:
    page = running()
    there = come(page, {"王芳": 1})
    with district.entered():
        begins = now() - timedelta(minutes=1000)
        for table, values in (
            (Activity, {"starts_at": begins, "ends_at": begins + timedelta(minutes=90)}),
            (
                Attendance,
                {
                    "checked_in_at": begins + timedelta(minutes=came),
                    "checked_out_at": begins + timedelta(minutes=left),
                },
            ),
        ):
            rows: Any = table.__table__
            db.session.connection().execute(
                update(rows).where(rows.c.tenant_id == district.tenant).values(**values)
            )
    shown = staff.get(f"{page}/attendance").text
    assert f'value="{hours(counted_as)}"' in shown
    asked = staff.get(f"{page}/hours/all", headers=ENGLISH).text
    assert (
        f"The hours of 1 person will be confirmed, at most {hours(counted_as)} h in all." in asked
    )
    nobody = "By their presence here, nobody gets 0 hours."
    assert ("At least 1 of them gets 0 hours." in asked, nobody in asked) == (
        counted_as == 0,
        counted_as > 0,
    )
    run_job(district, staff.send(f"{page}/hours/all"))
    assert counted(district) == {there["王芳"]: counted_as}
