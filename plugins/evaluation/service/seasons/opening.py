"""Opening a season, and closing it for scoring."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select

from core.sdk import (
    Actor,
    Conflict,
    Invalid,
    Place,
    PlaceView,
    db,
    in_scope,
    new_id,
    now,
    shown_day,
    today,
    where_plugin_active,
)
from plugins.evaluation import calendar
from plugins.evaluation import permissions as may
from plugins.evaluation.models import Contestant, Scheme, SchemeVersion, Season
from plugins.evaluation.queries import unscored
from plugins.evaluation.service.acts import act, locked_scheme, locked_season, rules_of
from plugins.evaluation.texts import _, texts

SHOWN_MISSING = 3


def open(actor: Actor, place: PlaceView, scheme_id: UUID, begins_on: date, title: str) -> Season:
    """Open a season of a scheme's last published version; who competes is decided now.

    All places of the scheme's kind below ``place`` compete, as far as Evaluation is active there.

    Args:
        begins_on: the first day of a month; the last day follows from the scheme's cycle.

    Raises:
        NotFound: ``place`` has no such scheme.
        Invalid: not the first of a month (field ``begins_on``).
        Conflict: no version is published, nobody would compete, or a season of this scheme has
            some of the days already (field ``begins_on``).
    """
    season_id = new_id()
    with act(actor, "evaluation.season.open", place, season_id) as entry:
        actor.require(may.SEASON_MANAGE, place)
        scheme = locked_scheme(place, scheme_id)
        version = _published(scheme)
        _check_first_day(scheme, begins_on)
        season = Season(
            id=season_id,
            place_id=place.id,
            version_id=version.id,
            title=title,
            begins_on=begins_on,
            ends_on=calendar.last_day(begins_on, scheme.cycle),
        )
        contestants = _contestants(place, scheme)
        if not contestants:
            raise Conflict(_("Nobody would compete: Evaluation is not switched on below here."))
        db.session.add(season)
        db.session.flush()
        db.session.execute(
            insert(Contestant),
            [{"id": new_id(), "season_id": season.id, "place_id": one} for one in contestants],
        )
        entry.after = {
            "scheme": str(scheme.id),
            "version": version.number,
            "title": title,
            "begins_on": begins_on.isoformat(),
            "contestants": len(contestants),
        }
    return season


def lock(actor: Actor, place: PlaceView, season_id: UUID, reason: str = "") -> Season:
    """Close a season for scoring.

    A season that has not ended, or in which something is not scored, or in which a contestant was
    marked by fewer people than another, is locked only with a reason, which is shown with the
    result: what is not scored gives nothing. Nobody waits for contestants at which Evaluation is
    switched off, since they will not be ranked.

    Raises:
        NotFound: ``place`` holds no such season.
        Conflict: it is not open; or it has not ended or not everything is scored, and there is no
            ``reason`` (field ``reason``).
    """
    with act(actor, "evaluation.season.lock", place, season_id) as entry:
        actor.require(may.SEASON_MANAGE, place)
        season = locked_season(place, season_id)
        if season.state != "open":
            raise Conflict(_("This season is locked already."))
        reason = reason.strip()
        if not reason:
            if season.ends_on >= today():
                raise Conflict(
                    _(
                        "The season ends on %(day)s. Give a reason to lock it before.",
                        day=shown_day(season.ends_on),
                    ),
                    field="reason",
                )
            _refuse_unscored(season)
        season.state, season.locked_at, season.lock_reason = "locked", now(), reason
        season.revision += 1
        db.session.flush()
        entry.after = {"state": season.state, "reason": reason}
    return season


def _published(scheme: Scheme) -> SchemeVersion:
    version: SchemeVersion | None = db.session.execute(
        select(SchemeVersion)
        .where(SchemeVersion.scheme_id == scheme.id, SchemeVersion.published_at.is_not(None))
        .order_by(SchemeVersion.number.desc())
        .limit(1)
    ).scalar_one_or_none()
    if version is None:
        raise Conflict(_("Publish the scheme before you open a season."))
    return version


def _check_first_day(scheme: Scheme, begins_on: date) -> None:
    if begins_on.day != 1:
        raise Invalid(_("A season begins on the first day of a month."), field="begins_on")
    if not calendar.FIRST_YEAR <= begins_on.year <= calendar.LAST_YEAR:
        raise Invalid(_("This year cannot be."), field="begins_on")
    taken = (
        select(Season.begins_on, Season.ends_on)
        .join(SchemeVersion, SchemeVersion.id == Season.version_id)
        .where(
            SchemeVersion.scheme_id == scheme.id,
            Season.begins_on <= calendar.last_day(begins_on, scheme.cycle),
            Season.ends_on >= begins_on,
        )
        .order_by(Season.begins_on)
        .limit(1)
    )
    other = db.session.execute(taken).one_or_none()
    if other is not None:
        raise Conflict(
            _(
                "A season of this scheme lasts from %(first)s to %(last)s; two cannot share days.",
                first=shown_day(other.begins_on),
                last=shown_day(other.ends_on),
            ),
            field="begins_on",
        )


def _contestants(place: PlaceView, scheme: Scheme) -> list[UUID]:
    kind: Any = scheme.contestants
    return list(
        db.session.execute(
            select(Place.id)
            .where(
                in_scope(Place, place.code),
                Place.kind == kind,
                where_plugin_active("evaluation", kind),
            )
            .order_by(Place.code)
        ).scalars()
    )


def _refuse_unscored(season: Season) -> None:
    scheme, version = rules_of(season)
    rounds = len(calendar.rounds(season, scheme.cycle, version.rhythm, today()))
    number, first = unscored(season, scheme.contestants, rounds, SHOWN_MISSING)
    if not number:
        return
    named = [
        str(_("%(place)s, round %(round)s: %(title)s", place=place, round=at, title=title))
        for place, at, title in first
    ]
    raise Conflict(
        texts.plural(
            "%(num)s score is missing (%(first)s). Give a reason to lock without it.",
            "%(num)s scores are missing (%(first)s …). Give a reason to lock without them.",
            number,
            first=str(_("; ")).join(named),
        ),
        field="reason",
    )
