"""One plugin at a district, its streets and its communities: what is there, and whose it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib.metadata import EntryPoint
from typing import Any

import pytest
from flask import Flask

from core.places import divisions
from core.plugin_host.host import plugin_host
from core.plugin_host.loading import discover
from core.plugin_host.settings import service as settings
from core.testing import world
from core.testing.world import Browser, District

Shelf = Callable[..., EntryPoint]

BODY = '''
from marshmallow import fields
VIEW, MAKE = "ladder.rung.view", "ladder.rung.make"

class Settings(FormSchema):
    height = fields.Integer(load_default=3, metadata={"label": "Height"})

class RungOut(FormSchema):
    name = fields.String(metadata={"label": "Name"})

class RungIn(FormSchema):
    name = fields.String(required=True, metadata={"label": "Name"})

def rungs(place):
    """Everything that the place or one below it made."""
    return (
        select(Organisation.name).join(Place, Place.id == Organisation.place_id)
        .where(in_scope(Place, place.code)).order_by(Organisation.name)
    )

def make_rung(actor, place, name):
    with attempt(actor, MAKE, object_type="ladder.rung", object_id=name, place_code=place.code):
        actor.require(MAKE, place)
        made = Organisation(place_id=place.id, kind="other", name=name)
        db.session.add(made)
        db.session.flush()
        return made

@pages.page("/", permission=VIEW)
def index(ctx):
    return "|".join(db.session.execute(rungs(ctx.place)).scalars())

@pages.page("/new", permission=MAKE, levels=("street",), methods=["GET", "POST"])
def new(ctx):
    if ctx.method == "GET":
        return "new"
    make_rung(ctx.actor, ctx.place, ctx.form["name"])
    return ctx.redirect("index")

@pages.page("/open", public=True)
def open_(ctx):
    above = [place.id for place in ctx.trail]
    shown = select(Organisation.name).where(Organisation.place_id.in_(above))
    return "|".join(db.session.execute(shown.order_by(Organisation.name)).scalars())

@pages.page("/beside", permission=VIEW)
def beside(ctx):
    community = ctx.query["community"]
    height = ctx.settings["height"]
    can = ctx.can_at(VIEW, find_place(community))
    below = f"{len(ctx.coverage.active)} {len(ctx.coverage.missing)}"
    return f"{height} {below} {can} {ctx.url_at(community, 'index')}"

api = Resources()

@api.get("/rungs", permission=VIEW, answer=RungOut, paged=True, summary="List")
def list_rungs(ctx):
    return paged(rungs(ctx.place), ctx.paging)

@api.post(
    "/rungs", permission=MAKE, levels=("street",), body=RungIn, answer=RungOut, summary="Make"
)
def post_rung(ctx):
    return make_rung(ctx.actor, ctx.place, ctx.body["name"])
'''
HOOKS = """
@hookimpl
def linli_pages(self): return pages
@hookimpl
def linli_resources(self): return api
@hookimpl
def linli_permissions(self):
    return (
        Permission(VIEW, "View", ("administrator", "staff", "viewer")),
        Permission(MAKE, "Make", ("administrator", "staff")),
    )
@hookimpl
def linli_actions(self): return {"ladder.rung": "Rung", MAKE: "Made a rung"}
@hookimpl
def linli_navigation(self):
    return (
        NavItem("Ladder", "index", "home", VIEW),
        NavItem("New rung", "new", "home", MAKE),
        NavItem("Open ladder", "open_", "home", public=True),
    )
@hookimpl
def linli_public_panel(self, ctx): return Panel("Public rung", ctx.place.kind)
@hookimpl
def linli_desk_panel(self, ctx): return Panel("Desk rung", ctx.place.kind)
"""
MANIFEST = ', levels=("community", "street", "district"), settings=Settings'
SHOWN = ("Ladder", "New rung", "Desk rung")
NOTHING: tuple[int, int, list[str], list[str]] = (404, 404, [], [])


@pytest.fixture(scope="module")
def new_ladder(
    module_shelf: Shelf, make_module_app: Callable[..., Flask], unused_codes: Iterator[str]
) -> Callable[[], District]:
    """Take one more district on board, of several streets and served with the plugin."""
    entry = module_shelf("ladder", BODY, HOOKS, manifest=MANIFEST)
    app = make_module_app(discover("strict", [entry]))

    def make() -> District:
        code = next(code for code in unused_codes if len(streets_of(code)) > 1)
        return world.onboard(app, code)

    return make


def streets_of(code: str) -> set[str]:
    """The streets of a district that have communities."""
    return {place[:9] for place, _name in divisions.places_of(code) if len(place) == 12}


@pytest.fixture(scope="module")
def ladder(new_ladder: Callable[[], District]) -> District:
    """A district that the tests of this module share."""
    return new_ladder()


def test_it_is_where_it_is_active_and_nowhere_else(new_ladder: Callable[[], District]) -> None:
    ladder = new_ladder()
    on = ladder.communities[0]
    off, street, code = ladder.neighbour(on), on[:9], ladder.code
    chief, visitor = ladder.person("administrator", code), world.browser(ladder.app)
    program = ladder.program("administrator", code)
    ladder.enable("ladder", on)

    def found(place: str) -> tuple[int, int, list[str], list[str]]:
        """Status of page and resource, what the desk shows of it, and what the public page does."""
        desk, public = chief.get(f"/{place}/-/").text, visitor.get(f"/{place}").text
        return (
            chief.get(f"/{place}/ladder/").status_code,
            program.get(f"/api/v1/places/{place}/plugins/ladder/rungs").status_code,
            [name for name in SHOWN if f">{name}<" in desk.replace("</svg>", ">")],
            [name for name in ("Open ladder", "Public rung") if name in public],
        )

    def everywhere() -> list[Any]:
        return [found(place) for place in (code, street, on, off)]

    here = (200, 200, ["Ladder", "Desk rung"], ["Open ladder", "Public rung"])
    at_street = (200, 200, list(SHOWN), ["Open ladder", "Public rung"])
    assert everywhere() == [here, at_street, here, NOTHING]
    ladder.allow("ladder", "forbidden")
    assert everywhere() == [NOTHING] * 4
    assert [
        chief.get(f"/{place}/{path}").status_code
        for place in (code, street, on)
        for path in ("ladder/open", "ladder/new", "-/apps/ladder/settings")
    ] == [404] * 9
    ladder.allow("ladder", "mandatory")
    assert everywhere() == [here, at_street, here, here]
    ladder.allow("ladder", "available")
    assert everywhere() == [here, at_street, here, NOTHING]


def test_a_page_of_one_level_is_in_no_menu_of_another(ladder: District) -> None:
    chief, program = ladder.person("staff", ladder.code), ladder.program("staff", ladder.code)
    community = ladder.communities[0]
    ladder.enable("ladder", community)
    places = (ladder.code, community[:9], community)
    assert [chief.get(f"/{place}/ladder/new").status_code for place in places] == [404, 200, 404]
    resources = [f"/api/v1/places/{place}/plugins/ladder/rungs" for place in places]
    statuses = [program.post(url, json={"wrong": 1}).status_code for url in resources]
    assert statuses == [404, 422, 404]


def test_a_permission_held_at_a_street_reaches_its_communities_alone(ladder: District) -> None:
    community = ladder.communities[0]
    street = community[:9]
    beyond = next(code for code in ladder.communities if code[:9] != street)
    for code in (community, beyond):
        ladder.enable("ladder", code)
    reached = {street: 200, community: 200, ladder.code: 404, beyond[:9]: 404, beyond: 404}
    inspector, program = ladder.person("staff", street), ladder.program("staff", street)
    pages = {code: inspector.get(f"/{code}/ladder/").status_code for code in reached}
    assert pages == reached
    resource = "/api/v1/places/{}/plugins/ladder/rungs"
    assert {code: program.get(resource.format(code)).status_code for code in reached} == reached
    auditor = ladder.person("auditor", street)
    assert [auditor.get(f"/{code}/ladder/").status_code for code in (street, beyond[:9])] == [
        403,
        404,
    ]


def test_what_a_place_made_is_read_from_it_and_above_and_not_beside(
    ladder: District, new_ladder: Callable[[], District]
) -> None:
    community = ladder.communities[0]
    ladder.enable("ladder", community)
    elsewhere = new_ladder()
    streets = {
        "ours": (ladder, community[:9]),
        "beside": (ladder, min(streets_of(ladder.code) - {community[:9]})),
        "elsewhere": (elsewhere, elsewhere.streets[0]),
    }
    staff = {name: at.person("staff", code) for name, (at, code) in streets.items()}
    for name, (_, code) in streets.items():
        assert staff[name].send(f"/{code}/ladder/new", {"name": name}).status_code == 303

    def read(browser: Browser, code: str, path: str = "") -> str:
        answer = browser.get(f"/{code}/ladder/{path}")
        assert answer.status_code == 200
        return answer.text

    def listed(at: District, code: str) -> list[str]:
        program = at.program("viewer", code)
        answer = program.get(f"/api/v1/places/{code}/plugins/ladder/rungs")
        return [item["name"] for item in answer.json["items"]]

    for name, (at, code) in streets.items():
        assert (read(staff[name], code), listed(at, code)) == (name, [name])
    assert read(ladder.person("viewer", ladder.code), ladder.code) == "beside|ours"
    assert listed(ladder, ladder.code) == ["beside", "ours"]
    assert staff["ours"].get(f"/{streets['beside'][1]}/ladder/").status_code == 404

    worker, visitor = ladder.person("staff", community), world.browser(ladder.app)
    assert (read(worker, community), listed(ladder, community)) == ("", [])
    assert worker.get(f"/{community[:9]}/ladder/").status_code == 404
    assert read(visitor, community, "open") == "ours"
    assert read(visitor, ladder.code, "open") == ""


def test_a_page_knows_who_takes_part_below_and_the_way_there(
    new_ladder: Callable[[], District],
) -> None:
    ladder = new_ladder()
    on = ladder.communities[0]
    street, off = on[:9], ladder.neighbour(on)
    ladder.enable("ladder", on)
    with ladder.entered():
        at = ladder.place(street).view
        settings.change(world.SYSTEM, plugin_host(), at, "ladder", {"height": 5})
    chief = ladder.person("staff", street)
    missing = sum(code[:9] == street for code in ladder.communities) - 1

    def told(place: str, community: str) -> str:
        return chief.get(f"/{place}/ladder/beside?community={community}").text

    assert told(street, off) == f"5 1 {missing} True /{off}/ladder/"
    beyond = next(code for code in ladder.communities if code[:9] != street)
    assert told(on, beyond) == f"5 0 0 False /{beyond}/ladder/"
    viewer = ladder.person("viewer", ladder.code)
    everywhere = viewer.get(f"/{ladder.code}/ladder/beside?community={on}").text
    assert everywhere == f"3 1 {len(ladder.communities) - 1} True /{on}/ladder/"
