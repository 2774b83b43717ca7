"""From a locked season to an announced result: compute, public notice, award."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from sqlalchemy import select

from core.sdk import Actor, Conflict, PlaceView, db, emit, new_id, now, shown_day, today
from plugins.evaluation import calendar
from plugins.evaluation import permissions as may
from plugins.evaluation.events import ResultAnnounced
from plugins.evaluation.models import (
    Award,
    Contestant,
    Objection,
    SchemeVersion,
    Season,
    Standing,
)
from plugins.evaluation.queries import wins
from plugins.evaluation.service import computation
from plugins.evaluation.service.acts import act, criteria_of, locked_season, rules_of
from plugins.evaluation.texts import _


def compute(actor: Actor, place: PlaceView, season_id: UUID) -> Season:
    """Take the indicators as they stand and work out everybody's points and rank.

    Computing again without a change leaves the same result.

    Raises:
        NotFound: ``place`` holds no such season.
        Conflict: it is still open, or already shown for notice.
    """
    with act(actor, "evaluation.season.compute", place, season_id) as entry:
        actor.require(may.SEASON_MANAGE, place)
        season = locked_season(place, season_id)
        if season.state == "open":
            raise Conflict(_("Lock the season first, so that nobody scores meanwhile."))
        if season.state not in ("locked", "computed"):
            raise Conflict(_("The result is public. Correct a score instead."))
        computation.take_readings(season, place, criteria_of(season.version_id))
        ranked = computed(season)
        entry.after = {"state": season.state, "ranked": ranked, "revision": season.revision}
    return season


def computed(season: Season) -> int:
    """Work out points and ranks from what is there; return how many contestants are ranked."""
    scheme, version = rules_of(season)
    db.session.flush()
    rounds = len(calendar.rounds(season, scheme.cycle, version.rhythm, today()))
    ranked = computation.rank(season, scheme.contestants, rounds)
    season.state, season.computed_at = "computed", now()
    season.computed_revision = season.revision
    season.notice_begins_on = season.notice_ends_on = season.objections_end_on = None
    db.session.flush()
    return ranked


def begin_notice(actor: Actor, place: PlaceView, season_id: UUID) -> Season:
    """Show the result to everybody from today, and take objections.

    Days are calendar days of the district, and the day on which notice begins is not counted
    (Civil Code, art. 201): seven days from 1 May end with 8 May.

    Raises:
        NotFound: ``place`` holds no such season.
        Conflict: its result is not computed, or public already, or nobody is ranked.
    """
    with act(actor, "evaluation.season.notify", place, season_id) as entry:
        actor.require(may.SEASON_MANAGE, place)
        season = locked_season(place, season_id)
        if season.state != "computed" or season.computed_revision != season.revision:
            raise Conflict(_("Compute the result first."))
        ranked = select(Standing.contestant_id).filter_by(season_id=season.id).limit(1)
        if db.session.execute(ranked).first() is None:
            raise Conflict(_("Nobody is ranked: Evaluation is switched off at all contestants."))
        _scheme, version = rules_of(season)
        season.state, season.taken_back_at = "notice", None
        season.notice_begins_on = today()
        season.notice_ends_on = today() + timedelta(days=version.notice_days)
        season.objections_end_on = today() + timedelta(days=version.objection_days)
        db.session.flush()
        entry.after = {
            "state": season.state,
            "notice_ends_on": season.notice_ends_on.isoformat(),
            "objections_end_on": season.objections_end_on.isoformat(),
        }
    return season


def award(actor: Actor, place: PlaceView, season_id: UUID) -> Season:
    """Make the result final after its notice: give the awards, and tell it to other plugins.

    An award goes to each rank up to the scheme's last one that reaches the scheme's line and is
    not vetoed; who shares a rank shares the award.

    Raises:
        NotFound: ``place`` holds no such season.
        Conflict: it is not shown for notice, its notice has not ended, or an objection is open.
    """
    with act(actor, "evaluation.season.award", place, season_id) as entry:
        actor.require(may.SEASON_MANAGE, place)
        season = locked_season(place, season_id)
        if season.state != "notice" or season.notice_ends_on is None:
            raise Conflict(_("Awards are given after the public notice."))
        if season.notice_ends_on >= today():
            raise Conflict(
                _("The public notice ends with %(day)s.", day=shown_day(season.notice_ends_on))
            )
        if _has_open_objections(season):
            raise Conflict(_("An objection is not answered yet."))
        _scheme, version = rules_of(season)
        given = _announce(season, version, place)
        entry.after = {"state": season.state, "awards": given}
    return season


def _announce(season: Season, version: SchemeVersion, place: PlaceView) -> int:
    """Write the awards, tell the result, and return how many awards there are."""
    standings = db.session.execute(
        select(
            Contestant.place_id,
            Standing.rank,
            Standing.score,
            Standing.vetoed,
            wins(version).label("won"),
        )
        .join(Contestant, Contestant.id == Standing.contestant_id)
        .where(Standing.season_id == season.id)
        .order_by(Standing.rank, Contestant.place_id)
    ).all()
    winners = [row for row in standings if row.won]
    season.state, season.awarded_at = "awarded", now()
    db.session.add_all(
        Award(
            id=new_id(),
            season_id=season.id,
            place_id=row.place_id,
            title=version.award_title,
            rank=row.rank,
            score=row.score,
            awarded_on=today(),
        )
        for row in winners
    )
    db.session.flush()
    emit(
        ResultAnnounced(
            season=season.id,
            title=season.title,
            begins_on=season.begins_on,
            ends_on=season.ends_on,
            places=[row.place_id for row in standings],
            ranks=[row.rank for row in standings],
            scores=[row.score for row in standings],
            awarded=[row.won for row in standings],
            vetoed=[row.vetoed for row in standings],
        ),
        place,
    )
    return len(winners)


def _has_open_objections(season: Season) -> bool:
    waiting = (
        select(Objection.id)
        .join(Contestant, Contestant.id == Objection.contestant_id)
        .where(Contestant.season_id == season.id, Objection.state == "open")
    )
    return db.session.execute(waiting.limit(1)).first() is not None
