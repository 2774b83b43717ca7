"""Reads of volunteers, their points, and the rules the points were given by."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, case, func, or_, select

from core.sdk import NotFound, Page, Paging, PlaceView, db, now, paged, tenant_id
from plugins.volunteer.models import Activity, Attendance, PointsRule, Transfer, Volunteer
from plugins.volunteer.rules import Rule


@dataclass(frozen=True)
class Person:
    """A volunteer with the minutes that count, and the balance of points."""

    volunteer: Volunteer
    minutes: int
    balance: int


@dataclass(frozen=True)
class Entry:
    """One line of a statement: a transfer as its account sees it, and the balance after it.

    ``points`` are negative when they were taken. What caused it is an activity with the minutes
    that were confirmed.
    """

    id: UUID
    posted_at: datetime
    points: int
    balance: int
    cause: str
    rule_number: int
    activity_id: UUID
    activity_title: str
    minutes: int


def people(place: PlaceView, paging: Paging, *, name: str = "") -> Page[Person]:
    """Return one page of a community's volunteers by name; those who were erased are left out."""
    query = (
        select(Volunteer, _minutes(), _balance(now()))
        .where(Volunteer.place_id == place.id, Volunteer.phone_index.is_not(None))
        .order_by(Volunteer.name, Volunteer.id)
    )
    if name:
        query = query.where(Volunteer.name.contains(name, autoescape=True))
    found = paged(query, paging)
    return replace(found, rows=[Person(*row) for row in found.rows])


def person(place: PlaceView, volunteer_id: UUID, at: datetime | None = None) -> Person:
    """Return a volunteer of ``place``, with the balance as it was at a moment.

    Args:
        at: only what was posted before it counts; by default everything.

    Raises:
        NotFound: there is none.
    """
    row = db.session.execute(
        select(Volunteer, _minutes(), _balance(at)).where(
            Volunteer.id == volunteer_id, Volunteer.place_id == place.id
        )
    ).one_or_none()
    if row is None:
        raise NotFound()
    return Person(*row)


def statement(account: UUID, paging: Paging, at: datetime | None = None) -> Page[Entry]:
    """Return one page of an account's transfers, the latest first, with the balance after each.

    Args:
        at: only what was posted before it.
    """
    moves = _moves(account, at).subquery()
    query = (
        select(
            moves.c.id,
            moves.c.posted_at,
            moves.c.points,
            moves.c.balance,
            moves.c.cause,
            PointsRule.number,
            Activity.id,
            Activity.title,
            Attendance.minutes_confirmed,
        )
        .join(PointsRule, PointsRule.id == moves.c.rule_id)
        .join(Attendance, Attendance.id == moves.c.cause_id)
        .join(Activity, Activity.id == Attendance.activity_id)
        .order_by(moves.c.posted_at.desc(), moves.c.id.desc())
    )
    found = paged(query, paging)
    return replace(found, rows=[Entry(*row) for row in found.rows])


def last_rule(place: PlaceView) -> PointsRule | None:
    """Return the latest version of a community's rule."""
    found: PointsRule | None = db.session.execute(
        select(PointsRule)
        .where(PointsRule.place_id == place.id)
        .order_by(PointsRule.number.desc())
        .limit(1)
    ).scalar_one_or_none()
    return found


def as_rule(version: PointsRule) -> Rule:
    """Return what a version says."""
    return Rule(
        version.step_minutes,
        version.cap_minutes,
        version.day_cap_minutes,
        version.points_per_hour,
    )


def _moves(account: UUID, at: datetime | None) -> Select[*tuple[Any, ...]]:
    signed = case((Transfer.credit_account_id == account, Transfer.points), else_=-Transfer.points)
    query = select(
        Transfer.id,
        Transfer.posted_at,
        signed.label("points"),
        func.sum(signed).over(order_by=(Transfer.posted_at, Transfer.id)).label("balance"),
        Transfer.cause,
        Transfer.cause_id,
        Transfer.rule_id,
    ).where(or_(Transfer.credit_account_id == account, Transfer.debit_account_id == account))
    return query if at is None else query.where(Transfer.posted_at < at)


def _minutes() -> Any:
    return (
        select(func.coalesce(func.sum(Attendance.minutes_confirmed), 0))
        .where(
            Attendance.tenant_id == tenant_id(),
            Attendance.volunteer_id == Volunteer.id,
        )
        .correlate(Volunteer)
        .scalar_subquery()
    )


def _balance(at: datetime | None) -> Any:
    """Credits less debits; each side is a sum over an index of its own."""
    return _side(Transfer.credit_account_id, at) - _side(Transfer.debit_account_id, at)


def _side(account: Any, at: datetime | None) -> Any:
    query = select(func.coalesce(func.sum(Transfer.points), 0)).where(
        Transfer.tenant_id == tenant_id(), account == Volunteer.id
    )
    if at is not None:
        query = query.where(Transfer.posted_at < at)
    return query.correlate(Volunteer).scalar_subquery()
