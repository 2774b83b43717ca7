"""What is held about a volunteer, handed out and erased; what must stay, stays without a name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from core import tenancy
from core.db import db, transaction
from core.errors import Conflict
from core.plugin_host.host import plugin_host
from core.privacy import community as communities
from core.privacy import service as privacy
from core.privacy.contract import Subject
from core.testing.world import SYSTEM, Browser, District
from plugins.volunteer.models import Activity, Attendance, Base, SignUp, Transfer, Volunteer
from plugins.volunteer.personal_data import HANDLERS

PHONE = "13812345678"
Come = Callable[..., dict[str, UUID]]
Confirm = Callable[..., Any]


def export(district: District) -> dict[str, list[dict[str, Any]]]:
    """What the plugin hands out about whoever has the number."""
    with district.entered():
        place = district.place(district.code)
        found = privacy.export_person(SYSTEM, plugin_host(), place, Subject(PHONE))
        return {
            s.key: [dict(row) for row in s.rows] for s in found if s.key.startswith("volunteer.")
        }


def erase(district: District) -> dict[str, int]:
    with district.entered():
        place = district.place(district.code)
        counts = privacy.erase_person(SYSTEM, plugin_host(), place, Subject(PHONE))
        return {key: number for key, number in counts.items() if key.startswith("volunteer.")}


@pytest.fixture
def active(
    district: District,
    staff: Browser,
    community: str,
    running: Callable[..., str],
    publish: Callable[..., str],
    come: Come,
    confirm: Confirm,
) -> str:
    """王芳 helped here and next door and will come again; 李雷 stood beside. The first page."""
    page = running()
    people = {"王芳": PHONE, "李雷": "13900000001"}
    for name, phone in people.items():
        entry = {"name": name, "phone": phone}
        assert staff.send(f"{page}/attendance/walk-in", entry).status_code == 303
        assert staff.send(f"{publish()}/sign-ups", entry).status_code == 303
    neighbour = district.neighbour(community)
    district.enable("volunteer", neighbour)
    return page


def finish(district: District, staff: Browser, page: str, confirm: Confirm) -> None:
    """Check everybody out and confirm an hour each."""
    text = staff.get(f"{page}/attendance").text
    for line in {part.partition("/check-out")[0] for part in text.split('action="')[1:]}:
        if "/sign-ups/" in line:
            assert staff.send(f"{line}/check-out").status_code == 303
    with district.entered():
        found = db.session.execute(select(Attendance.id)).scalars().all()
    assert confirm(page, dict.fromkeys(found, "1")).status_code == 303


def test_everything_about_one_person_is_handed_out_and_nothing_of_another(
    district: District, staff: Browser, active: str, confirm: Confirm
) -> None:
    finish(district, staff, active, confirm)
    found = export(district)
    assert {key: len(rows) for key, rows in found.items()} == {
        "volunteer.volunteers": 1,
        "volunteer.activities": 2,
        "volunteer.sign_ups": 2,
        "volunteer.attendances": 1,
        "volunteer.transfers": 1,
    }
    (person,) = found["volunteer.volunteers"]
    assert (person["name"], person["phone"]) == ("王芳", PHONE)
    assert found["volunteer.attendances"][0]["minutes_confirmed"] == 60
    assert found["volunteer.transfers"][0]["points"] == 1
    assert "李雷" not in str(found)
    assert "phone_sealed" not in str(found)


def test_nobody_is_erased_while_checked_in_or_waiting_for_hours(
    district: District, staff: Browser, active: str, confirm: Confirm
) -> None:
    for _ in range(2):
        with pytest.raises(Conflict) as refused:
            erase(district)
        assert "has hours that wait to be confirmed" in str(refused.value)
        assert len(export(district)["volunteer.volunteers"]) == 1
    finish(district, staff, active, confirm)
    assert erase(district) == {"volunteer.volunteers": 1, "volunteer.sign_ups": 1}


def test_before_an_erasure_the_page_says_what_goes_and_what_stays_and_then_how_much_went(
    district: District, staff: Browser, active: str, confirm: Confirm
) -> None:
    finish(district, staff, active, confirm)
    admin = district.person("administrator", district.code)
    admin.environ_base["HTTP_ACCEPT_LANGUAGE"] = "en"
    here = f"/{district.code}/-/personal-data"
    looked = admin.send(here, {"phone": PHONE}).text
    assert "What goes: Volunteers 1, Sign-ups 2." in looked
    stays = "Volunteer activities 2, Attendances and hours 1, Points 1."
    assert f"What stays, without the name: {stays}" in looked
    assert admin.send(f"{here}/erase", {"phone": PHONE}).status_code == 303
    assert "Erased: Volunteers 1, Sign-ups 1." in admin.get(here).text
    assert erase(district).keys() == set(HANDLERS.erased)


def test_erased_the_hours_and_points_stay_and_nobody_knows_whose_they_are(
    district: District, staff: Browser, community: str, active: str, confirm: Confirm
) -> None:
    finish(district, staff, active, confirm)
    with district.entered():
        other = db.session.execute(select(Volunteer).filter_by(name="李雷")).scalar_one()
        kept = (other.id, other.name, other.phone_index)
    erase(district)
    assert erase(district) == {"volunteer.volunteers": 0, "volunteer.sign_ups": 0}
    assert not any(export(district).values())
    with district.entered():
        rows = db.session.execute(select(Volunteer).order_by(Volunteer.name)).scalars().all()
        assert [(v.name, v.phone_sealed, v.phone_index) for v in rows[:1]] == [("", None, None)]
        assert (rows[1].id, rows[1].name, rows[1].phone_index) == kept
        assert len(db.session.execute(select(Transfer.id)).all()) == 2
        assert len(db.session.execute(select(SignUp.id)).all()) == 3
        erased = rows[0].id
    assert "王芳" not in staff.get(f"{active}/attendance").text
    assert "王芳" not in staff.get(f"/{community}/volunteer/people").text
    shown = staff.get(f"/{community}/volunteer/people/{erased}", headers={"Accept-Language": "en"})
    assert ("Erased" in shown.text, "Balance: 1 point" in shown.text) == (True, True)
    entry = {"name": "王小芳", "phone": PHONE}
    assert staff.send(f"{active}/attendance/walk-in", entry).status_code == 303


def test_a_community_is_erased_to_the_last_row_and_its_neighbour_keeps_everything(
    district: District, staff: Browser, community: str, active: str, confirm: Confirm
) -> None:
    finish(district, staff, active, confirm)
    neighbour = district.neighbour(community)
    there = district.person("staff", neighbour)
    begins = staff.get(f"{active}/edit").text
    assert begins
    _make_one(district, there, neighbour)
    before = _rows(district, neighbour)
    assert before > 0
    district.disable("volunteer", community)
    with district.app.app_context(), tenancy.enter(district.tenant), tenancy.batch():
        with transaction():
            counts = communities.erase_community(
                SYSTEM,
                plugin_host(),
                district.place(district.code),
                district.place(community),
                "volunteer",
            )
        db.session.remove()
    assert {k: n for k, n in counts.items() if k.startswith("volunteer.")} == {
        "volunteer.transfers": 2,
        "volunteer.accounts": 3,
        "volunteer.attendances": 2,
        "volunteer.sign_ups": 4,
        "volunteer.rules": 1,
        "volunteer.activities": 3,
        "volunteer.volunteers": 2,
    }
    assert _rows(district, neighbour) == before
    with district.entered():
        left = sum(
            len(db.session.execute(select(model.id)).all())  # type: ignore[attr-defined]
            for mapper in Base.registry.mappers
            for model in [mapper.class_]
        )
    assert left == before


def _make_one(district: District, there: Browser, code: str) -> None:
    """An activity with one sign-up."""
    entries = {
        "title": "清扫楼道",
        "description": "一起清扫楼道。",
        "location": "3 栋门口",
        "starts_at": "2099-05-01T09:00",
        "ends_at": "2099-05-01T11:00",
        "capacity": "2",
        "organiser": "居委会",
        "risks": "无",
    }
    page = there.send(f"/{code}/volunteer/new", entries).location
    assert there.send(f"{page}/publish").status_code == 303
    entry = {"name": "王芳", "phone": PHONE}
    assert there.send(f"{page}/sign-ups", entry).status_code == 303


def _rows(district: District, code: str) -> int:
    """How many rows of activities, volunteers, sign-ups and accounts a community has."""
    with district.entered():
        place = district.place(code)
        found = communities.export_community(SYSTEM, plugin_host(), place, "volunteer")
        assert db.session.execute(select(Activity.id)).first() is not None
        return sum(len(section.rows) for section in found)
