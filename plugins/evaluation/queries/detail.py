"""One season with everything that its pages are about."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select

from core.sdk import NotFound, Place, PlaceView, account_names, db, today
from plugins.evaluation.calendar import Round, rounds
from plugins.evaluation.models import (
    Contestant,
    Criterion,
    Scheme,
    SchemeVersion,
    Scorer,
    Season,
)
from plugins.evaluation.queries.visibility import PUBLIC, seen_from


@dataclass(frozen=True)
class Appointed:
    """A scorer with the account's name, which is empty once the account was erased."""

    scorer: Scorer
    name: str


@dataclass(frozen=True)
class SeasonDetail:
    """A season, as it is seen from a place; what is not always needed is read when it is.

    ``place`` holds the season. ``contestants`` is how many compete.
    """

    seen_from: PlaceView
    season: Season
    place: PlaceView
    scheme: Scheme
    version: SchemeVersion
    contestants: int

    @cached_property
    def rounds(self) -> tuple[Round, ...]:
        """The rounds of scoring, in their order."""
        return tuple(rounds(self.season, self.scheme.cycle, self.version.rhythm, today()))

    @cached_property
    def criteria(self) -> tuple[Criterion, ...]:
        """The criteria in their order (one statement)."""
        found = select(Criterion).filter_by(version_id=self.version.id).order_by(Criterion.position)
        return tuple(db.session.execute(found).scalars())

    @cached_property
    def scorers(self) -> tuple[Appointed, ...]:
        """Who scores, by role and name (two statements)."""
        found = list(
            db.session.execute(select(Scorer).filter_by(season_id=self.season.id)).scalars()
        )
        names = account_names({one.user_id for one in found})
        appointed = (Appointed(one, names.get(one.user_id, "")) for one in found)
        return tuple(sorted(appointed, key=lambda one: (one.scorer.role, one.name, one.scorer.id)))


def season(place: PlaceView, season_id: UUID) -> SeasonDetail:
    """Return a season that is held, or competed in, at ``place`` or below it.

    Raises:
        NotFound: no such season is seen from ``place``.
    """
    return _there(_found(_asked(place, season_id), place))


def public_season(place: PlaceView, season_id: UUID) -> SeasonDetail:
    """Return a season whose result is public.

    Raises:
        NotFound: as for :func:`season`, or it is neither on notice nor awarded.
    """
    return _there(_found(_asked(place, season_id).where(Season.state.in_(PUBLIC)), place))


def season_taken_back(place: PlaceView, season_id: UUID) -> SeasonDetail | None:
    """Return a season whose result was public and is being corrected, if it is one."""
    return _found(_asked(place, season_id).where(Season.taken_back_at.is_not(None)), place)


def _asked(place: PlaceView, season_id: UUID) -> Select[*tuple[Any, ...]]:
    number = (
        select(func.count())
        .select_from(Contestant)
        .where(Contestant.season_id == Season.id)
        .correlate(Season)
        .scalar_subquery()
    )
    return (
        select(Season, Place, Scheme, SchemeVersion, number)
        .join(Place, Place.id == Season.place_id)
        .join(SchemeVersion, SchemeVersion.id == Season.version_id)
        .join(Scheme, Scheme.id == SchemeVersion.scheme_id)
        .where(Season.id == season_id, seen_from(place))
    )


def _found(query: Select[*tuple[Any, ...]], place: PlaceView) -> SeasonDetail | None:
    row: Any = db.session.execute(query).one_or_none()
    if row is None:
        return None
    found, owner, scheme, version, contestants = row
    return SeasonDetail(place, found, owner.view, scheme, version, contestants)


def _there(detail: SeasonDetail | None) -> SeasonDetail:
    if detail is None:
        raise NotFound()
    return detail
