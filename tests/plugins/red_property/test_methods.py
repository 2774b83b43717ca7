"""Adopting methods: versions, from which day each holds, and who may."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest

from core.accounts.actor import Actor
from core.clock import day_begins, now, today
from core.errors import Forbidden, Invalid, NotFound
from core.testing.world import SYSTEM
from plugins.red_property import queries
from plugins.red_property.service import methods
from tests.plugins.red_property.conftest import Ratings

DOCUMENT = methods.shipped()[0].document


def in_force(ratings: Ratings, moment: datetime) -> tuple[str, int] | None:
    with ratings.district.entered():
        found = queries.method_at(ratings.place, moment)
        return found and (found.key, found.version)


def test_a_version_holds_from_midnight_of_its_day_until_another_does(
    new_ratings: Callable[[], Ratings],
) -> None:
    ratings, soon = new_ratings(), today() + timedelta(days=10)
    before = now()
    assert in_force(ratings, before) is None
    ratings.adopt("yantai_2022")
    ratings.adopt("lianyungang_2018", soon)
    ratings.adopt("yantai_2022", soon + timedelta(days=5))
    ratings.adopt("yantai_2022", soon + timedelta(days=5))
    moments = (
        before,
        now(),
        day_begins(soon) - timedelta(microseconds=1),
        day_begins(soon),
        day_begins(soon + timedelta(days=5)),
    )
    assert [in_force(ratings, moment) for moment in moments] == [
        None,
        ("yantai_2022", 1),
        ("yantai_2022", 1),
        ("lianyungang_2018", 1),
        ("yantai_2022", 3),
    ]
    with ratings.district.entered():
        listed = [(m.key, m.version) for m in queries.methods(ratings.place)]
        community = ratings.district.place(ratings.community).view
        found = queries.method_at(community, now())
        assert found is not None
        detail = queries.method_detail(community, found.id)
        codes = [item.code for item in detail.items]
        levels = [level.key for level in detail.levels]
    assert listed == [
        ("yantai_2022", 3),
        ("yantai_2022", 2),
        ("lianyungang_2018", 1),
        ("yantai_2022", 1),
    ]
    document = next(m.document for m in methods.shipped() if m.key == "yantai_2022")
    assert codes == [item["code"] for item in document["items"]]
    assert levels == ["aaa", "aa", "a", "b", "c", "blacklist"]


def test_only_an_administrator_of_the_district_adopts(yantai: Ratings) -> None:
    with yantai.district.entered(), pytest.raises(Forbidden):
        methods.adopt(Actor(uuid4(), "李四"), yantai.place, DOCUMENT, date(2026, 1, 1))
    with yantai.district.entered():
        street = yantai.district.place(yantai.community[:9]).view
    with yantai.district.entered(), pytest.raises(Invalid):
        methods.adopt(SYSTEM, street, DOCUMENT, date(2026, 1, 1))


def test_a_refused_document_leaves_nothing(yantai: Ratings) -> None:
    with yantai.district.entered():
        count = len(queries.methods(yantai.place))
    with pytest.raises(Invalid):
        yantai.adopt({**DOCUMENT, "veto_level": "worst"})
    with yantai.district.entered():
        assert len(queries.methods(yantai.place)) == count


def test_a_method_of_another_district_is_not_there(
    yantai: Ratings, new_ratings: Callable[[], Ratings]
) -> None:
    other = new_ratings()
    theirs = other.adopt("yantai_2022")
    with yantai.district.entered(), pytest.raises(NotFound):
        queries.method_detail(yantai.place, theirs)
    with other.district.entered():
        assert queries.method_at(other.place, datetime(2000, 1, 1, tzinfo=UTC)) is None
        assert queries.method_detail(other.place, theirs).method.id == theirs
