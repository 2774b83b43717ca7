"""The calendar of seasons: how long a cycle is, and when each round of scoring begins."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

from plugins.evaluation.models import Cycle, Rhythm, Season

CYCLE_MONTHS: Mapping[Cycle, int] = {"month": 1, "quarter": 3, "half_year": 6, "year": 12}
FIRST_YEAR, LAST_YEAR = 2000, 2900


@dataclass(frozen=True)
class Round:
    """One round of scoring: days of the district, both included; ``begun`` by today."""

    number: int
    begins_on: date
    ends_on: date
    begun: bool


def last_day(begins_on: date, cycle: Cycle) -> date:
    """Return the last day of a season that begins on the first day of a month."""
    return _months_later(begins_on, CYCLE_MONTHS[cycle]) - timedelta(days=1)


def fits(rhythm: Rhythm, cycle: Cycle) -> bool:
    """Say whether a season of this cycle has whole rounds of this rhythm."""
    return CYCLE_MONTHS[cycle] % _step(rhythm, cycle) == 0


def rounds(season: Season, cycle: Cycle, rhythm: Rhythm, today: date) -> Sequence[Round]:
    """Return the rounds of a season in their order."""
    step = _step(rhythm, cycle)
    firsts = [
        _months_later(season.begins_on, months)
        for months in range(0, CYCLE_MONTHS[cycle] + step, step)
    ]
    return tuple(
        Round(number, begins, after - timedelta(days=1), begins <= today)
        for number, (begins, after) in enumerate(pairwise(firsts), 1)
    )


def _step(rhythm: Rhythm, cycle: Cycle) -> int:
    return {"once": CYCLE_MONTHS[cycle], "month": 1, "quarter": 3}[rhythm]


def _months_later(first: date, months: int) -> date:
    years, month = divmod(first.month - 1 + months, 12)
    return date(first.year + years, month + 1, 1)
