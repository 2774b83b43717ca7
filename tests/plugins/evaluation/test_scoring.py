"""Entering scores: who may, what may be entered, and that it counts once."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import func, select

from core.audit.models import AuditEntry, AuditPayload
from core.clock import today
from core.db import db
from core.errors import Conflict, Forbidden, Invalid, LinliError, NotFound
from core.testing.world import SYSTEM
from plugins.evaluation import queries, service
from plugins.evaluation.models import Contestant, Score, Season
from tests.plugins.evaluation.town import Town


def entered(season: Season) -> int:
    """How many entries there are in a season."""
    query = (
        select(func.count())
        .select_from(Score)
        .join(Contestant, Contestant.id == Score.contestant_id)
        .where(Contestant.season_id == season.id)
    )
    return db.session.execute(query).scalar_one()


def refused(call: Any, *args: Any) -> Any:
    """Return the kind of a refusal and the fields it names."""
    with pytest.raises(LinliError) as error:
        call(*args)
    fields = getattr(error.value, "fields", None) or {error.value.field: None}
    return type(error.value), set(fields)


def test_the_same_sent_twice_counts_once(town: Town) -> None:
    with town.district.entered():
        season = town.season()
        inspector = town.scorer(season, "检查组", "街道办")
        at = town.communities[0].id
        send = (inspector, town.street, season.id, at, 1, {"c1": 900, "c2": 0, "c3": None})
        assert service.scoring.enter(*send, {"c1": "楼道干净"}) == 2
        assert service.scoring.enter(*send, {"c1": "楼道干净"}) == 0
        assert service.scoring.enter(*send, {"c1": "楼道很干净"}) == 1
        assert (
            service.scoring.enter_many(
                inspector, town.street, season.id, 1, {at: {"c1": 800, "c3": None}}
            )
            == 1
        )
        assert entered(season) == 2
        row = queries.sheet(queries.season(town.street, season.id), inspector, 1).rows[0]
        assert (row.values, row.remarks["c1"], row.done) == (
            {"c1": 800, "c2": 0},
            "楼道很干净",
            False,
        )


def test_marks_stand_beside_each_other_and_a_count_stands_once(town: Town) -> None:
    with town.district.entered():
        season = town.season()
        one, other = (town.scorer(season, "检查组", "街道办") for _ in range(2))
        at = town.communities[0].id
        for person, mark, number in ((one, 900, 2), (other, 700, 3)):
            service.scoring.enter(
                person,
                town.street,
                season.id,
                at,
                1,
                {"c1": mark, "c2": number, "c3": 1, "c4": 0},
                {},
            )
        detail = queries.season(town.street, season.id)
        rows = [queries.sheet(detail, person, 1).rows[0] for person in (one, other)]
        assert [row.values for row in rows] == [
            {"c1": 900, "c2": 3, "c3": 1, "c4": 0},
            {"c1": 700, "c2": 3, "c3": 1, "c4": 0},
        ]
        assert (entered(season), rows[0].done) == (5, True)
        assert queries.sheet(detail, one, 2).rows[0].values == {}


def test_nothing_is_entered_when_one_thing_is_refused(town: Town) -> None:
    with town.district.entered():
        season = town.season()
        inspector = town.scorer(season, "检查组")
        a, b = (place.id for place in town.communities[:2])
        enter, many = service.scoring.enter, service.scoring.enter_many
        values = {"c1": 1001, "c2": 1, "c9": 1}
        assert refused(enter, inspector, town.street, season.id, a, 1, values, {}) == (
            Invalid,
            {"score-c1", "score-c2", "score-c9"},
        )
        sheet = {a: {"c1": 500}, b: {"c1": -1}}
        assert refused(many, inspector, town.street, season.id, 1, sheet) == (
            Invalid,
            {f"score-{b}-c1"},
        )
        assert entered(season) == 0


def test_a_veto_is_yes_or_no_and_a_number_has_an_end(town: Town) -> None:
    with town.district.entered():
        season = town.season()
        clerk = town.scorer(season, "街道办")
        at = town.communities[0].id
        values = {"c2": 10**9 + 1, "c3": 10**9, "c4": 2}
        enter = (service.scoring.enter, clerk, town.street, season.id, at, 1)
        assert refused(*enter, values, {}) == (Invalid, {"score-c2", "score-c4"})


def test_nobody_scores_the_place_they_work_for(town: Town) -> None:
    with town.district.entered():
        season = town.season()
        mine, other = town.communities[:2]
        inspector = town.person("staff", town.street_code, mine.code)
        service.seasons.appoint(SYSTEM, town.street, season.id, inspector.id, "检查组")
        enter = (service.scoring.enter, inspector, town.street, season.id)
        assert refused(*enter, mine.id, 1, {"c1": 1000}, {}) == (Invalid, {"score-c1"})
        assert service.scoring.enter(*enter[1:], other.id, 1, {"c1": 1000}, {}) == 1
        rows = queries.sheet(queries.season(town.street, season.id), inspector, 1).rows
        assert [row.own for row in rows] == [True, False, False]


def test_who_is_not_appointed_scores_nothing(town: Town) -> None:
    with town.district.entered():
        season = town.season()
        at = town.communities[0].id
        staff = town.person("staff", town.street_code)
        viewer = town.scorer(season, "检查组", place=town.street_code)
        viewer_only = town.person("viewer", town.street_code)
        service.seasons.appoint(SYSTEM, town.street, season.id, viewer_only.id, "检查组")
        enter = service.scoring.enter
        for who in (staff, viewer_only):
            with pytest.raises(Forbidden):
                enter(who, town.street, season.id, at, 1, {"c1": 1}, {})
        assert queries.sheet(queries.season(town.street, season.id), staff, 1).criteria == ()
        assert enter(viewer, town.street, season.id, at, 1, {"c1": 1}, {}) == 1


def test_rounds_that_are_not_there_or_have_not_begun(town: Town) -> None:
    with town.district.entered():
        first = date(today().year, today().month, 1)
        season = town.season(begins_on=first)
        inspector = town.scorer(season, "检查组")
        at = town.communities[0].id
        enter = (service.scoring.enter, inspector, town.street, season.id, at)
        assert refused(*enter, 2, {"c1": 1}, {}) == (Conflict, {"round"})
        for round in (0, 4):
            assert refused(*enter, round, {"c1": 1}, {})[0] is NotFound
        assert service.scoring.enter(*enter[1:], 1, {"c1": 1}, {}) == 1


def test_a_locked_season_takes_no_score(town: Town) -> None:
    with town.district.entered():
        season = town.season()
        inspector = town.scorer(season, "检查组")
        at = town.communities[0].id
        service.seasons.lock(SYSTEM, town.street, season.id, "提前结束")
        enter = (service.scoring.enter, inspector, town.street, season.id, at)
        assert refused(*enter, 1, {"c1": 1}, {}) == (Conflict, {"season"})
        person = town.person("staff", town.street_code)
        appoint = (service.seasons.appoint, SYSTEM, town.street, season.id, person.id, "检查组")
        assert refused(*appoint) == (Conflict, {"season"})
        assert entered(season) == 0


def test_what_was_entered_meanwhile_is_not_replaced_unseen(town: Town) -> None:
    with town.district.entered():
        season = town.season()
        clerk, other = (town.scorer(season, "街道办") for _ in range(2))
        at = town.communities[0]
        enter = service.scoring.enter
        enter(other, town.street, season.id, at.id, 1, {"c2": 3, "c4": 1}, {"c2": "三次"})
        mine = (clerk, town.street, season.id, at.id, 1)
        with pytest.raises(Invalid) as error:
            enter(*mine, {"c2": 5, "c3": 1, "c4": 0}, {}, {"c2": None, "c3": None, "c4": None})
        told = "was entered here meanwhile. Send yours again if it is to replace that."
        assert {name: str(*said) for name, said in error.value.fields.items()} == {
            "score-c2": f"3 {told}",
            "score-c4": f"Yes {told}",
        }
        assert entered(season) == 2
        assert enter(*mine, {"c2": 3, "c3": 1}, {}, {"c2": None, "c3": None}) == 1
        assert enter(*mine, {"c2": 5}, {}, {"c2": 3}) == 1
        row = queries.sheet(queries.season(town.street, season.id), clerk, 1).rows[0]
        assert (row.values, row.remarks["c2"]) == ({"c2": 5, "c3": 1, "c4": 1}, "三次")
        said = [
            after["changed"]
            for after in db.session.execute(
                select(AuditPayload.after)
                .join(AuditEntry, AuditEntry.id == AuditPayload.entry_id)
                .where(
                    AuditEntry.action == "evaluation.score.enter",
                    AuditEntry.object_id == str(season.id),
                )
                .order_by(AuditEntry.at, AuditEntry.id)
            ).scalars()
            if after
        ]
        one = {"contestant": at.code, "round": 1}
        assert said == [
            [
                one | {"criterion": "c2", "old": None, "new": 3},
                one | {"criterion": "c4", "old": None, "new": 1},
            ],
            [one | {"criterion": "c3", "old": None, "new": 1}],
            [one | {"criterion": "c2", "old": 3, "new": 5}],
        ]


def test_places_that_do_not_compete_are_not_there(town: Town) -> None:
    with town.district.entered():
        season = town.season()
        inspector = town.scorer(season, "检查组")
        outside = town.communities[3]
        enter = service.scoring.enter
        for at, contestant, season_id in (
            (town.street, outside.id, season.id),
            (town.street, uuid4(), season.id),
            (town.street, town.communities[0].id, uuid4()),
        ):
            with pytest.raises(NotFound):
                enter(inspector, at, season_id, contestant, 1, {"c1": 1}, {})
        admin_there = town.person("administrator", outside.code)
        with pytest.raises(NotFound):
            enter(admin_there, outside, season.id, town.communities[0].id, 1, {"c1": 1}, {})


def test_progress_counts_what_is_wanted_by_now(town: Town) -> None:
    with town.district.entered():
        season = town.season()
        one, other = (town.scorer(season, "检查组") for _ in range(2))
        a = town.communities[0]
        for person in (one, other):
            service.scoring.enter(person, town.street, season.id, a.id, 1, {"c1": 500}, {})
        found = queries.progress(queries.season(town.street, season.id))
        # Three rounds have begun, of a mark and two counts each; the veto wants no entry.
        assert [(row.place.code, row.done, row.wanted) for row in found.rows] == [
            (town.codes[0], 1, 9),
            (town.codes[1], 0, 9),
            (town.codes[2], 0, 9),
        ]
        assert (found.done, found.wanted) == (1, 27)
        seen = queries.progress(queries.season(a, season.id))
        assert [row.place.code for row in seen.rows] == [a.code]
