"""How long it takes to take districts on board, in empty tables and in full ones."""

from __future__ import annotations

import time
from collections.abc import Sequence

import psycopg

from bench.community import DISTRICT
from bench.figures import Figure, Goal, Row, ratios
from bench.site import Site, connect
from core import tenancy
from core.accounts.actor import Actor
from core.db import db, transaction
from core.places import divisions
from core.plugin_host.host import plugin_host
from core.tenancy import onboarding

PLACES = 600
SAMPLE = 50
ACTOR = Actor.system("benchmark")
WARM_UP = "110101"
TWIN = 1_000_000
"""Added to a district's id for the hand-written copy of its places."""

_COLUMNS = "tenant_id, id, code, grid_code, kind, parent_id, name, official_name, created_at"
_INSERT = (
    f"INSERT INTO place ({_COLUMNS}) SELECT * FROM unnest("
    "%s::int[], %s::uuid[], %s::text[], %s::text[], %s::text[], %s::uuid[], %s::text[],"
    " %s::text[], %s::timestamptz[])"
)


def split(tenants: int) -> tuple[list[str], list[str]]:
    """Choose the sample, and districts to fill the tables with, ``tenants`` in all.

    The sample is the districts whose size is nearest to 600 places; the rest is spread evenly.
    The benchmarked community's district is on board already.
    """
    size = {
        code: len(divisions.places_of(code)) + 1 for code in divisions.codes() if code != DISTRICT
    }
    sample = sorted(size, key=lambda code: abs(size[code] - PLACES))[:SAMPLE]
    others = [code for code in size if code not in set(sample)]
    wanted = tenants - SAMPLE - 1
    return sample, [others[i * len(others) // wanted] for i in range(wanted)]


def fill(crowded: Site, codes: Sequence[str]) -> Row:
    """Take districts of every size on board, and say how long one takes."""
    seconds = []
    for number, code in enumerate(codes, start=1):
        seconds.append(_onboard(crowded, code))
        if number.bit_count() == 1:
            crowded.analyse()
    crowded.analyse()
    return Row(
        f"onboarding any of {len(codes):,} districts",
        Figure.of(seconds, "s"),
        note="of every size, 3 to 1,569 places; ANALYZE whenever their number doubled",
    )


def compare(empty: Site, crowded: Site, sample: Sequence[str], tenants: int) -> list[Row]:
    """Take the sample on board in both databases, in turn with an INSERT by hand."""
    _onboard(empty, WARM_UP)
    by_hand, in_empty, in_crowded = [], [], []
    with connect(empty.url) as connection:
        for code in sample:
            per_600 = PLACES / (len(divisions.places_of(code)) + 1)
            in_empty.append(per_600 * _onboard(empty, code))
            by_hand.append(per_600 * _insert_by_hand(connection, int(code)))
            in_crowded.append(per_600 * _onboard(crowded, code))
    return [
        Row(
            f"onboarding 600 places, {tenants:,} tenants there",
            Figure.of(in_crowded, "s"),
            Figure.of(by_hand, "s"),
            ratios(in_crowded, by_hand),
            Goal("measured", "≤", 0.2),
            f"{SAMPLE} districts of about {PLACES} places, time scaled to {PLACES}; yardstick: one"
            " INSERT … SELECT FROM unnest of the same places by psycopg",
        ),
        Row(
            f"the same / the first {SAMPLE} tenants",
            Figure.of(in_crowded, "s"),
            Figure.of(in_empty, "s"),
            ratios(in_crowded, in_empty),
            Goal("ratio", "≤", 1.2),
            f"the same {SAMPLE} districts in two databases, in turn",
        ),
    ]


def _onboard(site: Site, code: str) -> float:
    """Onboarding hashes no password: the administrator comes in by a one-time link."""
    with site.app.app_context(), tenancy.enter(int(code)):
        district = onboarding.district_to_onboard(code)
        start = time.perf_counter()
        with transaction():
            onboarding.onboard(
                ACTOR,
                plugin_host().catalogue,
                district,
                admin_name="区管理员",
                admin_phone="13800000000",
            )
        seconds = time.perf_counter() - start
        db.session.remove()
    return seconds


def _insert_by_hand(connection: psycopg.Connection, tenant: int) -> float:
    """Insert the places of ``tenant``, which is on board, once more under another id."""
    with connection.transaction():
        connection.execute(f"SET LOCAL linli.tenant = '{tenant}'")
        rows = connection.execute(
            f"SELECT {_COLUMNS} FROM place WHERE tenant_id = %s ORDER BY code", [tenant]
        ).fetchall()
    columns = [list(column) for column in zip(*rows, strict=True)]
    columns[0] = [tenant + TWIN] * len(rows)
    start = time.perf_counter()
    with connection.transaction():
        connection.execute(f"SET LOCAL linli.tenant = '{tenant + TWIN}'")
        connection.execute(_INSERT, columns)
    return time.perf_counter() - start
