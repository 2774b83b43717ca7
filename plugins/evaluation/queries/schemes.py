"""Reads of schemes and of what they began from."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from uuid import UUID

from sqlalchemy import func, select

from core.sdk import NotFound, Page, Paging, PlaceView, db, paged
from plugins.evaluation.models import Criterion, Scheme, SchemeVersion, Season


@dataclass(frozen=True)
class ListedScheme:
    """A scheme with the numbers of its published and its draft version, and how many seasons it
    had."""

    scheme: Scheme
    published: int | None
    draft: int | None
    seasons: int


@dataclass(frozen=True)
class VersionDetail:
    """A version with its criteria; ``weight`` is what they sum to, in hundredths."""

    version: SchemeVersion
    criteria: tuple[Criterion, ...]

    @property
    def weight(self) -> int:
        return sum(one.weight for one in self.criteria)


@dataclass(frozen=True)
class SchemeDetail:
    """A scheme of a place with its versions, the newest first."""

    scheme: Scheme
    place: PlaceView
    versions: tuple[VersionDetail, ...]


def schemes(place: PlaceView, paging: Paging) -> Page[ListedScheme]:
    """Return one page of a place's own schemes, by title."""
    version = SchemeVersion
    of_scheme = select(func.max(version.number)).where(version.scheme_id == Scheme.id)
    seasons = (
        select(func.count())
        .select_from(Season)
        .join(version, version.id == Season.version_id)
        .where(version.scheme_id == Scheme.id)
    )
    query = (
        select(
            Scheme,
            of_scheme.where(version.published_at.is_not(None)).correlate(Scheme).scalar_subquery(),
            of_scheme.where(version.published_at.is_(None)).correlate(Scheme).scalar_subquery(),
            seasons.correlate(Scheme).scalar_subquery(),
        )
        .where(Scheme.place_id == place.id)
        .order_by(Scheme.title, Scheme.id)
    )
    found = paged(query, paging)
    return replace(found, rows=[ListedScheme(*row) for row in found.rows])


def scheme(place: PlaceView, scheme_id: UUID) -> SchemeDetail:
    """Return a scheme of ``place`` with its versions and their criteria.

    Raises:
        NotFound: ``place`` has no such scheme.
    """
    found: Scheme | None = db.session.execute(
        select(Scheme).filter_by(id=scheme_id, place_id=place.id)
    ).scalar_one_or_none()
    if found is None:
        raise NotFound()
    versions = list(
        db.session.execute(
            select(SchemeVersion)
            .filter_by(scheme_id=found.id)
            .order_by(SchemeVersion.number.desc())
        ).scalars()
    )
    criteria = _criteria(one.id for one in versions)
    return SchemeDetail(
        found, place, tuple(VersionDetail(one, tuple(criteria[one.id])) for one in versions)
    )


def _criteria(versions: Iterable[UUID]) -> dict[UUID, list[Criterion]]:
    found: dict[UUID, list[Criterion]] = defaultdict(list)
    query = (
        select(Criterion)
        .where(Criterion.version_id.in_(list(versions)))
        .order_by(Criterion.position)
    )
    for one in db.session.execute(query).scalars():
        found[one.version_id].append(one)
    return found
