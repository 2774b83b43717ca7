"""Indicators as criteria: taken in one statement, and what was taken stands when nothing comes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import insert, text

from core.db import db
from core.indicators.models import IndicatorValue
from core.testing.world import SYSTEM
from plugins.evaluation import queries, service
from plugins.evaluation.models import Season
from tests.plugins.evaluation.town import SCORE, Town

HOURS = {
    "title": "志愿服务",
    "kind": "indicator",
    "weight": 4000,
    "full": 600,
    "indicator": "volunteer.hours",
}
MARK = SCORE | {"weight": 6000}
MEASURED = datetime(2026, 3, 1, tzinfo=UTC)


def measure(town: Town, values: Mapping[str, Mapping[int, int]]) -> None:
    """Let communities have volunteer minutes, by month: ``{"2025-07": {0: 60}}``."""
    rows = [
        {
            "indicator": "volunteer.hours",
            "period": period,
            "place_id": town.communities[number].id,
            "value": value,
            "computed_at": MEASURED,
            "source": "volunteer",
        }
        for period, each in values.items()
        for number, value in each.items()
    ]
    db.session.connection().execute(
        insert(IndicatorValue.__table__),  # type: ignore[arg-type]
        [row | {"tenant_id": town.district.tenant} for row in rows],
    )


def lines(town: Town, season: Season) -> list[Any]:
    """The indicator's line in everybody's explanation."""
    detail = queries.season(town.street, season.id)
    found = []
    for place in town.communities[:3]:
        line = queries.explanation(detail, place.id).lines[0]
        reading = line.reading
        found.append(
            (line.total, line.entries, line.points, None if reading is None else reading.updated)
        )
    return found


def test_whole_months_of_the_season_are_summed(town: Town) -> None:
    with town.district.entered():
        season = town.season(HOURS, MARK, begins_on=date(2024, 7, 1))
        measure(
            town,
            {
                "2024-06": {0: 1000},
                "2024-07": {0: 60, 1: 700},
                "2024-09": {0: 90},
                "2024-10": {0: 1000, 1: 1000},
            },
        )
        town.result(season)
        # A: 150 of 600 minutes give 40 × 150/600 = 10.00; B has more than enough; C no value.
        assert lines(town, season) == [
            (150, 2, 1000, True),
            (700, 1, 4000, True),
            (0, 0, 0, None),
        ]
        line = queries.explanation(
            queries.season(town.street, season.id), town.communities[0].id
        ).lines[0]
        assert line.reading is not None and line.reading.measured_at == MEASURED
        assert line.indicator is not None and (line.indicator.divisor, line.entered) == (60, True)


def test_computing_again_takes_what_changed_and_a_correction_does_not(town: Town) -> None:
    with town.district.entered():
        season = town.season(HOURS, MARK, begins_on=date(2023, 7, 1))
        person = town.scorer(season, "检查组")
        measure(town, {"2023-07": {0: 60}})
        town.result(season)
        measure(town, {"2023-08": {0: 60}})
        service.seasons.compute(SYSTEM, town.street, season.id)
        assert lines(town, season)[0] == (120, 2, 800, True)
        measure(town, {"2023-09": {0: 480}})
        detail = queries.season(town.street, season.id)
        told = queries.explanation(detail, town.communities[0].id)
        scorer = detail.scorers[0].scorer
        assert scorer.user_id == person.id
        service.seasons.correct(
            SYSTEM,
            town.street,
            season.id,
            told.contestant_id,
            detail.criteria[1].id,
            1,
            scorer.id,
            1,
            "漏",
        )
        assert lines(town, season)[0] == (120, 2, 800, True)


def test_what_is_not_measured_any_more_stands_and_is_marked(town: Town) -> None:
    with town.district.entered():
        season = town.season(HOURS, MARK, begins_on=date(2022, 7, 1))
        measure(town, {"2022-07": {0: 60, 1: 120}})
        town.result(season)
        before = lines(town, season)
        assert before == [(60, 1, 400, True), (120, 1, 800, True), (0, 0, 0, None)]
        gone = text(
            "DELETE FROM indicator_value AS v WHERE v.tenant_id = :tenant AND v.period = '2022-07'"
            " AND v.place_id = :place"
        )
        given = {"tenant": town.district.tenant, "place": town.communities[1].id}
        db.session.execute(gone, given)
        service.seasons.compute(SYSTEM, town.street, season.id)
        assert lines(town, season) == [
            (60, 1, 400, True),
            (120, 1, 800, False),
            (0, 0, 0, None),
        ]
        service.seasons.compute(SYSTEM, town.street, season.id)
        assert lines(town, season)[1] == (120, 1, 800, False)


def test_an_indicator_whose_plugin_is_gone_leaves_its_readings(town: Town) -> None:
    with town.district.entered():
        season = town.season(HOURS, MARK, begins_on=date(2021, 7, 1))
        measure(town, {"2021-07": {0: 60}})
        town.result(season)
        renamed = text(
            "UPDATE p_evaluation__criterion AS c SET indicator = 'gone.hours'"
            " WHERE c.tenant_id = :tenant AND c.version_id = :version AND c.key = 'c1'"
        )
        given = {"tenant": town.district.tenant, "version": season.version_id}
        db.session.execute(renamed, given)
        db.session.expire_all()
        service.seasons.compute(SYSTEM, town.street, season.id)
        assert lines(town, season)[0] == (60, 1, 400, False)
        told = queries.explanation(queries.season(town.street, season.id), town.communities[0].id)
        assert told.lines[0].indicator is None
