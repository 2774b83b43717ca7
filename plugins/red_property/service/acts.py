"""What the verbs share: how they are recorded, and that a district writes one at a time."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any

from sqlalchemy import select

from core.sdk import Actor, Invalid, Place, PlaceView, attempt, db
from plugins.red_property.texts import _


def act(
    actor: Actor, action: str, place: PlaceView, object_type: str, object_id: object
) -> AbstractContextManager[Any]:
    """Record an act at the district."""
    return attempt(
        actor, action, object_type=object_type, object_id=object_id, place_code=place.code
    )


def one_at_a_time(district: PlaceView) -> None:
    """Let nobody else write to the district's ledger until the transaction under way ends.

    Entries are numbered without gaps and ended once, and neither they nor methods may be locked
    themselves, since nobody may change them. People write a few a minute, so they do not feel it.
    """
    db.session.execute(
        select(Place.id).where(Place.id == district.id).with_for_update(key_share=True)
    )


def refuse_blank(value: str, field: str) -> str:
    """Return a text without the space around it.

    Raises:
        Invalid: nothing is left (field ``field``).
    """
    if not value.strip():
        raise Invalid(_("Please fill this in."), field=field)
    return value.strip()
