"""Entering an item on the page, looking at it, and letting it count no more."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from core.clock import today
from core.testing.world import Browser, District, english

ENGLISH = {"Accept-Language": "en"}
PDF = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\n%%EOF\n"
BASIS = "住建局通报第12号"
TO_COME = (today() + timedelta(days=2)).isoformat()
TOO_EARLY = "It cannot count before it happened."
Refusals = Callable[[str], dict[str, list[str]]]
Cells = Callable[[str], list[list[str]]]


@pytest.fixture(scope="module")
def office(take_office: Any) -> Any:
    office = take_office()
    office.adopt("yantai_2022")
    return office


@pytest.fixture(scope="module")
def district(office: Any) -> District:
    found: District = office.district
    return found


@pytest.fixture(scope="module")
def clerk(district: District) -> Browser:
    return district.person("staff", district.code, name="唐宁")


@pytest.fixture
def company(office: Any, district: District) -> UUID:
    """A company that served the first community only from 2024 on."""
    made: UUID = office.company("安居物业", district.communities[0], since=date(2024, 1, 1))
    office.enter(made, "B1", "30")
    return made


@pytest.fixture
def send(office: Any, district: District, clerk: Browser, company: UUID) -> Callable[..., Any]:
    """Send the form of an item, with these entries changed."""

    def run(code: str = "G3", **entries: Any) -> Any:
        with district.entered():
            item = office.item(code)
            place = district.place(district.communities[0]).id
        data = {
            "points": "5",
            "occurred_on": "2026-01-05",
            "about_place": str(place),
            "basis": BASIS,
            "evidence": (io.BytesIO(PDF), "通报.pdf"),
        }
        address = f"/{district.code}/red_property/companies/{company}/items/new/{item}"
        return clerk.send(address, data | entries, headers=ENGLISH)

    return run


def test_an_item_is_entered_with_evidence_and_counts(
    send: Callable[..., Any], district: District, clerk: Browser, company: UUID, cells: Cells
) -> None:
    sent = send(points="５．００")
    base = f"/{district.code}/red_property"
    assert (sent.status_code, sent.location) == (303, f"{base}/companies/{company}")
    assert "35.00 = 30.00 + 5.00 + 0.00" in clerk.get(sent.location).text
    listed = clerk.get(f"{base}/companies/{company}/items", headers=ENGLISH).text
    newest = cells(listed)[0]
    assert (newest[1].split()[0], newest[3], newest[6]) == (
        "受到市级党委、政府或部门表彰",
        "5 Jan 2026",
        "5.00",
    )
    entry = listed.split(f"{base}/items/")[1].split('"')[0]
    page = clerk.get(f"{base}/items/{entry}", headers=ENGLISH).text
    assert (BASIS in page, "<dd>唐宁</dd>" in page) == (True, True)
    evidence = clerk.get(f"{base}/items/{entry}/evidence")
    assert (evidence.status_code, evidence.data) == (200, PDF)
    viewer = district.person("viewer", district.code)
    assert viewer.get(f"{base}/items/{entry}").status_code == 200
    assert viewer.get(f"{base}/items/{entry}/evidence").status_code == 403
    below = district.person("administrator", district.communities[0])
    assert below.get(f"{base}/items/{entry}/evidence").status_code == 404


@pytest.mark.parametrize(
    ("code", "entries", "refused"),
    [
        ("G9", {"points": "10.01"}, {"points": ["This item is worth 1.00 to 10.00 points."]}),
        ("G9", {"points": "2.505"}, {"points": ["At most two decimals."]}),
        ("G9", {"points": "9" * 5000}, {"points": ["Between 0 and 10000."]}),
        ("G9", {"points": "1e-999999999999999999"}, {"points": ["At most two decimals."]}),
        ("G9", {"points": "many"}, {"points": ["Enter a number."]}),
        ("G3", {"occurred_on": TO_COME}, {"occurred_on": ["This day is still to come."]}),
        ("G3", {"basis": "  "}, {"basis": ["Please fill this in."]}),
        ("G3", {"evidence": ""}, {"evidence": ["This item needs evidence: a photo or a PDF."]}),
        ("G3", {"valid_from": "2026-01-04"}, {"valid_from": [TOO_EARLY]}),
        ("G3", {"about_place": str(uuid4())}, {"about_place": ["Choose one of the list."]}),
    ],
)
def test_what_does_not_fit_is_refused_at_its_field_and_nothing_typed_is_lost(
    send: Callable[..., Any],
    district: District,
    clerk: Browser,
    company: UUID,
    refusals: Refusals,
    cells: Cells,
    code: str,
    entries: dict[str, Any],
    refused: dict[str, list[str]],
) -> None:
    answer = send(code, **entries)
    assert answer.status_code == 422
    assert refusals(answer.text) == refused
    kept = {"points": "5", "occurred_on": "2026-01-05", "basis": BASIS} | entries
    for field in ("points", "occurred_on"):
        assert f'value="{kept[field]}"' in answer.text
    assert kept["basis"].strip() in answer.text
    assert ("通报.pdf" in answer.text) is ("evidence" not in entries)
    listed = clerk.get(f"/{district.code}/red_property/companies/{company}/items").text
    assert len(cells(listed)) == 1


def test_what_happened_before_the_company_served_there_is_refused(
    send: Callable[..., Any], refusals: Refusals
) -> None:
    answer = send(occurred_on="2023-12-31")
    assert answer.status_code == 422
    (message,) = refusals(answer.text)["occurred_on"]
    assert message.startswith("安居物业 did not serve")


def test_when_the_method_changed_meanwhile_what_was_typed_stays(
    office: Any, district: District, clerk: Browser, company: UUID
) -> None:
    with district.entered():
        item = office.item("G9")
    office.adopt("yantai_2022")
    address = f"/{district.code}/red_property/companies/{company}/items/new/{item}"
    data = {"points": "5", "occurred_on": "2026-01-05", "basis": BASIS}
    answer = clerk.send(address, data, headers=ENGLISH)
    assert answer.status_code == 422
    assert "This item is not of the method in force." in answer.text
    assert f">{BASIS}</textarea>" in answer.text


@pytest.mark.parametrize(
    ("content", "refused"),
    [
        (b"MZ\x90\x00program", "Only photos (JPEG, PNG, WebP) and PDF files."),
        (PDF + b" " * 5 * 1024 * 1024, "This file is larger than 5 MB."),
    ],
)
def test_a_file_that_is_no_evidence_is_refused_and_the_rest_is_kept(
    send: Callable[..., Any], refusals: Refusals, content: bytes, refused: str
) -> None:
    answer = send(evidence=(io.BytesIO(content), "通报.pdf"))
    assert (answer.status_code, refusals(answer.text)) == (422, {"evidence": [refused]})
    for typed in ('value="5"', 'value="2026-01-05"', f">{BASIS}</textarea>"):
        assert typed in answer.text
    assert re.search(r'<option value="[0-9a-f-]{36}" selected>', answer.text)


def test_all_that_is_wrong_is_said_at_once(send: Callable[..., Any], refusals: Refusals) -> None:
    answer = send(points="many", occurred_on=TO_COME)
    assert refusals(answer.text) == {
        "points": ["Enter a number."],
        "occurred_on": ["This day is still to come."],
    }


def test_an_item_sent_twice_is_entered_once(
    send: Callable[..., Any],
    office: Any,
    district: District,
    clerk: Browser,
    company: UUID,
    cells: Cells,
) -> None:
    with district.entered():
        item, other = office.item("G3"), office.item("G4")
    base = f"/{district.code}/red_property/companies/{company}"
    shown = [
        re.findall(r'name="id" value="([^"]*)"', clerk.get(f"{base}/items/new/{item}").text)
        for _ in range(2)
    ]
    ((one,), (another,)) = shown
    assert one != another
    refused = send(id=one, points="6")
    assert re.findall(r'name="id" value="([^"]*)"', refused.text) == [one]
    kept = re.findall(r'name="evidence-kept" value="([^"]*)"', refused.text)[0]
    again = {"id": one, "evidence": "", "evidence-kept": kept}
    answers = [send(**again), send(**again)]
    assert [(answer.status_code, answer.location) for answer in answers] == [(303, base)] * 2
    assert "35.00 = 30.00 + 5.00 + 0.00" in clerk.get(base).text
    assert len(cells(clerk.get(f"{base}/items").text)) == 2
    assert send(id=another).status_code == 303
    assert len(cells(clerk.get(f"{base}/items").text)) == 3
    taken = send("G4", id=one, points="3")
    assert other != item
    assert taken.status_code == 409
    assert "Another item was entered with this id. Open the form anew." in taken.text
    assert send(id="nonsense").status_code == 422


def test_an_item_of_no_method_and_a_company_of_another_district_are_not_there(
    take_office: Any, office: Any, district: District, clerk: Browser, company: UUID
) -> None:
    elsewhere = take_office()
    elsewhere.adopt("yantai_2022")
    foreign = elsewhere.company("安居物业")
    gone = elsewhere.enter(foreign, "B1", "30")
    with elsewhere.district.entered():
        strange = elsewhere.item("G3")
    with district.entered():
        item = office.item("G3")
    base = f"/{district.code}/red_property"
    paths = [
        f"companies/{company}/items/new/{strange}",
        f"companies/{foreign}/items/new/{item}",
        f"companies/{foreign}/items/new",
        f"companies/{foreign}/items",
        f"items/{gone}",
        f"items/{gone}/evidence",
        f"items/{gone}/end",
    ]
    assert [clerk.get(f"{base}/{path}").status_code for path in paths] == [404] * len(paths)


def test_ending_says_before_what_the_score_becomes_and_happens_once(
    office: Any, district: District, clerk: Browser, company: UUID
) -> None:
    office.enter(company, "B3", "30")
    entry = office.enter(company, "B2", "20")
    address = f"/{district.code}/red_property/items/{entry}/end"
    asked = clerk.get(address, headers=ENGLISH).text
    assert "<strong>80.00</strong>" in asked
    assert "<strong>60.00</strong>" in asked
    assert ("AA 良好" in asked, "B 合格" in asked) == (True, True)
    assert "rectified" not in asked
    assert clerk.send(address, {"kind": "revoked", "reason": " "}).status_code == 422
    assert clerk.send(address, {"kind": "rectified", "reason": "误录"}).status_code == 422
    assert clerk.send(address, {"kind": "revoked", "reason": "误录"}).status_code == 303
    late = clerk.get(address)
    assert (late.status_code, late.location) == (303, address.removesuffix("/end"))
    again = clerk.send(address, {"kind": "revoked", "reason": "误录"}, headers=ENGLISH)
    assert again.status_code == 409
    assert f"This entry was revoked already, on {english(today())}." in again.text
    receipt = clerk.get(f"/{district.code}/red_property/companies/{company}").text
    assert "60.00 = 60.00 + 0.00 + 0.00" in receipt


def test_what_stands_until_it_is_put_right_may_be_marked_so(
    office: Any, district: District, clerk: Browser, company: UUID
) -> None:
    entry = office.enter(company, "S1", "0")
    address = f"/{district.code}/red_property/items/{entry}"
    assert "诚信黑名单" in clerk.get(f"{address}/end").text
    done = clerk.send(f"{address}/end", {"kind": "rectified", "reason": "资金已归还"})
    assert done.status_code == 303
    page = clerk.get(address, headers=ENGLISH).text
    assert ("Put right by the company" in page, "资金已归还" in page) == (True, True)
    receipt = clerk.get(f"/{district.code}/red_property/companies/{company}", headers=ENGLISH).text
    assert "leads straight to" not in receipt
