"""Reads of what failed."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import aliased

from core.clock import now
from core.db import db
from core.paging import Page, Paging, paged
from core.places.models import Place
from core.places.scope import in_scope
from core.plugin_host.models import PluginFailure


def at_place(plugin: str, place_id: UUID) -> list[PluginFailure]:
    """Return what failed in ``plugin`` at a place, the latest first."""
    query = (
        select(PluginFailure)
        .where(PluginFailure.plugin == plugin, PluginFailure.place_id == place_id)
        .order_by(PluginFailure.last_at.desc(), PluginFailure.hook)
    )
    return list(db.session.execute(query).scalars())


def below(plugin: str, place_code: str, paging: Paging) -> Page[Any]:
    """Return one page of what failed below a place, with its code, name and parent's name."""
    parent = aliased(Place)
    query = (
        select(PluginFailure, Place.code, Place.name, parent.name)
        .join(Place, Place.id == PluginFailure.place_id)
        .outerjoin(parent, parent.id == Place.parent_id)
        .where(in_scope(Place, place_code), Place.code != place_code)
        .where(PluginFailure.plugin == plugin)
        .order_by(Place.code, PluginFailure.hook)
    )
    return paged(query, paging)


def in_tenant() -> list[PluginFailure]:
    """Return everything that failed in the entered tenant."""
    return list(db.session.execute(select(PluginFailure)).scalars())


def codes_of(place_ids: Collection[UUID]) -> dict[UUID, str]:
    """Return the codes of places of the entered tenant by their ids."""
    rows = db.session.execute(select(Place.id, Place.code).where(Place.id.in_(place_ids))).all()
    return {row.id: row.code for row in rows}


def quarantined(place_id: UUID) -> Mapping[str, datetime]:
    """Return the plugins that are set aside at a place now, each with the end of it."""
    rows = db.session.execute(
        select(PluginFailure.plugin, PluginFailure.retry_at)
        .where(PluginFailure.place_id == place_id, PluginFailure.retry_at > now())
        .order_by(PluginFailure.retry_at)
    ).all()
    return {row.plugin: row.retry_at for row in rows}
