"""Who comes: never more than wanted, nobody twice, and a place that was given back is free."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import select

from core.db import db
from core.testing.world import Browser, District
from plugins.volunteer.models import SignUp, Volunteer

Refusals = Callable[[str], dict[str, list[str]]]
PHONES = [f"138000001{number:02}" for number in range(20)]


def person(number: int, phone: str | None = None) -> dict[str, str]:
    return {"name": f"志愿者{number:02}", "phone": phone or PHONES[number]}


def entered(district: District) -> list[str]:
    """Names of all who are signed up, as the database has them."""
    with district.entered():
        query = select(Volunteer.name).join(SignUp, SignUp.volunteer_id == Volunteer.id)
        return sorted(db.session.execute(query).scalars())


@pytest.fixture
def at_once(staff: Browser, twin: Callable[[Browser], Browser]) -> Callable[..., list[int]]:
    """Post these forms at the same moment, each from a browser of its own."""

    def send(address: str, forms: list[dict[str, str]]) -> list[int]:
        browsers = [twin(staff) for _ in forms]
        barrier = threading.Barrier(len(forms))

        def one(browser: Browser, form: dict[str, str]) -> int:
            barrier.wait()
            return int(browser.send(address, form).status_code)

        with ThreadPoolExecutor(len(forms)) as pool:
            return sorted(pool.map(one, browsers, forms))

    return send


def test_twenty_at_once_fill_the_capacity_exactly(
    district: District,
    staff: Browser,
    visitor: Browser,
    publish: Callable[..., str],
    at_once: Callable[..., list[int]],
) -> None:
    page = publish(capacity="7")
    answers = at_once(f"{page}/sign-ups", [person(number) for number in range(20)])
    assert answers == [303] * 7 + [409] * 13
    assert len(entered(district)) == 7
    assert "7 人，共招募 7 人" in staff.get(page).text
    public = visitor.get(page.replace("/volunteer/", "/volunteer/open/")).text
    assert "剩余 0 个名额，共 7 个" in public
    assert "名额已满" in public


def test_one_phone_at_once_is_entered_once(
    district: District, publish: Callable[..., str], at_once: Callable[..., list[int]]
) -> None:
    page = publish(capacity="100")
    answers = at_once(f"{page}/sign-ups", [person(n, "13812345678") for n in range(10)])
    assert answers == [303] + [409] * 9
    assert len(entered(district)) == 1


def test_a_phone_that_was_entered_is_refused_however_it_is_written(
    district: District,
    staff: Browser,
    publish: Callable[..., str],
    refusals: Refusals,
    shown: Callable[[str, str], str],
) -> None:
    page, other = publish(), publish()
    assert staff.send(f"{page}/sign-ups", person(1, "13812345678")).status_code == 303
    for phone in ("13812345678", "+86 138-1234-5678", "１３８１２３４５６７８", "0086 13812345678"):
        again = staff.send(f"{page}/sign-ups", person(2, phone))
        assert again.status_code == 409
        assert refusals(again.text) == {"phone": ["此手机号已报名。"]}
        assert (shown(again.text, "name"), shown(again.text, "phone")) == ("志愿者02", phone)
    assert entered(district) == ["志愿者01"]
    assert staff.send(f"{other}/sign-ups", person(1, "13812345678")).status_code == 303


def test_a_place_that_was_given_back_is_free(
    district: District, staff: Browser, publish: Callable[..., str], refusals: Refusals
) -> None:
    page = publish(capacity="1")
    assert staff.send(f"{page}/sign-ups", person(1)).status_code == 303
    full = staff.send(f"{page}/sign-ups", person(2))
    assert (full.status_code, refusals(full.text)) == (409, {"": ["名额已满。"]})

    (address,) = withdrawals(staff, page)
    assert "志愿者01" in staff.get(address).text
    assert entered(district) == ["志愿者01"]
    assert staff.send(address).location == page
    assert (staff.get(address).status_code, staff.send(address).status_code) == (404, 404)
    assert staff.send(f"{page}/sign-ups", person(2)).status_code == 303
    assert entered(district) == ["志愿者02"]


def test_the_phone_is_masked_on_the_page_and_sealed_in_the_database(
    district: District, staff: Browser, publish: Callable[..., str]
) -> None:
    page = publish()
    assert staff.send(f"{page}/sign-ups", person(1, "13812345678")).status_code == 303
    shown = staff.get(page).text
    assert "138****5678" in shown
    assert "13812345678" not in shown
    with district.entered():
        (row,) = db.session.execute(select(Volunteer)).scalars()
        assert b"13812345678" not in (row.phone_sealed or b"")
        assert "13812345678" not in (row.phone_index or "")


def test_sign_up_is_open_for_what_is_published_and_not_over(
    district: District,
    staff: Browser,
    write: Callable[..., str],
    publish: Callable[..., str],
    move: Callable[[str, str], None],
) -> None:
    draft, over, cancelled = write(), publish(), publish()
    move(over, "ends_at")
    assert staff.send(f"{cancelled}/cancel", {"reason": "暴雨"}).status_code == 303
    for page in (draft, over, cancelled):
        answer = staff.send(f"{page}/sign-ups", person(1))
        assert answer.status_code == 409
        assert "只有已发布且未结束的活动可以报名。" in answer.text
    assert entered(district) == []


def test_who_may_see_and_enter_sign_ups(
    district: District, staff: Browser, community: str, publish: Callable[..., str]
) -> None:
    page = publish()
    assert staff.send(f"{page}/sign-ups", person(1)).status_code == 303
    (address,) = withdrawals(staff, page)
    viewer = district.person("viewer", community)
    assert viewer.get(page).status_code == 200
    assert "志愿者01" not in viewer.get(page).text
    assert viewer.get(address).status_code == 403
    neighbour = district.neighbour(community)
    district.enable("volunteer", neighbour)
    stranger = district.person("staff", neighbour)
    there = [path.replace(community, neighbour) for path in (page, address, f"{page}/sign-ups")]
    for who, addresses, status in (
        (viewer, [address, f"{page}/sign-ups"], 403),
        (stranger, [address, f"{page}/sign-ups"], 404),
        (stranger, there[1:], 404),
    ):
        assert [who.send(to, person(2)).status_code for to in addresses] == [status] * 2
    assert [stranger.get(to).status_code for to in (page, *there[:2])] == [404] * 3
    assert entered(district) == ["志愿者01"]


def withdrawals(staff: Browser, page: str) -> list[Any]:
    """The addresses at which the sign-ups of an activity are taken back."""
    return re.findall(r'href="([^"]+/sign-ups/[^"]+/withdraw)"', staff.get(page).text)
