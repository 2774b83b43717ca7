"""The queues. Valkey is only the transport: whatever is lost with it is found due again."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from secrets import token_hex
from typing import Literal

from flask import current_app
from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry
from rq import Queue

Name = Literal["linli", "linli-jobs"]
SHORT: Name = "linli"
"""Carries what is done in a moment: seals, events, the search for due work."""
LONG: Name = "linli-jobs"
"""Carries long work, so that nothing short has to wait for it."""
NAMES: tuple[Name, ...] = (SHORT, LONG)

Call = tuple[str, tuple[object, ...]]
"""A function of ``core.jobs.tasks`` by name, with its arguments."""

_TASKS = "core.jobs.tasks"
_SHORT_SECONDS, _NO_LIMIT = 300, -1
_FAILURE_SECONDS = 24 * 3600
_PATIENCE_SECONDS = 1.0


def connection() -> Redis:
    """Return a client of the application's Valkey that waits as long as a worker must."""
    return Redis.from_url(_address())


def queue(name: Name = SHORT) -> Queue:
    """Return a queue of this installation.

    Its client gives up after a second, so that a page does not hang when Valkey does.
    """
    return Queue(name, connection=_hasty(_address()))


def enqueue_once(carrier: Queue, calls: Iterable[Call]) -> int:
    """Enqueue what does not wait in this queue already; return how many were enqueued.

    What a worker has begun does not count as waiting, since it may have looked too early.
    """
    known = waiting(carrier)
    fresh = [call for call in dict.fromkeys(calls) if _name(*call) not in known]
    for task, arguments in fresh:
        carrier.enqueue(
            f"{_TASKS}.{task}",
            *arguments,
            job_id=f"{_name(task, arguments)}-{token_hex(6)}",
            job_timeout=_SHORT_SECONDS if carrier.name == SHORT else _NO_LIMIT,
            result_ttl=0,
            failure_ttl=_FAILURE_SECONDS,
        )
    return len(fresh)


def waiting(carrier: Queue) -> set[str]:
    """Return the tasks that wait in a queue, as ``task-argument-…``."""
    return {job_id.rpartition("-")[0] for job_id in carrier.get_job_ids()}


def _name(task: str, arguments: tuple[object, ...]) -> str:
    return "-".join((task, *map(str, arguments)))


def _address() -> str:
    return str(current_app.extensions["linli.valkey"])


@lru_cache
def _hasty(address: str) -> Redis:
    return Redis.from_url(
        address,
        socket_timeout=_PATIENCE_SECONDS,
        socket_connect_timeout=_PATIENCE_SECONDS,
        retry=Retry(NoBackoff(), 1),
    )
