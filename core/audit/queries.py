"""Reads of the audit log."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from core.audit.models import AuditEntry, AuditPayload
from core.paging import Page, Paging, paged
from core.places.codes import subtree
from core.places.models import Place


def entries(place_code: str, paging: Paging, *, outcome: str = "") -> Page[Any]:
    """Return one page of what happened in a place's subtree, newest first.

    Each row is an entry, the present name of its place, if that is still there, and what changed,
    if that was not erased.
    """
    low, high = subtree(place_code)
    query = (
        select(AuditEntry, Place.name, AuditPayload)
        .outerjoin(Place, Place.code == AuditEntry.place_code)
        .outerjoin(AuditPayload, AuditPayload.entry_id == AuditEntry.id)
        .where(AuditEntry.place_code >= low, AuditEntry.place_code < high)
        .order_by(AuditEntry.at.desc(), AuditEntry.id.desc())
    )
    return paged(query.where(AuditEntry.outcome == outcome) if outcome else query, paging)
