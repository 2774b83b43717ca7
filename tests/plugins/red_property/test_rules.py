"""Terms by the calendar, and how points are written."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins.red_property import rules


@pytest.mark.parametrize(
    ("first", "months", "after"),
    [
        (date(2026, 1, 15), 12, date(2027, 1, 16)),
        (date(2026, 11, 21), 1, date(2026, 12, 22)),
        (date(2026, 12, 31), 1, date(2027, 2, 1)),
        (date(2024, 2, 29), 12, date(2025, 3, 1)),
        (date(2024, 2, 29), 48, date(2028, 3, 1)),
        (date(2025, 8, 31), 6, date(2026, 3, 1)),
        (date(2027, 8, 31), 6, date(2028, 3, 1)),
        (date(2026, 8, 29), 6, date(2027, 3, 1)),
        (date(2026, 8, 28), 6, date(2027, 3, 1)),
        (date(2026, 8, 27), 6, date(2027, 2, 28)),
        (date(2026, 3, 31), 1, date(2026, 5, 1)),
    ],
)
def test_a_term_ends_after_the_day_of_the_same_number(
    first: date, months: int, after: date
) -> None:
    assert rules.day_after_term(first, months) == after


@given(st.dates(date(1950, 1, 1), date(2100, 1, 1)), st.integers(1, 600))
def test_a_term_takes_its_months_and_never_runs_backwards(first: date, months: int) -> None:
    after = rules.day_after_term(first, months)
    last = after - timedelta(days=1)
    assert (last.year - first.year) * 12 + last.month - first.month == months
    assert last.day == first.day or (last.day < first.day and after.day == 1)
    assert rules.day_after_term(first + timedelta(days=1), months) >= after


@given(st.integers(-(10**9), 10**9))
def test_points_are_written_and_read_without_loss(hundredths: int) -> None:
    written = rules.points(hundredths).replace("−", "-")
    assert rules.hundredths(Decimal(written)) == hundredths
