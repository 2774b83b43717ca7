"""Reads of who was there, and of hours that wait for confirmation."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Integer,
    Text,
    Uuid,
    case,
    cast,
    column,
    extract,
    func,
    literal,
    select,
)
from sqlalchemy.dialects.postgresql import ARRAY

from core.sdk import NotFound, Page, Paging, PlaceView, db, paged, tenant_id
from plugins.volunteer.arrays import array
from plugins.volunteer.models import Activity, Attendance, PointsRule, SignUp, Volunteer
from plugins.volunteer.rules import Rule


@dataclass(frozen=True)
class Expected:
    """Somebody who signed up, with their presence if they came."""

    sign_up: SignUp
    volunteer: Volunteer
    attendance: Attendance | None
    rule_number: int | None
    """The version of the rule by which the hours were confirmed."""

    @property
    def waits(self) -> bool:
        """Whether there are hours to be confirmed."""
        found = self.attendance
        return bool(found and found.checked_out_at and found.minutes_confirmed is None)


@dataclass(frozen=True)
class Presence:
    """How many are checked in and not out, wait for confirmation, and are confirmed."""

    present: int
    waiting: int
    confirmed: int
    minutes: int


@dataclass(frozen=True)
class Suggestion:
    """What confirming all that wait as suggested comes to, as far as the day's cap lets it.

    How many people, their minutes in all, and how many of them get none.
    """

    people: int
    minutes: int
    without: int


def roster(activity_id: UUID, paging: Paging, *, name: str = "") -> Page[Expected]:
    """Return one page of who signed up, in the order of entry, with their presence.

    Args:
        name: only those whose name contains it.
    """
    query = (
        select(SignUp, Volunteer, Attendance, PointsRule.number)
        .join(Volunteer, Volunteer.id == SignUp.volunteer_id)
        .outerjoin(
            Attendance,
            (Attendance.activity_id == SignUp.activity_id)
            & (Attendance.volunteer_id == SignUp.volunteer_id),
        )
        .outerjoin(PointsRule, PointsRule.id == Attendance.rule_id)
        .where(SignUp.activity_id == activity_id)
        .order_by(SignUp.created_at, SignUp.id)
    )
    if name:
        query = query.where(Volunteer.name.contains(name, autoescape=True))
    found = paged(query, paging)
    return replace(found, rows=[Expected(*row) for row in found.rows])


def attendances(activity_id: UUID, paging: Paging) -> Page[Attendance]:
    """Return one page of an activity's attendances, in the order of checking in."""
    query = (
        select(Attendance)
        .where(Attendance.activity_id == activity_id)
        .order_by(Attendance.checked_in_at, Attendance.id)
    )
    found = paged(query, paging)
    return replace(found, rows=[row[0] for row in found.rows])


def get_attendance(place: PlaceView, attendance_id: UUID) -> Attendance:
    """Return an attendance at an activity of ``place``.

    Raises:
        NotFound: there is none.
    """
    found: Attendance | None = db.session.execute(
        select(Attendance)
        .join(Activity, Activity.id == Attendance.activity_id)
        .where(Attendance.id == attendance_id, Activity.place_id == place.id)
    ).scalar_one_or_none()
    if found is None:
        raise NotFound()
    return found


def attendance_of(activity_id: UUID, volunteer_id: UUID) -> Attendance | None:
    """Return a volunteer's presence at an activity."""
    found: Attendance | None = db.session.execute(
        select(Attendance).filter_by(activity_id=activity_id, volunteer_id=volunteer_id)
    ).scalar_one_or_none()
    return found


def has_attendances(activity_id: UUID) -> bool:
    """Say whether anybody was checked in."""
    found = db.session.execute(
        select(Attendance.id).where(Attendance.activity_id == activity_id).limit(1)
    )
    return found.first() is not None


def presence(activity_id: UUID) -> Presence:
    """Count an activity's attendances by how far they are."""
    row: Any = db.session.execute(
        select(
            func.count().filter(Attendance.checked_out_at.is_(None)),
            func.count().filter(_WAITS),
            func.count(Attendance.minutes_confirmed),
            func.coalesce(func.sum(Attendance.minutes_confirmed), 0),
        ).where(Attendance.activity_id == activity_id)
    ).one()
    return Presence(*row)


def count_waiting(activity_id: UUID) -> int:
    """Return how many were there and left, and wait for their hours."""
    return db.session.execute(
        select(func.count())
        .select_from(Attendance)
        .where(Attendance.activity_id == activity_id, _WAITS)
    ).scalar_one()


def suggestion(activity: Activity, rule: Rule) -> Suggestion:
    """Return what the rule suggests for all who wait, without what they gave elsewhere that day.

    So it is the most that they get, and the fewest who get nothing.
    """
    most = min(rule.cap_minutes, rule.day_cap_minutes)
    capped = func.least(_minutes_present(activity), most, type_=Integer)
    counted = capped // rule.step_minutes * rule.step_minutes
    row: Any = db.session.execute(
        select(
            func.count(),
            func.coalesce(func.sum(counted), 0),
            func.count().filter(counted == 0),
        ).where(Attendance.activity_id == activity.id, _WAITS)
    ).one()
    return Suggestion(*row)


def is_unfinished(phone_index: str) -> bool:
    """Say whether somebody with this number is checked in, or waits for hours, anywhere."""
    found = db.session.execute(
        select(Attendance.id)
        .join(Volunteer, Volunteer.id == Attendance.volunteer_id)
        .where(Volunteer.phone_index == phone_index, Attendance.minutes_confirmed.is_(None))
        .limit(1)
    )
    return found.first() is not None


class Locked(NamedTuple):
    """An attendance that nobody else confirms meanwhile, nor another of the same volunteer.

    Ids are texts, since that is what arrays and events are written with. ``present`` is how many
    whole minutes of the activity the volunteer was there, as ``Attendance.minutes_present`` says;
    nothing while they still are.
    """

    id: str
    volunteer: str
    present: int | None
    confirmed: int | None


def lock_attendances(activity: Activity, ids: Sequence[UUID]) -> list[Locked]:
    """Return these attendances of an activity, theirs and their volunteers' rows locked."""
    return _lock(activity, Attendance.id.in_(ids))


def lock_waiting(activity: Activity, most: int) -> list[Locked]:
    """Return attendances that wait for their hours, locked like :func:`lock_attendances`."""
    return _lock(activity, _WAITS, most=most)


def minutes_of_day(day: date, volunteers: Iterable[str | UUID]) -> dict[str, int]:
    """Return the minutes that count for ``day``, by the volunteer's id as text.

    Asked person by person: a plan that begins with the day would compare all with all.
    """
    given = func.unnest(cast(literal(array(volunteers), Text), ARRAY(Uuid)))
    wanted = given.table_valued(column("id", Uuid), name="wanted").render_derived()
    total = (
        select(func.coalesce(func.sum(Attendance.minutes_confirmed), 0))
        .where(
            Attendance.tenant_id == tenant_id(),
            Attendance.volunteer_id == wanted.c.id,
            Attendance.served_on == day,
        )
        .correlate(wanted)
        .scalar_subquery()
    )
    rows = db.session.execute(select(cast(wanted.c.id, Text), total))
    return {row[0]: row[1] for row in rows}


def _lock(activity: Activity, condition: Any, most: int | None = None) -> list[Locked]:
    """Lock in the order of the volunteers' ids, so that confirmations cannot block each other.

    Two activities of one day wait for each other by the volunteers they share.
    """
    rows = db.session.execute(
        select(
            cast(Attendance.id, Text),
            cast(Attendance.volunteer_id, Text),
            case((Attendance.checked_out_at.is_not(None), _minutes_present(activity))),
            Attendance.minutes_confirmed,
        )
        .join(Volunteer, Volunteer.id == Attendance.volunteer_id)
        .where(Attendance.activity_id == activity.id, condition)
        .order_by(Attendance.volunteer_id)
        .limit(most)
        .with_for_update(key_share=True)
    )
    return [Locked(*row) for row in rows]


def _minutes_present(activity: Activity) -> ColumnElement[int]:
    """Return what ``Attendance.minutes_present`` says, in SQL, of those who left."""
    end = func.least(Attendance.checked_out_at, activity.ends_at)
    stayed = extract("epoch", end - func.greatest(Attendance.checked_in_at, activity.starts_at))
    return func.greatest(0, cast(func.floor(stayed / 60), Integer), type_=Integer)


_WAITS = Attendance.checked_out_at.is_not(None) & Attendance.minutes_confirmed.is_(None)
