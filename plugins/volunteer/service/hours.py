"""Confirming hours: what was given becomes time that counts, and points, once and only once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Uuid, bindparam, text

from core.sdk import (
    Actor,
    Conflict,
    Invalid,
    NotFound,
    PlaceView,
    db,
    emit,
    local,
    now,
    start_job,
    tenant_id,
)
from plugins.volunteer import permissions as may
from plugins.volunteer import queries, rules
from plugins.volunteer.arrays import array
from plugins.volunteer.events import HoursConfirmed, PointsPosted
from plugins.volunteer.models import Activity, PointsRule
from plugins.volunteer.service import ledger
from plugins.volunteer.service.acts import act, held
from plugins.volunteer.texts import _

CONFIRM_JOB = "volunteer.hours.confirm"
CHUNK = 2_500
"""Attendances of one step, which takes about a tenth of a second."""


@dataclass(frozen=True)
class Confirmed:
    """What one step confirmed: how many attendances, their minutes, and the points given."""

    attendances: int = 0
    minutes: int = 0
    points: int = 0

    def __add__(self, other: Confirmed) -> Confirmed:
        return Confirmed(
            self.attendances + other.attendances,
            self.minutes + other.minutes,
            self.points + other.points,
        )


def confirm(actor: Actor, place: PlaceView, activity_id: UUID) -> UUID:
    """Begin a job that confirms all hours of an activity that wait for it, as suggested.

    Returns the job's id; while one is under way for the activity, that one's.

    Raises:
        NotFound: no such activity at ``place``.
        Conflict: no hours wait.
    """
    with act(actor, "volunteer.hours.confirm", place, activity_id):
        actor.require(may.HOURS_CONFIRM, place)
        activity = held(place, activity_id)
        if not queries.count_waiting(activity.id):
            raise Conflict(_("No hours wait for confirmation."))
        return start_job(
            actor,
            place,
            CONFIRM_JOB,
            {"activity": str(activity.id)},
            key=str(activity.id),
            about=activity.title,
            back=f"/{place.code}/volunteer/{activity.id}/attendance",
        )


def confirm_some(
    actor: Actor, place: PlaceView, activity_id: UUID, minutes: Mapping[UUID, int]
) -> Confirmed:
    """Confirm these attendances with these minutes, all of them or none.

    Raises:
        NotFound: no such activity at ``place``, or an attendance is not of this activity.
        Conflict: one is confirmed already, or not checked out (field ``hours-<attendance>``).
        Invalid: the rule does not allow one's hours (fields ``hours-<attendance>``).
    """
    with act(actor, "volunteer.hours.confirm", place, activity_id) as entry:
        actor.require(may.HOURS_CONFIRM, place)
        activity = held(place, activity_id)
        rows = queries.lock_attendances(activity, list(minutes))
        if len(rows) < len(minutes):
            raise NotFound()
        for row in rows:
            if row.confirmed is not None:
                raise Conflict(_("These hours are confirmed already."), field=_field(row))
            if row.present is None:
                raise Conflict(_("This person has not been checked out."), field=_field(row))
        rule, already = rules.in_force(place), _already(activity, rows)
        wanted = [minutes[UUID(row.id)] for row in rows]
        refused = {
            _field(row): [reason]
            for row, one in zip(rows, wanted, strict=True)
            if (reason := rule.refusal(one, already[row.volunteer]))
        }
        if refused:
            raise Invalid(fields=refused)
        done = _write(actor, place, activity, rule, rows, wanted)
        entry.after = _summary(done)
    return done


def confirm_waiting(actor: Actor, place: PlaceView, activity_id: UUID) -> Confirmed:
    """Confirm the next hours of an activity that wait, as the rule suggests: a step of them.

    What is confirmed already is left alone, so that doing it again changes nothing.
    """
    with act(actor, "volunteer.hours.confirm", place, activity_id) as entry:
        activity = held(place, activity_id)
        rows = queries.lock_waiting(activity, CHUNK)
        if not rows:
            return Confirmed()
        rule, already = rules.in_force(place), _already(activity, rows)
        suggested = [rule.suggested(row.present or 0, already[row.volunteer]) for row in rows]
        done = _write(actor, place, activity, rule, rows, suggested)
        entry.after = _summary(done)
    return done


def _already(activity: Activity, rows: Sequence[queries.Locked]) -> dict[str, int]:
    """Return the minutes that count for the activity's day, by volunteer.

    Asked once the volunteers are locked, so that two activities of one day confirmed at once see
    each other.
    """
    day = local(activity.starts_at).date()
    return queries.minutes_of_day(day, [row.volunteer for row in rows])


_CONFIRM: Any = text(
    "UPDATE p_volunteer__attendance AS a SET minutes_confirmed = given.minutes,"
    " confirmed_at = :at, confirmed_by = :by, rule_id = :rule"
    " FROM unnest(CAST(:ids AS uuid[]), CAST(:minutes AS int[])) AS given (id, minutes)"
    " WHERE a.tenant_id = :tenant AND a.id = given.id"
).bindparams(bindparam("by", type_=Uuid), bindparam("rule", type_=Uuid))


def _write(
    actor: Actor,
    place: PlaceView,
    activity: Activity,
    rule: rules.Rule,
    rows: Sequence[queries.Locked],
    minutes: Sequence[int],
) -> Confirmed:
    version: PointsRule = ledger.version_of(place, rule)
    points = [rule.points(one) for one in minutes]
    db.session.connection().execute(
        _CONFIRM,
        {
            "tenant": tenant_id(),
            "at": now(),
            "by": actor.id,
            "rule": version.id,
            "ids": array(row.id for row in rows),
            "minutes": array(minutes),
        },
    )
    given = [(row, one) for row, one in zip(rows, points, strict=True) if one]
    ledger.post(
        place,
        version.id,
        "hours",
        [ledger.Posting(row.volunteer, one, row.id) for row, one in given],
    )
    emit(
        HoursConfirmed(
            activity.id,
            version.number,
            attendances=[row.id for row in rows],
            volunteers=[row.volunteer for row in rows],
            minutes=list(minutes),
        ),
        place,
    )
    if given:
        emit(
            PointsPosted(
                activity.id,
                version.number,
                volunteers=[row.volunteer for row, _points in given],
                points=[one for _row, one in given],
            ),
            place,
        )
    return Confirmed(len(rows), sum(minutes), sum(points))


def _field(row: queries.Locked) -> str:
    return f"hours-{row.id}"


def _summary(done: Confirmed) -> dict[str, int]:
    return {"attendances": done.attendances, "minutes": done.minutes, "points": done.points}
