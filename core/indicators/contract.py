"""What a plugin can measure about places."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Select

PeriodKind = Literal["month", "quarter", "year"]


@dataclass(frozen=True)
class Period:
    """A span of time by the district's calendar.

    ``key`` is such as ``2026-11``, ``2026-Q4`` or ``2026``; ``begins`` and ``ends`` are aware
    instants, and ``ends`` is exclusive.
    """

    kind: PeriodKind
    key: str
    begins: datetime
    ends: datetime


@dataclass(frozen=True)
class Indicator:
    """A named, typed measure of places over a period.

    Args:
        id: ``plugin.measure``, such as ``volunteer.hours``.
        name, unit: for people.
        period: how long a span it measures.
        compute: returns one statement with the columns ``place_id`` and ``value`` (a whole number)
            for all places of the tenant at once; a place without a row counts as 0.
        level: kind of place it is about.
        divisor: how many of the stored whole numbers make one ``unit`` (60 for hours in minutes).
        rewards_volume: whether more doing means a higher value. Such an indicator cannot rank
            people by default, and says so wherever it is shown.
    """

    id: str
    name: Any
    unit: Any
    period: PeriodKind
    compute: Callable[[Period], Select[Any]]
    level: str = "community"
    divisor: int = 1
    rewards_volume: bool = True
