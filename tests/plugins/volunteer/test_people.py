"""The community's volunteers, and the statement of each one's points."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg
from sqlalchemy import select
from sqlalchemy.engine import make_url

from core.clock import DISTRICT_ZONE, local, now
from core.db import db
from core.testing.world import Browser, District
from plugins.volunteer.models import Transfer, Volunteer

ENGLISH = {"Accept-Language": "en"}
Come = Callable[..., dict[str, UUID]]
Confirm = Callable[..., Any]


def links(page: str) -> dict[str, str]:
    """The addresses of the volunteers that a page lists, by name."""
    return {
        name: path for path, name in re.findall(r'href="([^"]+/people/[^"]+)">([^<]+)</a>', page)
    }


def cells(page: str, label: str) -> list[str]:
    found = re.findall(rf'data-label="{label}">(.*?)</td>', page, re.DOTALL)
    return [re.sub(r"<[^>]+>", "", cell).strip() for cell in found]


def test_the_list_shows_hours_points_and_masked_numbers_and_finds_by_name(
    staff: Browser,
    community: str,
    running: Callable[..., str],
    come: Come,
    confirm: Confirm,
) -> None:
    page = running()
    there = come(page, {"王芳": 150, "王小芳": 60, "李雷": 60})
    assert confirm(page, {there["王芳"]: "2.5", there["李雷"]: "0.5"}).status_code == 303
    shown = staff.get(f"/{community}/volunteer/people", headers=ENGLISH).text
    assert sorted(links(shown)) == ["李雷", "王小芳", "王芳"]
    assert sorted(zip(cells(shown, "Hours confirmed"), cells(shown, "Points"), strict=True)) == [
        ("0", "0"),
        ("0.5", "0"),
        ("2.5", "2"),
    ]
    assert re.findall(r"137\*{4}\d{4}", shown) == cells(shown, "Mobile number")
    for asked, found in (("芳", ["王小芳", "王芳"]), ("%", []), ("李", ["李雷"])):
        answer = staff.get(f"/{community}/volunteer/people", query_string={"name": asked})
        assert sorted(links(answer.text)) == found


def test_a_statement_says_where_every_point_came_from_and_what_was_had_on_any_day(
    district: District,
    staff: Browser,
    community: str,
    running: Callable[..., str],
    come: Come,
    confirm: Confirm,
    set_rule: Callable[..., None],
) -> None:
    first, second = running(title="清扫楼道"), running(title="清扫车棚")
    one, two = come(first, {"王芳": 120})["王芳"], come(second, {"王芳": 60})["王芳"]
    assert confirm(first, {one: "2"}).status_code == 303
    set_rule(points_per_hour=3)
    assert confirm(second, {two: "1"}).status_code == 303
    (address,) = links(staff.get(f"/{community}/volunteer/people").text).values()
    shown = staff.get(address, headers=ENGLISH).text
    assert "Balance: 5 points" in shown
    assert re.findall(r">Hours: (清扫..)</a>", shown) == ["清扫车棚", "清扫楼道"]
    assert cells(shown, "Hours") == ["1", "2"]
    assert cells(shown, "Version of the rule") == ["2", "1"]
    assert cells(shown, "Points") == ["+3", "+2"]
    assert cells(shown, "Balance") == ["5", "2"]

    today = local(now()).date()
    before = staff.get(f"{address}?as_of={today - timedelta(days=1)}", headers=ENGLISH).text
    assert ("Balance: 0 points" in before, cells(before, "Points")) == (True, [])
    assert "Balance: 5 points" in staff.get(f"{address}?as_of={today}", headers=ENGLISH).text
    for strange in ("x", "9999-12-31", "0001-01-01", "2026-02-30"):
        assert staff.get(f"{address}?as_of={strange}").status_code == 200


def test_as_of_counts_to_the_end_of_the_district_s_day(
    district: District,
    staff: Browser,
    community: str,
    running: Callable[..., str],
    come: Come,
    confirm: Confirm,
    addresses: Any,
) -> None:
    page = running()
    there = come(page, {"王芳": 120})
    assert confirm(page, {there["王芳"]: "2"}).status_code == 303
    edge = datetime(2026, 5, 2, tzinfo=DISTRICT_ZONE)
    _repost(district, addresses, edge)
    (address,) = links(staff.get(f"/{community}/volunteer/people").text).values()
    for day, balance in (("2026-05-01", "0 points"), ("2026-05-02", "2 points")):
        shown = staff.get(f"{address}?as_of={day}", headers=ENGLISH).text
        assert f"Balance: {balance}" in shown, day


def test_a_name_is_corrected_and_the_number_stays_theirs(
    district: District, staff: Browser, community: str, publish: Callable[..., str]
) -> None:
    page, other = publish(), publish()
    person = {"name": "王方", "phone": "13812345678"}
    assert staff.send(f"{page}/sign-ups", person).status_code == 303
    wrong = staff.send(f"{other}/sign-ups", person | {"name": "王芳"}, headers=ENGLISH)
    assert wrong.status_code == 409
    assert "This number is known here under another name." in wrong.text
    (address,) = links(staff.get(f"/{community}/volunteer/people").text).values()
    assert staff.send(f"{address}/name", {"name": ""}).status_code == 422
    assert staff.send(f"{address}/name", {"name": "王芳"}).location == address
    assert staff.send(f"{other}/sign-ups", person | {"name": "王芳"}).status_code == 303
    with district.entered():
        assert db.session.execute(select(Volunteer.name)).scalars().all() == ["王芳"]


def test_the_same_number_is_somebody_else_next_door(
    district: District, staff: Browser, community: str, publish: Callable[..., str]
) -> None:
    page = publish()
    assert (
        staff.send(f"{page}/sign-ups", {"name": "王芳", "phone": "13812345678"}).status_code == 303
    )
    neighbour = district.neighbour(community)
    district.enable("volunteer", neighbour)
    stranger = district.person("staff", neighbour)
    (address,) = links(staff.get(f"/{community}/volunteer/people").text).values()
    assert links(stranger.get(f"/{neighbour}/volunteer/people").text) == {}
    assert stranger.get(address).status_code == 404
    there = address.replace(community, neighbour)
    assert stranger.get(there).status_code == 404
    assert stranger.send(f"{there}/name", {"name": "x"}).status_code == 404
    viewer = district.person("viewer", community)
    for path in (f"/{community}/volunteer/people", address):
        assert viewer.get(path).status_code == 403


def test_one_row_and_thirty_cost_the_same_number_of_queries(
    district: District,
    staff: Browser,
    community: str,
    running: Callable[..., str],
    come: Come,
    confirm: Confirm,
    count_statements: Callable[[Callable[[], Any]], int],
) -> None:
    page = running()
    people = f"/{community}/volunteer/people"
    there = come(page, {"志愿者0": 60})

    def costs() -> list[int]:
        (address, *_rest) = links(staff.get(people).text).values()
        paths = (people, address, f"{page}/attendance", f"/{community}/-/", f"/{community}")
        return [count_statements(lambda path=path: staff.get(path)) for path in paths]  # type: ignore[misc]

    costs()
    one = costs()
    there |= come(page, {f"志愿者{number}": 60 for number in range(1, 30)})
    assert costs() == one
    assert confirm(page, {there["志愿者0"]: "1"}).status_code == 303
    confirmed = costs()
    assert (
        confirm(page, {id_: "1" for name, id_ in there.items() if name != "志愿者0"}).status_code
        == 303
    )
    for number in range(5):
        more = running()
        again = come(more, {"志愿者0": 60})
        assert confirm(more, {again["志愿者0"]: "1"}).status_code == 303, number
    assert staff.get(people).text.count("137****") == 30
    assert costs()[:2] == confirmed[:2]


def _repost(district: District, addresses: Any, moment: datetime) -> None:
    """Move the one transfer of a district to a moment, which only the owner can."""
    url = make_url(addresses.database_owner_url).set(drivername="postgresql")
    with psycopg.connect(url.render_as_string()) as connection:
        connection.execute(f"SET LOCAL linli.tenant = '{district.tenant}'")
        done = connection.execute(
            "UPDATE p_volunteer__transfer SET posted_at = %s WHERE tenant_id = %s",
            (moment, district.tenant),
        )
        assert done.rowcount == 1
    with district.entered():
        assert db.session.execute(select(Transfer.posted_at)).scalar_one() == moment
