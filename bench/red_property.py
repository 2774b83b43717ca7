"""Grades of a thousand companies with three hundred items each, beside the same sums by hand."""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg

from bench.community import DISTRICT
from bench.figures import Figure, Goal, Row, interleave, ratios
from bench.site import Site, connect
from core import tenancy
from core.clock import now
from core.db import db, transaction
from core.paging import Paging
from core.places import queries as places
from core.places.view import PlaceView
from core.testing.world import SYSTEM
from plugins.red_property import queries
from plugins.red_property.service import methods

TENANT = int(DISTRICT)
COMPANIES, ITEMS = 1_000, 300
ROUNDS = 7
METHOD = "yantai_2022"

_COMPANY = "00000000-0000-7000-9000-%012d"
_COUNTED = """
SELECT o.id, o.name, o.credit_code, coalesce(t.score, 0) AS score,
 CASE WHEN t.vetoed THEN 6 WHEN t.based IS NOT TRUE THEN NULL WHEN t.score >= 8500 THEN 1
 WHEN t.score >= 8000 THEN 2 WHEN t.score >= 7000 THEN 3 WHEN t.score >= 6000 THEN 4 ELSE 5 END
 AS level
FROM organisation AS o LEFT JOIN (
 SELECT g.organisation_id, bool_or(g.vetoed) AS vetoed, bool_or(s.key = 'base') AS based,
  sum(CASE s.key WHEN 'base' THEN least(g.points, 8000) WHEN 'good' THEN least(g.points, 4000)
   ELSE -g.points END)::bigint AS score
 FROM (
  SELECT e.organisation_id, i.section_id, sum(e.points) AS points, bool_or(i.veto) AS vetoed
  FROM p_red_property__entry AS e
  JOIN p_red_property__method_item AS i ON i.tenant_id = e.tenant_id AND i.id = e.item_id
  WHERE e.tenant_id = %(tenant)s AND i.method_id = %(method)s
   AND e.entered_at <= %(at)s AND e.valid_from <= %(at)s
   AND (e.valid_until IS NULL OR e.valid_until > %(at)s)
   AND NOT EXISTS (SELECT FROM p_red_property__ending AS x
    WHERE x.tenant_id = e.tenant_id AND x.entry_id = e.id AND x.ended_at <= %(at)s)
  GROUP BY e.organisation_id, i.section_id
 ) AS g JOIN p_red_property__method_section AS s
  ON s.tenant_id = %(tenant)s AND s.id = g.section_id
 GROUP BY g.organisation_id
) AS t ON t.organisation_id = o.id
WHERE o.tenant_id = %(tenant)s AND o.kind = 'property_company' AND o.created_at <= %(at)s
ORDER BY level NULLS LAST, score DESC, o.name, o.id
"""


def measure(site: Site) -> list[Row]:
    """Fill a ledger, and grade everybody as of a past moment."""
    place, method = _prepare(site)
    moment = now() - timedelta(days=90)
    with connect(site.url) as connection:
        subjects = {
            "ours": lambda: _grade(site, place, moment),
            "by hand": lambda: _by_hand(connection, method, moment),
        }
        seconds = {name: lambda of=subject: of()[0] for name, subject in subjects.items()}
        _refuse_difference({name: subject()[1] for name, subject in subjects.items()})
        found = interleave(seconds, ROUNDS)
    return [
        Row(
            f"grades of {COMPANIES:,} companies, {ITEMS} items each, as of a past moment",
            Figure.of([1000 * one for one in found["ours"]], "ms"),
            Figure.of([1000 * one for one in found["by hand"]], "ms"),
            ratios(found["ours"], found["by hand"]),
            Goal("ratio", "≤", 1.5),
            "the method in force, every score and level, in order; yardstick: one statement"
            " written for this method alone, under row-level security",
        )
    ]


def _prepare(site: Site) -> tuple[PlaceView, UUID]:
    """Adopt the method half a year ago and write three years of entries."""
    with site.app.app_context(), tenancy.enter(TENANT):
        with transaction():
            district = places.by_code(DISTRICT)
            assert district is not None
            place = district.view
            document = next(m.document for m in methods.shipped() if m.key == METHOD)
            method = methods.adopt(SYSTEM, place, document, date(2022, 7, 1)).id
        db.session.remove()
    given: dict[str, Any] = {
        "tenant": TENANT,
        "place": place.id,
        "method": method,
        "companies": [UUID(_COMPANY % number) for number in range(1, COMPANIES + 1)],
        "items": ITEMS,
    }
    with connect(site.owner) as connection:
        connection.execute(f"SET LOCAL linli.tenant = '{TENANT}'")
        for statement in _FILL:
            connection.execute(statement, given)
    site.analyse()
    return place, method


_FILL = (
    "UPDATE p_red_property__method SET adopted_at = now() - interval '4 years'"
    " WHERE tenant_id = %(tenant)s",
    "INSERT INTO organisation (tenant_id, id, place_id, kind, name, credit_code, created_at)"
    " SELECT %(tenant)s, id, %(place)s, 'property_company', '物业公司' || n, 'BENCH' || n,"
    " now() - interval '4 years'"
    " FROM unnest(%(companies)s::uuid[]) WITH ORDINALITY AS company (id, n)",
    # Entries over three years for a year each, every ninth revoked after a month.
    "INSERT INTO p_red_property__entry (tenant_id, id, place_id, number, organisation_id,"
    " method_id, item_id, points, occurred_on, valid_from, valid_until, basis, entered_at)"
    " SELECT %(tenant)s, gen_random_uuid(), %(place)s, (c.n - 1) * %(items)s + g, c.id,"
    " %(method)s, i.id, i.least + (c.n * 7 + g * 13) %% (i.most - i.least + 1), current_date,"
    " at.at, CASE WHEN i.until_rectified THEN NULL ELSE at.at + interval '1 year' END, '测试',"
    " at.at"
    " FROM unnest(%(companies)s::uuid[]) WITH ORDINALITY AS c (id, n)"
    " CROSS JOIN generate_series(1, %(items)s) AS g"
    " CROSS JOIN LATERAL (SELECT now() - interval '3 years' * g / %(items)s AS at) AS at"
    " JOIN p_red_property__method_item AS i ON i.tenant_id = %(tenant)s"
    " AND i.method_id = %(method)s"
    " AND i.position = 1 + (CASE WHEN (c.n * 31 + g * 17) %% 997 = 0 THEN 21"
    " ELSE (c.n + g * 5) %% 21 END)",
    "INSERT INTO p_red_property__ending (tenant_id, id, entry_id, kind, reason, ended_at)"
    " SELECT %(tenant)s, gen_random_uuid(), e.id, 'revoked', '测试',"
    " e.entered_at + interval '30 days'"
    " FROM p_red_property__entry AS e WHERE e.tenant_id = %(tenant)s AND e.number %% 9 = 0",
)


def _grade(site: Site, place: PlaceView, moment: datetime) -> tuple[float, list[Any]]:
    with site.app.app_context(), tenancy.enter(TENANT):
        with transaction():
            start = time.perf_counter()
            page = queries.grades(place, moment, paging=Paging(1, 2 * COMPANIES))
            seconds = time.perf_counter() - start
        db.session.remove()
    return seconds, [(g.organisation_id, g.score, g.level_position) for g in page.rows]


def _by_hand(
    connection: psycopg.Connection, method: UUID, moment: datetime
) -> tuple[float, list[Any]]:
    with connection.transaction():
        connection.execute(f"SET LOCAL linli.tenant = '{TENANT}'")
        start = time.perf_counter()
        rows = connection.execute(
            _COUNTED, {"tenant": TENANT, "method": method, "at": moment}
        ).fetchall()
        seconds = time.perf_counter() - start
    return seconds, [(row[0], int(row[3]), row[4]) for row in rows]


def _refuse_difference(found: Mapping[str, list[Any]]) -> None:
    if found["ours"] != found["by hand"] or len(found["ours"]) < COMPANIES:
        raise RuntimeError("the two ways do not grade alike")
