"""What cannot be accepted is said beside its field, in both languages; nothing typed is lost."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from sqlalchemy import func, select

from core.db import db
from core.testing.world import Browser, District
from plugins.volunteer.models import Activity, SignUp

GOOD = {
    "title": "清扫楼道",
    "description": "一起清扫\n楼道。",
    "location": "3 栋门口",
    "starts_at": "2099-05-01T09:00",
    "ends_at": "2099-05-01T11:00",
    "capacity": "２０",
    "organiser": "居委会",
    "risks": "请穿防滑鞋",
}
LENGTHS = {"title": 80, "description": 2000, "location": 120, "organiser": 120, "risks": 500}
NEEDED = ("请填写此项。", "Please fill this in.")
WHEN = ("请填写日期和时间。", "Enter a date and time.")
WHOLE = ("请填写整数。", "Enter a whole number.")
RANGE = ("应在 1 至 10000 之间。", "Between 1 and 10000.")
MOBILE = ("请填写 11 位手机号。", "Enter a mobile number of 11 digits.")
ORDER = ("结束时间应晚于开始时间。", "It must end after it begins.")
Case = tuple[str, str, str, str]
Refusals = Callable[[str], dict[str, list[str]]]
Shown = Callable[[str, str], str]


def too_long(lengths: dict[str, int]) -> list[Case]:
    return [
        (field, "长" * (most + 1), f"最多 {most} 个字符。", f"At most {most} characters.")
        for field, most in lengths.items()
    ]


OF_ACTIVITIES: list[Case] = [
    *((field, "", *NEEDED) for field in GOOD),
    ("title", " 　\t", *NEEDED),
    *too_long(LENGTHS),
    ("starts_at", "明天上午", *WHEN),
    ("starts_at", "2099-02-30T09:00", *WHEN),
    ("starts_at", "2099-05-01", *WHEN),
    ("ends_at", "25:00", *WHEN),
    ("ends_at", "2099-05-01T09:00", *ORDER),
    ("ends_at", "2099-04-30T11:00", *ORDER),
    ("capacity", "很多", *WHOLE),
    ("capacity", "1.5", *WHOLE),
    ("capacity", "1e3", *WHOLE),
    ("capacity", "0", *RANGE),
    ("capacity", "-1", *RANGE),
    ("capacity", "10001", *RANGE),
    ("capacity", "9" * 400, *RANGE),
]
OF_SIGN_UPS: list[Case] = [
    ("name", "", *NEEDED),
    ("phone", "", *NEEDED),
    *too_long({"name": 60, "phone": 30}),
    ("phone", "110", *MOBILE),
    ("phone", "02812345678", *MOBILE),
    ("phone", "1381234567８９", *MOBILE),
    ("phone", "☎138", *MOBILE),
]
OF_CANCELLATIONS: list[Case] = [
    ("reason", "", *NEEDED),
    ("reason", "　", *NEEDED),
    *too_long({"reason": 200}),
]


def check(
    send: Callable[..., Any],
    good: dict[str, str],
    cases: list[Case],
    language: str,
    refusals: Refusals,
    shown: Shown,
) -> None:
    """Send each case; expect one refusal at its field and every entry as it was typed."""
    for field, typed, chinese, english in cases:
        entries = good | {field: typed}
        page = send(data=entries, headers={"Accept-Language": language})
        assert page.status_code == 422, (field, typed)
        said = chinese if language == "zh" else english
        assert (typed, refusals(page.text)) == (typed, {field: [said]})
        assert {name: shown(page.text, name) for name in entries} == entries


@pytest.mark.parametrize("language", ["zh", "en"])
def test_an_activity_that_cannot_be_accepted_is_refused_at_its_field(
    staff: Browser,
    district: District,
    community: str,
    refusals: Refusals,
    shown: Shown,
    write: Callable[..., str],
    language: str,
) -> None:
    new = partial(staff.send, f"/{community}/volunteer/new")
    check(new, GOOD, OF_ACTIVITIES, language, refusals, shown)
    with district.entered():
        assert db.session.execute(select(func.count()).select_from(Activity)).scalar_one() == 0

    page = write(**GOOD)
    check(partial(staff.send, f"{page}/edit"), GOOD, OF_ACTIVITIES[-9:], language, refusals, shown)
    kept = staff.get(f"{page}/edit").text
    assert {name: shown(kept, name) for name in GOOD} == GOOD | {"capacity": "20"}


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_sign_up_that_cannot_be_accepted_is_refused_at_its_field(
    staff: Browser,
    district: District,
    publish: Callable[..., str],
    refusals: Refusals,
    shown: Shown,
    language: str,
) -> None:
    person = {"name": "王小明", "phone": "13812345678"}
    send = partial(staff.send, f"{publish()}/sign-ups")
    check(send, person, OF_SIGN_UPS, language, refusals, shown)
    with district.entered():
        assert db.session.execute(select(func.count()).select_from(SignUp)).scalar_one() == 0


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_cancellation_without_a_reason_is_refused_at_its_field(
    staff: Browser,
    publish: Callable[..., str],
    refusals: Refusals,
    shown: Shown,
    language: str,
) -> None:
    page = publish()
    check(partial(staff.send, f"{page}/cancel"), {}, OF_CANCELLATIONS, language, refusals, shown)
    assert "活动已取消" not in staff.get(page).text


def test_all_that_is_missing_is_said_at_once(
    staff: Browser, community: str, refusals: Refusals
) -> None:
    page = staff.send(f"/{community}/volunteer/new")
    assert page.status_code == 422
    assert refusals(page.text) == {field: [NEEDED[0]] for field in GOOD}
    assert page.text.count('<li><a href="#field-') == len(GOOD)


def test_what_is_at_the_edge_is_accepted(write: Callable[..., str]) -> None:
    write(**{field: "长" * most for field, most in LENGTHS.items()})
    for capacity in ("1", "10000", "10,000", "１０ ０００"):
        write(capacity=capacity)
    write(starts_at="2099年5月1日 9:00", ends_at="2099/5/1 09:01")


def test_fields_that_the_form_does_not_have_change_nothing(
    staff: Browser, district: District, community: str, visitor: Browser, write: Callable[..., str]
) -> None:
    with district.entered():
        other = str(district.place(district.neighbour(community)).id)
    page = write(status="published", place_id=other, published_at="2020-01-01T00:00", tenant_id="1")
    assert "草稿" in staff.get(page).text
    assert visitor.get(page.replace("/volunteer/", "/volunteer/open/")).status_code == 404
    with district.entered():
        (saved,) = db.session.execute(select(Activity)).scalars()
        place = district.place(community)
        assert (saved.place_id, saved.status, saved.published_at) == (place.id, "draft", None)
