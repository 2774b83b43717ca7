"""``linli tenant``: districts come on board with their real tree, pause and go on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from core.places import divisions
from core.testing.world import Browser, District

PHONE = ("--admin-phone", "13800000000")


def test_create_prints_what_it_made_and_a_link_that_lets_the_administrator_in(
    linli: Any, unused_codes: Iterator[str], visitor: Browser
) -> None:
    code = next(unused_codes)
    places = [c for c, _name in divisions.places_of(code)]
    made = linli.alone(
        "tenant", "create", code, *PHONE, "--active", "--json", LINLI_BASE_URL="https://a.example"
    ).json
    district = divisions.find(code)
    assert district is not None
    link = made.pop("sign_in_link")
    assert made == {
        "tenant": int(code),
        "name": district.name,
        "streets": sum(len(c) == 9 for c in places),
        "communities": sum(len(c) == 12 for c in places),
    }

    base, path = link[:17], link[17:]
    assert base == "https://a.example"
    assert path.startswith(f"/{code}/-/link/{code}.")
    page = visitor.get(path)
    assert (page.status_code, "区管理员" in page.text) == (200, True)
    done = visitor.send(path, {"password": "晨光里的第一条路 2026"})
    assert (done.status_code, done.location) == (303, f"/{code}/-/")
    assert visitor.get(f"/{code}/-/people").status_code == 200

    listed, shown = linli.all(("tenant", "list", "--json"), ("tenant", "show", code, "--json"))
    (row,) = [t for t in listed.json if t["tenant"] == int(code)]
    assert row == {
        "tenant": int(code),
        "route_code": code,
        "name": district.name,
        "city": district.city,
        "province": district.province,
        "status": "active",
        "created_at": row["created_at"],
    }
    assert shown.json == row | {
        "street": made["streets"],
        "community": made["communities"],
    }


def test_create_for_people_to_read(linli: Any, unused_codes: Iterator[str]) -> None:
    code = next(unused_codes)
    places = [c for c, _name in divisions.places_of(code)]
    district = divisions.find(code)
    assert district is not None
    streets = sum(len(c) == 9 for c in places)
    made, shown = linli.all(
        ("tenant", "create", code, *PHONE, "--admin-name", "周敏"), ("tenant", "show", code)
    )
    first, second, link = made.out.splitlines()
    assert (made.status, made.err) == (0, "")
    assert first == (
        f"{district.name} is on board: {streets} streets, {len(places) - streets} communities."
    )
    assert second == "One-time link for 周敏, good for three days:"
    assert link.startswith(f"http://127.0.0.1:8000/{code}/-/link/{code}.")
    assert {f"tenant: {code}", "status: trial", f"street: {streets}"} <= set(shown.out.splitlines())


def test_refusals_are_one_line_and_leave_nothing(
    linli: Any, district: District, unused_codes: Iterator[str], visitor: Browser
) -> None:
    free = next(unused_codes)
    known = divisions.find(district.code)
    assert known is not None
    create = ("tenant", "create")
    nearest = ", ".join(f"{d.code} {d.full_name}" for d in divisions.suggest("510199"))
    assert nearest.startswith("510185 四川省成都市简阳市, ")
    linli.refused(
        {
            (*create, district.code, *PHONE): f"code: {known.full_name} is on board already.",
            (*create, "510199", *PHONE): (
                f"code: There is no district with the code 510199. Nearest: {nearest}"
            ),
            (*create, "新都", *PHONE): (
                "code: There is no district with the code 新都. Nearest: 510114 四川省成都市新都区"
            ),
            (*create, "xyzzy", *PHONE): (
                "code: There is no district with the code xyzzy. Nearest: -"
            ),
            (
                *create,
                free,
                "--admin-phone",
                "12800000000",
            ): "phone: Enter a mobile number of 11 digits.",
            (*create, free, *PHONE, "--admin-name", " "): "name: Enter the name.",
            ("tenant", "show", free): f"code: No district with the code {free} is on board.",
            ("tenant", "suspend", f"{district.code}001"): (
                f"code: {district.code}001 is not a district: give its six digits."
            ),
            ("tenant", "suspend", "abc"): "code: No district with the code abc is on board.",
        }
    )
    assert [visitor.get(f"/{code}").status_code for code in (district.code, free)] == [200, 404]
    assert f'href="/{free}"' not in visitor.get("/").text


def test_a_suspended_district_says_so_and_comes_back(
    linli: Any, new_district: Callable[[], District], visitor: Browser
) -> None:
    district, other = new_district(), new_district()
    staff = district.person("staff", district.communities[0])
    pages = [f"/{district.code}", f"/{district.communities[0]}", f"/{district.code}/-/sign-in"]

    assert linli("tenant", "suspend", district.code, "--json").json["status"] == "suspended"
    for page in [visitor.get(page) for page in pages] + [staff.get(pages[1] + "/-/")]:
        assert page.status_code == 503
        assert "本区县的服务已暂停，请咨询区县主管部门。" in page.text
    assert visitor.get(f"/{other.code}").status_code == 200
    assert f'href="/{district.code}"' not in visitor.get("/").text

    resumed = linli("tenant", "resume", district.code)
    assert (resumed.status, resumed.out) == (0, f"{district.name} is active.\n")
    assert [visitor.get(page).status_code for page in pages] == [200] * 3
    assert staff.get(pages[1] + "/-/").status_code == 200
    assert f'href="/{district.code}"' in visitor.get("/").text


def test_nothing_on_board_yet(scratch: Any) -> None:
    listed = ("tenant", "list")
    empty, upgraded, text, data = scratch.all(
        listed, ("db", "upgrade"), listed, (*listed, "--json")
    )
    assert empty.refusal == (
        1,
        "",
        'linli: The database refused: relation "tenant" does not exist. Run `linli db upgrade`.\n',
    )
    assert upgraded.status == 0
    assert text.out == "No district is on board. Try: linli tenant create 120101 --help\n"
    assert data.json == []
