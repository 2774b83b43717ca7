"""Companies with their grades and receipts, on the desk of a district and of a community."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest

from core.clock import today
from core.testing.world import Browser, District
from plugins.red_property import service

ENGLISH = {"Accept-Language": "en"}
Cells = Callable[[str], list[list[str]]]
Count = Callable[[Callable[[], Any]], int]
BASE = (("B1", "30"), ("B2", "20"), ("B3", "30"))
GOOD, FULL, BAD, NEW = "安居物业", "天府物业", "惠民物业", "远景物业"


@pytest.fixture(scope="module")
def office(take_office: Any) -> Any:
    """Four companies: one well graded, one beyond the caps, one vetoed, one without items."""
    office = take_office()
    office.adopt("yantai_2022")
    return office


@pytest.fixture(scope="module")
def district(office: Any) -> District:
    found: District = office.district
    return found


@pytest.fixture(scope="module")
def own(district: District) -> str:
    return district.communities[0]


@pytest.fixture(scope="module")
def companies(office: Any, district: District, own: str) -> dict[str, UUID]:
    ids = {
        GOOD: office.company(GOOD, own, since=date(2021, 3, 1)),
        FULL: office.company(FULL, own[:9]),
        BAD: office.company(BAD, district.neighbour(own)),
        NEW: office.company(NEW, district.neighbour(own)),
    }
    for name in (GOOD, FULL, BAD):
        for code, points in BASE:
            office.enter(ids[name], code, points)
    office.enter(ids[GOOD], "G9", "7.5", own)
    office.enter(ids[GOOD], "D3", "5")
    for code, points in (("G1", "15"), ("G2", "10"), ("G5", "15"), ("G6", "3")):
        office.enter(ids[FULL], code, points)
    office.enter(ids[BAD], "S1", "0")
    return ids


@pytest.fixture(scope="module")
def clerk(district: District) -> Browser:
    return district.person("staff", district.code)


def test_the_district_lists_all_companies_the_best_first(
    companies: dict[str, UUID], district: District, clerk: Browser, cells: Cells
) -> None:
    page = clerk.get(f"/{district.code}/red_property/", headers=ENGLISH)
    assert page.status_code == 200
    assert [[row[0], *row[2:]] for row in cells(page.text)] == [
        [FULL, "AAA 优秀", "120.00"],
        [GOOD, "AA 良好", "82.50"],
        [BAD, "诚信黑名单", "80.00"],
        [NEW, "Not graded yet", "—"],
    ]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("level=aa", [GOOD]),
        ("level=none", [NEW]),
        ("level=a", []),
        ("level=nonsense", [FULL, GOOD, BAD, NEW]),
        ("name=惠民", [BAD]),
        ("name=惠民&level=aa", []),
        ("name=%25", []),
    ],
)
def test_filters_live_in_the_address(
    companies: dict[str, UUID],
    district: District,
    clerk: Browser,
    cells: Cells,
    query: str,
    found: list[str],
) -> None:
    page = clerk.get(f"/{district.code}/red_property/?{query}").text
    assert [row[0] for row in cells(page)] == found


def test_a_community_and_a_street_see_those_that_serve_them(
    companies: dict[str, UUID], district: District, own: str, cells: Cells
) -> None:
    staff = district.person("staff", own[:9])
    district.enable("red_property", district.neighbour(own))
    seen = {
        code: [row[0] for row in cells(staff.get(f"/{code}/red_property/").text)]
        for code in (own, district.neighbour(own), own[:9])
    }
    assert seen == {
        own: [FULL, GOOD],
        district.neighbour(own): [FULL, BAD, NEW],
        own[:9]: [FULL, GOOD, BAD, NEW],
    }


def test_who_does_not_serve_here_is_not_there(
    companies: dict[str, UUID], district: District, own: str, take_office: Any
) -> None:
    elsewhere = take_office()
    elsewhere.adopt("yantai_2022")
    foreign = elsewhere.company(GOOD, elsewhere.district.communities[0])
    staff = district.person("staff", own)
    statuses = {
        name: [
            staff.get(f"/{own}/red_property/{path}/{id_}").status_code
            for path in ("companies", "open")
        ]
        for name, id_ in {**companies, "foreign": foreign}.items()
    }
    assert statuses == {
        GOOD: [200, 200],
        FULL: [200, 200],
        BAD: [404, 404],
        NEW: [404, 404],
        "foreign": [404, 404],
    }


@pytest.mark.parametrize(
    ("name", "line"),
    [
        (GOOD, "82.50 = 80.00 + 7.50 − 5.00"),
        (FULL, "120.00 = 80.00 + 40.00 + 0.00"),
        (BAD, "80.00 = 80.00 + 0.00 + 0.00"),
        (NEW, "0.00 = 0.00 + 0.00 + 0.00"),
    ],
)
def test_the_receipt_says_the_score_as_a_sum(
    companies: dict[str, UUID], district: District, clerk: Browser, name: str, line: str
) -> None:
    page = clerk.get(f"/{district.code}/red_property/companies/{companies[name]}").text
    assert re.findall(r'class="grade-sum">([^<]*)<', page) == [line]


def test_a_sum_may_begin_with_what_is_taken_away(take_office: Any) -> None:
    office = take_office()
    shipped = next(one for one in service.methods.shipped() if one.key == "yantai_2022")
    base, good, bad = shipped.document["sections"]
    office.adopt("yantai_2022", sections=[bad, base, good])
    company = office.company("山城物业")
    clerk = office.district.person("staff", office.district.code)
    lines = []
    for code, points in (("G9", "2.5"), ("D4", "5")):
        office.enter(company, code, points)
        page = clerk.get(f"/{office.district.code}/red_property/companies/{company}").text
        lines += re.findall(r'class="grade-sum">([^<]*)<', page)
    assert lines == ["2.50 = 0.00 + 0.00 + 2.50", "−2.50 = −5.00 + 0.00 + 2.50"]


def test_the_receipt_says_what_a_cap_leaves_and_why_a_veto_rules(
    companies: dict[str, UUID], district: District, clerk: Browser
) -> None:
    pages = {
        name: clerk.get(
            f"/{district.code}/red_property/companies/{companies[name]}", headers=ENGLISH
        ).text
        for name in (FULL, BAD, NEW)
    }
    said = {
        "The items add up to 43.00; at most 40.00 count.": [FULL],
        "Whatever the sum is, an item below leads straight to “诚信黑名单”.": [BAD],
        "The method asks for items of “基础信息” before it grades": [NEW],
    }
    found = {text: [name for name, page in pages.items() if text in page] for text in said}
    assert found == said


def test_what_does_not_count_says_why(
    office: Any, district: District, own: str, clerk: Browser, cells: Cells
) -> None:
    company = office.company("蜀光物业", district.communities[-1])
    office.enter(
        company, "B1", "30", valid_from=today() - timedelta(days=800), occurred_on=date(2020, 1, 1)
    )
    office.enter(company, "G9", "2", valid_from=today() + timedelta(days=3))
    gone = office.enter(company, "D3", "5")
    ended = clerk.send(
        f"/{district.code}/red_property/items/{gone}/end", {"kind": "revoked", "reason": "撤销"}
    )
    assert ended.status_code == 303
    page = clerk.get(f"/{district.code}/red_property/companies/{company}", headers=ENGLISH).text
    assert [(row[1].split(" ", 1)[0], row[4].split()[0]) for row in cells(page)] == [
        ("拒不配合执法检查或巡查", "Revoked"),
        ("其他良好行为", "Not"),
        ("企业注册信息填报完整、真实", "Expired"),
    ]


def test_a_day_before_the_company_was_known_shows_how_it_stands_now(
    companies: dict[str, UUID], district: District, clerk: Browser
) -> None:
    address = f"/{district.code}/red_property/companies/{companies[GOOD]}?as_of="
    early = clerk.get(f"{address}2020-01-01", headers=ENGLISH)
    nonsense = clerk.get(f"{address}yesterday", headers=ENGLISH)
    said = "On 1 Jan 2020 this company was not known here yet. This is how it stands now."
    assert (early.status_code, said in early.text) == (200, True)
    assert (nonsense.status_code, said in nonsense.text) == (200, False)


def test_what_is_no_past_day_is_said_and_shows_now(
    companies: dict[str, UUID], district: District, clerk: Browser
) -> None:
    base = f"/{district.code}/red_property"
    said = "What was asked for is no past day. This is how it stands now."
    tomorrow = today() + timedelta(days=1)
    for page in (f"{base}/", f"{base}/companies/{companies[GOOD]}"):
        seen = {
            asked: said in clerk.get(f"{page}?as_of={asked}", headers=ENGLISH).text
            for asked in ("", today() - timedelta(days=1), today(), tomorrow, "yesterday")
        }
        assert list(seen.values()) == [False, False, False, True, True]


def test_lists_and_receipts_ask_the_database_as_often_for_thirty_as_for_one(
    take_office: Any, count_statements: Count
) -> None:
    office = take_office()
    office.adopt("yantai_2022")
    district, own = office.district, office.district.communities[0]
    first = office.company("一号物业", own)
    office.enter(first, "B1", "30", own)
    clerk = district.person("staff", district.code)
    paths = (
        f"/{district.code}/red_property/",
        f"/{own}/red_property/",
        f"/{own}/red_property/open",
        f"/{district.code}/red_property/companies/{first}",
        f"/{district.code}/red_property/companies/{first}/items",
        f"/{own}/red_property/open/{first}",
        f"/{own}",
    )

    def counts() -> list[int]:
        return [count_statements(lambda path=path: clerk.get(path)) for path in paths]  # type: ignore[misc]

    counts()
    before = counts()
    for number in range(29):
        office.company(f"物业{number}", own)
        office.enter(first, "G9", "1.25", own)
    assert counts() == before


@pytest.mark.parametrize("desk_of", [None, "district", "community"])
def test_a_receipt_takes_four_statements_after_the_gate(
    companies: dict[str, UUID],
    district: District,
    own: str,
    visitor: Browser,
    count_statements: Count,
    desk_of: str | None,
) -> None:
    """The page of the method takes one; what it takes beside is the gate's."""
    code = district.code if desk_of == "district" else own
    browser = visitor if desk_of is None else district.person("staff", code)
    base = f"/{code}/red_property"
    company = companies[GOOD]
    pages = [f"{base}/open/method", f"{base}/{'companies' if desk_of else 'open'}/{company}"]
    for page in pages:
        assert browser.get(page).status_code == 200
    of_method, of_receipt = (
        count_statements(lambda page=page: browser.get(page))  # type: ignore[misc]
        for page in pages
    )
    gate = of_method - 1
    assert of_receipt - gate == 4
