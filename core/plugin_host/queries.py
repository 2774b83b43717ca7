"""Reads of policies and switches."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select

from core.db import db
from core.places.models import Place
from core.plugin_host.models import PluginEnablement, PluginPolicy


def policies() -> dict[str, str]:
    """Return the district's word on each plugin it has spoken about."""
    rows = db.session.execute(select(PluginPolicy.plugin, PluginPolicy.policy)).all()
    return dict(rows)


def enabled_at(place_id: UUID) -> frozenset[str]:
    """Return the plugins that a community has switched on."""
    return frozenset(
        db.session.execute(
            select(PluginEnablement.plugin).where(
                PluginEnablement.place_id == place_id, PluginEnablement.disabled_at.is_(None)
            )
        ).scalars()
    )


def communities_with(plugin: str) -> list[str]:
    """Return the codes of the communities that have ``plugin`` switched on."""
    return list(
        db.session.execute(
            select(Place.code)
            .join(PluginEnablement, PluginEnablement.place_id == Place.id)
            .where(PluginEnablement.plugin == plugin, PluginEnablement.disabled_at.is_(None))
            .order_by(Place.code)
        ).scalars()
    )
