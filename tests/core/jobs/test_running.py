"""A job does its steps, each with its progress in one transaction, and says what came of it."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from types import ModuleType
from typing import Any
from uuid import UUID, uuid4

import pytest

from core.audit.models import AuditEntry
from core.clock import now
from core.db import db
from core.errors import Conflict, NotFound
from core.jobs import runner, service
from core.tenancy import onboarding
from core.testing.world import SYSTEM, District
from tests.core.jobs.conftest import Work


def test_a_job_runs_to_its_end(work: Work) -> None:
    job = work.start(3)
    assert work.state(job) == ("queued", 0, 0, 0, None)
    assert work.marked() == []
    work.run(job)

    assert work.state(job) == ("done", 3, 3, 1, {"marked": 3, "attempt": 1})
    assert work.log(job) == ["第 0 项", "第 1 项", "第 2 项"]
    assert work.marked() == [0, 1, 2]
    row = work.row(job)
    assert row.started_at and row.finished_at and row.created_at < row.started_at < row.finished_at
    work.run(job)
    assert (work.state(job)[3], work.marked()) == (1, [0, 1, 2])


def test_a_job_that_was_not_committed_is_not_there(work: Work) -> None:
    with work.district.entered():
        place = work.district.place(work.here).view
        job = service.start_job(SYSTEM, place, "sample.items.mark", {"count": 1})
        db.session.rollback()
    work.run(job)
    assert work.marked() == []


def test_one_with_the_same_key_is_started_once(
    work: Work, new_sampled: Callable[[], District], work_in: Callable[[District], Work]
) -> None:
    there, other = work.district.communities[1], work_in(new_sampled())
    first = work.start(key="a")
    assert [work.start(key="a") for _ in range(2)] == [first, first]
    others = {work.start(key="b"), work.start(key="a", place=there), other.start(key="a")}
    assert len(others | {first}) == 4
    work.run(first)
    assert work.start(key="a") != first

    with ThreadPoolExecutor(4) as pool:
        at_once = {job.result() for job in [pool.submit(work.start, key="c") for _ in range(4)]}
    assert len(at_once) == 1


def test_what_cannot_be_started(work: Work) -> None:
    with work.district.entered():
        place = work.district.place(work.here).view
        with pytest.raises(LookupError, match=r"no running plugin contributed the job 'x\.y\.z'"):
            service.start_job(SYSTEM, place, "x.y.z", {})
        with pytest.raises(TypeError, match=r"sample\.items\.mark\.count is a set, which JSON"):
            service.start_job(SYSTEM, place, "sample.items.mark", {"count": {1}})


@pytest.mark.parametrize(
    ("how", "error", "trace"),
    [
        ("refusal", "已经满了。", None),
        ("error", None, "ZeroDivisionError: divided by nothing"),
        ("sql", None, "division by zero"),
        ("swallow", None, "A statement failed and its error was swallowed."),
        ("rollback", None, "It ended the transaction, which is core's to end."),
        ("commit", None, "It ended the transaction, which is core's to end."),
    ],
)
def test_a_failing_step_is_undone_and_earlier_ones_stay(
    work: Work, how: str, error: str | None, trace: str | None
) -> None:
    job = work.start(5, at=2, how=how)
    work.run(job)
    row = work.row(job)
    assert (row.state, row.done, row.total, row.run, row.result) == ("failed", 2, 5, 1, None)
    assert work.marked() == ([0, 1, 2] if how == "commit" else [0, 1])
    if error:
        assert row.error == error
        assert work.log(job) == ["第 0 项", "第 1 项"]
        with work.district.entered():
            (refused,) = db.session.query(AuditEntry).filter_by(outcome="refused").all()
            assert (refused.action, refused.object_id) == ("sample.item.mark", "2")
    else:
        assert row.error and "divided" not in row.error
        assert trace and trace in work.log(job)[-1]
    work.run(job)
    assert work.row(job).run == 1


def test_a_result_that_json_cannot_hold_and_a_run_that_is_no_generator_fail(work: Work) -> None:
    job = work.start(name="sample.list.give")
    work.run(job)
    assert work.row(job).state == "failed"
    assert "TypeError: sample.list.give is run by no generator" in work.log(job)[-1]


def test_a_job_is_cancelled_between_two_steps(work: Work, sample: ModuleType) -> None:
    waits, never_begun = work.start(3, key="a"), work.start(3, key="b")
    began, may_go_on = Event(), Event()

    def hold(*_: Any) -> None:
        began.set()
        assert may_go_on.wait(10)

    work.sample.HOOKS.append(hold)
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(work.run, waits)
        assert began.wait(10)
        with work.district.entered():
            place = work.district.place(work.here).view
            for job in (waits, never_begun):
                service.cancel(SYSTEM, place, job)
            with pytest.raises(NotFound):
                service.cancel(SYSTEM, place, uuid4())
            with pytest.raises(NotFound):
                service.cancel(SYSTEM, work.district.place(work.district.code).view, waits)
        assert work.row(waits).state == "running"
        may_go_on.set()
        running.result()
    assert work.state(waits) == ("cancelled", 1, 3, 1, None)
    assert work.state(never_begun) == ("cancelled", 0, 0, 0, None)
    assert work.marked() == [0]
    with work.district.entered(), pytest.raises(Conflict, match="ended already"):
        service.cancel(SYSTEM, work.district.place(work.here).view, waits)


def test_one_whose_plugin_was_switched_off_is_not_run(work: Work) -> None:
    job = work.start(2)
    work.district.disable("neighbour", work.here)
    work.district.disable("sample", work.here)
    work.run(job)
    assert (work.row(job).state, work.row(job).run, work.marked()) == ("cancelled", 0, [])
    assert work.row(job).error is not None


def test_one_whose_plugin_is_switched_off_meanwhile_ends_with_its_step(work: Work) -> None:
    job = work.start(3)

    def switch_off() -> None:
        with work.district.app.app_context():
            work.district.disable("neighbour", work.here)
            work.district.disable("sample", work.here)

    def elsewhere() -> None:
        with ThreadPoolExecutor(1) as pool:
            pool.submit(switch_off).result()

    work.sample.HOOKS.append(elsewhere)
    work.run(job)
    assert work.state(job) == ("cancelled", 1, 3, 1, None)
    assert (work.row(job).error, work.marked()) == ("该应用已在本辖区停用。", [0])


def test_one_in_a_suspended_district_waits(work: Work) -> None:
    job = work.start(1)
    with work.district.entered():
        onboarding.suspend(SYSTEM, work.district.tenant)
    work.run(job)
    assert work.state(job) == ("queued", 0, 0, 0, None)
    with work.district.entered():
        onboarding.resume(SYSTEM, work.district.tenant)
    work.run(job)
    assert work.state(job)[0] == "done"


def test_an_error_that_no_database_keeps_is_told_all_the_same(work: Work) -> None:
    job = work.start(1)

    def fail() -> None:
        raise RuntimeError("name \udcff\0 13812345678")

    work.sample.HOOKS.append(fail)
    work.run(job)
    assert work.row(job).state == "failed"
    assert work.log(job)[-1].splitlines()[-1] == "RuntimeError: name ?\ufffd 138****5678"


def test_one_of_a_plugin_that_is_gone_can_be_cancelled(work: Work) -> None:
    job = work.start(1)
    with work.district.entered():
        work.change(job, name="sample.gone.run", state="running", run=1)
        service.cancel(SYSTEM, work.district.place(work.here).view, job)
    work.run(job)
    assert work.row(job).state == "cancelled"


def test_no_second_runner_while_a_step_lasts_however_long(work: Work) -> None:
    job = work.start(2)
    began, may_go_on = Event(), Event()
    work.sample.HOOKS.append(lambda: (began.set(), may_go_on.wait(10)))
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(work.run, job)
        assert began.wait(10)
        work.let_lease_end(job)
        work.run(job)
        assert work.row(job).run == 1
        may_go_on.set()
        running.result()
    assert (work.state(job), work.marked()) == (
        ("done", 2, 2, 1, {"marked": 2, "attempt": 1}),
        [0, 1],
    )


def test_a_runner_that_was_replaced_is_undone_and_stops(work: Work) -> None:
    job = work.start(3)
    work.sample.HOOKS += [lambda: None, lambda: work.change(job, run=2)]
    work.run(job)
    assert (work.state(job), work.marked()) == (("running", 1, 3, 2, None), [0])
    work.let_lease_end(job)
    work.run(job)
    assert work.state(job) == ("done", 3, 3, 3, {"marked": 3, "attempt": 3})
    assert work.marked() == [0, 1, 2]


def test_two_runners_at_once_do_it_once(work: Work) -> None:
    job = work.start(6, seconds=0.01)
    with ThreadPoolExecutor(3) as pool:
        for done in [pool.submit(work.run, job) for _ in range(3)]:
            done.result()
    assert (work.state(job)[:4], work.marked()) == (("done", 6, 6, 1), list(range(6)))


def test_a_job_that_never_gets_anywhere_is_given_up(work: Work) -> None:
    job = work.start(2)

    def end() -> None:
        raise SystemExit

    for _ in range(runner.MOST_STALLED):
        work.sample.HOOKS.append(end)
        with pytest.raises(SystemExit):
            work.run(job)
        work.let_lease_end(job)
    work.run(job)
    row = work.row(job)
    assert (row.state, row.run, row.stalled, work.marked()) == ("failed", 5, 5, [])


def test_the_lease_of_a_running_job_is_ninety_seconds(work: Work) -> None:
    job = work.start(2)
    seen: list[float] = []
    work.sample.HOOKS.append(lambda: seen.append((work.row(job).due_at - now()).total_seconds()))
    work.run(job)
    assert [round(seconds, -1) for seconds in seen] == [90]


def test_ids_of_others_run_nothing(
    work: Work, new_sampled: Callable[[], District], work_in: Callable[[District], Work]
) -> None:
    other = work_in(new_sampled())
    job: UUID = other.start(1)
    work.run(job)
    assert (other.state(job)[0], other.marked(), work.marked()) == ("queued", [], [])
