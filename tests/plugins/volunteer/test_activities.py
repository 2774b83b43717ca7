"""Activities from draft to published, changed and cancelled, and what the public sees of them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import select

from core.db import db
from core.testing.world import Browser, District
from plugins.volunteer.models import Activity

Refusals = Callable[[str], dict[str, list[str]]]
GOOD = {
    "title": "清扫楼道",
    "description": "一起清扫楼道。",
    "location": "3 栋门口",
    "starts_at": "2099-05-01T09:00",
    "ends_at": "2099-05-01T11:00",
    "capacity": "2",
    "organiser": "居委会",
    "risks": "请穿防滑鞋",
}
HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>{{ 7*7 }}"
PEOPLE = [{"name": f"志愿者{n}", "phone": f"1381234567{n}"} for n in range(3)]


def public(page: str) -> str:
    return page.replace("/volunteer/", "/volunteer/open/")


def seen_by_the_public(visitor: Browser, community: str, page: str, title: str) -> list[bool]:
    """Whether everybody sees it: on the place's page, in the list, on a page of its own."""
    lists = [visitor.get(path) for path in (f"/{community}", f"/{community}/volunteer/open")]
    assert [answer.status_code for answer in lists] == [200, 200]
    return [title in answer.text for answer in lists] + [
        visitor.get(public(page)).status_code == 200
    ]


def test_drafts_are_never_public(
    staff: Browser, visitor: Browser, community: str, write: Callable[..., str]
) -> None:
    page = write(title="还没想好的活动")
    staff.get(f"{page}/edit")
    assert seen_by_the_public(visitor, community, page, "还没想好的活动") == [False] * 3
    assert staff.send(f"{page}/cancel", {"reason": "不办了"}).status_code == 303
    assert seen_by_the_public(visitor, community, page, "还没想好的活动") == [False] * 3


def test_only_drafts_that_are_not_over_are_published(
    staff: Browser, visitor: Browser, community: str, write: Callable[..., str]
) -> None:
    page = write()
    assert staff.send(f"{page}/publish").location == page
    assert seen_by_the_public(visitor, community, page, "清扫楼道") == [True] * 3
    cancelled = write()
    assert staff.send(f"{cancelled}/cancel", {"reason": "暴雨"}).status_code == 303
    over = write(title="去年的活动", starts_at="2020-05-01T09:00", ends_at="2020-05-01T11:00")
    for path, said in (
        (page, "只有草稿可以发布。"),
        (cancelled, "只有草稿可以发布。"),
        (over, "活动时间已过，请先修改时间。"),
    ):
        answer = staff.send(f"{path}/publish")
        assert (answer.status_code, said in answer.text) == (409, True)
    assert seen_by_the_public(visitor, community, over, "去年的活动") == [False] * 3


def test_what_is_over_leaves_the_lists_but_keeps_its_page(
    visitor: Browser,
    community: str,
    publish: Callable[..., str],
    move: Callable[[str, str], None],
) -> None:
    page = publish()
    move(page, "ends_at")
    assert seen_by_the_public(visitor, community, page, "清扫楼道") == [False, False, True]
    assert "已结束" in visitor.get(public(page)).text


def test_a_cancelled_activity_says_why_to_everybody(
    staff: Browser, visitor: Browser, community: str, publish: Callable[..., str]
) -> None:
    page = publish()
    asked = staff.get(f"{page}/cancel")
    assert (asked.status_code, "取消后不能恢复" in asked.text) == (200, True)
    assert staff.send(f"{page}/cancel", {"reason": "暴雨橙色预警"}).location == page
    for shown in (staff.get(page), visitor.get(public(page))):
        assert "活动已取消：暴雨橙色预警" in shown.text
    assert (
        "Cancelled: 暴雨橙色预警"
        in visitor.get(public(page), headers={"Accept-Language": "en"}).text
    )
    assert seen_by_the_public(visitor, community, page, "清扫楼道") == [True] * 3
    again = staff.send(f"{page}/cancel", {"reason": "还是不办"})
    assert (again.status_code, "活动已经取消。" in again.text) == (409, True)
    changed = staff.send(f"{page}/edit", GOOD)
    assert (changed.status_code, "已取消的活动不能修改。" in changed.text) == (409, True)
    assert "活动已取消：暴雨橙色预警" in visitor.get(public(page)).text


def test_changes_are_public_at_once_but_never_below_those_who_come(
    staff: Browser,
    visitor: Browser,
    publish: Callable[..., str],
    refusals: Refusals,
    shown: Callable[[str, str], str],
) -> None:
    page = publish(capacity="3")
    for person in PEOPLE[:2]:
        assert staff.send(f"{page}/sign-ups", person).status_code == 303
    edit = GOOD | {"title": "清扫车棚", "capacity": "1"}
    for language, said in (
        ("zh", "已有 2 人报名。"),
        ("en", "2 people have signed up already."),
    ):
        below = staff.send(f"{page}/edit", edit, headers={"Accept-Language": language})
        assert (below.status_code, refusals(below.text)) == (409, {"capacity": [said]})
        assert {name: shown(below.text, name) for name in edit} == edit
    assert "清扫楼道" in visitor.get(public(page)).text

    assert staff.send(f"{page}/edit", edit | {"capacity": "2"}).location == page
    now = visitor.get(public(page)).text
    assert ("清扫车棚" in now, "剩余 0 个名额，共 2 个" in now) == (True, True)


def test_times_are_those_of_the_district_and_kept_in_utc(
    district: District,
    staff: Browser,
    visitor: Browser,
    community: str,
    publish: Callable[..., str],
    shown: Callable[[str, str], str],
) -> None:
    page = publish(starts_at="2099-05-01T07:30", ends_at="2099-05-02T00:15")
    with district.entered():
        (row,) = db.session.execute(select(Activity)).scalars()
        assert row.starts_at == datetime(2099, 4, 30, 23, 30, tzinfo=UTC)
        assert row.ends_at == datetime(2099, 5, 1, 16, 15, tzinfo=UTC)
    for path in (page, public(page), f"/{community}", f"/{community}/volunteer/open"):
        assert "2099年5月1日 07:30" in staff.get(path).text, path
    assert "1 May 2099, 07:30" in visitor.get(public(page), headers={"Accept-Language": "en"}).text
    edit = staff.get(f"{page}/edit").text
    assert shown(edit, "starts_at") == "2099-05-01T07:30"
    assert shown(edit, "ends_at") == "2099-05-02T00:15"


def test_filters_find_what_they_say_in_this_community_alone(
    district: District, staff: Browser, community: str, write: Callable[..., str]
) -> None:
    write(title="清扫楼道 100%", publish=True)
    write(title="清扫车棚")
    write(title="量血压_义诊", publish=True)
    cancelled = write(title="清扫河边")
    assert staff.send(f"{cancelled}/cancel", {"reason": "暴雨"}).status_code == 303
    neighbour = district.neighbour(community)
    district.enable("volunteer", neighbour)
    other = district.person("staff", neighbour)
    assert (
        other.send(f"/{neighbour}/volunteer/new", GOOD | {"title": "清扫广场"}).status_code == 303
    )
    titles = ["清扫楼道 100%", "清扫车棚", "量血压_义诊", "清扫河边", "清扫广场"]

    def found(**asked: str) -> list[str]:
        page = staff.get(f"/{community}/volunteer/", query_string=asked)
        assert page.status_code == 200
        return [title for title in titles if f">{title}</a>" in page.text]

    every = titles[:4]
    assert found() == every
    assert found(title="清扫") == ["清扫楼道 100%", "清扫车棚", "清扫河边"]
    assert found(title="%") == ["清扫楼道 100%"]
    assert found(title="_") == ["量血压_义诊"]
    assert found(title="没有") == []
    assert found(status="draft") == ["清扫车棚"]
    assert found(status="published") == ["清扫楼道 100%", "量血压_义诊"]
    assert found(status="cancelled") == ["清扫河边"]
    assert found(title="清扫", status="published") == ["清扫楼道 100%"]
    assert found(status="everything") == every
    assert found(title=" 清扫车棚 ") == ["清扫车棚"]


def test_one_row_and_thirty_cost_the_same_number_of_queries(
    staff: Browser,
    visitor: Browser,
    community: str,
    publish: Callable[..., str],
    count_statements: Callable[[Callable[[], Any]], int],
) -> None:
    first = publish(capacity="100")
    phones = iter(range(13810000000, 13810000100))

    def sign_up(number: int) -> None:
        for _ in range(number):
            person = {"name": "志愿者", "phone": str(next(phones))}
            assert staff.send(f"{first}/sign-ups", person).status_code == 303

    def costs() -> list[int]:
        return [
            count_statements(lambda who=who, path=path: who.get(path))  # type: ignore[misc]
            for who, path in (
                (staff, f"/{community}/volunteer/"),
                (staff, first),
                (visitor, f"/{community}/volunteer/open"),
                (visitor, f"/{community}"),
            )
        ]

    sign_up(1)
    costs()
    one = costs()
    for _ in range(29):
        publish()
    sign_up(29)
    assert staff.get(f"/{community}/volunteer/").text.count("清扫楼道</a>") == 30
    assert staff.get(first).text.count("138****") == 30
    assert costs() == one


def test_what_people_write_is_text_and_nothing_else(
    staff: Browser, visitor: Browser, community: str, publish: Callable[..., str]
) -> None:
    page = publish(
        **dict.fromkeys(("title", "description", "location", "organiser", "risks"), HOSTILE[:80])
    )
    person = {"name": HOSTILE[:60], "phone": "13812345678"}
    flashed = staff.send(f"{page}/sign-ups", person, follow_redirects=True)
    withdraw = flashed.text.partition("/sign-ups/")[2].partition("/withdraw")[0]
    pages = [
        flashed,
        staff.get(f"{page}/sign-ups/{withdraw}/withdraw"),
        staff.get(f"{page}/edit"),
        staff.get(f"{page}/cancel"),
        staff.get(f"/{community}/volunteer/", query_string={"title": HOSTILE[:20]}),
        staff.send(f"{page}/cancel", {"reason": HOSTILE}, follow_redirects=True),
        visitor.get(public(page)),
        visitor.get(f"/{community}/volunteer/open"),
        visitor.get(f"/{community}"),
    ]
    for answer in pages:
        assert answer.status_code == 200
        assert "<script>alert" not in answer.text
        assert "<img src=x" not in answer.text
        assert "&lt;script&gt;alert(1)" in answer.text, answer.request.path


@pytest.mark.parametrize(
    "typed",
    [
        "活动\x00一\x1b[31m",
        "🧹" * 80,
        "\u202e反过来\u200b",
        "a\r\nSet-Cookie: x=1",
        "'; DROP TABLE place; --",
    ],
    ids=("controls", "emoji", "direction", "header", "sql"),
)
def test_hostile_entries_are_kept_as_text(
    staff: Browser, visitor: Browser, community: str, publish: Callable[..., str], typed: str
) -> None:
    page = publish(title=typed)
    answer = visitor.get(public(page))
    assert answer.status_code == 200
    assert "\x00" not in answer.text
    assert "Set-Cookie: x" not in str(answer.headers)
    assert staff.get(f"/{community}/volunteer/").status_code == 200


def test_hostile_addresses_lead_nowhere(
    staff: Browser, community: str, publish: Callable[..., str]
) -> None:
    publish()
    base = f"/{community}/volunteer"
    none = "00000000-0000-7000-8000-000000000000"
    for path in (
        f"{base}/{none}",
        f"{base}/open/{none}",
        f"{base}/{none}/edit",
        f"{base}/x",
        f"{base}/../../etc/passwd",
        f"{base}/{none}/sign-ups/{none}/withdraw",
    ):
        assert staff.get(path).status_code == 404, path
    for verb in ("publish", "cancel", "edit", "sign-ups"):
        data = GOOD | PEOPLE[0] | {"reason": "无"}
        assert staff.send(f"{base}/{none}/{verb}", data).status_code == 404, verb
    for query in (
        "title=" + "x" * 5000,
        "title=%ff%fe",
        "page=99999999999999999999",
        "page=-1",
        "page=x",
        "size=1000000",
        "status=%27",
        "title=%25%5C",
    ):
        assert staff.get(f"{base}/?{query}").status_code == 200, query
        assert staff.get(f"{base}/open?{query}").status_code == 200, query
    assert staff.get(f"{base}/?title=%00").status_code == 400


def test_a_form_that_is_too_large_is_refused_before_it_is_read(
    district: District, staff: Browser, community: str
) -> None:
    answer = staff.send(f"/{community}/volunteer/new", GOOD | {"description": "长" * 1_000_000})
    assert answer.status_code == 413
    with district.entered():
        assert db.session.execute(select(Activity.id)).all() == []


def test_activities_of_another_community_are_not_found_here(
    district: District, staff: Browser, community: str, publish: Callable[..., str]
) -> None:
    page = publish()
    neighbour = district.neighbour(community)
    district.enable("volunteer", neighbour)
    admin = district.person("administrator", district.code)
    there = page.replace(community, neighbour)
    assert admin.get(page).status_code == 200
    for path in (there, public(there), f"{there}/edit", f"{there}/cancel"):
        assert admin.get(path).status_code == 404, path
    for verb, data in (
        ("publish", {}),
        ("edit", GOOD),
        ("cancel", {"reason": "无"}),
        ("sign-ups", PEOPLE[0]),
    ):
        assert admin.send(f"{there}/{verb}", data).status_code == 404, verb
