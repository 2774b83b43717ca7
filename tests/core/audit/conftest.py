"""Reading the log behind the pages."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import select

from core.audit.models import AuditEntry, AuditPayload
from core.db import db
from core.testing.world import District


@dataclass(frozen=True)
class Entry:
    """What one entry says."""

    actor: str
    action: str
    object: str
    place: str
    outcome: str
    reason: str | None
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    object_id: str
    request: str | None

    @property
    def short(self) -> tuple[str, str, str, str | None]:
        return self.actor, self.action, self.outcome, self.reason


class Log:
    """The log of one district: what came since it was last read."""

    def __init__(self, district: District) -> None:
        self.district = district
        self.read = 0
        self.new()

    def new(self) -> list[Entry]:
        """Return the entries since the last call, in the order of writing."""
        query = (
            select(AuditEntry, AuditPayload)
            .join(AuditPayload, AuditPayload.entry_id == AuditEntry.id)
            .order_by(AuditEntry.id)
            .offset(self.read)
        )
        with self.district.entered():
            found = [
                Entry(
                    entry.actor_name,
                    entry.action,
                    entry.object_type,
                    entry.place_code,
                    entry.outcome,
                    entry.reason,
                    payload.before,
                    payload.after,
                    entry.object_id,
                    entry.request_id,
                )
                for entry, payload in db.session.execute(query)
            ]
        self.read += len(found)
        return found


@pytest.fixture
def log_of() -> Callable[[District], Log]:
    """Follow a district's log from now on."""
    return Log
