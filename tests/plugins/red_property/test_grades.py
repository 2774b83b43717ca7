"""Lists of grades, receipts, and how many have which, in few statements."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from core.clock import now
from core.db import db
from core.errors import NotFound
from core.paging import Paging
from core.testing.statements import recorded
from plugins.red_property import queries
from tests.plugins.red_property.conftest import Ratings


@pytest.fixture(scope="module")
def ratings(new_ratings: Callable[[], Ratings]) -> Ratings:
    """Four companies: AA here, A next door, C in both by way of the street, and one not graded."""
    made = new_ratings()
    made.adopt("yantai_2022")
    here, there = made.community, made.district.neighbour(made.community)
    for name, serves, points in (
        ("甲物业", here, "30"),
        ("乙物业", there, "20"),
        ("丙物业", here[:9], "0"),
        ("丁_物业", there, None),
    ):
        company = made.company(name, serves=serves)
        if points is not None:
            base = (("B1", "30"), ("B2", "20")) if points != "0" else ()
            for code, worth in (*base, ("B3", points)):
                made.enter(company, code, worth)
    return made


def listed(ratings: Ratings, **asked: Any) -> list[tuple[str, int, str | None]]:
    with ratings.district.entered():
        within = asked.pop("within", None)
        view = within and ratings.district.place(within).view
        page = queries.grades(ratings.place, now(), within=view, **{"paging": Paging(), **asked})
        return [(grade.name, grade.score, grade.level_key) for grade in page.rows]


JIA, YI, BING, DING = (
    ("甲物业", 8000, "aa"),
    ("乙物业", 7000, "a"),
    ("丙物业", 0, "c"),
    ("丁_物业", 0, None),
)


def test_the_best_come_first_and_the_ungraded_last(ratings: Ratings) -> None:
    assert listed(ratings) == [JIA, YI, BING, DING]
    assert listed(ratings, paging=Paging(2, 3)) == [DING]
    assert listed(ratings, paging=Paging(9, 3)) == [DING]


def test_filters(ratings: Ratings, new_ratings: Callable[[], Ratings]) -> None:
    here, there = ratings.community, ratings.district.neighbour(ratings.community)
    assert listed(ratings, level="c") == [BING]
    assert listed(ratings, level="none") == [DING]
    assert listed(ratings, level="nowhere") == []
    assert listed(ratings, search="_") == [DING]
    assert listed(ratings, search=f"91{ratings.district.code}ma") == [JIA, YI, BING, DING]
    assert listed(ratings, within=here) == [JIA, BING]
    assert listed(ratings, within=there) == [YI, BING, DING]
    assert listed(ratings, within=here[:9]) == [JIA, YI, BING, DING]
    assert listed(ratings, within=here, level="aa", search="甲") == [JIA]
    assert listed(new_ratings()) == []


def test_how_many_have_which_level(ratings: Ratings) -> None:
    def shares(within: str | None = None) -> list[tuple[str | None, int]]:
        with ratings.district.entered():
            view = within and ratings.district.place(within).view
            found = queries.distribution(ratings.place, now(), view or None)
            return [(share.level_key, share.count) for share in found]

    assert shares() == [
        ("aaa", 0),
        ("aa", 1),
        ("a", 1),
        ("b", 0),
        ("c", 1),
        ("blacklist", 0),
        (None, 1),
    ]
    assert [share for share in shares(ratings.community) if share[1]] == [("aa", 1), ("c", 1)]


def test_an_overview_is_the_shares_and_a_page_of_them(ratings: Ratings) -> None:
    def pages(level: str = "", search: str = "") -> list[tuple[int, int, list[str]]]:
        found = []
        for number in (1, 2, 9):
            with ratings.district.entered():
                overview = queries.overview(
                    ratings.place, now(), paging=Paging(number, 3), level=level, search=search
                )
                assert overview.shares == queries.distribution(ratings.place, now())
                page = overview.page
            found.append((page.number, page.total, [grade.name for grade in page.rows]))
        return found

    first, last = (1, 4, ["甲物业", "乙物业", "丙物业"]), (2, 4, ["丁_物业"])
    assert pages() == pages(level="nonsense") == [first, last, last]
    assert pages(level="c") == [(1, 1, ["丙物业"])] * 3
    assert pages(level="none") == [(1, 1, ["丁_物业"])] * 3
    assert pages(search="_") == [(1, 1, ["丁_物业"])] * 3
    assert pages(level="b") == pages(level="aa", search="_") == [(1, 0, [])] * 3


def test_a_company_registered_later_was_not_there_before(ratings: Ratings) -> None:
    before = now()
    with ratings.district.entered():
        earlier = queries.distribution(ratings.place, before)
    late = ratings.company("迟到物业")
    with ratings.district.entered():
        assert queries.distribution(ratings.place, before) == earlier
    with pytest.raises(NotFound):
        ratings.grade(late, before)


def test_what_expires_soon_is_counted(ratings: Ratings) -> None:
    moment = now()
    far = moment.replace(year=moment.year + 2, day=1)
    with ratings.district.entered():
        assert queries.expiring(ratings.place, moment, far) == 7
        assert queries.expiring(ratings.place, moment, moment) == 0


def test_reads_take_few_statements_however_much_there_is(app: Flask, ratings: Ratings) -> None:
    company = ratings.company("大物业")

    with app.app_context():
        engine = db.engine

    def statements() -> list[int]:
        counts = []
        for read in (
            lambda place: queries.receipt(place, company, now()),
            lambda place: queries.grade_of(place, company, now()),
            lambda place: queries.grades(place, now(), paging=Paging()),
            lambda place: queries.overview(place, now(), paging=Paging()),
            lambda place: queries.overview(place, now(), paging=Paging(), level="none"),
            lambda place: queries.overview(place, now(), paging=Paging(), search="物业"),
            lambda place: queries.entries(place, company, Paging()),
        ):
            with ratings.district.entered():
                place = ratings.place
                with recorded(engine) as seen:
                    read(place)
            counts.append(len(seen))
        return counts

    ratings.enter(company, "G9", "1")
    one = statements()
    for _ in range(30):
        ratings.enter(company, "G9", "1")
    assert one == statements() == [3, 2, 3, 3, 3, 4, 3]
