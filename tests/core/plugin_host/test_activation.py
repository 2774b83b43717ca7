"""When a plugin is active: the truth table of policy, switch, kind of place and levels."""

from dataclasses import replace
from typing import Any

import pytest

from core.plugin_host.activation import Activation, Switches, activation, active_ids
from core.plugin_host.contract import Manifest
from core.plugin_host.loading import Installed

EVERYWHERE = ("community", "street", "district")

TABLE = [
    # levels, place, policy, switched on: active, why
    ("community", "community", "available", False, False, "off"),
    ("community", "community", "available", True, True, "enabled"),
    ("community", "community", "mandatory", False, True, "mandatory"),
    ("community", "community", "mandatory", True, True, "mandatory"),
    ("community", "community", "forbidden", False, False, "forbidden"),
    ("community", "community", "forbidden", True, False, "forbidden"),
    ("all", "community", "available", False, False, "off"),
    ("all", "community", "available", True, True, "enabled"),
    ("all", "community", "mandatory", False, True, "mandatory"),
    ("all", "community", "forbidden", True, False, "forbidden"),
    *(
        ("all", place, policy, on, policy != "forbidden", why)
        for place in ("street", "district")
        for policy, why in (
            ("available", "level"),
            ("mandatory", "level"),
            ("forbidden", "forbidden"),
        )
        for on in (False, True)
    ),
    *(
        (levels, place, policy, on, False, "other_level")
        for levels, place in (
            ("community", "street"),
            ("community", "district"),
            ("street", "community"),
            ("street", "district"),
            ("district", "community"),
            ("district", "street"),
            ("all", "grid"),
        )
        for policy in ("available", "mandatory", "forbidden")
        for on in (False, True)
    ),
]


@pytest.mark.parametrize(("levels", "place", "policy", "on", "active", "why"), TABLE)
def test_truth_table(
    levels: str, place: Any, policy: str, on: bool, active: bool, why: Any
) -> None:
    plugin = _plugin("chess", levels=EVERYWHERE if levels == "all" else (levels,))
    switches = Switches(frozenset({"chess"} if on else ()), {"chess": policy, "other": "forbidden"})

    assert activation(plugin, place, switches) == Activation(active, why)
    assert active_ids({"chess": plugin}, place, switches) == ({"chess"} if active else set())


@pytest.mark.parametrize("state", ["failed", "incompatible", "skipped"])
@pytest.mark.parametrize("policy", ["available", "mandatory", "forbidden"])
def test_what_cannot_run_is_active_nowhere(state: Any, policy: str) -> None:
    broken = replace(_plugin("chess"), state=state)
    switches = Switches(frozenset({"chess"}), {"chess": policy})

    assert activation(broken, "community", switches) == Activation(False, "broken")
    assert active_ids({"chess": broken}, "community", switches) == frozenset()


def test_what_requires_something_waits_for_it_along_the_whole_chain() -> None:
    plugins = {
        "a": _plugin("a"),
        "b": _plugin("b", requires=("a",)),
        "c": _plugin("c", requires=("b",)),
        "d": _plugin("d", requires=("gone",)),
    }
    every = frozenset(plugins)

    assert active_ids(plugins, "community", Switches(every)) == {"a", "b", "c"}
    assert active_ids(plugins, "community", Switches(every, {"a": "forbidden"})) == frozenset()
    assert active_ids(plugins, "community", Switches(frozenset("abd"))) == {"a", "b"}
    assert active_ids(plugins, "community", Switches(frozenset("bcd"))) == frozenset()


def test_what_is_required_counts_as_met_where_it_cannot_be_switched_on() -> None:
    plugins = {
        "a": _plugin("a"),
        "b": _plugin("b", levels=("community", "street"), requires=("a",)),
        "c": _plugin("c", levels=("street",), requires=("b",)),
        "d": _plugin("d", requires=("c",)),
    }
    every = frozenset(plugins)

    assert active_ids(plugins, "street", Switches()) == {"b", "c"}
    assert active_ids(plugins, "community", Switches(every)) == {"a", "b", "d"}
    assert active_ids(plugins, "community", Switches(frozenset("bd"))) == frozenset()
    assert active_ids(plugins, "district", Switches(every)) == frozenset()
    without_a = Switches(every, {"a": "forbidden"})
    assert active_ids(plugins, "street", without_a) == frozenset()
    assert active_ids(plugins, "community", without_a) == frozenset()
    without_c = Switches(every, {"c": "forbidden"})
    assert active_ids(plugins, "street", without_c) == {"b"}
    assert active_ids(plugins, "community", without_c) == {"a", "b"}
    broken = plugins | {"a": replace(plugins["a"], state="failed")}
    assert active_ids(broken, "street", Switches()) == frozenset()


def _plugin(id_: str, **about: Any) -> Installed:
    manifest = Manifest(id=id_, name=id_, summary="", **about)
    return Installed(id_, "", "", "", "", "ready", manifest=manifest)
