"""Telling what happened."""

from __future__ import annotations

from core.events.contract import Event
from core.places.view import PlaceView


def emit(event: Event, place: PlaceView) -> None:
    """Tell what happened at ``place``; it is told with the transaction under way, or not at all.

    Raises:
        TypeError: a type that no plugin contributed, or a value that JSON cannot hold.
    """
    raise NotImplementedError
