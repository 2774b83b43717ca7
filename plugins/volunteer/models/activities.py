"""Activities, and who will come."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from sqlalchemy import CheckConstraint, DateTime, Index, Integer, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.sdk import Place, TenantScoped, now, ref
from plugins.volunteer.models.base import Base
from plugins.volunteer.models.people import Volunteer

Status = Literal["draft", "published", "cancelled"]
STATUSES: tuple[Status, ...] = ("draft", "published", "cancelled")


class Activity(TenantScoped, Base):
    """An activity 活动 that a community offers: from draft to published, or cancelled.

    ``capacity`` counts people. ``risks`` is what a volunteer must know beforehand (Regulations on
    Voluntary Service 2017, art. 12: information is published true, accurate and complete, with
    the risks). ``check_in_code`` is shown on site, for people to check themselves in. Times are
    aware, in UTC.
    """

    __tablename__ = "p_volunteer__activity"
    __table_args__ = (
        CheckConstraint("status IN ('draft', 'published', 'cancelled')", name="status"),
        CheckConstraint("capacity BETWEEN 1 AND 10000", name="capacity"),
        CheckConstraint("ends_at > starts_at", name="times"),
        Index("p_volunteer__activity_starts_at_ix", "tenant_id", "place_id", "starts_at"),
    )

    place_id: Mapped[UUID] = ref(Place, index=False)
    title: Mapped[str] = mapped_column(Text)
    description: Mapped[str] = mapped_column(Text)
    location: Mapped[str] = mapped_column(Text)
    organiser: Mapped[str] = mapped_column(Text)
    risks: Mapped[str] = mapped_column(Text)
    starts_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    ends_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    capacity: Mapped[int] = mapped_column(Integer)
    status: Mapped[Status] = mapped_column(Text, default="draft")
    published_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    cancel_reason: Mapped[str | None] = mapped_column(Text)
    check_in_code: Mapped[str | None] = mapped_column(Text(collation="C"))
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=now)


class SignUp(TenantScoped, Base):
    """A volunteer who will come, or came without having said so. Withdrawing deletes the row."""

    __tablename__ = "p_volunteer__sign_up"
    __table_args__ = (
        UniqueConstraint(
            "tenant_id", "activity_id", "volunteer_id", name="p_volunteer__sign_up_volunteer_key"
        ),
    )

    activity_id: Mapped[UUID] = ref(Activity, ondelete="CASCADE", index=False)
    volunteer_id: Mapped[UUID] = ref(Volunteer)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=now)
