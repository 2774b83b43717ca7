"""Which seasons, and which of their contestants, are seen from a place."""

from __future__ import annotations

from sqlalchemy import ColumnElement, or_, select, true
from sqlalchemy.orm import aliased

from core.sdk import Place, PlaceView, in_scope
from plugins.evaluation.models import Contestant, Season

PUBLIC = ("notice", "awarded")
"""States in which everybody sees a result."""


def seen_from(place: PlaceView) -> ColumnElement[bool]:
    """Return the condition that a season is held, or competed in, at ``place`` or below it."""
    owner, competing = aliased(Place), aliased(Place)
    held = select(owner.id).where(owner.id == Season.place_id, in_scope(owner, place.code))
    competes = (
        select(Contestant.id)
        .join(competing, competing.id == Contestant.place_id)
        .where(Contestant.season_id == Season.id, in_scope(competing, place.code))
    )
    return or_(held.correlate(Season).exists(), competes.correlate(Season).exists())


def results_seen(place: PlaceView, owner: PlaceView, season: Season) -> ColumnElement[bool]:
    """Return the condition on ``Place`` that a contestant's scores are seen from ``place``.

    Before public notice, others' are seen only by those who reach the place that judges.
    """
    if season.state in PUBLIC or owner.code.startswith(place.code):
        return true()
    return in_scope(Place, place.code)
