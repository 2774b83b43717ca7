"""What everybody sees: who looks after a community, the grade, its receipt and the method."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest

from core.clock import today
from core.testing.world import SYSTEM, Browser, District
from plugins.red_property import service

ENGLISH = {"Accept-Language": "en"}
BASIS = "居民来信第7号"


@pytest.fixture(scope="module")
def office(take_office: Any) -> Any:
    return take_office()


@pytest.fixture(scope="module")
def district(office: Any) -> District:
    found: District = office.district
    return found


@pytest.fixture(scope="module")
def own(district: District) -> str:
    return district.communities[0]


@pytest.fixture(scope="module")
def graded(office: Any, district: District, own: str) -> UUID:
    """A company that serves the first community, and one next door, graded AA."""
    company: UUID = office.company("安居物业", own, since=date(2021, 3, 1))
    office.company("邻家物业", district.neighbour(own))
    office.adopt("yantai_2022")
    for code, points in (("B1", "30"), ("B2", "20"), ("B3", "30"), ("G9", "3.5")):
        office.enter(company, code, points, own, basis=BASIS)
    return company


def items(page: str) -> list[str]:
    """Return the companies of a list of cards."""
    return re.findall(r'<h3><a href="[^"]*">([^<]*)</a></h3>', page)


def test_without_a_method_companies_are_not_graded_yet(take_office: Any, visitor: Browser) -> None:
    office = take_office()
    own = office.district.communities[0]
    company = office.company("安居物业", own)
    base = f"/{own}/red_property/open"
    listed = visitor.get(base, headers=ENGLISH).text
    assert (items(listed), "Not graded yet" in listed) == (["安居物业"], True)
    receipt = visitor.get(f"{base}/{company}", headers=ENGLISH)
    assert (receipt.status_code, "Not graded yet" in receipt.text) == (200, True)
    assert "No rating method is in force yet" in visitor.get(f"{base}/method", headers=ENGLISH).text


def test_a_resident_finds_the_company_its_grade_and_why(
    graded: UUID, district: District, own: str, visitor: Browser
) -> None:
    home = visitor.get(f"/{own}", headers=ENGLISH).text
    listed = visitor.get(f"/{own}/red_property/open", headers=ENGLISH).text
    for page in (home, listed):
        assert items(page) == ["安居物业"]
        assert ("AA 良好" in page, "83.50 points" in page) == (True, True)
        assert "since 1 Mar 2021" in page
        assert f'href="/{own}/red_property/open/{graded}"' in page
    receipt = visitor.get(f"/{own}/red_property/open/{graded}", headers=ENGLISH).text
    assert "83.50 = 80.00 + 3.50 + 0.00" in receipt.replace("− 0.00", "+ 0.00")
    assert receipt.count("Example") == 4
    assert f'href="/{own}/red_property/open/method"' in receipt
    method = visitor.get(f"/{own}/red_property/open/method", headers=ENGLISH).text
    assert ("烟建住房〔2022〕13号" in method, "from 80.00 to below 85.00" in method) == (True, True)


def test_what_was_taken_back_or_ran_out_is_for_the_office_alone(
    take_office: Any, visitor: Browser
) -> None:
    office = take_office()
    office.adopt("yantai_2022")
    district = office.district
    company = office.company("临江物业", district.communities[0])
    day = today() - timedelta(days=800)
    office.enter(company, "B1", "30")
    office.enter(company, "G9", "2.25")
    office.enter(company, "G8", "1.75", occurred_on=day, valid_from=day)
    revoked = office.enter(company, "D4", "5")
    rectified = office.enter(company, "S2", "0")
    addresses = [f"/{district.code}/red_property/open/{company}"]
    addresses += [f"{addresses[0]}?as_of={today() - timedelta(days=1)}"]
    public = visitor.get(addresses[0]).text
    assert re.findall(r'class="grade-sum">([^<]*)<', public) == ["27.25 = 30.00 + 2.25 − 5.00"]
    assert ("不按时处理业主投诉" in public, "服务终止后拒不退出或不移交" in public) == (True, True)

    with district.entered():
        at = district.place(district.code).view
        service.ledger.end(SYSTEM, at, revoked, "revoked", "查明有误")
        service.ledger.end(SYSTEM, at, rectified, "rectified", "已移交")
    hidden = ("所服务的社区在评比中进入前三名", "不按时处理业主投诉", "服务终止后拒不退出或不移交")
    hidden += ("1.75", "5.00", "查明有误", "已移交")
    for address in addresses:
        public = visitor.get(address).text
        assert re.findall(r'class="grade-sum">([^<]*)<', public) == ["32.25 = 30.00 + 2.25 + 0.00"]
        assert [word for word in hidden if word in public] == []
        assert (public.count("<tbody"), 'name="as_of"' in public) == (2, False)
    desk = district.person("staff", district.code)
    page = desk.get(f"/{district.code}/red_property/companies/{company}").text
    assert [word for word in hidden[:5] if word not in page] == []


def test_the_public_never_sees_basis_evidence_or_who_entered(
    graded: UUID, office: Any, district: District, own: str, visitor: Browser
) -> None:
    entry = office.enter(graded, "D3", "5", own, basis=BASIS)
    office_page = district.person("staff", district.code).get(
        f"/{district.code}/red_property/items/{entry}"
    )
    assert (office_page.status_code, BASIS in office_page.text) == (200, True)
    for path in (f"/{own}", f"/{own}/red_property/open", f"/{own}/red_property/open/{graded}"):
        page = visitor.get(path).text
        assert [word for word in (BASIS, "通报.pdf", "evidence", str(entry)) if word in page] == []
    assert visitor.get(f"/{district.code}/red_property/items/{entry}").status_code == 302
    assert visitor.get(f"/{district.code}/red_property/items/{entry}/evidence").status_code == 302


def test_each_place_shows_those_that_serve_it(
    graded: UUID, district: District, own: str, visitor: Browser
) -> None:
    neighbour = district.neighbour(own)
    district.enable("red_property", neighbour)
    seen = {
        code: items(visitor.get(f"/{code}/red_property/open").text)
        for code in (own, neighbour, own[:9], district.code)
    }
    assert seen == {
        own: ["安居物业"],
        neighbour: ["邻家物业"],
        own[:9]: ["安居物业", "邻家物业"],
        district.code: ["安居物业", "邻家物业"],
    }
    assert visitor.get(f"/{neighbour}/red_property/open/{graded}").status_code == 404
    assert visitor.get(f"/{district.code}/red_property/open/{graded}").status_code == 200
    district.disable("red_property", neighbour)
    assert visitor.get(f"/{neighbour}/red_property/open").status_code == 404
    assert "邻家物业" not in visitor.get(f"/{neighbour}").text


def test_a_community_that_nobody_serves_says_so(
    graded: UUID, district: District, own: str, visitor: Browser
) -> None:
    third = next(c for c in district.communities if c not in (own, district.neighbour(own)))
    district.enable("red_property", third)
    page = visitor.get(f"/{third}/red_property/open", headers=ENGLISH).text
    assert (items(page), "No property company is known here" in page) == ([], True)
    assert "No property company is known here." in visitor.get(f"/{third}", headers=ENGLISH).text
