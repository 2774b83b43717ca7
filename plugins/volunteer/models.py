"""Tables of Volunteer."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    DateTime,
    Index,
    Integer,
    LargeBinary,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from core.sdk import Place, TenantScoped, new_metadata, now, ref

Status = Literal["draft", "published", "cancelled"]
STATUSES: tuple[Status, ...] = ("draft", "published", "cancelled")


class Base(DeclarativeBase):
    """The registry of this plugin's tables."""

    metadata = new_metadata()


class Activity(TenantScoped, Base):
    """An activity 活动 that a community offers: from draft to published, or cancelled.

    ``capacity`` counts people. ``risks`` is what a volunteer must know beforehand (Regulations on
    Voluntary Service 2017, art. 12: information is published true, accurate and complete, with
    the risks). Times are aware, in UTC.
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
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=now)


class SignUp(TenantScoped, Base):
    """A person who will come, as staff entered it. Withdrawing deletes the row.

    The phone number is encrypted.
    """

    __tablename__ = "p_volunteer__sign_up"
    __table_args__ = (
        UniqueConstraint(
            "tenant_id", "activity_id", "phone_index", name="p_volunteer__sign_up_phone_key"
        ),
    )

    activity_id: Mapped[UUID] = ref(Activity, ondelete="CASCADE")
    name: Mapped[str] = mapped_column(Text)
    phone_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    phone_index: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=now)
