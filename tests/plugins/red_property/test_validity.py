"""From when until when an item counts: to the midnight of the district's zone."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from core.clock import local, now
from tests.plugins.red_property.conftest import Ratings

SHANGHAI = ZoneInfo("Asia/Shanghai")
MOMENT = timedelta(microseconds=1)
TOMORROW = local(now()).date() + timedelta(days=1)


def midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("first", "last"),
    [
        (date(2096, 1, 15), date(2097, 1, 15)),
        (date(2096, 2, 29), date(2097, 2, 28)),
    ],
)
def test_an_item_counts_from_midnight_to_midnight_a_year_later(
    yantai: Ratings, first: date, last: date
) -> None:
    company = yantai.company()
    yantai.enter(company, "B1", "30", valid_from=first)
    begins, ends = midnight(first), midnight(last + timedelta(days=1))
    assert [
        yantai.level(company, moment) for moment in (begins - MOMENT, begins, ends - MOMENT, ends)
    ] == [(0, None), (3000, "c"), (3000, "c"), (0, None)]
    assert ends.astimezone(UTC).hour == 16
    whys = [
        [line.why for line in yantai.receipt(company, moment).not_counting]
        for moment in (begins - MOMENT, begins, ends)
    ]
    assert whys == [["not_yet"], [], ["expired"]]


def test_without_a_first_day_it_counts_from_the_moment_of_entry(yantai: Ratings) -> None:
    company = yantai.company()
    yantai.enter(company, "B1", "30")
    (line,) = yantai.receipt(company).sections[0].lines
    entered = line.entry.entered_at
    assert line.entry.valid_from == entered
    assert yantai.level(company, entered - MOMENT) == (0, None)
    assert yantai.level(company, entered) == (3000, "c")
    day = local(entered).date()
    last = (
        date(day.year + 1, 2, 28)
        if (day.month, day.day) == (2, 29)
        else day.replace(year=day.year + 1)
    )
    assert line.entry.valid_until == midnight(last + timedelta(days=1))


def test_a_first_day_in_the_past_does_not_move_past_scores(yantai: Ratings) -> None:
    company = yantai.company()
    before = now()
    last_month = local(before).date() - timedelta(days=30)
    yantai.enter(company, "B1", "30", valid_from=last_month, occurred_on=last_month)
    assert yantai.level(company, before) == (0, None)
    assert yantai.level(company) == (3000, "c")


def test_what_is_serious_stands_until_rectified(yantai: Ratings) -> None:
    company = yantai.company()
    yantai.enter(company, "B1", "30", valid_from=TOMORROW)
    entry = yantai.enter(company, "S1", valid_from=TOMORROW)
    later = midnight(TOMORROW.replace(year=TOMORROW.year + 40, day=1))
    assert yantai.level(company, later) == (0, "blacklist")
    yantai.end(entry, "rectified", "资金已全部追回")
    assert yantai.level(company, later) == (0, None)
    assert yantai.level(company, midnight(TOMORROW)) == (3000, "c")
    (line,) = yantai.receipt(company, midnight(TOMORROW)).not_counting
    assert (line.why, line.ending and line.ending.reason) == ("rectified", "资金已全部追回")


def test_revoking_changes_what_is_and_not_what_was(yantai: Ratings) -> None:
    company = yantai.company()
    yantai.enter(company, "B1", "30")
    entry = yantai.enter(company, "D2", "5")
    before = yantai.receipt(company)
    assert before.grade.score == 2500
    yantai.end(entry)
    assert yantai.level(company) == (3000, "c")
    again = yantai.receipt(company, before.moment)
    assert again.grade == before.grade
    assert (again.not_counting, len(again.sections[2].lines)) == ([], 1)
