"""Changing one's own password."""

import re
from collections.abc import Callable

import pytest

from core.testing.world import Browser, District, browser

OLD, NEW = "清晨的菜市场很热闹呀", "傍晚的广场也很热闹呀"


@pytest.fixture
def person(district: District, community: str) -> Browser:
    """Somebody with a password, signed in."""
    return district.person("staff", community, login="wang.xm", password=OLD)


@pytest.fixture
def status_with(district: District) -> Callable[[str], int]:
    """Say how a sign-in with a password is answered."""

    def sign_in(password: str) -> int:
        data = {"account": "wang.xm", "password": password}
        answer = browser(district.app).send(f"/{district.code}/-/sign-in", data)
        return int(answer.status_code)

    return sign_in


def test_the_right_old_password_changes_it(
    district: District, person: Browser, status_with: Callable[[str], int]
) -> None:
    data = {"old_password": OLD, "password": NEW}

    answer = person.send(f"/{district.code}/-/me/password", data)

    assert (answer.status_code, answer.location) == (303, f"/{district.code}/-/me")
    assert (status_with(OLD), status_with(NEW)) == (401, 303)


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [("不是这个密码呀呀呀呀", NEW, "old_password"), (OLD, "short", "password")],
)
def test_a_wrong_old_and_a_weak_new_password_are_refused_at_their_field(
    old: str,
    new: str,
    field: str,
    district: District,
    person: Browser,
    status_with: Callable[[str], int],
) -> None:
    data = {"old_password": old, "password": new}

    answer = person.send(f"/{district.code}/-/me/password", data)

    assert answer.status_code == 422
    assert re.findall(r'<li><a href="#field-(\w+)">', answer.text) == [field]
    assert old not in answer.text
    assert f'value="{new}"' not in answer.text
    assert (status_with(OLD), status_with(new)) == (303, 401)
