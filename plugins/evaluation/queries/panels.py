"""Reads for the boxes on pages of core: how a place came off, and what waits for an answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from core.sdk import Place, PlaceView, db, in_scope
from plugins.evaluation.models import Contestant, Objection, Season, Standing
from plugins.evaluation.queries.visibility import PUBLIC, seen_from


@dataclass(frozen=True)
class OwnResult:
    """The public result of a place in one season: rank ``of`` so many, score in hundredths."""

    season: Season
    owner: PlaceView
    rank: int
    of: int
    score: int
    vetoed: bool


@dataclass(frozen=True)
class OpenObjections:
    """How many objections of a season wait for an answer."""

    season_id: UUID
    title: str
    count: int


def own_result(place: PlaceView) -> OwnResult | None:
    """Return how ``place`` itself came off in the latest season that is public, if in any."""
    other = aliased(Standing)
    of = (
        select(func.count())
        .select_from(other)
        .where(other.season_id == Season.id)
        .correlate(Season)
        .scalar_subquery()
    )
    query = (
        select(Season, Place, Standing.rank, of, Standing.score, Standing.vetoed)
        .join(Contestant, Contestant.season_id == Season.id)
        .join(Standing, Standing.contestant_id == Contestant.id)
        .join(Place, Place.id == Season.place_id)
        .where(Contestant.place_id == place.id, Season.state.in_(PUBLIC))
        .order_by(Season.begins_on.desc(), Season.id)
        .limit(1)
    )
    row: Any = db.session.execute(query).one_or_none()
    if row is None:
        return None
    season, owner, *rest = row
    return OwnResult(season, owner.view, *rest)


def latest_public(place: PlaceView) -> UUID | None:
    """Return the latest season seen from ``place`` whose result is public, if there is one."""
    query = (
        select(Season.id)
        .join(Place, Place.id == Season.place_id)
        .where(seen_from(place), Season.state.in_(PUBLIC))
        .order_by(Season.begins_on.desc(), Season.id)
        .limit(1)
    )
    return db.session.execute(query).scalar_one_or_none()


def open_objections(place: PlaceView) -> Sequence[OpenObjections]:
    """Return the seasons held at ``place`` or below it that have objections to be answered."""
    count = func.count(Objection.id)
    query = (
        select(Season.id, Season.title, count)
        .join(Contestant, Contestant.season_id == Season.id)
        .join(Objection, Objection.contestant_id == Contestant.id)
        .join(Place, Place.id == Season.place_id)
        .where(Objection.state == "open", in_scope(Place, place.code))
        .group_by(Season.id, Season.title, Season.begins_on)
        .order_by(Season.begins_on.desc(), Season.id)
    )
    return [OpenObjections(*row) for row in db.session.execute(query)]
