"""Reads of objections."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select

from core.sdk import NotFound, Place, PlaceView, db
from plugins.evaluation.models import Contestant, Objection, Season
from plugins.evaluation.queries.detail import SeasonDetail
from plugins.evaluation.queries.visibility import results_seen


@dataclass(frozen=True)
class ListedObjection:
    """An objection, the contestant it is about, and its season."""

    objection: Objection
    place: PlaceView
    contestant_id: UUID
    season_id: UUID


def objections(detail: SeasonDetail, *, state: str = "") -> Sequence[ListedObjection]:
    """Return the objections to a season's results, in the order in which they came."""
    query = (
        _listed()
        .where(
            Contestant.season_id == detail.season.id,
            results_seen(detail.seen_from, detail.place, detail.season),
        )
        .order_by(Objection.filed_at, Objection.id)
    )
    if state:
        query = query.where(Objection.state == state)
    return [_line(row) for row in db.session.execute(query)]


def objection(place: PlaceView, objection_id: UUID) -> ListedObjection:
    """Return an objection to a season that ``place`` holds.

    Raises:
        NotFound: there is none.
    """
    row = db.session.execute(
        _listed()
        .join(Season, Season.id == Contestant.season_id)
        .where(Objection.id == objection_id, Season.place_id == place.id)
    ).one_or_none()
    if row is None:
        raise NotFound()
    return _line(row)


def _listed() -> Select[*tuple[Any, ...]]:
    return (
        select(Objection, Place, Contestant.id, Contestant.season_id)
        .join(Contestant, Contestant.id == Objection.contestant_id)
        .join(Place, Place.id == Contestant.place_id)
    )


def _line(row: Any) -> ListedObjection:
    objection, place, contestant_id, season_id = row
    return ListedObjection(objection, place.view, contestant_id, season_id)
