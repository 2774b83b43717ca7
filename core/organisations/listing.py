"""Lists of organisations and of the places that one serves, page by page."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from core.db import db
from core.errors import NotFound
from core.organisations.models import Organisation, OrganisationKind, ServiceArea
from core.organisations.queries import holds, is_near, near, seen_from
from core.paging import Page, Paging, paged
from core.places.codes import Kind
from core.places.models import Place
from core.places.scope import in_scope
from core.places.view import PlaceView


@dataclass(frozen=True)
class Listed:
    """One line of a place's organisations.

    ``keeper`` is who keeps it, unless that is out of sight from the place. ``served`` counts the
    places near by that it serves now, and ``one`` names the only one.
    """

    id: UUID
    kind: OrganisationKind
    name: str
    credit_code: str | None
    keeper: PlaceView | None
    served: int = 0
    one: str = ""


@dataclass(frozen=True)
class ListedArea:
    """A place that an organisation serves from–to, and the name of what it belongs to."""

    area: ServiceArea
    place: PlaceView
    parent_name: str | None


def listed(
    place: PlaceView,
    paging: Paging,
    on: date,
    *,
    kind: str = "",
    name: str = "",
    credit_code: str = "",
) -> Page[Listed]:
    """Return one page of the organisations that ``place`` sees, by name, in three statements.

    Args:
        on: the day on which ``served`` counts.
        name: a part of the name.
        credit_code: the beginning of the code, as ``credit_code.written`` returns it.
    """
    keeper = aliased(Place)
    query = (
        select(Organisation, keeper)
        .join(keeper, keeper.id == Organisation.place_id)
        .where(seen_from(place))
        .order_by(Organisation.name, Organisation.id)
    )
    if kind:
        query = query.where(Organisation.kind == kind)
    if name:
        query = query.where(Organisation.name.contains(name, autoescape=True))
    if credit_code:
        query = query.where(
            Organisation.credit_code >= credit_code, Organisation.credit_code < credit_code + "~"
        )
    found = paged(query, paging)
    served = _served((row[0].id for row in found.rows), place, on)
    rows = []
    for organisation, kept_by in found.rows:
        count, one = served.get(organisation.id, (0, ""))
        rows.append(replace(line(organisation, kept_by.view, place), served=count, one=one))
    return replace(found, rows=rows)


def line(organisation: Organisation, keeper: PlaceView, place: PlaceView) -> Listed:
    """Return what ``place`` sees of an organisation."""
    return Listed(
        organisation.id,
        organisation.kind,
        organisation.name,
        organisation.credit_code,
        keeper if is_near(keeper, place) else None,
    )


def areas(organisation_id: UUID, place: PlaceView, paging: Paging) -> Page[ListedArea]:
    """Return one page of the areas at, above or below ``place``, by code, the latest first."""
    parent = aliased(Place)
    query = (
        select(ServiceArea, Place, parent.name)
        .join(Place, Place.id == ServiceArea.place_id)
        .outerjoin(parent, parent.id == Place.parent_id)
        .where(ServiceArea.organisation_id == organisation_id, near(Place, place))
        .order_by(Place.code, ServiceArea.served_from.desc())
    )
    found = paged(query, paging)
    return replace(found, rows=[ListedArea(row[0], row[1].view, row[2]) for row in found.rows])


def area(organisation_id: UUID, area_id: UUID, place: PlaceView) -> ListedArea:
    """Return one area of an organisation at, above or below ``place``.

    Raises:
        NotFound: there is none.
    """
    parent = aliased(Place)
    query = (
        select(ServiceArea, Place, parent.name)
        .join(Place, Place.id == ServiceArea.place_id)
        .outerjoin(parent, parent.id == Place.parent_id)
        .where(
            ServiceArea.id == area_id,
            ServiceArea.organisation_id == organisation_id,
            near(Place, place),
        )
    )
    row = db.session.execute(query).one_or_none()
    if row is None:
        raise NotFound()
    return ListedArea(row[0], row[1].view, row[2])


def places_to_serve(place: PlaceView) -> list[tuple[str, str]]:
    """Return code and name of ``place`` and of the places below it that are served as a whole.

    Communities, streets and the district; courtyards too where ``place`` is no wider than a
    community.
    """
    kinds: tuple[Kind, ...] = ("district", "street", "community")
    if place.kind not in ("district", "street"):
        kinds = (*kinds, "courtyard")
    parent = aliased(Place)
    rows = db.session.execute(
        select(Place.code, Place.name, parent.name)
        .outerjoin(parent, parent.id == Place.parent_id)
        .where(in_scope(Place, place.code), Place.kind.in_(kinds) | (Place.id == place.id))
        .order_by(Place.code)
    ).all()
    return [(code, f"{name} · {above}" if above else name) for code, name, above in rows]


def _served(
    organisations: Iterable[UUID], place: PlaceView, on: date
) -> dict[UUID, tuple[int, str]]:
    """How many places near ``place`` each serves on that day, and the name of the only one."""
    rows = db.session.execute(
        select(ServiceArea.organisation_id, func.count(), func.min(Place.name))
        .join(Place, Place.id == ServiceArea.place_id)
        .where(ServiceArea.organisation_id.in_(list(organisations)))
        .where(near(Place, place), holds(on))
        .group_by(ServiceArea.organisation_id)
    ).all()
    return {key: (count, name if count == 1 else "") for key, count, name in rows}
