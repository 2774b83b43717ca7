"""What Volunteer says on pages of core, before it is switched off, and as an indicator."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from sqlalchemy import select

from core.clock import now
from core.db import db
from core.events.models import EventOutbox
from core.indicators import tasks
from core.indicators.models import IndicatorValue
from core.indicators.periods import period_at
from core.testing.world import Browser, District

ENGLISH = {"Accept-Language": "en"}
Come = Callable[..., dict[str, UUID]]
Confirm = Callable[..., Any]
PRESENT = "1 volunteer is checked in and not out."
WAITING = "The hours of 2 attendances wait to be confirmed."


def test_the_desk_says_what_waits_and_the_public_page_what_was_given(
    district: District,
    staff: Browser,
    visitor: Browser,
    community: str,
    running: Callable[..., str],
    come: Come,
    confirm: Confirm,
) -> None:
    page, done = running(), running(title="车棚")
    viewer = district.person("viewer", community)
    there = come(page, {"王芳": 90, "李雷": 60, "韩梅": None})
    desk = staff.get(f"/{community}/-/", headers=ENGLISH).text
    assert (PRESENT in desk, WAITING in desk) == (True, True)
    assert f'<a href="{page}/attendance">清扫楼道</a>' in desk
    assert f"{done}/attendance" not in desk
    assert PRESENT not in viewer.get(f"/{community}/-/", headers=ENGLISH).text
    assert "This month" not in visitor.get(f"/{community}", headers=ENGLISH).text

    assert confirm(page, {there["王芳"]: "1.5", there["李雷"]: "1"}).status_code == 303
    desk = staff.get(f"/{community}/-/", headers=ENGLISH).text
    assert (PRESENT in desk, "wait to be confirmed" in desk) == (True, False)
    public = visitor.get(f"/{community}", headers=ENGLISH).text
    assert "This month 2 neighbours have given 2.5 h." in public
    assert "王芳" not in public


def test_the_desk_names_no_more_than_three_activities_that_are_still_open(
    staff: Browser, district: District, community: str, running: Callable[..., str], come: Come
) -> None:
    pages = [running(title=f"活动{number}") for number in range(4)]
    for number, page in enumerate(pages):
        come(page, {f"志愿者{number}": None})
    desk = staff.get(f"/{community}/-/", headers=ENGLISH).text
    named = [page for page in pages if f'href="{page}/attendance"' in desk]
    assert ("4 volunteers are checked in and not out." in desk, len(named)) == (True, 3)


def test_switching_off_says_what_is_open_and_loses_nothing(
    district: District,
    staff: Browser,
    community: str,
    running: Callable[..., str],
    come: Come,
    confirm: Confirm,
) -> None:
    page = running()
    there = come(page, {"王芳": 90, "李雷": 60, "韩梅": None})
    admin = district.person("administrator", community)
    asked = admin.get(f"/{community}/-/apps/volunteer/disable", headers=ENGLISH)
    assert asked.status_code == 200
    assert (PRESENT in asked.text, WAITING in asked.text) == (True, True)
    assert admin.send(f"/{community}/-/apps/volunteer/disable").status_code == 303
    assert staff.get(f"{page}/attendance").status_code == 404
    assert admin.send(f"/{community}/-/apps/volunteer/enable").status_code == 303
    assert confirm(page, {there["王芳"]: "1.5"}).status_code == 303


def test_a_step_of_confirming_tells_it_once_with_hours_and_points(
    district: District, running: Callable[..., str], come: Come, confirm: Confirm
) -> None:
    page = running()
    there = come(page, {"王芳": 90, "李雷": 20})
    assert confirm(page, {there["王芳"]: "1.5", there["李雷"]: "0"}).status_code == 303
    assert confirm(page, {there["王芳"]: "1.5"}).status_code == 409
    with district.entered():
        rows = db.session.execute(
            select(EventOutbox.name, EventOutbox.payload).order_by(EventOutbox.name)
        )
        found = {row.name: row.payload for row in rows}
    assert sorted(found) == ["volunteer.hours_confirmed", "volunteer.points_posted"]
    confirmed, points = found.values()
    activity = page.rpartition("/")[2]
    assert (confirmed["activity"], confirmed["rule"]) == (activity, 1)
    assert set(zip(confirmed["attendances"], confirmed["minutes"], strict=True)) == {
        (str(there["王芳"]), 90),
        (str(there["李雷"]), 0),
    }
    whose = dict(zip(confirmed["attendances"], confirmed["volunteers"], strict=True))
    assert (points["volunteers"], points["points"]) == ([whose[str(there["王芳"])]], [1])


def test_the_indicator_counts_the_month_s_confirmed_minutes_of_every_community(
    district: District,
    community: str,
    running: Callable[..., str],
    come: Come,
    confirm: Confirm,
) -> None:
    page = running()
    there = come(page, {"王芳": 90, "李雷": 60, "韩梅": 60})
    assert confirm(page, {there["王芳"]: "1.5", there["李雷"]: "1"}).status_code == 303
    neighbour = district.neighbour(community)
    district.enable("volunteer", neighbour)
    with district.app.app_context():
        tasks.refresh(district.tenant)
    key = period_at("month", now()).key
    with district.entered():
        rows = db.session.execute(
            select(IndicatorValue.place_id, IndicatorValue.value).where(
                IndicatorValue.indicator == "volunteer.hours", IndicatorValue.period == key
            )
        )
        found = {row.place_id: row.value for row in rows}
        assert found == {
            district.place(community).id: 150,
            district.place(neighbour).id: 0,
        }
