"""Appointing the people who score in a season."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select

from core.sdk import Actor, Conflict, Invalid, NotFound, PlaceView, colleagues, db, new_id
from plugins.evaluation import permissions as may
from plugins.evaluation.models import Score, Scorer, Season
from plugins.evaluation.service.acts import act, criteria_of, locked_season
from plugins.evaluation.texts import _


def appoint(actor: Actor, place: PlaceView, season_id: UUID, user_id: UUID, role: str) -> Scorer:
    """Let a person score in one of the roles that the scheme names.

    It gives no permission: to enter scores the person also needs ``evaluation.score.enter``.

    Raises:
        NotFound: ``place`` holds no such season.
        Invalid: nobody with an account here (field ``user_id``), or no role of the scheme
            (field ``role``).
        Conflict: scoring is closed (field ``season``), or the person has this role already (field
            ``user_id``).
    """
    with act(actor, "evaluation.season.appoint", place, season_id) as entry:
        actor.require(may.SEASON_MANAGE, place)
        season = locked_season(place, season_id)
        _refuse_closed(season)
        if all(one.id != user_id for one in colleagues(place)):
            raise Invalid(_("Choose somebody who works here."), field="user_id")
        if role not in {one.scorers for one in criteria_of(season.version_id) if one.scorers}:
            raise Invalid(_("The scheme does not name this role."), field="role")
        present = select(Scorer.id).filter_by(season_id=season.id, user_id=user_id, role=role)
        if db.session.execute(present).first() is not None:
            raise Conflict(_("This person has this role already."), field="user_id")
        scorer = Scorer(id=new_id(), season_id=season.id, user_id=user_id, role=role)
        db.session.add(scorer)
        db.session.flush()
        entry.after = {"user": str(user_id), "role": role}
    return scorer


def dismiss(actor: Actor, place: PlaceView, season_id: UUID, scorer_id: UUID) -> None:
    """Take an appointment back.

    Raises:
        NotFound: ``place`` holds no such season, or it has no such scorer.
        Conflict: scoring is closed (field ``season``), or the person has entered scores, which
            stay.
    """
    with act(actor, "evaluation.season.dismiss", place, season_id) as entry:
        actor.require(may.SEASON_MANAGE, place)
        season = locked_season(place, season_id)
        _refuse_closed(season)
        scorer = db.session.execute(
            select(Scorer).filter_by(id=scorer_id, season_id=season.id)
        ).scalar_one_or_none()
        if scorer is None:
            raise NotFound()
        entered = select(Score.id).filter_by(scorer_id=scorer.id).limit(1)
        if db.session.execute(entered).first() is not None:
            raise Conflict(_("This person has entered scores, so the appointment stays."))
        entry.before = {"user": str(scorer.user_id), "role": scorer.role}
        db.session.delete(scorer)
        db.session.flush()


def _refuse_closed(season: Season) -> None:
    if season.state != "open":
        raise Conflict(_("This season is closed for scoring."), field="season")
