"""Telling workers, right after the commit, that something is due.

Without Valkey nobody is told, and the sweeper finds it a little later.
"""

from __future__ import annotations

import logging
from time import monotonic

from redis.exceptions import RedisError
from sqlalchemy import event
from sqlalchemy.orm import Session, SessionTransaction

from core.db import db
from core.jobs.queue import Call, Name, enqueue_once, queue

log = logging.getLogger(__name__)
_WANTED = "linli.wanted"
AWAY_SECONDS = 20.0
"""For so long a process does not ask a Valkey that failed, so that it costs one commit, not all."""
_away = [0.0]


def wake(name: Name, task: str, *arguments: object) -> None:
    """Enqueue a task once the transaction under way is committed."""
    wanted: dict[Name, list[Call]] = db.session().info.setdefault(_WANTED, {})
    wanted.setdefault(name, []).append((task, arguments))


@event.listens_for(db.session, "after_commit")
def _tell(session: Session) -> None:
    if session.in_nested_transaction():
        return
    wanted = session.info.pop(_WANTED, {})
    if not wanted or monotonic() < _away[0]:
        return
    try:
        for name, calls in wanted.items():
            enqueue_once(queue(name), calls)
    except RedisError as error:
        _away[0] = monotonic() + AWAY_SECONDS
        log.warning("No worker was told of new work: %s", error)


@event.listens_for(db.session, "after_transaction_end")
def _forget(session: Session, transaction: SessionTransaction) -> None:
    if transaction.parent is None:
        session.info.pop(_WANTED, None)
