"""How much of a season is scored, and what is missing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast
from uuid import UUID

from sqlalchemy import Select, and_, func, select, tuple_

from core.sdk import Place, PlaceView, db, where_plugin_active
from plugins.evaluation.models import Contestant, Criterion, Score, Scorer, Season
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


def by_scorer(detail: SeasonDetail) -> Mapping[UUID, tuple[int, int]]:
    """Return for how many contestants and rounds that have begun every scorer entered something,
    and of how many, by the appointment's id (one statement)."""
    begun = sum(one.begun for one in detail.rounds)
    kind = detail.scheme.contestants
    seen = results_seen(detail.seen_from, detail.place, detail.season)
    active = _contestants(detail.season, kind).with_only_columns(Contestant.id).order_by(None)
    had = (
        select(func.count(tuple_(Score.contestant_id, Score.round).distinct()))
        .where(Score.scorer_id == Scorer.id, Score.contestant_id.in_(active))
        .correlate(Scorer)
        .scalar_subquery()
    )
    wanted = select(func.count()).select_from(active.where(seen).subquery()).scalar_subquery()
    query = select(Scorer.id, had, wanted).where(Scorer.season_id == detail.season.id)
    return {id_: (done, begun * of) for id_, done, of in db.session.execute(query)}


def unscored(
    season: Season, kind: str, rounds: int, most: int
) -> tuple[int, list[tuple[str, int, str]]]:
    """Return how many entries are missing in the first ``rounds`` rounds, and the first ``most``
    of them: the contestant's name, the round, and the criterion's title.

    Wanted is one entry, and of marks as many as the contestant has that was marked by most in
    that round, so that nobody's mean leaves out those who marked the others.
    """
    turn = func.generate_series(1, rounds).table_valued("number", name="turn").render_derived()
    entered = (
        select(func.count())
        .select_from(Score)
        .where(
            Score.contestant_id == Contestant.id,
            Score.criterion_id == Criterion.id,
            Score.round == turn.c.number,
        )
        .correlate(Contestant, Criterion, turn)
        .scalar_subquery()
    )
    had = (
        _contestants(season, kind)
        .with_only_columns(
            Place.name.label("place"),
            Place.code.label("code"),
            turn.c.number.label("round"),
            Criterion.title.label("title"),
            Criterion.position.label("position"),
            entered.label("entries"),
            func.max(entered).over(partition_by=(Criterion.id, turn.c.number)).label("best"),
        )
        .join(
            Criterion,
            and_(Criterion.version_id == season.version_id, Criterion.kind.in_(_WANTED)),
        )
        .join(turn, turn.c.number > 0)
        .order_by(None)
        .subquery("had")
    )
    wanted = func.greatest(had.c.best, 1)
    short = had.c.entries < wanted
    number = db.session.execute(
        select(func.coalesce(func.sum(wanted - had.c.entries), 0)).where(short)
    ).scalar_one()
    first = (
        db.session.execute(
            select(had.c.place, had.c.round, had.c.title)
            .where(short)
            .order_by(had.c.round, had.c.code, had.c.position)
            .limit(most)
        )
        if number
        else ()
    )
    return int(number), [(name, at, title) for name, at, title in first]


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
