"""Checking in and out: by staff, for those who signed up and those who just came."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from core.sdk import Actor, Conflict, NotFound, PlaceView, db, local, new_id, now, tenant_id
from plugins.volunteer import permissions as may
from plugins.volunteer import queries
from plugins.volunteer.models import Activity, Attendance, SignUp
from plugins.volunteer.service import people
from plugins.volunteer.service.acts import act, held, locked
from plugins.volunteer.texts import _


@dataclass(frozen=True)
class Refusals:
    """How somebody is told why a person cannot be checked in or out."""

    is_in: Any
    not_in: Any
    is_out: Any
    just_now: Any


TO_STAFF = Refusals(
    is_in=_("This person has been checked in already."),
    not_in=_("This person has not been checked in, so cannot be checked out."),
    is_out=_("This person has been checked out already."),
    just_now=_("This person was checked in only just now. Please try again."),
)
OPENS_BEFORE = timedelta(hours=2)
"""How long before the beginning people may be checked in."""


def check_in(actor: Actor, place: PlaceView, activity_id: UUID, volunteer_id: UUID) -> UUID:
    """Note that somebody who signed up is there now; return the attendance's id.

    Raises:
        NotFound: no such activity at ``place``, or this volunteer has not signed up for it.
        Conflict: the activity is not open for it, or the volunteer is checked in already.
    """
    with act(actor, "volunteer.attendance.check_in", place, activity_id) as entry:
        actor.require(may.ATTENDANCE_EDIT, place)
        activity = held(place, activity_id)
        if not queries.has_signed_up(activity.id, volunteer_id):
            raise NotFound()
        refuse_unless_open(activity)
        attendance = note_presence(activity, volunteer_id, "staff")
        entry.after = {"attendance": str(attendance)}
    return attendance


def walk_in(actor: Actor, place: PlaceView, activity_id: UUID, name: str, phone: str) -> UUID:
    """Note that somebody is there now, who is signed up with that; return the attendance's id.

    Those who come are never too many: the capacity limits who signs up beforehand.

    Raises:
        NotFound: no such activity at ``place``.
        Invalid: not a mobile number (field ``phone``).
        Conflict: as for :func:`check_in`, or the number is known under another name (field
            ``name``).
    """
    with act(actor, "volunteer.attendance.walk_in", place, activity_id) as entry:
        actor.require(may.ATTENDANCE_EDIT, place)
        activity = locked(place, activity_id)
        refuse_unless_open(activity)
        volunteer = people.entered(place, name, phone)
        db.session.execute(
            insert(SignUp)
            .values(
                tenant_id=tenant_id(),
                id=new_id(),
                activity_id=activity.id,
                volunteer_id=volunteer.id,
                created_at=now(),
            )
            .on_conflict_do_nothing()
        )
        attendance = note_presence(activity, volunteer.id, "staff")
        entry.after = {"attendance": str(attendance)}
    return attendance


def check_out(actor: Actor, place: PlaceView, activity_id: UUID, volunteer_id: UUID) -> UUID:
    """Note that somebody leaves now; return the attendance's id.

    Raises:
        NotFound: no such activity at ``place``, or this volunteer has not signed up for it.
        Conflict: not checked in, or checked out already.
    """
    with act(actor, "volunteer.attendance.check_out", place, activity_id) as entry:
        actor.require(may.ATTENDANCE_EDIT, place)
        activity = held(place, activity_id)
        if not queries.has_signed_up(activity.id, volunteer_id):
            raise NotFound()
        attendance = note_leaving(activity, volunteer_id)
        entry.after = {"attendance": str(attendance)}
    return attendance


def takes_people(activity: Activity) -> bool:
    """Say whether staff may check people in at ``activity`` now."""
    return activity.status == "published" and now() >= activity.starts_at - OPENS_BEFORE


def refuse_unless_open(activity: Activity) -> None:
    """Go on only with a published activity that begins within two hours or has begun.

    Raises:
        Conflict: it is another one.
    """
    if activity.status != "published":
        raise Conflict(_("People are checked in at published activities."))
    if now() < activity.starts_at - OPENS_BEFORE:
        raise Conflict(_("Checking in opens 2 hours before the activity begins."))


def note_presence(
    activity: Activity, volunteer_id: UUID, how: str, refusals: Refusals = TO_STAFF
) -> UUID:
    """Write that a volunteer is there from now on; return the attendance's id.

    Raises:
        Conflict: written before, whether they left since or not.
    """
    written: UUID | None = db.session.execute(
        insert(Attendance)
        .values(
            tenant_id=tenant_id(),
            id=new_id(),
            activity_id=activity.id,
            volunteer_id=volunteer_id,
            served_on=local(activity.starts_at).date(),
            checked_in_at=now(),
            how=how,
        )
        .on_conflict_do_nothing()
        .returning(Attendance.id)
    ).scalar_one_or_none()
    if written is None:
        found = queries.attendance_of(activity.id, volunteer_id)
        left = found is not None and found.checked_out_at is not None
        raise Conflict(refusals.is_out if left else refusals.is_in)
    return written


def note_leaving(activity: Activity, volunteer_id: UUID, refusals: Refusals = TO_STAFF) -> UUID:
    """Write that a volunteer leaves now; return the attendance's id.

    Raises:
        Conflict: not checked in, or checked out before; or checked in only just now, which the
            clock of another machine may put later than this one's.
    """
    attendance: Attendance | None = db.session.execute(
        select(Attendance)
        .filter_by(activity_id=activity.id, volunteer_id=volunteer_id)
        .with_for_update()
    ).scalar_one_or_none()
    if attendance is None:
        raise Conflict(refusals.not_in)
    if attendance.checked_out_at is not None:
        raise Conflict(refusals.is_out)
    at = now()
    if at <= attendance.checked_in_at:
        raise Conflict(refusals.just_now)
    attendance.checked_out_at = at
    db.session.flush()
    return attendance.id
