"""Due work is found for each district, and nothing is lost when it is found or done twice."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import ModuleType

import pytest
from flask import Flask
from rq import Queue

from core.audit import seal
from core.events.service import emit
from core.jobs import service, tasks
from core.jobs.queue import LONG, queue, waiting
from core.testing.world import SYSTEM, District


@pytest.fixture
def carrier(app: Flask) -> Iterator[Queue]:
    """The queue, empty before and after."""
    with app.app_context():
        made = queue()
        made.empty()
        yield made
        made.empty()


def carried(carrier: Queue) -> list[int]:
    """The districts for which sealing is queued."""
    return [job.args[0] for job in carrier.jobs if job.func_name == "core.jobs.tasks.seal_audit"]


def verified(district: District) -> tuple[bool, int, int]:
    with district.entered():
        report = seal.verify()
        return report.holds, report.sealed, report.unsealed


def test_each_district_with_unsealed_entries_is_queued_once(
    carrier: Queue, new_district: Callable[[], District]
) -> None:
    first, second = new_district(), new_district()
    holds, sealed, unsealed = verified(first)
    assert (holds, sealed) == (True, 0)
    assert unsealed > 0

    tasks.find_due()
    every = carried(carrier)
    assert len(set(every)) == len(every)
    assert {first.tenant, second.tenant} <= set(every)

    (job,) = [job for job in carrier.jobs if job.args == (first.tenant,)]
    assert job.perform() == unsealed
    assert verified(first) == (True, unsealed, 0)
    carrier.empty()
    tasks.find_due()
    assert sorted(carried(carrier)) == sorted(set(every) - {first.tenant})


def test_what_waits_already_is_not_queued_again(carrier: Queue, district: District) -> None:
    assert tasks.find_due() > 0
    every = carrier.get_job_ids()
    assert tasks.find_due() == 0
    assert carrier.get_job_ids() == every
    (job,) = [job for job in carrier.jobs if job.args == (district.tenant,)]
    carrier.remove(job)  # as when a worker has begun it
    assert tasks.find_due() == 1
    assert sorted(carried(carrier)).count(district.tenant) == 1


def test_events_and_jobs_are_queued_after_the_commit_and_found_when_that_was_lost(
    carrier: Queue, sampled: District, sample: ModuleType
) -> None:
    long = queue(LONG)
    long.empty()

    def queued() -> set[tuple[str, str]]:
        names = waiting(carrier) | waiting(long)
        return {(task, rest) for task, _, rest in (name.partition("-") for name in names)}

    with sampled.entered():
        place = sampled.place(sampled.communities[0]).view
        emit(sample.Happened(1), place)
        emit(sample.Happened(2), place)
        job = service.start_job(SYSTEM, place, "sample.items.mark", {"count": 1})
        assert queued() == set()
    due = {("relay_events", f"{sampled.tenant}"), ("run_job", f"{sampled.tenant}-{job}")}
    assert queued() == due
    assert len(carrier.get_job_ids()) == 1

    carrier.connection.flushdb()
    assert queued() == set()
    with sampled.app.app_context():
        tasks.find_due()
        assert due <= queued()
        tasks.relay_events(sampled.tenant)
        tasks.run_job(sampled.tenant, str(job))
    carrier.connection.flushdb()
    with sampled.app.app_context():
        tasks.find_due()
    assert queued() & due == set()


def test_without_valkey_a_commit_goes_through(
    sampled: District, sample: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setitem(sampled.app.extensions, "linli.valkey", f"unix://{tmp_path}/none.sock")
    with sampled.entered():
        emit(sample.Happened(1), sampled.place(sampled.communities[0]).view)
    monkeypatch.undo()
    with sampled.app.app_context():
        tasks.relay_events(sampled.tenant)
    assert [heard.data["number"] for heard in sample.sample.heard] == [1]


def test_what_the_queue_lost_is_found_again(carrier: Queue, district: District) -> None:
    tasks.find_due()
    assert district.tenant in carried(carrier)
    carrier.connection.delete(carrier.key)
    assert carried(carrier) == []
    tasks.find_due()
    assert district.tenant in carried(carrier)


def test_sealing_twice_at_once_seals_each_entry_once(app: Flask, district: District) -> None:
    unsealed = verified(district)[2]

    def work(_number: int) -> int:
        with app.app_context():
            return tasks.seal_audit(district.tenant)

    with ThreadPoolExecutor(4) as pool:
        sealed = list(pool.map(work, range(4)))
    assert sum(sealed) == unsealed
    assert verified(district) == (True, unsealed, 0)
    assert work(0) == 0
