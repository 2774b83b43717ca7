"""Scores as SQL, as receipts and as plain arithmetic agree, whatever the ledger holds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.audit import attempt
from core.clock import now
from core.db import db
from core.ids import new_id
from core.testing.world import SYSTEM
from plugins.red_property import queries
from plugins.red_property.models import Ending, Entry
from tests.plugins.red_property.conftest import Ratings

CODES = ("B1", "B2", "G1", "G9", "D1", "D8", "S1")
LEVELS = ((8500, "aaa"), (8000, "aa"), (7000, "a"), (6000, "b"))
DAYS = 40


@dataclass(frozen=True)
class Written:
    """An entry by days since the beginning: when it was entered, valid and ended."""

    code: str
    points: int
    entered: int
    begins: int
    lasts: int | None
    ended: int | None

    def counts(self, day: int) -> bool:
        """Say whether it counts at noon of a day."""
        return (
            self.entered <= day
            and self.begins <= day
            and (self.lasts is None or day < self.begins + self.lasts)
            and (self.ended is None or day < self.ended)
        )


entry_lists = st.lists(
    st.builds(
        lambda code, points, entered, delay, lasts, stood: Written(
            code, points, entered, entered + delay, lasts, stood and entered + stood
        ),
        st.sampled_from(CODES),
        st.integers(0, 3000),
        st.integers(0, DAYS),
        st.integers(-5, 10),
        st.none() | st.integers(1, DAYS),
        st.none() | st.integers(1, DAYS),
    ),
    max_size=14,
)


def twin(entries: Sequence[Written], day: int) -> tuple[int, str | None]:
    """The rule of the Yantai method in a few lines."""
    there = [entry for entry in entries if entry.counts(day)]
    sums = {kind: sum(e.points for e in there if e.code[0] == kind) for kind in "BGDS"}
    score = min(sums["B"], 8000) + min(sums["G"], 4000) - sums["D"] - sums["S"]
    if any(entry.code[0] == "S" for entry in there):
        return score, "blacklist"
    if not any(entry.code[0] == "B" for entry in there):
        return score, None
    return score, next((level for least, level in LEVELS if score >= least), "c")


@pytest.fixture(scope="module")
def items(yantai: Ratings) -> dict[str, Any]:
    """Items of the method by their code."""
    with yantai.district.entered():
        method = queries.method_at(yantai.place, now())
        assert method is not None
        return {item.code: (item.id, method.id) for item in queries.items(method.id)}


@pytest.fixture(scope="module")
def begins(items: object) -> datetime:
    """The first day: the companies and the method are there by then."""
    return now() + timedelta(days=1)


numbers = iter(range(10_000, 10**9))


def write(ratings: Ratings, items: Any, begins: datetime, company: UUID, entries: Any) -> None:
    """Write entries as they would have been entered over the days."""
    with (
        ratings.district.entered(),
        attempt(
            SYSTEM,
            "red_property.item.enter",
            object_type="red_property.entry",
            object_id=company,
            place_code=ratings.district.code,
        ),
    ):
        place, endings = ratings.place.id, []
        for one in entries:
            entry = Entry(
                id=new_id(),
                place_id=place,
                number=next(numbers),
                organisation_id=company,
                item_id=items[one.code][0],
                method_id=items[one.code][1],
                points=one.points,
                occurred_on=begins.date(),
                valid_from=begins + timedelta(days=one.begins),
                valid_until=one.lasts and begins + timedelta(days=one.begins + one.lasts),
                basis="生成",
                entered_at=begins + timedelta(days=one.entered),
            )
            db.session.add(entry)
            if one.ended is not None:
                at = begins + timedelta(days=one.ended)
                endings.append(
                    Ending(entry_id=entry.id, kind="revoked", reason="生成", ended_at=at)
                )
        db.session.flush()
        db.session.add_all(endings)


@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(entries=entry_lists, later=entry_lists, days=st.lists(st.integers(0, 60), min_size=1))
def test_score_receipt_and_arithmetic_agree(
    yantai: Ratings,
    items: Any,
    begins: datetime,
    entries: list[Written],
    later: list[Written],
    days: list[int],
) -> None:
    days = sorted(set(days))[:3]
    company, other = yantai.company(), yantai.company()
    write(yantai, items, begins, company, entries)
    write(yantai, items, begins, other, reversed(entries))
    expected = [twin(entries, day) for day in days]
    assert graded(yantai, begins, company, days) == expected
    assert graded(yantai, begins, other, days) == expected

    # What arrives on later days moves no score of days before.
    shift = days[-1] + 1
    moved = [
        Written(e.code, e.points, e.entered + shift, e.begins, e.lasts, e.ended and e.ended + shift)
        for e in later
    ]
    write(yantai, items, begins, company, moved)
    assert graded(yantai, begins, company, days) == expected
    assert graded(yantai, begins, company, [90]) == [twin(entries + moved, 90)]


def graded(
    ratings: Ratings, begins: datetime, company: UUID, days: Sequence[int]
) -> list[tuple[int, str | None]]:
    """A company's scores and levels, after its receipts were seen to say the same."""
    found = []
    with ratings.district.entered():
        for day in days:
            moment = begins + timedelta(days=day, hours=12)
            grade = queries.grade_of(ratings.place, company, moment)
            receipt = queries.receipt(ratings.place, company, moment)
            assert receipt.grade == grade
            assert (
                receipt.start + sum(section.sign * section.counted for section in receipt.sections)
                == grade.score
            )
            for section in receipt.sections:
                assert section.sum == sum(line.entry.points for line in section.lines)
                assert section.counted == min(section.sum, section.cap or section.sum)
            found.append((grade.score, grade.level_key))
    return found
