"""Reads of organisations: who serves a place, and what a place may see."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from flask_babel import lazy_gettext as _
from sqlalchemy import ColumnElement, Select, exists, or_, select
from sqlalchemy.orm import aliased

from core.db import db
from core.errors import NotFound
from core.organisations.kinds import SERVING_ANYWHERE
from core.organisations.models import Organisation, OrganisationKind, ServiceArea
from core.places import codes
from core.places.models import Place
from core.places.queries import find_place, get_place
from core.places.scope import in_scope, is_in_scope
from core.places.view import PlaceView


@dataclass(frozen=True)
class Served:
    """An organisation, from when to when it serves, and the place that it serves."""

    organisation: Organisation
    area: ServiceArea
    place: PlaceView


def organisations_serving(
    place: PlaceView, on: date, kind: OrganisationKind | None = None
) -> Sequence[Served]:
    """Return who serves ``place``, a place above it or one below it on the day ``on``.

    One statement; by name, then by the served place's code.
    """
    query = (
        select(Organisation, ServiceArea, Place)
        .join(ServiceArea, ServiceArea.organisation_id == Organisation.id)
        .join(Place, Place.id == ServiceArea.place_id)
        .where(near(Place, place), holds(on))
        .order_by(Organisation.name, Organisation.id, Place.code)
    )
    if kind is not None:
        query = query.where(Organisation.kind == kind)
    rows = db.session.execute(query).all()
    return [Served(organisation, area, served.view) for organisation, area, served in rows]


def serves(organisation_id: UUID, place: PlaceView, on: date) -> bool:
    """Say whether an organisation serves ``place``, or one above or below it, on that day."""
    found = (
        select(ServiceArea.id)
        .join(Place, Place.id == ServiceArea.place_id)
        .where(ServiceArea.organisation_id == organisation_id, near(Place, place), holds(on))
    )
    return db.session.execute(found.limit(1)).first() is not None


def service_areas(
    organisation_id: UUID, place: PlaceView | None = None
) -> Sequence[tuple[ServiceArea, PlaceView]]:
    """Return where an organisation serves or served, by the place's code, the latest first.

    Args:
        place: only what lies at, above or below it; by default everywhere in the district.
    """
    query = (
        select(ServiceArea, Place)
        .join(Place, Place.id == ServiceArea.place_id)
        .where(ServiceArea.organisation_id == organisation_id)
        .order_by(Place.code, ServiceArea.served_from.desc())
    )
    if place is not None:
        query = query.where(near(Place, place))
    return [(area, served.view) for area, served in db.session.execute(query).all()]


def organisations_of_kind(kind: OrganisationKind, place: PlaceView) -> Select[Organisation]:
    """Return the query of one kind's organisations that ``place`` sees, each once, unordered."""
    return select(Organisation).where(Organisation.kind == kind, seen_from(place))


def find_organisation(organisation_id: UUID, place: PlaceView) -> Organisation:
    """Return an organisation that ``place`` sees.

    Raises:
        NotFound: there is none, or it has nothing to do with ``place``.
    """
    query = select(Organisation).where(Organisation.id == organisation_id, seen_from(place))
    found = db.session.execute(query).scalar_one_or_none()
    if found is None:
        raise NotFound()
    return found


def with_credit_code(credit_code: str) -> Organisation | None:
    """Return the organisation of this district that has a code in normal form."""
    query = select(Organisation).where(Organisation.credit_code == credit_code)
    return db.session.execute(query).scalar_one_or_none()


def to_serve(place: PlaceView, credit_code: str) -> Organisation:
    """Return the organisation with this code, in normal form, which may be said to serve ``place``.

    One that the place sees, one that a place above keeps, or one of a kind that serves anywhere.

    Raises:
        NotFound: there is none (field ``credit_code``).
    """
    found = with_credit_code(credit_code)
    if found is None:
        raise _unknown_code()
    if found.kind not in SERVING_ANYWHERE and not is_near(get_place(found.place_id), place):
        raise _unknown_code()
    return found


def corrected_at(organisation: Organisation) -> PlaceView:
    """Return the place whose staff correct an organisation's name and code.

    The district for what is entered once for all of it, else the place that keeps it.
    """
    keeper = get_place(organisation.place_id)
    if organisation.kind not in SERVING_ANYWHERE:
        return keeper
    return find_place(codes.route_code(keeper.code))


def is_near(other: PlaceView, place: PlaceView) -> bool:
    """Say whether ``other`` lies at, above or below ``place``, as :func:`near` does."""
    return is_in_scope(other, place.code) or is_in_scope(place, other.code)


def _unknown_code() -> NotFound:
    return NotFound(
        _("No organisation with this code serves in this district. Add it first."),
        field="credit_code",
    )


def seen_from(place: PlaceView) -> ColumnElement[bool]:
    """Return the condition that an :class:`Organisation` has to do with ``place``.

    It is kept at the place or below it, or serves the place, one above or one below it, whenever.
    """
    keeper, served = aliased(Place), aliased(Place)
    kept = exists().where(keeper.id == Organisation.place_id, in_scope(keeper, place.code))
    serving = exists().where(
        ServiceArea.organisation_id == Organisation.id,
        served.id == ServiceArea.place_id,
        near(served, place),
    )
    return kept.correlate(Organisation) | serving.correlate(Organisation)


def near(columns: Any, place: PlaceView) -> ColumnElement[bool]:
    """Return the condition that a row of :class:`Place` lies at, above or below ``place``."""
    above = set(codes.ancestry(place.code))
    if place.grid_code is not None:
        above.update(codes.ancestry(place.grid_code))
    return or_(in_scope(columns, place.code), columns.code.in_(sorted(above)))


def holds(on: date) -> ColumnElement[bool]:
    """Return the condition that a :class:`ServiceArea` holds on that day."""
    return (ServiceArea.served_from <= on) & (
        ServiceArea.served_to.is_(None) | (ServiceArea.served_to >= on)
    )
