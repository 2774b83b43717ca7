"""What a district allows, what a community has switched on, and how each place set it."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, DateTime, Index, Integer, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from core.clock import now
from core.db import Base
from core.places.models import Place
from core.tenancy.columns import TenantScoped, ref


class PluginPolicy(TenantScoped, Base):
    """A span of time in which the district's word on a plugin held; without one it is available.

    Another word closes the span and opens the next at the same instant. Closed spans are kept,
    because an event is delivered by the state at the time it happened.
    """

    __tablename__ = "plugin_policy"
    __table_args__ = (
        Index(
            "plugin_policy_open_key",
            "tenant_id",
            "plugin",
            unique=True,
            postgresql_where=text("ended_at IS NULL"),
        ),
        CheckConstraint("policy IN ('available', 'mandatory', 'forbidden')", name="policy"),
    )

    plugin: Mapped[str] = mapped_column(Text)
    policy: Mapped[str] = mapped_column(Text)
    changed_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=now)
    ended_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class PluginEnablement(TenantScoped, Base):
    """A span of time in which a community had this plugin switched on.

    Switching off closes the span; the plugin's data stays. Closed spans are kept, because an
    event is delivered by the state at the time it happened.
    """

    __tablename__ = "plugin_enablement"
    __table_args__ = (
        Index(
            "plugin_enablement_open_key",
            "tenant_id",
            "place_id",
            "plugin",
            unique=True,
            postgresql_where=text("disabled_at IS NULL"),
        ),
    )

    place_id: Mapped[UUID] = ref(Place)
    plugin: Mapped[str] = mapped_column(Text)
    enabled_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=now)
    disabled_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class PluginSetting(TenantScoped, Base):
    """What one place set of a plugin's settings, and what it locked for the places below it.

    ``chosen`` holds only the keys set at this place, as JSON values; what it lacks is inherited.
    The row stays when nothing is set any more, so that ``version`` never counts anew.
    """

    __tablename__ = "plugin_setting"
    __table_args__ = (
        UniqueConstraint("tenant_id", "place_id", "plugin", name="plugin_setting_plugin_key"),
    )

    place_id: Mapped[UUID] = ref(Place, index=False)
    plugin: Mapped[str] = mapped_column(Text)
    chosen: Mapped[dict[str, Any]] = mapped_column(JSONB)
    locked: Mapped[list[str]] = mapped_column(JSONB)
    version: Mapped[int] = mapped_column(Integer)
    changed_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=now)


class PluginFailure(TenantScoped, Base):
    """How often one hook of a plugin failed at a place, and whether its boxes are set aside.

    ``count`` restarts when the failure before is more than an hour old. While ``retry_at`` lies
    in the future, the plugin's slots and previews are left out at this place.
    """

    __tablename__ = "plugin_failure"
    __table_args__ = (
        UniqueConstraint("tenant_id", "place_id", "plugin", "hook", name="plugin_failure_hook_key"),
    )

    place_id: Mapped[UUID] = ref(Place, ondelete="CASCADE", index=False)
    plugin: Mapped[str] = mapped_column(Text)
    hook: Mapped[str] = mapped_column(Text)
    count: Mapped[int] = mapped_column(Integer)
    first_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    last_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    error: Mapped[str] = mapped_column(Text)
    traceback: Mapped[str] = mapped_column(Text)
    quarantined_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    retry_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
