"""A whole Linli that runs, a district on board, and ways to do it harm."""

from __future__ import annotations

import os
import signal
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import psycopg
import pytest
from flask import Flask
from redis import Redis
from sqlalchemy import select, text, update

from core import config as configuration
from core.app import create_app
from core.clock import now
from core.db import db
from core.jobs.models import Job
from core.servers import hold
from core.testing import world
from core.testing.running import Up, children, family, starting
from core.testing.world import SYSTEM, Browser, District
from plugins.volunteer import queries, service
from plugins.volunteer.models import Attendance, Transfer, Volunteer

PRESENT = timedelta(hours=2, minutes=20)


@pytest.fixture(scope="module")
def up() -> Iterator[Up]:
    """Everything running, for the tests of one file."""
    with starting() as made:
        made.wait()
        yield made


@pytest.fixture(scope="module")
def here(up: Up) -> Iterator[Site]:
    """A community of a running Linli that uses Volunteer."""
    with hold(up.home) as held:
        at = held.addresses
        app = create_app(
            configuration.load({**up.environ}),
            database_url=at.database_url,
            valkey_url=at.valkey_url,
        )
        district = world.onboard(app, next(world.unused_codes()))
        district.enable("volunteer", district.communities[0])
        with psycopg.connect(up.linli("db", "url").stdout.strip()) as connection:
            connection.autocommit = True
            connection.execute(f"SET linli.tenant = '{district.tenant}'")
            staff = district.person("staff", district.communities[0])
            yield Site(up, app, district, staff, connection)
        with app.app_context():
            db.engine.dispose()


@dataclass
class Site:
    """The community, somebody of its staff, and a look into the database."""

    up: Up
    app: Flask
    district: District
    staff: Browser
    connection: psycopg.Connection[Any]

    @property
    def code(self) -> str:
        return self.district.communities[0]

    def activity(self, people: int) -> UUID:
        """An activity at which so many people were for two hours, whose hours wait."""
        begins = now() - timedelta(hours=3)
        with self.district.entered():
            place = self.district.place(self.code).view
            made = service.create(
                SYSTEM,
                place,
                {
                    "title": "清扫楼道",
                    "description": "一起清扫楼道。",
                    "location": "3 栋门口",
                    "starts_at": begins,
                    "ends_at": begins + timedelta(hours=4),
                    "capacity": people,
                    "organiser": "居委会",
                    "risks": "无",
                },
            ).id
            service.publish(SYSTEM, place, made)
            for number in range(people):
                phone = f"139{number:08}"
                there = service.walk_in(SYSTEM, place, made, f"志愿者{number}", phone)
                person = queries.get_attendance(place, there).volunteer_id
                service.check_out(SYSTEM, place, made, person)
            table: Any = Attendance.__table__
            db.session.connection().execute(
                update(table)
                .where(table.c.tenant_id == self.district.tenant, table.c.activity_id == made)
                .values(checked_in_at=now() - PRESENT)
            )
        return made

    def one(self, statement: str, **values: object) -> Any:
        """The only figure of a statement, read beside all transactions under way."""
        row = self.connection.execute(statement, values).fetchone()
        assert row is not None
        return row[0]

    def post(self, path: str, pairs: Sequence[tuple[str, str]] = ()) -> int:
        """Post a form as the page would; return the status, or 0 when the server fell silent."""
        token = self.staff.csrf_token()
        cookie = self.staff.get_cookie("linli")
        assert cookie is not None
        body = urllib.parse.urlencode([*pairs, ("csrf_token", token)]).encode()
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.up.port}{path}", body, {"Cookie": f"linli={cookie.value}"}
        )
        try:
            with _opener.open(request, timeout=60) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code
        except OSError:
            return 0

    def attendances(self, activity: UUID) -> list[UUID]:
        """The ids of an activity's attendances, in order."""
        with self.district.entered():
            rows = db.session.execute(
                select(Attendance.id).filter_by(activity_id=activity).order_by(Attendance.id)
            )
            return list(rows.scalars())

    def workers(self) -> set[int]:
        """The two workers, and the processes that run their jobs."""
        lines = children(self.up.process.pid)
        found = [pid for pid, line in lines.items() if "core.cli worker" in line]
        assert len(found) == 2, lines
        return {member for worker in found for member in family(worker)}

    def kill_workers(self) -> None:
        """End the workers without a word."""
        for pid in self.workers():
            os.kill(pid, signal.SIGKILL)

    @contextmanager
    def workers_stopped(self) -> Iterator[None]:
        """Hold the workers, so that what is queued stays queued."""
        held = self.workers()
        for pid in held:
            os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            for pid in held:
                os.kill(pid, signal.SIGCONT)

    def empty_valkey(self) -> None:
        """Forget everything that is queued; there was something."""
        with Redis.from_url(self.app.extensions["linli.valkey"]) as valkey:
            assert valkey.dbsize()
            valkey.flushall()

    def let_the_lease_run_out(self) -> None:
        """Make the jobs under way due, as ninety seconds would."""
        with self.district.entered():
            table: Any = Job.__table__
            db.session.connection().execute(
                update(table)
                .where(table.c.tenant_id == self.district.tenant, table.c.state == "running")
                .values(due_at=now())
            )

    def job(self, activity: UUID) -> tuple[str, int]:
        """State and number of runs of the activity's job."""
        row = self.connection.execute(
            "SELECT state, run FROM job WHERE key = %s ORDER BY id DESC LIMIT 1", [str(activity)]
        ).fetchone()
        assert row is not None
        return row[0], row[1]

    @contextmanager
    def the_ledger_blocked(self, attendance: UUID) -> Iterator[None]:
        """Hold the key of one attendance's posting, so that who posts it waits in the middle."""
        with psycopg.connect(self.up.linli("db", "url").stdout.strip()) as other:
            other.execute(f"SET linli.tenant = '{self.district.tenant}'")
            other.execute(
                "INSERT INTO p_volunteer__transfer SELECT tenant_id, gen_random_uuid(),"
                " debit_account_id, credit_account_id, points, cause, cause_id, rule_id, %s,"
                " posted_at FROM p_volunteer__transfer LIMIT 1",
                [f"hours:{attendance}"],
            )
            yield
            other.rollback()

    def somebody_waits(self) -> bool:
        """Whether a transaction waits for the ledger."""
        return bool(
            self.one(
                "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
                " AND query LIKE 'INSERT INTO p_volunteer__transfer%%'"
            )
        )

    def check_books(self, *activities: UUID) -> None:
        """Every hour is there once, every point once, and the ledger sums to zero."""
        with self.district.entered():
            there = db.session.execute(
                select(Attendance.id, Attendance.volunteer_id, Attendance.minutes_confirmed).where(
                    Attendance.activity_id.in_(activities)
                )
            ).all()
            assert {row.minutes_confirmed for row in there} == {120}
            posted = db.session.execute(
                select(Transfer.key, Transfer.credit_account_id, Transfer.points).where(
                    Transfer.cause_id.in_([row.id for row in there])
                )
            ).all()
            wanted = [(f"hours:{row.id}", row.volunteer_id, 2) for row in there]
            assert sorted(map(tuple, posted)) == sorted(wanted)
            told = db.session.execute(
                text(
                    "SELECT a FROM event_outbox AS e,"
                    " jsonb_array_elements_text(e.payload -> 'attendances') AS a"
                    " WHERE e.tenant_id = :tenant AND e.name = 'volunteer.hours_confirmed'"
                    " AND e.payload ->> 'activity' = ANY(:activities)"
                ),
                {"tenant": self.district.tenant, "activities": [str(a) for a in activities]},
            ).scalars()
            assert sorted(told) == sorted(str(row.id) for row in there)
            balances = db.session.execute(
                text(
                    "SELECT sum(CASE WHEN t.credit_account_id = a.id THEN t.points"
                    " ELSE -t.points END) FROM p_volunteer__account AS a"
                    " JOIN p_volunteer__transfer AS t ON t.tenant_id = a.tenant_id"
                    " AND a.id IN (t.credit_account_id, t.debit_account_id)"
                    " WHERE a.tenant_id = :tenant"
                ),
                {"tenant": self.district.tenant},
            ).scalar_one()
            assert balances == 0
            assert db.session.execute(select(Volunteer.id).limit(1)).first() is not None


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_arguments: Any) -> None:
        return None


_opener = urllib.request.build_opener(_NoRedirect)
