"""People: entered once for each mobile number of a community, with an account for their points."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from core.sdk import (
    Actor,
    Conflict,
    NotFound,
    PlaceView,
    cipher,
    db,
    new_id,
    normalise_phone,
    now,
    tenant_id,
)
from plugins.volunteer import permissions as may
from plugins.volunteer.models import Account, Volunteer
from plugins.volunteer.service.acts import act
from plugins.volunteer.texts import _

PHONE = "p_volunteer__sign_up.phone"
"""What numbers are sealed for. Sign-ups held them first, and a seal opens only by its old name."""


def phone_index(phone: str) -> str:
    """Return the blind index of a number in normal form."""
    return cipher().blind_index(phone, PHONE)


def phone_of(volunteer: Volunteer) -> str:
    """Decrypt the number of a volunteer; empty when it was erased."""
    if volunteer.phone_sealed is None:
        return ""
    return cipher().open(volunteer.phone_sealed, PHONE, volunteer.id)


def known(place: PlaceView, phone: str) -> Volunteer | None:
    """Return who has this number, in normal form, at ``place``."""
    found: Volunteer | None = db.session.execute(
        select(Volunteer).filter_by(place_id=place.id, phone_index=phone_index(phone))
    ).scalar_one_or_none()
    return found


def entered(place: PlaceView, name: str, phone: str) -> Volunteer:
    """Return who has this number at ``place``, entered now if nobody has.

    Raises:
        Invalid: not a mobile number (field ``phone``).
        Conflict: the number is known here under another name (field ``name``).
    """
    phone = normalise_phone(phone)
    volunteer = known(place, phone) or _enter(place, name, phone)
    if volunteer.name != name:
        raise Conflict(
            _("This number is known here under another name. Look it up among the volunteers."),
            field="name",
        )
    return volunteer


def rename(actor: Actor, place: PlaceView, volunteer_id: UUID, name: str) -> Volunteer:
    """Correct a volunteer's name.

    Raises:
        NotFound: no such volunteer at ``place``, or erased.
    """
    with act(
        actor,
        "volunteer.person.rename",
        place,
        volunteer_id,
        object_type="volunteer.person",
    ):
        actor.require(may.SIGN_UP_EDIT, place)
        volunteer: Volunteer | None = db.session.execute(
            select(Volunteer).filter_by(id=volunteer_id, place_id=place.id).with_for_update()
        ).scalar_one_or_none()
        if volunteer is None or volunteer.phone_index is None:
            raise NotFound()
        volunteer.name = name
        db.session.flush()
    return volunteer


def _enter(place: PlaceView, name: str, phone: str) -> Volunteer:
    """Insert a volunteer and the accounts; whoever was quicker with the same number wins."""
    tenant, volunteer_id = tenant_id(), new_id()
    db.session.execute(
        insert(Volunteer)
        .values(
            tenant_id=tenant,
            id=volunteer_id,
            place_id=place.id,
            name=name,
            phone_sealed=cipher().seal(phone, PHONE, volunteer_id),
            phone_index=phone_index(phone),
            created_at=now(),
        )
        .on_conflict_do_nothing()
    )
    volunteer = known(place, phone)
    assert volunteer is not None
    db.session.execute(
        insert(Account)
        .values(
            [
                {
                    "tenant_id": tenant,
                    "id": owner,
                    "kind": kind,
                    "place_id": place.id,
                    "volunteer_id": whose,
                }
                for kind, owner, whose in (
                    ("issue", place.id, None),
                    ("volunteer", volunteer.id, volunteer.id),
                )
            ]
        )
        .on_conflict_do_nothing()
    )
    return volunteer
