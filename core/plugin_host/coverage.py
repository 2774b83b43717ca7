"""Which places below one take part in a plugin, and which are missing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import aliased

from core.db import db
from core.paging import Page, Paging, paged
from core.places.codes import Kind
from core.places.models import Place
from core.places.scope import in_scope
from core.places.view import PlaceView
from core.plugin_host.active_places import where_active
from core.plugin_host.host import PluginHost, plugin_host
from core.plugin_host.queries import policies


@dataclass(frozen=True)
class ListedCommunity:
    """One community in the list of those that have a plugin and those that have not."""

    code: str
    name: str
    parent_name: str
    active: bool


@dataclass(frozen=True)
class Coverage:
    """The places of one kind at or below a place, in code order.

    A figure above them counts the ``active`` ones and says that the ``missing`` ones are left out.
    """

    active: tuple[PlaceView, ...] = ()
    missing: tuple[PlaceView, ...] = ()

    @property
    def total(self) -> int:
        """How many places there are, with the plugin and without it."""
        return len(self.active) + len(self.missing)


def coverage(plugin_id: str, place: PlaceView, kind: Kind = "community") -> Coverage:
    """Return the places of ``kind`` at or below ``place``, by whether a plugin is active there now.

    Two statements, however many places there are.

    Raises:
        NotFound: no such plugin is installed (field ``plugin``).
    """
    active = where_plugin_active(plugin_id, kind).label("active")
    query = (
        select(Place, active)
        .where(in_scope(Place, place.code), Place.kind == kind)
        .order_by(Place.code)
    )
    rows = [(found.view, is_active) for found, is_active in db.session.execute(query)]
    return Coverage(
        tuple(view for view, is_active in rows if is_active),
        tuple(view for view, is_active in rows if not is_active),
    )


def where_plugin_active(plugin_id: str, kind: Kind = "community") -> ColumnElement[bool]:
    """Return the condition that a plugin is active now at a row of ``Place``, for set-based work.

    Made from the district's word at this moment (one statement), so make it anew for each use.

    Args:
        kind: of the rows' places; the statement has to keep to it (``Place.kind == kind``).

    Raises:
        NotFound: no such plugin is installed (field ``plugin``).
    """
    return where_active(plugin_host(), plugin_id, kind, policies())


def communities(plugin_id: str, place: PlaceView, paging: Paging, show: str) -> Page[Any]:
    """Return one page of the communities below ``place``, each a :class:`ListedCommunity`.

    Args:
        show: ``active`` or ``missing`` for only those; anything else for all.
    """
    parent, active = aliased(Place), where_plugin_active(plugin_id)
    query = (
        select(Place.code, Place.name, parent.name.label("parent"), active.label("active"))
        .join(parent, parent.id == Place.parent_id)
        .where(in_scope(Place, place.code), Place.kind == "community")
        .order_by(Place.code)
    )
    if show in ("active", "missing"):
        query = query.where(active if show == "active" else ~active)
    found = paged(query, paging)
    return replace(found, rows=[ListedCommunity(*row) for row in found.rows])


def counts(
    host: PluginHost, place: PlaceView, policies: Mapping[str, str]
) -> tuple[Mapping[str, int], int]:
    """Return how many communities at or below ``place`` have each plugin, and how many there are.

    One statement for all plugins of communities that run.
    """
    ids = [p.id for p in host.ready() if p.manifest and "community" in p.manifest.levels]
    active = [
        func.count().filter(where_active(host, id_, "community", policies)).label(id_)
        for id_ in ids
    ]
    row = db.session.execute(
        select(*active, func.count().label("places")).where(
            in_scope(Place, place.code), Place.kind == "community"
        )
    ).one()
    return dict(zip(ids, row, strict=False)), row[-1]
