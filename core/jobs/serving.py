"""Workers and cron, as processes that outlast a restart of Valkey."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from types import FrameType

from redis.exceptions import RedisError
from rq import Queue, Worker
from rq.cron import CronScheduler
from rq.exceptions import StopRequested

from core.jobs import tasks
from core.jobs.queue import SHORT, Name, connection

log = logging.getLogger(__name__)
PAUSE_SECONDS = 1.0
DAY = 24 * 3600


def work(names: Sequence[Name]) -> None:
    """Do what is in these queues, the first one before the others, until a signal comes.

    Raises:
        RedisError: Valkey does not answer at the start.
    """
    connection().ping()
    _again(lambda: _work(names), _Worker)


def schedule() -> None:
    """Enqueue periodic tasks until a signal comes.

    Raises:
        RedisError: Valkey does not answer at the start.
    """
    connection().ping()
    _again(_schedule, _Scheduler)


class _Worker(Worker):
    """Remembers, of all workers of this process, whether one was told to stop."""

    told_to_stop = False

    def request_stop(self, signum: int, frame: FrameType | None) -> None:
        _Worker.told_to_stop = True
        super().request_stop(signum, frame)  # type: ignore[no-untyped-call]


class _Scheduler(CronScheduler):
    told_to_stop = False

    def _request_stop(self, signum: int, frame: FrameType | None) -> None:
        _Scheduler.told_to_stop = True
        super()._request_stop(signum, frame)  # type: ignore[no-untyped-call]


def _work(names: Sequence[Name]) -> None:
    """Work until told to stop, or until Valkey was away in the middle of something."""
    carrier = connection()
    queues = [Queue(name, connection=carrier) for name in names]
    _Worker(queues, connection=carrier).work(logging_level="WARNING")


def _schedule() -> None:
    scheduler = _Scheduler(connection=connection(), logging_level="WARNING")
    _register(scheduler, tasks.find_due, (), tasks.FIND_EVERY_SECONDS)
    for name, chore in tasks.CHORES.items():
        _register(scheduler, tasks.do_chore, (name,), int(chore.every.total_seconds()))
    scheduler.start()  # type: ignore[no-untyped-call]


def _register(
    scheduler: CronScheduler, task: Callable[..., object], arguments: tuple[str, ...], seconds: int
) -> None:
    """What waited for a whole period is dropped, since the next one overtakes it."""
    scheduler.register(
        task, SHORT, args=arguments, interval=seconds, ttl=seconds, result_ttl=0, failure_ttl=DAY
    )


def _again(run: Callable[[], None], server: type[_Worker | _Scheduler]) -> None:
    """Run it anew whenever Valkey was away, until a signal came; say once that it is away.

    In the pause a signal raises what the last worker or scheduler answers it with.
    """
    complaint = ""
    with suppress(StopRequested):
        while not server.told_to_stop:
            try:
                run()
                complaint = ""
            except RedisError as error:
                if str(error) != complaint:
                    complaint = str(error)
                    log.warning("Valkey does not answer: %s", error)
            if not server.told_to_stop:
                time.sleep(PAUSE_SECONDS)
