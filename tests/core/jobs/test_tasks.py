"""Due work is found for each district, and nothing is lost when it is found or done twice."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask
from rq import Queue

from core.audit import seal
from core.jobs import tasks
from core.jobs.queue import queue
from core.testing.world import District


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
    assert {job.func_name for job in carrier.jobs} <= {"core.jobs.tasks.seal_audit"}
    return [job.args[0] for job in carrier.jobs]


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

    found = tasks.find_due()
    every = carried(carrier)
    assert (found, len(set(every))) == (len(every), len(every))
    assert {first.tenant, second.tenant} <= set(every)

    (job,) = [job for job in carrier.jobs if job.args == (first.tenant,)]
    assert job.perform() == unsealed
    assert verified(first) == (True, unsealed, 0)
    carrier.empty()
    assert tasks.find_due() == len(every) - 1
    assert sorted(carried(carrier)) == sorted(set(every) - {first.tenant})


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
