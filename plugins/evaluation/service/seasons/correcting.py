"""Correcting a score after a season was locked, and what follows from it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import select

from core.sdk import Actor, Conflict, Invalid, NotFound, PlaceView, db, new_id, now, today
from plugins.evaluation import calendar
from plugins.evaluation import permissions as may
from plugins.evaluation.models import Contestant, Criterion, Score, Scorer, Season
from plugins.evaluation.service.acts import act, locked_season, rules_of
from plugins.evaluation.service.entries import refusal, seat
from plugins.evaluation.service.seasons.results import computed
from plugins.evaluation.texts import _


def correct(
    actor: Actor,
    place: PlaceView,
    season_id: UUID,
    contestant_id: UUID,
    criterion_id: UUID,
    round: int,
    scorer_id: UUID,
    value: int,
    reason: str,
) -> Season:
    """Replace one score, or add one that was forgotten, and compute anew from the same readings.

    A result that was public is taken back; its notice begins anew when it is shown again. The
    explanation says that the score was corrected, from what, and why.

    Raises:
        NotFound: ``place`` holds no such season, or it has no such contestant, criterion, round
            or scorer.
        Conflict: the season is open or locked, where scores are entered or nothing is computed
            yet, or awarded, when it is final.
        Invalid: a value that the criterion does not allow (field ``value``), or no ``reason``.
    """
    with act(actor, "evaluation.score.correct", place, season_id) as entry:
        actor.require(may.SEASON_MANAGE, place)
        season = locked_season(place, season_id)
        if season.state not in ("computed", "notice"):
            raise Conflict(_("Scores are corrected between computing and awarding."))
        criterion = _one_of(Criterion, criterion_id, version_id=season.version_id)
        contestant = _one_of(Contestant, contestant_id, season_id=season.id)
        scorer = _one_of(Scorer, scorer_id, season_id=season.id)
        scheme, version = rules_of(season)
        rounds = calendar.rounds(season, scheme.cycle, version.rhythm, today())
        if scorer.role != criterion.scorers or not 1 <= round <= len(rounds):
            raise NotFound()
        if said := refusal(criterion, value):
            raise Invalid(said, field="value")
        if not reason.strip():
            raise Invalid(_("Say why it is corrected."), field="reason")
        which = {
            "contestant_id": contestant.id,
            "criterion_id": criterion.id,
            "round": round,
            "seat": seat(criterion, scorer.id, contestant.id),
        }
        score = db.session.execute(select(Score).filter_by(**which)).scalar_one_or_none()
        names = {name: str(one) for name, one in which.items()}
        entry.before = names | {"value": None if score is None else score.value}
        if score is None:
            score = Score(id=new_id(), **which)
            db.session.add(score)
        elif score.value == value:
            raise Conflict(_("This is what the score says already."), field="value")
        else:
            score.corrected_from = score.value
        score.value, score.remark = value, reason.strip()
        score.scorer_id, score.corrected_at = scorer.id, now()
        season.revision += 1
        ranked = computed(season)
        entry.after = names | {"value": value, "reason": score.remark, "ranked": ranked}
    return season


def _one_of(model: Any, id_: UUID, **of: UUID) -> Any:
    found = db.session.execute(select(model).filter_by(id=id_, **of)).scalar_one_or_none()
    if found is None:
        raise NotFound()
    return found
