"""Reads of deliveries that are not done."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select

from core.events.models import DeliveryState, EventDelivery, EventOutbox
from core.paging import Page, Paging, paged
from core.places.models import Place
from core.places.scope import in_scope


@dataclass(frozen=True)
class Undelivered:
    """An event that a subscriber has not taken yet.

    ``attempts`` that failed or were cut off, with the last ``error``; ``due_at`` is the next one.
    """

    id: UUID
    event: str
    occurred_at: datetime
    place_code: str
    place_name: str
    subscriber: str
    plugin: str
    state: DeliveryState
    attempts: int
    due_at: datetime
    error: str | None

    @property
    def reason(self) -> str:
        """The first line of the error."""
        return (self.error or "").partition("\n")[0]


def undelivered(place_code: str, paging: Paging, *, state: str = "") -> Page[Undelivered]:
    """Return one page of what is dead or waits in a place's scope, the newest event first."""
    found = paged(_undelivered(place_code, state), paging)
    return Page([Undelivered(*row) for row in found.rows], found.total, found.number, found.size)


def in_reach(place_code: str, delivery_id: UUID | None = None, *, state: str = "") -> Select[UUID]:
    """Return the statement of the ids of what is dead or waits in a place's scope."""
    query = (
        select(EventDelivery.id)
        .join(EventOutbox, EventOutbox.id == EventDelivery.event_id)
        .join(Place, Place.id == EventOutbox.place_id)
        .where(in_scope(Place, place_code), _not_done(state))
    )
    return query if delivery_id is None else query.where(EventDelivery.id == delivery_id)


def _undelivered(place_code: str, state: str) -> Select[*tuple[Any, ...]]:
    return (
        select(
            EventDelivery.id,
            EventOutbox.name,
            EventOutbox.occurred_at,
            Place.code,
            Place.name,
            EventDelivery.subscriber,
            EventDelivery.plugin,
            EventDelivery.state,
            EventDelivery.attempts,
            EventDelivery.due_at,
            EventDelivery.error,
        )
        .join(EventOutbox, EventOutbox.id == EventDelivery.event_id)
        .join(Place, Place.id == EventOutbox.place_id)
        .where(in_scope(Place, place_code), _not_done(state))
        .order_by(EventOutbox.occurred_at.desc(), EventDelivery.id)
    )


def _not_done(state: str) -> Any:
    """Equality lets PostgreSQL use the partial indexes."""
    if state:
        return EventDelivery.state == state
    return (EventDelivery.state == "waiting") | (EventDelivery.state == "dead")
