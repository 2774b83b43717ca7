"""Pages through gunicorn and PostgreSQL, each beside a bare page of the same run."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from bench.community import Community
from bench.figures import Figure, Goal, Row, interleave, ratios
from bench.serving import Load, serve
from bench.site import Site

ROUNDS = 20
SECONDS = 1.0
WARM_UP_SECONDS = 2.0
OURS, BARE = "wsgi:app", "bench.yardsticks:create_app()"
FIVE, ONE = "five-query page", "one-SELECT app"
PAGE_GOAL = Goal("ratio", "≥", 0.6)

Found = dict[str, list[Load]]


def measure(site: Site, community: Community) -> list[Row]:
    """Load our pages and the bare ones in turn, in short slices."""
    production = {"LINLI_MODE": "production", "LINLI_BASE_URL": "https://127.0.0.1"}
    with serve(OURS, {**site.environ, **production}) as ours, serve(BARE, site.environ) as bare:
        cookie = {"Cookie": _cookie(community)}
        subjects: dict[str, Callable[[float], Load]] = {
            "five": lambda seconds: bare.load("/five", seconds),
            "home": lambda seconds: ours.load(community.home, seconds, cookie),
            "empty": lambda seconds: ours.load(community.empty_home, seconds, cookie),
            "list": lambda seconds: ours.load(community.activities, seconds, cookie),
            "one": lambda seconds: bare.load("/one", seconds),
            "public": lambda seconds: ours.load(community.public, seconds),
            "healthz": lambda seconds: ours.load("/healthz", seconds),
        }
        for subject in subjects.values():
            subject(WARM_UP_SECONDS)
        slices = {name: partial(subject, SECONDS) for name, subject in subjects.items()}
        found = interleave(slices, ROUNDS)
    return [
        _rate(f"home page / {FIVE}", found, "home", "five", PAGE_GOAL),
        _rate(f"home, nothing below / {FIVE}", found, "empty", "five"),
        _rate(f"list of 20 / {FIVE}", found, "list", "five", PAGE_GOAL),
        _rate(f"public page / {FIVE}", found, "public", "five"),
        _rate(f"public page / {ONE}", found, "public", "one"),
        _rate(f"/healthz / {ONE}", found, "healthz", "one"),
        _cpu(f"CPU: home page / {FIVE}", found, "home", "five"),
        _cpu(f"CPU: list of 20 / {FIVE}", found, "list", "five"),
    ]


def _rate(name: str, found: Found, ours: str, bare: str, goal: Goal | None = None) -> Row:
    upper, lower = [load.rate for load in found[ours]], [load.rate for load in found[bare]]
    return Row(
        name, Figure.of(upper, "req/s"), Figure.of(lower, "req/s"), ratios(upper, lower), goal
    )


def _cpu(name: str, found: Found, ours: str, bare: str) -> Row:
    upper, lower = [load.cpu for load in found[ours]], [load.cpu for load in found[bare]]
    note = "of the web processes for one answer; the ratio is yardstick by measured"
    return Row(
        name, Figure.of(upper, "ms"), Figure.of(lower, "ms"), ratios(lower, upper), note=note
    )


def _cookie(community: Community) -> str:
    """Return the administrator's cookie, with the token that earlier visits left in it."""
    found = community.administrator.get_cookie("linli")
    if found is None:
        raise RuntimeError("the administrator is not signed in")
    return f"linli={found.value}"
