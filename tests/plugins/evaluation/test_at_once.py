"""Two people at once: whoever comes second waits, and sees what the first has done."""

from __future__ import annotations

from collections.abc import Callable
from threading import Event, Thread
from time import sleep
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from core.db import db
from core.errors import Conflict, LinliError
from core.testing.world import SYSTEM
from plugins.evaluation import queries, service
from plugins.evaluation.models import Award, Contestant, Score
from tests.plugins.evaluation.town import SCORE, Town

ONE = SCORE | {"weight": 10_000}
WHILE = 0.3
"""Seconds for which the first transaction stays open after its work."""


def at_once(town: Town, first: Callable[[], Any], second: Callable[[], Any]) -> list[Any]:
    """Run both in transactions of their own, the second while the first is not committed.

    Returns:
        What each returned, or the refusal.
    """
    found: list[Any] = [None, None]
    worked = Event()

    def run(number: int, work: Callable[[], Any]) -> None:
        try:
            with town.district.entered():
                found[number] = work()
                if number == 0:
                    worked.set()
                    sleep(WHILE)
        except LinliError as error:
            found[number] = error

    threads = [Thread(target=run, args=(0, first)), Thread(target=run, args=(1, second))]
    threads[0].start()
    assert worked.wait(20)
    threads[1].start()
    for thread in threads:
        thread.join(20)
    return found


def prepared(town: Town) -> tuple[UUID, Callable[[], int]]:
    """A season in which one mark is missing, and what enters it."""
    with town.district.entered():
        season = town.season(ONE)
        inspector = town.scorer(season, "检查组")
        for round in (1, 2, 3):
            count = 2 if round == 3 else 3
            values = {place.id: {"c1": 900} for place in town.communities[:count]}
            service.scoring.enter_many(inspector, town.street, season.id, round, values)
        street, last, id_ = town.street, town.communities[2].id, season.id
    return id_, lambda: service.scoring.enter(inspector, street, id_, last, 3, {"c1": 900}, {})


def entries(season_id: UUID) -> int:
    query = select(func.count()).select_from(Score).join(Contestant)
    return db.session.execute(query.where(Contestant.season_id == season_id)).scalar_one()


def test_locking_waits_for_a_score_and_sees_it(town: Town) -> None:
    season, enter = prepared(town)
    state = lambda: service.seasons.lock(SYSTEM, town.street, season).state  # noqa: E731
    assert at_once(town, enter, state) == [1, "locked"]


def test_a_score_waits_for_locking_and_is_refused(town: Town) -> None:
    season, enter = prepared(town)
    lock = lambda: service.seasons.lock(SYSTEM, town.street, season, "提前").state  # noqa: E731
    locked, refused = at_once(town, lock, enter)
    assert (locked, type(refused), refused.field) == ("locked", Conflict, "season")
    with town.district.entered():
        assert entries(season) == 8


def test_the_same_mark_sent_twice_at_once_counts_once(town: Town) -> None:
    season, enter = prepared(town)
    assert at_once(town, enter, enter) == [1, 0]
    with town.district.entered():
        assert entries(season) == 9


def test_awards_are_given_once(town: Town) -> None:
    id_, enter = prepared(town)
    with town.district.entered():
        enter()
        season = queries.season(town.street, id_).season
        town.result(season)
        service.seasons.begin_notice(SYSTEM, town.street, id_)
        town.notice_was(id_, days_ago=8)
    award = lambda: service.seasons.award(SYSTEM, town.street, id_).state  # noqa: E731
    state, refused = at_once(town, award, award)
    assert (state, type(refused)) == ("awarded", Conflict)
    with town.district.entered():
        given = select(func.count()).select_from(Award).where(Award.season_id == id_)
        assert db.session.execute(given).scalar_one() == 3
