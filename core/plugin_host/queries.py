"""Reads of policies and switches."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import func, select

from core.db import db
from core.plugin_host.models import PluginEnablement, PluginPolicy


def policies() -> dict[str, str]:
    """Return the district's present word on each plugin it has spoken about."""
    rows = db.session.execute(
        select(PluginPolicy.plugin, PluginPolicy.policy).where(PluginPolicy.ended_at.is_(None))
    ).all()
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


def count_communities_with(plugin: str) -> int:
    """Return how many communities have ``plugin`` switched on."""
    return db.session.execute(
        select(func.count())
        .select_from(PluginEnablement)
        .where(PluginEnablement.plugin == plugin, PluginEnablement.disabled_at.is_(None))
    ).scalar_one()
