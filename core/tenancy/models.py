"""The districts that are on board, and each one's own encryption key."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from sqlalchemy import CheckConstraint, DateTime, Integer, LargeBinary, Text
from sqlalchemy.orm import Mapped, mapped_column

from core.clock import now
from core.db import Base
from core.tenancy.columns import TenantScoped

Status = Literal["trial", "active", "suspended"]
STATUSES: tuple[Status, ...] = ("trial", "active", "suspended")


class Tenant(Base):
    """A district 区县 that uses Linli. Shared by all: everyone may read it.

    ``route_code`` is what its addresses begin with: its GB/T 2260 code, or for a rehearsal
    tenant an unused one. ``id`` never changes. ``status_before`` is what a suspended one goes
    back to.
    """

    __tablename__ = "tenant"
    __table_args__ = (
        CheckConstraint("status IN ('trial', 'active', 'suspended')", name="status"),
        CheckConstraint("route_code ~ '^[0-9]{6}$'", name="route_code"),
        {"info": {"access": "shared", "update": ("status", "status_before")}},
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    route_code: Mapped[str] = mapped_column(Text, unique=True)
    name: Mapped[str] = mapped_column(Text)
    city: Mapped[str] = mapped_column(Text)
    province: Mapped[str] = mapped_column(Text)
    status: Mapped[str] = mapped_column(Text, default="trial")
    status_before: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=now)


class TenantKey(TenantScoped, Base):
    """The district's key for personal data, wrapped by a key of the installation's ring."""

    __tablename__ = "tenant_key"
    __table_args__ = ({"info": {"access": "append-only", "kept": True}},)

    ring_key: Mapped[str] = mapped_column(Text)
    wrapped: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=now)
