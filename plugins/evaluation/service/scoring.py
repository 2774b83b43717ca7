"""Entering scores: all that is sent at once, or nothing of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.dialects.postgresql import insert

from core.sdk import (
    Actor,
    Conflict,
    Forbidden,
    Invalid,
    NotFound,
    Place,
    PlaceView,
    db,
    new_id,
    now,
    tenant_id,
    today,
)
from plugins.evaluation import calendar
from plugins.evaluation import permissions as may
from plugins.evaluation.models import Contestant, Criterion, Score, Scorer, Season
from plugins.evaluation.queries import seen_from
from plugins.evaluation.service.acts import act, criteria_of, rules_of
from plugins.evaluation.service.entries import refusal, seat
from plugins.evaluation.texts import _

Values = Mapping[str, int | None]
"""What is entered, by the criterion's key: hundredths, a number, or 1 and 0. ``None`` is nothing
and leaves what is there."""


def enter(
    actor: Actor,
    place: PlaceView,
    season_id: UUID,
    contestant_place_id: UUID,
    round: int,
    values: Values,
    remarks: Mapping[str, str],
) -> int:
    """Enter what the actor found at one contestant; return how many entries are new or changed.

    Entering the same again changes nothing. A mark is the scorer's own, beside those of others; of
    a count and a veto there is one for each round, which the last one says.

    Raises:
        NotFound: no such season is seen from ``place``, or it has no such contestant or round.
        Conflict: scoring is closed, or the round has not begun (field ``round``).
        Forbidden: the actor is not appointed in this season.
        Invalid: what cannot be entered, by field ``score-<key>``: an unknown criterion, one of
            another role, a value out of range, or a contestant for whom the actor works.
    """
    return _enter(
        actor,
        place,
        season_id,
        round,
        {contestant_place_id: values},
        lambda _contestant, key: f"score-{key}",
        remarks,
    )


def enter_many(
    actor: Actor,
    place: PlaceView,
    season_id: UUID,
    round: int,
    values: Mapping[UUID, Values],
) -> int:
    """Enter what the actor found at several contestants, by the ids of their places.

    Like :func:`enter`, for all of them or none; fields are ``score-<place id>-<key>``, and remarks
    stay as they are.
    """
    return _enter(
        actor,
        place,
        season_id,
        round,
        values,
        lambda contestant, key: f"score-{contestant}-{key}",
        None,
    )


def _enter(
    actor: Actor,
    place: PlaceView,
    season_id: UUID,
    round: int,
    values: Mapping[UUID, Values],
    field: Callable[[UUID, str], str],
    remarks: Mapping[str, str] | None,
) -> int:
    with act(actor, "evaluation.score.enter", place, season_id) as entry:
        actor.require(may.SCORE_ENTER, place)
        season = _held(place, season_id)
        roles = _roles(actor, season)
        _check_round(season, round)
        criteria = {one.key: one for one in criteria_of(season.version_id)}
        contestants = _contestants(season, values)
        refused: dict[str, list[Any]] = {}
        rows = []
        for at, entered in values.items():
            contestant, view = contestants[at]
            for key, value in entered.items():
                if value is None:
                    continue
                if said := _refusal(actor, view, criteria.get(key), roles, value):
                    refused[field(at, key)] = [said]
                    continue
                rows.append(
                    _row(
                        criteria[key], contestant, round, value, roles, (remarks or {}).get(key, "")
                    )
                )
        if refused:
            raise Invalid(fields=refused)
        changed = _write(rows, with_remarks=remarks is not None)
        entry.after = {"round": round, "contestants": len(values), "changed": changed}
    return changed


def _held(place: PlaceView, season_id: UUID) -> Season:
    """The season, which nobody locks meanwhile while others score too."""
    season: Season | None = db.session.execute(
        select(Season).where(Season.id == season_id, seen_from(place)).with_for_update(read=True)
    ).scalar_one_or_none()
    if season is None:
        raise NotFound()
    if season.state != "open":
        raise Conflict(_("This season is closed for scoring."))
    return season


def _roles(actor: Actor, season: Season) -> dict[str, UUID]:
    """The actor's appointments in a season: scorers' ids by role."""
    found = db.session.execute(
        select(Scorer.role, Scorer.id).where(
            Scorer.season_id == season.id, Scorer.user_id == actor.id
        )
    )
    roles = {row.role: row.id for row in found}
    if not roles:
        raise Forbidden(_("You are not appointed to score in this season."))
    return roles


def _check_round(season: Season, round: int) -> None:
    scheme, version = rules_of(season)
    for one in calendar.rounds(season, scheme.cycle, version.rhythm, today()):
        if one.number == round:
            if not one.begun:
                raise Conflict(_("This round has not begun."), field="round")
            return
    raise NotFound()


def _contestants(season: Season, places: Iterable[UUID]) -> dict[UUID, tuple[UUID, PlaceView]]:
    """Contestants by the ids of their places."""
    wanted = list(places)
    found = {
        place.id: (contestant_id, place.view)
        for contestant_id, place in db.session.execute(
            select(Contestant.id, Place)
            .join(Place, Place.id == Contestant.place_id)
            .where(Contestant.season_id == season.id, Contestant.place_id.in_(wanted))
        )
    }
    if len(found) < len(wanted):
        raise NotFound()
    return found


def _refusal(
    actor: Actor,
    contestant: PlaceView,
    criterion: Criterion | None,
    roles: Mapping[str, UUID],
    value: int,
) -> Any:
    if criterion is None or criterion.scorers is None:
        return _("There is nothing of that name to score.")
    if criterion.scorers not in roles:
        return _("This is entered by %(role)s.", role=criterion.scorers)
    if actor.works_in(contestant):
        return _("You work for %(place)s, so others score it.", place=contestant.name)
    return refusal(criterion, value)


def _row(
    criterion: Criterion,
    contestant_id: UUID,
    round: int,
    value: int,
    roles: Mapping[str, UUID],
    remark: str,
) -> dict[str, Any]:
    scorer_id = roles[criterion.scorers or ""]
    return {
        "tenant_id": tenant_id(),
        "id": new_id(),
        "contestant_id": contestant_id,
        "criterion_id": criterion.id,
        "round": round,
        "seat": seat(criterion, scorer_id, contestant_id),
        "value": value,
        "remark": remark,
        "scorer_id": scorer_id,
        "scored_at": now(),
    }


def _write(rows: list[dict[str, Any]], *, with_remarks: bool) -> int:
    """Add or replace entries; return how many say something else than before.

    In one order for everybody, so that two who score the same at once wait and do not lock each
    other out.
    """
    if not rows:
        return 0
    table: Any = Score.__table__
    entering = insert(table)
    new = entering.excluded
    says = ("value", "remark") if with_remarks else ("value",)
    writing = entering.on_conflict_do_update(
        constraint="p_evaluation__score_seat_key",
        set_={name: new[name] for name in (*says, "scorer_id", "scored_at")},
        where=or_(*(table.c[name] != new[name] for name in says)),
    ).returning(table.c.id)
    rows.sort(key=lambda row: (row["contestant_id"], row["criterion_id"]))
    return len(db.session.connection().execute(writing, rows).all())
