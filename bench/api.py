"""Reading by API through gunicorn and PostgreSQL, beside an app that does one SELECT."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from bench.community import Community
from bench.figures import Figure, Goal, Row, interleave, ratios
from bench.pages import BARE, ONE, OURS, SECONDS, WARM_UP_SECONDS
from bench.serving import Load, serve
from bench.site import Site

ROUNDS = 15
GOAL = Goal("ratio", "≥", 0.4)
NOTE = "an activity with its sign-ups counted: token, place, plugin and permission checked"


def measure(site: Site, community: Community) -> list[Row]:
    """Load one activity, one place and the one-SELECT app in turn, in short slices."""
    production = {"LINLI_MODE": "production", "LINLI_BASE_URL": "https://127.0.0.1"}
    asked = {"Authorization": f"Bearer {community.token}", "Accept": "application/json"}
    with serve(OURS, {**site.environ, **production}) as ours, serve(BARE, site.environ) as bare:
        subjects: dict[str, Callable[[float], Load]] = {
            "object": lambda seconds: ours.load(community.activity_resource, seconds, asked),
            "place": lambda seconds: ours.load(community.resource, seconds, asked),
            "one": lambda seconds: bare.load("/one", seconds),
        }
        for subject in subjects.values():
            subject(WARM_UP_SECONDS)
        slices = {name: partial(subject, SECONDS) for name, subject in subjects.items()}
        found = interleave(slices, ROUNDS)
    rates = {name: [load.rate for load in loads] for name, loads in found.items()}
    one = Figure.of(rates["one"], "req/s")
    return [
        Row(
            name,
            Figure.of(rates[ours_], "req/s"),
            one,
            ratios(rates[ours_], rates["one"]),
            goal,
            note,
        )
        for name, ours_, goal, note in (
            (f"API read of one object / {ONE}", "object", GOAL, NOTE),
            (f"API read of a place / {ONE}", "place", None, ""),
        )
    ]
