"""The outbox: what happened, and who still has to hear it."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import CheckConstraint, DateTime, Index, Integer, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from core.clock import now
from core.db import Base
from core.places.models import Place
from core.tenancy.columns import TenantScoped, ref

DeliveryState = Literal["waiting", "done", "dead"]


class EventOutbox(TenantScoped, Base):
    """Something that happened at a place, written in the transaction in which it happened.

    ``waiting`` until the relay has worked out who hears it, then ``relayed``.
    """

    __tablename__ = "event_outbox"
    __table_args__ = (
        CheckConstraint("state IN ('waiting', 'relayed')", name="state"),
        Index("event_outbox_waiting_ix", "tenant_id", postgresql_where=text("state = 'waiting'")),
        Index("event_outbox_occurred_at_ix", "tenant_id", "occurred_at"),
        {"info": {"due": ("state",)}},
    )

    name: Mapped[str] = mapped_column(Text)
    place_id: Mapped[UUID] = ref(Place)
    payload: Mapped[dict[str, Any]] = mapped_column(JSONB)
    occurred_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=now)
    state: Mapped[str] = mapped_column(Text, default="waiting")


class EventDelivery(TenantScoped, Base):
    """One event for one subscriber ``plugin/name``.

    ``waiting`` until it is ``done``, or ``dead`` after too many ``attempts``. An attempt is counted
    before the subscriber is called, so that one who takes the process down is counted too.
    ``due_at`` is when it may be tried; while it is tried, when to suppose that it was cut off.
    """

    __tablename__ = "event_delivery"
    __table_args__ = (
        UniqueConstraint(
            "tenant_id", "event_id", "subscriber", name="event_delivery_subscriber_key"
        ),
        CheckConstraint("state IN ('waiting', 'done', 'dead')", name="state"),
        Index(
            "event_delivery_due_ix",
            "tenant_id",
            "due_at",
            postgresql_where=text("state = 'waiting'"),
        ),
        Index("event_delivery_dead_ix", "tenant_id", postgresql_where=text("state = 'dead'")),
        {"info": {"due": ("state", "due_at")}},
    )

    event_id: Mapped[UUID] = ref(EventOutbox, ondelete="CASCADE", index=False)
    subscriber: Mapped[str] = mapped_column(Text)
    plugin: Mapped[str] = mapped_column(Text)
    state: Mapped[DeliveryState] = mapped_column(Text, default="waiting")
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    due_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=now)
    error: Mapped[str | None] = mapped_column(Text)
    finished_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
