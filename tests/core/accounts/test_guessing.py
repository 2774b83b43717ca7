"""What a guesser cannot learn from the clock, and how often one address may ask."""

from __future__ import annotations

import time
from collections.abc import Callable
from statistics import median

from core.testing.world import Browser, District, browser

PHONE, PASSWORD = "13912345678", "清晨的菜市场很热闹呀"


def test_unknown_accounts_and_wrong_passwords_take_the_same_time(
    district: District, community: str, add: Callable[..., object], visitor: Browser
) -> None:
    add(community, phone=PHONE, login="has-password", password=PASSWORD)
    add(community, login="no-password")
    took: dict[str, list[float]] = {}
    for _ in range(5):
        for account in (PHONE, "has-password", "no-password", "nobody", "13100000000"):
            started = time.perf_counter()
            data = {"account": account, "password": "wrong"}
            assert visitor.send(f"/{district.code}/-/sign-in", data).status_code == 401
            took.setdefault(account, []).append(time.perf_counter() - started)
        visitor = browser(district.app)
    medians = {account: median(times) for account, times in took.items()}
    assert max(medians.values()) < 2 * min(medians.values()), medians


def test_one_address_is_slowed_down_whatever_account_it_tries(
    district: District, visitor: Browser
) -> None:
    def tries(one: Browser, number: int) -> int:
        data = {"account": f"nobody-{number}"}
        return int(one.send(f"/{district.code}/-/sign-in", data).status_code)

    assert [tries(visitor, number) for number in range(30)] == [422] * 30
    assert [tries(visitor, number) for number in range(30, 33)] == [429] * 3
    assert tries(browser(district.app), 33) == 422
    assert visitor.get(f"/{district.code}/-/sign-in").status_code == 200


def test_trying_links_is_slowed_down_for_one_address(district: District, visitor: Browser) -> None:
    link = f"/{district.code}/-/link/{district.link}"
    wrong = link[:-4] + "AAAA"
    password = {"password": PASSWORD}
    assert [visitor.send(wrong, password).status_code for _ in range(30)] == [404] * 30
    assert visitor.send(wrong, password).status_code == 429
    assert browser(district.app).send(link, password).status_code == 303


def test_a_household_with_many_addresses_is_one(district: District) -> None:
    def tries(address: str) -> int:
        one = browser(district.app)
        one.environ_base["REMOTE_ADDR"] = address
        return int(one.send(f"/{district.code}/-/sign-in", {"account": "nobody"}).status_code)

    network = f"2001:db8:{district.code[:4]}:{district.code[4:]}"
    assert [tries(f"{network}::{number:x}") for number in range(8)] == [422] * 8
    assert tries(f"{network}:ffff::1") == 429
    assert tries(f"2001:db8:{district.code[:4]}:ff{district.code[4:]}::1") == 422


def test_signing_in_is_no_guessing(
    district: District, community: str, add: Callable[..., object], visitor: Browser
) -> None:
    add(community, login="wang.xm", password=PASSWORD)
    data = {"account": "wang.xm", "password": PASSWORD}
    for _ in range(9):
        assert visitor.send(f"/{district.code}/-/sign-in", data).status_code == 303
        assert visitor.send(f"/{district.code}/-/sign-out").status_code == 303
