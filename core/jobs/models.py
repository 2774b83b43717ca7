"""Long work and its log."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    DateTime,
    Index,
    Integer,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from core.clock import now
from core.db import Base
from core.places.models import Place
from core.tenancy.columns import TenantScoped, ref

JobState = Literal["queued", "running", "done", "failed", "cancelled"]
STATES: tuple[JobState, ...] = ("queued", "running", "done", "failed", "cancelled")
UNDER_WAY = text("state IN ('queued', 'running')")


class Job(TenantScoped, Base):
    """A piece of long work, its progress and what came of it.

    Attributes:
        key: while one job with a name, place and key is under way, there is no second one.
        about: what it works on, for people; ``back`` is the address of the page it was started on.
        period: of a periodic job, which period it is for; its place has one for each.
        run: counts its starts. A runner that finds another number has been replaced.
        stalled: starts since the last committed step.
        due_at: when a worker may take it up; while it runs, when to suppose that it was cut off.
    """

    __tablename__ = "job"
    __table_args__ = (
        CheckConstraint(
            "state IN ('queued', 'running', 'done', 'failed', 'cancelled')", name="state"
        ),
        UniqueConstraint("tenant_id", "name", "place_id", "period", name="job_period_key"),
        Index(
            "job_under_way_key",
            "tenant_id",
            "name",
            "place_id",
            "key",
            unique=True,
            postgresql_where=UNDER_WAY,
        ),
        Index("job_due_ix", "tenant_id", "due_at", postgresql_where=UNDER_WAY),
        Index("job_created_at_ix", "tenant_id", "created_at"),
        {"info": {"due": ("state", "due_at")}},
    )

    place_id: Mapped[UUID] = ref(Place)
    plugin: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    key: Mapped[str] = mapped_column(Text)
    about: Mapped[str] = mapped_column(Text, default="")
    back: Mapped[str] = mapped_column(Text, default="")
    period: Mapped[str | None] = mapped_column(Text)
    arguments: Mapped[dict[str, Any]] = mapped_column(JSONB)
    state: Mapped[JobState] = mapped_column(Text, default="queued")
    done: Mapped[int] = mapped_column(Integer, default=0)
    total: Mapped[int] = mapped_column(Integer, default=0)
    result: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    error: Mapped[str | None] = mapped_column(Text)
    requested_by: Mapped[UUID | None] = mapped_column(Uuid)
    requested_name: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=now)
    started_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    finished_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    cancel_requested_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    due_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=now)
    run: Mapped[int] = mapped_column(Integer, default=0)
    stalled: Mapped[int] = mapped_column(Integer, default=0)


class JobLog(TenantScoped, Base):
    """A line of a job's log, for those who may see the job."""

    __tablename__ = "job_log"
    __table_args__ = (
        Index("job_log_at_ix", "tenant_id", "job_id", "at"),
        {"info": {"access": "append-only"}},
    )

    job_id: Mapped[UUID] = ref(Job, ondelete="CASCADE", index=False)
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=now)
    line: Mapped[str] = mapped_column(Text)
