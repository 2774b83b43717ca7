"""Periodic jobs are started once in a period wherever their plugin is active."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rq import Queue
from sqlalchemy import select

from core.audit.models import AuditEntry
from core.clock import DISTRICT_ZONE, local, now
from core.db import db
from core.jobs import periods, retention, tasks
from core.jobs.contract import Every
from core.jobs.models import Job
from core.jobs.queue import waiting
from core.places.models import Place
from core.plugin_host.host import plugin_host
from core.tenancy import enter
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


def test_each_place_gets_one_in_a_period(work: Work, long_queue: Queue) -> None:
    here, street = work.here, work.here[:9]
    streets = [("neighbour.day.close", code, "2026-11-22") for code in work.district.streets]
    first = sorted(
        [
            ("neighbour.day.close", here, "2026-11-22"),
            ("sample.day.close", here, "2026-11-22"),
        ]
    )
    assert street in work.district.streets
    assert plan(work) == len(first)  # sample has no streets, so neighbour is not active there
    assert planned(work) == first
    assert streets[0] not in planned(work)
    assert len(waiting(long_queue)) == 2
    assert plan(work, AT + timedelta(hours=22)) == 0
    assert plan(work, AT + DAY) == 2
    assert [period for *_, period in planned(work)] == ["2026-11-22"] * 2 + ["2026-11-23"] * 2
    with work.district.entered():
        acts = db.session.query(AuditEntry).filter_by(action="core.job.plan").all()
        assert sorted(act.object_id for act in acts) == sorted([f[0] for f in first] * 2)


def test_two_planners_at_once_start_each_once(work: Work) -> None:
    for community in work.district.communities[1:]:
        work.district.enable("sample", community)
    with ThreadPoolExecutor(4) as pool:
        started = [f.result() for f in [pool.submit(plan, work) for _ in range(4)]]
    every = len(work.district.communities) + 1
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
    assert plan(work) == 1
    assert planned(work) == [("sample.day.close", there, "2026-11-22")]
    work.district.allow("sample", "forbidden")
    assert plan(work, AT + DAY) == 0
    work.district.allow("sample", "mandatory")
    assert plan(work, AT + 2 * DAY) == len(work.district.communities)
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
    with work.district.app.app_context():
        tasks.do_chore_for("plan_periods", work.district.tenant, work.district.tenant)
    today = periods.period_key("day", now())
    assert [period for *_, period in planned(work)] == [today, today]


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
