"""The pages of organisations: entering, finding, saying whom they serve, and what stays hidden."""

from __future__ import annotations

import re
from datetime import date
from typing import Any
from uuid import UUID

import pytest
from flask import Flask

from core.db import db
from core.testing.statements import recorded
from core.testing.world import Browser

ENGLISH = {"Accept-Language": "en"}
BEGINS, ENDS = date(2024, 3, 1), date(2024, 8, 31)
CORRECTED = (
    "Companies, social organisations and institutions are entered once for the whole district,"
    " which corrects their names and codes."
)
SPAN = {"served_from": "2024-03-01", "served_to": ""}


def rows(browser: Browser, path: str) -> list[list[str]]:
    """The cells of a page's table, without their markup."""
    answer = browser.get(path, headers=ENGLISH)
    assert answer.status_code == 200
    body = answer.text.partition("<tbody")[2].partition("</tbody>")[0]
    found = re.findall(r"<tr[^>]*>(.*?)</tr>", body, re.DOTALL)
    cells = [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL) for row in found]
    return [[" ".join(re.sub(r"<[^>]+>", " ", cell).split()) for cell in row] for row in cells]


def problems(answer: Any) -> dict[str, list[str]]:
    """What a refused form says, by field."""
    found = re.findall(r'id="field-(\w+)-errors">(.*?)</div>', answer.text, re.DOTALL)
    return {
        name: [" ".join(re.sub(r"<[^>]+>", " ", p).split()) for p in re.findall(r"<p>.*?</p>", box)]
        for name, box in found
    }


def made(answer: Any) -> str:
    """The address that a form led to."""
    assert answer.status_code == 303, answer.text
    return str(answer.headers["Location"])


def test_from_an_empty_list_to_a_company_that_serves_a_community(registry: Any) -> None:
    code = registry.new_code()
    clerk = registry.district.person("staff", registry.district.code)
    index = registry.path(registry.district.code)
    assert "No organisation yet" in clerk.get(index, headers=ENGLISH).text
    typed = {"kind": "property_company", "name": "  安居物业 ", "credit_code": code.lower()}
    company = made(clerk.send(f"{index}/new", typed))
    with registry.district.entered():
        own = registry.district.place(registry.own)
        names = own.name, registry.district.place(registry.own[:9]).name
    assert rows(clerk, company) == []
    made(clerk.send(f"{company}/areas/new", {"place": registry.own, **SPAN}))
    served = f"{names[0]} · {names[1]}"
    assert rows(clerk, company) == [[served, "Serves now", "1 Mar 2024", "—", "Change"]]
    assert rows(clerk, index) == [
        ["安居物业", "Property service company", code, names[0], registry.district.name]
    ]
    area = re.findall(r'href="([^"]+/areas/[0-9a-f-]{36})"', clerk.get(company).text)[0]
    made(clerk.send(area, {"served_from": "2024-03-01", "served_to": "2024年8月31日"}))
    assert rows(clerk, company) == [
        [served, "No longer serves", "1 Mar 2024", "31 Aug 2024", "Change"]
    ]
    made(clerk.send(f"{company}/edit", typed | {"name": "安居乐业物业"}))
    assert rows(clerk, index)[0][0] == "安居乐业物业"
    assert rows(clerk, index)[0][3] == "—"


def test_a_community_says_by_the_code_that_a_company_serves_it(registry: Any) -> None:
    code = registry.new_code()
    company = registry.company(registry.district.code, code=code)
    clerk = registry.district.person("staff", registry.own)
    one = registry.path(registry.own, company)
    assert clerk.get(one).status_code == 404
    new = registry.path(registry.own, "new")
    refused = clerk.send(
        new,
        {"kind": "property_company", "name": "安居", "credit_code": f"{code[:9]} {code[9:]}"},
        headers=ENGLISH,
    )
    assert refused.status_code == 409
    assert problems(refused) == {
        "credit_code": ["An organisation of this district has this code already."]
    }
    offered = re.findall(r'href="([^"]+/serving\?code=[^"]+)"', refused.text)[0]
    assert f'value="{code[:9]} {code[9:]}"' in clerk.get(offered).text
    spaced = {"credit_code": f"{code[:9]} {code[9:]}"}
    assert made(clerk.send(registry.path(registry.own, "serving"), spaced | SPAN)) == one
    assert [row[1:4] for row in rows(clerk, one)] == [["Serves now", "1 Mar 2024", "—"]]
    assert clerk.get(f"{one}/edit").status_code == 403
    changed = {"kind": "property_company", "name": "我的物业", "credit_code": code}
    assert clerk.send(f"{one}/edit", changed).status_code == 403
    assert rows(clerk, registry.path(registry.own))[0][0] == "安居物业"


@pytest.mark.parametrize(
    ("typed", "status", "field"),
    [
        ({"kind": "guild"}, 422, "kind"),
        ({"name": ""}, 422, "name"),
        ({"name": "长" * 101}, 422, "name"),
        ({"credit_code": ""}, 422, "credit_code"),
        ({"credit_code": "91110000600037341M"}, 422, "credit_code"),
        ({"credit_code": "9" * 61}, 422, "credit_code"),
    ],
)
def test_a_refused_organisation_keeps_what_was_typed(
    shared: Any, typed: dict[str, str], status: int, field: str
) -> None:
    clerk = shared.district.person("staff", shared.own)
    good = {
        "kind": "property_company",
        "name": "安居物业",
        "credit_code": "91110000600037341L",
    }
    answer = clerk.send(shared.path(shared.own, "new"), good | typed)
    assert (answer.status_code, list(problems(answer))) == (status, [field])
    for value in (good | typed).values():
        assert value == "guild" or f'value="{value}"' in answer.text
    assert rows(clerk, shared.path(shared.own)) == []


def test_refused_spans_name_their_field(registry: Any) -> None:
    company = registry.company(registry.own)
    registry.serve(company, registry.own, BEGINS, ENDS)
    clerk = registry.district.person("staff", registry.own)
    new = registry.path(registry.own, company, "areas", "new")
    cases = [
        ({"place": registry.own, **SPAN}, 409, "served_from"),
        ({"place": registry.own, "served_from": "2025-02-30"}, 422, "served_from"),
        (
            {"place": registry.own, "served_from": "2025-02-02", "served_to": "2025-02-01"},
            422,
            "served_to",
        ),
        ({"place": registry.next_door, **SPAN}, 422, "place"),
        ({"place": registry.district.code, **SPAN}, 422, "place"),
        ({**SPAN}, 422, "place"),
    ]
    for typed, status, field in cases:
        answer = clerk.send(new, typed)
        assert (answer.status_code, list(problems(answer))) == (status, [field]), typed
    assert len(rows(clerk, registry.path(registry.own, company))) == 1


@pytest.mark.parametrize("role", ["viewer", "auditor"])
def test_those_who_only_look_are_offered_no_change(shared: Any, role: Any) -> None:
    looker = shared.district.person(role, shared.next_door)
    company = shared.company(shared.next_door, name=f"物业{role}")
    shared.serve(company, shared.next_door, BEGINS)
    for path in (shared.path(shared.next_door), shared.path(shared.next_door, company)):
        text = looker.get(path).text
        assert f"物业{role}" in text
        assert re.findall(r'href="[^"]*/(?:new|edit|serving|areas)[^"]*"', text) == []


def test_nothing_next_door_shows_and_its_addresses_are_not_there(registry: Any) -> None:
    own, next_door = registry.own, registry.next_door
    company = registry.company(next_door, "两边的物业")
    here = registry.serve(company, own, BEGINS)
    there = registry.serve(company, next_door, BEGINS)
    theirs = registry.committee(next_door)
    clerk = registry.district.person("administrator", own)
    with registry.district.entered():
        neighbour = registry.district.place(next_door).name
    assert [row[0] for row in rows(clerk, registry.path(own))] == ["两边的物业"]
    for path in (registry.path(own), registry.path(own, company)):
        page = clerk.get(path, headers=ENGLISH).text
        assert neighbour not in page
        assert "Another place" in page
    missing = {"kind": "owners_committee", "name": "改名"}
    assert {
        clerk.get(registry.path(own, theirs)).status_code,
        clerk.get(registry.path(next_door, theirs)).status_code,
        clerk.send(registry.path(own, theirs, "edit"), missing).status_code,
        clerk.send(registry.path(own, theirs, "areas", "new"), {"place": own}).status_code,
        clerk.get(registry.path(own, company, "areas", there)).status_code,
        clerk.send(registry.path(own, company, "areas", there), SPAN).status_code,
        clerk.get(registry.path(own, theirs, "areas", here)).status_code,
    } == {404}
    assert clerk.get(registry.path(own, company, "areas", here)).status_code == 200


@pytest.mark.parametrize(
    "kind", ["property_company", "company", "social_organisation", "public_institution"]
)
def test_the_district_corrects_what_is_entered_once_for_all_of_it(registry: Any, kind: Any) -> None:
    code, right = registry.new_code(), registry.new_code()
    own, district = registry.own, registry.district.code
    key = registry.add(own, kind, "安居", code)
    one, typed = registry.path(own, key), {"kind": kind, "name": "改名", "credit_code": right}
    clerk = registry.district.person("staff", own)
    page = clerk.get(one, headers=ENGLISH).text
    assert (f"{one}/edit" in page, CORRECTED in page) == (False, True)
    refusals = [
        clerk.get(f"{one}/edit", headers=ENGLISH),
        clerk.send(f"{one}/edit", typed, headers=ENGLISH),
        clerk.send(f"{one}/edit", typed | {"name": ""}, headers=ENGLISH),
    ]
    assert [(r.status_code, CORRECTED in r.text) for r in refusals] == [(403, True)] * 3
    assert [row[:3:2] for row in rows(clerk, registry.path(own))] == [["安居", code]]
    one, clerk = registry.path(district, key), registry.district.person("staff", district)
    page = clerk.get(one, headers=ENGLISH).text
    assert (f"{one}/edit" in page, CORRECTED in page) == (True, False)
    assert made(clerk.send(f"{one}/edit", typed)) == one
    assert [row[:3:2] for row in rows(clerk, registry.path(own))] == [["改名", right]]


def test_a_committee_is_corrected_where_it_is_kept(registry: Any) -> None:
    committee = registry.path(registry.own, registry.committee(registry.own))
    clerk = registry.district.person("staff", registry.own)
    page = clerk.get(committee, headers=ENGLISH).text
    assert (f"{committee}/edit" in page, CORRECTED in page) == (True, False)
    typed = {"kind": "owners_committee", "name": "第二业主委员会", "credit_code": ""}
    assert made(clerk.send(f"{committee}/edit", typed)) == committee
    assert rows(clerk, registry.path(registry.own))[0][0] == "第二业主委员会"


def test_another_kind_is_refused_where_the_kind_is_shown(registry: Any) -> None:
    own = registry.own
    committee = registry.path(own, registry.committee(own))
    clerk = registry.district.person("staff", own)
    form = clerk.get(f"{committee}/edit", headers=ENGLISH).text
    assert re.findall(r'<(?:select|input)[^>]* name="kind"[^>]*>', form) == [
        '<input type="hidden" name="kind" value="owners_committee">'
    ]
    assert "<dt>Kind of organisation</dt><dd>Owners' committee</dd>" in form
    typed = {"kind": "property_company", "name": "新名", "credit_code": registry.new_code()}
    refused = clerk.send(f"{committee}/edit", typed, headers=ENGLISH)
    assert refused.status_code == 422
    assert re.findall(r'<a href="#field-kind">([^<]+)</a>', refused.text) == [
        "Kind of organisation: What an organisation is stays as it was added."
    ]
    assert 'id="field-kind"' in refused.text
    assert 'value="新名"' in refused.text
    assert [row[:3] for row in rows(clerk, registry.path(own))] == [
        ["第一业主委员会", "Owners' committee", "—"]
    ]


def test_entering_what_the_place_sees_already_leads_there(registry: Any) -> None:
    code = registry.new_code()
    company = registry.company(registry.own, code=code)
    clerk = registry.district.person("staff", registry.own[:9])
    typed = {"kind": "company", "name": "安居", "credit_code": code}
    refused = clerk.send(registry.path(registry.own[:9], "new"), typed)
    assert refused.status_code == 409
    assert f'href="{registry.path(registry.own[:9], company)}"' in refused.text
    assert "serving?code" not in refused.text


def test_a_neighbour_s_committee_is_not_found_by_its_code(registry: Any) -> None:
    code, unused = registry.new_code(), registry.new_code()
    registry.add(registry.next_door, "residents_committee", "邻居居委会", code)
    clerk = registry.district.person("staff", registry.own)
    serving = registry.path(registry.own, "serving")
    answers = [clerk.send(serving, {"credit_code": c, **SPAN}) for c in (code, unused)]
    assert [answer.status_code for answer in answers] == [422, 422]
    assert problems(answers[0]) == problems(answers[1]) != {}
    typed = {"kind": "residents_committee", "name": "居委会", "credit_code": code}
    entering = clerk.send(registry.path(registry.own, "new"), typed)
    assert (entering.status_code, list(problems(entering))) == (409, ["credit_code"])
    assert "serving?code" not in entering.text
    assert "邻居" not in answers[0].text + entering.text


def test_a_street_s_service_shows_in_its_communities_but_is_not_theirs_to_change(
    registry: Any,
) -> None:
    street = registry.own[:9]
    company = registry.company(registry.district.code)
    area = registry.serve(company, street, BEGINS)
    clerk = registry.district.person("administrator", registry.own)
    one = registry.path(registry.own, company)
    assert [row[-1] for row in rows(clerk, one)] == [""]
    assert clerk.get(f"{one}/areas/{area}").status_code == 403
    assert clerk.send(f"{one}/areas/{area}", SPAN).status_code == 403


def test_filters_find_by_part_of_the_name_by_kind_and_by_beginning_of_the_code(
    registry: Any,
) -> None:
    code = registry.new_code()
    registry.company(registry.own, "安居物业", code)
    registry.company(registry.own, "百分%物业")
    registry.committee(registry.own, "安居业委会")
    clerk = registry.district.person("viewer", registry.own)
    index = registry.path(registry.own)
    wanted = {
        "": ["百分%物业", "安居物业", "安居业委会"],
        "name=安居": ["安居物业", "安居业委会"],
        "name=%25": ["百分%物业"],
        "kind=owners_committee": ["安居业委会"],
        "kind=guild": ["百分%物业", "安居物业", "安居业委会"],
        f"code={code[:10].lower()}": ["百分%物业", "安居物业"],
        f"code={code[:4]} {code[4:]}": ["安居物业"],
        "name=nobody": [],
    }
    found = {query: sorted(row[0] for row in rows(clerk, f"{index}?{query}")) for query in wanted}
    assert found == {query: sorted(names) for query, names in wanted.items()}


def test_lists_cost_the_same_with_one_row_and_with_thirty(app: Flask, registry: Any) -> None:
    clerk = registry.district.person("administrator", registry.district.code)
    first = registry.company(registry.district.code, "公司")
    registry.serve(first, registry.own, BEGINS)
    index, one = registry.path(registry.district.code), registry.path(registry.district.code, first)
    costs = [cost(app, clerk, path) for path in (index, one)]
    for number in range(29):
        company = registry.company(registry.own, f"公司{number}")
        registry.serve(company, registry.own, BEGINS)
        registry.serve(first, registry.own, date(1990 + number, 1, 1), date(1990 + number, 1, 1))
    assert [len(rows(clerk, path)) for path in (index, one)] == [30, 30]
    assert [cost(app, clerk, path) for path in (index, one)] == costs


def cost(app: Flask, browser: Browser, path: str) -> int:
    browser.get(path)
    with app.app_context(), recorded(db.engine) as seen:
        browser.get(path)
    return len(seen)


def test_what_was_done_is_in_the_audit_log_in_words(registry: Any) -> None:
    clerk = registry.district.person("administrator", registry.own)
    company = made(
        clerk.send(
            registry.path(registry.own, "new"),
            {"kind": "company", "name": "商行", "credit_code": registry.new_code()},
        )
    )
    made(clerk.send(f"{company}/areas/new", {"place": registry.own, **SPAN}))
    clerk.send(f"{company}/areas/new", {"place": registry.own, **SPAN})
    text = clerk.get(f"/{registry.own}/-/audit", headers=ENGLISH).text
    assert text.count("Added an organisation") == 1
    assert text.count("Said that an organisation serves a place") == 2
    assert UUID(company.rpartition("/")[2]).version == 7
