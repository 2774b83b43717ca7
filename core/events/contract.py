"""Event types, as frozen dataclasses, and who hears them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from core.accounts.actor import Actor
from core.places.view import PlaceView


class Event:
    """Base of all event types: frozen dataclasses whose fields are JSON values, UUIDs or times.

    ::

        @dataclass(frozen=True)
        class HoursConfirmed(Event):
            name = "volunteer.hours_confirmed"
            activity: UUID
            minutes: int

    What happened to many at once is one event. It names them by id: personal data stays out of it,
    since events are kept for 90 days.
    """

    name: ClassVar[str]
    """``plugin.what_happened``; the prefix is the plugin's id."""


@dataclass(frozen=True)
class Heard:
    """Handed to a subscriber: what happened, where and when. ``data`` holds JSON values.

    What the subscriber does is committed together with the mark that it heard the event, so it
    happens once. Changes are recorded with ``attempt`` as everywhere, or they are refused. A
    subscriber that raises is undone and tried again: after 10 seconds, then after twice as long
    each time; after eight attempts the event waits for a person. Events come in no promised order.

    Args:
        data: the event's fields; UUIDs, dates and times are texts (ISO 8601).
        actor: the system, named after the plugin.
    """

    id: UUID
    name: str
    occurred_at: datetime
    place: PlaceView
    data: Mapping[str, Any]
    actor: Actor


@dataclass(frozen=True)
class Subscription:
    """A plugin's wish to hear an event, once, wherever the plugin was active when it happened.

    It is heard at the place where it happened, and so at that kind of place: an event of a
    community by the plugins active at that community, an event of a street by those active at the
    street. What happens below a community counts as the community's.

    Args:
        name: tells the plugin's subscriptions apart; kept with every delivery, so never change it.
        event: name of the event; whoever emits it need not be installed.
        handle: called in a transaction of its own, for the tenant and place of the event.
    """

    name: str
    event: str
    handle: Callable[[Heard], None]
