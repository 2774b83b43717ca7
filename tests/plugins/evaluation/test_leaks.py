"""Nothing of another district, another street, or of a neighbour before it is public."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask

from core.db import db
from core.errors import NotFound
from core.paging import Paging
from core.testing.statements import recorded
from core.testing.world import SYSTEM
from plugins.evaluation import queries, service
from tests.plugins.evaluation import town as towns
from tests.plugins.evaluation.town import Town

ALL = Paging(1, 100)


@pytest.fixture(scope="module")
def elsewhere(app: Flask, unused_codes: Iterator[str]) -> Town:
    """Another district with the same scheme and season."""
    return towns.build(app, unused_codes)


def test_another_district_is_not_there(town: Town, elsewhere: Town) -> None:
    with town.district.entered():
        season = town.season()
        town.result(season)
        service.seasons.begin_notice(SYSTEM, town.street, season.id)
        season_id, version_id = season.id, season.version_id
        scheme_id = queries.season(town.street, season_id).scheme.id
    with elsewhere.district.entered():
        theirs = elsewhere.season()
        place = elsewhere.district.place(elsewhere.district.code).view
        listed = queries.seasons(place, ALL).rows
        assert [one.season.id for one in listed] == [theirs.id]
        assert queries.public_seasons(place, ALL).total == 0
        calls: list[tuple[Any, Any]] = [
            (queries.season, (place, season_id)),
            (queries.public_season, (place, season_id)),
            (queries.scheme, (elsewhere.street, scheme_id)),
            (service.seasons.lock, (SYSTEM, elsewhere.street, season_id, "x")),
            (service.schemes.publish, (SYSTEM, elsewhere.street, version_id)),
        ]
        for call, args in calls:
            with pytest.raises(NotFound):
                call(*args)


def test_where_a_season_is_seen(town: Town) -> None:
    with town.district.entered():
        season = town.season()
        outside = town.communities[3]
        district = town.district.place(town.district.code).view
        other_street = town.district.place(
            next(code for code in town.district.streets if code != town.street_code)
        ).view
        for place, sees in (
            (town.street, True),
            (town.communities[0], True),
            (district, True),
            (outside, False),
            (other_street, False),
        ):
            listed = [one.season.id for one in queries.seasons(place, ALL).rows]
            assert (season.id in listed) is sees, place.code
            if not sees:
                with pytest.raises(NotFound):
                    queries.season(place, season.id)


def test_a_neighbours_result_is_seen_when_it_is_public(town: Town) -> None:
    with town.district.entered():
        season = town.season()
        mine, other = town.communities[:2]
        town.result(season)
        detail = queries.season(mine, season.id)
        assert [row.place.code for row in queries.league(detail, ALL).rows] == [mine.code]
        assert queries.explanation(detail, mine.id).place.code == mine.code
        with pytest.raises(NotFound):
            queries.explanation(detail, other.id)
        with pytest.raises(NotFound):
            queries.public_season(mine, season.id)
        assert season.id not in [one.season.id for one in queries.public_seasons(mine, ALL).rows]

        service.seasons.begin_notice(SYSTEM, town.street, season.id)
        detail = queries.public_season(mine, season.id)
        assert [row.place.code for row in queries.league(detail, ALL).rows] == list(town.codes[:3])
        assert queries.explanation(detail, other.id).place.code == other.code
        with pytest.raises(NotFound):
            queries.public_season(town.communities[3], season.id)


def test_an_explanation_takes_four_statements(town: Town) -> None:
    with town.district.entered():
        season = town.season()
        town.result(season)
        street, mine = town.street, town.communities[0].id
        with recorded(db.engine) as seen:
            queries.explanation(queries.season(street, season.id), mine)
        assert len(seen) == 4
