"""Guessing is slowed down for the account that is guessed at, however it is written."""

from collections.abc import Callable

from core.testing.world import Browser, District, browser

SPELLINGS = ("13912345678", "139 1234 5678", "+8613912345678", "１３９１２３４５６７８")


def test_the_ninth_attempt_on_one_account_waits_while_another_account_is_answered(
    district: District, community: str, add: Callable[..., object], visitor: Browser
) -> None:
    add(community, login="wang.xm", password="清晨的菜市场很热闹呀")

    assert [_try(visitor, district, "wang.xm").status_code for _ in range(8)] == [401] * 8
    ninth = _try(visitor, district, "wang.xm", "清晨的菜市场很热闹呀")

    assert (ninth.status_code, ninth.headers.get("Retry-After")) == (429, "300")
    assert _try(visitor, district, "li.xh").status_code == 401
    owner = browser(district.app)
    assert _try(owner, district, "wang.xm", "清晨的菜市场很热闹呀").status_code == 303


def test_guessing_from_many_addresses_waits_after_a_hundred_attempts(district: District) -> None:
    addresses = [browser(district.app) for _ in range(13)]

    statuses = [_try(one, district, "wang.xm", "").status_code for one in addresses * 8]

    assert statuses == [422] * 100 + [429] * 4
    assert _try(addresses[0], district, "li.xh", "").status_code == 422


def test_another_spelling_is_the_same_account(
    district: District, new_district: Callable[[], District], visitor: Browser
) -> None:
    other = new_district()

    statuses = [_try(visitor, district, typed).status_code for typed in SPELLINGS * 3]

    assert statuses == [401] * 8 + [429] * 4
    assert _try(visitor, other, SPELLINGS[0]).status_code == 401


def _try(one: Browser, district: District, account: str, password: str = "wrong") -> object:
    data = {"account": account, "password": password}
    return one.send(f"/{district.code}/-/sign-in", data)
