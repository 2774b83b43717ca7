"""Where a plugin's pages are: at the levels it names, and only beside what it requires."""

from __future__ import annotations

import html
from collections.abc import Callable
from importlib.metadata import EntryPoint

from flask import Flask

from core.plugin_host.loading import Installed, discover
from core.testing.world import Browser, District, browser

Shelf = Callable[..., EntryPoint]
MakeApp = Callable[[list[Installed]], Flask]
InApp = Callable[[Flask], District]

PAGES = "@hookimpl\ndef linli_pages(self): return pages\n"
PAGE = "@pages.page('/', public=True)\ndef index(ctx): return ctx.place.kind\n"
SUM = "@pages.page('/sum', public=True, levels=('street',))\ndef total(ctx): return 'the sum'\n"


def test_a_plugin_of_communities_has_no_page_above_them(
    district: District, community: str, visitor: Browser
) -> None:
    district.enable("volunteer", community)
    chief = district.person("administrator", district.code)
    assert visitor.get(f"/{community}/volunteer/open").status_code == 200
    for code in (community[:9], district.code):
        for path in ("", "open", "new"):
            assert chief.get(f"/{code}/volunteer/{path}").status_code == 404, path
        assert chief.get(f"/{code}/-/").status_code == 200


def test_a_plugin_of_streets_is_there_until_the_district_forbids_it(
    shelf: Shelf, make_app: MakeApp, in_app: InApp, community: str
) -> None:
    deck = shelf("deck", PAGE + SUM, PAGES, manifest=", levels=('community', 'street')")
    here = in_app(make_app(discover("strict", [deck])))
    visitor = browser(here.app)
    street, district = community[:9], community[:6]

    def answers() -> list[int]:
        addresses = [
            f"/{code}/deck/{path}" for code in (community, street, district) for path in ("", "sum")
        ]
        return [visitor.get(address).status_code for address in addresses]

    assert answers() == [404, 404, 200, 200, 404, 404]
    assert visitor.get(f"/{street}/deck/").text == "street"
    here.enable("deck", community)
    assert answers() == [200, 404, 200, 200, 404, 404]
    here.allow("deck", "forbidden")
    assert answers() == [404] * 6
    here.allow("deck", "mandatory")
    assert answers() == [200, 404, 200, 200, 404, 404]


def test_what_is_required_need_not_be_on_where_it_cannot_be(
    shelf: Shelf, make_app: MakeApp, in_app: InApp, community: str
) -> None:
    entries = [
        shelf("board", PAGE, PAGES),
        shelf("chart", PAGE, PAGES, manifest=", levels=('street',), requires=('board',)"),
        shelf(
            "game", PAGE, PAGES, manifest=", levels=('community', 'street'), requires=('board',)"
        ),
        shelf("prize", PAGE, PAGES, manifest=", requires=('chart',)"),
    ]
    here = in_app(make_app(discover("strict", entries)))
    admin = here.person("administrator", community)
    street = community[:9]

    def switch(plugin: str, act: str) -> tuple[int, list[str]]:
        answer = admin.send(f"/{community}/-/apps/{plugin}/{act}")
        said = html.unescape(answer.text)
        named = [id_ for id_ in ("board", "chart", "game", "prize") if f"名 {id_}。" in said]
        return answer.status_code, named

    def pages(code: str) -> list[str]:
        visitor = browser(here.app)
        found = {id_: visitor.get(f"/{code}/{id_}/") for id_ in ("board", "chart", "game", "prize")}
        assert {page.status_code for page in found.values()} <= {200, 404}
        return [id_ for id_, page in found.items() if page.status_code == 200]

    assert (pages(street), pages(community)) == (["chart", "game"], [])
    assert [switch("game", "enable")[0], switch("prize", "enable")[0]] == [409, 409]
    for plugin in ("board", "game", "prize"):
        assert switch(plugin, "enable")[0] == 303, plugin
    assert pages(community) == ["board", "game", "prize"]
    assert [switch("board", "disable")[0], switch("game", "disable")[0]] == [409, 303]
    assert switch("board", "disable") == (409, ["prize"])
    assert pages(community) == ["board", "prize"]
    here.allow("board", "forbidden")
    assert (pages(street), pages(community)) == ([], [])


def test_what_is_required_comes_first_and_leaves_last(
    shelf: Shelf, make_app: MakeApp, in_app: InApp, community: str
) -> None:
    entries = [
        shelf("board", PAGE, PAGES),
        shelf("game", PAGE, PAGES, manifest=", requires=('board',)"),
    ]
    here = in_app(make_app(discover("strict", entries)))
    admin = here.person("administrator", community)

    def switch(plugin: str, act: str) -> tuple[int, str]:
        answer = admin.send(f"/{community}/-/apps/{plugin}/{act}")
        return answer.status_code, html.unescape(answer.text)

    def pages() -> list[int]:
        return [admin.get(f"/{community}/{plugin}/").status_code for plugin in ("board", "game")]

    status, said = switch("game", "enable")
    assert (status, "请先启用所需应用：名 board。" in said) == (409, True)
    assert [switch("board", "enable")[0], switch("game", "enable")[0]] == [303, 303]
    assert pages() == [200, 200]
    status, said = switch("board", "disable")
    assert (status, "请先停用依赖它的应用：名 game。" in said) == (409, True)
    assert pages() == [200, 200]

    here.allow("board", "forbidden")
    assert pages() == [404, 404]
    here.allow("board", "available")
    assert pages() == [200, 200]
    assert [switch("game", "disable")[0], switch("board", "disable")[0]] == [303, 303]
    assert pages() == [404, 404]
