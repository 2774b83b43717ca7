"""The pages and resources of indicators: figures, who is missing, the past, and nobody else's."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from flask import Flask

from core.clock import now
from core.db import db
from core.indicators import tasks
from core.indicators.periods import before, period_at
from core.places.divisions import places_of
from core.testing.statements import recorded
from core.testing.world import Browser, District

ENGLISH = {"Accept-Language": "en"}
PRESENT = period_at("month", now())


def measured(district: District, *codes: str, at: datetime | None = None) -> District:
    """Switch the garden on at some communities and measure."""
    for code in codes:
        district.enable("garden", code)
    with district.app.app_context():
        tasks.refresh(district.tenant, at=at)
    return district


def table(browser: Browser, path: str) -> list[list[str]]:
    """The cells of a page's table, without their markup."""
    answer = browser.get(path, headers=ENGLISH)
    assert answer.status_code == 200
    body = answer.text.partition("<tbody")[2].partition("</tbody>")[0]
    rows = re.findall(r"<tr[^>]*>(.*?)</tr>", body, re.DOTALL)
    return [
        [
            " ".join(re.sub(r"<[^>]+>", " ", cell).split())
            for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL)
        ]
        for row in rows
    ]


def text_of(browser: Browser, path: str) -> str:
    answer = browser.get(path, headers=ENGLISH)
    assert answer.status_code == 200
    return " ".join(re.sub(r"<[^>]+>", " ", answer.text).split())


def names(district: District) -> dict[str, str]:
    with district.entered():
        return {c: district.place(c).name for c in (*district.communities, *district.streets)}


def tens(length: int) -> str:
    return f"{length / 10:g}"


def test_a_community_sees_its_own(district: District) -> None:
    code = district.communities[0]
    measured(district, code)
    lengths = {c: len(name) for c, name in places_of(district.code)}
    viewer = district.person("viewer", code)

    rows = table(viewer, f"/{code}/-/indicators")

    assert [[*row[:3], row[4], row[6]] for row in rows] == [
        ["花坛", tens(lengths[code]), "个", "1 of 1", "花园"],
        ["月份", f"{int(PRESENT.key.replace('-', '')):,}", "月", "1 of 1", "花园"],
    ]
    page = text_of(viewer, f"/{code}/-/indicators")
    assert "so by themselves they rank nobody: 花坛" in page


def test_a_street_sees_the_sum_and_who_is_missing(district: District) -> None:
    one = district.communities[0]
    street = one[:9]
    siblings = [c for c in district.communities if c[:9] == street]
    measured(district, *siblings[:-1])
    lengths = {c: len(name) for c, name in places_of(district.code)}
    name = names(district)
    viewer = district.person("viewer", street)
    path = f"/{street}/-/indicators/garden.beds"

    rows = {row[0]: row[1:4] for row in table(viewer, path)}
    page = text_of(viewer, path)

    assert rows == {
        **{name[c]: [name[street], tens(lengths[c]), "Counted"] for c in siblings[:-1]},
        name[siblings[-1]]: [name[street], "—", "Missing: switched off"],
    }
    total = sum(lengths[c] for c in siblings[:-1])
    assert f"Total {tens(total)} 个 Counted {len(siblings) - 1} of {len(siblings)}" in page
    assert "1 place is missing" in page
    assert f"花园 is not switched on there, so they do not count: {name[siblings[-1]]}" in page
    assert "Rewards volume: doing more raises it." in page
    assert [row[0] for row in table(viewer, f"{path}?show=missing")] == [name[siblings[-1]]]


def test_what_stands_and_what_waits_is_said(district: District) -> None:
    one = district.communities[0]
    other = district.neighbour(one)
    measured(district, one)
    district.disable("garden", one)
    district.enable("garden", other)
    viewer = district.person("viewer", one[:9])
    name = names(district)

    rows = {row[0]: row[3] for row in table(viewer, f"/{one[:9]}/-/indicators/garden.beds")}

    assert (rows[name[one]], rows[name[other]]) == ("No longer updated", "Not measured yet")
    index = table(district.person("viewer", one), f"/{one}/-/indicators")
    assert [row[4] for row in index] == ["No longer updated"] * 2


def test_the_way_to_other_periods(district: District) -> None:
    code = district.communities[0]
    measured(district, code, at=before(PRESENT).ends)
    viewer = district.person("viewer", code)
    last, path = before(PRESENT), f"/{code}/-/indicators/garden.month"

    present = viewer.get(path, headers=ENGLISH).text
    past = viewer.get(f"{path}?period={last.key}", headers=ENGLISH).text

    assert f'href="{path}?period={last.key}"' in present
    assert 'rel="next"' not in present
    assert f'href="{path}?period={PRESENT.key}"' in past
    assert table(viewer, f"{path}?period={last.key}")[0][2] == f"{int(last.key.replace('-', '')):,}"
    for odd in ("2026-13", "9999", "%00", "2000-01"):
        assert viewer.get(f"{path}?period={odd}").status_code in (200, 400)


@pytest.mark.parametrize(
    "path", ["indicators/garden.weeds", "indicators/volunteer.hours", "indicators/garden.streets"]
)
def test_what_is_not_measured_here_is_not_found(district: District, path: str) -> None:
    code = district.communities[0]
    assert district.person("viewer", code).get(f"/{code}/-/{path}").status_code == 404


def test_where_nothing_is_measured_it_says_so(failing: Flask, district: District) -> None:
    district = replace(district, app=failing)
    viewer = district.person("viewer", district.streets[0])
    street = district.streets[0]
    places = sum(code[:9] == street for code in district.communities)
    assert table(viewer, f"/{street}/-/indicators")[0][4] == f"0 of {places}"
    community = district.communities[0]
    viewer = district.person("viewer", community)
    assert "Nothing is measured here yet" in text_of(viewer, f"/{community}/-/indicators")


def test_nothing_of_others_shows(new_garden: Callable[[], District]) -> None:
    here, there = new_garden(), new_garden()
    for district in (here, there):
        measured(district, district.communities[0], district.neighbour(district.communities[0]))
    code = here.communities[0]
    viewer = here.person("viewer", code)

    page = viewer.get(f"/{code}/-/indicators/garden.beds").text

    for other in (here.neighbour(code), *there.communities):
        assert other not in page
    for elsewhere in (code[:9], here.neighbour(code), there.communities[0]):
        for path in ("indicators", "indicators/garden.beds"):
            assert viewer.get(f"/{elsewhere}/-/{path}").status_code == 404


def test_pages_cost_the_same_with_one_community_and_with_all(
    district: District, measuring: Flask
) -> None:
    viewer = district.person("viewer", district.code)
    paths = [f"/{district.code}/-/indicators", f"/{district.code}/-/indicators/garden.beds"]

    def statements() -> list[int]:
        found = []
        for path in paths:
            with measuring.app_context():
                engine = db.engine
            with recorded(engine) as seen:
                assert viewer.get(path).status_code == 200
            found.append(len(seen))
        return found

    measured(district, district.communities[0])
    statements()
    one = statements()
    district.allow("garden", "mandatory")
    measured(district)
    assert statements() == one
    assert max(one) <= 10


def test_programs_read_them_too(district: District) -> None:
    one = district.communities[0]
    street = one[:9]
    siblings = [c for c in district.communities if c[:9] == street]
    measured(district, *siblings[:-1])
    lengths = {c: len(name) for c, name in places_of(district.code)}
    program = district.program("viewer", street, "core.indicator.view", "core.place.view")
    base = f"/api/v1/places/{street}/indicators"

    listed = program.get(f"{base}?size=2").get_json()
    assert ([item["id"] for item in listed["items"]], listed["total"]) == (
        ["garden.beds", "garden.month"],
        4,
    )
    found: dict[str, Any] = program.get(f"{base}/garden.beds").get_json()
    assert (found["value"], found["counted"], found["places"], found["divisor"]) == (
        sum(lengths[c] for c in siblings[:-1]),
        len(siblings) - 1,
        len(siblings),
        10,
    )
    values = program.get(f"{base}/garden.beds/values").get_json()["items"]
    assert [(v["place"], v["value"], v["missing"]) for v in values] == [
        *((c, lengths[c], False) for c in siblings[:-1]),
        (siblings[-1], None, True),
    ]
    refused = program.get(f"{base}/garden.beds?period=2026-Q4")
    assert (refused.status_code, list(refused.get_json()["errors"])) == (422, ["period"])
    assert program.get(f"{base}/garden.beds?period=2001-01").get_json()["value"] is None
    assert program.get(f"{base}/garden.weeds").status_code == 404
    assert program.get(f"/api/v1/places/{one}/indicators/garden.streets").status_code == 404
