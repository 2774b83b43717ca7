"""Laws of computing: ranks are total, order of entry is nothing, and every explanation adds up."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import insert, select

from core.db import db
from core.paging import Paging
from core.testing.world import SYSTEM
from plugins.evaluation import queries, service
from plugins.evaluation.models import Contestant, Score, Season
from tests.plugins.evaluation import town as towns
from tests.plugins.evaluation import twin
from tests.plugins.evaluation.test_readings import HOURS, measure
from tests.plugins.evaluation.town import FEWER, SCORE, Town
from tests.plugins.evaluation.twin import Rule

ROUNDS = 3
MIXED = (SCORE, FEWER | {"weight": 3000, "full": 20}, HOURS | {"weight": 1000})


@pytest.fixture(scope="module")
def town_of_six(app: Flask, unused_codes: Iterator[str]) -> Town:
    """A street with six communities, five of them with Evaluation."""
    return towns.build(app, unused_codes, 6)


@st.composite
def cases(draw: st.DrawFn) -> tuple[list[Rule], dict[int, list[list[list[int]]]]]:
    """Rules whose weights sum to 100, and entries: for each contestant, rule and round a list."""
    number = draw(st.integers(1, 4))
    cut = st.integers(1, 9999)
    cuts = draw(st.lists(cut, min_size=number - 1, max_size=number - 1, unique=True))
    edges = [0, *sorted(cuts), 10_000]
    weights = [end - begin for begin, end in pairwise(edges)]
    ties = draw(st.permutations(range(number)))
    rules = [
        Rule(
            kind := draw(st.sampled_from(["score", "count"])),
            weight,
            draw(st.integers(1, 30)),
            draw(st.sampled_from(["more", "fewer"])) if kind == "count" else "more",
            draw(st.sampled_from([None, ties[place] + 1])),
        )
        for place, weight in enumerate(weights)
    ]
    rules.append(Rule("veto", 0, 1))
    entries = {
        who: [[draw(_entries(rule)) for _ in range(ROUNDS)] for rule in rules] for who in range(3)
    }
    return rules, entries


def _entries(rule: Rule) -> st.SearchStrategy[list[int]]:
    """Of a mark there may be two in a round, of a count and a veto one."""
    if rule.kind == "score":
        return st.lists(st.integers(0, rule.full), max_size=2)
    return st.lists(st.integers(0, 1 if rule.kind == "veto" else 40), max_size=1)


def named(entries: dict[int, list[list[list[int]]]]) -> dict[str, list[list[list[int]]]]:
    return {str(who): rules for who, rules in entries.items()}


@given(cases(), st.randoms(use_true_random=False))
@settings(max_examples=80)
def test_the_twin_holds_the_laws(case: Any, random: Any) -> None:
    rules, entries = case
    found = twin.results(rules, named(entries))
    assert min(result.rank for result in found.values()) == 1
    for result in found.values():
        assert result.score == sum(result.points) and 0 <= result.score <= 10_000
        behind = [other for other in found.values() if other.rank < result.rank]
        assert len(behind) == result.rank - 1
        if not result.vetoed:
            assert not any(other.vetoed for other in behind)
    mixed = {
        who: [[random.sample(each, len(each)) for each in rounds] for rounds in lists]
        for who, lists in named(entries).items()
    }
    assert twin.results(rules, mixed) == found


@given(cases())
@settings(
    max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_the_database_computes_as_the_twin(town: Town, case: Any) -> None:
    rules, entries = case
    with town.district.entered(), db.session.begin_nested() as savepoint:
        season = _season(town, rules)
        _enter(town, season, rules, entries)
        town.result(season)
        found = _found(town, season)
        wanted = twin.results(rules, named(entries))
        assert found == {
            town.codes[int(who)]: (one.points, one.score, one.vetoed, one.rank)
            for who, one in wanted.items()
        }
        service.seasons.compute(SYSTEM, town.street, season.id)
        assert _found(town, season) == found
        savepoint.rollback()


@given(st.data())
@settings(
    max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_the_order_of_entry_is_nothing(town_of_six: Town, data: st.DataObject) -> None:
    """Two orders of the same entries, sent by two people, some of them twice, beside readings."""
    town = town_of_six
    with town.district.entered(), db.session.begin_nested() as savepoint:
        five = town.communities[:5]
        few = st.sampled_from([0, 500, 1000])
        sent = [
            (who, place.id, round, {"c1": data.draw(few)})
            for who in (0, 1)
            for place in five
            for round in range(1, ROUNDS + 1)
        ] + [
            (2, place.id, round, {"c2": data.draw(st.integers(0, 2))})
            for place in five
            for round in range(1, ROUNDS + 1)
        ]
        measure(town, {"2025-08": dict(enumerate((600, 600, 300, 300, 300)))})
        found = []
        for _order in range(2):
            season = town.season(*MIXED)
            people = [
                *(town.scorer(season, "检查组") for _ in range(2)),
                town.scorer(season, "街道办"),
            ]
            repeated = sent + data.draw(st.lists(st.sampled_from(sent), max_size=5))
            for who, place, round, values in data.draw(st.permutations(repeated)):
                service.scoring.enter(people[who], town.street, season.id, place, round, values, {})
            town.result(season, reason="")
            found.append(_found(town, season, 5))
        assert found[0] == found[1]
        assert [points[2] for points, *_rest in found[0].values()] == [1000, 1000, 500, 500, 500]
        savepoint.rollback()


def _season(town: Town, rules: list[Rule]) -> Season:
    return town.season(
        *(
            {
                "title": f"第{number}项",
                "kind": rule.kind,
                "weight": rule.weight,
                "full": rule.full,
                "direction": rule.direction,
                "scorers": "检查组",
                "tie_order": rule.tie_order,
            }
            for number, rule in enumerate(rules)
        )
    )


def _enter(town: Town, season: Season, rules: list[Rule], entries: Any) -> None:
    """Write entries as two people would have entered them."""
    for _ in range(2):
        town.scorer(season, "检查组")
    detail = queries.season(town.street, season.id)
    scorers = [one.scorer.id for one in detail.scorers]
    found = select(Contestant).filter_by(season_id=season.id)
    contestants = {one.place_id: one.id for one in db.session.execute(found).scalars()}
    places = town.communities
    rows = [
        {
            "contestant_id": (contestant := contestants[places[who].id]),
            "criterion_id": criterion.id,
            "round": round,
            "seat": scorers[which] if criterion.kind == "score" else contestant,
            "scorer_id": scorers[which],
            "value": value,
        }
        for who, lists in entries.items()
        for criterion, rounds in zip(detail.criteria, lists, strict=True)
        for round, values in enumerate(rounds, 1)
        for which, value in enumerate(values)
    ]
    if rows:
        db.session.execute(insert(Score), rows)


def _found(town: Town, season: Season, number: int = 3) -> dict[str, Any]:
    """What every contestant's explanation says, which must be what the league says."""
    detail = queries.season(town.street, season.id)
    listed = {row.place.code: row for row in queries.league(detail, Paging()).rows}
    found = {}
    for place in town.communities[:number]:
        told = queries.explanation(detail, place.id)
        points = tuple(line.points for line in told.lines)
        row = listed[place.code]
        assert (row.rank, row.score, row.vetoed) == (told.rank, told.score, told.vetoed)
        assert sum(points) == told.score
        found[place.code] = (points, told.score, told.vetoed, told.rank)
    return found
