"""Which communities take part in a plugin, as a street and a district see it."""

from __future__ import annotations

import html
import re
from collections.abc import Callable

import pytest
from sqlalchemy import select

from core.db import db
from core.sdk import Coverage, NotFound, Place, coverage, where_plugin_active
from core.testing.statements import recorded
from core.testing.world import District


def codes(found: Coverage) -> tuple[list[str], list[str]]:
    return [p.code for p in found.active], [p.code for p in found.missing]


def read(district: District, code: str, plugin: str = "volunteer") -> Coverage:
    with district.entered():
        return coverage(plugin, district.place(code).view)


def test_the_places_below_are_parted_by_whether_they_take_part(
    district: District, new_district: Callable[[], District], community: str
) -> None:
    elsewhere = new_district()
    elsewhere.enable("volunteer", elsewhere.communities[0])
    district.enable("volunteer", community)
    others = [code for code in district.communities if code != community]
    beside = [code for code in others if code[:9] == community[:9]]

    assert codes(read(district, district.code)) == ([community], others)
    assert codes(read(district, community[:9])) == ([community], beside)
    assert codes(read(district, community)) == ([community], [])
    assert codes(read(district, beside[0])) == ([], beside[:1])
    assert read(district, district.code).total == len(district.communities)
    district.allow("volunteer", "mandatory")
    assert codes(read(district, district.code)) == (district.communities, [])
    district.allow("volunteer", "forbidden")
    assert codes(read(district, district.code)) == ([], district.communities)


def test_it_takes_two_statements_however_many_places(district: District, community: str) -> None:
    district.enable("volunteer", community)
    with district.entered():
        view = district.place(district.code).view
        with recorded(db.engine) as statements:
            coverage("volunteer", view)
        assert len(statements) == 2
        here = select(Place.code).where(Place.kind == "community", where_plugin_active("volunteer"))
        assert db.session.execute(here).scalars().all() == [community]
        with pytest.raises(NotFound) as refused:
            coverage("no_such_plugin", view)
        assert refused.value.field == "plugin"


def test_the_application_centre_says_who_takes_part_and_who_is_missing(
    district: District, community: str
) -> None:
    district.enable("volunteer", community)
    street = community[:9]
    chief = district.person("viewer", street)
    everywhere = [code for code in district.communities if code[:9] == street]
    headers = {"Accept-Language": "en"}

    def text(path: str) -> str:
        answer = chief.get(f"/{street}/-/apps{path}", headers=headers)
        assert answer.status_code == 200
        return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", answer.text)).split())

    assert f"Communities 1 of {len(everywhere)}" in text("")
    assert f"1 of {len(everywhere)} communities take part. Missing:" in text("/volunteer")
    page = chief.get(f"/{street}/-/apps/volunteer", headers=headers).text
    linked = re.findall(r'href="/(\d{12})/-/apps/volunteer"', page)
    assert linked == [code for code in everywhere if code != community][:12]

    def rows(query: str) -> list[str]:
        page = chief.get(f"/{street}/-/apps/volunteer/communities{query}").text
        return re.findall(r'<a href="/(\d{12})/-/apps/volunteer">', page)

    assert rows("") == everywhere
    assert rows("?show=active") == [community]
    assert rows("?show=missing") == [code for code in everywhere if code != community]
    assert "Communities 1 of" not in chief.get(f"/{community}/-/apps", headers=headers).text
    district.allow("volunteer", "mandatory")
    assert f"All {len(everywhere)} communities take part." in text("/volunteer")
