"""The desk's pages of places: what lies below, by name and kind, and nothing from elsewhere."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape

import pytest

from core.audit import attempt
from core.db import db
from core.places.models import Place
from core.testing.world import SYSTEM, Browser, District


def codes(text: str) -> list[str]:
    """The places of the table, in its order."""
    return re.findall(r'<th scope="row"[^>]*><a href="/(\w+)/-/">', text)


def total(text: str) -> int:
    return int(re.search(r'pagination-total">\D*(\d+)', text)[1])


@pytest.fixture
def admin(district: District) -> Browser:
    return district.person("administrator", district.code)


def rename(district: District, names: dict[str, str]) -> None:
    with (
        district.entered(),
        attempt(
            SYSTEM, "core.test.rename", object_type="place", object_id="", place_code=district.code
        ),
    ):
        for code, name in names.items():
            place = district.place(code)
            place.name = place.official_name = name
        db.session.flush()


def test_the_list_holds_everything_below_in_code_order(district: District, admin: Browser) -> None:
    everything = sorted([*district.streets, *district.communities])
    page = admin.get(f"/{district.code}/-/places?size=100")
    assert (page.status_code, codes(page.text)) == (200, everything)
    assert total(page.text) == len(everything)

    street = district.communities[0][:9]
    page = admin.get(f"/{street}/-/places?size=100")
    assert codes(page.text) == [c for c in district.communities if c.startswith(street)]

    page = admin.get(f"/{district.communities[0]}/-/places")
    assert codes(page.text) == []


def test_pages_of_the_list_follow_one_another_without_gap_or_repeat(
    district: District, admin: Browser
) -> None:
    everything = sorted([*district.streets, *district.communities])
    seen = []
    for number in range(1, -(-len(everything) // 20) + 1):
        page = admin.get(f"/{district.code}/-/places?size=20&page={number}")
        seen += codes(page.text)
    assert seen == everything


@pytest.mark.parametrize(
    "query",
    ["size=7", "size=0", "size=-1", "size=x", "page=0", "page=-3", "page=x", "page=9" * 9, "a=b"],
)
def test_a_page_that_does_not_exist_is_the_first_or_the_last(
    district: District, admin: Browser, query: str
) -> None:
    page = admin.get(f"/{district.code}/-/places?{query}")
    everything = sorted([*district.streets, *district.communities])
    pages = [everything[at : at + 50] for at in range(0, len(everything), 50)]
    assert page.status_code == 200
    assert codes(page.text) in (pages[0], pages[-1])


def test_names_are_searched_as_they_are_written(
    district: District, community: str, admin: Browser
) -> None:
    others = [c for c in district.communities if c != community][:3]
    rename(
        district, {community: "百分之100%_社区", others[0]: "百分之1000社区", others[1]: "乙\\丙村"}
    )
    url = f"/{district.code}/-/places"

    def found(name: str) -> list[str]:
        return codes(admin.get(url, query_string={"name": name}).text)

    assert found("百分之100") == sorted([community, others[0]])
    assert found("100%_") == [community]
    assert found("%") == [community]
    assert found("_") == [community]
    assert found("\\") == [others[1]]
    assert found("  乙\\丙村 ") == [others[1]]
    assert found("' OR 1=1 --") == []
    assert found("<script>") == []
    assert found("没有这个名字") == []


def test_kinds_can_be_chosen_and_combined_with_a_name(
    district: District, community: str, admin: Browser
) -> None:
    rename(district, {community: "同名", community[:9]: "同名"})
    url = f"/{district.code}/-/places?size=100"
    assert codes(admin.get(f"{url}&kind=street").text) == district.streets
    assert codes(admin.get(f"{url}&kind=community").text) == district.communities
    assert codes(admin.get(f"{url}&name=同名").text) == [community[:9], community]
    assert codes(admin.get(f"{url}&name=同名&kind=street").text) == [community[:9]]
    assert codes(admin.get(f"{url}&kind=household").text) == []
    unknown = admin.get(f"{url}&kind=planet")
    assert codes(unknown.text) == sorted([*district.streets, *district.communities])


def test_the_filters_stay_in_the_fields_and_in_the_links(
    new_district: Callable[[], District],
) -> None:
    district = next(made for made in iter(new_district, None) if len(made.communities) > 20)
    admin = district.person("administrator", district.code)
    page = admin.get(
        f"/{district.code}/-/places", query_string={"name": '社区"><b>', "size": 20, "page": 1}
    )
    assert "<b>" not in page.text
    assert 'value="社区&#34;&gt;&lt;b&gt;"' in page.text
    rename(district, dict.fromkeys(district.communities, "一样的社区"))
    page = admin.get(f"/{district.code}/-/places", query_string={"name": "一样 ", "size": 20})
    following = unescape(re.search(r'rel="next" href="([^"]+)"', page.text)[1])
    second = admin.get(following)
    assert codes(second.text) == district.communities[20:40]


def test_a_search_is_cut_at_forty_characters(district: District, admin: Browser) -> None:
    rename(district, {district.streets[0]: "长" * 40})
    page = admin.get(f"/{district.code}/-/places", query_string={"name": "长" * 500})
    assert codes(page.text) == [district.streets[0]]


def test_the_overview_says_what_lies_below(district: District, admin: Browser) -> None:
    page = admin.get(f"/{district.code}/-/")
    assert page.status_code == 200
    figures = re.findall(r"<dt>([^<]+)</dt><dd>(\d+)</dd>", page.text)
    counted = {"街道": len(district.streets), "社区": len(district.communities)}
    assert sorted(int(figure) for _label, figure in figures) == sorted(counted.values())
    linked = re.findall(r'<li><a href="/(\w+)/-/">', page.text.partition("place-links")[2])
    assert linked == district.streets


def test_the_overview_of_a_community_is_about_it_alone(district: District, community: str) -> None:
    rename(district, {community: "这里的社区", district.neighbour(community): "隔壁的社区"})
    page = district.person("viewer", community).get(f"/{community}/-/")
    assert page.status_code == 200
    assert "这里的社区" in page.text
    assert "隔壁的社区" not in page.text
    assert community in page.text


def test_the_tree_at_the_side_ends_where_ones_rights_end(
    district: District, community: str
) -> None:
    def tree(browser: Browser) -> list[str]:
        text = browser.get(f"/{community}/-/places").text
        side = text.partition('class="place-tree"')[2].partition("</aside>")[0]
        return re.findall(r'href="/(\w+)/-/places"', side)

    assert tree(district.person("viewer", community)) == [community]
    assert tree(district.person("viewer", community[:9])) == [community[:9], community]
    assert tree(district.person("viewer", district.code)) == [
        district.code,
        community[:9],
        community,
    ]


def test_districts_of_the_same_names_do_not_show_in_one_another(
    new_district: Callable[[], District],
) -> None:
    one, other = new_district(), new_district()
    for each in (one, other):
        rename(each, dict.fromkeys(each.communities, "同名社区"))
    page = one.person("viewer", one.code).get(f"/{one.code}/-/places?size=100&name=同名社区")
    assert codes(page.text) == one.communities
    assert other.code not in page.text


def test_a_place_below_a_community_has_pages_too(district: District, community: str) -> None:
    grid = f"{community}G01"
    with (
        district.entered(),
        attempt(SYSTEM, "core.test.add", object_type="place", object_id=grid, place_code=grid),
    ):
        db.session.add(Place(code=grid, kind="grid", name="第一网格", official_name="第一网格"))
        db.session.flush()
    keeper = district.person("staff", grid)
    assert keeper.get(f"/{grid}/-/").status_code == 200
    assert keeper.get(f"/{grid}").status_code == 200
    assert keeper.get(f"/{community}/-/").status_code == 404
    assert district.person("staff", community).get(f"/{grid}/-/").status_code == 200
    assert keeper.get(f"/{community}G02/-/").status_code == 404


def test_the_first_page_tells_off_from_nothing_for_this_role(
    district: District, community: str
) -> None:
    auditor = district.person("auditor", community)

    def told() -> tuple[bool, bool]:
        page = auditor.get(f"/{community}/-/", headers={"Accept-Language": "en"}).text
        return "No application is switched on yet" in page, "Nothing here for your role" in page

    assert told() == (True, False)
    district.enable("volunteer", community)
    assert told() == (False, True)
    staff = district.person("staff", community)
    page = staff.get(f"/{community}/-/", headers={"Accept-Language": "en"}).text
    assert "Nothing here for your role" not in page
