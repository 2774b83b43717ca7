"""The ledger: it always sums to zero, every balance is its entries, nothing is written twice."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

import psycopg
import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from core import tenancy
from core.clock import now
from core.db import db
from core.places.view import PlaceView
from core.testing import world
from core.testing.world import District
from plugins.volunteer import queries
from plugins.volunteer.models import PointsRule, Volunteer
from plugins.volunteer.rules import Rule
from plugins.volunteer.service import ledger, people

RULE = Rule(step_minutes=30, cap_minutes=120, day_cap_minutes=480, points_per_hour=1)
PEOPLE = 3
batches = st.lists(
    st.lists(
        st.tuples(st.integers(0, PEOPLE - 1), st.integers(1, 10**6), st.integers(0, 15)), max_size=6
    ),
    max_size=5,
)
_SUMS = text(
    "SELECT coalesce(sum(t.points) FILTER (WHERE t.credit_account_id = a.id), 0)"
    " - coalesce(sum(t.points) FILTER (WHERE t.debit_account_id = a.id), 0)"
    " FROM p_volunteer__account AS a JOIN p_volunteer__transfer AS t ON t.tenant_id = a.tenant_id"
    " AND a.id IN (t.credit_account_id, t.debit_account_id)"
    " WHERE a.tenant_id = :tenant GROUP BY a.id"
)


@pytest.fixture(scope="module")
def here(app: Flask, unused_codes: Iterator[str]) -> District:
    """A district whose ledger every example finds empty."""
    return world.onboard(app, next(unused_codes))


class Books:
    """A community with three volunteers, in a transaction that is undone."""

    def __init__(self, place: PlaceView) -> None:
        self.place = place
        self.rule: PointsRule = ledger.version_of(place, RULE)
        self.people: list[Volunteer] = [
            people.entered(place, f"志愿者{n}", f"1380000000{n}") for n in range(PEOPLE)
        ]

    def post(self, batch: list[tuple[int, int, int]]) -> None:
        """Post what has not been posted by its key; several of one key in a batch are one."""
        postings = {
            key: ledger.Posting(self.people[who].id, points, UUID(int=key))
            for who, points, key in batch
        }
        ledger.post(self.place, self.rule.id, "test", list(postings.values()))

    def balances(self, at: datetime | None = None) -> list[int]:
        return [queries.person(self.place, one.id, at).balance for one in self.people]


@pytest.fixture
def books(here: District) -> Iterator[Any]:
    def open_books() -> Books:
        return Books(here.place(here.communities[0]).view)

    with here.app.app_context(), tenancy.enter(here.tenant):
        yield open_books
        db.session.rollback()
        db.session.remove()


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(batches)
def test_all_balances_together_are_zero_and_each_is_its_entries_at_every_moment(
    books: Any, batches: list[list[tuple[int, int, int]]]
) -> None:
    db.session.rollback()
    book: Books = books()
    given_points: dict[int, tuple[int, int]] = {}
    moments: list[tuple[datetime, list[int]]] = []
    for batch in batches:
        book.post(batch)
        seen: dict[int, tuple[int, int]] = {key: (who, points) for who, points, key in batch}
        given_points = seen | given_points
        expected = [0] * PEOPLE
        for who, points in given_points.values():
            expected[who] += points
        moments.append((now(), expected))
        tenant = {"tenant": tenancy.required()}
        assert sum(db.session.execute(_SUMS, tenant).scalars()) == 0
        assert book.balances() == expected

    for moment, expected in moments:
        assert book.balances(moment) == expected
    for batch in batches:
        book.post(batch)
    for who, balance in enumerate(book.balances()):
        assert balance == (moments[-1][1][who] if moments else 0)


def test_nobody_changes_or_deletes_an_entry(here: District) -> None:
    for table in ("transfer", "account", "points_rule"):
        for statement in (
            f"UPDATE p_volunteer__{table} AS t SET id = t.id WHERE t.tenant_id = :tenant",
            f"DELETE FROM p_volunteer__{table} AS t WHERE t.tenant_id = :tenant",
        ):
            with (
                here.app.app_context(),
                tenancy.enter(here.tenant),
                pytest.raises(DBAPIError) as refused,
            ):
                db.session.execute(text(statement), {"tenant": here.tenant})
            assert isinstance(refused.value.orig, psycopg.errors.InsufficientPrivilege)


@pytest.mark.parametrize("points", [0, -1])
def test_points_go_one_way_only(books: Any, points: int) -> None:
    book: Books = books()
    with pytest.raises(DBAPIError) as refused:
        book.post([(0, points, 1)])
    assert isinstance(refused.value.orig, psycopg.errors.CheckViolation)
