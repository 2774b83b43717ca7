"""What cron starts and workers do. Every task may run twice or be killed at any moment."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from flask import Flask, current_app
from sqlalchemy import text

from core import tenancy
from core.audit import seal
from core.clock import now
from core.db import db, transaction
from core.events.delivery import deliver_next, postpone_absent
from core.events.relay import BATCH, relay_batch
from core.files.aside import forget_aside
from core.indicators import tasks as indicators
from core.jobs import periods, retention, runner
from core.jobs.queue import LONG, SHORT, Call, enqueue_once, queue
from core.plugin_host.host import plugin_host
from core.tenancy import queries as tenants
from core.tenancy.models import Tenant

log = logging.getLogger(__name__)

FIND_EVERY_SECONDS = 20
RELAY_SECONDS = 60
"""After so long a relay goes to the end of the queue, so that other districts have their turn."""
TENANTS_AT_ONCE = 50
MOST_JOBS = 1000

_UNSEALED = text("SELECT DISTINCT tenant_id FROM audit_entry WHERE seal_number IS NULL")
_UNHEARD = text(
    "SELECT tenant_id FROM event_outbox WHERE state = 'waiting'"
    " UNION SELECT tenant_id FROM event_delivery WHERE state = 'waiting' AND due_at <= :now"
)
_UNDONE = text(
    "SELECT tenant_id, id FROM job WHERE state IN ('queued', 'running') AND due_at <= :now"
    " ORDER BY due_at LIMIT :most"
)


@dataclass(frozen=True)
class Chore:
    """Core's own periodic work for each district.

    Args:
        do: called with the entered tenant's row and no transaction open.
    """

    do: Callable[[Tenant], object]
    every: timedelta


CHORES: Mapping[str, Chore] = {
    "measure_indicators": Chore(lambda tenant: indicators.refresh(tenant.id), indicators.EVERY),
    "forget_files_aside": Chore(lambda _tenant: forget_aside(), timedelta(hours=1)),
    "forget_old": Chore(lambda _tenant: retention.forget_old(), timedelta(hours=6)),
    "plan_periods": Chore(
        lambda tenant: periods.plan(plugin_host(), tenant.route_code), timedelta(minutes=5)
    ),
}


def find_due() -> int:
    """Look, as the dispatch role, for due work of all tenants and enqueue it; return how much.

    For a suspended district only the audit log is sealed.
    """
    with _app().app_context():
        suspended = _suspended()
        with tenancy.dispatch(), transaction() as session:
            given = {"now": now(), "most": MOST_JOBS}
            short: list[Call] = [("seal_audit", (t,)) for t in session.execute(_UNSEALED).scalars()]
            unheard = session.execute(_UNHEARD, given).scalars()
            short += [("relay_events", (tenant,)) for tenant in unheard if tenant not in suspended]
            long: list[Call] = [
                ("run_job", (tenant, str(id_)))
                for tenant, id_ in session.execute(_UNDONE, given)
                if tenant not in suspended
            ]
        return enqueue_once(queue(SHORT), short) + enqueue_once(queue(LONG), long)


def seal_audit(tenant: int) -> int:
    """Seal the tenant's audit entries in short transactions; return how many were sealed."""
    total = 0
    with _app().app_context(), tenancy.enter(tenant):
        while True:
            with transaction():
                sealed = seal.seal_batch()
            db.session.remove()
            total += sealed
            if sealed < seal.BATCH:
                return total


def relay_events(tenant: int) -> None:
    """Relay the tenant's events and deliver what is due, unless it is suspended."""
    deadline = time.monotonic() + RELAY_SECONDS
    with _app().app_context(), tenancy.enter(tenant):
        if tenant in _suspended():
            return
        host = plugin_host()
        relayed = BATCH
        while relayed == BATCH:
            with transaction():
                relayed = relay_batch(host)
            db.session.remove()
        postpone_absent(host)
        while deliver_next(host):
            if time.monotonic() > deadline:
                enqueue_once(queue(SHORT), [("relay_events", (tenant,))])
                return


def run_job(tenant: int, job_id: str) -> None:
    """Run a job of the tenant, if it is due and the tenant is not suspended."""
    with _app().app_context(), tenancy.enter(tenant):
        if tenant in _suspended():
            return
        runner.run_job(plugin_host(), UUID(job_id))


def do_chore(name: str) -> None:
    """Enqueue a chore for all districts in service, many at a time."""
    with _app().app_context():
        served = sorted(t.id for t in tenants.all_tenants() if t.status != "suspended")
        db.session.remove()
        parts = (served[i : i + TENANTS_AT_ONCE] for i in range(0, len(served), TENANTS_AT_ONCE))
        calls: list[Call] = [("do_chore_for", (name, part[0], part[-1])) for part in parts]
        enqueue_once(queue(SHORT), calls)


def do_chore_for(name: str, first: int, last: int) -> None:
    """Do a chore for the districts in service with ids from ``first`` to ``last``.

    One that fails is logged and leaves the others alone.
    """
    with _app().app_context():
        served = [t for t in tenants.all_tenants() if t.status != "suspended"]
        db.session.expunge_all()
        db.session.remove()
        for tenant in served:
            if first <= tenant.id <= last:
                _do_chore(name, tenant)


def _suspended() -> frozenset[int]:
    with transaction():
        return tenants.suspended()


def _do_chore(name: str, tenant: Tenant) -> None:
    try:
        with tenancy.enter(tenant.id):
            CHORES[name].do(tenant)
    except Exception:
        log.exception("the chore %s failed for district %d", name, tenant.id)
    finally:
        db.session.remove()


def _app() -> Flask:
    """The worker's application; a job gets an application context, and so a session, of its own."""
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    return app
