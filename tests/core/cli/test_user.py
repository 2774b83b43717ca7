"""``linli user``: people and their roles."""

from __future__ import annotations

from typing import Any

from core.testing.world import Browser, District


def test_create_makes_a_person_whose_link_leads_to_where_they_work(
    linli: Any, district: District, community: str, visitor: Browser
) -> None:
    person = ("--name", "王五", "--phone", "13812345678", "--login", "wangwu", "--role", "staff")
    made = linli("user", "create", community, *person, "--json").json
    assert list(made) == ["user", "sign_in_link"]
    path = made["sign_in_link"].removeprefix("http://127.0.0.1:8000")
    assert path.startswith(f"/{district.code}/-/link/{district.code}.")
    password = {"password": "晨光里的第一条路 2026"}
    assert visitor.send(path, password).location == f"/{community}/-/"
    assert visitor.get(f"/{district.neighbour(community)}/-/").status_code == 404

    text = linli("user", "create", district.code, "--name", "赵六", "--login", "zhaoliu").out
    said, link = text.splitlines()
    assert said == "赵六 has an account. One-time link, good for three days:"
    assert link.startswith(f"http://127.0.0.1:8000/{district.code}/-/link/")


def test_grant_reaches_everything_below(
    linli: Any, district: District, community: str, visitor: Browser
) -> None:
    person = ("--name", "王五", "--phone", "13812345678", "--login", "wangwu")
    made = linli("user", "create", district.code, *person, "--json").json
    path = made["sign_in_link"].removeprefix("http://127.0.0.1:8000")
    password = {"password": "晨光里的第一条路 2026"}
    assert visitor.send(path, password).location.endswith("/-/me")

    by_phone, by_login = linli.all(
        ("user", "grant", community, "--account", "+86 138 1234 5678", "--role", "viewer"),
        ("user", "grant", community[:9], "--account", "WangWu", "--role", "staff", "--json"),
    )
    with district.entered():
        place = district.place(community).name
    assert by_phone.out == f"王五 is viewer at {place}.\n"
    assert by_login.json == {"place": community[:9], "role": "staff"}
    for code, status in (
        (community, 200),
        (community[:9], 200),
        (district.neighbour(community), 200),
        (district.code, 404),
    ):
        assert visitor.get(f"/{code}/-/").status_code == status


def test_refusals_are_one_line_and_leave_nothing(
    linli: Any, district: District, community: str
) -> None:
    admin = district.person("administrator", district.code, name="周敏")
    before = admin.get(f"/{district.code}/-/people").text.count("<tr")
    create = ("user", "create", community, "--name")
    grant = ("user", "grant", community, "--role", "staff", "--account")
    linli.refused(
        {
            (*create, "王五"): "phone: Give a phone number or a user name.",
            (*create, "王五", "--phone", "110"): "phone: Enter a mobile number of 11 digits.",
            (*create, "王" * 61, "--login", "wangwu"): "name: At most 60 characters.",
            (*create, "王五", "--login", "王五"): (
                "login: A user name has 3 to 40 characters: letters a–z, digits, dot, dash,"
                " underscore; it begins with a letter."
            ),
            (*create, "王五", "--role", "staff", "--phone", "13800000000"): (
                "phone: This phone number already has an account."
            ),
            (*grant, "nobody"): "account: There is no such account in this district.",
            ("user", "grant", f"{district.code}999", *grant[3:], "13800000000"): (
                f"place: There is no place with the code {district.code}999."
            ),
            ("user", "create", "999999", "--name", "王五", "--login", "wangwu"): (
                "code: No district with the code 999999 is on board."
            ),
        }
    )
    assert admin.get(f"/{district.code}/-/people").text.count("<tr") == before
    linli.refused(
        {
            (*grant[:3], "--account", "13800000000", "--role", "king"): (
                "Invalid value for '--role': 'king' is not one of 'administrator', 'staff',"
                " 'viewer', 'auditor'. See `linli user grant --help`."
            )
        },
        status=2,
    )
