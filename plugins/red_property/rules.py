"""What a section counts, which level a score reaches, how long a term is. Nothing reads data here.

Points are whole hundredths everywhere; people and documents write them with two decimals.
"""

from __future__ import annotations

import calendar
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

PLUGIN = "red_property"
MONTHS = 12


@dataclass(frozen=True)
class Section:
    """A group of items: added (sign 1) or taken away (sign −1), up to ``cap``."""

    key: str
    title: str
    sign: int
    cap: int | None

    def counted(self, points: int) -> int:
        """Return how much of ``points`` counts, before the sign."""
        return points if self.cap is None else min(points, self.cap)


@dataclass(frozen=True)
class Level:
    """A level: scores from ``from_score`` up to the next better one, or all that are lower.

    ``position`` 1 is the best. ``by_score`` is false where only a veto leads to it.
    """

    key: str
    title: str
    position: int
    by_score: bool
    from_score: int | None


def level_of(levels: Sequence[Level], score: int) -> Level:
    """Return the best level that ``score`` reaches; ``levels`` are in order, best first."""
    return next(
        level
        for level in levels
        if level.by_score and (level.from_score is None or score >= level.from_score)
    )


def day_after_term(first: date, months: int) -> date:
    """Return the first day on which something no longer holds that holds ``months`` from ``first``.

    The first day itself is not counted in the term, whose last day is the one of the same number in
    its last month, or where that month has none, its last day (民法典 Civil Code, articles 201 and
    202): from 15 January for a year, 15 January is the last day; from 29 February for a year, 28
    February; from 31 August for six months, the last of February.
    """
    years, month = divmod(first.month - 1 + months, MONTHS)
    year, month = first.year + years, month + 1
    last = min(first.day, calendar.monthrange(year, month)[1])
    return date(year, month, last) + timedelta(days=1)


def hundredths(points: Decimal) -> int:
    """Return a number with at most two decimals as whole hundredths."""
    return int(points.scaleb(2))


def points(hundredths: int) -> str:
    """Return hundredths as people write points: 8250 is ``82.50``, −5 is ``−0.05``."""
    whole, rest = divmod(abs(hundredths), 100)
    return f"{'−' if hundredths < 0 else ''}{whole}.{rest:02}"
