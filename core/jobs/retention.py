"""What is over is kept for a while, then forgotten."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, exists, select

from core import tenancy
from core.clock import now
from core.db import db, transaction
from core.events.models import EventDelivery, EventOutbox
from core.jobs.models import Job

KEPT = timedelta(days=90)
BATCH = 1000

_outbox: Any = EventOutbox.__table__
_delivery: Any = EventDelivery.__table__
_job: Any = Job.__table__


def forget_old(*, at: datetime | None = None) -> None:
    """Delete events that all have heard, and jobs that have ended, 90 days afterwards.

    Call it in a tenant, with no transaction open. Events with a dead or waiting delivery stay.

    Args:
        at: an aware moment to take for now.
    """
    before = (at or now()) - KEPT
    for table, is_over in ((_outbox, _heard_before(before)), (_job, _ended_before(before))):
        while _forget(table, is_over) == BATCH:
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


def _forget(table: Any, is_over: Any) -> int:
    of_tenant = table.c.tenant_id == tenancy.required()
    old = select(table.c.id).where(of_tenant, is_over).limit(BATCH)
    with transaction():
        gone = db.session.connection().execute(delete(table).where(of_tenant, table.c.id.in_(old)))
    db.session.remove()
    return gone.rowcount
