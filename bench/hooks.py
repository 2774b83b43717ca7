"""What calling a hook costs: 20 plugins, 4 of them switched on, each in its own guard."""

from __future__ import annotations

import time
from collections.abc import Callable

from bench.community import DISTRICT
from bench.figures import Figure, Goal, Row, interleave, ratios
from bench.site import Site
from core import tenancy
from core.accounts.actor import ANONYMOUS
from core.db import db
from core.places import queries as places
from core.plugin_host.activation import Switches
from core.plugin_host.contract import Contribution, Manifest, Panel
from core.plugin_host.host import PluginHost
from core.plugin_host.loading import Installed
from core.plugin_host.page import PageContext, contexts

INSTALLED, ENABLED = 20, 4
ROUNDS = 25
TIMES = 5_000
HOOK = "linli_public_panel"
PANEL = Panel("A box", "that is ready")


def measure(site: Site) -> list[Row]:
    """Compare a call by the dispatcher with a bare loop over the same functions."""
    host = PluginHost([_plugin(f"bench_{number}") for number in range(INSTALLED)])
    active = frozenset(f"bench_{number}" for number in range(0, INSTALLED, INSTALLED // ENABLED))
    shows = [_show] * ENABLED
    with site.app.test_request_context(), tenancy.enter(int(DISTRICT)):
        found = places.by_code(DISTRICT)
        assert found is not None
        place, switches = found.view, Switches()
        context_of = contexts(place, (place,), ANONYMOUS)
        context = context_of("bench_0")

        def dispatched() -> None:
            host.slots(HOOK, place.id, active, switches, context_of)

        def bare() -> None:
            for show in shows:
                show(context)

        answers = host.slots(HOOK, place.id, active, switches, context_of)
        if len(answers.given) != ENABLED or answers.failed:
            raise RuntimeError(f"the hook was answered by {answers}")
        times = interleave({"ours": lambda: _time(dispatched), "bare": lambda: _time(bare)}, ROUNDS)
        db.session.rollback()
    return [
        Row(
            f"hook call, {INSTALLED} plugins, {ENABLED} switched on",
            Figure.of(times["ours"], "µs"),
            Figure.of(times["bare"], "µs"),
            ratios(times["ours"], times["bare"]),
            Goal("measured", "≤", 5),
            "all four answers, each isolated, translated, timed and counted, without SQL;"
            " yardstick: the four functions in a loop",
        )
    ]


def _plugin(id_: str) -> Installed:
    return Installed(
        id_,
        entry="bench",
        distribution="bench",
        version="1",
        author="bench",
        state="ready",
        manifest=Manifest(id_, id_, id_),
        contribution=Contribution(hooks={HOOK: _show}),
    )


def _show(_ctx: PageContext) -> Panel:
    return PANEL


def _time(once: Callable[[], None]) -> float:
    """Return the mean time of one call in microseconds."""
    start = time.perf_counter()
    for _ in range(TIMES):
        once()
    return (time.perf_counter() - start) / TIMES * 1e6
