"""What a district allows and what a community has switched on."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, DateTime, Index, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from core.clock import now
from core.db import Base
from core.places.models import Place
from core.tenancy.columns import TenantScoped, ref


class PluginPolicy(TenantScoped, Base):
    """The district's word on a plugin; without a row it is available."""

    __tablename__ = "plugin_policy"
    __table_args__ = (
        UniqueConstraint("tenant_id", "plugin", name="plugin_policy_plugin_key"),
        CheckConstraint("policy IN ('available', 'mandatory', 'forbidden')", name="policy"),
    )

    plugin: Mapped[str] = mapped_column(Text)
    policy: Mapped[str] = mapped_column(Text)
    changed_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=now)


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
