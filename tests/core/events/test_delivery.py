"""What happened is heard once by each subscriber whose plugin was active at the time."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Event
from types import ModuleType
from typing import Any
from uuid import UUID

import pytest

from core.clock import now
from core.db import db
from core.events import delivery
from core.events.service import emit
from core.testing.world import District
from tests.core.events.conftest import Told

BOTH = [("neighbour/count", "done", 1, None), ("sample/count", "done", 1, None)]


def test_it_is_heard_once_by_each_subscriber(told: Told, sample: ModuleType) -> None:
    before = now()
    id_, at = UUID(int=7), datetime(2026, 11, 22, 9, tzinfo=UTC)
    told.tell(5, id=id_, at=at, more={"一": [1.5, None, True]})
    assert (told.outbox(), told.deliveries()) == ([("sample.happened", "waiting")], [])
    for _ in range(3):
        told.relay()
        told.hasten()

    assert told.outbox() == [("sample.happened", "relayed")]
    assert told.deliveries() == BOTH
    assert (told.heard("sample"), told.heard("neighbour")) == ([5], [5])
    (heard,) = sample.sample.heard
    assert (heard.name, heard.place.code, heard.actor.name, heard.actor.is_system) == (
        "sample.happened",
        told.district.communities[0],
        "sample",
        True,
    )
    assert heard.data == {
        "number": 5,
        "id": str(id_),
        "at": "2026-11-22T09:00:00+00:00",
        "more": {"一": [1.5, None, True]},
    }
    assert before < heard.occurred_at < now()


def test_what_is_rolled_back_was_never_told(told: Told, sample: ModuleType) -> None:
    with told.district.entered():
        place = told.district.place(told.district.communities[0]).view
        emit(sample.Happened(1), place)
        db.session.rollback()
    with told.district.entered():
        place = told.district.place(told.district.communities[0]).view
        with db.session.begin_nested() as savepoint:
            emit(sample.Happened(2), place)
            savepoint.rollback()
        emit(sample.Happened(3), place)
    told.relay()
    assert told.heard("sample") == [3]


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"number": {1}}, "sample.happened.number is a set, which JSON cannot hold"),
        ({"number": float("nan")}, "sample.happened.number is nan, which is no JSON number"),
        ({"number": 1, "at": datetime(2026, 1, 1)}, "sample.happened.at is a time without its"),  # noqa: DTZ001
        ({"number": 1, "more": {2: 3}}, "sample.happened.more has the key 2, which is no text"),
        ({"number": 1, "more": ["\0"]}, r"sample.happened.more\[0\] has a NUL character"),
    ],
)
def test_only_what_json_holds_is_told(
    told: Told, sample: ModuleType, values: dict[str, Any], message: str
) -> None:
    with told.district.entered():
        place = told.district.place(told.district.communities[0]).view
        with pytest.raises(TypeError, match=message):
            emit(sample.Happened(**values), place)
    assert told.outbox() == []


def test_only_contributed_types_are_told(told: Told, sample: ModuleType) -> None:
    with told.district.entered():
        place = told.district.place(told.district.communities[0]).view
        with pytest.raises(TypeError, match="Foreign is no event that a running plugin contr"):
            emit(sample.Foreign(), place)


def test_concurrent_relays_deliver_each_event_once(told: Told) -> None:
    numbers = list(range(30))
    for number in numbers:
        told.tell(number)
    with ThreadPoolExecutor(4) as pool:
        for done in [pool.submit(told.relay) for _ in range(4)]:
            done.result()
    assert told.deliveries() == sorted(BOTH * 30)
    assert (told.heard("sample"), told.heard("neighbour")) == (numbers, numbers)


def test_a_delivery_is_not_taken_from_who_is_at_it_however_long(
    told: Told, sample: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "LEASE", timedelta(seconds=-1))
    told.tell(1)
    began, may_end = Event(), Event()
    sample.sample.spoilt.append(lambda: (began.set(), may_end.wait(10)))
    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(told.relay)
        assert began.wait(10)
        told.relay()
        assert (told.heard("sample"), told.heard("neighbour")) == ([], [1])
        may_end.set()
        slow.result()
    assert told.deliveries() == BOTH


def test_who_comes_back_too_late_does_nothing(
    told: Told, sample: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its claim ran out before it began, and another worker heard the event."""
    told.tell(1)
    taken_over = delivery._try

    def late(host: Any, claimed: Any) -> None:
        monkeypatch.setattr(delivery, "_try", taken_over)
        told.hasten()
        told.relay()
        taken_over(host, claimed)

    monkeypatch.setattr(delivery, "_try", late)
    told.relay()
    assert (told.heard("sample"), told.heard("neighbour")) == ([1], [1])
    assert sorted(row[1:] for row in told.deliveries()) == [("done", 1, None), ("done", 2, None)]


def test_it_is_heard_by_the_state_at_the_time(told: Told) -> None:
    here, there = told.district.communities[0], told.district.communities[1]
    told.tell(1)
    told.tell(1, there)
    told.district.disable("neighbour", here)
    told.district.enable("sample", there)
    told.tell(2)
    told.tell(2, there)
    told.district.enable("neighbour", here)
    told.district.disable("neighbour", here)
    told.district.disable("sample", here)
    told.tell(3)
    told.relay()

    assert (told.heard("sample"), told.heard("neighbour")) == ([1, 2], [1])
    assert (told.heard("sample", there), told.heard("neighbour", there)) == ([2], [])


def test_a_later_word_of_the_district_takes_nothing_back(told: Told) -> None:
    there = told.district.communities[1]
    told.tell(1)
    told.tell(1, there)
    told.district.allow("sample", "forbidden")
    told.tell(2)
    told.relay()
    assert (told.heard("sample"), told.heard("neighbour")) == ([1], [1])

    told.district.allow("sample", "mandatory")
    told.tell(3)
    told.tell(3, there)
    told.relay()
    assert (told.heard("sample"), told.heard("neighbour")) == ([1, 3], [1, 3])
    assert (told.heard("sample", there), told.heard("neighbour", there)) == ([3], [])


def test_the_word_counts_that_stood_at_the_time(told: Told) -> None:
    there = told.district.communities[1]
    told.tell(1, there)
    told.district.allow("sample", "mandatory")
    told.tell(2, there)
    told.district.allow("sample", "mandatory")
    told.tell(3, there)
    told.relay()
    assert told.heard("sample", there) == [2, 3]

    told.tell(4, there)
    told.district.allow("sample", "available")
    told.tell(5, there)
    told.relay()
    assert (told.heard("sample", there), told.heard("neighbour", there)) == ([2, 3, 4], [])


def test_what_happened_under_a_ban_stays_unheard_when_it_is_lifted(told: Told) -> None:
    told.district.allow("sample", "forbidden")
    told.tell(1)
    told.district.allow("sample", "forbidden")
    told.tell(2)
    told.district.allow("sample", "available")
    told.tell(3)
    told.relay()
    assert (told.heard("sample"), told.heard("neighbour")) == ([3], [3])


def test_streets_are_heard_by_plugins_of_that_level(told: Told) -> None:
    district, (street, other) = told.district.code, told.district.streets[:2]
    told.tell(1, street)
    told.tell(2, district)
    told.relay()
    assert told.deliveries() == [
        ("neighbour/count", "done", 1, None),
        ("officer/count", "done", 1, None),
        ("officer/count", "done", 1, None),
    ]
    places = (district, street, other, told.district.communities[0])
    assert [told.heard("officer", place) for place in places] == [[2], [1], [], []]
    assert [told.heard("neighbour", place) for place in places] == [[], [1], [], []]

    told.district.allow("sample", "forbidden")
    told.tell(3, street)
    told.relay()
    assert (told.heard("officer", street), told.heard("neighbour", street)) == ([1, 3], [1])


def test_one_community_s_events_reach_nobody_else(
    told: Told, new_sampled: Callable[[], District], told_in: Callable[[District], Told]
) -> None:
    other = told_in(new_sampled())
    there = told.district.neighbour(told.district.communities[0])
    told.district.enable("sample", there)
    told.tell(1)
    told.tell(2, there)
    other.tell(3)
    told.relay()
    assert other.deliveries() == []
    other.relay()
    assert (told.heard("sample"), told.heard("sample", there)) == ([1], [2])
    assert (other.heard("sample"), other.heard("neighbour")) == ([3], [3])


def test_pauses_double_up_to_an_hour() -> None:
    pauses = [delivery.pause_after(n).total_seconds() for n in range(1, 12)]
    assert pauses == [10, 20, 40, 80, 160, 320, 640, 1280, 2560, 3600, 3600]
