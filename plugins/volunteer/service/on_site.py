"""Checking oneself in and out by the code that is shown on site."""

from __future__ import annotations

import hmac
from datetime import timedelta
from typing import Literal
from uuid import UUID

from core.sdk import Actor, Conflict, Invalid, PlaceView, normalise_phone, now, settings_of
from plugins.volunteer import queries
from plugins.volunteer.models import Activity
from plugins.volunteer.rules import PLUGIN
from plugins.volunteer.service import people
from plugins.volunteer.service.acts import act, held
from plugins.volunteer.service.attendance import (
    OPENS_BEFORE,
    Refusals,
    note_leaving,
    note_presence,
)
from plugins.volunteer.texts import _

Direction = Literal["in", "out"]
CLOSES_AFTER = timedelta(hours=6)
"""How long after the end people may still check themselves out."""
TO_THEMSELVES = Refusals(
    is_in=_("You have checked in already."),
    not_in=_("You have not checked in yet, so you cannot check out."),
    is_out=_("You have checked out already. Please ask the staff if that was a mistake."),
    just_now=_("You checked in only just now. Please try again."),
)


def is_open(place: PlaceView, activity: Activity) -> bool:
    """Say whether people may check themselves in or out at ``activity`` now."""
    return (
        activity.status == "published"
        and activity.check_in_code is not None
        and activity.starts_at - OPENS_BEFORE <= now() <= activity.ends_at + CLOSES_AFTER
        and bool(settings_of(PLUGIN, place)["check_in_by_code"])
    )


def by_code(
    actor: Actor, place: PlaceView, activity_id: UUID, direction: Direction, code: str, phone: str
) -> None:
    """Check somebody in or out who shows to be on site by ``code`` and who signed up.

    Nothing is learnt about who signed up without the code: a wrong one and an unknown number are
    answered alike.

    Raises:
        NotFound: no such activity at ``place``.
        Invalid: not a mobile number (field ``phone``); or wrong code or unknown number.
        Conflict: not open now; in or out already, or out before in.
    """
    with act(actor, f"volunteer.attendance.self_{direction}", place, activity_id) as entry:
        activity = held(place, activity_id)
        if not is_open(place, activity):
            raise Conflict(_("Checking in by code is not open now. Please ask the staff."))
        volunteer = people.known(place, normalise_phone(phone))
        right = hmac.compare_digest(str(activity.check_in_code).encode(), code.encode())
        signed_up = volunteer is not None and queries.has_signed_up(activity.id, volunteer.id)
        if not (right and signed_up and volunteer is not None):
            raise Invalid(
                _("The code is wrong, or nobody signed up with this number. Please ask the staff.")
            )
        if direction == "in":
            attendance = note_presence(activity, volunteer.id, "code", TO_THEMSELVES)
        else:
            attendance = note_leaving(activity, volunteer.id, TO_THEMSELVES)
        entry.after = {"attendance": str(attendance)}
