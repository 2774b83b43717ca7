"""Periodic jobs are started once in a period wherever their plugin is active."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rq import Queue
from sqlalchemy import insert, select, update

from core.audit.models import AuditEntry
from core.clock import DISTRICT_ZONE, local, now
from core.db import db
from core.events.models import EventDelivery, EventOutbox
from core.events.service import emit
from core.ids import new_id
from core.jobs import periods, retention, tasks
from core.jobs.contract import Every
from core.jobs.models import Job
from core.jobs.queue import waiting
from core.places.models import Place
from core.plugin_host.health import service as health
from core.plugin_host.host import plugin_host
from core.plugin_host.models import PluginFailure
from core.tenancy import enter, required
from core.testing.world import District
from tests.core.jobs.conftest import Work

AT = datetime(2026, 11, 22, 1, tzinfo=DISTRICT_ZONE)
DAY = timedelta(days=1)


def plan(work: Work, at: datetime = AT) -> int:
    with work.district.app.app_context(), enter(work.district.tenant):
        return periods.plan(plugin_host(), work.district.code, at=at)


def planned(work: Work) -> list[tuple[str, str, str | None]]:
    """Name, place and period of every periodic job."""
    with work.district.entered():
        rows = db.session.execute(
            select(Job.name, Place.code, Job.period)
            .join(Place, Place.id == Job.place_id)
            .where(Job.period.is_not(None))
            .order_by(Job.period, Job.name, Place.code)
        )
        return [(name, code, period) for name, code, period in rows]


def at_streets(work: Work, *plugins: str) -> list[tuple[str, str]]:
    """Name and place of the jobs of plugins that every street has."""
    return [(f"{plugin}.day.close", code) for plugin in plugins for code in work.district.streets]


def in_period(period: str, jobs: list[tuple[str, str]]) -> list[tuple[str, str, str | None]]:
    """What is planned when each of these jobs is, once in the period."""
    return [(name, code, period) for name, code in sorted(jobs)]


def test_each_place_gets_one_in_a_period(work: Work, long_queue: Queue) -> None:
    jobs = [
        ("neighbour.day.close", work.here),
        ("sample.day.close", work.here),
        *at_streets(work, "neighbour", "officer"),
    ]
    assert plan(work) == len(jobs)
    assert planned(work) == in_period("2026-11-22", jobs)
    assert len(waiting(long_queue)) == len(jobs)
    assert plan(work, AT + timedelta(hours=22)) == 0
    assert plan(work, AT + DAY) == len(jobs)
    assert planned(work) == in_period("2026-11-22", jobs) + in_period("2026-11-23", jobs)
    with work.district.entered():
        acts = db.session.query(AuditEntry).filter_by(action="core.job.plan").all()
        assert sorted(act.object_id for act in acts) == sorted([*{name for name, _ in jobs}] * 2)


def test_two_planners_at_once_start_each_once(work: Work) -> None:
    for community in work.district.communities[1:]:
        work.district.enable("sample", community)
    with ThreadPoolExecutor(4) as pool:
        started = [f.result() for f in [pool.submit(plan, work) for _ in range(4)]]
    every = len(work.district.communities) + 1 + len(at_streets(work, "neighbour", "officer"))
    assert sum(started) == every
    assert len(set(planned(work))) == len(planned(work)) == every


def test_what_was_decided_is_respected(
    work: Work, new_sampled: Callable[[], District], work_in: Callable[[District], Work]
) -> None:
    there = work.district.communities[1]
    other = work_in(new_sampled())
    work.district.disable("neighbour", work.here)
    work.district.disable("sample", work.here)
    work.district.enable("sample", there)
    plan(work)
    jobs = [("sample.day.close", there), *at_streets(work, "neighbour", "officer")]
    days = in_period("2026-11-22", jobs)
    assert planned(work) == days
    work.district.allow("sample", "forbidden")
    plan(work, AT + DAY)
    days += in_period("2026-11-23", at_streets(work, "officer"))
    assert planned(work) == days
    work.district.allow("sample", "mandatory")
    plan(work, AT + 2 * DAY)
    everywhere = [("sample.day.close", code) for code in work.district.communities]
    days += in_period("2026-11-24", everywhere + at_streets(work, "neighbour", "officer"))
    assert planned(work) == days
    assert planned(other) == []


def test_a_periodic_job_runs_like_any_other(work: Work) -> None:
    plan(work)
    with work.district.entered():
        job = db.session.execute(select(Job).filter_by(name="sample.day.close")).scalar_one()
        found = job.id, job.arguments, job.requested_name
    assert found[1:] == ({"period": "2026-11-22"}, "periodic work")
    work.run(found[0])
    assert (work.state(found[0])[:4], work.marked()) == (("done", 1, 1, 1), [0])


def test_cron_s_chores_reach_every_district(work: Work) -> None:
    jobs = [
        ("neighbour.day.close", work.here),
        ("sample.day.close", work.here),
        *at_streets(work, "neighbour", "officer"),
    ]
    before = periods.period_key("day", now())
    with work.district.app.app_context():
        tasks.do_chore_for("plan_periods", work.district.tenant, work.district.tenant)
    after = periods.period_key("day", now())
    assert sorted((name, code) for name, code, _ in planned(work)) == sorted(jobs)
    assert {period for *_, period in planned(work)} <= {before, after}


def test_what_ended_long_ago_is_forgotten(work: Work) -> None:
    old, young, open_ = work.start(1, key="a"), work.start(1, key="b"), work.start(1, key="c")
    long_ago = now() - timedelta(days=91)
    for job in (old, young):
        work.run(job)
    work.change(old, created_at=long_ago, finished_at=long_ago)
    work.change(open_, created_at=long_ago)
    with work.district.app.app_context(), enter(work.district.tenant):
        retention.forget_old()
    with work.district.entered():
        assert set(db.session.execute(select(Job.id)).scalars()) == {young, open_}
    assert work.log(old) == []


def test_what_failed_long_ago_is_forgotten(work: Work, sample: ModuleType) -> None:
    old = now() - timedelta(days=91)
    with work.district.entered():
        at = work.district.place(work.here).view
        for hook in ("linli_desk_panel", "linli_public_panel"):
            health.record(at.id, "sample", hook, "old", "Traceback")
        emit(sample.Happened(1), at)
        event = db.session.execute(select(EventOutbox.id)).scalar_one()
        for name, state, finished in (
            ("a", "dead", old),
            ("b", "dead", now() - timedelta(days=89)),
            ("c", "waiting", None),
        ):
            about = {"subscriber": f"sample/{name}", "plugin": "sample", "event_id": event}
            row = about | {"id": new_id(), "tenant_id": required(), "attempts": 8}
            row |= {"state": state, "finished_at": finished, "error": "told", "due_at": now()}
            db.session.connection().execute(insert(EventDelivery).values(row))
        write(EventOutbox, occurred_at=old)
        write(PluginFailure, PluginFailure.hook == "linli_desk_panel", last_at=old)
    with work.district.app.app_context(), enter(work.district.tenant):
        retention.forget_old()
    with work.district.entered():
        left = select(EventDelivery.state, EventDelivery.error).order_by(EventDelivery.subscriber)
        assert [tuple(row) for row in db.session.execute(left)] == [
            ("dead", None),
            ("dead", "told"),
            ("waiting", "told"),
        ]
        hooks = db.session.execute(select(PluginFailure.hook)).scalars()
        assert list(hooks) == ["linli_public_panel"]


def write(model: Any, *which: Any, **values: Any) -> None:
    """Change rows of the entered district behind the application's back."""
    table = model.__table__
    db.session.flush()
    db.session.connection().execute(
        update(table).where(table.c.tenant_id == required(), *which).values(**values)
    )


@pytest.mark.parametrize(
    ("every", "key"),
    [("hour", "2026-12-31T00"), ("day", "2026-12-31"), ("week", "2026-W53"), ("month", "2026-12")],
)
def test_periods_begin_by_the_district_s_clock(every: Every, key: str) -> None:
    assert periods.period_key(every, datetime(2026, 12, 30, 16, tzinfo=UTC)) == key


@given(st.datetimes(datetime(2000, 1, 1), datetime(2099, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001
def test_every_moment_is_in_one_period_and_periods_follow_each_other(moment: datetime) -> None:
    kinds: tuple[Every, ...] = ("hour", "day", "week", "month")
    for every in kinds:
        here, later = (
            periods.period_key(every, at) for at in (moment, moment + timedelta(days=31))
        )
        assert here < later
    at = local(moment)
    begins = at.replace(minute=0, second=0, microsecond=0)
    assert periods.period_key("hour", begins) == periods.period_key("hour", moment)
