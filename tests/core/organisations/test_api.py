"""Organisations as other systems read them."""

from __future__ import annotations

from datetime import date
from typing import Any

BEGINS, ENDS = date(2024, 3, 1), date(2024, 8, 31)


def address(place: str, *parts: object) -> str:
    return "/".join([f"/api/v1/places/{place}/organisations", *map(str, parts)])


def test_a_program_reads_what_its_place_sees_and_no_more(registry: Any) -> None:
    own, next_door, district = registry.own, registry.next_door, registry.district.code
    code = registry.new_code()
    company = registry.company(district, "安居物业", code)
    for place in (own, next_door):
        registry.serve(company, place, BEGINS, ENDS)
    other = registry.company(next_door, "邻居物业")
    registry.serve(other, own, ENDS)
    theirs, mine = registry.committee(next_door), registry.committee(own)
    program = registry.district.program("viewer", own)
    shown = {
        str(company): {
            "id": str(company),
            "kind": "property_company",
            "name": "安居物业",
            "credit_code": code,
            "keeper": district,
        },
        str(mine): {
            "id": str(mine),
            "kind": "owners_committee",
            "name": "第一业主委员会",
            "credit_code": None,
            "keeper": own,
        },
    }
    listed = {row["id"]: row for row in program.get(address(own)).get_json()["items"]}
    assert listed.pop(str(other))["keeper"] is None
    assert listed == shown
    assert program.get(address(own, company)).get_json() == shown[str(company)]
    with registry.district.entered():
        name = registry.district.place(own).name
    assert program.get(address(own, company, "areas")).get_json()["items"] == [
        {"place": own, "name": name, "served_from": "2024-03-01", "served_to": "2024-08-31"}
    ]
    for path in ((theirs,), (theirs, "areas")):
        assert program.get(address(own, *path)).status_code == 404
        assert program.get(address(next_door, *path)).status_code == 404


def test_lists_are_filtered_and_a_wrong_filter_names_itself(registry: Any) -> None:
    own = registry.own
    code = registry.new_code()
    company, committee = registry.company(own, code=code), registry.committee(own)
    program = registry.district.program("auditor", own)
    found = {
        query: {row["id"] for row in program.get(f"{address(own)}?{query}").get_json()["items"]}
        for query in ("kind=owners_committee", "name=物业", f"credit_code={code.lower()}")
    }
    assert found == {
        "kind=owners_committee": {str(committee)},
        "name=物业": {str(company)},
        f"credit_code={code.lower()}": {str(company)},
    }
    refused = program.get(f"{address(own)}?kind=guild")
    assert refused.status_code == 422
    assert list(refused.get_json()["errors"]) == ["kind"]
