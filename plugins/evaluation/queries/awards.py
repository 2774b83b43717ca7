"""Awards over the years."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Select, select

from core.sdk import Page, Paging, Place, PlaceView, db, in_scope, paged
from plugins.evaluation.models import Award, Season


@dataclass(frozen=True)
class ListedAward:
    """An award, who won it, and the season that it was won in."""

    award: Award
    place: PlaceView
    season: Season


def awards(place: PlaceView, paging: Paging) -> Page[ListedAward]:
    """Return one page of what was won at ``place`` and below it, latest first, then by rank."""
    found = paged(_listed().where(in_scope(Place, place.code)), paging)
    return replace(found, rows=[_line(row) for row in found.rows])


def award_history(place: PlaceView) -> Sequence[ListedAward]:
    """Return everything that ``place`` itself won, latest first."""
    query = _listed().where(Award.place_id == place.id)
    return [_line(row) for row in db.session.execute(query)]


def _listed() -> Select[*tuple[Any, ...]]:
    return (
        select(Award, Place, Season)
        .join(Place, Place.id == Award.place_id)
        .join(Season, Season.id == Award.season_id)
        .order_by(Award.awarded_on.desc(), Season.begins_on.desc(), Award.rank, Place.code)
    )


def _line(row: Any) -> ListedAward:
    award, place, season = row
    return ListedAward(award, place.view, season)
