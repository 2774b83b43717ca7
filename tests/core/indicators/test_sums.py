"""Sums of an indicator for other plugins: whole periods, exact, marked, in one statement."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest
from flask_babel import force_locale
from sqlalchemy import BigInteger, Column, Integer, MetaData, Table, Uuid, insert, text

from core.db import db
from core.indicators import tasks
from core.sdk import (
    NotFound,
    day_begins,
    indicator_sums,
    indicators,
    now,
    of_tenant,
    period_at,
    period_of,
)
from core.testing.statements import recorded
from core.testing.world import District

SPAN = date(2026, 1, 1), date(2027, 1, 1)


def streets_of(district: District) -> int:
    """How many streets have communities."""
    return len({code[:9] for code in district.communities})


def measure(district: District, at: datetime) -> None:
    with district.app.app_context():
        tasks.refresh(district.tenant, at=at)


def sums(
    district: District, code: str, indicator: str = "garden.month", days: tuple[date, date] = SPAN
) -> dict[str, tuple[Any, ...]]:
    """What another plugin reads, by the place's code: value, periods, updated."""
    begins, ends = map(day_begins, days)
    with district.entered():
        rows = db.session.execute(indicator_sums(indicator, code, begins, ends)).all()
        codes = {district.place(c).id: c for c in (*district.communities, *district.streets)}
        return {codes[r.place_id]: (r.value, r.periods, r.updated) for r in rows}


def test_whole_periods_are_summed_at_places_that_have_a_value(
    new_garden: Callable[[], District],
) -> None:
    district = next(made for made in iter(new_garden, None) if streets_of(made) > 1)
    one = district.communities[0]
    other = next(code for code in district.communities if code[:9] != one[:9])
    elsewhere = new_garden()
    elsewhere.enable("garden", elsewhere.communities[0])
    for code in (one, other):
        district.enable("garden", code)
    for month in (3, 5):
        for served in (district, elsewhere):
            measure(served, datetime(2026, month, 20, tzinfo=UTC))
    march_and_may = (202603 + 202605, 2, True)

    assert sums(district, district.code) == {one: march_and_may, other: march_and_may}
    assert sums(district, one[:9]) == {one: march_and_may}
    may = (date(2026, 3, 2), date(2026, 6, 1))
    assert sums(district, one, days=may) == {one: (202605, 1, True)}
    assert sums(district, one, days=(date(2026, 3, 2), date(2026, 5, 31))) == {}
    assert sums(district, one, days=(date(2026, 3, 2), date(2026, 3, 3))) == {}
    streets = sums(district, district.code, "garden.streets")
    assert streets == dict.fromkeys(district.streets, (8, 2, True))


def test_a_value_that_stands_is_marked(district: District) -> None:
    one, other = district.communities[0], district.neighbour(district.communities[0])
    for code in (one, other):
        district.enable("garden", code)
    measure(district, datetime(2026, 1, 20, tzinfo=UTC))
    measure(district, now())
    ends = period_at("month", now()).ends.date()
    span = (date(2026, 1, 1), date(ends.year + 1, 1, 1))
    district.disable("garden", other)

    found = sums(district, district.code, days=span)

    assert {code: (row[1], row[2]) for code, row in found.items()} == {
        one: (2, True),
        other: (2, False),
    }
    closed = (date(2026, 1, 1), date(2026, 2, 1))
    assert {row[2] for row in sums(district, district.code, days=closed).values()} == {True}
    with district.entered():
        db.session.connection().execute(
            text(
                "UPDATE indicator_value SET computed_at = :at"
                " WHERE indicator_value.tenant_id = :tenant AND period = '2026-01'"
                " AND place_id = :place"
            ),
            {
                "at": day_begins(date(2026, 1, 31)),
                "tenant": district.tenant,
                "place": district.place(one).id,
            },
        )
    marked = sums(district, district.code, days=closed)
    assert {code: row[2] for code, row in marked.items()} == {one: False, other: True}


def test_sums_are_inserted_without_leaving_the_database(
    district: District, new_garden: Callable[[], District]
) -> None:
    elsewhere = new_garden()
    for served in (district, elsewhere):
        served.enable("garden", served.communities[0])
        measure(served, datetime(2026, 3, 20, tzinfo=UTC))
    readings = Table(
        "pg_temp_readings",
        MetaData(),
        Column("place_id", Uuid),
        Column("value", BigInteger),
        Column("periods", Integer),
        prefixes=["TEMPORARY"],
    )
    with district.entered():
        readings.create(db.session.connection())
        query = indicator_sums("garden.month", district.code, *map(day_begins, SPAN)).subquery()
        names = ["place_id", "value", "periods"]
        filling = insert(readings).from_select(
            names, query.select().with_only_columns(*(query.c[n] for n in names))
        )
        with recorded(db.engine) as statements:
            db.session.connection().execute(of_tenant(filling))
        rows = db.session.connection().execute(readings.select()).all()
        place = district.place(district.communities[0]).id
        assert ([tuple(row) for row in rows], len(statements)) == ([(place, 202603, 1)], 1)
        readings.drop(db.session.connection())


def test_a_year_is_measured_afterwards(district: District) -> None:
    code = district.communities[0]
    district.enable("garden", code)
    with district.app.app_context():
        done = tasks.measure_year(district.tenant)
    months = [one.period for one in done if one.indicator == "garden.month"]
    this_month = period_at("month", now())
    total = sum(int(month.replace("-", "")) for month in months)
    assert (len(set(months)), months == sorted(months), months[-1]) == (12, True, this_month.key)
    begins, ends = period_of("month", months[0]).begins, this_month.ends
    with district.entered():
        (row,) = db.session.execute(indicator_sums("garden.month", code, begins, ends)).all()
    assert (row.value, row.periods, row.updated) == (total, 12, True)


def test_plugins_choose_among_the_indicators_there_are(district: District) -> None:
    with district.entered(), force_locale("en"):
        found = indicators()
        assert [one.id for one in found] == [
            "garden.beds",
            "garden.month",
            "garden.streets",
            "pond.fish",
        ]
        beds = found[0]
        assert (beds.name, beds.unit, beds.period, beds.level, beds.plugin_name) == (
            "花坛",
            "个",
            "month",
            "community",
            "花园",
        )
        assert [(one.divisor, one.rewards_volume) for one in found[:2]] == [(10, True), (1, False)]
        assert [one.id for one in indicators("street")] == ["garden.streets"]
        with pytest.raises(NotFound) as refused:
            indicator_sums("nobody.counts", district.code, now(), now())
        assert refused.value.field == "indicator"
