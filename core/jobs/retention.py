"""What is over is kept for a while, then forgotten."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, exists, select, update

from core import tenancy
from core.clock import now
from core.db import db, transaction
from core.events.models import EventDelivery, EventOutbox
from core.jobs.models import Job
from core.plugin_host.models import PluginFailure

KEPT = timedelta(days=90)
BATCH = 1000

_outbox: Any = EventOutbox.__table__
_delivery: Any = EventDelivery.__table__
_job: Any = Job.__table__
_failure: Any = PluginFailure.__table__


def forget_old(*, at: datetime | None = None) -> None:
    """Delete events that all have heard, jobs that have ended, and failures, 90 days afterwards.

    Call it in a tenant, with no transaction open. Events with a dead or waiting delivery stay,
    but what a dead one died of is forgotten: errors may tell of people.

    Args:
        at: an aware moment to take for now.
    """
    before = (at or now()) - KEPT
    for table, is_over in (
        (_outbox, _heard_before(before)),
        (_job, _ended_before(before)),
        (_failure, _failure.c.last_at < before),
    ):
        while _in_batch(delete(table), table, is_over) == BATCH:
            pass
    emptied = update(_delivery).values(error=None)
    while _in_batch(emptied, _delivery, _died_before(before)) == BATCH:
        pass


def _heard_before(before: datetime) -> Any:
    tenant = tenancy.required()
    open_one = exists().where(
        _delivery.c.tenant_id == tenant,
        _delivery.c.event_id == _outbox.c.id,
        _delivery.c.state != "done",
    )
    return (_outbox.c.state == "relayed") & (_outbox.c.occurred_at < before) & ~open_one


def _ended_before(before: datetime) -> Any:
    return (_job.c.created_at < before) & (_job.c.finished_at < before)


def _died_before(before: datetime) -> Any:
    told = _delivery.c.error.is_not(None)
    return (_delivery.c.state == "dead") & (_delivery.c.finished_at < before) & told


def _in_batch(change: Any, table: Any, is_over: Any) -> int:
    of_tenant = table.c.tenant_id == tenancy.required()
    old = select(table.c.id).where(of_tenant, is_over).limit(BATCH)
    with transaction():
        changed = db.session.connection().execute(change.where(of_tenant, table.c.id.in_(old)))
    db.session.remove()
    return changed.rowcount
