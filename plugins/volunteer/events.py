"""What Volunteer tells. The lists of an event belong together item by item."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from core.sdk import Event


@dataclass(frozen=True)
class HoursConfirmed(Event):
    """Hours of an activity count from now on, by version ``rule`` of the community's rule.

    ``minutes`` belong to the ``attendances``, which are those of the ``volunteers``.
    """

    name = "volunteer.hours_confirmed"

    activity: UUID
    rule: int
    attendances: Sequence[str]
    volunteers: Sequence[str]
    minutes: Sequence[int]


@dataclass(frozen=True)
class PointsPosted(Event):
    """Whole ``points`` were given to ``volunteers`` for an activity, by version ``rule``."""

    name = "volunteer.points_posted"

    activity: UUID
    rule: int
    volunteers: Sequence[str]
    points: Sequence[int]
