"""Verbs of Volunteer: prepare, publish and cancel activities; enter and withdraw sign-ups."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import select

from core.sdk import (
    Actor,
    Conflict,
    NotFound,
    PlaceView,
    attempt,
    cipher,
    db,
    new_id,
    normalise_phone,
    now,
)
from plugins.volunteer import permissions as may
from plugins.volunteer import queries
from plugins.volunteer.models import Activity, SignUp
from plugins.volunteer.texts import _, texts

PHONE = "p_volunteer__sign_up.phone"


def create(actor: Actor, place: PlaceView, data: Mapping[str, Any]) -> Activity:
    """Save a new activity of ``place`` as a draft."""
    activity = Activity(id=new_id(), place_id=place.id, **data)
    with _act(actor, "volunteer.activity.create", place, activity.id) as act:
        actor.require(may.ACTIVITY_EDIT, place)
        db.session.add(activity)
        db.session.flush()
        act.after = _summary(activity)
    return activity


def change(actor: Actor, place: PlaceView, activity_id: UUID, data: Mapping[str, Any]) -> Activity:
    """Replace what an activity says.

    Raises:
        NotFound: no such activity at ``place``.
        Conflict: it is cancelled, or the capacity falls below those who signed up
            (field ``capacity``).
    """
    with _act(actor, "volunteer.activity.change", place, activity_id) as act:
        actor.require(may.ACTIVITY_EDIT, place)
        activity = _locked(place, activity_id)
        act.before = _summary(activity)
        if activity.status == "cancelled":
            raise Conflict(_("A cancelled activity cannot be changed."))
        taken = queries.count_signed_up(activity.id)
        if data["capacity"] < taken:
            raise Conflict(
                texts.plural(
                    "%(num)s person has signed up already.",
                    "%(num)s people have signed up already.",
                    taken,
                ),
                field="capacity",
            )
        for name, value in data.items():
            setattr(activity, name, value)
        db.session.flush()
        act.after = _summary(activity)
    return activity


def publish(actor: Actor, place: PlaceView, activity_id: UUID) -> Activity:
    """Show a draft to everybody.

    Raises:
        NotFound: no such activity at ``place``.
        Conflict: it is not a draft, or it is over.
    """
    with _act(actor, "volunteer.activity.publish", place, activity_id) as act:
        actor.require(may.ACTIVITY_EDIT, place)
        activity = _locked(place, activity_id)
        act.before = _summary(activity)
        if activity.status != "draft":
            raise Conflict(_("Only a draft can be published."))
        if activity.ends_at <= now():
            raise Conflict(_("This activity is over. Change its times first."))
        activity.status, activity.published_at = "published", now()
        db.session.flush()
        act.after = _summary(activity)
    return activity


def cancel(actor: Actor, place: PlaceView, activity_id: UUID, reason: str) -> Activity:
    """Call an activity off; the public page says why.

    Raises:
        NotFound: no such activity at ``place``.
        Conflict: it is cancelled already.
    """
    with _act(actor, "volunteer.activity.cancel", place, activity_id) as act:
        actor.require(may.ACTIVITY_EDIT, place)
        activity = _locked(place, activity_id)
        act.before = _summary(activity)
        if activity.status == "cancelled":
            raise Conflict(_("This activity is cancelled already."))
        activity.status, activity.cancel_reason = "cancelled", reason
        db.session.flush()
        act.after = _summary(activity)
    return activity


def sign_up(actor: Actor, place: PlaceView, activity_id: UUID, name: str, phone: str) -> SignUp:
    """Enter a person who will come. Never more than wanted, however many enter at once.

    Raises:
        NotFound: no such activity at ``place``.
        Conflict: not open, full, or this phone number is entered already (field ``phone``).
        Invalid: not a phone number (field ``phone``).
    """
    with _act(actor, "volunteer.sign_up.create", place, activity_id) as act:
        actor.require(may.SIGN_UP_EDIT, place)
        activity = _locked(place, activity_id)
        if activity.status != "published" or activity.ends_at <= now():
            raise Conflict(_("Sign-up is open for published activities that are not over."))
        entered = SignUp(id=new_id(), activity_id=activity.id, name=name)
        _set_phone(entered, normalise_phone(phone))
        if queries.is_signed_up(activity.id, entered.phone_index):
            raise Conflict(_("This phone number has signed up already."), field="phone")
        if queries.count_signed_up(activity.id) >= activity.capacity:
            raise Conflict(_("All places are taken."))
        db.session.add(entered)
        db.session.flush()
        act.after = {"sign_up": str(entered.id)}
    return entered


def withdraw(actor: Actor, place: PlaceView, activity_id: UUID, sign_up_id: UUID) -> None:
    """Take a sign-up back, which frees the place.

    Raises:
        NotFound: no such sign-up at ``place``, or taken back already.
    """
    with _act(actor, "volunteer.sign_up.withdraw", place, activity_id) as act:
        actor.require(may.SIGN_UP_EDIT, place)
        activity = _locked(place, activity_id)
        act.after = {"sign_up": str(sign_up_id)}
        db.session.delete(queries.get_sign_up(activity, sign_up_id))
        db.session.flush()


def phone_of(entered: SignUp) -> str:
    """Decrypt the phone number of a sign-up."""
    return cipher().open(entered.phone_sealed, PHONE, entered.id)


def _set_phone(entered: SignUp, phone: str) -> None:
    entered.phone_sealed = cipher().seal(phone, PHONE, entered.id)
    entered.phone_index = cipher().blind_index(phone, PHONE)


def _locked(place: PlaceView, activity_id: UUID) -> Activity:
    activity: Activity | None = db.session.execute(
        select(Activity).filter_by(id=activity_id, place_id=place.id).with_for_update()
    ).scalar_one_or_none()
    if activity is None:
        raise NotFound()
    return activity


def _act(actor: Actor, action: str, place: PlaceView, activity_id: UUID) -> Any:
    return attempt(
        actor,
        action,
        object_type="volunteer.activity",
        object_id=activity_id,
        place_code=place.code,
    )


def _summary(activity: Activity) -> dict[str, Any]:
    return {
        "title": activity.title,
        "status": activity.status,
        "starts_at": activity.starts_at.isoformat(),
        "ends_at": activity.ends_at.isoformat(),
        "capacity": activity.capacity,
    }
