"""Telling workers, right after the commit, that something is due.

Without Valkey nobody is told, and the sweeper finds it a little later.
"""

from __future__ import annotations

import logging

from redis.exceptions import RedisError
from sqlalchemy import event
from sqlalchemy.orm import Session, SessionTransaction

from core.db import db
from core.jobs.queue import Call, Name, enqueue_once, queue

log = logging.getLogger(__name__)
_WANTED = "linli.wanted"


def wake(name: Name, task: str, *arguments: object) -> None:
    """Enqueue a task once the transaction under way is committed."""
    wanted: dict[Name, list[Call]] = db.session().info.setdefault(_WANTED, {})
    wanted.setdefault(name, []).append((task, arguments))


@event.listens_for(db.session, "after_commit")
def _tell(session: Session) -> None:
    if session.in_nested_transaction():
        return
    for name, calls in session.info.pop(_WANTED, {}).items():
        try:
            enqueue_once(queue(name), calls)
        except RedisError as error:
            log.warning("No worker was told of %d tasks: %s", len(calls), error)


@event.listens_for(db.session, "after_transaction_end")
def _forget(session: Session, transaction: SessionTransaction) -> None:
    if transaction.parent is None:
        session.info.pop(_WANTED, None)
