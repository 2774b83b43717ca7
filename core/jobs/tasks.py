"""What cron starts and workers do. Every task may run twice or be killed at any moment."""

from __future__ import annotations

from flask import Flask, current_app
from sqlalchemy import text

from core import tenancy
from core.audit import seal
from core.db import db, transaction
from core.jobs.queue import queue

FIND_EVERY_SECONDS = 20

_DUE = text("SELECT DISTINCT tenant_id FROM audit_entry WHERE seal_number IS NULL")


def find_due() -> int:
    """Look, as the dispatch role, for tenants with due work and enqueue it; return how many."""
    with _app().app_context():
        with tenancy.dispatch(), transaction() as session:
            due = list(session.execute(_DUE).scalars())
        carrier = queue()
        for tenant in due:
            carrier.enqueue(seal_audit, tenant)
        return len(due)


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


def _app() -> Flask:
    """The worker's application; a job gets an application context, and so a session, of its own."""
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    return app
