"""Computing a season of 1,516 contestants, against the same by SQL written by hand."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from uuid import UUID

import psycopg

from bench.community import DISTRICT
from bench.figures import Figure, Goal, Row, interleave, ratios
from bench.site import Site, connect
from core import tenancy
from core.db import db, transaction
from core.ids import new_id
from core.places import divisions
from core.places import queries as places
from core.places.codes import ALPHABET
from core.places.models import Place
from core.places.view import PlaceView
from core.plugin_host import service as plugins
from core.plugin_host.host import plugin_host
from core.testing.world import SYSTEM
from plugins.evaluation import service

TENANT = int(DISTRICT)
CONTESTANTS = 1_516
ROUNDS = 5
SEASON_ROUNDS = 12
BEGINS_ON = date(2025, 1, 1)
RULES = {
    "title": "院落年度评比",
    "contestants": "courtyard",
    "cycle": "year",
    "rhythm": "month",
    "notice_days": 7,
    "objection_days": 5,
    "objections_to": "社区",
    "award_title": "美丽院落",
    "award_ranks": 10,
    "award_line": 0,
}
CRITERIA = (
    *({"kind": "score", "weight": 1500, "full": 1000, "tie_order": n} for n in (1, 2, None, None)),
    {"kind": "count", "weight": 1500, "full": 240},
    {"kind": "count", "weight": 1500, "full": 300},
    {"kind": "count", "weight": 1000, "full": 200, "direction": "fewer"},
    {"kind": "veto"},
)
_SCORES = """
INSERT INTO p_evaluation__score (tenant_id, id, contestant_id, criterion_id, round, seat, value,
 remark, scorer_id, scored_at, correction_reason)
SELECT c.tenant_id, gen_random_uuid(), c.id, k.id, turn,
 CASE k.kind WHEN 'score' THEN s.id ELSE c.id END,
 CASE k.kind WHEN 'veto' THEN (random() < 0.002)::int WHEN 'score' THEN (random() * 1000)::int
 ELSE (random() * 20)::int END, '', s.id, now(), ''
FROM p_evaluation__contestant AS c
JOIN p_evaluation__season AS n ON n.tenant_id = c.tenant_id AND n.id = c.season_id
JOIN p_evaluation__criterion AS k ON k.tenant_id = c.tenant_id AND k.version_id = n.version_id
JOIN p_evaluation__scorer AS s ON s.tenant_id = c.tenant_id AND s.season_id = n.id
CROSS JOIN generate_series(1, %(rounds)s) AS turn
WHERE c.tenant_id = %(tenant)s AND c.season_id = %(season)s
"""
_BY_HAND = (
    """
DELETE FROM p_evaluation__contribution AS b USING p_evaluation__contestant AS c
WHERE b.tenant_id = %(tenant)s AND c.tenant_id = %(tenant)s AND c.season_id = %(season)s
 AND b.contestant_id = c.id
""",
    """
DELETE FROM p_evaluation__standing AS t
WHERE t.tenant_id = %(tenant)s AND t.season_id = %(season)s
""",
    """
INSERT INTO p_evaluation__contribution
 (tenant_id, contestant_id, criterion_id, total, entries, points)
SELECT %(tenant)s, g.contestant_id, k.id, g.total, g.entries,
 CASE WHEN k.kind = 'veto' THEN 0
 WHEN k.kind = 'score'
 THEN (2 * k.weight * g.total + %(rounds)s * k.full_value) / (2 * %(rounds)s * k.full_value)
 WHEN k.direction = 'fewer'
 THEN (2 * k.weight * (k.full_value - least(g.total, k.full_value)) * g.entries
 + %(rounds)s * k.full_value) / (2 * %(rounds)s * k.full_value)
 ELSE (2 * k.weight * least(g.total, k.full_value) + k.full_value) / (2 * k.full_value) END
FROM (
 SELECT t.contestant_id, t.criterion_id, sum(t.mark)::bigint AS total, count(*) AS entries
 FROM (
 SELECT s.contestant_id, s.criterion_id,
 (2 * sum(s.value)::bigint + count(*)) / (2 * count(*)) AS mark
 FROM p_evaluation__score AS s
 JOIN p_evaluation__contestant AS c ON c.tenant_id = s.tenant_id AND c.id = s.contestant_id
 WHERE s.tenant_id = %(tenant)s AND c.season_id = %(season)s
 GROUP BY s.contestant_id, s.criterion_id, s.round
 ) AS t
 GROUP BY t.contestant_id, t.criterion_id
) AS g
JOIN p_evaluation__criterion AS k ON k.tenant_id = %(tenant)s AND k.id = g.criterion_id
""",
    """
INSERT INTO p_evaluation__standing (tenant_id, season_id, contestant_id, score, vetoed, rank)
SELECT %(tenant)s, %(season)s, x.contestant_id, x.score, x.vetoed,
 rank() OVER (ORDER BY x.vetoed, x.score DESC, x.ties DESC)
FROM (
 SELECT b.contestant_id, sum(b.points) AS score,
 bool_or(k.kind = 'veto' AND b.total > 0) AS vetoed,
 array_agg(b.points ORDER BY k.tie_order) FILTER (WHERE k.tie_order IS NOT NULL) AS ties
 FROM p_evaluation__contribution AS b
 JOIN p_evaluation__contestant AS c ON c.tenant_id = b.tenant_id AND c.id = b.contestant_id
 JOIN p_evaluation__criterion AS k ON k.tenant_id = b.tenant_id AND k.id = b.criterion_id
 WHERE b.tenant_id = %(tenant)s AND c.season_id = %(season)s
 GROUP BY b.contestant_id
) AS x
""",
)
_RESULT = """
SELECT t.contestant_id, t.score, t.vetoed, t.rank FROM p_evaluation__standing AS t
WHERE t.tenant_id = %(tenant)s AND t.season_id = %(season)s ORDER BY t.contestant_id
"""


def measure(site: Site) -> list[Row]:
    """Let as many courtyards as a big district has compete for a year, and compute it."""
    place, season = _prepare(site)
    with connect(site.url) as connection:
        subjects = {
            "ours": lambda: _compute(site, place, season),
            "by hand": lambda: _by_hand(connection, season),
        }
        results = []
        for subject in subjects.values():
            subject()
            results.append(_result(connection, season))
        if results[0] != results[1] or len(results[0]) != CONTESTANTS:
            raise RuntimeError("the two computations differ")
        found = interleave(subjects, ROUNDS)
    return [
        Row(
            f"one season computed: {CONTESTANTS:,} contestants × {len(CRITERIA)} criteria"
            f" × {SEASON_ROUNDS} rounds",
            Figure.of(found["ours"], "s"),
            Figure.of(found["by hand"], "s"),
            ratios(found["ours"], found["by hand"]),
            Goal("ratio", "≤", 1.5),
            "the whole verb with lock, rules and audit; yardstick: the same rows by two DELETE and"
            " two INSERT … SELECT in one transaction, which ask neither for rules nor for places",
        )
    ]


def _prepare(site: Site) -> tuple[PlaceView, UUID]:
    """Add the courtyards to a community that no other benchmark uses, and all scores."""
    code = [code for code, _name in divisions.places_of(DISTRICT) if len(code) == 12][-2]
    with site.app.app_context(), tenancy.enter(TENANT):
        with transaction():
            community = places.by_code(code)
            assert community is not None
            plugins.enable(SYSTEM, plugin_host(), community, "evaluation")
            place = community.view
        with _entered(site) as connection:
            _add_courtyards(connection, place)
        with transaction():
            season = _opened(place)
        with _entered(site) as connection:
            _appoint(connection, season)
            given = {"tenant": TENANT, "season": season, "rounds": SEASON_ROUNDS}
            connection.execute(_SCORES, given)
        with transaction():
            service.seasons.lock(SYSTEM, place, season, "测量")
        db.session.remove()
    site.analyse()
    return place, season


def _opened(place: PlaceView) -> UUID:
    scheme = service.schemes.create(SYSTEM, place, RULES)
    version = service.schemes.new_version(SYSTEM, place, scheme.id)
    for number, said in enumerate(CRITERIA, 1):
        criterion = {"title": f"第{number}项", "scorers": "评比小组", **said}
        service.schemes.put_criterion(SYSTEM, place, version.id, None, criterion)
    service.schemes.publish(SYSTEM, place, version.id)
    return service.seasons.open(SYSTEM, place, scheme.id, BEGINS_ON, "年度").id


def _add_courtyards(connection: psycopg.Connection, place: PlaceView) -> None:
    segments = itertools.islice(itertools.product(ALPHABET, repeat=3), CONTESTANTS)
    table = Place.__tablename__
    connection.cursor().executemany(
        f"INSERT INTO {table} (tenant_id, id, code, kind, parent_id, name, official_name,"
        " created_at) VALUES (%s, %s, %s, 'courtyard', %s, '院落', '院落', now())",
        [(TENANT, new_id(), f"{place.code}C{''.join(one)}", place.id) for one in segments],
    )


def _appoint(connection: psycopg.Connection, season: UUID) -> None:
    """One scorer, whose account does not matter here."""
    connection.execute(
        "INSERT INTO p_evaluation__scorer (tenant_id, id, season_id, user_id, role)"
        " VALUES (%s, %s, %s, %s, '评比小组')",
        [TENANT, new_id(), season, new_id()],
    )


def _compute(site: Site, place: PlaceView, season: UUID) -> float:
    with site.app.app_context(), tenancy.enter(TENANT):
        start = time.perf_counter()
        with transaction():
            service.seasons.compute(SYSTEM, place, season)
        seconds = time.perf_counter() - start
        db.session.remove()
    return seconds


def _by_hand(connection: psycopg.Connection, season: UUID) -> float:
    start = time.perf_counter()
    with connection.transaction():
        connection.execute(f"SET LOCAL linli.tenant = '{TENANT}'")
        for statement in _BY_HAND:
            connection.execute(
                statement, {"tenant": TENANT, "season": season, "rounds": SEASON_ROUNDS}
            )
    return time.perf_counter() - start


def _result(connection: psycopg.Connection, season: UUID) -> list[tuple[object, ...]]:
    with connection.transaction():
        connection.execute(f"SET LOCAL linli.tenant = '{TENANT}'")
        return connection.execute(_RESULT, {"tenant": TENANT, "season": season}).fetchall()


@contextmanager
def _entered(site: Site) -> Iterator[psycopg.Connection]:
    with connect(site.url) as connection:
        connection.execute(f"SET LOCAL linli.tenant = '{TENANT}'")
        yield connection
