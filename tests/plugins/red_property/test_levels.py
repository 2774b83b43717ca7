"""Every level boundary of both shipped methods, worked by hand, and methods as data alone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest

from tests.plugins.red_property.conftest import Ratings

FULL_BASE = (("B1", "30"), ("B2", "20"), ("B3", "30"))


@pytest.fixture(scope="module")
def lianyungang(new_ratings: Callable[[], Ratings]) -> Ratings:
    ratings = new_ratings()
    ratings.adopt("lianyungang_2018", date(2018, 8, 1))
    return ratings


@pytest.mark.parametrize(
    ("items", "score", "level"),
    [
        # 80 + 4.99 = 84.99 and 80 + 5 = 85
        ((*FULL_BASE, ("G9", "4.99")), 8499, "aa"),
        ((*FULL_BASE, ("G9", "5")), 8500, "aaa"),
        # 80, and 80 + 4.99 − 5 = 79.99
        (FULL_BASE, 8000, "aa"),
        ((*FULL_BASE, ("G9", "4.99"), ("D2", "5")), 7999, "a"),
        # 30 + 20 + 20 = 70, and 30 + 20 + 19.99 = 69.99
        ((("B1", "30"), ("B2", "20"), ("B3", "20")), 7000, "a"),
        ((("B1", "30"), ("B2", "20"), ("B3", "19.99")), 6999, "b"),
        # 30 + 30 = 60, and 30 + 29.99 = 59.99
        ((("B1", "30"), ("B3", "30")), 6000, "b"),
        ((("B1", "30"), ("B3", "29.99")), 5999, "c"),
        # Nothing limits what bad items take: 10 − 4 × 10 = −30
        ((("B1", "10"), *[("D1", "10")] * 4), -3000, "c"),
        # Base counts 80 of 110, good items 40 of 40 and of 45: 120 at most
        ((*FULL_BASE, ("B1", "30")), 8000, "aa"),
        ((*FULL_BASE, ("G1", "15"), ("G1", "15"), ("G2", "10")), 12000, "aaa"),
        ((*FULL_BASE, ("B1", "30"), ("G1", "15"), ("G1", "15"), ("G5", "15")), 12000, "aaa"),
        # A serious bad item leads to the blacklist from any score, and without basic items
        ((*FULL_BASE, ("G1", "15"), ("S1", "0")), 9500, "blacklist"),
        ((("S1", "0"),), 0, "blacklist"),
        # Who has no basic item is not graded, rather than C
        ((("G1", "15"), ("D1", "10")), 500, None),
        ((), 0, None),
    ],
)
def test_yantai_levels(
    yantai: Ratings, items: tuple[tuple[str, str], ...], score: int, level: str | None
) -> None:
    company = yantai.company()
    for code, points in items:
        yantai.enter(company, code, points)
    assert yantai.level(company) == (score, level)
    assert yantai.receipt(company).grade == yantai.grade(company)


@pytest.mark.parametrize(
    ("items", "score", "level"),
    [
        # 90 + 3 × 15 + 5 = 140 and 90 + 3 × 15 + 4.99 = 139.99
        ((*[("P1", "15")] * 3, ("P6", "5")), 14000, "aaaa"),
        ((*[("P1", "15")] * 3, ("P6", "4.99")), 13999, "aaa"),
        # 90 + 30 = 120 and 90 + 20 + 9.99 = 119.99
        ((("P1", "15"), ("P1", "15")), 12000, "aaa"),
        ((("P4", "20"), ("P7", "9.99")), 11999, "aa"),
        # 90 + 10 = 100 and 90 + 9.99 = 99.99
        ((("P2", "10"),), 10000, "aa"),
        ((("P7", "9.99"),), 9999, "a"),
        # 90 − 5 = 85 and 90 + 4.99 − 10 = 84.99
        ((("M2", "5"),), 8500, "a"),
        ((("P7", "4.99"), ("M1", "10")), 8499, "b"),
        # Everybody begins with 90
        ((), 9000, "a"),
        # 90 + 5 × 20 + 10 = 200, with a veto and without
        ((*[("P4", "20")] * 5, ("P7", "10"), ("V1", "0")), 20000, "b"),
        ((*[("P4", "20")] * 5, ("P7", "10")), 20000, "aaaa"),
    ],
)
def test_lianyungang_levels(
    lianyungang: Ratings, items: tuple[tuple[str, str], ...], score: int, level: str
) -> None:
    company = lianyungang.company()
    for code, points in items:
        lianyungang.enter(company, code, points)
    assert lianyungang.level(company) == (score, level)
    assert lianyungang.receipt(company).grade == lianyungang.grade(company)


def test_a_method_is_data_alone(new_ratings: Callable[[], Ratings]) -> None:
    """Begins at 12 and counts down, as on a driving licence; the worst level is by score too."""
    ratings = new_ratings()
    ratings.adopt(
        {
            "key": "licence",
            "title": "记分办法",
            "source": "测试",
            "start": "12",
            "sections": [
                {"key": "taken", "title": "记分", "sign": -1, "cap": None},
                {"key": "learnt", "title": "学习", "sign": 1, "cap": "2.5"},
            ],
            "levels": [
                {"key": "clean", "title": "正常", "from": "6.01"},
                {"key": "warned", "title": "警告", "from": "0.01"},
                {"key": "stopped", "title": "停止", "from": None},
            ],
            "veto_level": "stopped",
            "valid_months": 12,
            "items": [
                {"code": "T", "section": "taken", "text": "记分", "points": ["0.01", "12"]},
                {"code": "L", "section": "learnt", "text": "学习", "points": "1.5"},
                {"code": "V", "section": "taken", "text": "否决", "points": "0", "veto": True},
            ],
        }
    )
    for items, score, level in (
        ((("T", "5.99"),), 601, "clean"),
        ((("T", "6"),), 600, "warned"),
        ((("T", "11.99"),), 1, "warned"),
        ((("T", "12"),), 0, "stopped"),
        ((("T", "12"), ("L", "1.5"), ("L", "1.5")), 250, "warned"),
        ((("V", "0"),), 1200, "stopped"),
    ):
        company = ratings.company()
        for code, points in items:
            ratings.enter(company, code, points)
        assert ratings.level(company) == (score, level)


def test_a_district_changes_its_method(new_ratings: Callable[[], Ratings]) -> None:
    """Items of one method do not count under another, but in newer versions of their own."""
    ratings = new_ratings()
    ratings.adopt("lianyungang_2018", date(2018, 8, 1))
    company = ratings.company()
    ratings.enter(company, "P1", "15")
    before = ratings.receipt(company)
    assert (before.grade.score, before.grade.level_key) == (10500, "aa")

    ratings.adopt("lianyungang_2018", date(2019, 1, 1))
    assert ratings.level(company) == (10500, "aa")

    ratings.adopt("yantai_2022")
    after = ratings.receipt(company)
    assert (after.grade.score, after.grade.level_key) == (0, None)
    assert [line.why for line in after.not_counting] == ["other_method"]
    assert ratings.grade(company, before.moment) == before.grade
