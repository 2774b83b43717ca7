"""What the verbs share: recording an act, and finding what it is about."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any
from uuid import UUID

from sqlalchemy import select

from core.sdk import Actor, NotFound, PlaceView, attempt, db
from plugins.evaluation.models import Criterion, Scheme, SchemeVersion, Season

SEASON, SCHEME, OBJECTION = "evaluation.season", "evaluation.scheme", "evaluation.objection"


def act(
    actor: Actor, action: str, place: PlaceView, object_id: UUID, object_type: str = SEASON
) -> AbstractContextManager[Any]:
    """Record what follows as an act on a season, or on another of the plugin's objects."""
    return attempt(
        actor, action, object_type=object_type, object_id=object_id, place_code=place.code
    )


def locked_season(place: PlaceView, season_id: UUID) -> Season:
    """Return a season that ``place`` holds, and that nobody else changes meanwhile.

    Raises:
        NotFound: ``place`` holds no such season.
    """
    found = select(Season).filter_by(id=season_id, place_id=place.id).with_for_update()
    season = db.session.execute(found).scalar_one_or_none()
    if season is None:
        raise NotFound()
    return season


def locked_scheme(place: PlaceView, scheme_id: UUID) -> Scheme:
    """Return a scheme of ``place`` that nobody else changes meanwhile.

    Raises:
        NotFound: ``place`` has no such scheme.
    """
    found = select(Scheme).filter_by(id=scheme_id, place_id=place.id).with_for_update()
    scheme = db.session.execute(found).scalar_one_or_none()
    if scheme is None:
        raise NotFound()
    return scheme


def rules_of(season: Season) -> tuple[Scheme, SchemeVersion]:
    """Return the scheme of a season, and the version that it keeps."""
    row = db.session.execute(
        select(Scheme, SchemeVersion)
        .join(SchemeVersion, SchemeVersion.scheme_id == Scheme.id)
        .where(SchemeVersion.id == season.version_id)
    ).one()
    return row[0], row[1]


def criteria_of(version_id: UUID) -> list[Criterion]:
    """Return the criteria of a version in their order."""
    found = select(Criterion).filter_by(version_id=version_id).order_by(Criterion.position)
    return list(db.session.execute(found).scalars())
