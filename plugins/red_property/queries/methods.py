"""Reads of rating methods: which holds when, and what it says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ScalarSelect, select

from core.sdk import NotFound, Place, PlaceView, db, local
from plugins.red_property.models import Method, MethodItem, MethodLevel, MethodSection

_DISTRICT_DIGITS = 6


@dataclass(frozen=True)
class MethodDetail:
    """A method with its sections, levels (best first) and items, each in its order."""

    method: Method
    sections: Sequence[MethodSection]
    levels: Sequence[MethodLevel]
    items: Sequence[MethodItem]


@dataclass(frozen=True)
class ChosenItem:
    """An item with the section and the method that it stands in."""

    item: MethodItem
    section: MethodSection
    method: Method


def method_at(place: PlaceView, moment: datetime) -> Method | None:
    """Return the method that the district of ``place`` grades by at an aware ``moment``, if any.

    It is the one that came into force last among those in force and adopted by then; a later
    adoption wins when both came into force on one day. So what held at a past moment stays.
    """
    query = (
        select(Method)
        .where(
            Method.place_id == district_id(place),
            Method.in_force_on <= local(moment).date(),
            Method.adopted_at <= moment,
        )
        .order_by(Method.in_force_on.desc(), Method.adopted_at.desc(), Method.version.desc())
        .limit(1)
    )
    found: Method | None = db.session.execute(query).scalar_one_or_none()
    return found


def methods(place: PlaceView) -> Sequence[Method]:
    """Return all methods that the district of ``place`` adopted, the latest in force first."""
    query = (
        select(Method)
        .where(Method.place_id == district_id(place))
        .order_by(Method.in_force_on.desc(), Method.adopted_at.desc(), Method.version.desc())
    )
    return db.session.execute(query).scalars().all()


def method(place: PlaceView, method_id: UUID) -> Method:
    """Return one method of the district of ``place``.

    Raises:
        NotFound: it has no such method.
    """
    query = select(Method).where(Method.id == method_id, Method.place_id == district_id(place))
    found: Method | None = db.session.execute(query).scalar_one_or_none()
    if found is None:
        raise NotFound()
    return found


def method_detail(place: PlaceView, method_id: UUID) -> MethodDetail:
    """Return a method with all that belongs to it, in four statements.

    Raises:
        NotFound: the district of ``place`` has no such method.
    """
    return MethodDetail(
        method(place, method_id),
        _parts(MethodSection, method_id),
        _parts(MethodLevel, method_id),
        items(method_id),
    )


def item(place: PlaceView, item_id: UUID) -> ChosenItem:
    """Return one item of any method of the district of ``place``, in force or not.

    Raises:
        NotFound: it has no such item.
    """
    query = (
        select(MethodItem, MethodSection, Method)
        .join(MethodSection, MethodSection.id == MethodItem.section_id)
        .join(Method, Method.id == MethodItem.method_id)
        .where(MethodItem.id == item_id, Method.place_id == district_id(place))
    )
    row = db.session.execute(query).one_or_none()
    if row is None:
        raise NotFound()
    return ChosenItem(row.MethodItem, row.MethodSection, row.Method)


def items(method_id: UUID) -> Sequence[MethodItem]:
    """Return the items of a method in its order."""
    return _parts(MethodItem, method_id)


def district_id(place: PlaceView) -> ScalarSelect[UUID]:
    """Return the id of the district that ``place`` lies in, to be compared in a statement."""
    return select(Place.id).where(Place.code == district_code(place)).scalar_subquery()


def district_code(place: PlaceView) -> str:
    """Return the code of the district that ``place`` lies in."""
    return place.code[:_DISTRICT_DIGITS]


def _parts(model: Any, method_id: UUID) -> Sequence[Any]:
    query = select(model).where(model.method_id == method_id).order_by(model.position)
    return db.session.execute(query).scalars().all()
