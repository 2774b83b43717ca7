"""Telling, relaying, and looking at what became of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from types import ModuleType
from typing import Any

import pytest
from sqlalchemy import select, update

from core.clock import now
from core.db import db
from core.events.models import EventDelivery, EventOutbox
from core.events.service import emit
from core.jobs import tasks
from core.testing.world import District

Rows = list[tuple[Any, ...]]


class Told:
    """What can be done with events in one district."""

    def __init__(self, district: District, sample: ModuleType) -> None:
        self.district = district
        self.sample = sample

    def tell(self, number: int, place: str | None = None, **values: Any) -> None:
        with self.district.entered():
            at = self.district.place(place or self.district.communities[0]).view
            emit(self.sample.Happened(number, **values), at)

    def relay(self) -> None:
        with self.district.app.app_context():
            tasks.relay_events(self.district.tenant)

    def heard(self, plugin: str, place: str | None = None) -> list[int]:
        """The numbers that a plugin's subscriber recorded at a place."""
        with self.district.entered():
            at = self.district.place(place or self.district.communities[0]).view
            found: list[int] = self.sample.marked(f"{plugin}.item.hear", at)
            return found

    def deliveries(self) -> Rows:
        """Subscriber, state, attempts and first line of the error of every delivery."""
        with self.district.entered():
            rows = db.session.execute(
                select(
                    EventDelivery.subscriber,
                    EventDelivery.state,
                    EventDelivery.attempts,
                    EventDelivery.error,
                ).order_by(EventDelivery.subscriber, EventDelivery.id)
            )
            return [(s, state, n, e.partition("\n")[0] if e else None) for s, state, n, e in rows]

    def outbox(self) -> Rows:
        with self.district.entered():
            rows = db.session.execute(
                select(EventOutbox.name, EventOutbox.state).order_by(EventOutbox.id)
            )
            return [tuple(row) for row in rows]

    def pauses(self) -> list[int]:
        """In how many seconds from now each waiting delivery is due."""
        with self.district.entered():
            due = db.session.execute(
                select(EventDelivery.due_at).filter_by(state="waiting")
            ).scalars()
            return [round((at - now()).total_seconds()) for at in due]

    def hasten(self) -> None:
        """Make everything that waits due."""
        with self.district.entered():
            table: Any = EventDelivery.__table__
            db.session.connection().execute(
                update(table)
                .where(table.c.tenant_id == self.district.tenant, table.c.state == "waiting")
                .values(due_at=now() - timedelta(seconds=1))
            )


@pytest.fixture
def told(sampled: District, sample: ModuleType) -> Told:
    """A district with both sample plugins on in its first community."""
    return Told(sampled, sample)


@pytest.fixture
def told_in(sample: ModuleType) -> Callable[[District], Told]:
    """The same in another district."""
    return lambda district: Told(district, sample)
