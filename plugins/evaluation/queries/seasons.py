"""Lists of seasons: a place's, the public ones, and those in which somebody scores."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import Select, func, select

from core.sdk import Actor, Page, Paging, Place, PlaceView, db, paged
from plugins.evaluation.models import Award, Contestant, Scorer, Season
from plugins.evaluation.queries.visibility import PUBLIC, seen_from


@dataclass(frozen=True)
class ListedSeason:
    """A season, the place that holds it, how many compete, and how many awards were given."""

    season: Season
    place: PlaceView
    contestants: int
    awards: int


def seasons(
    place: PlaceView, paging: Paging, *, state: str = "", year: int | None = None
) -> Page[ListedSeason]:
    """Return one page of the seasons held, or competed in, at ``place`` or below, latest first.

    Args:
        state: only seasons in this state.
        year: only seasons that begin in this year.
    """
    query = _listed(place)
    if state:
        query = query.where(Season.state == state)
    if year is not None:
        query = query.where(
            Season.begins_on >= date(year, 1, 1), Season.begins_on <= date(year, 12, 31)
        )
    return _page(query, paging)


def public_seasons(place: PlaceView, paging: Paging) -> Page[ListedSeason]:
    """Return one page of the same seasons as far as their result is public, latest first."""
    return _page(_listed(place).where(Season.state.in_(PUBLIC)), paging)


def my_seasons(actor: Actor, place: PlaceView) -> Sequence[ListedSeason]:
    """Return the open seasons seen from ``place`` in which the actor is appointed to score."""
    appointed = (
        select(Scorer.id)
        .where(Scorer.season_id == Season.id, Scorer.user_id == actor.id)
        .correlate(Season)
    )
    query = _listed(place).where(Season.state == "open", appointed.exists())
    return [_line(row) for row in db.session.execute(query)]


def _listed(place: PlaceView) -> Select[*tuple[Any, ...]]:
    return (
        select(Season, Place, _count(Contestant), _count(Award))
        .join(Place, Place.id == Season.place_id)
        .where(seen_from(place))
        .order_by(Season.begins_on.desc(), Season.id)
    )


def _count(of: type[Contestant] | type[Award]) -> Any:
    return (
        select(func.count())
        .select_from(of)
        .where(of.season_id == Season.id)
        .correlate(Season)
        .scalar_subquery()
    )


def _page(query: Select[*tuple[Any, ...]], paging: Paging) -> Page[ListedSeason]:
    found = paged(query, paging)
    return replace(found, rows=[_line(row) for row in found.rows])


def _line(row: Any) -> ListedSeason:
    season, place, contestants, awards = row
    return ListedSeason(season, place.view, contestants, awards)
