"""Entering scores: all that is sent at once, or nothing of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, cast
from uuid import UUID

from sqlalchemy import Table, or_, select
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
from plugins.evaluation import calendar, showing
from plugins.evaluation import permissions as may
from plugins.evaluation.models import Contestant, Criterion, Score, Scorer, Season
from plugins.evaluation.queries import seen_from
from plugins.evaluation.service.acts import act, criteria_of, rules_of
from plugins.evaluation.service.entries import refusal, seat
from plugins.evaluation.texts import _

Values = Mapping[str, int | None]
"""What is entered, by the criterion's key: hundredths, a number, or 1 and 0. ``None`` is nothing
and leaves what is there."""
Shown = Mapping[str, int | None]
"""What stood there when it was shown to the person, by the criterion's key; ``None`` is nothing."""


@dataclass(frozen=True)
class _Entry:
    """One value that is entered, and what stands in its place."""

    contestant_id: UUID
    place: PlaceView
    criterion: Criterion
    value: int
    remark: str
    before: Score | None

    @property
    def changes(self) -> bool:
        """Whether it says something else than what stands there."""
        stands = self.before
        return stands is None or (stands.value, stands.remark) != (self.value, self.remark)


def enter(
    actor: Actor,
    place: PlaceView,
    season_id: UUID,
    contestant_place_id: UUID,
    round: int,
    values: Values,
    remarks: Mapping[str, str],
    shown: Shown | None = None,
) -> int:
    """Enter what the actor found at one contestant; return how many entries are new or changed.

    Entering the same again changes nothing. A mark is the scorer's own, beside those of others; of
    a count and a veto there is one for each round, which the last one says. Remarks that are not
    given stay.

    Args:
        shown: what the actor saw before; where something else stands by now, nothing is replaced.

    Raises:
        NotFound: no such season is seen from ``place``, or it has no such contestant or round.
        Conflict: scoring is closed (field ``season``), or the round has not begun (field
            ``round``).
        Forbidden: the actor is not appointed in this season.
        Invalid: what cannot be entered, by field ``score-<key>``: an unknown criterion, one of
            another role, a value out of range, a contestant for whom the actor works, or what
            was changed since it was ``shown``.
    """
    return _enter(
        actor,
        place,
        season_id,
        round,
        {contestant_place_id: values},
        lambda _contestant, key: f"score-{key}",
        remarks,
        None if shown is None else {contestant_place_id: shown},
    )


def enter_many(
    actor: Actor,
    place: PlaceView,
    season_id: UUID,
    round: int,
    values: Mapping[UUID, Values],
    shown: Mapping[UUID, Shown] | None = None,
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
        {},
        shown,
    )


def _enter(
    actor: Actor,
    place: PlaceView,
    season_id: UUID,
    round: int,
    values: Mapping[UUID, Values],
    field: Callable[[UUID, str], str],
    remarks: Mapping[str, str],
    shown: Mapping[UUID, Shown] | None,
) -> int:
    with act(actor, "evaluation.score.enter", place, season_id) as entry:
        actor.require(may.SCORE_ENTER, place)
        season = _held(place, season_id)
        roles = _roles(actor, season)
        _check_round(season, round)
        criteria = {one.key: one for one in criteria_of(season.version_id)}
        contestants = _contestants(season, values)
        stands = _standing(contestants, criteria, roles, round)
        refused: dict[str, list[Any]] = {}
        entries = []
        for at, entered in values.items():
            contestant, view = contestants[at]
            for key, value in entered.items():
                if value is None:
                    continue
                before = stands.get((contestant, key))
                seen = (before and before.value) if shown is None else shown.get(at, {}).get(key)
                if said := _refusal(actor, view, criteria.get(key), roles, value):
                    refused[field(at, key)] = [said]
                elif before is not None and before.value not in (seen, value):
                    refused[field(at, key)] = [_meanwhile(criteria[key], before.value)]
                else:
                    remark = remarks.get(key, before.remark if before else "")
                    entries.append(_Entry(contestant, view, criteria[key], value, remark, before))
        if refused:
            raise Invalid(fields=refused)
        changed = [one for one in entries if one.changes]
        _write(changed, round, roles)
        entry.after = {
            "round": round,
            "contestants": len(values),
            "changed": [_said(one, round) for one in changed],
        }
    return len(changed)


def _held(place: PlaceView, season_id: UUID) -> Season:
    """The season, which nobody locks meanwhile while others score too."""
    season: Season | None = db.session.execute(
        select(Season).where(Season.id == season_id, seen_from(place)).with_for_update(read=True)
    ).scalar_one_or_none()
    if season is None:
        raise NotFound()
    if season.state != "open":
        raise Conflict(_("This season is closed for scoring."), field="season")
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
    """Contestants by the ids of their places, at which nobody else enters meanwhile.

    In one order for everybody, so that two who score the same at once wait and do not lock each
    other out.
    """
    wanted = list(places)
    found = {
        place.id: (contestant_id, place.view)
        for contestant_id, place in db.session.execute(
            select(Contestant.id, Place)
            .join(Place, Place.id == Contestant.place_id)
            .where(Contestant.season_id == season.id, Contestant.place_id.in_(wanted))
            .order_by(Contestant.id)
            .with_for_update(of=Contestant, key_share=True)
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


def _meanwhile(criterion: Criterion, value: int) -> Any:
    stands = showing.entry(criterion, value)
    return _(
        "%(value)s was entered here meanwhile. Send yours again if it is to replace that.",
        value=stands,
    )


def _standing(
    contestants: Mapping[UUID, tuple[UUID, PlaceView]],
    criteria: Mapping[str, Criterion],
    roles: Mapping[str, UUID],
    round: int,
) -> dict[tuple[UUID, str], Score]:
    """What stands where the actor enters: by contestant and the criterion's key."""
    keys = {one.id: (key, one) for key, one in criteria.items()}
    found = db.session.execute(
        select(Score).where(
            Score.contestant_id.in_([contestant for contestant, _view in contestants.values()]),
            Score.round == round,
            or_(Score.seat.in_(roles.values()), Score.seat == Score.contestant_id),
        ),
        execution_options={"populate_existing": True},
    ).scalars()
    stands = {}
    for score in found:
        key, criterion = keys[score.criterion_id]
        own = roles.get(criterion.scorers or "")
        if own and score.seat == seat(criterion, own, score.contestant_id):
            stands[score.contestant_id, key] = score
    return stands


def _said(entry: _Entry, round: int) -> dict[str, Any]:
    """What the audit log keeps of an entry."""
    return {
        "contestant": entry.place.code,
        "criterion": entry.criterion.key,
        "round": round,
        "old": None if entry.before is None else entry.before.value,
        "new": entry.value,
    }


def _write(entries: list[_Entry], round: int, roles: Mapping[str, UUID]) -> None:
    """Add or replace entries, in one statement."""
    if not entries:
        return
    rows = [
        {
            "tenant_id": tenant_id(),
            "id": new_id(),
            "contestant_id": one.contestant_id,
            "criterion_id": one.criterion.id,
            "round": round,
            "seat": seat(one.criterion, roles[one.criterion.scorers or ""], one.contestant_id),
            "value": one.value,
            "remark": one.remark,
            "scorer_id": roles[one.criterion.scorers or ""],
            "scored_at": now(),
        }
        for one in entries
    ]
    entering = insert(cast(Table, Score.__table__))
    db.session.connection().execute(
        entering.on_conflict_do_update(
            constraint="p_evaluation__score_seat_key",
            set_={
                name: entering.excluded[name]
                for name in ("value", "remark", "scorer_id", "scored_at")
            },
        ),
        rows,
    )
