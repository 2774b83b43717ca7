"""Sessions end where and when they should."""

import re
from collections.abc import Callable

import pytest

from core.testing.world import Browser, District, Program, browser
from tests.core.accounts.conftest import Acts

PASSWORD = "清晨的菜市场很热闹呀"


@pytest.fixture
def signed_in(
    district: District, community: str, add: Callable[..., object]
) -> Callable[[], Browser]:
    """Sign one person in once more, in a browser of its own."""
    add(community, login="wang.xm", password=PASSWORD)

    def sign_in() -> Browser:
        made = browser(district.app)
        data = {"account": "wang.xm", "password": PASSWORD}
        assert made.send(f"/{district.code}/-/sign-in", data).status_code == 303
        return made

    return sign_in


def test_signing_out_ends_this_session_alone(
    district: District, signed_in: Callable[[], Browser]
) -> None:
    here, there = signed_in(), signed_in()
    with here.session_transaction() as session:
        cookie = dict(session)

    answer = here.send(f"/{district.code}/-/sign-out")

    assert (answer.status_code, answer.location) == (303, f"/{district.code}")
    assert _statuses(district, here, there) == [302, 200]
    with here.session_transaction() as session:
        session.update(cookie)
    assert _statuses(district, here) == [302]


def test_signing_out_everywhere_ends_every_session_of_this_person_alone(
    district: District, community: str, signed_in: Callable[[], Browser]
) -> None:
    here, there = signed_in(), signed_in()
    colleague = district.person("staff", community)

    answer = here.send(f"/{district.code}/-/me/sign-out-everywhere")

    assert (answer.status_code, answer.location) == (303, f"/{district.code}/-/sign-in")
    assert _statuses(district, here, there, colleague) == [302, 302, 200]


def test_signing_out_everywhere_ends_one_s_tokens_and_changing_the_password_does_not(
    district: District, community: str, signed_in: Callable[[], Browser], acts: Acts
) -> None:
    here = signed_in()
    mine = [_token(here, community) for _ in range(3)]
    revoke = re.findall(
        rf"/{community}/-/me/tokens/[0-9a-f-]+/revoke", here.get(f"/{community}/-/me").text
    )
    assert here.send(revoke[0]).status_code == 303
    api = f"/api/v1/places/{community}"
    assert sorted(one.get(api).status_code for one in mine) == [200, 200, 401]
    colleague = district.program("staff", community)

    changed = {"old_password": PASSWORD, "password": "另一个很长的密码一二三"}
    assert here.send(f"/{district.code}/-/me/password", changed).status_code == 303
    assert sorted(one.get(api).status_code for one in mine) == [200, 200, 401]
    me = here.get(f"/{community}/-/me", headers={"Accept-Language": "en"})
    assert "Your access tokens end too." in me.text
    assert here.send(f"/{district.code}/-/me/sign-out-everywhere").status_code == 303

    assert [one.get(api).status_code for one in (*mine, colleague)] == [401, 401, 401, 200]
    assert acts("core.session.close_all") == [{"closed": 1, "tokens_revoked": 2}]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE user_account SET status='closed' WHERE user_account.tenant_id = :tenant"
        " AND login = 'wang.xm'",
        "UPDATE user_session SET expires_at = now() - interval '1 second'"
        " WHERE user_session.tenant_id = :tenant",
    ],
)
def test_a_closed_account_and_an_expired_session_are_signed_out(
    statement: str,
    district: District,
    signed_in: Callable[[], Browser],
    change: Callable[[str], None],
) -> None:
    here = signed_in()
    assert _statuses(district, here) == [200]

    change(statement)

    assert _statuses(district, here) == [302]


def _statuses(district: District, *browsers: Browser) -> list[int]:
    return [one.get(f"/{district.code}/-/me").status_code for one in browsers]


def _token(owner: Browser, community: str) -> Program:
    data = {"name": "统计平台", "days": "30", "permissions": ["core.place.view"]}
    made = owner.send(f"/{community}/-/me/tokens/new", data)
    return Program(owner.application, re.findall(r"linli_[\w.-]+", made.text)[0])
