"""A season's life: opened once, scored, locked when complete or with a reason, objected to."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID, uuid4

import pytest

from core.clock import today
from core.db import db
from core.errors import Conflict, Forbidden, Invalid, LinliError, NotFound
from core.paging import Paging
from core.testing.world import SYSTEM, english
from plugins.evaluation import queries, service
from plugins.evaluation.models import Season
from tests.plugins.evaluation.town import LAST_QUARTER, RULES, SCORE, Town

ONE = SCORE | {"weight": 10_000}


def refused(call: Any, *args: Any) -> Any:
    """Return the kind of a refusal and the field it names."""
    with pytest.raises(LinliError) as error:
        call(*args)
    return type(error.value), error.value.field


def contestant(town: Town, season: Season, number: int) -> UUID:
    detail = queries.season(town.street, season.id)
    return queries.explanation(detail, town.communities[number].id).contestant_id


@pytest.mark.parametrize(
    ("cycle", "begins_on", "ends_on", "rhythm", "rounds"),
    [
        ("month", date(2024, 2, 1), date(2024, 2, 29), "once", 1),
        ("quarter", date(2025, 11, 1), date(2026, 1, 31), "month", 3),
        ("half_year", date(2025, 7, 1), date(2025, 12, 31), "quarter", 2),
        ("year", date(2024, 12, 1), date(2025, 11, 30), "month", 12),
        ("year", date(2025, 1, 1), date(2025, 12, 31), "quarter", 4),
    ],
)
def test_a_season_lasts_its_cycle_in_whole_rounds(
    town: Town, cycle: str, begins_on: date, ends_on: date, rhythm: str, rounds: int
) -> None:
    with town.district.entered():
        season = town.season(ONE, begins_on=begins_on, cycle=cycle, rhythm=rhythm)
        found = queries.season(town.street, season.id).rounds
        assert (season.ends_on, len(found)) == (ends_on, rounds)
        assert (found[0].begins_on, found[-1].ends_on) == (begins_on, ends_on)
        days = [(one.ends_on + timedelta(days=1), two.begins_on) for one, two in pairwise(found)]
        assert all(after == begins for after, begins in days)


def test_who_competes_is_who_has_it_when_it_is_opened(town: Town) -> None:
    with town.district.entered():
        season = town.season()
        detail = queries.season(town.street, season.id)
        rows = queries.progress(detail).rows
        assert [row.place.code for row in rows] == list(town.codes[:3])
        left = queries.missing(detail).missing
        assert town.codes[3] in [place.code for place in left]


def test_a_season_that_cannot_be_opened(town: Town) -> None:
    with town.district.entered():
        opening, street = service.seasons.open, town.street
        scheme = town.scheme(ONE)
        opening(SYSTEM, street, scheme, LAST_QUARTER, "第一次")
        assert refused(opening, SYSTEM, street, scheme, LAST_QUARTER, "又一次") == (
            Conflict,
            "begins_on",
        )
        for month in (5, 6, 8, 9):
            day = date(2025, month, 1)
            assert refused(opening, SYSTEM, street, scheme, day, "重叠") == (Conflict, "begins_on")
        for month in (4, 10):
            opening(SYSTEM, street, scheme, date(2025, month, 1), "相邻")
        for day in (date(2025, 7, 2), date(1999, 12, 1), date(9999, 12, 1)):
            assert refused(opening, SYSTEM, street, scheme, day, "不行") == (Invalid, "begins_on")
        unpublished = service.schemes.create(SYSTEM, street, RULES)
        assert refused(opening, SYSTEM, street, unpublished.id, LAST_QUARTER, "草稿")[0] is Conflict
        without = town.communities[0]
        courtyards = town.scheme(ONE, place=without, contestants="courtyard")
        assert refused(opening, SYSTEM, without, courtyards, LAST_QUARTER, "没人")[0] is Conflict
        assert refused(opening, SYSTEM, without, scheme, LAST_QUARTER, "别人的")[0] is NotFound
        assert (
            refused(opening, town.person("staff", street.code), street, scheme, LAST_QUARTER, "")[0]
            is Forbidden
        )


def test_appointing(town: Town) -> None:
    with town.district.entered():
        season, street = town.season(), town.street
        person = town.person("staff", street.code, name="赵检查")
        stranger = uuid4()
        appoint, dismiss = service.seasons.appoint, service.seasons.dismiss
        assert refused(appoint, SYSTEM, street, season.id, stranger, "检查组") == (
            Invalid,
            "user_id",
        )
        assert refused(appoint, SYSTEM, street, season.id, person.id, "裁判") == (Invalid, "role")
        scorer = appoint(SYSTEM, street, season.id, person.id, "检查组")
        assert refused(appoint, SYSTEM, street, season.id, person.id, "检查组") == (
            Conflict,
            "user_id",
        )
        detail = queries.season(street, season.id)
        assert [(one.name, one.scorer.role) for one in detail.scorers] == [("赵检查", "检查组")]
        assert [one.season.id for one in queries.my_seasons(person, street)] == [season.id]
        dismiss(SYSTEM, street, season.id, scorer.id)
        assert refused(dismiss, SYSTEM, street, season.id, scorer.id)[0] is NotFound
        again = appoint(SYSTEM, street, season.id, person.id, "检查组")
        service.scoring.enter(person, street, season.id, town.communities[0].id, 1, {"c1": 1}, {})
        assert refused(dismiss, SYSTEM, street, season.id, again.id)[0] is Conflict


def test_locking_needs_a_reason_while_something_is_open(town: Town) -> None:
    with town.district.entered():
        lock, street = service.seasons.lock, town.street
        running = town.season(ONE, begins_on=date(today().year, today().month, 1))
        assert refused(lock, SYSTEM, street, running.id, " ") == (Conflict, "reason")
        lock(SYSTEM, street, running.id, "提前评定")
        assert (running.state, running.lock_reason) == ("locked", "提前评定")
        assert refused(lock, SYSTEM, street, running.id, "再锁")[0] is Conflict

        over = town.season(ONE)
        inspector = town.scorer(over, "检查组")
        for round in (1, 2, 3):
            values = {place.id: {"c1": 500} for place in town.communities[: 2 if round == 3 else 3]}
            service.scoring.enter_many(inspector, street, over.id, round, values)
        with pytest.raises(Conflict) as error:
            lock(SYSTEM, street, over.id)
        missing = town.communities[2].name
        assert str(error.value) == (
            f"1 score is missing ({missing}, round 3: 环境卫生). Give a reason to lock without it."
        )
        service.scoring.enter(inspector, street, over.id, town.communities[2].id, 3, {"c1": 1}, {})
        second = town.scorer(over, "检查组")
        first = town.communities[0]
        service.scoring.enter(second, street, over.id, first.id, 2, {"c1": 900}, {})
        with pytest.raises(Conflict) as uneven:
            lock(SYSTEM, street, over.id)
        names = [f"{place.name}, round 2: 环境卫生" for place in town.communities[1:3]]
        assert (uneven.value.field, str(uneven.value)) == (
            "reason",
            f"2 scores are missing ({'; '.join(names)} …). Give a reason to lock without them.",
        )
        values = {place.id: {"c1": 900} for place in town.communities[1:3]}
        service.scoring.enter_many(second, street, over.id, 2, values)
        lock(SYSTEM, street, over.id)
        assert (over.state, over.lock_reason) == ("locked", "")


def test_every_verb_has_its_state(town: Town) -> None:
    with town.district.entered():
        season, street = town.season(ONE), town.street
        verbs = {
            "compute": service.seasons.compute,
            "begin_notice": service.seasons.begin_notice,
            "award": service.seasons.award,
        }

        def allowed() -> list[str]:
            """Verbs that are not refused now; what they did is taken back."""
            found = []
            for name, verb in verbs.items():
                with db.session.begin_nested() as savepoint:
                    try:
                        verb(SYSTEM, street, season.id)
                        found.append(name)
                    except Conflict:
                        pass
                    savepoint.rollback()
                db.session.expire_all()
            return found

        assert allowed() == []
        service.seasons.lock(SYSTEM, street, season.id, "提前")
        assert allowed() == ["compute"]
        service.seasons.compute(SYSTEM, street, season.id)
        assert allowed() == ["compute", "begin_notice"]
        service.seasons.begin_notice(SYSTEM, street, season.id)
        assert (season.notice_begins_on, season.notice_ends_on, season.objections_end_on) == (
            today(),
            today() + timedelta(days=7),
            today() + timedelta(days=5),
        )
        assert allowed() == []
        town.notice_was(season.id, days_ago=7)
        assert allowed() == []
        town.notice_was(season.id, days_ago=8)
        assert allowed() == ["award"]
        service.seasons.award(SYSTEM, street, season.id)
        assert allowed() == []
        assert queries.awards(street, Paging()).total == 0


def test_objections_have_their_days(town: Town) -> None:
    with town.district.entered():
        season, street = town.season(ONE), town.street
        town.result(season)
        mine, other = town.communities[:2]
        clerk = town.person("staff", mine.code)
        about = contestant(town, season, 0)
        file = service.objections.file
        assert refused(file, clerk, mine, season.id, about, "早了") == (Conflict, "text")
        service.seasons.begin_notice(SYSTEM, street, season.id)
        assert refused(file, clerk, mine, season.id, about, "  ") == (Invalid, "text")
        assert refused(file, clerk, mine, season.id, about, "长" * 1001) == (Invalid, "text")
        not_mine = contestant(town, season, 1)
        assert refused(file, clerk, mine, season.id, not_mine, "不是我的")[0] is NotFound
        assert refused(file, clerk, other, season.id, not_mine, "不是我的")[0] is Forbidden
        filed = file(clerk, mine, season.id, about, " 少算一次。 ")
        town.notice_was(season.id, days_ago=5)
        file(clerk, mine, season.id, about, "最后一天")
        town.notice_was(season.id, days_ago=6)
        with pytest.raises(Conflict) as late:
            file(clerk, mine, season.id, about, "晚了")
        last = english(today() - timedelta(days=1))
        assert (late.value.field, str(late.value)) == (
            "text",
            f"Objections were taken until {last}.",
        )

        answer = service.objections.answer
        assert refused(answer, SYSTEM, mine, filed.id, True, "不归我管")[0] is NotFound
        assert refused(answer, clerk, street, filed.id, True, "不归我管")[0] is Forbidden
        assert refused(answer, SYSTEM, street, filed.id, True, " ") == (Invalid, "answer")
        answer(SYSTEM, street, filed.id, True, "确实少算。")
        assert refused(answer, SYSTEM, street, filed.id, False, "改口")[0] is Conflict
        found = queries.objections(queries.season(street, season.id))
        assert [(one.objection.text, one.objection.state, one.place.code) for one in found] == [
            ("少算一次。", "upheld", mine.code),
            ("最后一天", "open", mine.code),
        ]
