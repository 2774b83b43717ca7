"""Preparing, publishing and cancelling activities; entering and withdrawing sign-ups."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from core.sdk import Actor, Conflict, PlaceView, db, local, new_id, normalise_phone, now
from plugins.volunteer import permissions as may
from plugins.volunteer import queries
from plugins.volunteer.models import Activity, SignUp
from plugins.volunteer.service import people
from plugins.volunteer.service.acts import act, locked
from plugins.volunteer.texts import _, texts

CODE_DIGITS = 6


def create(actor: Actor, place: PlaceView, data: Mapping[str, Any]) -> Activity:
    """Save a new activity of ``place`` as a draft."""
    activity = Activity(id=new_id(), place_id=place.id, **data)
    with act(actor, "volunteer.activity.create", place, activity.id) as entry:
        actor.require(may.ACTIVITY_EDIT, place)
        db.session.add(activity)
        db.session.flush()
        entry.after = _summary(activity)
    return activity


def change(actor: Actor, place: PlaceView, activity_id: UUID, data: Mapping[str, Any]) -> Activity:
    """Replace what an activity says.

    Raises:
        NotFound: no such activity at ``place``.
        Conflict: it is cancelled, the capacity falls below those who signed up (field
            ``capacity``), or the day changes when people were there (field ``starts_at``).
    """
    with act(actor, "volunteer.activity.change", place, activity_id) as entry:
        actor.require(may.ACTIVITY_EDIT, place)
        activity = locked(place, activity_id)
        entry.before = _summary(activity)
        if activity.status == "cancelled":
            raise Conflict(_("A cancelled activity cannot be changed."))
        taken = queries.count_signed_up(activity.id)
        if data["capacity"] < min(taken, activity.capacity):
            raise Conflict(
                texts.plural(
                    "%(num)s person has signed up already.",
                    "%(num)s people have signed up already.",
                    taken,
                ),
                field="capacity",
            )
        if local(data["starts_at"]).date() != local(activity.starts_at).date():
            _refuse_if_attended(activity, "starts_at")
        for name, value in data.items():
            setattr(activity, name, value)
        db.session.flush()
        entry.after = _summary(activity)
    return activity


def publish(actor: Actor, place: PlaceView, activity_id: UUID) -> Activity:
    """Show a draft to everybody.

    Raises:
        NotFound: no such activity at ``place``.
        Conflict: it is not a draft, or it is over.
    """
    with act(actor, "volunteer.activity.publish", place, activity_id) as entry:
        actor.require(may.ACTIVITY_EDIT, place)
        activity = locked(place, activity_id)
        entry.before = _summary(activity)
        if activity.status != "draft":
            raise Conflict(_("Only a draft can be published."))
        if activity.ends_at <= now():
            raise Conflict(_("This activity is over. Change its times first."))
        activity.status, activity.published_at = "published", now()
        activity.check_in_code = _new_code()
        db.session.flush()
        entry.after = _summary(activity)
    return activity


def cancel(actor: Actor, place: PlaceView, activity_id: UUID, reason: str) -> Activity:
    """Call an activity off; the public page says why.

    Raises:
        NotFound: no such activity at ``place``.
        Conflict: it is cancelled already, or people were there.
    """
    with act(actor, "volunteer.activity.cancel", place, activity_id) as entry:
        actor.require(may.ACTIVITY_EDIT, place)
        activity = locked(place, activity_id)
        entry.before = _summary(activity)
        if activity.status == "cancelled":
            raise Conflict(_("This activity is cancelled already."))
        _refuse_if_attended(activity, None)
        activity.status, activity.cancel_reason = "cancelled", reason
        db.session.flush()
        entry.after = _summary(activity)
    return activity


def sign_up(actor: Actor, place: PlaceView, activity_id: UUID, name: str, phone: str) -> SignUp:
    """Enter a person who will come. Never more than wanted, however many enter at once.

    Raises:
        NotFound: no such activity at ``place``.
        Conflict: not open, full, this phone number is entered already (field ``phone``), or it is
            known under another name (field ``name``).
        Invalid: not a phone number (field ``phone``).
    """
    with act(actor, "volunteer.sign_up.create", place, activity_id) as entry:
        actor.require(may.SIGN_UP_EDIT, place)
        activity = locked(place, activity_id)
        if activity.status != "published" or activity.ends_at <= now():
            raise Conflict(_("Sign-up is open for published activities that are not over."))
        number = normalise_phone(phone)
        if (known := people.known(place, number)) and queries.has_signed_up(activity.id, known.id):
            raise Conflict(_("This phone number has signed up already."), field="phone")
        if queries.count_signed_up(activity.id) >= activity.capacity:
            raise Conflict(_("All places are taken."))
        volunteer = people.entered(place, name, number)
        entered = SignUp(id=new_id(), activity_id=activity.id, volunteer_id=volunteer.id)
        db.session.add(entered)
        db.session.flush()
        entry.after = {"sign_up": str(entered.id)}
    return entered


def withdraw(actor: Actor, place: PlaceView, activity_id: UUID, sign_up_id: UUID) -> None:
    """Take a sign-up back, which frees the place.

    Raises:
        NotFound: no such sign-up at ``place``, or taken back already.
        Conflict: the person was there.
    """
    with act(actor, "volunteer.sign_up.withdraw", place, activity_id) as entry:
        actor.require(may.SIGN_UP_EDIT, place)
        activity = locked(place, activity_id)
        entry.after = {"sign_up": str(sign_up_id)}
        entered = queries.get_sign_up(activity, sign_up_id)
        if queries.attendance_of(activity.id, entered.volunteer_id) is not None:
            raise Conflict(_("This person was there, so the sign-up stays."))
        db.session.delete(entered)
        db.session.flush()


def renew_code(actor: Actor, place: PlaceView, activity_id: UUID) -> str:
    """Give a published activity another code to show on site; the one before ends.

    Raises:
        NotFound: no such activity at ``place``.
        Conflict: it is not published.
    """
    with act(actor, "volunteer.activity.renew_code", place, activity_id):
        actor.require(may.ATTENDANCE_EDIT, place)
        activity = locked(place, activity_id)
        if activity.status != "published":
            raise Conflict(_("People are checked in at published activities."))
        activity.check_in_code = code = _new_code()
        db.session.flush()
    return code


def _refuse_if_attended(activity: Activity, field: str | None) -> None:
    if queries.has_attendances(activity.id):
        raise Conflict(_("People have been checked in already."), field=field)


def _new_code() -> str:
    return f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}}"


def _summary(activity: Activity) -> dict[str, Any]:
    return {
        "title": activity.title,
        "status": activity.status,
        "starts_at": activity.starts_at.isoformat(),
        "ends_at": activity.ends_at.isoformat(),
        "capacity": activity.capacity,
    }
