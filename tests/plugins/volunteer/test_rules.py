"""How presence becomes hours and hours become points: laws that hold for every rule."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins.volunteer.rules import Rule, hours

HAILIN = Rule(step_minutes=30, cap_minutes=120, day_cap_minutes=1440, points_per_hour=1)
rules = st.builds(
    Rule,
    step_minutes=st.sampled_from((15, 30, 60)),
    cap_minutes=st.integers(1, 24).map(lambda hours: hours * 60),
    day_cap_minutes=st.integers(1, 24).map(lambda hours: hours * 60),
    points_per_hour=st.integers(0, 100),
)
presences = st.integers(0, 3 * 1440)


@pytest.mark.parametrize(
    ("minutes", "counted", "points"),
    [(0, 0, 0), (29, 0, 0), (30, 30, 0), (59, 30, 0), (60, 60, 1), (119, 90, 1), (600, 120, 2)],
)
def test_hailin_gives_a_point_an_hour_and_counts_two_hours_at_most(
    minutes: int, counted: int, points: int
) -> None:
    suggested = HAILIN.suggested(minutes)
    assert (suggested, HAILIN.points(suggested)) == (counted, points)


@given(rules, presences, st.integers(0, 1440))
def test_what_is_suggested_is_never_more_than_was_given_and_may_always_be_confirmed(
    rule: Rule, presence: int, already: int
) -> None:
    suggested = rule.suggested(presence, already)
    assert 0 <= suggested <= rule.cap_minutes
    assert suggested <= presence
    assert suggested == 0 or already + suggested <= rule.day_cap_minutes
    assert suggested % rule.step_minutes == 0
    assert suggested == 0 or rule.refusal(suggested, already) is None


@given(rules, presences, presences)
def test_staying_longer_never_counts_less(rule: Rule, one: int, more: int) -> None:
    assert rule.suggested(one) <= rule.suggested(one + more)


@given(rules, st.integers(0, 1440), st.integers(0, 1440))
def test_points_are_whole_and_parts_never_give_more_than_the_whole(
    rule: Rule, one: int, other: int
) -> None:
    assert rule.points(one) + rule.points(other) <= rule.points(one + other)
    assert 60 * rule.points(one) <= one * rule.points_per_hour < 60 * (rule.points(one) + 1)


@given(rules, st.integers(0, 1440), st.integers(0, 1440))
def test_no_day_passes_its_cap(rule: Rule, minutes: int, already: int) -> None:
    allowed = rule.refusal(minutes, already) is None
    assert not allowed or already + minutes <= min(rule.day_cap_minutes, 1440)


@given(st.integers(0, 1440).map(lambda quarters: quarters * 15))
def test_hours_are_written_so_that_they_are_read_back(minutes: int) -> None:
    assert float(hours(minutes)) * 60 == minutes
