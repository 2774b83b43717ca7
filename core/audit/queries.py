"""Reads of the audit log."""

from __future__ import annotations

from sqlalchemy import func, select

from core.audit.models import AuditEntry, AuditPayload
from core.db import db
from core.places.codes import subtree


def entries(
    place_code: str, *, outcome: str = "", page: int = 1, size: int = 50
) -> tuple[list[tuple[AuditEntry, AuditPayload | None]], int]:
    """Return one page of what happened in a place's subtree, newest first, and the total."""
    low, high = subtree(place_code)
    criteria = [AuditEntry.place_code >= low, AuditEntry.place_code < high]
    if outcome:
        criteria.append(AuditEntry.outcome == outcome)
    total = db.session.execute(
        select(func.count()).select_from(AuditEntry).where(*criteria)
    ).scalar_one()
    rows = db.session.execute(
        select(AuditEntry, AuditPayload)
        .outerjoin(AuditPayload, AuditPayload.entry_id == AuditEntry.id)
        .where(*criteria)
        .order_by(AuditEntry.at.desc(), AuditEntry.id.desc())
        .limit(size)
        .offset((page - 1) * size)
    ).all()
    return [(entry, payload) for entry, payload in rows], total
