"""Measuring: exact values, at every place where the plugin is active, and nowhere else."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text

from core.clock import DISTRICT_ZONE, now
from core.db import db
from core.errors import NotFound
from core.indicators import service, tasks
from core.indicators.periods import period_at, period_of
from core.places.divisions import places_of
from core.sdk import IndicatorValue, indicator_values
from core.testing.statements import recorded
from core.testing.world import District

NOVEMBER = datetime(2026, 11, 20, tzinfo=DISTRICT_ZONE)


def refresh(district: District, at: datetime | None = None) -> list[tasks.Refreshed]:
    with district.app.app_context():
        return tasks.refresh(district.tenant, at=at)


def read(
    district: District, code: str, indicator: str = "garden.beds", key: str = "2026-11"
) -> dict[str, IndicatorValue]:
    """What another plugin reads, by the place's code."""
    kind = "quarter" if "Q" in key else "month"
    with district.entered():
        found = indicator_values(indicator, code, period_of(kind, key))
        codes = {district.place(c).id: c for c in (*district.communities, *district.streets)}
        return {codes[place_id]: value for place_id, value in found.items()}


def values(*args: Any, **kwargs: Any) -> dict[str, int]:
    return {code: found.value for code, found in read(*args, **kwargs).items()}


def lengths(district: District) -> dict[str, int]:
    return {code: len(name) for code, name in places_of(district.code)}


def rename(district: District, code: str, name: str) -> None:
    with district.entered():
        db.session.connection().execute(
            text(
                "UPDATE place SET official_name = :name"
                " WHERE place.tenant_id = :tenant AND code = :code"
            ),
            {"name": name, "tenant": district.tenant, "code": code},
        )


def test_it_counts_where_the_plugin_is_switched_on(district: District) -> None:
    one, other = district.communities[0], district.neighbour(district.communities[0])
    district.enable("garden", one)
    district.enable("garden", other)
    rename(district, other, "无")

    done = refresh(district, NOVEMBER)

    assert [(r.indicator, r.period, r.places) for r in done] == [
        ("garden.beds", "2026-11", 2),
        ("garden.month", "2026-11", 2),
        ("garden.streets", "2026-Q4", len(district.streets)),
        ("pond.fish", "2026-11", 0),
    ]
    expected = {one: lengths(district)[one], other: 0}
    assert values(district, district.code) == expected
    assert values(district, one[:9]) == expected
    assert values(district, one) == {one: expected[one]}
    assert values(district, district.code, "garden.month") == dict.fromkeys(expected, 202611)
    assert values(district, district.code, "garden.month", "2026-10") == {}
    assert values(district, district.code, "garden.streets", "2026-Q4") == dict.fromkeys(
        district.streets, 4
    )


def test_the_district_s_word_counts(district: District) -> None:
    district.enable("garden", district.communities[0])
    district.allow("garden", "mandatory")
    refresh(district, NOVEMBER)
    assert values(district, district.code).keys() == set(district.communities)

    district.allow("garden", "forbidden")
    later = refresh(district, NOVEMBER)
    assert {r.places for r in later} == {0}


def test_what_requires_another_counts_only_with_it(district: District) -> None:
    one, other = district.communities[0], district.neighbour(district.communities[0])
    for code in (one, other):
        district.enable("garden", code)
        district.enable("pond", code)
    with district.entered():
        db.session.connection().execute(
            text(
                "UPDATE plugin_enablement SET disabled_at = :now"
                " WHERE plugin_enablement.tenant_id = :tenant AND plugin = 'garden'"
                " AND place_id = :place"
            ),
            {"now": now(), "tenant": district.tenant, "place": district.place(other).id},
        )
    places = {r.indicator: r.places for r in refresh(district)}
    assert (places["garden.beds"], places["pond.fish"]) == (1, 1)


def test_a_value_stands_and_is_marked_when_the_plugin_is_switched_off(district: District) -> None:
    code = district.communities[0]
    district.enable("garden", code)
    present = period_at("month", now()).key
    refresh(district)
    before = read(district, code, key=present)[code]
    assert (before.updated, before.source) == (True, "garden")
    district.disable("garden", code)
    rename(district, code, "更长更长更长更长的名字")
    refresh(district)

    after = read(district, code, key=present)[code]

    assert (after.value, after.computed_at) == (before.value, before.computed_at)
    assert not after.updated
    district.enable("garden", code)
    refresh(district)
    again = read(district, code, key=present)[code]
    assert (again.value, again.updated) == (11, True)


def test_what_comes_late_counts_for_ten_days(district: District) -> None:
    code = district.communities[0]
    district.enable("garden", code)
    refresh(district, datetime(2026, 11, 10, 23, tzinfo=DISTRICT_ZONE))
    rename(district, code, "改名")
    refresh(district, datetime(2026, 11, 11, tzinfo=DISTRICT_ZONE))

    assert values(district, code, key="2026-10") == {code: lengths(district)[code]}
    assert values(district, code, key="2026-11") == {code: 2}


def test_two_districts_do_not_meet(new_garden: Callable[[], District]) -> None:
    here, there = new_garden(), new_garden()
    for district in (here, there):
        district.enable("garden", district.communities[0])
    refresh(here, NOVEMBER)

    assert list(values(here, here.code)) == [here.communities[0]]
    assert values(there, there.code) == {}
    with there.entered():
        period = period_of("month", "2026-11")
        assert indicator_values("garden.beds", here.code, period) == {}
        with pytest.raises(NotFound):
            indicator_values("garden.weeds", there.code, period)


def test_one_that_fails_is_named_and_leaves_the_others_alone(
    district: District,
    failing: Flask,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(service, "LONGEST_SECONDS", 1)
    district = replace(district, app=failing)
    district.enable("weeds", district.communities[0])

    done = {r.indicator: r for r in refresh(district, NOVEMBER)}

    assert {name: r.failure for name, r in done.items()} == {
        "weeds.raises": "division by zero",
        "weeds.no_select": "weeds.no_select did not return a select of place_id and value",
        "weeds.other_columns": "weeds.other_columns did not return a select of place_id and value",
        "weeds.bad_sql": "division by zero",
        "weeds.slow": "canceling statement due to statement timeout",
        "weeds.twice": "ON CONFLICT DO UPDATE command cannot affect row a second time",
        "weeds.good": "",
    }
    assert done["weeds.good"].places == 1
    named = [r.getMessage() for r in caplog.records if r.name == "core.indicators.tasks"]
    assert "indicator weeds.slow of plugin weeds failed" in named
    assert len(named) == 6


def test_one_statement_measures_all_places(district: District, measuring: Flask) -> None:
    district.allow("garden", "mandatory")
    with measuring.app_context(), recorded(db.engine) as seen:
        tasks.refresh(district.tenant, at=NOVEMBER)
    inserts = [s for s in seen if s.startswith("INSERT")]
    assert len(inserts) == len(["garden.beds", "garden.month", "garden.streets", "pond.fish"])


def test_refreshing_at_the_same_time_does_no_harm(district: District) -> None:
    district.allow("garden", "mandatory")
    failures: list[str] = []

    def work() -> None:
        for _ in range(3):
            failures.extend(r.failure for r in refresh(district, NOVEMBER) if r.failure)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    expected = {c: n for c, n in lengths(district).items() if len(c) == 12}
    assert values(district, district.code) == expected
