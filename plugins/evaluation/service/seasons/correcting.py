"""Correcting a score after a season was locked, and what follows from it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import select

from core.sdk import (
    Actor,
    Conflict,
    Invalid,
    NotFound,
    PlaceView,
    db,
    get_place,
    new_id,
    now,
    today,
)
from plugins.evaluation import calendar
from plugins.evaluation import permissions as may
from plugins.evaluation.models import Contestant, Criterion, Objection, Score, Scorer, Season
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
    explanation says that the score was corrected, from what at first, and every reason.

    Raises:
        NotFound: ``place`` holds no such season, or it has no such contestant, criterion, round
            or scorer.
        Conflict: the season is open or locked, where scores are entered or nothing is computed
            yet, or awarded, when it is final; or its result is public and no objection to this
            contestant's was upheld.
        Invalid: a value that the criterion does not allow, or a contestant for whom the actor
            works (field ``value``), or no ``reason``.
    """
    with act(actor, "evaluation.score.correct", place, season_id) as entry:
        actor.require(may.SEASON_MANAGE, place)
        season = locked_season(place, season_id)
        if season.state not in ("computed", "notice"):
            raise Conflict(_("Scores are corrected between computing and awarding."))
        criterion = _one_of(Criterion, criterion_id, version_id=season.version_id)
        contestant = _one_of(Contestant, contestant_id, season_id=season.id)
        if season.state == "notice" and not _is_upheld(contestant):
            raise Conflict(
                _("While a result is public, it is corrected only after an objection is upheld.")
            )
        scorer = _one_of(Scorer, scorer_id, season_id=season.id)
        scheme, version = rules_of(season)
        rounds = calendar.rounds(season, scheme.cycle, version.rhythm, today())
        if scorer.role != criterion.scorers or not 1 <= round <= len(rounds):
            raise NotFound()
        judged = get_place(contestant.place_id)
        if actor.works_in(judged):
            said = _("You work for %(place)s, so others correct it.", place=judged.name)
            raise Invalid(said, field="value")
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
        said = ("value", "remark", "corrected_from")
        entry.before = names | {name: getattr(score, name, None) for name in said}
        if score is None:
            score = Score(id=new_id(), **which)
            db.session.add(score)
        elif score.value == value:
            raise Conflict(_("This is what the score says already."), field="value")
        elif score.corrected_at is None:
            score.corrected_from = score.value
        reasons = [score.correction_reason] if score.correction_reason else []
        score.value, score.correction_reason = value, "\n".join([*reasons, reason.strip()])
        score.scorer_id, score.corrected_at = scorer.id, now()
        if season.state == "notice":
            season.taken_back_at = now()
        season.revision += 1
        ranked = computed(season)
        entry.after = names | {"value": value, "reason": reason.strip(), "ranked": ranked}
    return season


def _is_upheld(contestant: Contestant) -> bool:
    upheld = select(Objection.id).filter_by(contestant_id=contestant.id, state="upheld").limit(1)
    return db.session.execute(upheld).first() is not None


def _one_of(model: Any, id_: UUID, **of: UUID) -> Any:
    found = db.session.execute(select(model).filter_by(id=id_, **of)).scalar_one_or_none()
    if found is None:
        raise NotFound()
    return found
