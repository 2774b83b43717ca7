"""`linli event`: what did not arrive, and trying it again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from types import ModuleType
from uuid import uuid4

from core.audit import attempt
from core.clock import now
from core.db import db
from core.events.models import EventDelivery, EventOutbox
from core.events.service import emit
from core.testing.world import SYSTEM, District
from tests.core.cli.conftest import Linli


def dead(district: District, sample: ModuleType, place: str) -> str:
    """Leave a delivery behind that was given up; return its id."""
    with district.entered():
        emit(sample.Happened(1), district.place(place).view)
        told = db.session.query(EventOutbox).filter_by(state="waiting").one()
        told.state, told.occurred_at = "relayed", datetime(2026, 11, 22, 1, tzinfo=UTC)
        left = EventDelivery(
            event_id=told.id,
            subscriber="sample/count",
            plugin="sample",
            state="dead",
            attempts=8,
            finished_at=now(),
            error="ValueError: no\nTraceback",
        )
        db.session.add(left)
        with attempt(SYSTEM, "core.event.replay", object_type="t", object_id=1, place_code=place):
            db.session.flush()
        return str(left.id)


def test_dead_deliveries_are_listed_and_replayed(
    linli: Linli, sampled: District, new_sampled: Callable[[], District], sample: ModuleType
) -> None:
    here, there = sampled.communities[:2]
    first, second = dead(sampled, sample, here), dead(sampled, sample, there)
    other = new_sampled()
    foreign = dead(other, sample, other.communities[0])

    def listed(place: str, *options: str) -> list[dict[str, object]]:
        found: list[dict[str, object]] = linli("event", "list", place, *options, "--json").json
        return found

    assert listed(here) == [
        {
            "delivery": first,
            "event": "sample.happened",
            "occurred_at": "2026-11-22T01:00:00+00:00",
            "place": here,
            "subscriber": "sample/count",
            "state": "dead",
            "attempts": 8,
            "error": "ValueError: no",
        }
    ]
    assert {row["delivery"] for row in listed(sampled.code)} == {first, second}
    assert listed(sampled.code, "--state", "waiting") == []

    one = linli("event", "replay", sampled.code, "--delivery", first)
    assert (one.status, one.out) == (0, "Tried again: 1.\n")
    assert [row["state"] for row in listed(here)] == ["waiting"]
    assert linli("event", "replay", sampled.code, "--json").json == {"replayed": 1}
    assert linli("event", "replay", sampled.code, "--json").json == {"replayed": 0}
    assert [row["state"] for row in listed(other.code)] == ["dead"]
    gone = "This event was delivered meanwhile, or it is not there."
    linli.refused(
        {
            ("event", "replay", sampled.code, "--delivery", foreign): gone,
            ("event", "replay", sampled.code, "--delivery", str(uuid4())): gone,
        }
    )


def test_nothing_is_said_in_a_sentence(linli: Linli, district: District) -> None:
    done = linli("event", "list", district.code)
    assert (done.status, done.out, done.err) == (0, "Every event was delivered.\n", "")
