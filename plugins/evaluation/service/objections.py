"""Objections to a result, and the answers to them."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select

from core.sdk import (
    Actor,
    Conflict,
    Invalid,
    NotFound,
    Place,
    PlaceView,
    db,
    in_scope,
    new_id,
    now,
    shown_day,
    today,
)
from plugins.evaluation import permissions as may
from plugins.evaluation.models import Contestant, Objection, Season
from plugins.evaluation.service.acts import OBJECTION, act
from plugins.evaluation.texts import _

LONGEST_TEXT = 1000


def file(
    actor: Actor,
    place: PlaceView,
    season_id: UUID,
    contestant_id: UUID,
    text: str,
    objection_id: UUID | None = None,
) -> Objection:
    """File an objection to a contestant's result while it is shown for notice.

    Args:
        place: the contestant's, or one above it.
        objection_id: made by whoever asks; asked again with it, nothing more is filed.

    Raises:
        NotFound: no such contestant at or below ``place``.
        Conflict: the result is not shown for notice, or the last day for objections is over
            (field ``text``); or ``objection_id`` is of another contestant's (field ``id``).
        Invalid: nothing is said, or too much (field ``text``).
    """
    objection_id = objection_id or new_id()
    with act(actor, "evaluation.objection.file", place, objection_id, OBJECTION) as entry:
        actor.require(may.OBJECTION_FILE, place)
        season: Season | None = db.session.execute(
            select(Season)
            .join(Contestant, Contestant.season_id == Season.id)
            .join(Place, Place.id == Contestant.place_id)
            .where(
                Season.id == season_id,
                Contestant.id == contestant_id,
                in_scope(Place, place.code),
            )
            .with_for_update(read=True, of=Season)
        ).scalar_one_or_none()
        if season is None:
            raise NotFound()
        if (filed := _filed(objection_id, contestant_id)) is not None:
            return filed
        _check_open(season)
        text = text.strip()
        if not 1 <= len(text) <= LONGEST_TEXT:
            raise Invalid(_("Say in at most 1,000 characters what is wrong."), field="text")
        objection = Objection(id=objection_id, contestant_id=contestant_id, text=text)
        db.session.add(objection)
        db.session.flush()
        entry.after = {"season": str(season.id), "contestant": str(contestant_id)}
    return objection


def answer(
    actor: Actor, place: PlaceView, objection_id: UUID, upheld: bool, answer: str
) -> Objection:
    """Decide an objection. An upheld one changes no score by itself: correct what was wrong.

    Raises:
        NotFound: no such objection to a season that ``place`` holds.
        Conflict: it is answered already.
        Invalid: no answer is given, or it is too long (field ``answer``).
    """
    with act(actor, "evaluation.objection.answer", place, objection_id, OBJECTION) as entry:
        actor.require(may.SEASON_MANAGE, place)
        objection: Objection | None = db.session.execute(
            select(Objection)
            .join(Contestant, Contestant.id == Objection.contestant_id)
            .join(Season, Season.id == Contestant.season_id)
            .where(Objection.id == objection_id, Season.place_id == place.id)
            .with_for_update(of=Objection)
        ).scalar_one_or_none()
        if objection is None:
            raise NotFound()
        if objection.state != "open":
            raise Conflict(_("This objection is answered already."))
        answer = answer.strip()
        if not 1 <= len(answer) <= LONGEST_TEXT:
            raise Invalid(_("Give an answer of at most 1,000 characters."), field="answer")
        objection.state = "upheld" if upheld else "dismissed"
        objection.answer, objection.answered_at = answer, now()
        db.session.flush()
        entry.after = {"state": objection.state}
    return objection


def _filed(objection_id: UUID, contestant_id: UUID) -> Objection | None:
    """The objection of this id, if it is there; nobody files one to the contestant meanwhile."""
    held = select(Contestant.id).filter_by(id=contestant_id).with_for_update(key_share=True)
    db.session.execute(held)
    filed: Objection | None = db.session.execute(
        select(Objection).filter_by(id=objection_id)
    ).scalar_one_or_none()
    if filed is not None and filed.contestant_id != contestant_id:
        raise Conflict(_("This was sent for something else already."), field="id")
    return filed


def _check_open(season: Season) -> None:
    last = season.objections_end_on
    if season.state != "notice" or last is None:
        raise Conflict(_("Objections are taken while a result is on public notice."), field="text")
    if today() > last:
        raise Conflict(_("Objections were taken until %(day)s.", day=shown_day(last)), field="text")
