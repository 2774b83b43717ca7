"""Reads of the audit log."""

from __future__ import annotations

from sqlalchemy import func, select

from core.audit.models import AuditEntry
from core.db import db
from core.places.codes import subtree
from core.places.models import Place


def entries(
    place_code: str, *, outcome: str = "", page: int = 1, size: int = 50
) -> tuple[list[tuple[AuditEntry, str | None]], int]:
    """Return one page of what happened in a place's subtree, newest first, and the total.

    Each entry comes with the present name of its place.
    """
    low, high = subtree(place_code)
    criteria = [AuditEntry.place_code >= low, AuditEntry.place_code < high]
    if outcome:
        criteria.append(AuditEntry.outcome == outcome)
    total = db.session.execute(
        select(func.count()).select_from(AuditEntry).where(*criteria)
    ).scalar_one()
    rows = db.session.execute(
        select(AuditEntry, Place.name)
        .outerjoin(Place, Place.code == AuditEntry.place_code)
        .where(*criteria)
        .order_by(AuditEntry.at.desc(), AuditEntry.id.desc())
        .limit(size)
        .offset((page - 1) * size)
    ).all()
    return [(entry, place) for entry, place in rows], total
