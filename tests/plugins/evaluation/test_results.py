"""What a season comes to: a worked example, what was corrected, and who is left out."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, text

from core.db import db
from core.errors import Conflict, Invalid, NotFound
from core.events.models import EventOutbox
from core.paging import Paging
from core.testing.world import SYSTEM
from plugins.evaluation import queries, service
from plugins.evaluation.models import Season
from tests.plugins.evaluation.town import SCORE, Town

ALL = Paging(1, 50)


def score_everything(town: Town, season: Season) -> None:
    """Three communities, three rounds, two inspectors and one clerk.

    |   | marks of ten                     | complaints    | activities | accident |
    |---|----------------------------------|---------------|------------|----------|
    | A | 9, 9, 9 and 8, 8.5, 9            | 0 + 1 + 0 = 1 | 1, 1, 2    |          |
    | B | 7, 7.33, 8 and 8, 8, 9           | 0 + 0 + 0 = 0 | 3, 3, 3    |          |
    | C | 10, 10, 10 and 10, 10, 10        | 3 + 4 + 5     | 7, 0, 0    | yes      |
    """
    first, second = (town.scorer(season, "检查组") for _ in range(2))
    clerk = town.scorer(season, "街道办")
    a, b, c = (place.id for place in town.communities[:3])
    marks = {
        first: {a: (900, 900, 900), b: (700, 733, 800), c: (1000, 1000, 1000)},
        second: {a: (800, 850, 900), b: (800, 800, 900), c: (1000, 1000, 1000)},
    }
    for person, given in marks.items():
        for round in (1, 2, 3):
            service.scoring.enter_many(
                person,
                town.street,
                season.id,
                round,
                {place: {"c1": values[round - 1]} for place, values in given.items()},
            )
    counts = {a: ((0, 1), (1, 1), (0, 2)), b: ((0, 3), (0, 3), (0, 3)), c: ((3, 7), (4, 0), (5, 0))}
    for round in (1, 2, 3):
        for place, values in counts.items():
            complaints, activities = values[round - 1]
            entered = {"c2": complaints, "c3": activities, "c4": int(place == c and round == 2)}
            service.scoring.enter(clerk, town.street, season.id, place, round, entered, {})


def league(town: Town, season: Season) -> list[tuple[int, str, int, bool]]:
    """Rank, place, score and veto of everybody ranked."""
    detail = queries.season(town.street, season.id)
    rows = queries.league(detail, ALL).rows
    return [(row.rank, row.place.code, row.score, row.vetoed) for row in rows]


def rows_of(season: Season) -> list[Any]:
    """Everything that computing leaves, in one order, as the database has it."""
    given = text(
        "SELECT c.contestant_id, c.criterion_id, c.total, c.entries, c.points, s.score, s.vetoed,"
        " s.rank FROM p_evaluation__contribution AS c LEFT JOIN p_evaluation__standing AS s"
        " ON s.tenant_id = c.tenant_id AND s.contestant_id = c.contestant_id"
        " JOIN p_evaluation__contestant AS k ON k.tenant_id = c.tenant_id AND k.id ="
        " c.contestant_id WHERE c.tenant_id = :tenant AND k.season_id = :season"
        " ORDER BY c.contestant_id, c.criterion_id"
    )
    return list(db.session.execute(given, {"tenant": season.tenant_id, "season": season.id}))


def test_a_worked_example(town: Town) -> None:
    with town.district.entered():
        season = town.season()
        score_everything(town, season)
        town.result(season, reason="")
        a, b, c = town.codes[:3]

        # A: marks of the rounds 8.5, 8.75, 9, 60 × 26.25/30 = 52.50; complaints 25 × 7/8 = 21.875
        #    → 21.88; activities 15 × 4/7 = 8.571… → 8.57; together 82.95.
        # B: marks 7.5, 7.665 → 7.67, 8.5, 60 × 23.67/30 = 47.34; no complaint 25.00; activities
        #    15 × 7/7 = 15.00, since nine are more than enough; together 87.34.
        # C: marks 60.00; twelve complaints, 0.00; activities 15.00; 75.00, but barred.
        assert league(town, season) == [
            (1, b, 8734, False),
            (2, a, 8295, False),
            (3, c, 7500, True),
        ]
        detail = queries.season(town.street, season.id)
        told = queries.explanation(detail, town.communities[0].id)
        assert [
            (line.criterion.key, line.total, line.entries, line.points) for line in told.lines
        ] == [
            ("c1", 2625, 3, 5250),
            ("c2", 1, 3, 2188),
            ("c3", 4, 3, 857),
            ("c4", 0, 3, 0),
        ]
        assert (told.rank, told.of, told.score, told.shared, told.decided_by) == (
            2,
            3,
            8295,
            False,
            (),
        )
        assert [(s.role, s.round, s.value) for s in told.lines[0].scores] == [
            ("检查组", round, value)
            for round, values in ((1, (900, 800)), (2, (900, 850)), (3, (900, 900)))
            for value in values
        ]
        assert [(one.round, one.mark, one.marks) for one in told.lines[0].round_marks] == [
            (1, 850, 2),
            (2, 875, 2),
            (3, 900, 2),
        ]


def test_computing_again_changes_nothing(town: Town) -> None:
    with town.district.entered():
        season = town.season()
        score_everything(town, season)
        town.result(season)
        first = rows_of(season)
        service.seasons.compute(SYSTEM, town.street, season.id)
        assert (rows_of(season), len(first)) == (first, 12)


def test_ties_are_broken_in_order_or_shared(town: Town) -> None:
    with town.district.entered():
        half = {"kind": "score", "weight": 5000, "full": 100, "scorers": "检查组"}
        season = town.season(
            half | {"title": "后看", "tie_order": 2}, half | {"title": "先看", "tie_order": 1}
        )
        person = town.scorer(season, "检查组")
        a, b, c = town.communities[:3]
        for place, later, sooner in ((a, 60, 40), (b, 40, 60), (c, 60, 40)):
            service.scoring.enter(
                person, town.street, season.id, place.id, 1, {"c1": later, "c2": sooner}, {}
            )
        town.result(season)
        assert league(town, season) == [
            (1, b.code, 1667, False),
            (2, a.code, 1667, False),
            (2, c.code, 1667, False),
        ]
        detail = queries.season(town.street, season.id)
        for place, shared in ((a, True), (b, False)):
            told = queries.explanation(detail, place.id)
            assert (told.shared, [one.title for one in told.decided_by]) == (
                shared,
                ["先看", "后看"],
            )


def test_what_was_not_entered_earns_nothing(town: Town) -> None:
    with town.district.entered():
        season = town.season()
        clerk = town.scorer(season, "街道办")
        a, b = town.communities[:2]
        service.scoring.enter(clerk, town.street, season.id, a.id, 1, {"c2": 0}, {})
        town.result(season)
        detail = queries.season(town.street, season.id)
        lines = {
            place.code: [(x.points, x.entered) for x in queries.explanation(detail, place.id).lines]
            for place in (a, b)
        }
        nothing = [(0, False), (0, False), (0, False), (0, True)]
        # No complaint in one round of three: 25 × (8 − 0) × 1 ÷ (8 × 3) = 8.333…
        assert lines == {a.code: [nothing[0], (833, True), *nothing[2:]], b.code: nothing}


def test_rounds_that_are_not_scored_give_nothing(town: Town) -> None:
    with town.district.entered():
        season = town.season()
        one, other = (town.scorer(season, "检查组") for _ in range(2))
        clerk = town.scorer(season, "街道办")
        a, b, _c = (place.id for place in town.communities[:3])
        enter = service.scoring.enter
        for person, place, round, mark in (
            (one, a, 1, 905),
            (other, a, 1, 700),
            (one, a, 3, 1000),
            (one, b, 2, 1000),
            (other, b, 2, 1000),
        ):
            enter(person, town.street, season.id, place, round, {"c1": mark}, {})
        for round, complaints in ((1, 2), (2, 1)):
            enter(clerk, town.street, season.id, a, round, {"c2": complaints, "c3": 3}, {})
        town.result(season)
        detail = queries.season(town.street, season.id)
        told = [queries.explanation(detail, place) for place in (a, b)]
        # A: marks 8.025 → 8.03, none and 10: 60 × 18.03 ÷ (3 × 10) = 36.06; three complaints in two
        #    rounds of three: 25 × (8 − 3) × 2 ÷ (8 × 3) = 10.4166… → 10.42; 15 × 6 ÷ 7 = 12.857…
        # B: one round of three with full marks: 60 × 10 ÷ 30 = 20.00, and nothing else.
        assert [
            [(line.total, line.entries, line.points) for line in each.lines] for each in told
        ] == [
            [(1803, 2, 3606), (3, 2, 1042), (6, 2, 1286), (0, 0, 0)],
            [(1000, 1, 2000), (0, 0, 0), (0, 0, 0), (0, 0, 0)],
        ]
        assert [each.score for each in told] == [5934, 2000]


def test_a_contestant_that_switched_off_is_left_out(town: Town) -> None:
    with town.district.entered():
        season = town.season()
        score_everything(town, season)
        season_id = season.id
    town.district.disable("evaluation", town.codes[1])
    try:
        with town.district.entered():
            season = queries.season(town.street, season_id).season
            town.result(season, reason="")
            a, _b, c = town.codes[:3]
            assert [row[:2] for row in league(town, season)] == [(1, a), (2, c)]
            detail = queries.season(town.street, season.id)
            assert [place.code for place in queries.without_standing(detail)] == [town.codes[1]]
            told = queries.explanation(detail, town.communities[1].id)
            assert (told.rank, told.score, told.of) == (None, None, 2)
    finally:
        town.district.enable("evaluation", town.codes[1])


def test_a_correction_says_what_stood_there(town: Town) -> None:
    with town.district.entered():
        season = town.season()
        score_everything(town, season)
        town.result(season)
        service.seasons.begin_notice(SYSTEM, town.street, season.id)
        a, b, _c = town.codes[:3]
        detail = queries.season(town.street, season.id)
        told = queries.explanation(detail, town.communities[1].id)
        wrong = told.lines[0].scores[0]
        which = (season.id, told.contestant_id, told.lines[0].criterion.id, 1, wrong.scorer_id)
        uphold(town, season, 0)
        with pytest.raises(Conflict) as early:
            service.seasons.correct(SYSTEM, town.street, *which, 100, "看错了")
        assert str(early.value) == (
            "While a result is public, it is corrected only after an objection is upheld."
        )
        uphold(town, season, 1)
        with pytest.raises(Invalid) as refused:
            service.seasons.correct(SYSTEM, town.street, *which, 1001, "看错了")
        assert refused.value.field == "value"
        # B's mark of 7 becomes 1: 60 × (4.5 + 7.67 + 8.5)/30 = 41.34, together 81.34, behind A.
        service.seasons.correct(SYSTEM, town.street, *which, 100, "看错了")
        assert season.state == "computed"
        assert league(town, season)[:2] == [(1, a, 8295, False), (2, b, 8134, False)]
        told = queries.explanation(detail, town.communities[1].id)
        now_said = told.lines[0].scores[0]
        assert (now_said.value, now_said.corrected_from, now_said.correction_reason) == (
            100,
            700,
            "看错了",
        )
        assert season.notice_ends_on is None
        service.seasons.begin_notice(SYSTEM, town.street, season.id)
        with pytest.raises(Conflict) as same:
            service.seasons.correct(SYSTEM, town.street, *which, 100, "看错了")
        assert same.value.field == "value"
        service.seasons.correct(SYSTEM, town.street, *which, 650, "又核对了")
        again = queries.explanation(detail, town.communities[1].id).lines[0].scores[0]
        assert (again.value, again.corrected_from, again.correction_reason) == (
            650,
            700,
            "看错了\n又核对了",
        )


def test_nobody_corrects_the_place_they_work_for(town: Town) -> None:
    with town.district.entered():
        season = town.season()
        score_everything(town, season)
        town.result(season)
        a = town.communities[0]
        chief = town.person("administrator", town.street_code, a.code)
        detail = queries.season(town.street, season.id)
        for place, refused in ((a, "value"), (town.communities[1], None)):
            told = queries.explanation(detail, place.id)
            line = told.lines[0]
            which = (told.contestant_id, line.criterion.id, 1, line.scores[0].scorer_id)
            try:
                service.seasons.correct(chief, town.street, season.id, *which, 1000, "改")
                field = None
            except Invalid as error:
                field = error.field
            assert field == refused


def test_a_forgotten_score_is_added(town: Town) -> None:
    with town.district.entered():
        season = town.season(SCORE | {"weight": 10000})
        person = town.scorer(season, "检查组")
        town.result(season)
        detail = queries.season(town.street, season.id)
        a = queries.explanation(detail, town.communities[0].id)
        scorer = detail.scorers[0].scorer
        which = (a.contestant_id, a.lines[0].criterion.id)
        with pytest.raises(NotFound):
            service.seasons.correct(SYSTEM, town.street, season.id, *which, 4, scorer.id, 900, "漏")
        service.seasons.correct(SYSTEM, town.street, season.id, *which, 3, scorer.id, 900, "漏")
        told = queries.explanation(detail, town.communities[0].id)
        entry = told.lines[0].scores[0]
        # One mark of 9 in three rounds: 100 × 9 ÷ 30.
        assert (told.score, told.rank, entry.corrected_from) == (3000, 1, None)
        assert entry.corrected_at is not None and scorer.user_id == person.id


def test_awards_are_given_after_the_notice_and_told_once(town: Town) -> None:
    with town.district.entered():
        season = town.season()
        score_everything(town, season)
        town.result(season)
        service.seasons.begin_notice(SYSTEM, town.street, season.id)
        with pytest.raises(Conflict):
            service.seasons.award(SYSTEM, town.street, season.id)
        objection = service.objections.file(
            SYSTEM, town.street, season.id, _contestant(town, season, 0), "少算了一次活动。"
        )
        town.notice_was(season.id, days_ago=8)
        with pytest.raises(Conflict):
            service.seasons.award(SYSTEM, town.street, season.id)
        service.objections.answer(SYSTEM, town.street, objection.id, False, "已核实，没有少算。")
        detail = queries.season(town.street, season.id)
        assert [row.place.code for row in queries.winners(detail)] == [town.codes[1]]
        service.seasons.award(SYSTEM, town.street, season.id)
        with pytest.raises(Conflict):
            service.seasons.award(SYSTEM, town.street, season.id)

        won = queries.award_history(town.communities[1])[0]
        assert (won.award.title, won.award.rank, won.award.score) == ("先进社区", 1, 8734)
        assert won.season.id == season.id
        assert queries.award_history(town.communities[0]) == []
        told = [
            row
            for row in db.session.execute(
                select(EventOutbox).filter_by(name="evaluation.result_announced")
            ).scalars()
            if row.payload["season"] == str(season.id)
        ]
        assert [(row.place_id, row.payload) for row in told] == [
            (
                town.street.id,
                {
                    "season": str(season.id),
                    "title": "第三季度",
                    "begins_on": "2025-07-01",
                    "ends_on": "2025-09-30",
                    "places": [str(town.communities[n].id) for n in (1, 0, 2)],
                    "ranks": [1, 2, 3],
                    "scores": [8734, 8295, 7500],
                    "awarded": [True, False, False],
                    "vetoed": [False, False, True],
                },
            )
        ]


def uphold(town: Town, season: Season, number: int) -> None:
    """Let an objection to a contestant's result be upheld."""
    about = _contestant(town, season, number)
    filed = service.objections.file(SYSTEM, town.street, season.id, about, "请核对")
    service.objections.answer(SYSTEM, town.street, filed.id, True, "属实")


def _contestant(town: Town, season: Season, number: int) -> UUID:
    detail = queries.season(town.street, season.id)
    return queries.explanation(detail, town.communities[number].id).contestant_id
