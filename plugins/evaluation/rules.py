"""How entries become points, in SQL and in whole numbers only.

All points are hundredths. Shares are rounded half up to a hundredth, criterion by criterion, so
that a score is the sum of what its explanation shows.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Integer,
    and_,
    case,
    cast,
    func,
    literal_column,
    or_,
)

from plugins.evaluation.models import Criterion

WHOLE = 10_000
"""The weights of a published version sum to this: 100 points."""
LARGEST_ENTRY = 10**9
LARGEST_FULL = 10**12
"""A weight times this stays far inside of PostgreSQL's bigint."""


def mean(total: ColumnElement[Any], entries: ColumnElement[Any]) -> ColumnElement[int]:
    """Return the mean of the marks of one round, rounded half up to whole hundredths."""
    return _half_up(cast(total, BigInteger), entries)


def points(
    total: ColumnElement[Any], entries: ColumnElement[Any], rounds: int
) -> ColumnElement[int]:
    """Return what a criterion gives, as SQL over a row of ``Criterion``.

    - a ``score``: the weight times the share that the rounds' marks are of as many full marks as
      the season has rounds;
    - a ``count`` or ``indicator``: the weight times the share that ``total`` is of ``full``, at
      most all of it;
    - with the direction ``fewer`` what is left of the weight after that share, and of a ``count``
      only for the rounds that were entered;
    - a ``veto``: nothing, it bars instead.

    What was not entered gives nothing, also where fewer is better: that nothing happened has to
    be entered as 0.

    Args:
        total: sum of the rounds' marks or entries, or the reading.
        entries: how many rounds have one, or how many periods the reading.
        rounds: how many the season has.
    """
    capped = func.least(func.greatest(total, 0), Criterion.full)
    is_score, is_count = Criterion.kind == "score", Criterion.kind == "count"
    fewer = Criterion.direction == "fewer"
    share = case(
        (is_score, func.least(total, rounds * Criterion.full)),
        (and_(is_count, fewer), (Criterion.full - capped) * entries),
        (fewer, Criterion.full - capped),
        else_=capped,
    )
    by_round = or_(is_score, and_(is_count, fewer))
    whole = case((by_round, rounds * Criterion.full), else_=Criterion.full)
    given = _half_up(Criterion.weight * share, whole)
    nothing = (Criterion.kind == "veto") | (entries == 0)
    return cast(case((nothing, 0), else_=given), Integer)


def _half_up(dividend: ColumnElement[Any], divisor: ColumnElement[Any]) -> ColumnElement[int]:
    """Divide non-negative whole numbers; halves go up. Integer division of PostgreSQL floors."""
    two: ColumnElement[int] = literal_column("2", BigInteger)
    return (two * dividend + divisor) // (two * divisor)
