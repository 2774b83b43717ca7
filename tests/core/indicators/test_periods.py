"""Periods: contiguous, each moment in one, named by a key that leads back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.clock import DISTRICT_ZONE
from core.indicators.contract import PeriodKind
from core.indicators.periods import after, before, open_periods, period_at, period_of

kinds = st.sampled_from(["month", "quarter", "year"])
FIRST, LAST = (datetime(year, 1, 1, tzinfo=UTC) for year in (2001, 2998))
moments = st.integers(0, int((LAST - FIRST).total_seconds())).map(
    lambda seconds: FIRST + timedelta(seconds=seconds)
)


@given(kinds, moments)
def test_a_period_holds_its_moment_and_touches_its_neighbours(
    kind: PeriodKind, moment: datetime
) -> None:
    period = period_at(kind, moment)

    assert period.begins <= moment < period.ends
    assert before(period).ends == period.begins
    assert after(period).begins == period.ends
    assert before(after(period)) == period
    assert period_of(kind, period.key) == period


@given(moments)
def test_longer_periods_are_made_of_shorter_ones(moment: datetime) -> None:
    month, quarter, year = (period_at(kind, moment) for kind in ("month", "quarter", "year"))  # type: ignore[arg-type]

    assert year.begins <= quarter.begins <= month.begins
    assert month.ends <= quarter.ends <= year.ends


def test_they_begin_at_midnight_in_the_district() -> None:
    eve = datetime(2026, 11, 30, 15, 59, 59, tzinfo=UTC)
    assert [period_at("month", eve).key, period_at("month", eve + timedelta(seconds=1)).key] == [
        "2026-11",
        "2026-12",
    ]
    quarter = period_of("quarter", "2026-Q4")
    assert quarter.begins == datetime(2026, 9, 30, 16, tzinfo=UTC)
    assert quarter.ends == datetime(2026, 12, 31, 16, tzinfo=UTC)


@pytest.mark.parametrize(
    ("kind", "key"),
    [
        ("month", "2026-13"),
        ("month", "2026-1"),
        ("month", "2026"),
        ("quarter", "2026-Q5"),
        ("quarter", "2026-11"),
        ("year", "1999"),
        ("year", "2026-11"),
        ("year", "２０２６"),
        ("year", ""),
    ],
)
def test_other_keys_are_refused(kind: PeriodKind, key: str) -> None:
    with pytest.raises(ValueError, match=f"is not the key of a {kind}"):
        period_of(kind, key)


def test_a_period_stays_open_for_ten_days_after_its_end() -> None:
    def keys(day: datetime) -> list[str]:
        return [period.key for period in open_periods("month", day)]

    end = datetime(2026, 11, 1, tzinfo=DISTRICT_ZONE)
    assert keys(end + timedelta(days=10, seconds=-1)) == ["2026-10", "2026-11"]
    assert keys(end + timedelta(days=10)) == ["2026-11"]
