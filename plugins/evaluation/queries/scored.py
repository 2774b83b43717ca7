"""How much of a season is scored, and what is missing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast
from uuid import UUID

from sqlalchemy import Select, and_, func, select, tuple_

from core.sdk import Place, PlaceView, db, where_plugin_active
from plugins.evaluation.models import Contestant, Criterion, Score, Season
from plugins.evaluation.queries.detail import SeasonDetail
from plugins.evaluation.queries.visibility import results_seen

_WANTED = ("score", "count")
"""Kinds of which every round wants an entry; no entry of a veto means that nothing happened."""


@dataclass(frozen=True)
class Done:
    """One contestant: how many entries are wanted by now, and for how many there is one."""

    place: PlaceView
    contestant_id: UUID
    done: int
    wanted: int


@dataclass(frozen=True)
class Progress:
    """How much of a season is scored, up to the rounds that have begun."""

    rows: Sequence[Done]
    done: int
    wanted: int


def progress(detail: SeasonDetail) -> Progress:
    """Return how far scoring is for every contestant at which Evaluation is active, in one
    statement; entries of several scorers for the same count once."""
    begun = sum(one.begun for one in detail.rounds)
    wanted = begun * sum(one.kind in _WANTED for one in detail.criteria)
    done = (
        select(func.count(tuple_(Score.criterion_id, Score.round).distinct()))
        .join(Criterion, Criterion.id == Score.criterion_id)
        .where(Score.contestant_id == Contestant.id, Criterion.kind.in_(_WANTED))
        .correlate(Contestant)
        .scalar_subquery()
    )
    query = (
        _contestants(detail.season, detail.scheme.contestants)
        .add_columns(done)
        .where(results_seen(detail.seen_from, detail.place, detail.season))
    )
    rows = [Done(place.view, id_, had, wanted) for id_, place, had in db.session.execute(query)]
    return Progress(rows, sum(row.done for row in rows), wanted * len(rows))


def unscored(
    season: Season, kind: str, rounds: int, most: int
) -> tuple[int, list[tuple[str, int, str]]]:
    """Return how many entries are missing in the first ``rounds`` rounds, and the first ``most``
    of them: the contestant's name, the round, and the criterion's title."""
    turn = func.generate_series(1, rounds).table_valued("number", name="turn").render_derived()
    entered = (
        select(Score.id)
        .where(
            Score.contestant_id == Contestant.id,
            Score.criterion_id == Criterion.id,
            Score.round == turn.c.number,
        )
        .correlate(Contestant, Criterion, turn)
    )
    missing = (
        _contestants(season, kind)
        .with_only_columns(Place.name, turn.c.number, Criterion.title)
        .join(
            Criterion,
            and_(Criterion.version_id == season.version_id, Criterion.kind.in_(_WANTED)),
        )
        .join(turn, turn.c.number > 0)
        .where(~entered.exists())
        .order_by(None)
        .order_by(turn.c.number, Place.code, Criterion.position)
    )
    number = db.session.execute(
        select(func.count()).select_from(missing.order_by(None).subquery())
    ).scalar_one()
    first = db.session.execute(missing.limit(most)) if number else ()
    return number, [(name, at, title) for name, at, title in first]


def _contestants(season: Season, kind: str) -> Select[*tuple[Any, ...]]:
    return (
        select(Contestant.id, Place)
        .join(Place, Place.id == Contestant.place_id)
        .where(
            Contestant.season_id == season.id,
            Place.kind == kind,
            where_plugin_active("evaluation", cast(Any, kind)),
        )
        .order_by(Place.code)
    )
