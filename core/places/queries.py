"""Reads of the tree of places."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from sqlalchemy import Select, bindparam, func, select
from sqlalchemy.orm import aliased

from core.db import db
from core.errors import NotFound
from core.paging import Page, Paging, paged
from core.places.codes import Kind, is_code
from core.places.models import Place
from core.places.scope import in_scope
from core.places.view import PlaceView
from core.tenancy import required


@dataclass(frozen=True)
class ListedPlace:
    """One line of the list of places."""

    code: str
    name: str
    kind: Kind
    parent_name: str


def by_code(code: str) -> Place | None:
    """Return the place at this address in the entered tenant."""
    return db.session.execute(select(Place).where(Place.code == code)).scalar_one_or_none()


def find_place(code: str) -> PlaceView:
    """Return the place at this address in the district that was entered.

    Raises:
        NotFound: there is none (field ``place``).
    """
    found = by_code(code) if is_code(code) else None
    if found is None:
        raise NotFound(field="place")
    return found.view


def get_place(place_id: UUID) -> PlaceView:
    """Return the place with this id in the district that was entered.

    Raises:
        NotFound: there is none (field ``place``).
    """
    found = db.session.get(Place, (required(), place_id))
    if found is None:
        raise NotFound(field="place")
    return found.view


def places_by_id(ids: Iterable[UUID]) -> Mapping[UUID, PlaceView]:
    """Return the places with these ids in one statement; one that is not there has no entry."""
    wanted = set(ids)
    if not wanted:
        return {}
    found = db.session.execute(select(Place).where(Place.id.in_(wanted))).scalars()
    return {place.id: place.view for place in found}


def children(code: str) -> list[PlaceView]:
    """Return the places one level below ``code``, in code order."""
    return [PlaceView(*row) for row in db.session.execute(_CHILDREN, {"code": code})]


def children_page(place: PlaceView, paging: Paging) -> Page[PlaceView]:
    """Return one page of the places one level below ``place``, in code order."""
    found = paged(select(Place).where(Place.parent_id == place.id).order_by(Place.code), paging)
    return replace(found, rows=[row[0].view for row in found.rows])


def count_below(code: str) -> dict[str, int]:
    """Return how many places of each kind lie below ``code``."""
    rows = db.session.execute(
        select(Place.kind, func.count())
        .where(in_scope(Place, code), Place.code != code)
        .group_by(Place.kind)
    ).all()
    return dict(rows)


def listed(code: str, paging: Paging, *, name: str = "", kind: str = "") -> Page[ListedPlace]:
    """Return one page of the places below ``code`` whose name contains ``name``."""
    parent = aliased(Place)
    query = (
        select(Place.code, Place.name, Place.kind, parent.name.label("parent"))
        .outerjoin(parent, parent.id == Place.parent_id)
        .where(in_scope(Place, code), Place.code != code)
        .order_by(Place.code)
    )
    if name:
        query = query.where(Place.official_name.contains(name, autoescape=True))
    if kind:
        query = query.where(Place.kind == kind)
    found = paged(query, paging)
    return replace(found, rows=[ListedPlace(*row) for row in found.rows])


def _children_statement() -> Select[*tuple[Any, ...]]:
    """Made once: a fresh alias would be compiled anew for every page."""
    parent = aliased(Place)
    return (
        select(Place.id, Place.code, Place.grid_code, Place.kind, Place.name, Place.official_name)
        .join(parent, parent.id == Place.parent_id)
        .where(parent.code == bindparam("code"))
        .order_by(Place.code)
    )


_CHILDREN = _children_statement()
