"""The inbox of items that other applications' events propose, and the desk's panel."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from core.clock import today
from core.sdk import Paging
from core.testing.world import SYSTEM, Browser, District
from plugins.red_property import queries, service
from tests.plugins.red_property.pages.conftest import PDF

ENGLISH = {"Accept-Language": "en"}
REASON = "社区评比：第1名"


@pytest.fixture
def office(take_office: Any) -> Any:
    office = take_office()
    office.adopt("yantai_2022")
    office.company("安居物业", office.district.communities[0])
    return office


@pytest.fixture
def district(office: Any) -> District:
    found: District = office.district
    return found


@pytest.fixture
def clerk(district: District) -> Browser:
    return district.person("staff", district.code)


@pytest.fixture
def proposal(office: Any, district: District) -> str:
    """The address of a proposal for the company of the first community."""
    return propose(district)


def propose(district: District) -> str:
    """Propose what the method in force offers there; return the proposal's address."""
    with district.entered():
        at = district.place(district.code).view
        ranked = {district.place(district.communities[0]).id: 1}
        method = queries.methods(at)[0]
        items = [item for item in queries.items(method.id) if item.offered_on]
        made = service.proposals.offer(SYSTEM, at, uuid4(), items, ranked, date(2026, 1, 5), REASON)
        assert made == 1
        found: UUID = queries.proposals(at, "waiting", Paging()).rows[0].proposal.id
    return f"/{district.code}/red_property/proposals/{found}"


def test_a_proposal_is_accepted_with_points_of_the_clerk(
    district: District,
    clerk: Browser,
    proposal: str,
    cells: Callable[[str], list[list[str]]],
    refusals: Callable[[str], dict[str, list[str]]],
) -> None:
    inbox = f"/{district.code}/red_property/proposals"
    (row,) = cells(clerk.get(inbox).text)
    assert (row[0], row[2], row[5]) == ("安居物业", REASON, "1.00–5.00")
    asked = clerk.get(proposal).text
    assert ('value="5.00"' in asked, f">{REASON}</textarea>" in asked) == (True, True)
    much = clerk.send(f"{proposal}/accept", {"points": "6", "basis": "评比结果"}, headers=ENGLISH)
    assert much.status_code == 422
    assert refusals(much.text) == {"points": ["This item is worth 1.00 to 5.00 points."]}
    assert "评比结果" in much.text
    done = clerk.send(f"{proposal}/accept", {"points": "4.5", "basis": "评比结果"})
    assert (done.status_code, done.location) == (303, proposal)
    again = clerk.send(f"{proposal}/accept", {"points": "4.5", "basis": "再次"}, headers=ENGLISH)
    assert (again.status_code, "This proposal was accepted already." in again.text) == (409, True)
    assert cells(clerk.get(inbox).text) == []
    (row,) = cells(clerk.get(f"{inbox}?state=accepted").text)
    assert row[0] == "安居物业"
    page = clerk.get(proposal, headers=ENGLISH).text
    assert ("Look at the item" in page, "/accept" in page) == (True, False)


def test_a_proposal_whose_item_needs_evidence_is_accepted_with_a_file(
    office: Any, district: District, clerk: Browser, refusals: Callable[..., Any]
) -> None:
    document = next(one.document for one in service.methods.shipped() if one.key == "yantai_2022")
    items = [
        item | ({"evidence": True} if item["code"] == "G8" else {}) for item in document["items"]
    ]
    office.adopt("yantai_2022", items=items)
    address = propose(district)
    sent = {"points": "4", "basis": "评比结果"}
    without = clerk.send(f"{address}/accept", sent, headers=ENGLISH)
    needed = {"evidence": ["This item needs evidence: a photo or a PDF."]}
    assert (without.status_code, refusals(without.text)) == (422, needed)
    assert 'value="4"' in without.text
    paper = (io.BytesIO(PDF.content), "公告.pdf")
    much = clerk.send(f"{address}/accept", sent | {"points": "6", "evidence": paper})
    kept = re.findall(r'name="evidence-kept" value="([^"]*)"', much.text)[0]
    assert clerk.send(f"{address}/accept", sent | {"evidence-kept": kept}).status_code == 303
    entry = re.findall(r"/red_property/items/([0-9a-f-]{36})", clerk.get(address).text)[0]
    evidence = clerk.get(f"/{district.code}/red_property/items/{entry}/evidence")
    assert (evidence.status_code, evidence.data) == (200, PDF.content)


def test_a_proposal_is_declined_for_a_reason(
    district: District, clerk: Browser, proposal: str, refusals: Callable[..., Any]
) -> None:
    silent = clerk.send(f"{proposal}/decline", {"reason": ""}, headers=ENGLISH)
    assert (silent.status_code, list(refusals(silent.text))) == (422, ["reason"])
    assert clerk.send(f"{proposal}/decline", {"reason": "已另行录入"}).status_code == 303
    late = clerk.send(f"{proposal}/accept", {"points": "1", "basis": "再看"}, headers=ENGLISH)
    assert (late.status_code, "This proposal was declined already." in late.text) == (409, True)
    assert "已另行录入" in clerk.get(proposal).text


def test_a_proposal_of_another_district_is_not_there(proposal: str, take_office: Any) -> None:
    elsewhere = take_office().district
    other = elsewhere.person("administrator", elsewhere.code)
    moved = proposal.replace(proposal[1:7], elsewhere.code, 1)
    assert other.get(moved).status_code == 404
    assert other.send(f"{moved}/accept", {"points": "1", "basis": "x"}).status_code == 404
    assert other.send(f"{moved}/decline", {"reason": "x"}).status_code == 404


def test_the_district_s_desk_says_what_waits_and_what_soon_expires(
    office: Any, district: District, clerk: Browser, proposal: str
) -> None:
    company = office.company("天府物业")
    year = today() - timedelta(days=360)
    office.enter(company, "B1", "30", occurred_on=date(2020, 1, 1), valid_from=year)
    office.enter(company, "B2", "20")
    waits = "1 proposed item waits for a decision."
    expires = "1 item stops counting within 30 days."
    viewer = district.person("viewer", district.code)
    auditor = district.person("auditor", district.code)
    below = district.person("administrator", district.communities[0])
    desks = {
        "staff": clerk.get(f"/{district.code}/-/", headers=ENGLISH).text,
        "viewer": viewer.get(f"/{district.code}/-/", headers=ENGLISH).text,
        "auditor": auditor.get(f"/{district.code}/-/", headers=ENGLISH).text,
        "below": below.get(f"/{district.communities[0]}/-/", headers=ENGLISH).text,
    }
    said = {name: (waits in desk, expires in desk) for name, desk in desks.items()}
    assert said == {
        "staff": (True, True),
        "viewer": (False, True),
        "auditor": (False, False),
        "below": (False, False),
    }
