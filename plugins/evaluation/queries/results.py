"""Results of a season: the league table, who wins, and who is left out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, select

from core.sdk import (
    Coverage,
    Page,
    Paging,
    Place,
    PlaceView,
    coverage,
    db,
    paged,
    where_plugin_active,
)
from plugins.evaluation.models import Contestant, Contribution, SchemeVersion, Standing
from plugins.evaluation.queries.detail import SeasonDetail
from plugins.evaluation.queries.visibility import results_seen


@dataclass(frozen=True)
class LeagueRow:
    """One ranked contestant: its score, and the points of each criterion, all in hundredths."""

    rank: int
    place: PlaceView
    contestant_id: UUID
    score: int
    vetoed: bool
    points: dict[UUID, int]


def league(detail: SeasonDetail, paging: Paging) -> Page[LeagueRow]:
    """Return one page of the ranked contestants, the first first; equal ones by code."""
    found = paged(_ranked(detail), paging)
    return replace(found, rows=_rows(found.rows))


def winners(detail: SeasonDetail) -> Sequence[LeagueRow]:
    """Return who would win if the result were final now."""
    return _rows(db.session.execute(_ranked(detail).where(wins(detail.version))))


def wins(version: SchemeVersion) -> ColumnElement[bool]:
    """Return the condition on ``Standing`` that it wins the version's award.

    Every rank up to the last one that wins, if it reaches the line and nothing bars it; who
    shares a rank shares the award.
    """
    return and_(
        ~Standing.vetoed,
        Standing.rank <= version.award_ranks,
        Standing.score >= version.award_line,
    )


def without_standing(detail: SeasonDetail) -> tuple[PlaceView, ...]:
    """Return the contestants that are left out of the ranks, in code order.

    Of a computed season those at which Evaluation was switched off then; of any other those at
    which it is switched off now.
    """
    kind: Any = detail.scheme.contestants
    if detail.season.computed_at is None:
        out = ~where_plugin_active("evaluation", kind)
    else:
        ranked = select(Standing.contestant_id).where(Standing.contestant_id == Contestant.id)
        out = ~ranked.correlate(Contestant).exists()
    query = (
        select(Place)
        .join(Contestant, Contestant.place_id == Place.id)
        .where(
            Contestant.season_id == detail.season.id,
            Place.kind == kind,
            out,
            results_seen(detail.seen_from, detail.place, detail.season),
        )
        .order_by(Place.code)
    )
    return tuple(place.view for place in db.session.execute(query).scalars())


def missing(detail: SeasonDetail) -> Coverage:
    """Return the communities below the place that judges, by whether Evaluation is on there."""
    return coverage("evaluation", detail.place)


def _ranked(detail: SeasonDetail) -> Select[*tuple[Any, ...]]:
    return (
        select(Standing, Place)
        .join(Contestant, Contestant.id == Standing.contestant_id)
        .join(Place, Place.id == Contestant.place_id)
        .where(
            Standing.season_id == detail.season.id,
            results_seen(detail.seen_from, detail.place, detail.season),
        )
        .order_by(Standing.rank, Place.code)
    )


def _rows(found: Iterable[Any]) -> list[LeagueRow]:
    ranked = list(found)
    points: dict[UUID, dict[UUID, int]] = defaultdict(dict)
    query = select(
        Contribution.contestant_id, Contribution.criterion_id, Contribution.points
    ).where(Contribution.contestant_id.in_([standing.contestant_id for standing, _ in ranked]))
    for contestant_id, criterion_id, given in db.session.execute(query) if ranked else ():
        points[contestant_id][criterion_id] = given
    return [
        LeagueRow(
            standing.rank,
            place.view,
            standing.contestant_id,
            standing.score,
            standing.vetoed,
            points[standing.contestant_id],
        )
        for standing, place in ranked
    ]
