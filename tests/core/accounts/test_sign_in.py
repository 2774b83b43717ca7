"""Signing in: by phone or user name, and one answer for everything that is wrong."""

import re
from collections.abc import Callable

import pytest

from core.testing.world import Browser, District

PHONE, PASSWORD = "13912345678", "清晨的菜市场很热闹呀"


@pytest.mark.parametrize(
    "typed",
    [
        PHONE,
        "１３９１２３４５６７８",
        "139 1234 5678",
        "+86 139-1234-5678",
        "008613912345678",
        "wang.xm",
        " WANG.xm ",
        "ｗａｎｇ.ｘｍ",
    ],
)
def test_any_usual_way_of_writing_the_account_signs_in(
    typed: str, district: District, community: str, add: Callable[..., object], visitor: Browser
) -> None:
    add(community, phone=PHONE, login="wang.xm", password=PASSWORD)

    answer = visitor.send(f"/{district.code}/-/sign-in", {"account": typed, "password": PASSWORD})

    assert (answer.status_code, answer.location) == (303, f"/{community}/-/")
    assert visitor.get(f"/{district.code}/-/me").status_code == 200


def test_every_failure_looks_the_same(
    district: District,
    community: str,
    add: Callable[..., object],
    change: Callable[[str], None],
    visitor: Browser,
) -> None:
    add(community, phone=PHONE, login="has-password", password=PASSWORD)
    add(community, login="no-password")
    add(community, login="closed", password=PASSWORD)
    change(
        "UPDATE user_account SET status = 'closed' WHERE user_account.tenant_id = :tenant"
        " AND login = 'closed'"
    )
    attempts = [
        ("has-password", "wrong"),
        (PHONE, "wrong"),
        ("nobody-here", PASSWORD),
        ("13100000000", PASSWORD),
        ("not an account!", PASSWORD),
        ("no-password", PASSWORD),
        ("closed", PASSWORD),
    ]

    seen = set()
    for account, password in attempts:
        data = {"account": account, "password": password}
        answer = visitor.send(f"/{district.code}/-/sign-in", data)
        assert PASSWORD not in answer.text
        body = answer.text.replace(f'value="{account}"', "")
        seen.add((answer.status_code, re.sub(r'name="csrf_token" value="[^"]+"', "", body)))

    assert [status for status, _body in seen] == [401]


def test_a_session_of_one_district_is_none_in_another(
    district: District, new_district: Callable[[], District]
) -> None:
    other = new_district()
    admin = district.person("administrator", district.code)

    assert admin.get(f"/{district.code}/-/people").status_code == 200
    assert admin.get(f"/{other.code}/-/people").status_code == 404
    assert admin.get(f"/{district.code}/-/people").status_code == 200
