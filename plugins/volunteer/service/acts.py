"""What the verbs share: recording an act, and finding an activity for one."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any
from uuid import UUID

from sqlalchemy import select

from core.sdk import Actor, NotFound, PlaceView, attempt, db
from plugins.volunteer.models import Activity


def act(
    actor: Actor,
    action: str,
    place: PlaceView,
    object_id: UUID,
    *,
    object_type: str = "volunteer.activity",
) -> AbstractContextManager[Any]:
    """Record what follows as an act on an activity, or on another of the plugin's objects."""
    return attempt(
        actor, action, object_type=object_type, object_id=object_id, place_code=place.code
    )


def locked(place: PlaceView, activity_id: UUID) -> Activity:
    """Return an activity that nobody else changes or adds to meanwhile.

    Raises:
        NotFound: no such activity at ``place``.
    """
    return _found(place, activity_id, shared=False)


def held(place: PlaceView, activity_id: UUID) -> Activity:
    """Return an activity that stays as it is meanwhile, while others may add to it too.

    Raises:
        NotFound: no such activity at ``place``.
    """
    return _found(place, activity_id, shared=True)


def _found(place: PlaceView, activity_id: UUID, *, shared: bool) -> Activity:
    activity: Activity | None = db.session.execute(
        select(Activity).filter_by(id=activity_id, place_id=place.id).with_for_update(read=shared)
    ).scalar_one_or_none()
    if activity is None:
        raise NotFound()
    return activity
