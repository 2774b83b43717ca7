"""``linli plugin``: what runs, what districts decide, what communities switch on."""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import version
from typing import Any

from core.plugin_host.health import counts
from core.plugin_host.health import service as health
from core.testing.world import Browser, District

OWN = {"evaluation": "Evaluation", "red_property": "Red property", "volunteer": "Volunteer"}
READY = {"version": version("linli"), "state": "ready", "reason": ""}
BROKEN = {
    "plugin": "broken",
    "name": "broken",
    "version": "1.2",
    "state": "failed",
    "reason": "ImportError('no luck')",
}


UNDESCRIBED = """
from marshmallow import Schema, fields
from core.sdk import *
class Out(Schema):
    n = fields.Integer(metadata={"minimum": "many"})
api = Resources()
@api.get("/things", permission="broken.thing.view", answer=Out, summary="Read")
def things(ctx): return {"n": 1}
class Plugin:
    manifest = Manifest(id="broken", name="broken", summary="s")
    @hookimpl
    def linli_permissions(self): return [Permission("broken.thing.view", "see", ("viewer",))]
    @hookimpl
    def linli_resources(self): return api
plugin = Plugin()
"""


def test_list_shows_what_runs_and_why_the_rest_does_not(
    linli: Any, broken_plugin: Callable[[str], dict[str, str]]
) -> None:
    path = broken_plugin("raise ImportError('no luck')")
    listed = ("plugin", "list", "--json")
    found = linli.alone(*listed, **path, LINLI_PLUGINS="normal")
    assert (found.status, found.json) == (
        0,
        [BROKEN, *({"plugin": key, "name": name, **READY} for key, name in OWN.items())],
    )
    assert linli.alone(*listed, **path, LINLI_PLUGINS="strict").refusal == (
        1,
        "",
        "linli: broken: ImportError('no luck')\n",
    )
    skipped = linli.alone(*listed, **path, LINLI_PLUGINS="safe").json
    assert [(p["plugin"], p["state"], p["reason"]) for p in skipped] == [
        (key, "skipped", "LINLI_PLUGINS=safe") for key in ("broken", *OWN)
    ]


def test_list_says_whose_resources_cannot_be_described(
    linli: Any, broken_plugin: Callable[[str], dict[str, str]]
) -> None:
    path = broken_plugin(UNDESCRIBED)
    listed = linli.alone("plugin", "list", "--json", **path, LINLI_PLUGINS="strict").json
    assert [(p["plugin"], p["state"], p["reason"]) for p in listed] == [
        (
            "broken",
            "ready",
            "left out of the API document: schemas.broken.Out.n: minimum cannot be 'many'",
        ),
        *((key, "ready", "") for key in OWN),
    ]


def test_enable_and_disable_take_effect_on_the_next_request(
    linli: Any, district: District, community: str, visitor: Browser
) -> None:
    neighbour = district.neighbour(community)

    def statuses() -> list[int]:
        codes = (community, neighbour)
        return [visitor.get(f"/{code}/volunteer/open").status_code for code in codes]

    assert statuses() == [404, 404]
    enable, disable = [("plugin", verb, community, "volunteer") for verb in ("enable", "disable")]
    on = {"place": community, "plugin": "volunteer", "enabled": True}
    first, again = linli.all((*enable, "--json"), (*enable, "--json"))
    assert (first.json, again.json) == (on | {"changed": True}, on | {"changed": False})
    assert statuses() == [200, 404]
    off, again = linli.all(disable, disable)
    assert off.refusal == (0, f"volunteer is off at {community}.\n", "")
    assert again.refusal == (0, "volunteer was off already.\n", "")
    assert statuses() == [404, 404]


def test_the_district_decides_for_all_its_communities(
    linli: Any, district: District, community: str, visitor: Browser
) -> None:
    allow = ("plugin", "allow", district.code, "volunteer")
    page = f"/{community}/volunteer/open"
    said = linli(*allow, "mandatory", "--json").json
    assert said == {"district": district.code, "plugin": "volunteer", "policy": "mandatory"}
    assert visitor.get(page).status_code == 200
    linli.refused(
        {
            ("plugin", "disable", community, "volunteer"): (
                "plugin: The district has made this application mandatory."
            )
        }
    )
    assert linli(*allow, "forbidden").out == f"volunteer is forbidden in {district.code}.\n"
    assert visitor.get(page).status_code == 404
    linli.refused(
        {
            (
                "plugin",
                "enable",
                community,
                "volunteer",
            ): "plugin: The district has forbidden this application."
        }
    )


def test_refusals_are_one_line(linli: Any, district: District, community: str) -> None:
    street = community[:9]
    linli.refused(
        {
            ("plugin", "enable", community, "nosuch"): (
                "plugin: No application of that name is installed: nosuch"
            ),
            ("plugin", "disable", community, "nosuch"): (
                "plugin: No application of that name is installed: nosuch"
            ),
            (
                "plugin",
                "enable",
                street,
                "volunteer",
            ): "place: Applications are switched on by communities.",
            ("plugin", "enable", district.code, "volunteer"): (
                "place: Applications are switched on by communities."
            ),
            ("plugin", "enable", f"{street}999", "volunteer"): (
                f"place: There is no place with the code {street}999."
            ),
            ("plugin", "allow", district.code, "nosuch", "forbidden"): (
                "plugin: No application of that name is installed: nosuch"
            ),
            ("plugin", "allow", community, "volunteer", "forbidden"): (
                "place: Only the district decides this."
            ),
        }
    )


def test_a_plugin_that_cannot_run_is_not_switched_on(
    linli: Any, broken_plugin: Callable[[str], dict[str, str]], community: str
) -> None:
    more = {**broken_plugin("plugin = object()"), "LINLI_PLUGINS": "normal"}
    assert linli.alone("plugin", "enable", community, "broken", **more).refusal == (
        1,
        "",
        "linli: plugin: This application cannot run at present.\n",
    )


def test_health_tells_what_failed_and_what_was_called_today(
    linli: Any, district: District, new_district: Callable[[], District], visitor: Browser
) -> None:
    community, other = district.communities[0], new_district()
    for one in (district, other):
        one.enable("volunteer", one.communities[0])
    visitor.get(f"/{community}")
    visitor.get(f"/{community}")
    with district.entered():
        for _ in range(5):
            health.record(district.place(community).id, "gone", "linli_desk_panel", "no luck", "…")
    with other.entered():
        place = other.place(other.communities[0])
        health.record(place.id, "volunteer", "linli_public_panel", "elsewhere", "…")
    with district.app.app_context():
        counts.flush()

    gone, volunteer = linli("plugin", "health", community[:6], "--json").json
    lines = linli("plugin", "health", other.code).out.splitlines()

    assert (gone["place"], gone["plugin"], gone["hook"]) == (community, "gone", "linli_desk_panel")
    assert (gone["failures"], gone["error"], gone["calls"]) == (5, "no luck", 0)
    assert gone["aside_until"] > gone["last_at"]
    assert (volunteer["place"], volunteer["plugin"]) == (community, "volunteer")
    assert [volunteer[key] for key in ("hook", "failures", "aside_until", "calls", "errors")] == [
        *("linli_public_panel", 0, None),
        *(2, 0),
    ]
    assert 0 < volunteer["mean_ms"] <= volunteer["slowest_ms"]
    assert [line.split("\t")[:4] for line in lines] == [
        ["place", "plugin", "hook", "failures"],
        [other.communities[0], "volunteer", "linli_public_panel", "1"],
    ]
    linli.refused(
        {("plugin", "health", "990101"): "code: No district with the code 990101 is on board."}
    )
