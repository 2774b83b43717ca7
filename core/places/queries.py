"""Reads of the tree of places."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from core.db import db
from core.places.codes import Kind
from core.places.models import Place
from core.places.scope import in_scope
from core.places.view import PlaceView


@dataclass(frozen=True)
class Row:
    """One line of the list of places."""

    code: str
    name: str
    official_name: str
    kind: Kind
    parent_name: str


def by_code(code: str) -> Place | None:
    """Return the place at this address in the entered tenant."""
    return db.session.execute(select(Place).where(Place.code == code)).scalar_one_or_none()


def children(code: str) -> list[PlaceView]:
    """Return the places one level below ``code``, in code order."""
    parent = aliased(Place)
    found = db.session.execute(
        select(Place)
        .join(parent, parent.id == Place.parent_id)
        .where(parent.code == code)
        .order_by(Place.code)
    ).scalars()
    return [place.view for place in found]


def count_below(code: str) -> dict[str, int]:
    """Return how many places of each kind lie below ``code``."""
    rows = db.session.execute(
        select(Place.kind, func.count())
        .where(in_scope(Place, code), Place.code != code)
        .group_by(Place.kind)
    ).all()
    return dict(rows)


def listed(
    code: str, *, name: str = "", kind: str = "", page: int = 1, size: int = 50
) -> tuple[list[Row], int]:
    """Return one page of the places below ``code`` whose name contains ``name``, and the total."""
    parent = aliased(Place)
    query = (
        select(Place.code, Place.name, Place.official_name, Place.kind, parent.name.label("parent"))
        .outerjoin(parent, parent.id == Place.parent_id)
        .where(in_scope(Place, code), Place.code != code)
    )
    if name:
        query = query.where(Place.official_name.contains(name, autoescape=True))
    if kind:
        query = query.where(Place.kind == kind)
    total = db.session.execute(
        select(func.count()).select_from(query.order_by(None).subquery())
    ).scalar_one()
    rows = db.session.execute(
        query.order_by(Place.code).limit(size).offset((page - 1) * size)
    ).all()
    return [Row(*row) for row in rows], total
