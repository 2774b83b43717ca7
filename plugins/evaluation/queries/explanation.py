"""Why a contestant came where it came: every criterion with what it was computed from.

It reads what computing left and works nothing out again, so it adds up because the result does.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import aliased

from core.sdk import IndicatorInfo, NotFound, Place, PlaceView, db, indicators
from plugins.evaluation.models import (
    Contestant,
    Contribution,
    Criterion,
    Objection,
    Reading,
    Score,
    Scorer,
    Standing,
)
from plugins.evaluation.queries.detail import SeasonDetail
from plugins.evaluation.queries.visibility import results_seen


@dataclass(frozen=True)
class Scored:
    """One entry: who entered it, as what, in which round. The name is the account's to tell."""

    score_id: UUID
    scorer_id: UUID
    role: str
    round: int
    value: int
    remark: str
    scored_at: datetime
    corrected_at: datetime | None
    corrected_from: int | None
    correction_reason: str


@dataclass(frozen=True)
class RoundMark:
    """The mark of one round in hundredths: the mean of so many marks, rounded half up."""

    round: int
    mark: int
    marks: int


@dataclass(frozen=True)
class Line:
    """One criterion: ``points`` of its weight, from the sum ``total`` of so many rounds
    (``entries``) that were entered, or of so many periods with a value.

    A ``reading`` is there when an indicator had a value; the ``indicator`` when its plugin runs.
    """

    criterion: Criterion
    total: int
    entries: int
    points: int
    scores: tuple[Scored, ...]
    reading: Reading | None
    indicator: IndicatorInfo | None

    @property
    def entered(self) -> bool:
        """Whether anything was scored or measured; a veto needs no entry."""
        return self.entries > 0 or self.criterion.kind == "veto"

    @property
    def round_marks(self) -> tuple[RoundMark, ...]:
        """The mark of every round that has one, in their order; they sum to ``total``."""
        rounds: dict[int, list[int]] = defaultdict(list)
        for one in self.scores:
            rounds[one.round].append(one.value)
        return tuple(
            RoundMark(number, (2 * sum(values) + len(values)) // (2 * len(values)), len(values))
            for number, values in sorted(rounds.items())
        )


@dataclass(frozen=True)
class Explanation:
    """A contestant's result with its lines, whose points sum to ``score``.

    Rank and score are ``None`` for a contestant that is left out. ``of`` is how many are ranked,
    ``shared`` says that another has the same rank. ``decided_by`` are the criteria that decided
    among equal scores, in their order, if that was needed. ``upheld`` says that an objection to
    this result was.
    """

    place: PlaceView
    contestant_id: UUID
    score: int | None
    rank: int | None
    vetoed: bool
    of: int
    shared: bool
    decided_by: tuple[Criterion, ...]
    lines: tuple[Line, ...]
    upheld: bool


def explanation(detail: SeasonDetail, contestant: UUID | str) -> Explanation:
    """Return why a contestant came where it came, in three statements.

    Args:
        contestant: the id or the code of the place that competes.

    Raises:
        NotFound: it does not compete, or its result is not seen from here (yet).
    """
    row = _standing(detail, contestant)
    contestant_id, place, score, rank, vetoed, of, same_rank, same_score, upheld = row
    lines = _lines(detail, contestant_id)
    ties = sorted(
        (line.criterion for line in lines if line.criterion.tie_order is not None),
        key=lambda one: one.tie_order or 0,
    )
    needed = rank is not None and same_score > same_rank
    return Explanation(
        place.view,
        contestant_id,
        score,
        rank,
        bool(vetoed),
        of,
        same_rank > 1,
        tuple(ties) if needed else (),
        lines,
        upheld,
    )


def _standing(detail: SeasonDetail, place: UUID | str) -> Any:
    other = aliased(Standing)

    def ranked(*conditions: ColumnElement[bool]) -> Any:
        return (
            select(func.count())
            .select_from(other)
            .where(other.season_id == detail.season.id, *conditions)
            .correlate(Standing)
            .scalar_subquery()
        )

    upheld = select(Objection.id).where(
        Objection.contestant_id == Contestant.id, Objection.state == "upheld"
    )
    row = db.session.execute(
        select(
            Contestant.id,
            Place,
            Standing.score,
            Standing.rank,
            Standing.vetoed,
            ranked(),
            ranked(other.rank == Standing.rank),
            ranked(other.score == Standing.score, other.vetoed == Standing.vetoed),
            upheld.correlate(Contestant).exists(),
        )
        .join(Place, Place.id == Contestant.place_id)
        .outerjoin(Standing, Standing.contestant_id == Contestant.id)
        .where(
            Contestant.season_id == detail.season.id,
            Place.code == place if isinstance(place, str) else Place.id == place,
            results_seen(detail.seen_from, detail.place, detail.season),
        )
    ).one_or_none()
    if row is None:
        raise NotFound()
    return row


def _lines(detail: SeasonDetail, contestant_id: UUID) -> tuple[Line, ...]:
    known = {info.id: info for info in indicators(level=detail.scheme.contestants)}
    scores = _scores(contestant_id)
    query = (
        select(Criterion, Contribution, Reading)
        .outerjoin(
            Contribution,
            and_(
                Contribution.criterion_id == Criterion.id,
                Contribution.contestant_id == contestant_id,
            ),
        )
        .outerjoin(
            Reading,
            and_(Reading.criterion_id == Criterion.id, Reading.contestant_id == contestant_id),
        )
        .where(Criterion.version_id == detail.version.id)
        .order_by(Criterion.position)
    )
    return tuple(
        Line(
            criterion,
            given.total if given else 0,
            given.entries if given else 0,
            given.points if given else 0,
            tuple(scores.get(criterion.id, ())),
            reading,
            known.get(criterion.indicator or ""),
        )
        for criterion, given, reading in db.session.execute(query)
    )


def _scores(contestant_id: UUID) -> Mapping[UUID, list[Scored]]:
    found: dict[UUID, list[Scored]] = defaultdict(list)
    query = (
        select(Score, Scorer.role)
        .join(Scorer, Scorer.id == Score.scorer_id)
        .where(Score.contestant_id == contestant_id)
        .order_by(Score.round, Score.id)
    )
    for score, role in db.session.execute(query):
        found[score.criterion_id].append(
            Scored(
                score.id,
                score.scorer_id,
                role,
                score.round,
                score.value,
                score.remark,
                score.scored_at,
                score.corrected_at,
                score.corrected_from,
                score.correction_reason,
            )
        )
    return found
