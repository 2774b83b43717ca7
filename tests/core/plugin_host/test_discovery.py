"""What is loaded, in which mode, and what becomes of two of the same name."""

import sys
from collections.abc import Callable
from importlib.metadata import EntryPoint

import pytest

from core.accounts.permissions import Catalogue
from core.plugin_host.checking import PluginRefused
from core.plugin_host.host import PluginHost
from core.plugin_host.loading import discover

Shelf = Callable[..., EntryPoint]


def test_safe_mode_loads_none(shelf: Shelf) -> None:
    good, bad = shelf("good"), shelf("bad", source="raise SystemExit")

    found = discover("safe", [good, bad])

    assert [(plugin.id, plugin.state, plugin.reason) for plugin in found] == [
        ("bad", "skipped", "LINLI_PLUGINS=safe"),
        ("good", "skipped", "LINLI_PLUGINS=safe"),
    ]
    assert not {entry.module for entry in (good, bad)} & set(sys.modules)


def test_a_plugin_for_another_version_is_never_imported(shelf: Shelf) -> None:
    future = shelf("future", source="raise SystemExit", group="linli.plugins.v2")
    other = shelf("other", source="raise SystemExit", group="console_scripts")

    found = discover("strict", [future, other, shelf("good")])

    assert [(plugin.id, plugin.state, plugin.reason) for plugin in found] == [
        ("future", "incompatible", "written for linli.plugins.v2, this is linli.plugins.v1"),
        ("good", "ready", ""),
    ]
    assert not {future.module, other.module} & set(sys.modules)


def test_a_plugin_for_this_version_and_the_next_runs(shelf: Shelf) -> None:
    future = shelf("good", source="raise SystemExit", group="linli.plugins.v2")
    present = shelf("good")

    host = PluginHost(discover("strict", [future, present]))

    assert (host.plugins["good"].state, host.plugins["good"].entry) == ("ready", present.value)


def test_the_second_of_the_same_id_is_refused_and_the_first_still_runs(shelf: Shelf) -> None:
    first, second = sorted([shelf("twin"), shelf("twin")], key=lambda entry: entry.value)

    found = discover("normal", [second, first])

    assert [(plugin.entry, plugin.state, plugin.reason) for plugin in found] == [
        (first.value, "ready", ""),
        (second.value, "failed", f"the id 'twin' is taken by {first.value}"),
    ]
    host = PluginHost(found)
    assert [plugin.entry for plugin in host.ready()] == [first.value]
    with pytest.raises(PluginRefused, match=f"^twin: the id 'twin' is taken by {first.value}$"):
        discover("strict", [second, first])


def test_a_refused_plugin_leaves_no_permission_behind(shelf: Shelf) -> None:
    permission = (
        "@hookimpl\ndef linli_permissions(self):"
        " return [Permission({!r}, 'x', ('staff',)), Permission({!r}, 'x', ('staff',))]"
    )
    bad = shelf("bad", "", permission.format("bad.thing.see", "good.thing.see"))
    good = shelf("good", "", permission.format("good.thing.see", "good.thing.do"))

    host = PluginHost(discover("normal", [bad, good]))

    assert [plugin.id for plugin in host.ready()] == ["good"]
    brought = host.catalogue.of_role("staff") - Catalogue().of_role("staff")
    assert brought == {"good.thing.see", "good.thing.do"}
    assert "bad.thing.see" not in host.catalogue
