"""Verbs of long work."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from core.accounts.actor import Actor
from core.places.view import PlaceView


def start_job(
    actor: Actor, place: PlaceView, name: str, arguments: Mapping[str, Any], *, key: str = ""
) -> UUID:
    """Ask for a job; it begins when the transaction under way is committed. Return its id.

    Args:
        name: of a contributed :class:`JobType`.
        arguments: JSON values for it.
        key: while a job with the same name, place and key is queued or running, its id is
            returned instead of another being started.
    """
    raise NotImplementedError
