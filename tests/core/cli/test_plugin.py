"""``linli plugin``: what runs, what districts decide, what communities switch on."""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import version
from typing import Any

from core.testing.world import Browser, District

VOLUNTEER = {
    "plugin": "volunteer",
    "name": "Volunteer",
    "version": version("linli"),
    "state": "ready",
    "reason": "",
}
BROKEN = {
    "plugin": "broken",
    "name": "broken",
    "version": "1.2",
    "state": "failed",
    "reason": "ImportError('no luck')",
}


def test_list_shows_what_runs_and_why_the_rest_does_not(
    linli: Any, broken_plugin: Callable[[str], dict[str, str]]
) -> None:
    path = broken_plugin("raise ImportError('no luck')")
    listed = ("plugin", "list", "--json")
    found = linli.alone(*listed, **path, LINLI_PLUGINS="normal")
    assert (found.status, found.json) == (0, [BROKEN, VOLUNTEER])
    assert linli.alone(*listed, **path, LINLI_PLUGINS="strict").refusal == (
        1,
        "",
        "linli: broken: ImportError('no luck')\n",
    )
    skipped = linli.alone(*listed, **path, LINLI_PLUGINS="safe").json
    assert [(p["plugin"], p["state"], p["reason"]) for p in skipped] == [
        ("broken", "skipped", "LINLI_PLUGINS=safe"),
        ("volunteer", "skipped", "LINLI_PLUGINS=safe"),
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
